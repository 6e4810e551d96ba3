//! What a test of the full app on the virtual clock begins with.

use std::path::{Path, PathBuf};

use attune::app::AppBuilder;
use attune::app::settings::Settings;
use attune::emotion::Circumplex;
use attune::foundation::Folders;
use attune::music::{LibraryOptions, MusicOptions, TasteOptions};
use attune::sense::camera::SourceSpec;
use attune::settings::ValueOrigins;

/// The visitor clip before the camera, a folder of music, and all files of the person below `home`. Nothing is kept on the
/// disk.
pub(crate) fn stepped_app(home: &Path, music: PathBuf, settings: Settings) -> AppBuilder {
    AppBuilder {
        settings,
        origins: ValueOrigins::default(),
        settings_file: None,
        circumplex: Circumplex::shipped().expect("valid"),
        source: SourceSpec::Clip(None),
        music: MusicOptions { folder: Some(music), album: None, playlists: None, seed: 1 },
        taste: TasteOptions::default(),
        library: LibraryOptions { database: None },
        report: None,
        until: None,
        complaint: None,
        folders: Folders::below(home),
    }
}

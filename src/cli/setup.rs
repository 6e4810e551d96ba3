//! From arguments to settings and a house: what `run` and `render` share.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args::CommonArgs;
use crate::app::House;
use crate::app::settings::Settings;
use crate::emotion::Circumplex;
use crate::foundation::{ClockMode, Folders};
use crate::music::library::LIBRARY_FILE;
use crate::music::{LibraryOptions, MusicOptions, Playlists, TasteOptions};

/// The name of a person's settings in the configuration folder.
pub(super) const SETTINGS: &str = "settings.ron";
/// The name of a person's playlists there.
pub(super) const PLAYLISTS: &str = "playlists.ron";

/// Settings for this run, and what was wrong with a file that nobody named on the command line.
pub(super) struct Configured {
    pub(super) settings: Settings,
    pub(super) complaint: Option<String>,
}

/// The shipped settings with a person's file over them.
///
/// A file named on the command line must be right. One that is merely found must not keep an installation
/// from starting: the shipped settings stand in, and the complaint is shown.
pub(super) fn configure(named: Option<&Path>, folders: &Folders) -> anyhow::Result<Configured> {
    if let Some(file) = named {
        return Ok(Configured { settings: Settings::with_overlay(file)?, complaint: None });
    }
    let Some(found) = folders.existing_config_file(SETTINGS) else {
        return Ok(Configured { settings: Settings::shipped()?, complaint: None });
    };
    match Settings::with_overlay(&found) {
        Ok(settings) => Ok(Configured { settings, complaint: None }),
        Err(error) => {
            let complaint = format!("{error}; the shipped settings are used");
            Ok(Configured { settings: Settings::shipped()?, complaint: Some(complaint) })
        }
    }
}

/// A house with everything that the common arguments say. Whatever cannot run is found here, before anything starts.
pub(super) fn furnish(args: &CommonArgs, clock_mode: ClockMode, folders: &Folders) -> anyhow::Result<House> {
    let Configured { mut settings, complaint } = configure(args.config.as_deref(), folders)?;
    args.source.check(clock_mode, &settings.camera).with_context(|| format!("--source {}", args.source))?;
    if let Some(folder) = &args.music
        && !folder.is_dir()
    {
        bail!("--music {}: this is not a folder", folder.display());
    }
    if let Some(folder) = &args.models {
        settings.perception.models_folder = folder.display().to_string();
    }
    if let Some(when) = args.bed {
        settings.mixer.bed.when = when;
    }
    if let Some(minutes) = args.bell {
        settings.mixer.bell_minutes = minutes;
    }
    check_files(args, &settings)?;
    Ok(House {
        settings,
        circumplex: Circumplex::shipped()?,
        source: args.source.clone(),
        music: MusicOptions {
            folder: args.music.clone(),
            playlists: args.playlists.clone().or_else(|| folders.existing_config_file(PLAYLISTS)),
            seed: args.seed,
            ..MusicOptions::default()
        },
        taste: TasteOptions::default(),
        library: LibraryOptions { database: database(args, clock_mode, folders) },
        report: args.report.clone(),
        until: args.duration.map(Duration::from_secs_f64),
        complaint,
        folders: folders.clone(),
    })
}

/// A live run keeps its library. A stepped one does so only where it is told to, so that the same arguments give the
/// same result.
fn database(args: &CommonArgs, clock_mode: ClockMode, folders: &Folders) -> Option<PathBuf> {
    let own = || if clock_mode.is_stepped() { None } else { folders.data_file(LIBRARY_FILE) };
    args.database.clone().or_else(own)
}

/// Playlists and networks that the run cannot do without, each with file and place.
fn check_files(args: &CommonArgs, settings: &Settings) -> anyhow::Result<()> {
    if let Some(file) = &args.playlists {
        Playlists::with_overlay(file)?;
    }
    let models = settings.perception.models();
    for name in settings.expression.networks.iter().chain([&settings.face.detector]) {
        models.get(name)?;
    }
    Ok(())
}

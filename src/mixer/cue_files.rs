//! A person's own files for cues and bell.
//!
//! The asset loaders of `bevy_kira_audio` read them (OGG and WAV). Its player is not used, see the head of
//! [the mixer](super): the sounds go into our own graph. Without Bevy's assets, as in an app without
//! visuals, the built-in sounds stay.

use std::path::PathBuf;

use bevy::asset::{AssetPath, LoadState};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_kira_audio::AudioSource;
use bevy_kira_audio::prelude::{OggLoader, WavLoader};

use super::cues::{Cue, CueSounds};
use super::faults::CUE_FILE;
use super::settings::{CueFileSettings, MixerSettings};
use crate::foundation::{Faults, Folders};

/// Loads the files that the settings name, where Bevy's assets are there.
pub(super) fn plugin(app: &mut App) {
    if app.world().contains_resource::<AssetServer>() {
        app.init_asset::<AudioSource>()
            .init_asset_loader::<OggLoader>()
            .init_asset_loader::<WavLoader>()
            .init_resource::<CueFiles>();
    }
}

/// The file of each cue, and the handles that are still loading.
#[derive(Resource, Default)]
pub(super) struct CueFiles {
    requested: [String; Cue::ALL.len()],
    loading: Vec<(Cue, PathBuf, Handle<AudioSource>)>,
}

fn file_of(cue: Cue, files: &CueFileSettings) -> &str {
    match cue {
        Cue::Welcome => &files.welcome,
        Cue::Farewell => &files.farewell,
        Cue::Press => &files.press,
        Cue::Bell => &files.bell,
    }
}

/// Loads files that the settings name.
pub(super) fn request_cue_files(
    mut files: ResMut<CueFiles>,
    mut sounds: ResMut<CueSounds>,
    mut faults: ResMut<Faults>,
    settings: Res<MixerSettings>,
    assets: Res<AssetServer>,
    folders: Option<Res<Folders>>,
) {
    if !settings.is_changed() {
        return;
    }
    for cue in Cue::ALL {
        let wanted = file_of(cue, &settings.cue_files);
        if files.requested[cue.index()] == wanted {
            continue;
        }
        wanted.clone_into(&mut files.requested[cue.index()]);
        files.loading.retain(|(loading, _, _)| *loading != cue);
        sounds.set_file(cue, None);
        faults.clear(CUE_FILE);
        if !wanted.is_empty() {
            let beside_settings = folders.as_ref().and_then(|folders| folders.config_file(wanted));
            let path = beside_settings.unwrap_or_else(|| PathBuf::from(wanted));
            let asset = AssetPath::from(path.clone());
            let handle = assets.load_builder().override_unapproved().load::<AudioSource>(asset);
            files.loading.push((cue, path, handle));
        }
    }
}

/// The loaded sounds and the states of their files.
#[derive(SystemParam)]
pub(super) struct LoadedCues<'w> {
    server: Res<'w, AssetServer>,
    sources: Res<'w, Assets<AudioSource>>,
}

/// Takes the files that have loaded.
pub(super) fn take_cue_files(
    mut files: ResMut<CueFiles>,
    mut sounds: ResMut<CueSounds>,
    mut faults: ResMut<Faults>,
    loaded: LoadedCues,
    time: Res<Time>,
) {
    files.loading.retain(|(cue, path, handle)| {
        if let Some(source) = loaded.sources.get(handle) {
            sounds.set_file(*cue, Some(source.sound.clone()));
            return false;
        }
        let Some(LoadState::Failed(error)) = loaded.server.get_load_state(handle) else { return true };
        let what = format!(
            "{}: cannot be played as a cue, the built-in sound is used. An OGG or WAV file is needed ({error})",
            path.display()
        );
        faults.raise(CUE_FILE, what, time.elapsed());
        false
    });
}

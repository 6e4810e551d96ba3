//! From arguments to settings and a house: what `run` and `render` share.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args::{CommonArgs, SettingsArgs};
use crate::app::House;
use crate::app::settings::Settings;
use crate::emotion::Circumplex;
use crate::foundation::{ClockMode, Folders};
use crate::music::library::LIBRARY_FILE;
use crate::music::{LibraryOptions, MusicOptions, Playlists, TasteKept};
use crate::settings::{Assignment, LoadError, ValueOrigins, ron_text};

/// The name of a person's settings in the configuration folder.
pub(super) const SETTINGS: &str = "settings.ron";
/// The name of a person's playlists there.
pub(super) const PLAYLISTS: &str = "playlists.ron";

/// Settings for this run, and what was wrong with a file that was not named on the command line.
pub(super) struct Configured {
    pub(super) settings: Settings,
    pub(super) origins: ValueOrigins,
    pub(super) complaint: Option<String>,
}

/// The shipped settings with a person's file and assignments over them.
///
/// A file named on the command line must be right, and so must assignments. A file that is merely found must not keep
/// an installation from starting: the shipped settings stand in, and the complaint is shown.
pub(super) fn configure(args: &SettingsArgs, folders: &Folders) -> anyhow::Result<Configured> {
    let found = args.config.clone().or_else(|| folders.existing_config_file(SETTINGS));
    let (loaded, complaint) = match Settings::load(found.as_deref(), &args.set) {
        Err(LoadError::File(error)) if args.config.is_none() => {
            let complaint = format!("{error}; the shipped settings are used");
            (Settings::load(None, &args.set)?, Some(complaint))
        }
        result => (result?, None),
    };
    Ok(Configured { settings: loaded.settings, origins: loaded.origins, complaint })
}

/// The settings that `run` and `render` give a short argument of their own.
fn with_short_arguments(args: &CommonArgs) -> SettingsArgs {
    let models = args.models.as_ref().map(|folder| ron_text(&folder.display().to_string()));
    let bed = args.bed.map(|when| ron_text(&when));
    let bell = args.bell.map(|minutes| ron_text(&minutes));
    let short = [("perception.models_folder", models), ("mixer.bed.when", bed), ("mixer.bell_minutes", bell)];
    let mut settings = args.settings.clone();
    settings.set.extend(
        short.into_iter().filter_map(|(key, value)| Some(Assignment { key: key.into(), value: value? })),
    );
    settings
}

/// A house with everything that the common arguments say. Whatever cannot run is found here, before anything starts.
pub(super) fn furnish(args: &CommonArgs, clock_mode: ClockMode, folders: &Folders) -> anyhow::Result<House> {
    let Configured { settings, origins, complaint } = configure(&with_short_arguments(args), folders)?;
    args.source.check(clock_mode, &settings.camera).with_context(|| format!("--source {}", args.source))?;
    if let Some(folder) = &args.music
        && !folder.is_dir()
    {
        bail!("--music {}: this is not a folder", folder.display());
    }
    check_files(args, &settings)?;
    Ok(House {
        settings,
        origins,
        settings_file: settings_file(args, clock_mode, folders),
        circumplex: Circumplex::shipped()?,
        source: args.source.clone(),
        music: MusicOptions {
            folder: args.music.clone(),
            playlists: args.playlists.clone().or_else(|| folders.existing_config_file(PLAYLISTS)),
            seed: args.seed,
            ..MusicOptions::default()
        },
        taste: TasteKept::default(),
        library: LibraryOptions { database: database(args, clock_mode, folders) },
        report: args.report.clone(),
        until: args.duration.map(Duration::from_secs_f64),
        complaint,
        folders: folders.clone(),
    })
}

/// Where a live run saves settings that are changed on the screen.
fn settings_file(args: &CommonArgs, clock_mode: ClockMode, folders: &Folders) -> Option<PathBuf> {
    let file = args.settings.config.clone().or_else(|| folders.config_file(SETTINGS));
    file.filter(|_| !clock_mode.is_stepped())
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

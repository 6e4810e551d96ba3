//! From arguments to settings and an app, for all subcommands.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args::{CommonArgs, SettingsArgs};
use crate::app::AppBuilder;
use crate::app::settings::Settings;
use crate::emotion::Circumplex;
use crate::foundation::{ClockMode, Folders};
use crate::music::library::LIBRARY_FILE;
use crate::music::{LibraryOptions, MusicOptions, Playlists, TasteOptions};
use crate::settings::{Assignment, LoadError, ValueOrigins, ron_text};

/// The name of the settings file in the configuration folder.
pub(super) const SETTINGS: &str = "settings.ron";
/// The name of the playlists file in the configuration folder.
pub(super) const PLAYLISTS: &str = "playlists.ron";

/// The settings of this run, and what was wrong with the settings file of the configuration folder.
pub(super) struct Configured {
    pub(super) settings: Settings,
    pub(super) origins: ValueOrigins,
    pub(super) complaint: Option<String>,
}

/// The shipped settings, with a person's file and assignments laid over them.
///
/// An error in an assignment or in a file that was named on the command line ends the program. An error in the file of
/// the configuration folder does not: the shipped settings are used, and the complaint is shown.
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

/// The settings arguments, with those settings for which `run` and `render` have an argument of their own.
fn with_short_arguments(args: &CommonArgs) -> SettingsArgs {
    let models = args.models.as_ref().map(|folder| ron_text(&folder.display().to_string()));
    let ambient = args.ambient.map(|when| ron_text(&when));
    let bell = args.bell.map(|minutes| ron_text(&minutes));
    let short =
        [("perception.models_folder", models), ("mixer.ambient.when", ambient), ("mixer.bell_minutes", bell)];
    let mut settings = args.settings.clone();
    settings.set.extend(
        short.into_iter().filter_map(|(key, value)| Some(Assignment { key: key.into(), value: value? })),
    );
    settings
}

/// The parts of the app as the common arguments ask for them. Everything that cannot run is refused here, before
/// anything starts.
pub(super) fn prepare(
    args: &CommonArgs,
    clock_mode: ClockMode,
    folders: &Folders,
) -> anyhow::Result<AppBuilder> {
    let Configured { settings, origins, complaint } = configure(&with_short_arguments(args), folders)?;
    args.source.check(clock_mode, &settings.camera).with_context(|| format!("--source {}", args.source))?;
    if let Some(folder) = &args.music
        && !folder.is_dir()
    {
        bail!("--music {}: not a folder", folder.display());
    }
    check_files(args, &settings)?;
    Ok(AppBuilder {
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
        taste: TasteOptions::default(),
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

/// The file of the library. A stepped run has one only if it is named, so that the same arguments give the same
/// result.
fn database(args: &CommonArgs, clock_mode: ClockMode, folders: &Folders) -> Option<PathBuf> {
    let own = || if clock_mode.is_stepped() { None } else { folders.data_file(LIBRARY_FILE) };
    args.database.clone().or_else(own)
}

/// Checks the playlists and networks that the run needs. Errors name the file and the place in it.
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

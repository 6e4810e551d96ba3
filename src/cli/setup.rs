//! From arguments to settings and an app, for all subcommands.

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

/// The name of the settings file in the configuration folder.
pub(super) const SETTINGS: &str = "settings.ron";
/// The name of the playlists file in the configuration folder.
pub(super) const PLAYLISTS: &str = "playlists.ron";

/// The settings of this run, and what was wrong with the settings file of the configuration folder.
pub(super) struct Configured {
    pub(super) settings: Settings,
    pub(super) complaint: Option<String>,
}

/// The shipped settings, overlaid with a person's file.
///
/// An error in a file that was named on the command line ends the program. An error in the file of the
/// configuration folder does not: the shipped settings are used, and the complaint is shown.
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

/// The parts of the app as the common arguments ask for them. Everything that cannot run is refused here, before
/// anything starts.
pub(super) fn prepare(args: &CommonArgs, clock_mode: ClockMode, folders: &Folders) -> anyhow::Result<House> {
    let Configured { mut settings, complaint } = configure(args.config.as_deref(), folders)?;
    args.source.check(clock_mode, &settings.camera).with_context(|| format!("--source {}", args.source))?;
    if let Some(folder) = &args.music
        && !folder.is_dir()
    {
        bail!("--music {}: not a folder", folder.display());
    }
    if let Some(folder) = &args.models {
        settings.perception.models_folder = folder.display().to_string();
    }
    if let Some(when) = args.ambient {
        settings.mixer.ambient.when = when;
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

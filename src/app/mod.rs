//! Composes the app from all rooms.

pub mod settings;
pub mod terminal;

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;

use crate::app::settings::Settings;
use crate::app::terminal::log_plugin;
use crate::emotion::Circumplex;
use crate::event::EventPlugin;
use crate::foundation::{ClockMode, FaultKey, Faults, Folders, FoundationPlugin};
use crate::input::InputPlugin;
use crate::mixer::{MixerPlugin, SoundOutput};
use crate::mood::MoodPlugin;
use crate::music::{LibraryOptions, MusicOptions, MusicPlugin, TasteOptions};
use crate::report::ReportPlugin;
use crate::screens::ScreensPlugin;
use crate::sense::camera::{CameraPlugin, SourceSpec};
use crate::session::{PlannedEnd, SessionPlugin};
use crate::settings::{LoadedSections, LoadedSettings, SettingsToSave, UserFile, ValueOrigins};
use crate::status::StatusPlugin;
use crate::vision::perception::PerceptionPlugin;
use crate::visuals::{self, PictureOutput, VisualsPlugin};

/// The settings file cannot be read; the shipped settings hold.
const SETTINGS_FILE: FaultKey = FaultKey::new("settings", "file");
/// A longer pause (a machine that slept) is not caught up with.
const LONGEST_FRAME: Duration = Duration::from_secs(5);

/// What a run is made from.
#[derive(Debug, Clone)]
pub struct AppBuilder {
    pub settings: Settings,
    /// Where each setting came from.
    pub origins: ValueOrigins,
    /// The file for settings that are changed while it runs; without it they hold for this run only.
    pub settings_file: Option<PathBuf>,
    pub circumplex: Circumplex,
    pub source: SourceSpec,
    pub music: MusicOptions,
    /// The file of what people like.
    pub taste: TasteOptions,
    /// The file of the music library.
    pub library: LibraryOptions,
    /// The file of the report, written when the run ends.
    pub report: Option<PathBuf>,
    /// App time at which the run ends by itself.
    pub until: Option<Duration>,
    /// The error in a settings file, to be shown on the screen.
    pub complaint: Option<String>,
    /// Where this person's files are.
    pub folders: Folders,
}

impl AppBuilder {
    /// Composes the app. `run` and `render` differ only in the three arguments.
    pub fn build(self, clock_mode: ClockMode, output: PictureOutput, sound: SoundOutput) -> App {
        let mut app = App::new();
        app.insert_resource(clock_mode).insert_resource(sound).insert_resource(self.folders.clone());
        if let ClockMode::Stepped { step } = clock_mode {
            app.insert_resource(TimeUpdateStrategy::ManualDuration(step));
        }
        app.add_plugins(visuals::plugins(output, clock_mode).set(log_plugin())).add_plugins(FoundationPlugin);
        if clock_mode == ClockMode::Live {
            // App time keeps up with the wall clock on a machine that draws a frame in a second.
            app.world_mut().resource_mut::<Time<Virtual>>().set_max_delta(LONGEST_FRAME);
        }
        // A stepped run depends on nothing but its arguments.
        let bindings = self.folders.config_file("bindings.ron").filter(|_| !clock_mode.is_stepped());
        self.insert_settings(&mut app);
        app.add_plugins((
            SessionPlugin,
            CameraPlugin { spec: self.source },
            PerceptionPlugin,
            MoodPlugin,
            MusicPlugin,
            MixerPlugin,
            InputPlugin { bindings },
            VisualsPlugin,
            (EventPlugin, StatusPlugin, ScreensPlugin),
            ReportPlugin { file: self.report },
        ));
        if let Some(until) = self.until {
            app.insert_resource(PlannedEnd(until));
        }
        if let Some(complaint) = self.complaint {
            let mut faults = app.world_mut().resource_mut::<Faults>();
            faults.raise(SETTINGS_FILE, complaint, Duration::ZERO);
        }
        app
    }

    /// Each room takes its own section of the settings.
    fn insert_settings(&self, app: &mut App) {
        let loaded = LoadedSettings { settings: self.settings.clone(), origins: self.origins.clone() };
        app.insert_resource(LoadedSections::new(loaded))
            .insert_resource(self.music.clone())
            .insert_resource(self.taste.clone())
            .insert_resource(self.library.clone())
            .insert_resource(self.circumplex.clone());
        if let Some(file) = self.settings_file.clone() {
            app.insert_resource(SettingsToSave::into_file(UserFile::new::<Settings>(file)));
        }
    }
}

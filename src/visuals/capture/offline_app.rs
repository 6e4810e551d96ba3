//! Scenes without camera, networks and sound device, drawn into memory: for tools and tests.

use std::path::PathBuf;
use std::time::Duration;

use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;

use super::frames::{CaptureError, CaptureLog, CapturePlugin, CapturedPicture, PictureSink};
use crate::emotion::Circumplex;
use crate::foundation::{ClockMode, FileError, FoundationPlugin};
use crate::session::SessionPlugin;
use crate::visuals::display::{PictureOutput, plugins};
use crate::visuals::plugin::VisualsPlugin;
use crate::visuals::settings::VisualsSettings;

/// An app that draws scenes on the virtual clock. Mood, people and sound are set from outside.
#[derive(Debug, Clone)]
pub struct OfflineScenes {
    /// Which scene, and how finely it is drawn.
    pub settings: VisualsSettings,
    /// Width and height of the pictures in pixels.
    pub size: (u32, u32),
    /// Time between two updates.
    pub step: Duration,
    /// Time between two pictures; zero takes one in every update.
    pub every: Duration,
}

impl OfflineScenes {
    /// The app with a picture in every update, each handed to `take`. Further plugins may follow, then
    /// [`make_ready`](crate::visuals::make_ready).
    ///
    /// # Errors
    /// [`FileError`] if the shipped table of emotions is broken; a test keeps it whole.
    pub fn app(self, take: impl FnMut(&CapturedPicture<'_>) + Send + 'static) -> Result<App, FileError> {
        let mut app = App::new();
        app.insert_resource(PictureSink::new(take));
        self.compose(&mut app, PathBuf::new())?;
        Ok(app)
    }

    /// The same with pictures written into a folder.
    ///
    /// # Errors
    /// [`FileError`] if the shipped table of emotions is broken; a test keeps it whole.
    pub fn app_writing(self, folder: PathBuf) -> Result<App, FileError> {
        let mut app = App::new();
        self.compose(&mut app, folder)?;
        Ok(app)
    }

    fn compose(self, app: &mut App, folder: PathBuf) -> Result<(), FileError> {
        let clock_mode = ClockMode::Stepped { step: self.step };
        app.add_plugins(plugins(PictureOutput::Pictures, clock_mode).disable::<LogPlugin>())
            .insert_resource(clock_mode)
            .insert_resource(TimeUpdateStrategy::ManualDuration(self.step))
            .insert_resource(Circumplex::shipped()?)
            .insert_resource(self.settings)
            .add_plugins((
                CapturePlugin { size: self.size, folder, every: self.every },
                FoundationPlugin,
                SessionPlugin,
                VisualsPlugin,
            ));
        Ok(())
    }
}

/// Updates until the first picture is there, so that every program is compiled.
///
/// # Errors
/// [`CaptureError`] if a picture could not be taken.
pub fn draw_first_picture(app: &mut App) -> Result<(), CaptureError> {
    while app.world().resource::<CaptureLog>().written().is_empty() {
        app.update();
        if let (_, Some(error)) = app.world().resource::<CaptureLog>().lost() {
            return Err(error);
        }
    }
    Ok(())
}

//! Portraits of a scene: an empty room and every emotion, settled, as pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy::app::PluginsState;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::shader::Shader;
use bevy::time::TimeUpdateStrategy;
use image::RgbImage;

use super::capture::{CaptureError, CapturePlugin, Captured};
use super::graphics::{GraphicsError, graphics_available};
use super::scenes::{Visualizer, replace_shader};
use super::settings::VisualsSettings;
use super::{Output, VisualsPlugin, plugins};
use crate::expression::{Emotion, Probabilities};
use crate::foundation::{Fault, Faults, FoundationPlugin, Pace, Step};
use crate::mixer::SoundLevels;
use crate::mood::{Circumplex, Mood, MoodState};

const STEP: Duration = Duration::from_millis(250);
/// App time from one mood to the picture of it, and the next.
const SETTLE: Duration = Duration::from_secs(12);

/// Why there are no portraits.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error(transparent)]
    Graphics(#[from] GraphicsError),
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error("{file}: {reason}")]
    File { file: PathBuf, reason: String },
    /// The scene or its shader is broken.
    #[error("{0}")]
    Scene(String),
}

/// What is portrayed: nobody, then each emotion in the order of [`Emotion::ALL`].
#[must_use]
pub fn sitters() -> Vec<Option<Emotion>> {
    std::iter::once(None).chain(Emotion::ALL.map(Some)).collect()
}

/// Draws the scene that the settings name, once for each of [`sitters`], at this size.
///
/// A WGSL file in the settings' folder takes the place of the shipped one of the same name.
///
/// # Errors
/// [`SheetError`] says what is missing or broken.
pub fn portraits(settings: &VisualsSettings, size: (u32, u32)) -> Result<Vec<RgbImage>, SheetError> {
    graphics_available(Output::Pictures)?;
    let folder =
        std::env::temp_dir().join(format!("attune-portraits-{}-{}", std::process::id(), settings.scene));
    let result = sit(settings, size, &folder);
    // What lies there is of no use to anybody; a leftover in the temporary folder does no harm.
    let _ = fs::remove_dir_all(&folder);
    result
}

fn sit(settings: &VisualsSettings, size: (u32, u32), folder: &Path) -> Result<Vec<RgbImage>, SheetError> {
    let circumplex = Circumplex::shipped().map_err(|error| SheetError::Scene(error.to_string()))?;
    let mut app = studio(settings, size, folder);
    app.insert_resource(circumplex);
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
    take_own_shaders(&mut app, &settings.folder)?;
    let sitters = sitters();
    let last = SETTLE * u32::try_from(sitters.len()).unwrap_or(1);
    while app.world().resource::<Time>().elapsed() < last {
        app.update();
        let faults = app.world().resource::<Faults>();
        if let Some((_, Fault { what, .. })) = faults.active().next() {
            return Err(SheetError::Scene(what.clone()));
        }
    }
    let captured = app.world().resource::<Captured>();
    if let (_, Some(error)) = captured.lost() {
        return Err(error.into());
    }
    // The first one was taken before anything had settled.
    captured.written().iter().skip(1).take(sitters.len()).map(|file| open(file)).collect()
}

fn open(file: &Path) -> Result<RgbImage, SheetError> {
    let picture = image::open(file)
        .map_err(|error| SheetError::File { file: file.to_owned(), reason: error.to_string() })?;
    Ok(picture.to_rgb8())
}

fn studio(settings: &VisualsSettings, size: (u32, u32), folder: &Path) -> App {
    let pace = Pace::Stepped { step: STEP };
    let mut settings = settings.clone();
    settings.director.on = false;
    let mut app = App::new();
    app.add_plugins(plugins(Output::Pictures, pace).disable::<LogPlugin>())
        .insert_resource(pace)
        .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
        .insert_resource(settings)
        .add_plugins((
            CapturePlugin { size, folder: folder.to_owned(), every: SETTLE },
            FoundationPlugin,
            VisualsPlugin,
        ))
        .add_systems(Update, pose.in_set(Step::Feel));
    app
}

fn take_own_shaders(app: &mut App, folder: &Path) -> Result<(), SheetError> {
    for visualizer in Visualizer::ALL {
        let file = folder.join(format!("{}.wgsl", visualizer.name()));
        if !file.exists() {
            continue;
        }
        let wgsl = fs::read_to_string(&file)
            .map_err(|error| SheetError::File { file: file.clone(), reason: error.to_string() })?;
        replace_shader(&mut app.world_mut().resource_mut::<Assets<Shader>>(), visualizer, &wgsl);
    }
    Ok(())
}

/// Sets the mood of the moment, with some music around it.
fn pose(
    time: Res<Time>,
    circumplex: Res<Circumplex>,
    mut mood: ResMut<Mood>,
    mut levels: ResMut<SoundLevels>,
) {
    let turn = time.elapsed().as_millis().saturating_sub(1) / SETTLE.as_millis();
    let emotion = sitters().get(turn as usize).copied().flatten();
    let probabilities = emotion.map_or(Probabilities::UNIFORM, Probabilities::certain);
    let affect = circumplex.affect(&probabilities);
    mood.fast =
        MoodState { emotion, probabilities, valence: affect.valence, arousal: affect.arousal, ..mood.fast };
    mood.people = usize::from(emotion.is_some());
    *levels = SoundLevels {
        rms: 0.2,
        peak: 0.5,
        bands: [0.62, 0.58, 0.5, 0.46, 0.42, 0.36, 0.3, 0.22],
        onset: 0.0,
    };
}

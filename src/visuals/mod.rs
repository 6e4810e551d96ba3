//! Moving pictures that follow the mood and the sound.
//!
//! A scene file (`scenes/*.ron`) says how colours and parameters follow; [`stage`](Stage) moves them
//! on; `draw` shows them. Without a renderer the stage still moves, and nothing is drawn.

mod capture;
pub mod director;
mod draw;
mod easing;
mod graphics;
pub mod guard;
mod library;
mod output;
mod palette;
mod recover;
mod scene;
mod settings;
mod stage;

pub use capture::{CaptureError, CapturePlugin, Captured};
pub use draw::ScreenCamera;
pub use easing::toward as ease;
pub use graphics::{GraphicsError, display, graphics_available};
pub use library::{Library, SceneError};
pub use output::{Output, plugins};
pub use palette::{Oklch, Palette};
pub use scene::{Scene, Values, Visualizer};
pub use settings::{VisualsSettings, VisualsSettingsOverlay};
pub use stage::{Heard, Seen, Stage};

use std::time::{Duration, SystemTime};

use bevy::prelude::*;
use bevy::render::RenderApp;

use crate::foundation::{Faults, Pace, Room, Step};
use crate::mixer::SoundLevels;
use crate::mood::{Mood, MoodState};

/// Draws the scene. Needs [`VisualsSettings`] as a resource, and [`plugins`] before it.
pub struct VisualsPlugin;

impl Plugin for VisualsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Mood>()
            .init_resource::<SoundLevels>()
            .init_resource::<Pace>()
            .add_systems(Startup, open_scene)
            .add_systems(
                Update,
                (reopen_scene.run_if(scene_is_due), advance)
                    .chain()
                    .in_set(Step::Present)
                    .run_if(resource_exists::<Showing>),
            );
        if app.get_sub_app(RenderApp).is_some() {
            app.add_plugins((draw::plugin, recover::plugin));
        }
    }
}

/// The image that pictures are drawn into when there is no window.
#[derive(Resource)]
struct PictureTarget(Handle<Image>);

/// The scene on show and its state.
#[derive(Resource)]
pub struct Showing {
    library: Library,
    scene: Scene,
    stage: Stage,
    written: Option<SystemTime>,
}

impl Showing {
    /// The scene.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Its eased state.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }
}

const SCENE_FAULT: &str = "scene";

fn open_scene(
    mut commands: Commands,
    settings: Res<VisualsSettings>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let library = Library::new(&settings.folder);
    let scene = library.load(&settings.scene).or_else(|error| {
        let what = format!("{error}. The built-in scene is shown instead.");
        faults.raise(Room::Visuals, SCENE_FAULT, what, time.elapsed());
        Library::fallback()
    });
    match scene {
        Ok(scene) => {
            let (stage, written) = (Stage::new(&scene), library.written(&settings.scene));
            commands.insert_resource(Showing { library, scene, stage, written });
        }
        Err(error) => faults.raise(Room::Visuals, SCENE_FAULT, error.to_string(), time.elapsed()),
    }
}

/// How often a person's scene file is looked at, in seconds.
const LOOK_EVERY: f32 = 1.0;

fn scene_is_due(pace: Res<Pace>, time: Res<Time>, mut waited: Local<f32>) -> bool {
    *waited += time.delta_secs();
    // A stepped run reads its scene once, so that it does not depend on when a file is saved.
    let due = !pace.is_stepped() && *waited >= LOOK_EVERY;
    if due {
        *waited = 0.0;
    }
    due
}

/// Takes over a scene file that was written while it is shown. A broken one is a fault; the last
/// good one stays.
fn reopen_scene(
    mut showing: ResMut<Showing>,
    settings: Res<VisualsSettings>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let written = showing.library.written(&settings.scene);
    if written == showing.written {
        return;
    }
    showing.written = written;
    match showing.library.load(&settings.scene) {
        Ok(scene) => {
            // Colours and parameters ease from where they are: nothing jumps.
            showing.scene = scene;
            faults.clear(Room::Visuals, SCENE_FAULT);
        }
        Err(error) => {
            let what = format!("{error}. The last good scene stays.");
            faults.raise(Room::Visuals, SCENE_FAULT, what, time.elapsed());
        }
    }
}

/// A pause longer than this (a machine that slept) does not move the picture further.
const LONGEST_STEP: Duration = Duration::from_millis(250);

pub(crate) fn advance(
    mut showing: ResMut<Showing>,
    mood: Res<Mood>,
    levels: Res<SoundLevels>,
    time: Res<Time>,
) {
    let Showing { scene, stage, .. } = &mut *showing;
    let heard = Heard { rms: levels.rms, bands: levels.bands, onset: levels.onset };
    let dt = time.delta().min(LONGEST_STEP).as_secs_f32();
    stage.advance(scene, seen(&mood.fast).as_ref(), &heard, dt);
}

fn seen(mood: &MoodState) -> Option<Seen> {
    mood.emotion.map(|_| Seen {
        valence: mood.valence,
        arousal: mood.arousal,
        certainty: mood.probability(),
        probabilities: mood.probabilities,
    })
}

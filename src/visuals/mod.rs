//! Moving pictures that follow the mood and the sound.
//!
//! A scene file (`scenes/*.ron`) says how colours and parameters follow; [`stage`](Stage) moves them
//! on; `draw` shows them. Without a renderer the stage still moves, and nothing is drawn.

mod capture;
mod company;
mod draw;
mod easing;
mod graphics;
mod library;
mod mask;
mod output;
mod palette;
mod palettes;
mod recover;
mod scene;
mod scenes;
mod senses;
mod settings;
mod sheet;
mod stage;

pub use capture::{CaptureError, CapturePlugin, Captured};
pub use company::{Company, Manners, Voice};
pub use draw::ScreenCamera;
pub use easing::toward as ease;
pub use graphics::{GraphicsError, display, graphics_available};
pub use library::{Library, SceneError};
pub use output::{Output, plugins};
pub use palette::{Oklch, Palette, contrast};
pub use palettes::{PaletteSet, Palettes, Region, Tint};
pub use scene::{Scene, Values};
pub use scenes::Visualizer;
pub use senses::{Beat, Heard, Seen};
pub use settings::{VisualsSettings, VisualsSettingsOverlay};
pub use sheet::{SheetError, portraits, sitters};
pub use stage::{Feeling, Stage};

use std::time::{Duration, SystemTime};

use bevy::prelude::*;
use bevy::render::RenderApp;

use company::Guest;

use crate::foundation::{Faults, Pace, Room, Step};
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Circumplex, Mood, MoodState};
use crate::perception::{ReadFace, Reading};

/// Draws the scene. Needs [`VisualsSettings`] as a resource, and [`plugins`] before it.
pub struct VisualsPlugin;

impl Plugin for VisualsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Mood>()
            .init_resource::<SoundLevels>()
            .init_resource::<NowPlaying>()
            .init_resource::<Pace>()
            .add_message::<Reading>()
            .add_systems(Startup, open_scene)
            .add_systems(
                Update,
                keep_company.in_set(Step::Present).before(advance).run_if(resource_exists::<Company>),
            )
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
    match Manners::shipped() {
        Ok(manners) => commands.insert_resource(Company::new(manners)),
        Err(error) => faults.raise(Room::Visuals, "presence", error.to_string(), time.elapsed()),
    }
    let library = Library::of(&settings);
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
    (levels, playing): (Res<SoundLevels>, Res<NowPlaying>),
    time: Res<Time>,
) {
    let Showing { scene, stage, .. } = &mut *showing;
    let heard = Heard { rms: levels.rms, bands: levels.bands, onset: levels.onset, beat: beat(&playing) };
    let dt = time.delta().min(LONGEST_STEP).as_secs_f32();
    stage.advance(scene, seen(&mood).as_ref(), &heard, dt);
}

fn seen(mood: &Mood) -> Option<Seen> {
    let MoodState { emotion, valence, arousal, probabilities, .. } = mood.fast;
    let certainty = mood.fast.probability();
    emotion.map(|_| Seen { valence, arousal, certainty, dispersion: mood.dispersion, probabilities })
}

/// The beat of the track, where its grid was measured.
fn beat(playing: &NowPlaying) -> Beat {
    let grid = playing.pick.as_ref().and_then(|pick| pick.track.sound?.beats);
    grid.map_or(Beat::default(), |grid| {
        let beats = (playing.position.as_secs_f32() - grid.first) * grid.bpm / 60.0;
        Beat { phase: beats.rem_euclid(1.0), trust: grid.confidence.clamp(0.0, 1.0) }
    })
}

/// The people in view become voices of the picture.
fn keep_company(
    mut company: ResMut<Company>,
    mut readings: MessageReader<Reading>,
    circumplex: Option<Res<Circumplex>>,
    mood: Res<Mood>,
    time: Res<Time>,
) {
    if let (Some(reading), Some(circumplex)) = (readings.read().last(), circumplex) {
        let guests: Vec<Guest> =
            reading.faces.iter().map(|face| guest(face, reading.frame_size, &circumplex)).collect();
        company.see(&guests);
    }
    company.advance(seen(&mood).as_ref(), time.delta().min(LONGEST_STEP).as_secs_f32());
}

/// A face as in a mirror: what is on the left of the room is on the left of the picture.
fn guest(read: &ReadFace, [width, height]: [u32; 2], circumplex: &Circumplex) -> Guest {
    let (width, height) = (width.max(1) as f32, height.max(1) as f32);
    let [x, y] = read.face.bounds.centre();
    let affect = circumplex.affect(&read.probabilities);
    let doubt = if read.quality.poor.is_some() { 1.0 } else { read.abstain };
    Guest {
        id: read.id,
        x: 1.0 - 2.0 * x / width,
        y: 1.0 - 2.0 * y / height,
        size: read.face.bounds.height / height,
        seen: Seen {
            valence: affect.valence,
            arousal: affect.arousal,
            certainty: 1.0 - doubt,
            dispersion: 0.0,
            probabilities: read.probabilities,
        },
    }
}

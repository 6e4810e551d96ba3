//! Moving pictures that follow the mood and the sound.
//!
//! A scene file (`scenes/*.ron`) says how colours and parameters follow; [`stage`](Stage) moves them
//! on; `draw` shows them. Without a renderer the stage still moves, and nothing is drawn.

mod capture;
mod company;
pub mod director;
pub mod displays;
mod draw;
mod easing;
mod events;
pub mod faults;
mod film;
mod graphics;
pub mod guard;
mod library;
mod mask;
mod output;
mod palette;
mod palettes;
mod photo;
pub mod quality;
mod recover;
mod scene;
mod scenes;
mod senses;
mod settings;
mod sheet;
mod showing;
mod stage;
mod warm;
mod watch;

pub use capture::{CaptureError, CapturePlugin, Captured, Picture, TakePictures};
pub use company::{Company, Manners, Voice};
pub use draw::ScreenCamera;
pub use easing::toward as ease;
pub use film::{FilmError, Reel, film, seamless, write_loop};
pub use graphics::{GraphicsError, display, graphics_available};
pub use guard::{FlashCounter, Verdict};
pub use library::{Library, SCENES, SceneError};
pub use output::{Output, make_ready, plugins};
pub use palette::{Oklch, Palette, contrast};
pub use palettes::{PaletteSet, Palettes, Region, Tint};
pub use recover::{MayStartAgain, START_AGAIN};
pub use scene::{Scene, Values};
pub use scenes::Visualizer;
pub use senses::{Beat, Heard, Seen};
pub use settings::{VisualsSettings, VisualsSettingsOverlay};
pub use sheet::{Portraits, SheetError, Sitter, portraits, sitters};
pub use showing::{Part, Showing};
pub use stage::{Feeling, Stage};

use std::time::Duration;

use bevy::prelude::*;
use bevy::render::RenderApp;

use company::Guest;

use crate::emotion::Circumplex;
use crate::foundation::{ClockMode, FrameStage};
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, MoodState};
use crate::settings::AddSettings as _;
use crate::vision::perception::{ReadFace, Reading};

/// Draws the scene. Needs [`VisualsSettings`] as a resource, and [`plugins`] before it.
pub struct VisualsPlugin;

impl Plugin for VisualsPlugin {
    fn build(&self, app: &mut App) {
        app.add_settings::<VisualsSettings>("visuals");
        app.init_resource::<Mood>()
            .init_resource::<SoundLevels>()
            .init_resource::<NowPlaying>()
            .init_resource::<ClockMode>()
            .add_message::<Reading>()
            .add_plugins((showing::plugin, director::stagehand::plugin))
            .add_systems(
                Update,
                (
                    keep_company.before(showing::advance).run_if(resource_exists::<Company>),
                    events::write_scene_events.after(showing::advance),
                )
                    .in_set(FrameStage::Present),
            );
        crate::event::plugin(app);
        if app.get_sub_app(RenderApp).is_some() {
            app.add_plugins((draw::plugin, quality::plugin, recover::plugin, photo::plugin));
            if matches!(app.world().get_resource::<Output>(), Some(Output::Window { .. })) {
                app.add_plugins(displays::window::plugin);
            }
        }
    }
}

/// The image that pictures are drawn into when there is no window.
#[derive(Resource)]
struct PictureTarget(Handle<Image>);

/// A pause longer than this (a machine that slept) does not move the picture further.
const LONGEST_STEP: Duration = Duration::from_millis(250);

fn seen(mood: &Mood) -> Option<Seen> {
    let MoodState { emotion, valence, arousal, probabilities, .. } = mood.fast;
    let certainty = mood.fast.probability();
    emotion.map(|_| Seen { valence, arousal, certainty, dispersion: mood.dispersion, probabilities })
}

/// A beat that was heard rather than measured may be half or double: it moves the picture less.
const HEARD_TRUST: f32 = 0.6;

/// The beat as the mixer hears it, else from the measured grid of the track.
fn beat(playing: &NowPlaying, levels: &SoundLevels) -> Beat {
    if let Some(beat) = levels.beat {
        return Beat { phase: beat.phase, trust: if beat.from_grid { 1.0 } else { HEARD_TRUST } };
    }
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
    let affect = circumplex.affect(&read.probabilities());
    let doubt = if read.quality.unreadable.is_some() { 1.0 } else { read.abstain };
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
            probabilities: read.probabilities(),
        },
    }
}

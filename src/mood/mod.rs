//! Expressions over time become a mood.

mod circumplex;
pub mod dial;
mod estimator;
mod hand;
mod hysteresis;
mod presence;
mod settings;
mod smoothing;

pub use circumplex::{Affect, Circumplex};
pub use dial::{Dial, DialSettings, DialSettingsOverlay};
pub use estimator::{MoodEstimator, SeenFace};
pub use hand::{DialPlugin, DialTo};
pub use settings::{MoodSettings, MoodSettingsOverlay};

use std::time::Duration;

use bevy::prelude::*;

use crate::expression::{Emotion, Probabilities};
use crate::foundation::Step;
use crate::perception::{ReadFace, Reading};

/// The mood on one clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodState {
    /// The emotion that holds after smoothing and hysteresis; `None` is nobody in view.
    pub emotion: Option<Emotion>,
    /// Smoothed probabilities; meaningful while somebody is in view.
    pub probabilities: Probabilities,
    /// −1 unpleasant ..= 1 pleasant; 0 when nobody is in view.
    pub valence: f32,
    /// −1 quiet ..= 1 stirred; 0 when nobody is in view.
    pub arousal: f32,
    /// App time at which `emotion` last changed.
    pub since: Duration,
}

impl Default for MoodState {
    fn default() -> Self {
        Self {
            emotion: None,
            probabilities: Probabilities::UNIFORM,
            valence: 0.0,
            arousal: 0.0,
            since: Duration::ZERO,
        }
    }
}

impl MoodState {
    /// Smoothed probability of the emotion that holds, 0 for nobody.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.emotion.map_or(0.0, |emotion| self.probabilities.of(emotion))
    }
}

/// The mood of whoever is in view, on two clocks.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct Mood {
    /// The fast clock: pictures follow it.
    pub fast: MoodState,
    /// The slow clock: music follows it.
    pub slow: MoodState,
    /// How many people are in view now.
    pub people: usize,
    /// How much of it is set by hand, 0..=1; `None` when the camera has it alone.
    pub by_hand: Option<f32>,
}

/// Makes the [`Mood`] from readings. Needs [`MoodSettings`] and [`Circumplex`] as resources.
pub struct MoodPlugin;

impl Plugin for MoodPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Mood>().add_systems(Startup, begin).add_systems(Update, feel.in_set(Step::Feel));
    }
}

#[derive(Resource)]
struct Estimator(MoodEstimator);

fn begin(settings: Res<MoodSettings>, circumplex: Res<Circumplex>, mut commands: Commands) {
    commands.insert_resource(Estimator(MoodEstimator::new(&settings, circumplex.clone())));
}

fn feel(
    mut readings: MessageReader<Reading>,
    mut estimator: ResMut<Estimator>,
    mut mood: ResMut<Mood>,
    time: Res<Time>,
) {
    for reading in readings.read() {
        let faces: Vec<SeenFace> = reading.faces.iter().map(seen).collect();
        estimator.0.read(reading.at, &faces);
    }
    estimator.0.advance(time.elapsed());
    mood.set_if_neq(estimator.0.mood());
}

/// A nearer face has a larger share in the mood of the group.
fn seen(read: &ReadFace) -> SeenFace {
    let bounds = read.face.bounds;
    SeenFace { probabilities: read.probabilities, weight: bounds.width * bounds.height }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::prelude::*;
    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::config::Settings;
    use crate::face::{Face, FaceBox, Quality};
    use crate::foundation::FoundationPlugin;
    use crate::perception::Timing;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, MoodPlugin))
            .add_message::<Reading>()
            .insert_resource(Settings::shipped().expect("valid").mood)
            .insert_resource(Circumplex::shipped().expect("valid"))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)));
        app
    }

    fn happy_face() -> ReadFace {
        let bounds = FaceBox { x: 0.0, y: 0.0, width: 90.0, height: 90.0 };
        let face = Face { bounds, left_eye: [30.0, 30.0], right_eye: [60.0, 30.0], score: 0.9 };
        ReadFace {
            id: 1,
            face,
            quality: Quality::GOOD,
            probabilities: Probabilities::certain(Emotion::Happy),
            abstain: 0.0,
        }
    }

    #[test]
    fn readings_move_the_mood_and_their_absence_ends_it() {
        let mut app = app();
        for _ in 0..30 {
            app.update();
            let at = app.world().resource::<Time>().elapsed();
            app.world_mut().write_message(Reading {
                at,
                frame_size: [320, 240],
                faces: vec![happy_face()],
                timing: Timing::default(),
            });
        }
        let mood = app.world().resource::<Mood>().clone();
        assert_eq!((mood.fast.emotion, mood.people), (Some(Emotion::Happy), 1));
        assert!(mood.fast.valence > 0.5);
        for _ in 0..60 {
            app.update();
        }
        let mood = app.world().resource::<Mood>();
        assert_eq!((mood.fast.emotion, mood.people), (None, 0));
    }
}

//! Expressions over time become a mood.

mod baseline;
mod clock;
pub mod dial;
mod estimator;
#[cfg(test)]
mod estimator_test;
mod evidence;
mod group;
mod hand;
mod hysteresis;
mod people;
mod person;
mod presence;
mod settings;
mod silence;
mod smoothing;
#[cfg(test)]
mod stream_test;
mod trail;

pub use dial::{Dial, DialSettings, DialSettingsOverlay};
pub use estimator::MoodEstimator;
pub use hand::{DialPlugin, DialTo};
pub use person::SeenFace;
pub use settings::{
    BaselineSettings, BaselineSettingsOverlay, MoodSettings, MoodSettingsOverlay, Threshold,
    ThresholdOverlay, Thresholds, ThresholdsOverlay,
};
pub use trail::{MoodTrail, TrailPoint};

use std::time::Duration;

use bevy::prelude::*;

use crate::emotion::{Circumplex, Emotion, Probabilities};
use crate::foundation::FrameStage;
use crate::vision::face::PoorView;
use crate::vision::perception::{ReadFace, Reading};

/// The mood on one clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodState {
    /// The emotion that holds after smoothing and hysteresis. It outlives the last good view for a
    /// while; `None` is an empty room, or that nobody could be read yet.
    pub emotion: Option<Emotion>,
    /// Smoothed probabilities, given that something is known; they fade to uniform after the last
    /// good view.
    pub probabilities: Probabilities,
    /// −1 unpleasant ..= 1 pleasant; fades to 0 after the last good view.
    pub valence: f32,
    /// −1 quiet ..= 1 stirred; fades to 0 after the last good view.
    pub arousal: f32,
    /// How sure this is, 0..=1: the share of good views, times how far the likeliest emotion
    /// stands above chance, `k · (max p − 1/7) / (6/7)`.
    pub certainty: f32,
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
            certainty: 0.0,
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
    /// How far the people in view differ: with their points `a = (valence, arousal)` and shares `w`
    /// (area × quality × certainty, sum 1), the root of `Σ wᵢ |aᵢ − ā|²`. 0 when all agree; two who
    /// count the same differ by half the distance between their points.
    pub dispersion: f32,
    /// Somebody is in view and could not be read for a while: why, and so what they could do.
    pub unknown: Option<PoorView>,
    /// Nobody has been in view for long.
    pub idle: bool,
    /// How much of it is set by hand, 0..=1; `None` when the camera has it alone.
    pub by_hand: Option<f32>,
}

/// Makes the [`Mood`] and the [`MoodTrail`] from readings. Needs [`MoodSettings`] and [`Circumplex`] as resources.
pub struct MoodPlugin;

impl Plugin for MoodPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Mood>()
            .init_resource::<MoodTrail>()
            .add_systems(Startup, begin)
            // What a hand lays over the mood belongs to its way.
            .add_systems(Update, (feel, leave_trail.after(hand::lay)).chain().in_set(FrameStage::Feel));
    }
}

#[derive(Resource)]
struct Estimator(MoodEstimator);

fn begin(settings: Res<MoodSettings>, circumplex: Res<Circumplex>, mut commands: Commands) {
    commands.insert_resource(Estimator(MoodEstimator::new(&settings, circumplex.clone())));
    commands.insert_resource(MoodTrail::new(Duration::from_secs_f32(60.0 * settings.trail_minutes)));
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

fn leave_trail(mut trail: ResMut<MoodTrail>, mood: Res<Mood>, time: Res<Time>) {
    trail.add(time.elapsed(), &mood.fast);
}

fn seen(read: &ReadFace) -> SeenFace {
    SeenFace {
        id: read.id,
        probabilities: read.probabilities,
        area: read.face.bounds.area(),
        quality: read.quality,
        abstain: read.abstain,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::prelude::*;
    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::app::settings::Settings;
    use crate::foundation::FoundationPlugin;
    use crate::vision::face::{Face, FaceBox, Quality};
    use crate::vision::perception::Timing;

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
        let face = Face {
            bounds,
            left_eye: [30.0, 30.0],
            right_eye: [60.0, 30.0],
            nose: None,
            mouth: None,
            score: 0.9,
        };
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
        for _ in 0..120 {
            app.update();
        }
        let mood = app.world().resource::<Mood>();
        assert_eq!((mood.fast.emotion, mood.people), (None, 0));
        let trail = app.world().resource::<MoodTrail>();
        assert!((74..=77).contains(&trail.points().len()), "{}", trail.points().len());
        assert!(trail.points().any(|point| point.valence > 0.5 && point.certainty > 0.5));
    }
}

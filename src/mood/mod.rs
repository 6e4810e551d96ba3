//! Expressions over time become a mood.

mod settings;

pub use settings::{MoodSettings, MoodSettingsOverlay};

use std::time::Duration;

use bevy::prelude::*;

use crate::expression::{Emotion, Probabilities};

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
}

/// Makes the [`Mood`].
pub struct MoodPlugin;

impl Plugin for MoodPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Mood>();
    }
}

//! Evidence over time becomes a mood.
//!
//! One chain of systems, each the one writer of its resource:
//!
//! ```text
//! Evidence → SensedMood, People → ManualMood → Presence → Mood = blend(sensed, presence, manual) → MoodTrail
//! ```
//!
//! The mood knows no camera: every sensor produces [`crate::emotion::Evidence`].

mod blend;
mod calibration;
mod estimator;
#[cfg(test)]
mod estimator_test;
mod events;
mod group;
mod hysteresis;
mod in_view;
mod manual_mood;
mod mood_filter;
mod mood_state;
mod partial_probabilities;
mod people;
mod person;
mod presence;
mod recent_people;
mod resting_face;
mod settings;
mod smoothing;
#[cfg(test)]
mod stream_test;
mod systems;
mod trail;
mod unreadable_advice;

pub use blend::blend;
pub use calibration::{Calibration, CalibrationOverlay, ProbabilityMap, ProbabilityMapOverlay};
pub use estimator::MoodEstimator;
pub use manual_mood::{ManualMood, ManualMoodInputs, ManualMoodSettings, ManualMoodSettingsOverlay};
pub use mood_state::{Mood, MoodState, SensedMood};
pub use people::{People, PersonMood};
pub use presence::{PersonArrived, PersonLeft, Presence};
pub use resting_face::relative_to_rest;
pub use settings::{
    MoodSettings, MoodSettingsOverlay, RestSettings, RestSettingsOverlay, Threshold, ThresholdOverlay,
    Thresholds, ThresholdsOverlay, UsualRest, UsualRestOverlay,
};
pub use systems::MoodPlugin;
pub use trail::{MoodTrail, TrailPoint};

//! The mood as others see it, and what it is made from.

use std::time::Duration;

use bevy::prelude::Resource;

use crate::emotion::{Emotion, Probabilities, UnreadableReason};

/// The mood on one clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodState {
    /// The emotion that holds after smoothing and hysteresis. It outlives the last good view for a
    /// while; `None` in an empty room, and before anybody could be read.
    pub emotion: Option<Emotion>,
    /// How often such an answer is right, 0..=1: the smoothed probability of the emotion that holds,
    /// calibrated ([`super::MoodSettings::calibration`]). It fades after the last good view; 0 for nobody.
    pub probability: f32,
    /// Smoothed probabilities, given that something is known, for mixtures of emotions; they fade to uniform
    /// after the last good view. They are too sure of themselves to be shown as they are.
    pub probabilities: Probabilities,
    /// −1 unpleasant ..= 1 pleasant; fades to 0 after the last good view.
    pub valence: f32,
    /// −1 quiet ..= 1 stirred; fades to 0 after the last good view.
    pub arousal: f32,
    /// How sure this is, 0..=1: the share of good views, times how far the likeliest emotion
    /// stands above chance, `k · (max p − 1/7) / (6/7)`.
    pub confidence: f32,
    /// App time at which `emotion` last changed.
    pub since: Duration,
}

impl Default for MoodState {
    fn default() -> Self {
        Self {
            emotion: None,
            probability: 0.0,
            probabilities: Probabilities::UNIFORM,
            valence: 0.0,
            arousal: 0.0,
            confidence: 0.0,
            since: Duration::ZERO,
        }
    }
}

/// The mood as sensors give it, before anything is set by hand.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct SensedMood {
    /// The fast clock: pictures follow it.
    pub fast: MoodState,
    /// The slow clock: music follows it.
    pub slow: MoodState,
    /// See [`Mood::dispersion`].
    pub dispersion: f32,
    /// See [`Mood::unknown`].
    pub unknown: Option<UnreadableReason>,
}

/// The mood of everybody in view, on two clocks: [`SensedMood`] blended with [`super::ManualMood`].
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct Mood {
    /// The fast clock: pictures follow it.
    pub fast: MoodState,
    /// The slow clock: music follows it.
    pub slow: MoodState,
    /// How many people are in view now, as in [`super::Presence`].
    pub people: usize,
    /// How far the people in view differ: with their points `a = (valence, arousal)` and shares `w`
    /// (weight × quality × confidence, sum 1), the root of `Σ wᵢ |aᵢ − ā|²`. 0 when all agree; two who
    /// count the same differ by half the distance between their points.
    pub dispersion: f32,
    /// Somebody is in view and could not be read for a while: why, and so what they could do.
    pub unknown: Option<UnreadableReason>,
    /// Nobody has been in view for long, as in [`super::Presence`].
    pub idle: bool,
    /// How much of it is set by hand, 0..=1; `None` when the sensors have it alone.
    pub by_hand: Option<f32>,
}

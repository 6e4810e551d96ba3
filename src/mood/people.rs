//! Everybody in view, one by one.

use bevy::prelude::Resource;

use crate::emotion::{Affect, Circumplex, Emotion, FacePlace, PersonId, Probabilities};

/// What is known of one person, relative to their own face at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonMood {
    pub id: PersonId,
    /// Where they are, if a sensor knows.
    pub place: Option<FacePlace>,
    /// Probabilities of the newest good view, not smoothed: for what follows a face closely.
    pub current: Probabilities,
    /// Valence and arousal of [`Self::current`].
    pub affect: Affect,
    /// Probabilities smoothed over the fast window, given that something is known.
    pub probabilities: Probabilities,
    /// How sure the smoothed probabilities are, 0..=1; as in [`super::MoodState::confidence`].
    pub confidence: f32,
    /// How well the newest view can be read: 1 − the probability that it is none of the seven, 0 for a
    /// view that is too poor.
    pub readability: f32,
    /// How far the person's face at rest is known, 0 not at all ..= 1.
    pub rest_known: f32,
}

impl PersonMood {
    /// Somebody who looks like this for certain, for tools and tests without a sensor.
    #[must_use]
    pub fn certain(id: PersonId, place: FacePlace, emotion: Emotion, circumplex: &Circumplex) -> Self {
        let probabilities = Probabilities::certain(emotion);
        Self {
            id,
            place: Some(place),
            current: probabilities,
            affect: circumplex.affect(&probabilities),
            probabilities,
            confidence: 1.0,
            readability: 1.0,
            rest_known: 1.0,
        }
    }
}

/// Everybody the newest evidence sees, of those who count as in view ([`super::Presence`]); nearest first.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct People(pub Vec<PersonMood>);

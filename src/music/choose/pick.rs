//! What choosing tells the mixer, and what the mixer asks of it.

use bevy::prelude::*;

use crate::emotion::Emotion;
use crate::music::recommend::Contribution;
use crate::music::track::Track;

/// A decision: play this next, and why.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Pick {
    pub track: Track,
    /// The slow mood it was chosen for; `None` is an empty room.
    pub emotion: Option<Emotion>,
    /// One sentence for people.
    pub reason: String,
    /// The parts of its score; empty where it was not scored.
    pub why: Vec<Contribution>,
}

/// The mixer asks for a track: nothing plays, or the one that plays is near its end.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackWanted {
    /// Nothing is playing.
    Silence,
    /// The current track ends soon.
    EndNear,
    /// This pick could not be played; choose another.
    Unplayable,
}

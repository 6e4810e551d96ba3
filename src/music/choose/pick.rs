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
    /// Why a track comes now.
    pub cause: PickCause,
    /// One sentence for people.
    pub reason: String,
    /// The parts of its score; empty where it was not scored.
    pub why: Vec<Contribution>,
}

/// Why a track is chosen now. The mixer decides by it how soon and how long it fades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickCause {
    /// Nothing plays, or what was chosen cannot be played.
    Silence,
    /// The current track ends soon.
    EndNear,
    /// The mood has changed while a track plays.
    MoodChanged,
    /// A person wants another track: "next" or "not now".
    Asked,
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

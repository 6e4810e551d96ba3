//! Choosing music: playlists by mood, and the tracks they find.

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::*;

use crate::expression::Emotion;

/// A track that can be played, with what its tags say.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    pub path: PathBuf,
    /// From the tags, else the file's stem.
    pub title: String,
    pub artist: Option<String>,
    /// Tempo in beats per minute, from the tags.
    pub bpm: Option<f32>,
    pub duration: Duration,
}

/// A decision: play this next, and why.
#[derive(Message, Debug, Clone, PartialEq)]
pub struct Pick {
    pub track: Track,
    /// The slow mood it was chosen for; `None` is an empty room.
    pub emotion: Option<Emotion>,
    /// One sentence for people.
    pub reason: String,
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

/// Chooses tracks from the slow mood.
pub struct MusicPlugin;

impl Plugin for MusicPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<Pick>().add_message::<TrackWanted>();
    }
}

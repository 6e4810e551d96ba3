//! What sounds now, for other rooms.

use std::time::Duration;

use bevy::prelude::Resource;

use crate::music::{MusicalKey, Pick};

/// What sounds now.
#[derive(Resource, Debug, Clone, PartialEq, Default)]
pub struct NowPlaying {
    /// The track that is heard, or the incoming one in a crossfade.
    pub pick: Option<Pick>,
    /// Position in the track.
    pub position: Duration,
    /// Progress of a crossfade in 0..=1 while one is under way.
    pub crossfade: Option<f32>,
    /// Crossfades that have begun since the start.
    pub crossfades: u32,
    /// Time until the next fade to another track begins, as the mixer plans it now. `None` if nothing
    /// plays, if the end of the track is not known, and in a pause.
    pub next_fade_in: Option<Duration>,
    /// Time of the app at which the newest fade began.
    pub last_fade_at: Option<Duration>,
    /// A person has paused the music.
    pub paused: bool,
    /// Key of the ambient pad while nothing but the pad is heard.
    pub ambient_key: Option<MusicalKey>,
}

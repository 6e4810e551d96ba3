//! What a choice is asked with, and what it answers.

use std::collections::{HashMap, VecDeque};

use super::blended_target::BlendedTarget;
use super::catalogue::Catalogue;
use super::score_term::ScoreTerm;
use crate::emotion::Affect;
use crate::foundation::LocalTime;
use crate::music::playlists::PlaylistName;
use crate::music::taste::{Features, ListeningContext, Taste};

/// One part of the reason for a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    pub term: ScoreTerm,
    /// About 0..=1, before its weight.
    pub value: f32,
    /// The mean over all tracks that could have been chosen.
    pub usual: f32,
    pub weight: f32,
}

impl Contribution {
    /// What it adds to the score of the track.
    #[must_use]
    pub fn points(&self) -> f32 {
        self.weight * self.value
    }
}

/// Where a choice came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateSource {
    /// The rules of the playlist.
    Own,
    /// The tolerance around its target, because its rules find no track.
    Near,
    /// The rules of another playlist, because the own one finds nothing.
    Borrowed(PlaylistName),
    /// All tracks, because no playlist finds one.
    Anywhere,
    /// Around the point that a person has set.
    Point,
}

/// What must not be chosen now. Tracks by their numbers, see `track_id`.
#[derive(Debug, Clone, Default)]
pub struct ChoiceHistory {
    /// The tracks that played last, the newest at the end.
    pub recent: VecDeque<u64>,
    /// Files that could not be played.
    pub unplayable: Vec<u64>,
    /// When each track of this run was played: one that gave way to another mood was heard, too.
    pub played: HashMap<u64, LocalTime>,
    /// Tracks that were skipped with "not now" before they were heard, and when: they stay away as any other, and nothing
    /// is learned from it.
    pub set_aside: Vec<(u64, LocalTime)>,
}

impl ChoiceHistory {
    /// Notes that a track is played now. `novelty_hours` is the time constant of novelty: what is many times as old counts
    /// as new, and is dropped.
    pub fn note_played(&mut self, id: u64, now: LocalTime, novelty_hours: f32) {
        const FORGOTTEN: f32 = 12.0;
        let oldest = (FORGOTTEN * novelty_hours * 3_600.0) as i64;
        self.played.retain(|_, at| now.seconds_since(at) < oldest);
        self.played.insert(id, now);
    }
}

/// What is asked for.
#[derive(Debug)]
pub struct ChoiceRequest<'a> {
    pub tracks: &'a Catalogue,
    pub name: PlaylistName,
    pub goal: &'a BlendedTarget,
    /// Position of the track before.
    pub current: Option<usize>,
    /// A point of the plane that a person has set: then tracks around it come, whatever playlist they are on.
    pub point: Option<Affect>,
    /// Position of a track that a person has named: it is chosen, whatever its score.
    pub named: Option<usize>,
    /// From where in the plane, and how far, the music may go, where tracks lie there.
    pub reach: Option<(Affect, f32)>,
    /// The target is a point on the way of a journey: which of the tracks around it comes is left to chance.
    pub leads: bool,
    pub around: &'a ListeningContext,
    pub taste: &'a Taste,
    pub memory: &'a ChoiceHistory,
}

/// A choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Position in the catalogue.
    pub place: usize,
    pub source: CandidateSource,
    /// One for each term.
    pub why: Vec<Contribution>,
    /// What taste can learn from.
    pub features: Features,
}

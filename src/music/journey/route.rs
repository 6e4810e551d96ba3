//! What a journey is made of: tracks that can be on the way, the route, and the plan that was found.

use super::settings::JourneySettings;
use crate::emotion::Affect;
use crate::music::library::LibraryEntry;
use crate::music::plane::{between, in_plane};
use crate::music::theory::{MusicalKey, tempo_octaves};

/// A track that a journey can use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waypoint {
    /// Position in the library.
    pub index: usize,
    pub at: Affect,
    pub seconds: f32,
    pub key: Option<MusicalKey>,
    /// Tempo in octaves above 100 BPM; NaN if unknown.
    pub octaves: f32,
}

impl Waypoint {
    /// A track whose brightness and energy are known.
    #[must_use]
    pub fn of(index: usize, entry: &LibraryEntry) -> Option<Self> {
        Some(Self {
            index,
            at: in_plane(entry.valence?, entry.energy?),
            seconds: entry.track.duration.as_secs_f32().max(1.0),
            key: entry.track.facts.musical_key(),
            octaves: tempo_octaves(entry.track.facts.bpm()),
        })
    }
}

/// Start, goal and duration of a journey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Route {
    pub from: Affect,
    pub to: Affect,
    pub seconds: f32,
}

impl Route {
    /// Target position at this time after the start, in seconds: first the start, then on the way, then the goal.
    #[must_use]
    pub fn wanted(&self, elapsed: f32, settings: &JourneySettings) -> Affect {
        between(self.from, self.to, self.share(elapsed, settings))
    }

    /// Share of the route that should be covered at this time after the start, 0..=1.
    pub(super) fn share(&self, elapsed: f32, settings: &JourneySettings) -> f32 {
        let matching = (60.0 * settings.match_minutes).min(0.25 * self.seconds);
        let arrival = (settings.arrive * self.seconds).max(matching + 1.0);
        ((elapsed - matching) / (arrival - matching)).clamp(0.0, 1.0)
    }
}

/// A track of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JourneyLeg {
    pub stop: Waypoint,
    /// Seconds from the start of the journey.
    pub begins: f32,
    /// Target position in the middle of this track.
    pub wanted: Affect,
    /// Distance from the previous position in the plane.
    pub step: f32,
}

/// A gap with no track within the longest step. The plan crosses it once, by the shortest possible step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JourneyGap {
    pub from: Affect,
    /// Position in the library of the track before it; `None` is the start of the journey.
    pub after: Option<usize>,
    pub to: Affect,
    /// Position in the library of the track after it.
    pub before: usize,
    /// Distance across, in the plane.
    pub length: f32,
}

impl JourneyGap {
    /// Positions of the fewest tracks, evenly spaced, with which no step across is longer than `step`.
    #[must_use]
    pub fn filled(&self, step: f32) -> Vec<Affect> {
        let steps = (self.length / step).ceil().max(1.0);
        (1..steps as u32).map(|number| between(self.from, self.to, number as f32 / steps)).collect()
    }
}

/// A planned journey.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyPlan {
    pub legs: Vec<JourneyLeg>,
    /// The gaps on the way to the goal, in order.
    pub gaps: Vec<JourneyGap>,
}

impl JourneyPlan {
    /// The longest step from one track to the next.
    #[must_use]
    pub fn longest_step(&self) -> f32 {
        self.legs.iter().skip(1).map(|leg| leg.step).fold(0.0, f32::max)
    }
}

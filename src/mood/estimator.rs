//! The mood on two clocks, from what each frame says. Pure: time is passed in.

use std::time::Duration;

use super::Mood;
use super::mood_clock::{MoodClock, MoodDecay, READABLE};
use super::group::GroupMood;
use super::known_people::KnownPeople;
use super::person::SeenFace;
use super::presence::Presence;
use super::settings::MoodSettings;
use super::unreadable_advice::UnreadableAdvice;
use super::smoothing::{FrameInterval, ShareSmoother};
use crate::emotion::Circumplex;

/// Without any reading for this long, nobody is taken to be in view.
const BLIND_AFTER: Duration = Duration::from_secs(1);

/// Turns readings into a [`Mood`]. What it says does not depend on the frame rate: between 5 and 30
/// frames a second the same expressions give the same moods, at times that differ by 0.25 s in the
/// median and 0.65 s at most (about three frames of the slowest), and probabilities of the slow mood
/// that differ by less than 0.05.
#[derive(Debug, Clone)]
pub struct MoodEstimator {
    circumplex: Circumplex,
    people: KnownPeople,
    presence: Presence,
    silence: UnreadableAdvice,
    group: GroupMood,
    fast: MoodClock,
    /// The slow clock smooths the group once more, over its own window.
    slow_evidence: ShareSmoother,
    gap: FrameInterval,
    slow: MoodClock,
    last_reading: Duration,
}

impl MoodEstimator {
    /// Starts with an empty room.
    #[must_use]
    pub fn new(settings: &MoodSettings, circumplex: Circumplex) -> Self {
        let seconds = Duration::from_secs_f32;
        let ending = |hold, decay| MoodDecay { hold: seconds(hold), decay };
        Self {
            circumplex,
            people: KnownPeople::new(settings),
            presence: Presence::new(
                seconds(settings.presence_settle_seconds),
                seconds(settings.idle_seconds),
            ),
            silence: UnreadableAdvice::new(seconds(settings.unknown_seconds)),
            group: GroupMood::default(),
            fast: MoodClock::new(
                settings.thresholds.fast(),
                ending(settings.hold_seconds, settings.decay_seconds),
            ),
            slow_evidence: ShareSmoother::new(settings.music_seconds),
            gap: FrameInterval::default(),
            slow: MoodClock::new(
                settings.thresholds.slow(),
                ending(settings.music_hold_seconds, settings.music_decay_seconds),
            ),
            last_reading: Duration::ZERO,
        }
    }

    /// Takes in one frame, nearest face first. `faces` may be empty; a frame from the past is ignored.
    pub fn read(&mut self, at: Duration, faces: &[SeenFace]) {
        if at < self.last_reading {
            return;
        }
        self.last_reading = at;
        self.presence.see(at, faces.len());
        self.people.see(at, faces);
        let gap = self.gap.to(at);
        let Some(nearest) = faces.first() else { return };
        self.group = self.people.group(at, &self.circumplex).unwrap_or_default();
        let evidence = self.group.evidence;
        self.silence.see(at, evidence.known() >= READABLE, nearest.quality.poor);
        self.fast.feed(at, &evidence);
        if let Some(dt) = gap {
            self.slow_evidence.add(dt, &evidence);
        }
        self.slow.feed(at, self.slow_evidence.value());
    }

    /// Lets time pass: moods end some while after the last good view.
    pub fn advance(&mut self, now: Duration) {
        if now.saturating_sub(self.last_reading) > BLIND_AFTER {
            self.presence.see(now, 0);
        }
        self.presence.advance(now);
        self.people.forget(now);
        if self.presence.people() == 0 {
            self.silence.end();
            self.group = GroupMood::default();
        }
        self.fast.advance(now);
        self.slow.advance(now);
    }

    /// The mood as it stands.
    #[must_use]
    pub fn mood(&self) -> Mood {
        Mood {
            fast: self.fast.state(&self.circumplex),
            slow: self.slow.state(&self.circumplex),
            people: self.presence.people(),
            dispersion: self.group.dispersion,
            unknown: self.silence.said(),
            idle: self.presence.idle(),
            by_hand: None,
        }
    }
}

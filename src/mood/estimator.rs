//! The mood on two clocks, from evidence over time. Pure: time is passed in.

use std::time::Duration;

use super::group::GroupMood;
use super::in_view::InView;
use super::mood_filter::{MoodFilter, READABLE};
use super::mood_state::SensedMood;
use super::people::People;
use super::recent_people::RecentPeople;
use super::settings::MoodSettings;
use super::smoothing::{FrameInterval, ShareSmoother};
use super::unreadable_advice::UnreadableAdvice;
use crate::emotion::{Circumplex, Evidence, PersonId};

/// Without any evidence for this long, no sensor works and nobody is taken to be in view.
const BLIND_AFTER: Duration = Duration::from_secs(1);

/// Turns evidence into a [`SensedMood`]. What it says does not depend on the frame rate: between 5 and 30
/// frames a second the same expressions give the same moods, at times that differ by 0.25 s in the
/// median and 0.65 s at most (about three frames of the slowest), and probabilities of the slow mood
/// that differ by less than 0.05.
#[derive(Debug, Clone)]
pub struct MoodEstimator {
    circumplex: Circumplex,
    people: RecentPeople,
    in_view: InView,
    advice: UnreadableAdvice,
    group: GroupMood,
    fast: MoodFilter,
    /// The slow clock smooths the group once more, over its own window.
    slow_shares: ShareSmoother,
    interval: FrameInterval,
    slow: MoodFilter,
    last_evidence: Option<Duration>,
}

impl MoodEstimator {
    /// Starts with an empty room.
    #[must_use]
    pub fn new(settings: &MoodSettings, circumplex: Circumplex) -> Self {
        Self {
            circumplex,
            people: RecentPeople::new(settings),
            in_view: InView::new(settings.settle()),
            advice: UnreadableAdvice::new(settings.unknown()),
            group: GroupMood::default(),
            fast: MoodFilter::new(
                settings.thresholds.fast(),
                settings.fast_decay(),
                settings.calibration.clone(),
            ),
            slow_shares: ShareSmoother::new(settings.music_seconds),
            interval: FrameInterval::default(),
            slow: MoodFilter::new(
                settings.thresholds.slow(),
                settings.slow_decay(),
                settings.calibration.clone(),
            ),
            last_evidence: None,
        }
    }

    /// Applies other settings. What is known of people and moods stays, and is judged by them from now on.
    pub fn change_settings(&mut self, settings: &MoodSettings) {
        self.people.change_settings(settings);
        self.in_view.change_settle(settings.settle());
        self.advice.change_delay(settings.unknown());
        self.fast.change_settings(
            settings.thresholds.fast(),
            settings.fast_decay(),
            settings.calibration.clone(),
        );
        self.slow_shares.change_window(settings.music_seconds);
        self.slow.change_settings(
            settings.thresholds.slow(),
            settings.slow_decay(),
            settings.calibration.clone(),
        );
    }

    /// Takes in what a sensor says. Evidence from before the last one is ignored.
    pub fn read(&mut self, evidence: &Evidence) {
        let Evidence { at, people, .. } = evidence;
        let at = *at;
        if self.last_evidence.is_some_and(|last| at < last) {
            return;
        }
        self.last_evidence = Some(at);
        let seen: Vec<PersonId> = people.iter().filter_map(|person| person.person).collect();
        self.in_view.see(at, &seen);
        self.people.see(at, people);
        let dt = self.interval.to(at);
        let Some(nearest) = people.first() else { return };
        self.group = self.people.group(at, &self.circumplex).unwrap_or_default();
        let shares = self.group.shares;
        self.advice.see(at, shares.known() >= READABLE, nearest.unreadable);
        self.fast.feed(at, &shares);
        if let Some(dt) = dt {
            self.slow_shares.add(dt, &shares);
        }
        self.slow.feed(at, self.slow_shares.value());
    }

    /// Lets time pass: moods end some while after the last good view.
    pub fn advance(&mut self, now: Duration) {
        if !self.has_sensor(now) {
            self.in_view.see(now, &[]);
        }
        self.people.forget(now);
        if self.in_view.people().is_empty() {
            self.advice.end();
            self.group = GroupMood::default();
        }
        self.fast.advance(now);
        self.slow.advance(now);
    }

    /// Whether a sensor has spoken lately.
    #[must_use]
    pub fn has_sensor(&self, now: Duration) -> bool {
        self.last_evidence.is_some_and(|last| now.saturating_sub(last) <= BLIND_AFTER)
    }

    /// The mood as it stands.
    #[must_use]
    pub fn mood(&self) -> SensedMood {
        SensedMood {
            fast: self.fast.state(&self.circumplex),
            slow: self.slow.state(&self.circumplex),
            dispersion: self.group.dispersion,
            unknown: self.advice.reason_told(),
        }
    }

    /// Of those who count as in view, everybody whom the newest evidence sees; nobody once no sensor works.
    #[must_use]
    pub fn people(&self, now: Duration) -> People {
        let newest = self.last_evidence.filter(|_| self.has_sensor(now));
        newest.map(|at| self.people.seen_at(at, self.in_view.people(), &self.circumplex)).unwrap_or_default()
    }

    /// Who counts as in view, in the order of their numbers.
    #[must_use]
    pub fn people_in_view(&self) -> &[PersonId] {
        self.in_view.people()
    }

    pub(super) fn in_view(&self) -> &InView {
        &self.in_view
    }
}

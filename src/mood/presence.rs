//! Who is in the room: decided here once; lights, greeting, bell and music follow it.
//!
//! The hold times on the way, each with its own reason:
//!
//! | setting | what it bridges |
//! |---|---|
//! | `face.search.hold_seconds` | a face that the detector misses keeps its number |
//! | `camera.frozen_seconds`, `covered_seconds` | a camera that shows nothing sees nobody, but a short darkness is no fault |
//! | `face.still.seconds` | somebody who sits still is no poster |
//! | `mood.presence_settle_seconds` | a false detection or a missed frame changes nothing; after it somebody has arrived or left |
//! | `mood.forget_seconds` | what is known of a person (their expression, their face at rest) outlives a short absence |
//! | `mood.hold_seconds`, `decay_seconds` | the mood itself stays and then fades, so that pictures and music do not jump |
//! | `mood.idle_seconds` | an empty room is idle, and a visit has ended |
//!
//! Somebody who bows their head in a meditation leaves the view, but the visit goes on until the room is
//! idle: the bell of a session counts from [`Presence::visit_since`].

use std::time::Duration;

use bevy::prelude::{Message, Resource};

use super::in_view::InView;
use crate::emotion::PersonId;

/// Somebody came into view.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonArrived(pub PersonId);

/// Somebody has been out of view for the settle time.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonLeft(pub PersonId);

/// Who is in the room. All times are app time.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    people: Vec<PersonId>,
    present_since: Option<Duration>,
    empty_since: Option<Duration>,
    visit_since: Option<Duration>,
    idle: bool,
    by_hand: bool,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            people: Vec::new(),
            present_since: None,
            empty_since: Some(Duration::ZERO),
            visit_since: None,
            idle: false,
            by_hand: false,
        }
    }
}

/// Who came and went in one update.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PeopleChange {
    pub(super) arrived: Vec<PersonId>,
    pub(super) left: Vec<PersonId>,
}

impl Presence {
    /// People who have been in view since a time, for tools and tests without a sensor.
    #[must_use]
    pub fn of(people: Vec<PersonId>, since: Duration) -> Self {
        Self {
            people,
            present_since: Some(since),
            empty_since: None,
            visit_since: Some(since),
            ..Self::default()
        }
    }

    /// Everybody in view, in the order of their numbers.
    #[must_use]
    pub fn people(&self) -> &[PersonId] {
        &self.people
    }

    /// How long somebody has been in view without a gap; zero in an empty room.
    #[must_use]
    pub fn present_for(&self, now: Duration) -> Duration {
        self.present_since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    /// How long nobody has been in view; zero while somebody is.
    #[must_use]
    pub fn empty_for(&self, now: Duration) -> Duration {
        self.empty_since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    /// When the visit began: somebody came into view or set the mood by hand. It ends when the room is
    /// idle and nothing is set by hand any more.
    #[must_use]
    pub fn visit_since(&self) -> Option<Duration> {
        self.visit_since
    }

    /// Nobody has been in view for long.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.idle
    }

    /// Somebody sets the mood by hand, seen or not.
    #[must_use]
    pub fn by_hand(&self) -> bool {
        self.by_hand
    }

    /// Takes over who is in view at `now`.
    pub(super) fn update(
        &mut self,
        now: Duration,
        in_view: &InView,
        by_hand: bool,
        idle_after: Duration,
    ) -> PeopleChange {
        let people = in_view.people();
        let only_in = |these: &[PersonId], others: &[PersonId]| {
            these.iter().copied().filter(|id| !others.contains(id)).collect()
        };
        let change =
            PeopleChange { arrived: only_in(people, &self.people), left: only_in(&self.people, people) };
        self.people = people.to_vec();
        self.by_hand = by_hand;
        self.empty_since = in_view.empty_since();
        self.present_since = self.present_since.or(Some(now)).filter(|_| !people.is_empty());
        self.idle = people.is_empty() && self.empty_for(now) >= idle_after;
        if !people.is_empty() || by_hand {
            self.visit_since = self.visit_since.or(Some(now));
        } else if self.idle {
            self.visit_since = None;
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: PersonId = PersonId(1);
    const IDLE: Duration = Duration::from_secs(45);

    struct Room {
        view: InView,
        presence: Presence,
    }

    impl Room {
        fn new() -> Self {
            Self { view: InView::new(Duration::from_millis(250)), presence: Presence::default() }
        }

        /// One second, ten frames, from `second` on; everybody who came and went.
        fn second(&mut self, second: u64, seen: &[PersonId], by_hand: bool) -> PeopleChange {
            let mut all = PeopleChange::default();
            for frame in 0..10 {
                let now = Duration::from_millis(second * 1_000 + frame * 100);
                self.view.see(now, seen);
                let change = self.presence.update(now, &self.view, by_hand, IDLE);
                all.arrived.extend(change.arrived);
                all.left.extend(change.left);
            }
            all
        }
    }

    /// Arrival and departure are told once each.
    #[test]
    fn coming_and_going_is_told_once() {
        let mut room = Room::new();
        assert_eq!(room.second(0, &[ONE], false).arrived, [ONE]);
        assert_eq!(room.second(1, &[ONE], false), PeopleChange::default());
        assert_eq!(room.presence.present_for(Duration::from_secs(2)), Duration::from_millis(1_700));
        assert_eq!(room.second(2, &[], false).left, [ONE]);
        assert_eq!(room.second(3, &[], false), PeopleChange::default());
        assert_eq!(room.presence.empty_for(Duration::from_secs(4)), Duration::from_secs(2));
    }

    /// The room is idle a while after the last person left, and somebody ends that.
    #[test]
    fn a_room_that_stays_empty_becomes_idle_and_somebody_ends_that() {
        let mut room = Room::new();
        let mut idle = |second, seen: &[PersonId]| {
            room.second(second, seen, false);
            room.presence.is_idle()
        };
        assert!(!idle(43, &[]) && idle(45, &[]));
        assert!(!idle(50, &[ONE]));
        assert!(!idle(60, &[]) && !idle(103, &[]) && idle(105, &[]));
    }

    /// A bowed head does not end the visit; an idle room does, unless the mood is set by hand.
    #[test]
    fn a_visit_outlives_a_bowed_head_and_ends_when_the_room_is_idle() {
        let mut room = Room::new();
        room.second(0, &[ONE], false);
        let since = room.presence.visit_since();
        assert!(since.is_some());
        room.second(1, &[], false);
        room.second(40, &[], false);
        assert_eq!(room.presence.visit_since(), since);
        room.second(47, &[], false);
        assert_eq!(room.presence.visit_since(), None);
        room.second(50, &[], true);
        assert_eq!(room.presence.visit_since(), Some(Duration::from_secs(50)));
        room.second(200, &[], true);
        assert_eq!(room.presence.visit_since(), Some(Duration::from_secs(50)));
    }
}

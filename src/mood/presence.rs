//! How many people are in view, without the flicker of single frames, and whether the room is idle.

use std::time::Duration;

/// The settled count: a new one must hold for a while before it is believed.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    settle: Duration,
    idle_after: Duration,
    people: usize,
    pending: Option<(usize, Duration)>,
    /// Since when the room is empty, as long as it is.
    empty_since: Option<Duration>,
    now: Duration,
}

impl Presence {
    pub(super) fn new(settle: Duration, idle_after: Duration) -> Self {
        Self {
            settle,
            idle_after,
            people: 0,
            pending: None,
            empty_since: Some(Duration::ZERO),
            now: Duration::ZERO,
        }
    }

    pub(super) fn people(&self) -> usize {
        self.people
    }

    /// Whether nobody has been in view for long.
    pub(super) fn idle(&self) -> bool {
        self.empty_since.is_some_and(|since| self.now.saturating_sub(since) >= self.idle_after)
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    /// Takes in the count of one frame.
    pub(super) fn see(&mut self, at: Duration, count: usize) {
        if count == self.people {
            self.pending = None;
            return;
        }
        let since = match self.pending {
            Some((pending, since)) if pending == count => since,
            _ => at,
        };
        self.pending = Some((count, since));
        if at.saturating_sub(since) < self.settle {
            return;
        }
        self.people = count;
        self.pending = None;
        self.empty_since = (count == 0).then_some(since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presence() -> Presence {
        Presence::new(Duration::from_millis(250), Duration::from_secs(45))
    }

    #[test]
    fn one_missed_frame_does_not_empty_the_room() {
        let mut presence = presence();
        for frame in 0..5 {
            presence.see(Duration::from_millis(frame * 100), 1);
        }
        assert_eq!(presence.people(), 1);
        presence.see(Duration::from_millis(500), 0);
        presence.see(Duration::from_millis(600), 1);
        presence.see(Duration::from_millis(700), 0);
        presence.see(Duration::from_millis(800), 0);
        assert_eq!(presence.people(), 1);
        presence.see(Duration::from_secs(1), 0);
        assert_eq!(presence.people(), 0);
    }

    #[test]
    fn a_room_that_stays_empty_becomes_idle_and_somebody_ends_that() {
        let mut presence = presence();
        presence.advance(Duration::from_secs(44));
        assert!(!presence.idle());
        presence.advance(Duration::from_secs(45));
        assert!(presence.idle());
        presence.see(Duration::from_secs(50), 1);
        presence.see(Duration::from_secs(51), 1);
        assert!(!presence.idle());
        presence.see(Duration::from_mins(1), 0);
        presence.see(Duration::from_secs(61), 0);
        presence.advance(Duration::from_secs(104));
        assert!(!presence.idle());
        presence.advance(Duration::from_secs(105));
        assert!(presence.idle());
    }
}

//! How many people are in view, without the flicker of single frames.

use std::time::Duration;

/// The settled count: a new one must hold for a while before it is believed.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    settle: Duration,
    people: usize,
    pending: Option<(usize, Duration)>,
}

impl Presence {
    pub(super) fn new(settle: Duration) -> Self {
        Self { settle, people: 0, pending: None }
    }

    pub(super) fn people(&self) -> usize {
        self.people
    }

    /// Takes in the count of one frame; gives whether the settled count changed.
    pub(super) fn see(&mut self, at: Duration, count: usize) -> bool {
        if count == self.people {
            self.pending = None;
            return false;
        }
        let since = match self.pending {
            Some((pending, since)) if pending == count => since,
            _ => at,
        };
        self.pending = Some((count, since));
        if at.saturating_sub(since) < self.settle {
            return false;
        }
        self.people = count;
        self.pending = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missed_frame_does_not_empty_the_room() {
        let mut presence = Presence::new(Duration::from_millis(250));
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
}

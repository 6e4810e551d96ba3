//! Who is in view, without the flicker of single frames.

use std::time::Duration;

use crate::emotion::PersonId;

/// Somebody a sensor follows, until they are out of view for the settle time.
#[derive(Debug, Clone)]
struct SeenPerson {
    id: PersonId,
    /// First of the frames in a row in which they were seen, before they count.
    seen_since: Duration,
    /// First of the frames in a row in which they were missed.
    missed_since: Option<Duration>,
    in_view: bool,
}

/// A person counts as in view after being seen for the settle time without a gap, and until they were
/// missed for as long.
#[derive(Debug, Clone)]
pub(super) struct InView {
    settle: Duration,
    candidates: Vec<SeenPerson>,
    people: Vec<PersonId>,
    empty_since: Option<Duration>,
}

impl InView {
    pub(super) fn new(settle: Duration) -> Self {
        Self { settle, candidates: Vec::new(), people: Vec::new(), empty_since: Some(Duration::ZERO) }
    }

    /// Another time for which somebody must be seen or missed.
    pub(super) fn change_settle(&mut self, settle: Duration) {
        self.settle = settle;
    }

    /// Everybody who counts as in view, in the order of their numbers.
    pub(super) fn people(&self) -> &[PersonId] {
        &self.people
    }

    /// First frame without anybody, as long as nobody is in view.
    pub(super) fn empty_since(&self) -> Option<Duration> {
        self.empty_since
    }

    /// Takes in who was seen in one frame.
    pub(super) fn see(&mut self, at: Duration, seen: &[PersonId]) {
        for id in seen {
            if self.candidates.iter().all(|known| known.id != *id) {
                let new = SeenPerson { id: *id, seen_since: at, missed_since: None, in_view: false };
                self.candidates.push(new);
            }
        }
        let settle = self.settle;
        let mut last_left = None;
        self.candidates.retain_mut(|candidate| {
            if seen.contains(&candidate.id) {
                candidate.missed_since = None;
                candidate.in_view |= at.saturating_sub(candidate.seen_since) >= settle;
                return true;
            }
            let missed_since = *candidate.missed_since.get_or_insert(at);
            if candidate.in_view && at.saturating_sub(missed_since) < settle {
                return true;
            }
            if candidate.in_view {
                last_left = last_left.max(Some(missed_since));
            }
            false
        });
        self.people = self.candidates.iter().filter(|known| known.in_view).map(|known| known.id).collect();
        self.people.sort_unstable();
        self.empty_since =
            if self.people.is_empty() { self.empty_since.or(last_left).or(Some(at)) } else { None };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: PersonId = PersonId(1);
    const TWO: PersonId = PersonId(2);

    fn in_view() -> InView {
        InView::new(Duration::from_millis(250))
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A face that is missed in single frames stays; one that is missed for the settle time has left since
    /// the first of those frames.
    #[test]
    fn one_missed_frame_does_not_empty_the_room() {
        let mut view = in_view();
        for frame in 0..5 {
            view.see(at(frame * 100), &[ONE]);
        }
        assert_eq!(view.people(), [ONE]);
        view.see(at(500), &[]);
        view.see(at(600), &[ONE]);
        view.see(at(700), &[]);
        view.see(at(800), &[]);
        assert_eq!(view.people(), [ONE]);
        view.see(at(1_000), &[]);
        assert_eq!((view.people().len(), view.empty_since()), (0, Some(at(700))));
    }

    /// A false detection in single frames is nobody.
    #[test]
    fn a_face_that_flickers_never_counts() {
        let mut view = in_view();
        for frame in 0..20 {
            view.see(at(frame * 100), if frame % 2 == 0 { &[ONE] } else { &[] });
            assert!(view.people().is_empty());
        }
        assert_eq!(view.empty_since(), Some(at(0)));
    }

    /// When a sensor gives the same face another number, the room is never empty in between.
    #[test]
    fn a_new_number_for_the_same_face_is_no_empty_room() {
        let mut view = in_view();
        for frame in 0..10 {
            view.see(at(frame * 100), &[ONE]);
        }
        for frame in 10..20 {
            view.see(at(frame * 100), &[TWO]);
            assert_eq!(view.people().len(), 1, "frame {frame}");
        }
        assert_eq!(view.people(), [TWO]);
    }
}

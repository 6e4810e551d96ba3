//! The taste of a running app: what is known, and the events from which it follows.
//!
//! The taste is a function of settings and events. Where it is kept on the disk, the thread that keeps it has all events
//! and works the taste out again when settings change; where it is not, the events of this run stay in memory.

use std::collections::VecDeque;

use bevy::prelude::Resource;

use super::feedback::FeedbackEvent;
use super::model::Taste;
use super::settings::TasteSettings;
use super::worker::{TasteFileState, TasteUpdate, TasteWorker};

/// Events that are kept in memory without a file; older ones have long lost their weight.
const MOST_IN_MEMORY: usize = 20_000;

/// What is known, and where its events are.
#[derive(Resource)]
pub struct LearnedTaste {
    taste: Taste,
    events: TasteEvents,
}

enum TasteEvents {
    /// Of this run only.
    InMemory(VecDeque<FeedbackEvent>),
    InFile {
        worker: TasteWorker,
        /// Number of the newest request for the taste.
        request: u32,
        /// Events since that request, until it is answered.
        since: Option<Vec<FeedbackEvent>>,
    },
}

impl LearnedTaste {
    /// Nothing is known yet, and it is forgotten at the end.
    #[must_use]
    pub fn in_memory(settings: &TasteSettings) -> Self {
        Self { taste: Taste::new(settings), events: TasteEvents::InMemory(VecDeque::new()) }
    }

    /// Kept by this thread. What it knows already comes later.
    #[must_use]
    pub fn in_file(worker: TasteWorker, settings: &TasteSettings) -> Self {
        let events = TasteEvents::InFile { worker, request: 0, since: Some(Vec::new()) };
        Self { taste: Taste::new(settings), events }
    }

    /// What is known now.
    #[must_use]
    pub fn taste(&self) -> &Taste {
        &self.taste
    }

    /// Learns from feedback and keeps it. Says `false` if it could not be handed to the thread, and counts for this run
    /// only.
    #[must_use]
    pub fn learn(&mut self, event: FeedbackEvent) -> bool {
        self.taste.learn(&event);
        match &mut self.events {
            TasteEvents::InMemory(events) => {
                if events.len() == MOST_IN_MEMORY {
                    events.pop_front();
                }
                events.push_back(event);
                true
            }
            TasteEvents::InFile { worker, since, .. } => {
                if let Some(since) = since {
                    since.push(event.clone());
                }
                worker.keep(event)
            }
        }
    }

    /// Applies other settings to all that was learned; with a file as soon as the thread has worked it out. Says `false`
    /// if the thread is too far behind to be asked: then the settings hold from the next start.
    #[must_use]
    pub fn change_settings(&mut self, settings: &TasteSettings) -> bool {
        match &mut self.events {
            TasteEvents::InMemory(events) => {
                self.taste = Taste::from_events(settings, events.iter());
                true
            }
            TasteEvents::InFile { worker, request, since } => {
                let asked = worker.relearn(*request + 1, settings.clone());
                if asked {
                    (*request, *since) = (*request + 1, Some(Vec::new()));
                }
                asked
            }
        }
    }

    /// Takes what the thread has worked out. The next thing that it says about its file, if there is one.
    pub fn poll(&mut self) -> Option<TasteFileState> {
        let TasteEvents::InFile { worker, request, since } = &mut self.events else { return None };
        loop {
            match worker.poll()? {
                TasteUpdate::File(state) => return Some(state),
                TasteUpdate::Known { request: answered, taste } if answered == *request => {
                    self.taste = *taste;
                    since.take().unwrap_or_default().iter().for_each(|event| self.taste.learn(event));
                }
                // A later request is under way.
                TasteUpdate::Known { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::music::taste::store::tests::event;
    use crate::music::test_support::settings;

    fn all(count: u32) -> Vec<FeedbackEvent> {
        (0..count).map(event).collect()
    }

    fn polled_until(learned: &mut LearnedTaste, expected: &Taste) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while learned.taste() != expected {
            assert!(Instant::now() < deadline, "the taste does not follow from its events");
            let _ = learned.poll();
            std::thread::yield_now();
        }
    }

    /// Other settings hold for what was learned before the change, as they would after a new start.
    #[test]
    fn without_a_file_other_settings_hold_for_all_events() {
        let mut learned = LearnedTaste::in_memory(&settings().taste);
        for event in all(10) {
            assert!(learned.learn(event));
        }
        let other = TasteSettings { liked: -1.0, not_now_hours: 1.0, ..settings().taste };
        assert!(learned.change_settings(&other));
        assert_eq!(*learned.taste(), Taste::from_events(&other, &all(10)));
    }

    /// The same with a file: no event is lost or counted twice, whenever the thread answers, and what an earlier run
    /// learned counts, too.
    #[test]
    fn with_a_file_other_settings_hold_for_all_events() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let start = || {
            let file = dir.path().join("taste.sqlite3");
            let own = settings().taste;
            let worker = TasteWorker::start(file, "ada".into(), own.clone()).expect("a thread");
            LearnedTaste::in_file(worker, &own)
        };
        let mut learned = start();
        for event in &all(20)[..8] {
            assert!(learned.learn(event.clone()));
        }
        drop(learned);
        let mut learned = start();
        let others = [0.5, -0.5].map(|liked| TasteSettings { liked, ..settings().taste });
        for (number, event) in all(20).into_iter().enumerate().skip(8) {
            assert!(learned.learn(event));
            if let Some(other) = [10, 14].iter().position(|at| *at == number).map(|at| &others[at]) {
                assert!(learned.change_settings(other));
            }
        }
        polled_until(&mut learned, &Taste::from_events(&others[1], &all(20)));
    }
}

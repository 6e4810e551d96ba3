//! Faults: states that hold until their cause goes away, with words for people.
//!
//! A fault never stops the program. A room [raises](Faults::raise) it while its cause holds and
//! [clears](Faults::clear) it afterwards; something that only happens once, such as a file that
//! cannot be played, is [noted](Faults::note). Both reach the screen, the log and the report.

use std::collections::BTreeMap;
use std::time::Duration;

use bevy::prelude::Resource;
use serde::Serialize;

/// Identifies a fault. Each room declares its keys as constants, usually in its `faults.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultKey {
    /// The room as the report and the log name it, in lower case.
    pub room: &'static str,
    /// Which fault of this room.
    pub key: &'static str,
}

impl FaultKey {
    /// A key of a room.
    #[must_use]
    pub const fn new(room: &'static str, key: &'static str) -> Self {
        Self { room, key }
    }
}

/// A fault that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// One plain sentence: what is wrong, and what helps.
    pub what: String,
    /// App time at which it was first raised.
    pub since: Duration,
    /// The texts that were logged since then, without their numbers.
    logged: Vec<String>,
}

/// A fault as the report keeps it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultRecord {
    /// App time in seconds.
    pub at: f64,
    /// The room that reported it.
    pub room: &'static str,
    /// The text at that time.
    pub what: String,
}

/// Every fault that holds now, and a log of all that began.
///
/// Raising a fault again in every frame costs nothing and logs nothing, as long as its text
/// differs in numbers only.
#[derive(Resource, Debug, Default)]
pub struct Faults {
    active: BTreeMap<FaultKey, Fault>,
    log: Vec<FaultRecord>,
}

/// Records kept for the report. A loose cable that fails for months must not fill the memory.
const LOG_LIMIT: usize = 1_000;
/// Different texts of one fault that are logged while it holds, so that a fault whose text changes
/// in every frame does not fill the log.
const TEXTS_LOGGED: usize = 16;

impl Faults {
    /// Raises a fault, or updates the text of one that holds already.
    ///
    /// It is logged when it begins, and again when its text changes in more than numbers.
    pub fn raise(&mut self, key: FaultKey, what: impl Into<String>, now: Duration) {
        let what = what.into();
        let fault = self.active.entry(key).or_insert_with(|| Fault {
            what: String::new(),
            since: now,
            logged: Vec::new(),
        });
        if fault.what == what {
            return;
        }
        fault.what.clone_from(&what);
        let kind = without_numbers(&what);
        if fault.logged.len() < TEXTS_LOGGED && !fault.logged.contains(&kind) {
            fault.logged.push(kind);
            self.record(key, what, now);
        }
    }

    /// Notes an event. Unlike a raised fault, each event is logged, whatever holds already.
    ///
    /// The newest event of a key is shown like a fault until it is [cleared](Self::clear).
    pub fn note(&mut self, key: FaultKey, what: impl Into<String>, now: Duration) {
        let what = what.into();
        self.active.insert(key, Fault { what: what.clone(), since: now, logged: Vec::new() });
        self.record(key, what, now);
    }

    /// Ends a fault. Does nothing if it does not hold.
    pub fn clear(&mut self, key: FaultKey) {
        if let Some(fault) = self.active.remove(&key) {
            bevy::log::info!("{}: over: {}", key.room, fault.what);
        }
    }

    /// The faults that hold now, the oldest first.
    pub fn active(&self) -> impl Iterator<Item = (FaultKey, &Fault)> {
        let mut active: Vec<_> = self.active.iter().map(|(key, fault)| (*key, fault)).collect();
        active.sort_by_key(|(_, fault)| fault.since);
        active.into_iter()
    }

    /// Whether this fault holds now.
    #[must_use]
    pub fn holds(&self, key: FaultKey) -> bool {
        self.active.contains_key(&key)
    }

    /// All faults that began and all events, oldest first, up to the first thousand.
    #[must_use]
    pub fn log(&self) -> &[FaultRecord] {
        &self.log
    }

    fn record(&mut self, key: FaultKey, what: String, now: Duration) {
        bevy::log::warn!("{}: {what}", key.room);
        if self.log.len() < LOG_LIMIT {
            self.log.push(FaultRecord { at: now.as_secs_f64(), room: key.room, what });
        }
    }
}

/// The text without its digits: "3 of 10 files" and "4 of 10 files" are the same kind.
fn without_numbers(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CABLE: FaultKey = FaultKey::new("camera", "device");

    fn texts(faults: &Faults) -> Vec<&str> {
        faults.log().iter().map(|record| record.what.as_str()).collect()
    }

    #[test]
    fn a_fault_is_logged_once_however_often_it_is_raised() {
        let mut faults = Faults::default();
        for second in 0..5 {
            faults.raise(CABLE, format!("no camera for {second} s"), Duration::from_secs(second));
        }
        assert_eq!(texts(&faults), ["no camera for 0 s"]);
        let active: Vec<_> = faults.active().collect();
        assert_eq!(active.len(), 1);
        assert_eq!((active[0].1.what.as_str(), active[0].1.since), ("no camera for 4 s", Duration::ZERO));
    }

    #[test]
    fn a_fault_that_comes_back_is_logged_again() {
        let mut faults = Faults::default();
        faults.raise(CABLE, "no camera", Duration::ZERO);
        faults.clear(CABLE);
        assert!(!faults.holds(CABLE));
        faults.raise(CABLE, "no camera", Duration::from_secs(9));
        assert_eq!(faults.log().len(), 2);
        assert!((faults.log()[1].at - 9.0).abs() < 1e-9);
    }

    #[test]
    fn a_fault_whose_text_changes_in_kind_is_logged_again_but_not_for_each_swing() {
        let mut faults = Faults::default();
        for _ in 0..3 {
            faults.raise(CABLE, "the camera is busy", Duration::ZERO);
            faults.raise(CABLE, "the camera is gone", Duration::ZERO);
        }
        assert_eq!(texts(&faults), ["the camera is busy", "the camera is gone"]);
    }

    #[test]
    fn a_text_that_changes_for_ever_does_not_fill_the_log() {
        let mut faults = Faults::default();
        for sign in ('a'..='z').chain('A'..='Z') {
            faults.raise(CABLE, sign.to_string(), Duration::ZERO);
        }
        assert_eq!(faults.log().len(), TEXTS_LOGGED);
    }

    #[test]
    fn each_noted_event_is_logged_even_while_the_one_before_is_shown() {
        let mut faults = Faults::default();
        faults.note(CABLE, "picture 1 is damaged", Duration::ZERO);
        faults.note(CABLE, "picture 2 is damaged", Duration::from_secs(1));
        faults.note(CABLE, "picture 2 is damaged", Duration::from_secs(2));
        assert_eq!(texts(&faults), ["picture 1 is damaged", "picture 2 is damaged", "picture 2 is damaged"]);
        let shown: Vec<_> = faults.active().map(|(_, fault)| fault.what.as_str()).collect();
        assert_eq!(shown, ["picture 2 is damaged"]);
    }

    #[test]
    fn faults_are_listed_from_the_oldest() {
        let mut faults = Faults::default();
        faults.raise(FaultKey::new("visuals", "scene"), "first", Duration::ZERO);
        faults.raise(CABLE, "second", Duration::from_secs(1));
        let order: Vec<_> = faults.active().map(|(_, fault)| fault.what.as_str()).collect();
        assert_eq!(order, ["first", "second"]);
    }
}

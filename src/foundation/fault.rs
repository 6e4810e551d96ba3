//! A fault is a state, not a crash: raised with words for people, cleared when its cause goes away.

use std::collections::BTreeMap;
use std::time::Duration;

use bevy::prelude::Resource;
use serde::Serialize;

/// The rooms of the house, as they are named in reports and on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    Camera,
    Perception,
    Mood,
    Music,
    Mixer,
    Visuals,
    Screens,
    Settings,
}

/// A fault that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// One plain sentence: what is wrong, and what helps.
    pub what: String,
    /// App time at which it was first raised.
    pub since: Duration,
}

/// A fault as the report keeps it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultRecord {
    /// App time in seconds.
    pub at: f64,
    pub room: Room,
    pub what: String,
}

/// Every fault that holds now, and a log of those that began.
///
/// A fault is known by its room and a short key, so that raising it again in
/// every frame costs nothing and logs nothing.
#[derive(Resource, Debug, Default)]
pub struct Faults {
    active: BTreeMap<(Room, &'static str), Fault>,
    log: Vec<FaultRecord>,
}

/// The log keeps the first faults of a run; months of a flapping cable must not fill the memory.
const LOG_LIMIT: usize = 1_000;

impl Faults {
    /// Raises a fault, or updates the words of one that holds already.
    pub fn raise(&mut self, room: Room, key: &'static str, what: impl Into<String>, now: Duration) {
        let what = what.into();
        if let Some(fault) = self.active.get_mut(&(room, key)) {
            if fault.what != what {
                fault.what = what;
            }
            return;
        }
        bevy::log::warn!("{room:?}: {what}");
        if self.log.len() < LOG_LIMIT {
            self.log.push(FaultRecord { at: now.as_secs_f64(), room, what: what.clone() });
        }
        self.active.insert((room, key), Fault { what, since: now });
    }

    /// Ends a fault. Ending one that does not hold is fine.
    pub fn clear(&mut self, room: Room, key: &'static str) {
        if let Some(fault) = self.active.remove(&(room, key)) {
            bevy::log::info!("{room:?}: over: {}", fault.what);
        }
    }

    /// The faults that hold now, by room.
    pub fn active(&self) -> impl Iterator<Item = (Room, &Fault)> {
        self.active.iter().map(|((room, _), fault)| (*room, fault))
    }

    /// Whether this fault holds now.
    #[must_use]
    pub fn holds(&self, room: Room, key: &'static str) -> bool {
        self.active.contains_key(&(room, key))
    }

    /// Every fault that has begun, oldest first.
    #[must_use]
    pub fn log(&self) -> &[FaultRecord] {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_logged_once_however_often_it_is_raised() {
        let mut faults = Faults::default();
        for second in 0..5 {
            faults.raise(Room::Camera, "device", "no camera", Duration::from_secs(second));
        }
        assert_eq!(faults.log().len(), 1);
        assert_eq!(faults.active().count(), 1);
    }

    #[test]
    fn a_fault_that_comes_back_is_logged_again() {
        let mut faults = Faults::default();
        faults.raise(Room::Camera, "device", "no camera", Duration::ZERO);
        faults.clear(Room::Camera, "device");
        assert!(!faults.holds(Room::Camera, "device"));
        faults.raise(Room::Camera, "device", "no camera", Duration::from_secs(9));
        assert_eq!(faults.log().len(), 2);
        assert!((faults.log()[1].at - 9.0).abs() < 1e-9);
    }
}

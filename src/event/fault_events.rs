//! Faults that began or ended since the last frame.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use bevy::prelude::*;

use super::kinds::Event;
use crate::foundation::{FaultKey, Faults};

/// A fault that holds: since when, and its text when it began.
type HeldFaults = BTreeMap<FaultKey, (Duration, String)>;

/// Compares the faults that hold with those of the last frame. A fault whose text changes while it holds is the same
/// fault; one that was noted again is a new one.
pub(super) fn write_fault_events(
    faults: Res<Faults>,
    mut held: Local<HeldFaults>,
    mut events: MessageWriter<Event>,
) {
    held.retain(|key, (since, what)| {
        let holds = faults.active().any(|(active, fault)| active == *key && fault.since == *since);
        if !holds {
            events.write(Event::FaultEnded { room: key.room, what: std::mem::take(what) });
        }
        holds
    });
    for (key, fault) in faults.active() {
        if let Entry::Vacant(place) = held.entry(key) {
            place.insert((fault.since, fault.what.clone()));
            events.write(Event::FaultBegan { room: key.room, what: fault.what.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::EventPlugin;
    use super::*;
    use crate::foundation::FoundationPlugin;

    const CABLE: FaultKey = FaultKey::new("camera", "device");

    fn events(app: &mut App) -> Vec<Event> {
        app.update();
        app.world_mut().resource_mut::<Messages<Event>>().drain().collect()
    }

    /// A fault is one event when it begins and one when it ends, whatever its text does in between.
    #[test]
    fn a_fault_is_an_event_when_it_begins_and_when_it_ends() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, EventPlugin));
        assert_eq!(events(&mut app), []);
        let raise = |app: &mut App, what: &str| {
            app.world_mut().resource_mut::<Faults>().raise(CABLE, what, Duration::ZERO);
        };
        raise(&mut app, "no camera for 1 s");
        let what = "no camera for 1 s".to_owned();
        assert_eq!(events(&mut app), [Event::FaultBegan { room: "camera", what: what.clone() }]);
        raise(&mut app, "no camera for 2 s");
        assert_eq!(events(&mut app), []);
        app.world_mut().resource_mut::<Faults>().clear(CABLE);
        assert_eq!(events(&mut app), [Event::FaultEnded { room: "camera", what }]);
        for second in 1..=2 {
            let at = Duration::from_secs(second);
            app.world_mut().resource_mut::<Faults>().note(CABLE, format!("a torn frame at {second}"), at);
            assert!(matches!(events(&mut app).last(), Some(Event::FaultBegan { .. })));
        }
    }
}

//! A place for one thing between two threads; the latest wins.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Holds at most one item.
pub(super) struct LatestValue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    item: Option<T>,
    closed: bool,
}

impl<T> Default for LatestValue<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { item: None, closed: false }), changed: Condvar::new() }
    }
}

impl<T> LatestValue<T> {
    /// Puts an item in; gives back the one that it replaces.
    pub(super) fn put(&self, item: T) -> Option<T> {
        let replaced = self.lock().item.replace(item);
        self.changed.notify_one();
        replaced
    }

    /// Waits for an item; `None` once the slot is closed.
    pub(super) fn take(&self) -> Option<T> {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.item.is_none() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed { None } else { state.item.take() }
    }

    /// Ends every wait, now and later.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Nothing in here can be left half changed by a panic, so a poisoned lock is as good as another.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_wins() {
        let slot = LatestValue::default();
        assert_eq!(slot.put(1), None);
        assert_eq!(slot.put(2), Some(1));
        assert_eq!(slot.take(), Some(2));
    }

    #[test]
    fn closing_ends_a_wait() {
        let slot = std::sync::Arc::new(LatestValue::<u8>::default());
        let waiting = std::thread::spawn({
            let slot = slot.clone();
            move || slot.take()
        });
        slot.close();
        assert_eq!(waiting.join().expect("no panic"), None);
        slot.put(1);
        assert_eq!(slot.take(), None);
    }
}

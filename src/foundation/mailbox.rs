//! Items that wait between two threads: a bounded queue, or a slot that keeps the latest item only.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many items wait, and what happens to those that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// One item; a newer one replaces it. After closing, an item that still waits is dropped.
    Latest,
    /// At most this many items, first in, first out. After closing, those that wait can still be taken.
    Queue(usize),
}

/// What came of waiting for an item.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<T> {
    Item(T),
    /// The time was over before an item came.
    TimedOut,
    /// The mailbox was closed, and nothing is left in it.
    Closed,
}

/// Items that wait between two threads.
#[derive(Debug)]
pub struct Mailbox<T> {
    capacity: Capacity,
    state: Mutex<MailboxState<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct MailboxState<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> Mailbox<T> {
    /// An empty mailbox.
    #[must_use]
    pub fn new(capacity: Capacity) -> Self {
        let state = MailboxState { items: VecDeque::new(), closed: false };
        Self { capacity, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Puts an item in without waiting. Returns the older item that it replaced, if it did.
    ///
    /// # Errors
    /// The item itself, if the queue is full or the mailbox is closed.
    pub fn put(&self, item: T) -> Result<Option<T>, T> {
        let mut state = self.lock();
        if state.closed || self.is_full(&state) {
            return Err(item);
        }
        let replaced = if self.capacity == Capacity::Latest { state.items.pop_front() } else { None };
        state.items.push_back(item);
        drop(state);
        self.changed.notify_all();
        Ok(replaced)
    }

    /// Puts an item in and waits while the queue is full.
    ///
    /// # Errors
    /// The item itself, if the mailbox is closed.
    pub fn put_waiting(&self, item: T) -> Result<(), T> {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| !state.closed && self.is_full(state))
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(item);
        }
        if self.capacity == Capacity::Latest {
            state.items.clear();
        }
        state.items.push_back(item);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// The next item, if one waits.
    pub fn try_take(&self) -> Option<T> {
        let item = self.lock().items.pop_front();
        if item.is_some() {
            self.changed.notify_all();
        }
        item
    }

    /// Waits for the next item, at most `longest`; without it, until there is one.
    pub fn take(&self, longest: Option<Duration>) -> Received<T> {
        let deadline = longest.and_then(|longest| Instant::now().checked_add(longest));
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                drop(state);
                self.changed.notify_all();
                return Received::Item(item);
            }
            if state.closed {
                return Received::Closed;
            }
            state = match deadline {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Received::TimedOut;
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Ends every wait, now and later; nothing can be put in any more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if self.capacity == Capacity::Latest {
            state.items.clear();
        }
        drop(state);
        self.changed.notify_all();
    }

    fn is_full(&self, state: &MailboxState<T>) -> bool {
        matches!(self.capacity, Capacity::Queue(most) if state.items.len() >= most)
    }

    /// No panic can leave the state half changed, so the state of a poisoned lock is used.
    fn lock(&self) -> MutexGuard<'_, MailboxState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn the_latest_replaces_what_waits() {
        let mailbox = Mailbox::new(Capacity::Latest);
        assert_eq!(mailbox.put(1), Ok(None));
        assert_eq!(mailbox.put(2), Ok(Some(1)));
        assert_eq!(mailbox.take(None), Received::Item(2));
        assert_eq!(mailbox.try_take(), None);
    }

    #[test]
    fn a_queue_keeps_the_order_and_refuses_more_than_it_holds() {
        let mailbox = Mailbox::new(Capacity::Queue(2));
        assert_eq!((mailbox.put(1), mailbox.put(2), mailbox.put(3)), (Ok(None), Ok(None), Err(3)));
        assert_eq!(mailbox.try_take(), Some(1));
        assert_eq!(mailbox.put(3), Ok(None));
        assert_eq!((mailbox.try_take(), mailbox.try_take()), (Some(2), Some(3)));
    }

    #[test]
    fn a_closed_queue_is_emptied_first_and_a_closed_slot_is_not() {
        let queue = Mailbox::new(Capacity::Queue(2));
        queue.put(1).expect("room");
        queue.close();
        assert_eq!((queue.put(2), queue.put_waiting(2)), (Err(2), Err(2)));
        assert_eq!((queue.take(None), queue.take(None)), (Received::Item(1), Received::Closed));
        let slot = Mailbox::new(Capacity::Latest);
        slot.put(1).expect("room");
        slot.close();
        assert_eq!(slot.take(None), Received::Closed);
    }

    #[test]
    fn a_wait_ends_with_the_time_or_with_the_mailbox() {
        let mailbox = Arc::new(Mailbox::<u8>::new(Capacity::Queue(1)));
        assert_eq!(mailbox.take(Some(Duration::from_millis(1))), Received::TimedOut);
        let waiting = thread::spawn({
            let mailbox = mailbox.clone();
            move || mailbox.take(None)
        });
        mailbox.close();
        assert_eq!(waiting.join().expect("no panic"), Received::Closed);
    }

    #[test]
    fn a_full_queue_holds_up_who_waits_to_put() {
        let mailbox = Arc::new(Mailbox::new(Capacity::Queue(1)));
        mailbox.put(1).expect("room");
        let waiting = thread::spawn({
            let mailbox = mailbox.clone();
            move || mailbox.put_waiting(2)
        });
        assert_eq!(mailbox.take(None), Received::Item(1));
        assert_eq!(mailbox.take(None), Received::Item(2));
        assert_eq!(waiting.join().expect("no panic"), Ok(()));
    }
}

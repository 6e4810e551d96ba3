//! A stick as four buttons: one step for a push, none while it is held.

use super::Action;

/// How far a stick is pushed to count, and how far it must come back before it counts again.
const PUSHED: f32 = 0.6;
const RELEASED: f32 = 0.35;

/// Remembers whether the stick is held.
#[derive(Debug, Default)]
pub(super) struct Stick {
    held: bool,
}

impl Stick {
    /// Takes the position, each axis −1..=1 with up positive.
    pub(super) fn push(&mut self, x: f32, y: f32) -> Option<Action> {
        let far = x.abs().max(y.abs());
        if self.held {
            self.held = far > RELEASED;
            return None;
        }
        if far < PUSHED {
            return None;
        }
        self.held = true;
        Some(match (y.abs() >= x.abs(), y > 0.0, x > 0.0) {
            (true, true, _) => Action::Up,
            (true, false, _) => Action::Down,
            (false, _, true) => Action::Right,
            (false, _, false) => Action::Left,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_counts_once_until_the_stick_comes_back() {
        let mut stick = Stick::default();
        assert_eq!(stick.push(0.0, 0.9), Some(Action::Up));
        assert_eq!(stick.push(0.0, 0.5), None);
        assert_eq!(stick.push(0.0, 0.9), None);
        assert_eq!(stick.push(0.0, 0.1), None);
        assert_eq!(stick.push(-0.8, 0.2), Some(Action::Left));
    }
}

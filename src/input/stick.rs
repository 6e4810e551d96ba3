//! A stick as four buttons: one press for each push, none while it is held.

use super::trigger::StickSide;

/// How far a stick must be pushed to count.
const PUSHED: f32 = 0.6;
/// How far it must come back before it counts again.
const RELEASED: f32 = 0.35;

/// Turns the position of a stick into presses.
#[derive(Debug, Default)]
pub(super) struct StickPress {
    held: bool,
}

impl StickPress {
    /// Takes the position, each axis −1..=1 with up positive; gives the side in the frame in which it is pushed.
    pub(super) fn press(&mut self, x: f32, y: f32) -> Option<StickSide> {
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
            (true, true, _) => StickSide::Up,
            (true, false, _) => StickSide::Down,
            (false, _, true) => StickSide::Right,
            (false, _, false) => StickSide::Left,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_counts_once_until_the_stick_comes_back() {
        let mut stick = StickPress::default();
        assert_eq!(stick.press(0.0, 0.9), Some(StickSide::Up));
        assert_eq!(stick.press(0.0, 0.5), None);
        assert_eq!(stick.press(0.0, 0.9), None);
        assert_eq!(stick.press(0.0, 0.1), None);
        assert_eq!(stick.press(-0.8, 0.2), Some(StickSide::Left));
    }
}

//! A line of words that changes calmly: a new topic fades out and in, numbers change once in a while.

use super::words::Line;
use crate::visuals::ease;

/// Time constant of a fade in seconds.
const FADE: f32 = 0.22;
/// Below this the old words are gone for the eye.
const GONE: f32 = 0.04;
/// Words about the same topic change this often at most, in seconds.
const CALM: f32 = 1.0;

/// What a line shows now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fading {
    line: Line,
    alpha: f32,
    since: f32,
}

impl Fading {
    /// Moves on by `dt` seconds towards `wanted`.
    pub fn advance(&mut self, wanted: &Line, dt: f32) {
        self.since += dt;
        if self.line.topic == wanted.topic {
            if self.line.text != wanted.text && self.since >= CALM {
                self.line.text.clone_from(&wanted.text);
                self.since = 0.0;
            }
            self.alpha = ease(self.alpha, 1.0, dt, FADE);
            return;
        }
        self.alpha = ease(self.alpha, 0.0, dt, FADE);
        if self.alpha <= GONE {
            self.line.clone_from(wanted);
            self.since = 0.0;
        }
    }

    /// The words now.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.line.text
    }

    /// How visible they are, 0..=1.
    #[must_use]
    pub fn alpha(&self) -> f32 {
        self.alpha
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(topic: &str, text: &str) -> Line {
        Line { topic: topic.into(), text: text.into() }
    }

    fn settle(fading: &mut Fading, wanted: &Line) {
        for _ in 0..120 {
            fading.advance(wanted, 1.0 / 60.0);
        }
    }

    #[test]
    fn a_new_topic_never_appears_at_full_strength() {
        let mut fading = Fading::default();
        settle(&mut fading, &line("happy", "looks happy"));
        assert!(fading.alpha() > 0.9);
        let mut words = fading.text().to_owned();
        for _ in 0..120 {
            fading.advance(&line("sad", "looks sad"), 1.0 / 60.0);
            if fading.text() != words {
                assert!(fading.alpha() < 0.1, "{}", fading.alpha());
                fading.text().clone_into(&mut words);
            }
        }
        assert_eq!(fading.text(), "looks sad");
        assert!(fading.alpha() > 0.9);
    }

    #[test]
    fn numbers_change_once_a_second_without_a_fade() {
        let mut fading = Fading::default();
        settle(&mut fading, &line("happy", "0"));
        let mut changes = 0;
        for frame in 0..180 {
            let before = fading.text().to_owned();
            fading.advance(&line("happy", &frame.to_string()), 1.0 / 60.0);
            changes += u32::from(fading.text() != before);
            assert!(fading.alpha() > 0.9);
        }
        assert!((2..=4).contains(&changes), "{changes}");
    }
}

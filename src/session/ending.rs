//! The soft end of a run: sound and picture fade together, and then the run is over.
//!
//! Everybody follows one level, which falls evenly to zero at the moment of the end. From wherever it is, it falls by
//! its share of the time that is left, so that an end that is moved forward makes no step.

use std::time::Duration;

use bevy::prelude::*;

use crate::foundation::easing::smoothstep;
use crate::settings::settings;

settings! {
    /// How a run ends.
    #[derive(Resource)]
    pub struct EndingSettings / EndingSettingsOverlay {
        /// Length of the fade at an end that was planned with `--for`; at most half of the run.
        pub planned_seconds: f32 = 6.0, in 0.0..=300.0, unit "s",
        /// Length of the fade when a person ends the program.
        pub quit_seconds: f32 = 1.5, in 0.0..=60.0, unit "s",
        /// Length of the fade when the system ends the program (SIGINT or SIGTERM); a second signal ends it at once.
        pub signal_seconds: f32 = 0.5, in 0.0..=60.0, unit "s",
    }
}

/// When the run ends, and how far sound and picture have faded. Times are app time.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Ending {
    end: Option<Duration>,
    /// 1 before the fade ..= 0 at the end.
    level: f32,
}

impl Default for Ending {
    fn default() -> Self {
        Self { end: None, level: 1.0 }
    }
}

impl Ending {
    /// Ends the run at a time, with a fade from now until then. An earlier end stays.
    pub fn end_at(&mut self, end: Duration) {
        self.end = Some(self.end.map_or(end, |before| before.min(end)));
    }

    /// When sound and picture are gone; `None` while no end is in sight.
    #[must_use]
    pub fn end(&self) -> Option<Duration> {
        self.end
    }

    /// How bright the picture is, 0..=1.
    #[must_use]
    pub fn light(&self) -> f32 {
        smoothstep(self.level)
    }

    /// Lets `dt` pass until `now`.
    pub(super) fn advance(&mut self, now: Duration, dt: Duration) {
        let Some(end) = self.end else { return };
        let before = (end + dt).saturating_sub(now).as_secs_f32();
        let left = end.saturating_sub(now).as_secs_f32();
        self.level = if before > 0.0 { self.level * (left / before).min(1.0) } else { 0.0 };
    }

    /// Whether it is over at a time, `rest` after the end.
    pub(super) fn is_over(&self, now: Duration, rest: Duration) -> bool {
        self.end.is_some_and(|end| now >= end + rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DT: Duration = Duration::from_millis(20);

    /// The light of each frame until the end, and at which frame another end was asked for.
    fn run(first: Duration, second: Option<(u32, Duration)>) -> Vec<f32> {
        let mut ending = Ending::default();
        ending.end_at(first);
        let mut lights = Vec::new();
        for frame in 1..1_000 {
            let now = DT * frame;
            if let Some((at, end)) = second
                && at == frame
            {
                ending.end_at(end);
            }
            ending.advance(now, DT);
            lights.push(ending.light());
            if ending.is_over(now, Duration::ZERO) {
                return lights;
            }
        }
        panic!("it never ends")
    }

    /// It falls without a step to nothing at the end, also when the end is moved forward in the middle of the fade.
    #[test]
    fn the_light_falls_evenly_to_nothing_at_the_end() {
        let lights = run(Duration::from_secs(4), None);
        assert_eq!((lights.len(), lights.last().copied()), (200, Some(0.0)));
        assert!((lights[99] - 0.5).abs() < 0.01, "{}", lights[99]);
        let sooner = run(Duration::from_secs(4), Some((100, Duration::from_millis(2_500))));
        assert_eq!((sooner.len(), sooner.last().copied()), (125, Some(0.0)));
        for lights in [lights, sooner] {
            assert!(lights.windows(2).all(|two| (0.0..0.04).contains(&(two[0] - two[1]))), "{lights:?}");
        }
    }

    /// A later end does not lengthen a fade that is under way.
    #[test]
    fn an_earlier_end_stays() {
        let mut ending = Ending::default();
        ending.end_at(Duration::from_secs(2));
        ending.end_at(Duration::from_secs(9));
        assert_eq!(ending.end(), Some(Duration::from_secs(2)));
        assert!(!ending.is_over(Duration::from_millis(2_100), Duration::from_millis(150)));
        assert!(ending.is_over(Duration::from_millis(2_150), Duration::from_millis(150)));
    }
}

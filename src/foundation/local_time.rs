//! The local time that all rooms share.
//!
//! Live it is the clock of this machine. In a stepped run it begins on a Wednesday at 15:00 and
//! moves with app time, so that the same seed gives the same choices at any time of the day.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::ClockMode;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAY: i64 = 24 * 3_600;

/// A point in time, with its place in the local day and week. The resource is the present.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LocalTime {
    /// Seconds since 1970 in UTC.
    pub unix: i64,
    /// 0 is Monday.
    pub weekday: u8,
    /// Hours since midnight, 0..24.
    pub hour: f32,
}

impl Default for LocalTime {
    fn default() -> Self {
        Self::stepped(0.0)
    }
}

impl LocalTime {
    /// The clock of stepped runs, at an app time in seconds: it starts on a Wednesday at 15:00.
    #[must_use]
    pub fn stepped(seconds: f64) -> Self {
        let hours = 15.0 + seconds / 3_600.0;
        Self {
            unix: 1_767_798_000 + seconds as i64,
            weekday: ((2.0 + hours / 24.0) % 7.0) as u8,
            hour: (hours % 24.0) as f32,
        }
    }

    /// Now, by the clock and the time zone of this machine.
    #[must_use]
    pub fn now() -> Self {
        let now = jiff::Zoned::now();
        Self {
            unix: now.timestamp().as_second(),
            weekday: now.weekday().to_monday_zero_offset().unsigned_abs(),
            hour: f32::from(now.hour()) + f32::from(now.minute()) / 60.0,
        }
    }

    /// Whether it is Saturday or Sunday.
    #[must_use]
    pub fn is_weekend(&self) -> bool {
        self.weekday >= 5
    }

    /// How people say this time at a later one: "this evening", "on Tuesday evening", "some weeks ago".
    #[must_use]
    pub fn seen_from(&self, now: &Self) -> String {
        let midnight = |time: &Self| time.unix - (f64::from(time.hour) * 3_600.0) as i64;
        // Rounded, since a day with a change of the clock is an hour longer or shorter.
        let days = (midnight(now) - midnight(self) + DAY / 2).div_euclid(DAY);
        let part = self.part_of_day();
        match days {
            ..=0 if part == "night" => "tonight".to_owned(),
            ..=0 => format!("this {part}"),
            1 => format!("yesterday {part}"),
            2..=6 => format!("on {} {part}", DAYS[usize::from(self.weekday) % 7]),
            7..=13 => "last week".to_owned(),
            14..=59 => "some weeks ago".to_owned(),
            _ => "long ago".to_owned(),
        }
    }

    fn part_of_day(&self) -> &'static str {
        match self.hour {
            h if h < 5.0 => "night",
            h if h < 12.0 => "morning",
            h if h < 18.0 => "afternoon",
            h if h < 23.0 => "evening",
            _ => "night",
        }
    }
}

/// Keeps the resource up to date.
pub(super) fn follow_clock(mut local: ResMut<LocalTime>, clock_mode: Res<ClockMode>, time: Res<Time>) {
    let now =
        if clock_mode.is_stepped() { LocalTime::stepped(time.elapsed_secs_f64()) } else { LocalTime::now() };
    local.set_if_neq(now);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::foundation::FoundationPlugin;

    fn at(day: i64, hour: f32) -> LocalTime {
        let unix = 1_767_571_200 + day * DAY + (f64::from(hour) * 3_600.0) as i64;
        LocalTime { unix, weekday: day.rem_euclid(7) as u8, hour }
    }

    #[test]
    fn a_time_is_said_as_people_say_it() {
        let liked = at(1, 20.0);
        for (now, words) in [
            (at(1, 22.0), "this evening"),
            (at(2, 7.0), "yesterday evening"),
            (at(5, 12.0), "on Tuesday evening"),
            (at(9, 12.0), "last week"),
            (at(30, 12.0), "some weeks ago"),
            (at(300, 12.0), "long ago"),
        ] {
            assert_eq!(liked.seen_from(&now), words);
        }
    }

    #[test]
    fn the_clock_of_stepped_runs_goes_on() {
        let (start, later) = (LocalTime::stepped(0.0), LocalTime::stepped(10.0 * 3_600.0));
        assert_eq!((start.weekday, later.weekday), (2, 3));
        assert!((start.hour - 15.0).abs() < 1e-3 && (later.hour - 1.0).abs() < 1e-3);
        assert_eq!(later.unix - start.unix, 36_000);
    }

    /// The present of a stepped app is the one stepped clock, which moves with app time.
    #[test]
    fn in_a_stepped_app_local_time_moves_with_app_time() {
        let step = Duration::from_mins(30);
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin))
            .insert_resource(ClockMode::Stepped { step })
            .insert_resource(TimeUpdateStrategy::ManualDuration(step));
        for _ in 0..3 {
            app.update();
        }
        let elapsed = app.world().resource::<Time>().elapsed_secs_f64();
        assert!(elapsed > 0.0);
        assert_eq!(*app.world().resource::<LocalTime>(), LocalTime::stepped(elapsed));
    }
}

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

    /// The local date: month 1..=12 and day 1..=31.
    #[must_use]
    pub fn month_and_day(&self) -> (u8, u8) {
        let utc = self.unix.div_euclid(DAY);
        // The local day is that of UTC, or the one before or after it: the weekday tells which. 1970 began on a Thursday.
        let local = [0, -1, 1].into_iter().map(|shift| utc + shift);
        let local = local.into_iter().find(|day| (day + 3).rem_euclid(7) == i64::from(self.weekday));
        let seconds = local.unwrap_or(utc).saturating_mul(DAY);
        let date = jiff::Timestamp::from_second(seconds)
            .map_or(jiff::civil::Date::constant(1970, 1, 1), |time| {
                jiff::tz::TimeZone::UTC.to_datetime(time).date()
            });
        (date.month().unsigned_abs(), date.day().unsigned_abs())
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

    /// The date is that of the place, not that of UTC, on either side of midnight.
    #[test]
    fn the_date_is_the_local_one() {
        // Wednesday, 31 December 2025, 23:30 in UTC.
        let new_year = |weekday, hour| LocalTime { unix: 1_767_223_800, weekday, hour };
        assert_eq!(new_year(2, 23.5).month_and_day(), (12, 31));
        assert_eq!(new_year(3, 13.5).month_and_day(), (1, 1), "fourteen hours to the east");
        let morning = LocalTime { unix: 1_767_229_200, weekday: 2, hour: 13.0 };
        assert_eq!(morning.month_and_day(), (12, 31), "twelve hours to the west");
        assert_eq!(LocalTime::stepped(0.0).month_and_day(), (1, 7));
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

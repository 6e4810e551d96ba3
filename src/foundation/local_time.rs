//! The local time that all rooms share.
//!
//! Live it is the clock of this machine. In a stepped run it begins on a Wednesday at 15:00 and
//! moves with app time, so that the same seed gives the same choices at any time of the day.
//!
//! The clock of the wall may be wrong and is corrected while Attune runs. So it answers two questions only: which hour
//! and weekday it is, as it stands now, and how long before this run something was. What lies between two moments of one
//! run is measured on a steady clock, see [`LocalTime::seconds_since`].

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::ClockMode;
use super::steady_clock::seconds_of_run;

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
    /// Seconds since the start of this run on a clock that nobody sets; `None` in what an earlier run has written down.
    #[serde(skip)]
    pub steady: Option<i64>,
}

/// A moment of this run whose distance in seconds is another one on the clock of the wall: that was set since.
const CLOCK_WAS_SET: i64 = 60;

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
            steady: Some(seconds as i64),
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
            steady: Some(seconds_of_run()),
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

    /// Seconds from an earlier moment to this one, the present.
    ///
    /// Within a run they are real seconds, however the clock of the wall was set meanwhile. What an earlier run has
    /// written down was at least as long ago as this run is old, also where a clock that was wrong then, or is now, puts
    /// it into the future.
    #[must_use]
    pub fn seconds_since(&self, then: &Self) -> i64 {
        let of_run = self.steady.unwrap_or(0);
        match then.steady {
            Some(then) => of_run - then,
            None => (self.unix - then.unix).max(of_run),
        }
    }

    /// What the clock would have shown at this moment of the run, had it been as right as it is now.
    fn corrected(&self, now: &Self) -> Self {
        let ago = now.seconds_since(self);
        if self.steady.is_none() || (now.unix - self.unix - ago).abs() < CLOCK_WAS_SET {
            return *self;
        }
        let hours = f64::from(now.hour) - ago as f64 / 3_600.0;
        let days = (hours / 24.0).floor() as i64;
        Self {
            unix: now.unix - ago,
            weekday: (i64::from(now.weekday) + days).rem_euclid(7) as u8,
            hour: hours.rem_euclid(24.0) as f32,
            steady: self.steady,
        }
    }

    /// How people say this time at a later one: "this evening", "on Tuesday evening", "some weeks ago".
    #[must_use]
    pub fn seen_from(&self, now: &Self) -> String {
        let this = &self.corrected(now);
        let midnight = |time: &Self| time.unix - (f64::from(time.hour) * 3_600.0) as i64;
        // Rounded, since a day with a change of the clock is an hour longer or shorter.
        let days = (midnight(now) - midnight(this) + DAY / 2).div_euclid(DAY);
        let part = this.part_of_day();
        match days {
            // One of the two clocks was wrong.
            ..=-1 => "before".to_owned(),
            0 if part == "night" => "tonight".to_owned(),
            0 => format!("this {part}"),
            1 => format!("yesterday {part}"),
            2..=6 => format!("on {} {part}", DAYS[usize::from(this.weekday) % 7]),
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
        LocalTime { unix, weekday: day.rem_euclid(7) as u8, hour, steady: None }
    }

    /// A moment of a run, by what the clock of the wall shows and what a steady one counts.
    fn moment(unix: i64, steady: i64) -> LocalTime {
        LocalTime { unix, weekday: 0, hour: 12.0, steady: Some(steady) }
    }

    /// A clock that starts in 1970 or ten years ahead and is corrected, or that goes backwards, changes nothing about how
    /// long ago something was in this run.
    #[test]
    fn within_a_run_real_seconds_count_whatever_the_clock_shows() {
        const NOW: i64 = 1_790_000_000;
        const YEARS: i64 = 10 * 365 * DAY;
        for (then, now) in [(60, NOW), (NOW + YEARS, NOW), (NOW, NOW - 3_600), (NOW, NOW + 7_200), (NOW, 60)]
        {
            assert_eq!(moment(now, 600).seconds_since(&moment(then, 100)), 500, "{then} {now}");
        }
    }

    /// What an earlier run wrote down is as old as the clocks say, and never younger than this run.
    #[test]
    fn across_runs_the_clock_counts_and_the_future_is_not_believed() {
        let now = moment(1_790_000_000, 900);
        let kept = |unix| LocalTime { unix, weekday: 0, hour: 0.0, steady: None };
        assert_eq!(now.seconds_since(&kept(now.unix - 5_000)), 5_000);
        assert_eq!(now.seconds_since(&kept(now.unix - 100)), 900, "a clock that was set back since");
        assert_eq!(now.seconds_since(&kept(now.unix + 10 * 365 * DAY)), 900, "a clock that was ahead");
        assert_eq!(kept(now.unix + 10 * 365 * DAY).seen_from(&now), "before");
    }

    /// Words for a moment of this run follow the corrected clock.
    #[test]
    fn a_moment_before_the_clock_was_set_is_said_by_the_clock_as_it_is_now() {
        let liked = LocalTime { unix: 600, weekday: 3, hour: 0.2, steady: Some(60) };
        let now = |hour, steady| LocalTime {
            unix: 1_767_571_200 + 2 * DAY,
            weekday: 2,
            hour,
            steady: Some(steady),
        };
        assert_eq!(liked.seen_from(&now(19.0, 660)), "this evening");
        assert_eq!(liked.seen_from(&now(1.0, 7_260)), "yesterday night");
    }

    /// In the night in which clocks go forward a day is 23 hours long, and yesterday is still yesterday.
    #[test]
    fn a_day_with_a_change_of_the_clock_is_one_day() {
        for change in [-3_600, 3_600] {
            let evening = at(5, 20.0);
            let morning = LocalTime { unix: at(6, 8.0).unix + change, ..at(6, 8.0) };
            assert_eq!(evening.seen_from(&morning), "yesterday evening");
        }
    }

    /// The date is that of the place, not that of UTC, on either side of midnight.
    #[test]
    fn the_date_is_the_local_one() {
        // Wednesday, 31 December 2025, 23:30 in UTC.
        let new_year = |weekday, hour| LocalTime { unix: 1_767_223_800, weekday, hour, steady: None };
        assert_eq!(new_year(2, 23.5).month_and_day(), (12, 31));
        assert_eq!(new_year(3, 13.5).month_and_day(), (1, 1), "fourteen hours to the east");
        let morning = LocalTime { unix: 1_767_229_200, weekday: 2, hour: 13.0, steady: None };
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

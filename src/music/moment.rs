//! A moment on the clock and the calendar of the room.

use serde::{Deserialize, Serialize};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAY: i64 = 24 * 3_600;

/// When something happens, in local time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970 in UTC.
    pub unix: i64,
    /// 0 is Monday.
    pub weekday: u8,
    /// Hours since midnight, 0..24.
    pub hour: f32,
}

impl Moment {
    /// The clock of stepped runs: it starts on a Wednesday at three in the afternoon, so that the same seed
    /// gives the same choices at any time.
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

    /// When it was, seen from a later moment: "this evening", "on Tuesday evening", "some weeks ago".
    #[must_use]
    pub fn seen_from(&self, now: &Self) -> String {
        let midnight = |moment: &Self| moment.unix - (f64::from(moment.hour) * 3_600.0) as i64;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64, hour: f32) -> Moment {
        let unix = 1_767_571_200 + day * DAY + (f64::from(hour) * 3_600.0) as i64;
        Moment { unix, weekday: day.rem_euclid(7) as u8, hour }
    }

    #[test]
    fn a_moment_is_said_as_people_say_it() {
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
        let (start, later) = (Moment::stepped(0.0), Moment::stepped(10.0 * 3_600.0));
        assert_eq!((start.weekday, later.weekday), (2, 3));
        assert!((start.hour - 15.0).abs() < 1e-3 && (later.hour - 1.0).abs() < 1e-3);
        assert_eq!(later.unix - start.unix, 36_000);
    }
}

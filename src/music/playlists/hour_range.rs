//! Hours of the day between which a rule holds.

use std::fmt;

use serde::{Deserialize, Serialize};

const DAY: u16 = 24 * 60;

/// A time of day in whole minutes, written as "21:30".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// From hours since midnight; what is beyond a day begins again.
    #[must_use]
    pub fn from_hours(hours: f32) -> Self {
        Self((hours.rem_euclid(24.0) * 60.0) as u16 % DAY)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(hour, minute)| {
            let short = (1..=2).contains(&hour.len()) && minute.len() == 2;
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (short && hour < 24 && minute < 60).then_some(hour * 60 + minute)
        });
        parts.map(Self).ok_or_else(|| format!("\"{text}\" is no time of day; write it as \"21:30\""))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// From one time of day to another. It may go over midnight; the same time twice is the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HourRange {
    pub from: TimeOfDay,
    /// Just before this time it is over.
    pub to: TimeOfDay,
}

impl HourRange {
    /// Whether a time of day lies within.
    #[must_use]
    pub fn hold(&self, time: TimeOfDay) -> bool {
        let (from, to) = (self.from.0, self.to.0);
        match from.cmp(&to) {
            std::cmp::Ordering::Less => (from..to).contains(&time.0),
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => time.0 >= from || time.0 < to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> TimeOfDay {
        TimeOfDay::try_from(text.to_owned()).expect("a time")
    }

    #[test]
    fn hours_may_cross_midnight() {
        let night = HourRange { from: time("22:00"), to: time("6:30") };
        for (at, holds) in [
            ("21:59", false),
            ("22:00", true),
            ("00:00", true),
            ("06:29", true),
            ("06:30", false),
            ("12:00", false),
        ] {
            assert_eq!(night.hold(time(at)), holds, "{at}");
        }
        let day = HourRange { from: time("06:30"), to: time("22:00") };
        assert!(day.hold(time("12:00")) && !day.hold(time("23:00")));
        assert!(HourRange { from: time("00:00"), to: time("00:00") }.hold(time("17:00")));
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for wrong in ["24:00", "12", "12:60", "noon", "12:3", "-1:00", ""] {
            assert!(TimeOfDay::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert_eq!(time("7:05").to_string(), "07:05");
        assert_eq!(TimeOfDay::from_hours(25.5), time("01:30"));
    }
}

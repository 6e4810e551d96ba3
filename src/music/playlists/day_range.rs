//! Days of the year between which a rule holds: seasons and holidays.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hour_range::TimeOfDay;
use crate::foundation::LocalTime;

/// Days of each month; February with its leap day.
const MONTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A day of the year, written as "12-26".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayOfYear {
    /// 1..=12.
    month: u8,
    /// 1..=31.
    day: u8,
}

impl TryFrom<String> for DayOfYear {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = |part: &str| {
            let plain = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<u8>().ok()).flatten()
        };
        let parts = text.split_once('-').and_then(|(month, day)| Some((number(month)?, number(day)?)));
        let Some((month, day)) = parts else {
            return Err(format!("\"{text}\" is no day of the year; write month and day, as in \"12-26\""));
        };
        let Some(days) = usize::from(month).checked_sub(1).and_then(|month| MONTHS.get(month)) else {
            return Err(format!(
                "\"{text}\": there is no month {month}; write month and day, as in \"12-26\""
            ));
        };
        if (1..=*days).contains(&day) {
            Ok(Self { month, day })
        } else {
            Err(format!("\"{text}\": month {month} has the days 1 to {days}"))
        }
    }
}

impl fmt::Display for DayOfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl From<DayOfYear> for String {
    fn from(day: DayOfYear) -> Self {
        day.to_string()
    }
}

/// From one day to another, both within. It may go over the new year. "02-29" is a day of leap years alone: a range that
/// begins with it begins on 1 March in other years, and one that ends with it ends on 28 February.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayRange {
    pub from: DayOfYear,
    pub to: DayOfYear,
}

impl DayRange {
    /// Whether a day lies within.
    #[must_use]
    pub fn hold(&self, day: DayOfYear) -> bool {
        if self.from <= self.to {
            (self.from..=self.to).contains(&day)
        } else {
            day >= self.from || day <= self.to
        }
    }
}

/// When a rule is asked whether it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleTime {
    pub day: DayOfYear,
    pub time: TimeOfDay,
}

impl RuleTime {
    /// By the local clock.
    #[must_use]
    pub fn of(local: &LocalTime) -> Self {
        let (month, day) = local.month_and_day();
        Self { day: DayOfYear { month, day }, time: TimeOfDay::from_hours(local.hour) }
    }

    /// The first moment of each day of a leap year.
    pub(super) fn all_days() -> impl Iterator<Item = Self> {
        let days = MONTHS.iter().zip(1..).flat_map(|(days, month)| (1..=*days).map(move |day| (month, day)));
        days.map(|(month, day)| Self { day: DayOfYear { month, day }, time: TimeOfDay::from_hours(0.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> DayOfYear {
        DayOfYear::try_from(text.to_owned()).expect("a day")
    }

    fn range(from: &str, to: &str) -> DayRange {
        DayRange { from: day(from), to: day(to) }
    }

    /// Both ends are within, also over the new year.
    #[test]
    fn a_season_has_both_of_its_ends() {
        let advent = range("12-01", "12-26");
        let winter = range("12-21", "3-20");
        for (at, in_advent, in_winter) in [
            ("11-30", false, false),
            ("12-01", true, false),
            ("12-26", true, true),
            ("12-27", false, true),
            ("01-01", false, true),
            ("03-20", false, true),
            ("03-21", false, false),
        ] {
            assert_eq!((advent.hold(day(at)), winter.hold(day(at))), (in_advent, in_winter), "{at}");
        }
        assert!(range("05-01", "05-01").hold(day("05-01")) && !range("05-01", "05-01").hold(day("05-02")));
    }

    /// The leap day is a day like others; in other years its ranges lose that day alone.
    #[test]
    fn the_leap_day_is_a_day() {
        assert!(range("02-29", "03-02").hold(day("02-29")) && range("02-29", "03-02").hold(day("03-01")));
        assert!(range("02-01", "02-29").hold(day("02-28")) && !range("02-01", "02-29").hold(day("03-01")));
    }

    /// What is no day is refused, with what would be one.
    #[test]
    fn what_is_no_day_is_refused() {
        for (text, words) in [
            ("02-30", "days 1 to 29"),
            ("04-31", "days 1 to 30"),
            ("06-00", "days 1 to 30"),
            ("13-01", "no month 13"),
            ("00-10", "no month 0"),
            ("12/24", "as in \"12-26\""),
            ("Christmas", "as in \"12-26\""),
            ("2026-12-24", "as in \"12-26\""),
            ("-1-5", "as in \"12-26\""),
            ("", "as in \"12-26\""),
        ] {
            let error = DayOfYear::try_from(text.to_owned()).expect_err(text);
            assert!(error.contains(words) && error.contains(text), "{text}: {error}");
        }
        assert_eq!(day("2-3").to_string(), "02-03");
    }

    #[test]
    fn the_days_of_a_year_are_all_there() {
        let days: Vec<_> = RuleTime::all_days().map(|time| time.day).collect();
        assert_eq!(
            (days.len(), days[0], days[59], days[365]),
            (366, day("01-01"), day("02-29"), day("12-31"))
        );
    }
}

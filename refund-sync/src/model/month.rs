//! A month of the books, as it is written and counted.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Months, NaiveDate, TimeDelta};

use crate::lang::told;

/// A month of the books, `2026-11`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde_with::SerializeDisplay,
    serde_with::DeserializeFromStr,
)]
pub struct Month(NaiveDate);

/// What is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", told!("{0:?} 不是月份，应写成 2026-11", "{0:?} is no month: write 2026-11", .0))]
pub struct NoMonth(String);

impl Month {
    /// That of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The first day after it.
    pub fn end(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.end() - TimeDelta::days(1)
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        Self::of(self.0 - TimeDelta::days(1))
    }

    /// The one after.
    #[must_use]
    pub fn after(self) -> Self {
        Self(self.end())
    }

    /// A day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        Self::of(day) == self
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let is_formed = text.len() == 7 && text.as_bytes().get(4) == Some(&b'-');
        let day = is_formed.then(|| format!("{text}-01").parse().ok()).flatten();
        day.map(Self).ok_or_else(|| NoMonth(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_one_way_and_anything_else_is_none() {
        for bad in ["", "2026", "2026-13", "2026-1", "2026-11-01", "26-11", "2026/11", "２０２６-11"] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!((month.to_string(), month.last().to_string()), ("2026-12".into(), "2026-12-31".into()));
        assert_eq!(
            (month.before().to_string(), month.after().to_string()),
            ("2026-11".into(), "2027-01".into())
        );
        assert!(month.contains(month.last()) && !month.contains(month.end()));
    }
}

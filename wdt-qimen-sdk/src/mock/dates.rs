//! What the simulator says about the time: lies in its `Date` header. What it checks of timestamps stays true.

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;

/// What stands in the `Date` header of an answer. Proxies, caches and clocks that are off have been seen to do each.
///
/// ```
/// use wdt_qimen_sdk::chrono::TimeDelta;
/// use wdt_qimen_sdk::mock::{Dates, Gateway};
///
/// let gateway = Gateway::builder().build();
/// // Two answers whose dates are eight hours off, as of a host with a wrong zone:
/// gateway.set_dates_for(2, Dates::Off(TimeDelta::hours(8)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Dates {
    /// The simulator's own time.
    #[default]
    True,
    /// This time for ever, as of a cache or of a clock that stands.
    Fixed(DateTime<Utc>),
    /// Ahead of its time by so much; behind, where it is negative.
    Off(TimeDelta),
    /// Off by another of these at each answer, from the first one on again and again.
    Swinging(Vec<TimeDelta>),
    /// No header. (An HTTP server may put one there by itself.)
    Absent,
    /// This text, which is no date.
    Text(String),
    /// Its time, and a second header that is off by so much.
    Twice(TimeDelta),
}

/// The lies that are told now and for how many answers, and how many were answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Teller {
    lasting: Dates,
    passing: Option<(Dates, u32)>,
    answered: usize,
}

impl Teller {
    pub(super) fn of(dates: Dates) -> Self {
        Self { lasting: dates, ..Self::default() }
    }

    /// Tells `dates` in the next `answers` answers, then again what it told before.
    pub(super) fn for_the_next(&mut self, answers: u32, dates: Dates) {
        self.passing = Some((dates, answers));
    }

    /// The headers of the next answer.
    pub(super) fn next(&mut self, now: DateTime<Utc>) -> Vec<HeaderValue> {
        let dates = match &mut self.passing {
            Some((dates, left)) if *left > 0 => {
                *left -= 1;
                dates.clone()
            }
            _ => self.lasting.clone(),
        };
        let turn = self.answered;
        self.answered += 1;
        let texts = match dates {
            Dates::True => vec![http_date(now)],
            Dates::Fixed(at) => vec![http_date(at)],
            Dates::Off(by) => vec![http_date(now + by)],
            Dates::Swinging(offsets) if offsets.is_empty() => vec![http_date(now)],
            Dates::Swinging(offsets) => vec![http_date(now + offsets[turn % offsets.len()])],
            Dates::Absent => Vec::new(),
            Dates::Text(text) => vec![text],
            Dates::Twice(by) => vec![http_date(now), http_date(now + by)],
        };
        texts.into_iter().filter_map(|text| HeaderValue::from_str(&text).ok()).collect()
    }
}

fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

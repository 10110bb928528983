//! Wall time, injected: everything that asks for "now" asks one of these, so a test can hold it.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};

/// Where "now" comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    pub fn system() -> Self {
        Self(Arc::new(Utc::now))
    }

    /// A clock of the test's own.
    pub fn of(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// Asia/Shanghai is +08:00 since 1991, without summer time.
const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// An instant as the clocks of the books show it.
pub fn shanghai(at: DateTime<Utc>) -> NaiveDateTime {
    at.naive_utc() + TimeDelta::seconds(i64::from(SHANGHAI_SECONDS))
}

/// The instant of a time that the clocks of the books show.
pub fn of_shanghai(time: NaiveDateTime) -> DateTime<Utc> {
    (time - TimeDelta::seconds(i64::from(SHANGHAI_SECONDS))).and_utc()
}

/// An instant for people and JSON: RFC 3339 with +08:00.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(SHANGHAI_SECONDS)
        .map_or_else(|| at.to_rfc3339(), |zone| at.with_timezone(&zone).to_rfc3339())
}

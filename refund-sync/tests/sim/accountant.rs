//! The accountant at the end of a month: decides what waits, has the month closed, at times opens it again, while returns of
//! it go on coming. What is closed is asked of the program; here it is only ordered.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use refund_sync::journal::{DecisionKind, Document, Wish};
use refund_sync::model::Month;
use refund_sync::store::{Choice, ClosedMonths, Decide, MonthOrder, Request, Sqlite, Store};

use crate::climate::Climate;
use crate::record::Record;
use crate::rng::Rng;

/// The end of the month, midnight of Asia/Shanghai.
const MIDNIGHT: i64 = 1_796_054_400;
/// So often the month is closed or opened again, if it may be.
const TIMES: u64 = 8;
const BY: &str = "accountant";

/// A world that lives over the end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MonthEnd {
    /// How long before its end the world begins.
    pub(crate) before: Duration,
    /// What becomes of a date in a closed month: `park` or `move`.
    pub(crate) closed_period: &'static str,
}

impl MonthEnd {
    /// One that lasts `span` and begins in the month.
    pub(crate) fn of(rng: &mut Rng, span: Duration) -> Self {
        let before = rng.between(Duration::from_mins(10), span / 3);
        Self { before, closed_period: rng.pick(&["park", "move"]) }
    }

    /// When such a world begins.
    pub(crate) fn begins_at(self) -> DateTime<Utc> {
        let midnight = DateTime::from_timestamp(MIDNIGHT, 0).unwrap_or_default();
        midnight - chrono::TimeDelta::from_std(self.before).unwrap_or_default()
    }

    /// The month that ends.
    pub(crate) fn month() -> Month {
        Month::of(DateTime::from_timestamp(MIDNIGHT, 0).unwrap_or_default().date_naive())
    }
}

/// The person.
#[derive(Debug)]
pub(crate) struct Accountant {
    record: Record,
    path: PathBuf,
    pipeline: String,
    rng: Rng,
    hours: Vec<Duration>,
}

impl Accountant {
    pub(crate) fn employ(climate: &Climate, record: &Record, (path, pipeline): (PathBuf, String)) -> Self {
        let mut rng = Rng::of(climate.seed, "accountant");
        // Before the month is fully read nobody can close it.
        let first = climate.month_end.map(|end| end.before + climate.lag + climate.overlap);
        let times = first.map_or(0, |_| TIMES);
        let first = first.unwrap_or_default();
        let mut hours: Vec<_> = (0..times).map(|_| rng.between(first, climate.span.max(first))).collect();
        hours.sort_unstable();
        Self { record: record.clone(), path, pipeline, rng, hours }
    }

    /// Goes to work.
    pub(crate) async fn work(mut self) {
        for hour in std::mem::take(&mut self.hours) {
            tokio::time::sleep_until(self.record.instant(hour)).await;
            if self.path.exists()
                && let Ok(journal) = Sqlite::open(&self.path)
            {
                self.act(&journal.inline()).await;
            }
        }
    }

    async fn act(&mut self, journal: &Sqlite) {
        let Ok(Some(row)) = journal.known_pipeline(&self.pipeline).await else { return };
        let month = MonthEnd::month();
        let reopen = ClosedMonths::kept(journal, row.id).await.unwrap().closing(month).is_some();
        if reopen && self.rng.chance(600) {
            return;
        }
        if !reopen {
            for document in journal.parked_documents(row.id, None).await.unwrap() {
                let decide = self.decide(journal, &document).await;
                journal.leave_request(row.id, decide, self.record.now()).await.unwrap();
            }
        }
        self.record.note(format_args!("accountant {month} reopen {reopen}"));
        let order = MonthOrder { month, reopen, by: BY.to_owned(), note: "month end".to_owned() };
        journal.leave_request(row.id, Request::Month(order), self.record.now()).await.unwrap();
    }

    async fn decide(&mut self, journal: &Sqlite, document: &Document) -> Request {
        let number = &document.refund_no;
        let is_closed = document.parking.as_ref().is_some_and(|parking| parking.cause == "closed_period");
        let kind =
            if is_closed && self.rng.chance(500) { DecisionKind::OpenDay } else { DecisionKind::Ignored };
        self.record.note(format_args!("accountant {number} {kind}"));
        let wish = Wish { kind, bill: None, note: "month end".to_owned(), by: BY.to_owned() };
        let seen = journal.life(number).await.unwrap().remove(0).seen;
        Request::Decide(Decide { wish, returns: vec![Choice { refund_no: number.clone(), seen }] })
    }
}

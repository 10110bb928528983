//! What everybody in a world shares: true time, the event log, and offences noticed on the way.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use tokio::time::Instant;

/// A handle on the one record of a world.
#[derive(Debug, Clone)]
pub(crate) struct Record(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    begun: Instant,
    begins_at: DateTime<Utc>,
    text: Mutex<String>,
    offences: Mutex<Vec<String>>,
}

impl Record {
    /// Begins now, at that time of the books.
    pub(crate) fn begin(begins_at: DateTime<Utc>) -> Self {
        Self(Arc::new(Shared {
            begun: Instant::now(),
            begins_at,
            text: Mutex::default(),
            offences: Mutex::default(),
        }))
    }

    /// How long the world has been going on.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.begun.elapsed()
    }

    /// The moment at which the world has gone on for `elapsed`.
    pub(crate) fn instant(&self, elapsed: Duration) -> Instant {
        self.0.begun + elapsed
    }

    /// True time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.at(self.elapsed())
    }

    /// True time when the world has gone on for `elapsed`.
    pub(crate) fn at(&self, elapsed: Duration) -> DateTime<Utc> {
        self.0.begins_at + TimeDelta::from_std(elapsed).unwrap_or_default()
    }

    /// The same as 旺店通 writes it: whole seconds of Asia/Shanghai.
    pub(crate) fn local(&self, elapsed: Duration) -> NaiveDateTime {
        let local = refund_sync::clock::shanghai(self.at(elapsed));
        local.with_nanosecond(0).unwrap_or(local)
    }

    /// Writes a line.
    pub(crate) fn note(&self, line: impl std::fmt::Display) {
        let _infallible = writeln!(self.text(), "{:>9} {line}", self.elapsed().as_millis());
    }

    /// Something that must not happen did.
    pub(crate) fn offence(&self, what: String) {
        self.note(format_args!("OFFENCE {what}"));
        self.offences().push(what);
    }

    pub(crate) fn take_offences(&self) -> Vec<String> {
        std::mem::take(&mut self.offences())
    }

    pub(crate) fn take_text(&self) -> String {
        std::mem::take(&mut self.text())
    }

    fn text(&self) -> MutexGuard<'_, String> {
        self.0.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offences(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.offences.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A short digest for the log: the same bytes, the same word.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

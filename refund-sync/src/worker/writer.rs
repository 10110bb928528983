//! The writer: the journal into 金蝶. What is sent, and how, is in `writer::sending`; what look-ups lead to in
//! `writer::settling`; what follows a save in `writer::finishing`. Reading is `worker::reader`'s.

mod before_sending;
mod coming_back;
mod finishing;
mod late_changes;
mod look_up;
mod moves;
mod park_reason;
mod sending;
mod settling;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex};

use kingdee_k3cloud_sdk::HoldKind;
use tokio::time::Instant;

#[cfg(feature = "console")]
pub(super) use finishing::Blind;
#[cfg(feature = "console")]
pub(super) use park_reason::{conflict, reached, setback};
pub(super) use sending::LONGEST_PAUSE;

use super::run::Run;
use super::trouble::Trouble;
use crate::clock::rfc3339;
use crate::lang::{Text, both};
use crate::sink::Sink;
use crate::store::{KINGDEE_HOLD, Side, StoreError};
use crate::text::shown;

/// Writes 金蝶 for one run.
#[derive(Debug)]
pub(super) struct Writer {
    run: Arc<Run>,
    pub(super) sink: Sink,
    /// How many bills the next call carries: shrinks on time-outs, grows back.
    pub(super) batch_size: AtomicUsize,
    /// Bills in a row that were refused alone and without a word about a row.
    refused_alone: AtomicUsize,
    /// Of each question that is asked of 金蝶 again, the number of the document that asks it.
    probes: Mutex<BTreeMap<String, String>>,
    /// Since when nobody else can have worked the journal.
    pub(super) held_since: Instant,
    /// No call of an earlier process that this journal does not know of can be under way any more.
    pub(super) earlier_calls_ended: AtomicBool,
    /// Documents that are not in 金蝶, and when that was seen; not sent since.
    absent: Mutex<BTreeMap<i64, Instant>>,
}

impl Writer {
    pub(super) fn new(run: Arc<Run>, sink: Sink) -> Self {
        Self {
            batch_size: AtomicUsize::new(run.settings.kingdee.batch_size),
            refused_alone: AtomicUsize::new(0),
            probes: Mutex::default(),
            held_since: Instant::now(),
            earlier_calls_ended: AtomicBool::new(false),
            absent: Mutex::default(),
            run,
            sink,
        }
    }

    /// What 金蝶 asked for is kept: whoever starts after a crash sits out the rest of it.
    pub(super) async fn keep_kingdee_hold(&self) -> Result<(), StoreError> {
        let hold = self.sink.hold_to_keep();
        let kept = self.run.store.note(self.run.row.id, KINGDEE_HOLD).await?.unwrap_or_default();
        if kept == hold { Ok(()) } else { self.run.store.set_note(self.run.row.id, KINGDEE_HOLD, hold).await }
    }

    /// Nothing is begun that 金蝶 would not be asked for before its pause is over.
    pub(super) fn refuse_in_hold(&self) -> Result<(), Trouble> {
        let Some(hold) = self.sink.hold().filter(|hold| hold.kind == HoldKind::Calls) else { return Ok(()) };
        let (until, said) = (rfc3339(hold.until), shown(&hold.said));
        let message =
            both!("金蝶要求等待至 {until}；原文：{said}", "金蝶 asks to wait until {until}; it said: {said}");
        let left = (hold.until - self.run.clock.now()).to_std().unwrap_or_default();
        Err(Trouble::Later { message, after: Some(left) })
    }

    /// What an error of 金蝶 means for the whole pipeline. A read that was refused for no lasting reason is asked again.
    pub(super) fn kingdee_trouble(&self, error: &kingdee_k3cloud_sdk::Error) -> Trouble {
        if error.is_permanent_for_all() {
            return self.refused_by_kingdee(error.into(), error);
        }
        let mut message = Text::from(error);
        if let (kingdee_k3cloud_sdk::ErrorKind::Held { .. }, Some(hold)) = (error.kind(), self.sink.hold()) {
            let said = shown(&hold.said);
            message = message.and(&format!("；原文：{said}"), &format!("; it said: {said}"));
        }
        if !error.is_transient() {
            // Tried again all the same, but hardly to another end before somebody acts.
            message = message.then(&error.advice().into());
        }
        Trouble::Later { message, after: error.retry_after() }
    }

    /// Stops. Of a time that 金蝶 does not believe both are named.
    pub(super) fn refused_by_kingdee(&self, reason: Text, error: &kingdee_k3cloud_sdk::Error) -> Trouble {
        if !is_of_the_clock(&reason.en) {
            return self.run.stop(Side::Kingdee, reason, error.advice());
        }
        let now = rfc3339(self.run.clock.now());
        let reason =
            reason.and(&format!("；签名所用时间 {now}"), &format!("; signed by a clock that shows {now}"));
        self.run.stop(Side::Kingdee, reason, SET_THE_CLOCK)
    }
}

/// What to do about a clock that 金蝶 does not believe.
const SET_THE_CLOCK: Text = Text::new(
    "校准本机时钟（NTP）；使用 PostgreSQL 时为数据库服务器的时钟。",
    "Set this machine's clock (NTP); with PostgreSQL the database server's.",
);

/// Whether 金蝶 speaks of the time that a call was signed or logged in with: the gateway's 4006, or in words.
fn is_of_the_clock(message: &str) -> bool {
    let message = message.to_lowercase();
    ["with 4006", "timestamp", "时间戳", "系统时间", "时钟"].iter().any(|word| message.contains(word))
}

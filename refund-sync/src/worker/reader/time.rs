//! By which clock a cycle reads, settles and sets back: what is asked for it, and what of it is kept. The choice itself is
//! in `reader::clocks`; how 旺店通 is read is `reader::cycle`'s.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::clocks::{Clocks, whole};
use super::{Reader, Trouble};
use crate::clock::of_shanghai;
use crate::lang::{Text, both};
use crate::source::SourcePage;
use crate::store::{CLOCK, WindowState, set_back_to};

/// Clocks that differ by less agree: headers have whole seconds, and answers take some time.
const GRAIN: TimeDelta = TimeDelta::seconds(5);
/// What a failure begins with for which a clock is to blame.
pub(crate) const CLOCK_TROUBLE: Text = Text::new("时钟", "clock");
/// How many further answers are asked for in a run where the first ones contradict this machine's clock.
const MORE_ANSWERS: u32 = 4;

/// How far one cycle reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Where it begins: the end of the settled past.
    pub(super) from: NaiveDateTime,
    /// `now − lag`.
    pub(super) upto: NaiveDateTime,
    /// `now − lag − overlap`: nothing can appear before it any more.
    pub(super) settle_to: NaiveDateTime,
}

impl Reader {
    pub(super) fn clocks(&self) -> Clocks {
        Clocks(self.source.clock_reading())
    }

    /// Now as 旺店通's server has it, as far as that is known.
    pub(in crate::worker) fn server_now(&self) -> DateTime<Utc> {
        self.clocks().reads_by()
    }

    /// How far a cycle reads that begins now, by what is known of both clocks.
    pub(super) fn reach(&self, from: NaiveDateTime) -> Reach {
        self.reach_of(from, TimeDelta::zero())
    }

    /// The same for one that began with a request at `asked`, by what its answer added.
    pub(super) fn reach_since(&self, from: NaiveDateTime, asked: Instant) -> Reach {
        self.reach_of(from, TimeDelta::from_std(asked.elapsed()).unwrap_or(TimeDelta::MAX))
    }

    fn reach_of(&self, from: NaiveDateTime, ago: TimeDelta) -> Reach {
        let clocks = self.clocks();
        let upto = whole(clocks.reads_by() - ago) - self.lag();
        let settle_to = whole(clocks.settles_by() - ago) - self.lag() - self.overlap();
        Reach { from, upto, settle_to: settle_to.min(upto) }
    }

    /// Whether the answer to the first request of a cycle shows that rows may exist well beyond `reach`.
    pub(super) fn is_further(learned: Reach, reach: Reach) -> bool {
        learned.upto - reach.upto > GRAIN
    }

    /// What a window may be recorded as. Wherever it comes from, nothing is settled that either clock has not passed by
    /// `lag` and `overlap`; from then on nothing is joined to the settled past in this run.
    pub(super) fn settled_or_read(&self, state: WindowState, end: NaiveDateTime) -> WindowState {
        let bound = self.clocks().settles_by() - self.lag() - self.overlap();
        if state == WindowState::Settled && of_shanghai(end) > bound {
            self.is_beyond.store(true, Ordering::Relaxed);
            return WindowState::Read;
        }
        state
    }

    /// Whether a settled window may move the cursor.
    pub(super) fn may_join(&self) -> bool {
        !self.is_beyond.load(Ordering::Relaxed)
    }

    /// Counts the calls of a page.
    pub(super) fn learn_from(&self, page: &SourcePage) {
        self.run.tally().read_calls += u64::from(page.calls);
    }

    /// Asks for further answers while those so far contradict this machine's clock and too few came to believe them.
    pub(super) async fn ask_the_time(&self) {
        while self.clocks().0.wants_more() && self.time_asked.fetch_add(1, Ordering::Relaxed) < MORE_ANSWERS {
            // One that fails tells nothing: then the earlier clock counts.
            if self.source.ping().await.is_err() {
                return;
            }
            self.run.tally().read_calls += 1;
        }
    }

    /// Sets the cursor back where it lies beyond what can be settled: a clock was wrong, or the journal was edited. Says
    /// whether it did.
    pub(super) async fn set_back(&self, cursor: NaiveDateTime) -> Result<bool, Trouble> {
        let Some(bound) = self.clocks().sets_back_by() else { return Ok(false) };
        let bound = whole(bound) - self.lag() - self.overlap();
        if cursor - bound <= GRAIN {
            return Ok(false);
        }
        let Some(note) = set_back_to(self.run.store.as_ref(), &self.run.settings.name, bound).await? else {
            return Ok(false);
        };
        tracing::warn!(pipeline = self.run.settings.name, "{note}");
        Ok(true)
    }

    /// A cycle that cannot read anything because of a clock is no success.
    pub(super) fn held_up(&self, from: NaiveDateTime) -> Result<(), Trouble> {
        if !self.clocks().holds_up(from, self.lag()) {
            return Ok(());
        }
        Err(self.clock_trouble(&both!("无法从 {from} 起读取", "nothing can be read from {from} on")))
    }

    /// Refuses a clock that cannot be right, and names the time that 旺店通 tells: nothing is read or written by it.
    pub(in crate::worker) async fn refuse_impossible_clock(&self) -> Result<(), Trouble> {
        if self.clocks().0.is_local_possible() {
            return Ok(());
        }
        // Whatever comes of it, its header is heard.
        let _ = self.source.ping().await;
        Err(self.clock_trouble(&Text::new("已拒绝", "refused")))
    }

    fn clock_trouble(&self, what: &Text) -> Trouble {
        let said = self.clocks().note().map(|note| note.message.clone());
        let now = self.run.clock.now();
        let said = said.unwrap_or_else(|| both!("本机时钟为 {now}", "this machine's clock says {now}"));
        let message = Text::of(
            format!("{}：{}：{}", CLOCK_TROUBLE.zh, what.zh, said.zh),
            format!("{}: {}: {}", CLOCK_TROUBLE.en, what.en, said.en),
        );
        Trouble::Later { message, after: None }
    }

    /// By how much 旺店通's clock is ahead of this machine's, in milliseconds; what was known last where it is not known.
    pub(in crate::worker) fn offset_ms(&self) -> i64 {
        self.clocks().0.offset().map_or(self.run.row.clock_offset_ms, |offset| offset.num_milliseconds())
    }

    /// Keeps for people what is wrong with the clocks, or that nothing is any more.
    pub(in crate::worker) async fn note_the_clock(&self) -> Result<(), crate::store::StoreError> {
        let reading = self.clocks().0;
        let heard = reading.answers > 0 || reading.fault.is_some() || !reading.is_local_possible();
        if !heard {
            return Ok(());
        }
        let note = self.clocks().note();
        if let Some(note) = &note {
            tracing::warn!(pipeline = self.run.settings.name, state = note.state, "{}", note.message);
        }
        let text = note.and_then(|note| serde_json::to_string(&note).ok()).unwrap_or_default();
        let kept = self.run.store.note(self.run.row.id, CLOCK).await?.unwrap_or_default();
        if kept == text { Ok(()) } else { self.run.store.set_note(self.run.row.id, CLOCK, text).await }
    }

    /// When a request was sent, by the steady clock: of two rows of one second the one that was asked for later counts,
    /// however the clock on the wall was set in between.
    pub(super) fn steadily(&self, asked_at: DateTime<Utc>) -> DateTime<Utc> {
        self.run.clock.steady() - (self.run.clock.now() - asked_at)
    }

    pub(super) fn lag(&self) -> TimeDelta {
        delta(self.run.settings.wdt.lag)
    }

    pub(super) fn overlap(&self) -> TimeDelta {
        delta(self.run.settings.wdt.overlap)
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

//! Windows that are not proven whole: kept on record, looked at again when their time has come, closed by a look that
//! proves them. How a window is read is `reader::cycle`'s.

use chrono::{NaiveDateTime, TimeDelta};
use wdt_qimen_sdk::Span;

use super::ledger::Place;
use super::{Reader, Trouble, span};
use crate::source::Unproven;
use crate::store::ShortWindow;
use crate::store::short::SHORT_WINDOWS;

/// Windows looked at again in one cycle at most: the live feed goes first.
const LOOKS: usize = 5;
/// Windows that adjoin are kept as one up to this length.
const LONGEST_JOINED: TimeDelta = TimeDelta::days(7);
/// More are not kept: where every window comes short, the last ones tell it all.
const MOST_KEPT: usize = 500;

/// What a look at a window left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) span: Span,
    pub(super) total: Option<u64>,
    pub(super) seen: usize,
    pub(super) missing: u64,
    /// Why nothing is proven; none where rows are missing.
    pub(super) why: Option<Unproven>,
    /// The ledger still stands before it: the next cycle reads it again.
    pub(super) is_next: bool,
}

impl Gap {
    /// As it is kept.
    fn why(&self) -> &'static str {
        self.why.map_or("", Unproven::as_str)
    }
}

impl Reader {
    /// Looks again at windows whose time has come.
    pub(super) async fn reread_short(&self) -> Result<(), Trouble> {
        let now = self.run.clock.now();
        let pauses = &self.run.settings.wdt.reread_short;
        let due = |window: &ShortWindow| window.is_due(now, pauses);
        let windows: Vec<_> = self.short().iter().filter(|window| due(window)).take(LOOKS).cloned().collect();
        for window in windows {
            tracing::info!(pipeline = self.run.settings.name, start = %window.start, end = %window.end,
                missing = window.missing, message_zh = "重读行数不足的窗口", "a window that came short is read again");
            let part = span(window.start, window.end)?;
            let cold = self.read_cold(&self.source, part, Place::Beside).await?;
            if cold.is_proven {
                self.close_short(window.start, window.end).await?;
            } else {
                self.look_later(&window).await?;
            }
        }
        Ok(())
    }

    /// Keeps a window on record, in place of what was kept of it.
    pub(super) async fn keep_short(&self, gap: &Gap) -> Result<(), Trouble> {
        let (start, end) = (gap.span.start().to_string(), gap.span.end().to_string());
        if gap.missing > 0 {
            tracing::warn!(pipeline = self.run.settings.name, window = %gap.span, missing = gap.missing,
                message_zh = "旺店通计入总数的行未全部返回", "旺店通 counts rows that it does not deliver");
            self.run.tally().windows_short.push((start, end, gap.missing));
        } else {
            let why = gap.why();
            tracing::warn!(pipeline = self.run.settings.name, window = %gap.span, why,
                message_zh = "无法证明窗口已读全", "nothing proves that a window was read whole");
            self.run.tally().windows_unproven.push((start, end, why.to_owned()));
        }
        let now = self.run.clock.now();
        let (start, end) = (gap.span.start(), gap.span.end());
        let mut windows = self.short().clone();
        // Where every cycle comes short, some days are one window and not thousands.
        if let Some(window) = windows.iter_mut().find(|window| goes_on(window, gap)) {
            window.end = end;
            window.seen += gap.seen as u64;
            window.missing = window.missing.saturating_add(gap.missing);
            window.total = window.total.zip(gap.total).map(|(one, other)| one.saturating_add(other));
            return self.put_short(windows).await;
        }
        // A window that is next grows from cycle to cycle; one that is looked at again keeps its looks.
        let before = windows.iter().find(|window| {
            window.start == start && (window.end == end || (gap.is_next && window.next_look.is_none()))
        });
        let mut window = ShortWindow {
            start,
            end,
            total: gap.total,
            seen: gap.seen as u64,
            missing: gap.missing,
            why: gap.why().to_owned(),
            found: before.map_or(now, |before| before.found),
            looks: before.map_or(0, |before| before.looks),
            next_look: before.and_then(|before| before.next_look),
        };
        let keeps = gap.is_next
            || window.next_look.is_some()
            || window.plan(now, &self.run.settings.wdt.reread_short);
        if gap.is_next {
            window.next_look = None;
        }
        windows.retain(|other| !other.is_within(start, end));
        if keeps {
            windows.push(window);
        }
        let many = windows.len().saturating_sub(MOST_KEPT);
        windows.drain(..many);
        self.put_short(windows).await
    }

    /// What lies within these seconds is proven whole.
    pub(super) async fn close_short(&self, start: NaiveDateTime, end: NaiveDateTime) -> Result<(), Trouble> {
        let mut windows = self.short().clone();
        windows.retain(|window| !window.is_within(start, end));
        if windows.len() == self.short().len() {
            return Ok(());
        }
        tracing::info!(
            pipeline = self.run.settings.name,
            %start,
            %end,
            message_zh = "行数不足的窗口已补齐",
            "a window that came short is whole now"
        );
        self.put_short(windows).await
    }

    /// The ledger stands at `cursor` now: a window that it stood before was read again, in however many parts, and each
    /// of them is proven or on record by itself.
    pub(super) async fn pass_short(&self, cursor: NaiveDateTime) -> Result<(), Trouble> {
        let mut windows = self.short().clone();
        windows.retain(|window| window.next_look.is_some() || window.end > cursor);
        if windows.len() == self.short().len() {
            return Ok(());
        }
        tracing::info!(
            pipeline = self.run.settings.name,
            %cursor,
            message_zh = "此前未能证明读全的时段现已完整读取",
            "what was not proven before is settled now"
        );
        self.put_short(windows).await
    }

    /// Counts a look that proved nothing, and plans the next one.
    async fn look_later(&self, window: &ShortWindow) -> Result<(), Trouble> {
        let mut windows = self.short().clone();
        let place = windows.iter().position(|other| other.is_within(window.start, window.end));
        let mut kept = place.map_or_else(|| window.clone(), |place| windows[place].clone());
        windows.retain(|other| !other.is_within(window.start, window.end));
        (kept.start, kept.end, kept.looks) = (window.start, window.end, window.looks + 1);
        if kept.plan(self.run.clock.now(), &self.run.settings.wdt.reread_short) {
            windows.push(kept);
        } else {
            tracing::warn!(pipeline = self.run.settings.name, start = %kept.start, end = %kept.end, missing = kept.missing,
                looks = kept.looks, message_zh = "缺行的时段不再补读", "a window that came short is not read again any more");
        }
        self.put_short(windows).await
    }

    async fn put_short(&self, windows: Vec<ShortWindow>) -> Result<(), Trouble> {
        let note = serde_json::to_string(&windows).unwrap_or_default();
        self.run.store.set_note(self.run.row.id, SHORT_WINDOWS, note).await?;
        *self.short() = windows;
        Ok(())
    }
}

/// Whether a gap goes on where a window on record ends, which was not looked at again yet.
fn goes_on(window: &ShortWindow, gap: &Gap) -> bool {
    let is_planned =
        window.next_look.is_some() && window.looks == 0 && window.why == gap.why() && !gap.is_next;
    is_planned && window.end == gap.span.start() && gap.span.end() - window.start <= LONGEST_JOINED
}

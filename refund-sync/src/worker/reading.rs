//! Reading 旺店通: one cycle from the cursor to `now − lag`, window by window, page by page.
//! The proof that a window was read whole is `wdt_qimen_sdk::window::Walk`; here it is asked, fed and recorded.

use std::collections::HashSet;

use chrono::{NaiveDateTime, TimeDelta};
use tokio::time::Instant;
use wdt_qimen_sdk::window::{Proof, Span, Step, Walk};

use super::time::Reach;
use super::{Trouble, Worker};
use crate::clock::shanghai;
use crate::config::AskStatus;
use crate::source::{Source, SourcePage};
use crate::store::{PageCommit, Side, WindowRecord, WindowState};

/// The gateway takes 30 days at most.
const LONGEST: TimeDelta = TimeDelta::days(29);

/// How often the hot part is walked at most before the next cycle takes over.
const HOT_WALKS: u32 = 8;

/// What a walked window means for the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Read beside the live feed.
    Beside,
    /// Of the live feed, but not joined to its settled past.
    Live,
    /// Of the live feed and joined to it: once settled, the cursor is its end.
    Joined,
}

impl Place {
    fn unjoined(self) -> Self {
        if self == Self::Joined { Self::Live } else { self }
    }
}

impl Worker {
    /// One cycle. Each page is journalled before the next is asked for; an attempt that fails moves nothing.
    pub(super) async fn read_cycle(&self) -> Result<(), Trouble> {
        let Some(from) = self.place().await? else { return Ok(()) };
        let mut from = from;
        // Behind a part that could not be proven nothing is joined to the settled past.
        let mut place = Place::Joined;
        let mut is_begun_anew = false;
        loop {
            let reach = self.reach(from);
            if reach.settle_to - reach.from > LONGEST {
                // What is settled by it depends on what both clocks say: at least one answer of 旺店通 is heard first.
                if self.clocks().0.answers == 0 {
                    self.source.ping().await.map_err(|error| self.wdt_trouble(&error))?;
                    self.ask_the_time().await;
                    continue;
                }
                let part = span(reach.from, reach.from + LONGEST)?;
                let settled_to = self.read_cold(&self.source, part, place).await?;
                place = settled_to.map_or(Place::Live, |_| place);
                from = settled_to.unwrap_or(part.end());
                continue;
            }
            // Whatever the clocks say, something is asked: where they keep the past from being settled, its end.
            let whole = span(reach.from.min(reach.upto).max(reach.upto - LONGEST), reach.upto)?;
            let asked = Instant::now();
            let first = self.fetch(&self.source, whole, 0).await?;
            self.ask_the_time().await;
            let learned = self.reach_since(from, asked);
            let is_set_back = self.set_back(from).await?;
            if is_set_back || (Self::is_further(learned, reach) && !is_begun_anew) {
                is_begun_anew = true;
                from = self.place().await?.unwrap_or(from);
                continue;
            }
            if from > reach.upto {
                self.keep(whole, &first).await?;
                self.held_up(from)?;
            } else {
                let settle_to = reach.settle_to.min(learned.settle_to);
                let place = if whole.start() > from { Place::Live } else { place };
                self.read_reach(Reach { from: whole.start(), settle_to, ..reach }, whole, &first, place)
                    .await?;
                self.find_stockins(&self.source).await?;
                self.watch(reach.upto).await?;
            }
            self.store.remember(self.row.id, self.offset_ms(), self.source.limiter()).await?;
            return Ok(());
        }
    }

    /// Once a day, where the live feed asks for accepted rows only: reads the last days again in every status, so that
    /// a return which has a bill and left its status is seen.
    async fn watch(&self, upto: NaiveDateTime) -> Result<(), Trouble> {
        let wdt = &self.settings.wdt;
        if wdt.ask_status == AskStatus::All || wdt.watch_days == 0 {
            return Ok(());
        }
        let row = self.store.pipeline(&self.settings.name).await?;
        let now = self.clock.now();
        // A last time that is yet to come is that of a clock that was wrong.
        let day = TimeDelta::zero()..TimeDelta::days(1);
        if row.watched_at.is_some_and(|last| day.contains(&(now - last))) {
            return Ok(());
        }
        let first = upto - TimeDelta::days(i64::from(wdt.watch_days));
        let mut from = row.began.map_or(first, |began| began.max(first));
        let everything = self.source.asking_all();
        while from < upto {
            let part = span(from, upto.min(from + LONGEST))?;
            self.read_cold(&everything, part, Place::Beside).await?;
            from = part.end();
        }
        Ok(self.store.watched(self.row.id, now).await?)
    }

    /// Where the ledger stands; its beginning when nothing is settled; the configured start when it is empty.
    async fn place(&self) -> Result<Option<NaiveDateTime>, Trouble> {
        let row = self.store.pipeline(&self.settings.name).await?;
        let place = row.cursor.or(row.began).or(self.settings.start_from);
        if place.is_none() {
            return Err(self.stop(
                Side::Wdt,
                format!("pipeline {}: the ledger is empty and there is no start_from", self.settings.name),
                "在 [[pipeline]] 中加一行 start_from = \"2026-11-01 00:00:00\"。Add that line: reading never starts silently.",
            ));
        }
        Ok(place)
    }

    /// The whole reach in one answer if it fits on a page; else its cold part walked and counted, its hot part once.
    async fn read_reach(
        &self,
        reach: Reach,
        whole: Span,
        first: &SourcePage,
        place: Place,
    ) -> Result<(), Trouble> {
        let mut walk = Walk::new(whole, self.source.page_size(), self.settings.wdt.window_pages);
        walk.answer(first.total, first.keys.iter().cloned());
        match (walk.step(), first.total) {
            (Step::Done(Proof::Proved { total }), _) => {
                let goods_known = self.read_reach_stockins(reach).await?;
                self.keep(whole, first).await?;
                if !goods_known {
                    let note = "unproven: the stock-ins of the window";
                    return self
                        .record(
                            whole,
                            WindowState::Read,
                            Some(total),
                            walk.seen(),
                            first.calls,
                            note,
                            Place::Live,
                        )
                        .await;
                }
                // One answer was the whole set: the part that can only shrink is settled by it.
                if reach.settle_to > reach.from {
                    let settled = span(reach.from, reach.settle_to)?;
                    self.record(
                        settled,
                        WindowState::Settled,
                        Some(total),
                        walk.seen(),
                        first.calls,
                        "",
                        place,
                    )
                    .await?;
                }
                let hot = span(reach.from.max(reach.settle_to), reach.upto)?;
                self.record(hot, WindowState::Read, Some(total), walk.seen(), 0, "", Place::Live).await
            }
            (_, None) => {
                self.read_reach_stockins(reach).await?;
                self.keep(whole, first).await?;
                let (_, calls) = self.walk(&self.source, &mut walk).await?;
                let note = "the server names no total: nothing can be proven";
                self.record(
                    whole,
                    WindowState::Read,
                    None,
                    walk.seen(),
                    calls + first.calls,
                    note,
                    Place::Live,
                )
                .await
            }
            _ => {
                if reach.settle_to > reach.from {
                    self.read_cold(&self.source, span(reach.from, reach.settle_to)?, place).await?;
                }
                self.read_hot(span(reach.from.max(reach.settle_to), reach.upto)?).await
            }
        }
    }

    /// The stock-ins of a reach, before its returns. Says whether all of its cold part were seen.
    async fn read_reach_stockins(&self, reach: Reach) -> Result<bool, Trouble> {
        let mut known = true;
        if reach.settle_to > reach.from {
            known = self.read_stockins(&self.source, span(reach.from, reach.settle_to)?).await?;
        }
        let hot = span(reach.from.max(reach.settle_to), reach.upto)?;
        self.read_hot_stockins(&self.source, hot).await?;
        Ok(known)
    }

    async fn read_hot(&self, hot: Span) -> Result<(), Trouble> {
        self.read_hot_stockins(&self.source, hot).await?;
        let (total, seen, calls) = self.walk_hot(&self.source, hot).await?;
        self.record(hot, WindowState::Read, total, seen, calls, "", Place::Live).await
    }

    /// Reads the part in which rows may still appear: the total, how many were seen, and the calls. Nothing settles
    /// there, so nothing need be proven; but rows of one second may come in another order at each call, so it is walked
    /// again while the server names more than was seen.
    pub(super) async fn walk_hot(
        &self,
        source: &Source,
        hot: Span,
    ) -> Result<(Option<u64>, usize, u32), Trouble> {
        let mut seen = HashSet::new();
        let mut total = None;
        let mut calls = 0;
        for _ in 0..HOT_WALKS {
            let mut walk = Walk::once(hot, source.page_size());
            while let Step::Ask { page_no } = walk.step() {
                let page = self.ask(source, hot, page_no).await?;
                calls += page.calls;
                if page_no == 0 {
                    total = page.total;
                }
                seen.extend(page.keys.iter().map(|row| row.key.clone()));
                walk.answer(page.total, page.keys);
            }
            if total.is_none_or(|total| seen.len() as u64 >= total) {
                break;
            }
        }
        Ok((total, seen.len(), calls))
    }

    /// Walks a span that can only shrink, cutting it as the proof demands. Says how far the live feed's past was settled
    /// in one piece.
    pub(super) async fn read_cold(
        &self,
        source: &Source,
        cold: Span,
        place: Place,
    ) -> Result<Option<NaiveDateTime>, Trouble> {
        let mut stack = vec![cold];
        let mut place = place;
        let mut settled_to = None;
        let mut goods_known = true;
        let mut goods_asked_to = None;
        while let Some(part) = stack.pop() {
            let mut walk = Walk::new(part, source.page_size(), self.settings.wdt.window_pages);
            let first = self.fetch(source, walk.span(), 0).await?;
            walk.answer(first.total, first.keys.iter().cloned());
            if !matches!(walk.step(), Step::Cut(_)) {
                if goods_asked_to.is_none_or(|to| to < part.end()) {
                    goods_known = self.read_stockins(source, part).await?;
                    goods_asked_to = Some(part.end());
                }
                self.keep(part, &first).await?;
            }
            let (step, calls) = self.walk(source, &mut walk).await?;
            let proof = match step {
                Step::Done(proof) => proof,
                Step::Cut(parts) => {
                    stack.extend(parts.into_iter().rev());
                    continue;
                }
                Step::Ask { .. } => continue,
            };
            let past = self.read_list(source.history(part, shanghai(self.server_now())), part).await?;
            let (total, missing, mut note) = match proof {
                Proof::Proved { total } => (Some(total), past.missing, String::new()),
                Proof::ShortBy { total, missing } => (Some(total), missing + past.missing, String::new()),
                Proof::Unproved(why) => (None, past.missing, format!("unproven ({why:?})")),
            };
            let total = total.map(|total| total + past.total);
            let seen = walk.seen() + past.rows;
            if missing > 0 {
                let counted = total.unwrap_or_default();
                note = format!("short by {missing}: the server counts {counted} and delivers {seen}");
                tracing::warn!(pipeline = self.settings.name, window = %part, missing, "旺店通 counts rows that it does not deliver");
                let (start, end) = (part.start().to_string(), part.end().to_string());
                self.tally().windows_short.push((start, end, missing));
            }
            for (known, what) in [(goods_known, "stock-ins"), (past.is_proven, "history")] {
                if !known {
                    note = format!("unproven: the {what} of the window");
                }
            }
            let state = if total.is_some() && goods_known && past.is_proven {
                WindowState::Settled
            } else {
                place = place.unjoined();
                WindowState::Read
            };
            self.record(part, state, total, seen, calls + first.calls + past.calls, &note, place).await?;
            if (state, place) == (WindowState::Settled, Place::Joined) {
                settled_to = Some(part.end());
            }
        }
        Ok(settled_to)
    }

    /// Asks what the walk wants until it is over or wants to be cut.
    pub(super) async fn walk(&self, source: &Source, walk: &mut Walk) -> Result<(Step, u32), Trouble> {
        let mut calls = 0;
        loop {
            match walk.step() {
                Step::Ask { page_no } => {
                    let page = self.ask(source, walk.span(), page_no).await?;
                    calls += page.calls;
                    walk.answer(page.total, page.keys);
                }
                over => return Ok((over, calls)),
            }
        }
    }

    /// One page, journalled.
    async fn ask(&self, source: &Source, span: Span, page_no: u32) -> Result<SourcePage, Trouble> {
        let page = self.fetch(source, span, page_no).await?;
        self.keep(span, &page).await?;
        Ok(page)
    }

    /// One page, not journalled yet: what arrived of its returns comes first.
    async fn fetch(&self, source: &Source, span: Span, page_no: u32) -> Result<SourcePage, Trouble> {
        let page = source.page(span, page_no).await.map_err(|error| self.wdt_trouble(&error))?;
        self.learn_from(&page);
        Ok(page)
    }

    /// Journals a page.
    async fn keep(&self, span: Span, page: &SourcePage) -> Result<(), Trouble> {
        if !page.stockins.is_empty() {
            self.keep_stockins(span, page).await?;
        }
        if page.rows.is_empty() {
            return Ok(());
        }
        let commit = PageCommit {
            rows: page.rows.clone(),
            asked_at: page.asked_at,
            window: (span.start(), span.end()),
        };
        let outcome = self.store.commit_page(self.origin(), commit).await?;
        let mut tally = self.tally();
        tally.rows += outcome;
        if outcome.unreadable > 0 {
            *tally.parked.entry("unreadable".into()).or_default() += outcome.unreadable;
        }
        drop(tally);
        self.news.notify_one();
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "one row of the ledger, named at each call")]
    async fn record(
        &self,
        span: Span,
        state: WindowState,
        total: Option<u64>,
        seen: usize,
        calls: u32,
        note: &str,
        place: Place,
    ) -> Result<(), Trouble> {
        let state = self.settled_or_read(state, span.end());
        let window = WindowRecord {
            start: span.start(),
            end: span.end(),
            state,
            total,
            seen: seen as u64,
            calls,
            note: note.to_owned(),
            live: place != Place::Beside,
        };
        if state == WindowState::Settled {
            self.tally().windows_settled += 1;
        }
        if seen > 0 {
            let word = if state == WindowState::Settled { "settled" } else { "read" };
            tracing::info!(pipeline = self.settings.name, rows = seen, calls, "{word} {span}");
        }
        let joins = state == WindowState::Settled && place == Place::Joined && self.may_join();
        let cursor = joins.then_some(span.end());
        Ok(self.store.record_window(self.origin(), window, cursor).await?)
    }
}

pub(super) fn span(from: NaiveDateTime, to: NaiveDateTime) -> Result<Span, Trouble> {
    Span::new(from, to).map_err(|error| Trouble::Later { message: error.to_string(), after: None })
}

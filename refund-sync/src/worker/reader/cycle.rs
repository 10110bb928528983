//! Reading 旺店通: one cycle from the cursor to `now − lag`, window by window, page by page.
//! The proof that a window was read whole is `wdt_qimen_sdk::window::Walk`; here it is asked, fed and recorded.

use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use tokio::time::Instant;
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::window::{Proof, Step, Walk, Why};

use super::ledger::{Place, Walked};
use super::list::{Seen, named};
use super::short::Gap;
use super::time::Reach;
use super::{Reader, Trouble, span};
use crate::clock::shanghai;
use crate::config::AskStatus;
use crate::lang::{Text, both};
use crate::source::{Source, SourcePage, Unproven};
use crate::store::{MapNow, PageCommit, Side, WindowState};
use crate::worker::bill::make_bill;

/// The gateway takes 30 days at most.
const LONGEST: TimeDelta = TimeDelta::days(29);

/// Pages that are looked at, after page 0, before a span with too many of them is cut.
const PAGES_BEFORE_A_CUT: usize = 3;

/// What was counted in a cold window, in its stock-ins and in the history.
#[derive(Debug, Clone, Copy)]
struct Counted {
    total: Option<u64>,
    missing: u64,
    unproved: Option<Why>,
    seen: usize,
    calls: u32,
    goods: Seen,
    past: Seen,
    place: Place,
}

/// What reading a cold span came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cold {
    /// How far the live feed's past was settled in one piece.
    pub(super) settled_to: Option<NaiveDateTime>,
    /// All of it is proven whole.
    pub(super) is_proven: bool,
}

impl Reader {
    /// One cycle. Each page is journalled before the next is asked for; an attempt that fails moves nothing.
    pub(in crate::worker) async fn read_cycle(&self) -> Result<(), Trouble> {
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
                let settled_to = self.read_cold(&self.source, part, place).await?.settled_to;
                place = settled_to.map_or(Place::Live, |_| place);
                from = settled_to.unwrap_or(part.end());
                continue;
            }
            // Whatever the clocks say, something is asked: where they keep the past from being settled, its end.
            let whole = span(reach.from.min(reach.upto).max(reach.upto - LONGEST), reach.upto)?;
            let asked = Instant::now();
            let mut first = self.fetch(&self.source, whole, 0).await?;
            self.ask_the_time().await;
            let learned = self.reach_since(from, asked);
            let is_set_back = self.set_back(from).await?;
            if is_set_back || (Self::is_further(learned, reach) && !is_begun_anew) {
                is_begun_anew = true;
                from = self.place().await?.unwrap_or(from);
                continue;
            }
            if from > reach.upto {
                self.keep(whole, &mut first).await?;
                self.held_up(from)?;
            } else {
                let settle_to = reach.settle_to.min(learned.settle_to);
                let place = if whole.start() > from { Place::Live } else { place };
                self.read_reach(Reach { from: whole.start(), settle_to, ..reach }, whole, first, place)
                    .await?;
                self.reread_short().await?;
                self.find_stockins(&self.source).await?;
                self.watch(reach.upto).await?;
            }
            self.run.store.remember(self.run.row.id, self.offset_ms(), self.source.limiter()).await?;
            return Ok(());
        }
    }

    /// Once a day, where the live feed asks for accepted rows only: reads the last days again in every status, so that
    /// a return which has a bill and left its status is seen.
    async fn watch(&self, upto: NaiveDateTime) -> Result<(), Trouble> {
        let wdt = &self.run.settings.wdt;
        if wdt.ask_status == AskStatus::All || wdt.watch_days == 0 {
            return Ok(());
        }
        let row = self.run.store.pipeline(&self.run.settings.name).await?;
        let now = self.run.clock.now();
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
        Ok(self.run.store.watched(self.run.row.id, now).await?)
    }

    /// Where the ledger stands; its beginning when nothing is settled; the configured start when it is empty.
    async fn place(&self) -> Result<Option<NaiveDateTime>, Trouble> {
        let row = self.run.store.pipeline(&self.run.settings.name).await?;
        let place = row.cursor.or(row.began).or(self.run.settings.start_from);
        if place.is_none() {
            return Err(self.run.stop(
                Side::Wdt,
                both!(
                    "同步方案 {}：尚无读取进度，也未设置 start_from",
                    "pipeline {}: the ledger is empty and there is no start_from",
                    self.run.settings.name
                ),
                Text::new(
                    "在 [[pipeline]] 中加一行 start_from = \"2026-11-01 00:00:00\"。",
                    "Add that line: reading never starts silently.",
                ),
            ));
        }
        Ok(place)
    }

    /// The whole reach in one answer if it fits on a page; else its cold part walked and counted, its hot part once.
    async fn read_reach(
        &self,
        reach: Reach,
        whole: Span,
        mut first: SourcePage,
        place: Place,
    ) -> Result<(), Trouble> {
        let mut walk = Walk::new(whole, self.source.page_size(), self.run.settings.wdt.window_pages);
        walk.answer(first.total, first.keys.iter().cloned());
        if let Step::Done(Proof::Proved { total }) = walk.step() {
            let goods = self.read_reach_stockins(reach).await?;
            self.keep(whole, &mut first).await?;
            // One answer was the whole set: the part that can only shrink is settled by it.
            if reach.settle_to > reach.from {
                let cold = span(reach.from, reach.settle_to)?;
                let (seen, missing) = named(&walk);
                let (total, calls, past) = (Some(total), first.calls, Seen::default());
                self.conclude(
                    cold,
                    Counted { total, missing, unproved: None, seen, calls, goods, past, place },
                )
                .await?;
            }
            let hot = span(reach.from.max(reach.settle_to), reach.upto)?;
            let (state, note) = (WindowState::Read, String::new());
            let total = Some(total);
            return self
                .record(Walked {
                    span: hot,
                    state,
                    total,
                    seen: walk.seen(),
                    calls: 0,
                    note,
                    place: Place::Live,
                })
                .await;
        }
        if first.total.is_none() {
            self.read_reach_stockins(reach).await?;
            self.keep(whole, &mut first).await?;
            let (_, calls) = self.walk(&self.source, &mut walk).await?;
            let why = Unproven::NamesNoTotal;
            if reach.settle_to > reach.from {
                let span = span(reach.from, reach.settle_to)?;
                self.keep_short(&Gap {
                    span,
                    total: None,
                    seen: walk.seen(),
                    missing: 0,
                    why: Some(why),
                    is_next: true,
                })
                .await?;
            }
            return self
                .record(Walked {
                    span: whole,
                    state: WindowState::Read,
                    total: None,
                    seen: walk.seen(),
                    calls: calls + first.calls,
                    note: why.to_string(),
                    place: Place::Live,
                })
                .await;
        }
        if reach.settle_to > reach.from {
            self.read_cold(&self.source, span(reach.from, reach.settle_to)?, place).await?;
        }
        self.read_hot(span(reach.from.max(reach.settle_to), reach.upto)?).await
    }

    /// The stock-ins of a reach, before its returns, and what was seen of those of its cold part.
    async fn read_reach_stockins(&self, reach: Reach) -> Result<Seen, Trouble> {
        let mut seen = Seen::default();
        if reach.settle_to > reach.from {
            seen = self.read_stockins(&self.source, span(reach.from, reach.settle_to)?).await?;
        }
        let hot = span(reach.from.max(reach.settle_to), reach.upto)?;
        self.read_hot_stockins(&self.source, hot).await?;
        Ok(seen)
    }

    /// Walks a span that can only shrink, cutting it where it is too long for one piece.
    pub(super) async fn read_cold(&self, source: &Source, cold: Span, place: Place) -> Result<Cold, Trouble> {
        let mut stack = vec![cold];
        let mut place = place;
        let mut read = Cold { settled_to: None, is_proven: true };
        let mut goods = Seen::default();
        let mut goods_asked_to = None;
        while let Some(part) = stack.pop() {
            let mut walk = Walk::new(part, source.page_size(), self.run.settings.wdt.window_pages);
            // Before their goods are known no returns are journalled; and of a span that is cut, what its parts bring.
            let mut held = Vec::new();
            while let (Step::Ask { page_no }, ..=PAGES_BEFORE_A_CUT) = (walk.step(), held.len()) {
                let page = self.fetch(source, walk.span(), page_no).await?;
                walk.answer(page.total, page.keys.iter().cloned());
                held.push(page);
                if !self.may_be_cut(&held[0]) {
                    break;
                }
            }
            if let Step::Cut(parts) = walk.step() {
                stack.extend(parts.into_iter().rev());
                continue;
            }
            if goods_asked_to.is_none_or(|to| to < part.end()) {
                goods = self.read_stockins(source, part).await?;
                goods_asked_to = Some(part.end());
            }
            let mut calls = 0;
            for mut page in held {
                calls += page.calls;
                self.keep(part, &mut page).await?;
            }
            let (step, more) = self.walk(source, &mut walk).await?;
            let calls = calls + more;
            let proof = match step {
                Step::Done(proof) => proof,
                Step::Cut(parts) => {
                    stack.extend(parts.into_iter().rev());
                    continue;
                }
                // A step that this version does not know proves nothing.
                _ => {
                    read.is_proven = false;
                    continue;
                }
            };
            let past = self.read_list(source.history(part, shanghai(self.server_now())), part).await?;
            let (total, missing, unproved) = match proof {
                Proof::Proved { total } => (Some(total), 0, None),
                Proof::ShortBy { total, missing } => (Some(total), missing, None),
                Proof::Unproved(why) => (None, 0, Some(why)),
                _ => (None, 0, Some(Why::Unfinished)),
            };
            let (seen, nameless) = named(&walk);
            let missing = missing + nameless;
            let counted = Counted { total, missing, unproved, seen, calls, goods, past, place };
            let (state, is_proven) = self.conclude(part, counted).await?;
            read.is_proven &= is_proven;
            if state == WindowState::Read {
                place = place.unjoined();
            } else if place == Place::Joined {
                read.settled_to = Some(part.end());
            }
        }
        Ok(read)
    }

    /// Whether page 0 tells of more pages than are read in one piece.
    fn may_be_cut(&self, first: &SourcePage) -> bool {
        let size = first.keys.len().max(1) as u64;
        first.total.is_some_and(|total| total.div_ceil(size) > self.run.settings.wdt.window_pages.into())
    }

    /// Records a cold window by what was counted in it, and keeps it on record where that proves nothing. Says how far it
    /// is, and whether it is proven whole.
    async fn conclude(&self, part: Span, counted: Counted) -> Result<(WindowState, bool), Trouble> {
        let Counted { total, missing, unproved, seen, calls, goods, past, place } = counted;
        let missing = missing + past.missing + goods.missing;
        let total = total.map(|total| total + past.total);
        let seen = seen + past.rows;
        let mut why = unproved.map(Unproven::from);
        for (list, what) in [(goods, Unproven::Stockins), (past, Unproven::History)] {
            if !list.is_proven {
                why = Some(what);
            }
        }
        let mut note = why.map(|why| why.to_string()).unwrap_or_default();
        if missing > 0 && why.is_none() {
            let counted = total.unwrap_or_default();
            note = format!("short by {missing}: the server counts {counted} and delivers {seen}");
            if goods.missing > 0 {
                note = format!("short by {missing}, {} of them stock-ins", goods.missing);
            }
        }
        let state = if why.is_none() { WindowState::Settled } else { WindowState::Read };
        let is_proven = why.is_none() && missing == 0;
        if is_proven {
            self.close_short(part.start(), part.end()).await?;
        } else {
            let is_next = state == WindowState::Read && place != Place::Beside;
            self.keep_short(&Gap { span: part, total, seen, missing, why, is_next }).await?;
        }
        self.record(Walked { span: part, state, total, seen, calls, note, place }).await?;
        Ok((state, is_proven))
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

    /// One page, journalled: its rows are in the journal, and no longer in it.
    pub(super) async fn ask(&self, source: &Source, span: Span, page_no: u32) -> Result<SourcePage, Trouble> {
        let mut page = self.fetch(source, span, page_no).await?;
        self.keep(span, &mut page).await?;
        Ok(page)
    }

    /// One page, not journalled yet: what arrived of its returns comes first.
    async fn fetch(&self, source: &Source, span: Span, page_no: u32) -> Result<SourcePage, Trouble> {
        let mut page = source.page(span, page_no).await.map_err(|error| self.wdt_trouble(&error))?;
        page.asked_at = self.steadily(page.asked_at);
        self.learn_from(&page);
        Ok(page)
    }

    /// Journals a page; its rows go there.
    async fn keep(&self, span: Span, page: &mut SourcePage) -> Result<(), Trouble> {
        if !page.stockins.is_empty() {
            self.keep_stockins(span, page).await?;
        }
        if page.rows.is_empty() {
            return Ok(());
        }
        let commit = PageCommit {
            rows: std::mem::take(&mut page.rows),
            asked_at: page.asked_at,
            window: (span.start(), span.end()),
        };
        let outcome = self.run.store.commit_mapped(self.run.origin(), commit, self.map_now()).await?;
        let mut tally = self.run.tally();
        tally.rows += outcome;
        if outcome.unreadable > 0 {
            *tally.parked.entry("unreadable".into()).or_default() += outcome.unreadable;
        }
        drop(tally);
        self.run.news.notify_one();
        Ok(())
    }

    /// Makes bills of what a page brings. What the mapping refuses is left to the writer, who says why.
    fn map_now(&self) -> MapNow {
        let run = Arc::clone(&self.run);
        MapNow::by(move |mut document| {
            let source = document.source.clone();
            let rules = &run.settings.mapping;
            let refund = source.get().filter(|refund| rules.further.unread(refund).is_none());
            let made = refund.map(|refund| make_bill(&mut document, refund, rules));
            let log = made.transpose()?.and_then(Result::ok);
            run.tally().mapped += u64::from(log.is_some());
            Ok((document, Vec::from_iter(log)))
        })
    }
}

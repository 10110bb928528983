//! The reading rule while rows move: nothing is lost, nothing is stuck, and simpler rules do lose rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDateTime, TimeDelta};
use wdt_qimen_sdk::window::{Proof, Step, Walk, Why};
use wdt_qimen_sdk::{RowAt, RowKey, Span};

use crate::dice::Dice;
use crate::support::{at, span};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Time,
    Reversed,
    ById,
    Reshuffled,
}

/// A server with rows that only ever leave the span that is read: their time moves past its end.
struct Site {
    rows: BTreeMap<u64, i64>,
    order: Order,
    dice: Dice,
    /// Every how many answers a row leaves, on average.
    restless: u64,
}

impl Site {
    fn new(seed: u64, order: Order) -> Self {
        let mut dice = Dice::new(seed);
        let count = dice.below(60);
        let bulk = 600 + i64::try_from(dice.below(2400)).unwrap();
        let rows = (0..count).map(|id| {
            let scattered = i64::try_from(dice.below(3601)).unwrap();
            (id, if dice.below(3) == 0 { bulk } else { scattered })
        });
        let rows = rows.collect();
        let restless = 1 + dice.below(12);
        Self { rows, order, dice, restless }
    }

    /// Answers a page of the span, then perhaps lets a row leave. Seconds count from the span's hour.
    fn answer(&mut self, within: (i64, i64), page_no: u32, size: usize) -> (u64, Vec<RowAt>) {
        let mut listed: Vec<(u64, i64)> = self.rows.iter().map(|(id, time)| (*id, *time)).collect();
        listed.retain(|(_, time)| within.0 <= *time && *time <= within.1);
        match self.order {
            Order::Time => listed.sort_by_key(|row| (row.1, row.0)),
            Order::Reversed => listed.sort_by_key(|row| std::cmp::Reverse((row.1, row.0))),
            Order::ById => {}
            Order::Reshuffled => {
                let mut keyed: Vec<_> =
                    listed.iter().map(|row| (row.1, self.dice.below(1 << 30), *row)).collect();
                keyed.sort_unstable();
                listed = keyed.into_iter().map(|(_, _, row)| row).collect();
            }
        }
        let total = listed.len() as u64;
        let page = listed.iter().skip(page_no as usize * size).take(size);
        let page = page.map(|(id, time)| RowAt::new(key(*id), Some(moment(*time)))).collect();
        if self.dice.below(self.restless) == 0 && !self.rows.is_empty() {
            let nth = usize::try_from(self.dice.below(self.rows.len() as u64)).unwrap();
            let id = *self.rows.keys().nth(nth).unwrap();
            // A change moves the row's time to now, past the end of what is read.
            self.rows.insert(id, 1_000_000);
        }
        (total, page)
    }

    fn staying(&self) -> BTreeSet<RowKey> {
        self.rows.iter().filter(|(_, time)| **time <= 3600).map(|(id, _)| key(*id)).collect()
    }
}

fn key(id: u64) -> RowKey {
    RowKey::Number(format!("TK{id}"))
}

fn moment(second: i64) -> NaiveDateTime {
    at("2026-11-20 10:00:00") + TimeDelta::seconds(second)
}

fn hour() -> Span {
    span("2026-11-20 10:00:00", "2026-11-20 11:00:00")
}

fn seconds(span: Span) -> (i64, i64) {
    let from = at("2026-11-20 10:00:00");
    ((span.start() - from).num_seconds(), (span.end() - from).num_seconds())
}

/// Reads the hour by the rule, cuts included; gives what was seen and how many answers it took.
fn read(site: &mut Site, page_size: u32) -> (BTreeSet<RowKey>, u32) {
    let mut todo = vec![hour()];
    let mut seen = BTreeSet::new();
    let mut answers = 0;
    while let Some(span) = todo.pop() {
        let mut walk = Walk::new(span, page_size, 4);
        loop {
            match walk.step() {
                Step::Ask { page_no } => {
                    answers += 1;
                    assert!(answers < 5000, "stuck at {span}");
                    let (total, page) = site.answer(seconds(walk.span()), page_no, page_size as usize);
                    seen.extend(page.iter().map(|row| row.key.clone()));
                    walk.answer((page_no == 0).then_some(total), page);
                }
                Step::Cut(parts) => {
                    todo.extend(parts);
                    break;
                }
                Step::Done(proof) => {
                    assert!(matches!(proof, Proof::Proved { .. }), "{proof:?} at {span}");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
    }
    (seen, answers)
}

/// Reads the hour the simple way, once, forward or backward.
fn read_simply(site: &mut Site, page_size: u32, forward: bool) -> BTreeSet<RowKey> {
    let (total, page) = site.answer((0, 3600), 0, page_size as usize);
    let pages = u32::try_from(total).unwrap().div_ceil(page_size);
    let mut seen: BTreeSet<_> = page.into_iter().map(|row| row.key).collect();
    let order: Vec<_> = if forward { (1..pages).collect() } else { (1..pages).rev().collect() };
    for page_no in order {
        let (_, page) = site.answer((0, 3600), page_no, page_size as usize);
        seen.extend(page.into_iter().map(|row| row.key));
    }
    seen
}

const ORDERS: [Order; 4] = [Order::Time, Order::Reversed, Order::ById, Order::Reshuffled];

#[test]
fn every_row_that_stays_is_seen_whatever_moves_and_nothing_sticks() {
    for seed in 0..1000 {
        for order in ORDERS {
            let mut site = Site::new(seed, order);
            let (seen, _) = read(&mut site, 3);
            let missed: Vec<_> = site.staying().difference(&seen).cloned().collect();
            assert!(missed.is_empty(), "seed {seed}, {order:?}: {missed:?}");
        }
    }
}

#[test]
fn simple_readings_lose_rows_in_the_same_worlds() {
    for forward in [true, false] {
        let lost: usize = (0..1000)
            .flat_map(|seed| ORDERS.map(|order| Site::new(seed, order)))
            .map(|mut site| {
                let seen = read_simply(&mut site, 3, forward);
                site.staying().difference(&seen).count()
            })
            .sum();
        assert!(lost > 100, "forward {forward}: {lost}");
    }
}

#[test]
fn where_nothing_moves_nothing_is_asked_twice() {
    for seed in 0..200 {
        let mut site = Site { restless: u64::MAX, ..Site::new(seed, Order::Time) };
        let (_, answers) = read(&mut site, 20);
        assert!(answers <= 3, "seed {seed}: {answers} answers for at most 60 rows");
    }
}

/// Plays exact answers and gives the walk after them.
fn after(mut walk: Walk, script: &[(u32, Option<u64>, &str)]) -> Walk {
    for (page_no, total, rows) in script {
        assert_eq!(walk.step(), Step::Ask { page_no: *page_no });
        walk.answer(*total, rows.split_whitespace());
    }
    walk
}

#[test]
fn a_late_row_that_hides_another_behind_equal_totals_settles_nothing() {
    // By time descending C B A, one row a page. Page 2 gives A, A leaves, a late X lands in front; pages 1 and 0
    // give C and X, and the totals agree although B was never seen. A late row means that the span was still hot.
    let shown = [(0, Some(3), "C"), (2, None, "A"), (3, None, ""), (1, None, "C")];
    let walk = after(Walk::once(hour(), 1), &shown);
    assert_eq!(walk.step(), Step::Done(Proof::Unproved(Why::Hot)));
    // Once it is cold, the same rows are counted: B is found.
    let counted = [(0, Some(3), "X"), (2, None, "B"), (3, None, ""), (1, None, "C")];
    let walk = after(Walk::new(hour(), 1, 25), &counted);
    assert_eq!(walk.step(), Step::Done(Proof::Proved { total: 3 }));
}

#[test]
fn a_row_that_leaves_among_equal_times_does_not_hide_another() {
    // Equal times A B C, one row a page, another order at each call. Page 2 gives C, C leaves, (A, B) page 1 gives
    // B, (B, A) page 0 gives B: A was never seen.
    let second = span("2026-11-20 10:00:00", "2026-11-20 10:00:01");
    let script = [(0, Some(3), "B"), (2, None, "C"), (3, None, ""), (1, None, "B"), (0, Some(2), "B")];
    let walk = after(Walk::new(second, 1, 25), &script);
    assert_eq!(walk.step(), Step::Ask { page_no: 1 }, "the count of two is begun anew with B");
    let walk = after(walk, &[(1, None, "A"), (2, None, "")]);
    assert_eq!(walk.step(), Step::Done(Proof::Proved { total: 2 }));
    let longer = after(Walk::new(hour(), 1, 25), &script);
    assert_eq!((longer.span(), longer.step()), (hour().halves().unwrap()[0], Step::Ask { page_no: 0 }));
}

#[test]
fn a_row_that_is_counted_and_never_shown_stops_nothing() {
    let mut walk = Walk::new(hour(), 40, 25);
    let mut answers = 0;
    while let Step::Ask { page_no } = walk.step() {
        answers += 1;
        assert!(answers < 10, "stuck");
        walk.answer((page_no == 0).then_some(1), [""; 0]);
    }
    assert_eq!(walk.step(), Step::Done(Proof::ShortBy { total: 1, missing: 1 }));
}

#[test]
fn a_row_never_shown_in_a_shuffled_second_is_short_by_one_not_for_ever() {
    let second = span("2026-11-20 10:00:00", "2026-11-20 10:00:01");
    for seed in 0..100 {
        let mut site = Site::new(seed, Order::Reshuffled);
        site.restless = u64::MAX;
        site.rows = (0..9).map(|id| (id, 0)).collect();
        let mut walk = Walk::new(second, 3, 25);
        let mut answers = 0;
        while let Step::Ask { page_no } = walk.step() {
            answers += 1;
            assert!(answers < 300, "stuck");
            let (total, page) = site.answer(seconds(walk.span()), page_no, 3);
            walk.answer((page_no == 0).then_some(total + 1), page);
        }
        assert_eq!(walk.step(), Step::Done(Proof::ShortBy { total: 10, missing: 1 }), "seed {seed}");
    }
}

/// A server that delivers all that it counts, in `seconds` seconds and in another order at each call, so many rows a page
/// though three are asked for.
fn crowded(seed: u64, seconds: u64, on_a_page: usize) -> impl FnMut((i64, i64), u32) -> (u64, Vec<RowAt>) {
    let mut site = Site::new(seed, Order::Reshuffled);
    let rows = 3 + site.dice.below(24);
    site.rows = (0..rows).map(|id| (id, i64::try_from(site.dice.below(seconds)).unwrap())).collect();
    site.restless = if seed.is_multiple_of(2) { u64::MAX } else { 4 + site.dice.below(30) };
    move |within, page_no| site.answer(within, page_no, on_a_page)
}

#[test]
fn a_shuffled_list_that_delivers_all_that_it_counts_is_not_called_short() {
    let mut short = Vec::new();
    for seed in 0..2_000_u64 {
        let (seconds_in_all, size) = (1 + seed % 3, 2 + usize::from(seed % 5 == 0));
        let mut answer = crowded(seed, seconds_in_all, size);
        let mut todo = vec![span("2026-11-20 10:00:00", "2026-11-20 10:00:02")];
        while let Some(span) = todo.pop() {
            let mut walk = Walk::new(span, 3, 1 + u32::from(seed % 2 == 0) * 24);
            loop {
                match walk.step() {
                    Step::Ask { page_no } => {
                        let (total, page) = answer(seconds(walk.span()), page_no);
                        walk.answer((page_no == 0).then_some(total), page);
                    }
                    Step::Cut(parts) => {
                        todo.extend(parts);
                        break;
                    }
                    Step::Done(Proof::ShortBy { total, missing }) => {
                        short.push((seed, span.to_string(), total, missing));
                        break;
                    }
                    _ => break,
                }
            }
        }
    }
    assert!(short.is_empty(), "{} called short, as {:?}", short.len(), short.first());
}

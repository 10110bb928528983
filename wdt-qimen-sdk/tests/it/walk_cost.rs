//! What the reading rule costs in calls, beside a bare walk over the same rows that nothing disturbs. `--nocapture`
//! prints the figures. With `PROPTEST_CASES` of 10,000 or more over 100 seeds, else over 5.

#![allow(clippy::print_stdout, reason = "the figures are what is asked for")]

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{NaiveDateTime, TimeDelta};
use wdt_qimen_sdk::mock::{self, MockRefund};
use wdt_qimen_sdk::window::{Proof, Step, Walk};
use wdt_qimen_sdk::{RowAt, RowKey, Span};

use crate::dice::Dice;
use crate::support::{span, wide};

const PAGE: usize = 40;

fn seeds() -> std::ops::Range<u64> {
    0..if wide() { 100 } else { 5 }
}

fn day() -> Span {
    span("2026-11-20 00:00:00", "2026-11-21 00:00:00")
}

/// Made-up days of 3,000 returns, by seed, newest first.
static DAYS: LazyLock<Vec<Vec<(NaiveDateTime, RowKey)>>> = LazyLock::new(|| {
    let row = |row: &MockRefund| (row.modified().unwrap(), RowKey::Number(row.refund_no()));
    seeds().map(|seed| newest_first(mock::fill(seed, 3_000, day()).iter().map(row).collect())).collect()
});

fn newest_first(mut rows: Vec<(NaiveDateTime, RowKey)>) -> Vec<(NaiveDateTime, RowKey)> {
    rows.sort();
    rows.reverse();
    rows
}

/// The day's rows, newest first.
struct Shelf {
    rows: Vec<(NaiveDateTime, RowKey)>,
    /// Equal times come in another order at each call.
    shuffled: bool,
    /// A row is changed, and leaves the day, after every so many calls.
    every: Option<u32>,
    dice: Dice,
}

impl Shelf {
    /// A seed's day, with its bulks or with the same rows scattered.
    fn new(seed: u64, bulks: bool) -> Self {
        let mut dice = Dice::new(seed);
        let mut rows = DAYS[usize::try_from(seed).unwrap()].clone();
        if !bulks {
            for (time, _) in &mut rows {
                *time = day().start() + TimeDelta::seconds(i64::try_from(dice.below(86_400)).unwrap());
            }
        }
        Self { rows: newest_first(rows), shuffled: false, every: None, dice }
    }

    fn answer(&mut self, within: Span, page_no: u32) -> (u64, Vec<RowAt>) {
        let begin = self.rows.partition_point(|(time, _)| *time > within.end());
        let end = self.rows.partition_point(|(time, _)| *time >= within.start());
        let listed = &mut self.rows[begin..end];
        if self.shuffled {
            for second in listed.chunk_by_mut(|one, other| one.0 == other.0) {
                for last in (1..second.len()).rev() {
                    let other = usize::try_from(self.dice.below(last as u64 + 1)).unwrap();
                    second.swap(last, other);
                }
            }
        }
        let page = listed.iter().skip(page_no as usize * PAGE).take(PAGE);
        let page = page.map(|(time, key)| RowAt::new(key.clone(), Some(*time))).collect();
        (listed.len() as u64, page)
    }

    /// Reads the day by the rule, at most 25 pages in one piece; gives the number of calls.
    fn read(mut self) -> u32 {
        let (mut todo, mut seen, mut calls) = (vec![day()], HashSet::new(), 0);
        while let Some(span) = todo.pop() {
            let mut walk = Walk::new(span, u32::try_from(PAGE).unwrap(), 25);
            while let Step::Ask { page_no } = walk.step() {
                let (total, page) = self.answer(walk.span(), page_no);
                calls += 1;
                assert!(calls < 10_000, "stuck at {span}");
                seen.extend(page.iter().map(|row| row.key.clone()));
                walk.answer((page_no == 0).then_some(total), page);
                if self.every.is_some_and(|every| calls % every == 0) {
                    let leaving = usize::try_from(self.dice.below(self.rows.len() as u64)).unwrap();
                    self.rows.remove(leaving);
                }
            }
            match walk.step() {
                Step::Cut(parts) => todo.extend(parts),
                step => assert!(matches!(step, Step::Done(Proof::Proved { .. })), "{step:?} at {span}"),
            }
        }
        let missed = self.rows.iter().filter(|(_, key)| !seen.contains(key)).count();
        assert_eq!(missed, 0, "rows that stayed were not seen");
        calls
    }
}

/// Calls over those of a bare walk, in percent, over all seeds together.
fn cost(name: &str, bulks: bool, every: Option<u32>) -> u32 {
    let bare: u32 = seeds().map(|seed| Shelf::new(seed, bulks).read()).sum();
    let ours = seeds().map(|seed| Shelf { shuffled: true, every, ..Shelf::new(seed, bulks) }.read());
    let ours: u32 = ours.sum();
    println!("{name}: {ours} calls, a bare walk {bare}: {} %, {} seeds", ours * 100 / bare, seeds().end);
    ours * 100 / bare
}

#[test]
fn seconds_settled_in_bulk_cost_at_most_half_as_much_again() {
    assert!(cost("bulks of 20 to 79 in a second", true, None) <= 150);
    assert!(cost("bulks, and a row moves every 40 calls", true, Some(40)) <= 160);
}

#[test]
fn seconds_shared_by_chance_cost_next_to_nothing() {
    assert!(cost("no bulks", false, None) <= 105);
}

#[test]
fn rows_that_move_now_and_then_cost_a_quarter() {
    assert!(cost("no bulks, and a row moves every 40 calls", false, Some(40)) <= 128);
    assert!(cost("no bulks, and a row moves every 20 calls", false, Some(20)) <= 128);
}

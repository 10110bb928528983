//! The course of a reading over one or many spans: which span is next, how it is read, and what all of it proves.
//! Pure; how one span is read is `window::Walk` or `forward.rs`.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use serde::{Deserialize, Serialize};

use super::forward::Forward;
use super::verdict::Verdict;
use crate::row_key::RowAt;
use crate::span::Span;
use crate::window::{Proof, Step, Walk};

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Ask for this page of this span.
    Ask(Option<Span>, u32),
    /// Everything was read.
    End(Proof),
}

/// A span that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Walked {
    /// The span; `None` for a list without one.
    pub span: Option<Span>,
    /// What its pages prove.
    pub proof: Proof,
}

#[derive(Debug)]
pub(super) struct Course {
    /// Spans not begun yet, the next one last.
    todo: Vec<Span>,
    manner: Manner,
    /// What ended before is cold. Fixed when the reading begins: it would be chased second by second otherwise.
    cold_until: Option<NaiveDateTime>,
    way: Option<Way>,
    /// The span that is read at present, whatever part of it is asked about.
    span: Option<Span>,
    pub(super) verdict: Verdict,
}

/// How spans are read.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Forward { page_size: u32 },
    Walk { page_size: u32, window_pages: u32, cold_after: TimeDelta },
}

/// How the present span is read.
#[derive(Debug)]
enum Way {
    Forward(Option<Span>, Forward),
    Walk(Box<Walk>),
}

impl Course {
    /// Forward, without a span, again until it is whole.
    pub(super) fn endless(page_size: u32) -> Self {
        let way = Some(Way::Forward(None, Forward::rounds(page_size)));
        Self { way, ..Self::new(Vec::new(), Manner::Forward { page_size }) }
    }

    /// Forward through each span, once.
    pub(super) fn forward(spans: Vec<Span>, page_size: u32) -> Self {
        Self::new(spans, Manner::Forward { page_size })
    }

    /// By the reading rule through each span; what is younger than `cold_after` once.
    pub(super) fn walk(spans: Vec<Span>, page_size: u32, window_pages: u32, cold_after: Duration) -> Self {
        let cold_after = TimeDelta::from_std(cold_after).unwrap_or(TimeDelta::MAX);
        Self::new(spans, Manner::Walk { page_size, window_pages, cold_after })
    }

    fn new(mut spans: Vec<Span>, manner: Manner) -> Self {
        spans.reverse();
        Self { todo: spans, manner, cold_until: None, way: None, span: None, verdict: Verdict::default() }
    }

    /// The same, with what was proved before.
    pub(super) fn with(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }

    /// The spans still to be read, the one under way first.
    pub(super) fn left(&self) -> Vec<Span> {
        let under_way = self.way.as_ref().and(self.span);
        under_way.into_iter().chain(self.todo.iter().rev().copied()).collect()
    }

    /// Whether everything was read.
    pub(super) fn is_finished(&self) -> bool {
        self.way.is_none() && self.todo.is_empty()
    }

    /// How much of the whole is read, by time; without a span by distinct rows.
    pub(super) fn percent(&self, whole: Option<Span>) -> u8 {
        if self.is_finished() {
            return 100;
        }
        let (seen, total) = self.way.as_ref().map_or((0, None), Way::counted);
        // A span of one second has a length of none, and is not read by that.
        let length = |span: Span| u128::from(span.length().num_seconds().unsigned_abs()) + 1;
        let (done, of) = match (whole, total.filter(|total| *total > 0)) {
            (None, total) => (u128::from(seen), u128::from(total.unwrap_or(0))),
            (Some(whole), total) => {
                let whole = length(whole);
                let left: u128 = self.left().into_iter().map(length).sum();
                let under_way = self.way.as_ref().and(self.span).map_or(0, length);
                let read =
                    total.map_or(0, |total| under_way * u128::from(seen.min(total)) / u128::from(total));
                (whole.saturating_sub(left) + read, whole)
            }
        };
        let percent = (done * 100).checked_div(of).unwrap_or(0).min(99);
        u8::try_from(percent).unwrap_or(99)
    }

    /// The next move; `now` is the time in +08:00. Asking again changes nothing.
    pub(super) fn next(&mut self, now: NaiveDateTime) -> Move {
        loop {
            match &self.way {
                None => match self.todo.pop() {
                    Some(span) => self.way = Some(self.begin(span, now)),
                    None => return Move::End(self.verdict.proof()),
                },
                Some(way) => match way.step() {
                    Step::Ask { page_no } => return Move::Ask(way.span(), page_no),
                    Step::Cut(parts) => {
                        self.todo.extend(parts.into_iter().rev());
                        self.way = None;
                    }
                    Step::Done(_) => self.way = None,
                },
            }
        }
    }

    /// Takes the answer to the page that was asked for; the span that is read with it, if one is.
    pub(super) fn answer(&mut self, total: Option<u64>, rows: Vec<RowAt>) -> Option<Walked> {
        let way = self.way.as_mut()?;
        match way {
            Way::Forward(_, forward) => forward.answer(total, rows),
            Way::Walk(walk) => walk.answer(total, rows),
        }
        let Step::Done(proof) = way.step() else { return None };
        let walked = Walked { span: self.span, proof };
        self.way = None;
        self.verdict.add(proof);
        Some(walked)
    }

    fn begin(&mut self, span: Span, now: NaiveDateTime) -> Way {
        let (page_size, window_pages, cold_after) = match self.manner {
            Manner::Forward { page_size } => {
                self.span = Some(span);
                return Way::Forward(Some(span), Forward::once(page_size));
            }
            Manner::Walk { page_size, window_pages, cold_after } => (page_size, window_pages, cold_after),
        };
        let cold_until = *self.cold_until.get_or_insert_with(|| {
            let until = now.checked_sub_signed(cold_after).unwrap_or(NaiveDateTime::MIN);
            until.with_nanosecond(0).unwrap_or(until)
        });
        let (whole, walk) = if span.end() <= cold_until {
            (span, Walk::new(span, page_size, window_pages))
        } else if let (true, Ok(cold), Ok(hot)) = (
            span.start() < cold_until,
            Span::new(span.start(), cold_until),
            Span::new(cold_until, span.end()),
        ) {
            self.todo.push(hot);
            (cold, Walk::new(cold, page_size, window_pages))
        } else {
            (span, Walk::once(span, page_size))
        };
        self.span = Some(whole);
        Way::Walk(Box::new(walk))
    }
}

impl Way {
    fn step(&self) -> Step {
        match self {
            Self::Forward(_, forward) => forward.step(),
            Self::Walk(walk) => walk.step(),
        }
    }

    /// How many distinct rows were seen, and how many there are.
    fn counted(&self) -> (u64, Option<u64>) {
        match self {
            Self::Forward(_, forward) => forward.counted(),
            Self::Walk(walk) => (walk.seen() as u64, walk.total()),
        }
    }

    fn span(&self) -> Option<Span> {
        match self {
            Self::Forward(span, _) => *span,
            Self::Walk(walk) => Some(walk.span()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Course, Move, Proof, Walked};
    use crate::span::Span;
    use crate::window::Why;
    use crate::wire::parse_time;
    use chrono::NaiveDateTime;
    use std::time::Duration;

    fn at(text: &str) -> NaiveDateTime {
        parse_time(&format!("2026-11-20 {text}")).unwrap()
    }

    fn span(from: &str, to: &str) -> Span {
        Span::new(at(from), at(to)).unwrap()
    }

    fn walk(spans: Vec<Span>) -> Course {
        Course::walk(spans, 3, 25, Duration::from_secs(13 * 60))
    }

    fn walked(span: Span, proof: Proof) -> Walked {
        Walked { span: Some(span), proof }
    }

    #[test]
    fn a_span_is_cut_where_it_stops_being_cold() {
        let mut course = walk(vec![span("09:00:00", "12:00:00")]);
        let cold = span("09:00:00", "11:57:00");
        assert_eq!(course.next(at("12:10:00.500")), Move::Ask(Some(cold), 0));
        assert_eq!(course.answer(Some(1), vec!["A".into()]), Some(walked(cold, Proof::Proved { total: 1 })));
        let hot = span("11:57:00", "12:00:00");
        assert_eq!(
            course.next(at("12:20:00")),
            Move::Ask(Some(hot), 0),
            "the end of the cold part is not chased"
        );
        assert_eq!(course.answer(Some(0), vec![]), Some(walked(hot, Proof::Unproved(Why::Hot))));
        assert_eq!(course.next(at("12:20:00")), Move::End(Proof::Unproved(Why::Hot)));
    }

    #[test]
    fn spans_are_read_in_their_order_and_their_proofs_add_up() {
        let mut course = walk(vec![span("01:00:00", "02:00:00"), span("02:00:00", "03:00:00")]);
        for (from, to) in [("01:00:00", "02:00:00"), ("02:00:00", "03:00:00")] {
            assert_eq!(course.next(at("12:00:00")), Move::Ask(Some(span(from, to)), 0));
            assert_eq!(
                course.answer(Some(2), vec!["A".into(), "B".into()]),
                Some(walked(span(from, to), Proof::Proved { total: 2 }))
            );
        }
        assert_eq!(course.next(at("12:00:00")), Move::End(Proof::Proved { total: 4 }));
    }

    #[test]
    fn asking_for_the_next_move_again_does_not_move() {
        let mut course = walk(vec![span("01:00:00", "02:00:00")]);
        assert_eq!(course.next(at("12:00:00")), course.next(at("12:00:05")));
    }
}

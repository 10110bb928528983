//! The reading rule as a table: what is asked after which answer, and what is proven when.

use crate::support::span;
use chrono::TimeDelta;
use wdt_qimen_sdk::RowAt;
use wdt_qimen_sdk::window::{Proof, Span, Step, Walk, Why};

fn hour() -> Span {
    span("2026-11-20 10:00:00", "2026-11-20 11:00:00")
}

fn second() -> Span {
    span("2026-11-20 10:00:00", "2026-11-20 10:00:01")
}

/// Answers in order: the page that must be asked for, the total, the rows.
type Script<'a> = &'a [(u32, Option<u64>, &'a str)];

/// Plays a script, checks that each page is asked in its turn, and gives the step after the last.
fn play(mut walk: Walk, script: Script<'_>) -> Step {
    for (turn, (page_no, total, rows)) in script.iter().enumerate() {
        assert_eq!(walk.step(), Step::Ask { page_no: *page_no }, "turn {turn}");
        walk.answer(*total, rows.split_whitespace());
    }
    walk.step()
}

fn proved(total: u64) -> Step {
    Step::Done(Proof::Proved { total })
}

fn unproved(why: Why) -> Step {
    Step::Done(Proof::Unproved(why))
}

fn halves(span: Span) -> Step {
    Step::Cut(span.halves().unwrap().to_vec())
}

#[test]
fn one_answer_that_holds_all_is_proof_enough() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(0), "")]), proved(0));
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(2), "A B")]), proved(2));
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(1), "A B")]), proved(1));
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(2), "A A")]), proved(2), "a number may come twice");
}

#[test]
fn pages_are_walked_from_the_last_to_the_first() {
    let script: Script<'_> = &[(0, Some(7), "A B"), (3, None, "G"), (2, None, "E F"), (1, None, "C D")];
    assert_eq!(play(Walk::new(hour(), 2, 25), script), proved(7));
}

#[test]
fn the_count_ends_the_walk_as_soon_as_it_is_reached() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(6), "A B"), (2, None, "C D E F")]), proved(6));
}

#[test]
fn a_total_told_on_later_pages_changes_nothing() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(3), "A B"), (1, Some(99), "C")]), proved(3));
}

#[test]
fn a_short_first_page_shows_the_size_that_is_served() {
    let script: Script<'_> = &[(0, Some(5), "A B"), (2, None, "E"), (1, None, "C D")];
    assert_eq!(play(Walk::new(hour(), 40, 25), script), proved(5));
}

#[test]
fn too_many_pages_are_cut_in_time_by_density() {
    assert_eq!(play(Walk::new(hour(), 2, 3), &[(0, Some(7), "A B")]), Step::Cut(hour().cut(2)));
    assert_eq!(play(Walk::new(hour(), 2, 3), &[(0, Some(60), "A B")]), Step::Cut(hour().cut(10)));
    let in_a_second = play(Walk::new(second(), 2, 3), &[(0, Some(7), "A B")]);
    assert_eq!(in_a_second, Step::Ask { page_no: 3 }, "a second is walked whatever it holds");
}

#[test]
fn a_walk_that_falls_short_looks_at_page_0_again() {
    let short: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C")];
    assert_eq!(play(Walk::new(hour(), 2, 25), short), Step::Ask { page_no: 0 });
    let completed: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C"), (0, Some(4), "B D")];
    assert_eq!(play(Walk::new(hour(), 2, 25), completed), proved(4));
}

#[test]
fn a_failed_walk_halves_a_longer_span() {
    let same_total: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C"), (0, Some(4), "A B")];
    assert_eq!(play(Walk::new(hour(), 2, 25), same_total), halves(hour()));
    let another_total: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C"), (0, Some(3), "A B")];
    assert_eq!(play(Walk::new(hour(), 2, 25), another_total), halves(hour()));
    let rows_unseen: Script<'_> = &[(0, Some(3), "A B"), (1, None, "C D")];
    assert_eq!(play(Walk::new(hour(), 2, 25), rows_unseen), halves(hour()), "more rows than the total knew");
}

#[test]
fn no_rows_where_the_total_says_some_is_a_failed_walk_not_a_division_by_zero() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(3), "")]), halves(hour()));
    let never: Script<'_> = &[(0, Some(3), ""), (0, Some(3), ""), (0, Some(3), "")];
    let short = Step::Done(Proof::ShortBy { total: 3, missing: 3 });
    assert_eq!(play(Walk::new(second(), 2, 25), never), short);
}

#[test]
fn a_second_look_that_holds_all_is_proof() {
    let shrunk: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C"), (0, Some(2), "B C")];
    assert_eq!(play(Walk::new(hour(), 2, 25), shrunk), proved(2));
}

/// Rows as `A@5`: A, listed at the fifth second of the hour.
fn at_seconds(rows: &str) -> Vec<RowAt> {
    let row = |text: &str| {
        let (key, second) = text.split_once('@').unwrap();
        let time = hour().start() + TimeDelta::seconds(second.parse().unwrap());
        RowAt { key: key.into(), time: Some(time) }
    };
    rows.split_whitespace().map(row).collect()
}

/// Answers in order: the second that must be asked about (or the hour), the page, the total, the rows.
fn play_around(script: &[(Option<u32>, u32, Option<u64>, &str)]) -> Walk {
    let mut walk = Walk::new(hour(), 2, 25);
    for (turn, (second, page_no, total, rows)) in script.iter().enumerate() {
        let only = second.map(|second| hour().start() + TimeDelta::seconds(second.into()));
        let asked = only.map_or(hour(), |second| Span::new(second, second).unwrap());
        assert_eq!((walk.span(), walk.step()), (asked, Step::Ask { page_no: *page_no }), "turn {turn}");
        walk.answer(*total, at_seconds(rows));
    }
    walk
}

#[test]
fn a_second_whose_rows_repeat_is_asked_about_alone() {
    let walk = play_around(&[
        (None, 0, Some(6), "A@9 B@5"),
        (None, 2, None, "E@5 F@1"),
        (None, 1, None, "B@5 E@5"),
        (Some(5), 0, Some(4), "B@5 C@5"),
        (Some(5), 0, Some(4), "D@5 C@5"),
    ]);
    assert_eq!(walk.step(), proved(6));
}

#[test]
fn pages_of_a_crowded_second_are_asked_in_turn_where_page_0_shows_nothing_new() {
    let walk = play_around(&[
        (None, 0, Some(4), "A@5 B@5"),
        (None, 1, None, "A@5 C@5"),
        (Some(5), 0, Some(4), "A@5 B@5"),
        (Some(5), 1, None, "A@5 B@5"),
        (Some(5), 0, Some(4), "A@5 B@5"),
        (Some(5), 1, None, "C@5 D@5"),
    ]);
    assert_eq!(walk.step(), proved(4));
}

#[test]
fn a_crowded_second_that_hides_nothing_ends_in_halves() {
    let walk = play_around(&[
        (None, 0, Some(4), "A@9 B@5"),
        (None, 1, None, "B@5 C@1"),
        (Some(5), 0, Some(1), "B@5"),
        (None, 0, Some(4), "A@9 B@5"),
    ]);
    assert_eq!(walk.step(), halves(hour()));
}

#[test]
fn more_rows_missing_than_repeated_are_not_hidden_by_a_crowd() {
    let walk =
        play_around(&[(None, 0, Some(6), "A@9 B@5"), (None, 2, None, "E@5 F@1"), (None, 1, None, "B@5")]);
    assert_eq!((walk.span(), walk.step()), (hour(), Step::Ask { page_no: 0 }));
}

#[test]
fn a_crowd_that_never_shows_its_last_row_is_left_alone() {
    let mut walk = play_around(&[(None, 0, Some(4), "A@5 B@5"), (None, 1, None, "A@5 C@5")]);
    let mut asked = 0;
    while walk.span() != hour() {
        asked += 1;
        assert!(asked < 10, "stuck");
        walk.answer(Some(4), at_seconds("A@5 B@5"));
    }
    assert_eq!(walk.step(), Step::Ask { page_no: 0 });
}

#[test]
fn a_single_second_that_shuffles_asks_page_0_as_long_as_it_brings_something_new() {
    let script: Script<'_> =
        &[(0, Some(5), "A B"), (2, None, "B"), (1, None, "A B"), (0, Some(5), "A C"), (0, Some(5), "D E")];
    assert_eq!(play(Walk::new(second(), 2, 25), script), proved(5));
}

#[test]
fn a_single_second_adds_up_over_walks() {
    let script: Script<'_> = &[
        (0, Some(4), "A B"),
        (1, None, "A B"),
        (0, Some(4), "A B"),
        (1, None, "A C"),
        (0, Some(4), "B C"),
        (1, None, "A D"),
    ];
    assert_eq!(play(Walk::new(second(), 2, 25), script), proved(4));
}

#[test]
fn a_single_second_counts_anew_when_its_total_changes() {
    let script: Script<'_> =
        &[(0, Some(5), "A B"), (2, None, "B"), (1, None, "A B"), (0, Some(4), "A C"), (1, None, "B D")];
    assert_eq!(play(Walk::new(second(), 2, 25), script), proved(4));
}

#[test]
fn three_walks_without_anything_new_are_the_servers_doing() {
    let idle = [(1, None, "C"), (0, Some(4), "A B")];
    let script = [&[(0, Some(4), "A B")][..], &idle, &idle, &idle, &idle].concat();
    let short = Step::Done(Proof::ShortBy { total: 4, missing: 1 });
    assert_eq!(play(Walk::new(second(), 2, 25), &script), short);
    let mut sooner = script;
    sooner.truncate(7);
    assert!(matches!(play(Walk::new(second(), 2, 25), &sooner), Step::Ask { .. }), "two are not enough");
}

#[test]
fn a_second_whose_total_contradicts_its_rows_is_read_forward_in_the_end() {
    let mut walk = Walk::new(second(), 1, 25);
    let mut asked = 0;
    while let Step::Ask { page_no } = walk.step() {
        asked += 1;
        assert!(asked < 100, "stuck");
        // Five rows, and a total that says two, with two numbers on each page.
        let rows: &[&str] = match page_no {
            0 => &["A"],
            1 => &["B", "C"],
            2 => &["D", "E"],
            _ => &[],
        };
        walk.answer((page_no == 0).then_some(2), rows.iter().copied());
    }
    assert_eq!(walk.step(), unproved(Why::Unsteady));
    assert_eq!(walk.seen(), 5);
}

#[test]
fn without_a_total_pages_are_read_forward_and_nothing_is_proven() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, None, "")]), unproved(Why::NoTotal));
    let script: Script<'_> = &[(0, None, "A B"), (1, None, "C D"), (2, None, "E"), (3, None, "")];
    assert_eq!(play(Walk::new(hour(), 2, 25), script), unproved(Why::NoTotal));
}

#[test]
fn a_server_that_ignores_the_page_number_does_not_hold_us() {
    let script: Script<'_> = &[(0, None, "A B"), (1, None, "A B")];
    assert_eq!(play(Walk::new(hour(), 2, 25), script), unproved(Why::NoTotal));
}

#[test]
fn a_hot_span_is_walked_once_and_proves_nothing() {
    assert_eq!(play(Walk::once(hour(), 2), &[(0, Some(2), "A B")]), unproved(Why::Hot));
    let script: Script<'_> = &[(0, Some(5), "A B"), (2, None, "E"), (1, None, "C D")];
    assert_eq!(play(Walk::once(hour(), 2), script), unproved(Why::Hot));
    let short: Script<'_> = &[(0, Some(5), "A B"), (2, None, ""), (1, None, "C")];
    assert_eq!(play(Walk::once(hour(), 2), short), unproved(Why::Hot), "it is not walked again");
    assert_eq!(play(Walk::once(hour(), 2), &[(0, Some(9), "")]), unproved(Why::Hot));
    assert_eq!(play(Walk::once(hour(), 2), &[(0, None, "A B"), (1, None, "")]), unproved(Why::Hot));
}

#[test]
fn asking_a_step_again_does_not_move_the_walk() {
    let walk = Walk::new(hour(), 2, 25);
    assert_eq!(walk.step(), walk.step());
}

#[test]
fn spans_cut_off_fractions_and_refuse_to_run_backwards() {
    let late = span("2026-11-20 10:00:00.9", "2026-11-20 10:00:05.9");
    assert_eq!(late.to_string(), "2026-11-20 10:00:00 … 2026-11-20 10:00:05");
    assert!(Span::new(hour().end(), hour().start()).is_err());
}

#[test]
fn parts_of_a_span_cover_it_and_share_their_boundary_seconds() {
    for n in [1, 2, 3, 7, 3600, 4000] {
        let parts = hour().cut(n);
        assert_eq!(parts.len(), n.min(3600) as usize);
        assert_eq!((parts[0].start(), parts[parts.len() - 1].end()), (hour().start(), hour().end()));
        assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].start()));
        assert!(parts.iter().all(|part| part.length() > chrono::TimeDelta::zero()));
    }
    assert_eq!(second().halves(), None);
    let moment = span("2026-11-20 10:00:00", "2026-11-20 10:00:00");
    assert_eq!((moment.cut(5), moment.halves()), (vec![moment], None));
}

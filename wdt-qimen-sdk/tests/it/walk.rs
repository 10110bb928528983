//! The reading rule as a table: what is asked after which answer, and what is proven when.

use chrono::TimeDelta;
use wdt_qimen_sdk::window::{Proof, Step, Walk, Why};
use wdt_qimen_sdk::{RowAt, Span};

use crate::support::span;

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

#[test]
fn one_answer_that_holds_all_is_proof_enough() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(0), "")]), proved(0));
    assert_eq!(play(Walk::new(hour(), 3, 25), &[(0, Some(2), "A B")]), proved(2));
}

#[test]
fn a_full_page_asks_for_the_next_one_whatever_the_total_says() {
    assert_eq!(play(Walk::new(hour(), 2, 25), &[(0, Some(2), "A B"), (1, None, "")]), proved(2));
    assert_eq!(
        play(Walk::new(hour(), 2, 25), &[(0, Some(4), "A B"), (1, None, "C D")]),
        Step::Ask { page_no: 2 }
    );
    let more: Script<'_> = &[(0, Some(2), "A B"), (1, None, "C D"), (2, None, "E"), (3, None, "")];
    assert_eq!(next_after(more), (hour().halves().unwrap()[0], Step::Ask { page_no: 0 }), "read in parts");
}

#[test]
fn a_list_whose_total_is_none_is_read_in_parts_that_fit_a_page() {
    let one_page: Script<'_> = &[(0, Some(1), "A"), (0, Some(1), "B")];
    for total in [0, 1, 2] {
        let more: Script<'_> = &[(0, Some(total), "A B"), (1, None, "C D"), (2, None, "E"), (3, None, "")];
        let end = play(Walk::new(hour(), 2, 25), &[more, one_page].concat());
        assert_eq!(end, unproved(Why::Low), "what lied once proves nothing");
    }
}

#[test]
fn a_server_that_repeats_its_last_page_for_ever_is_not_followed() {
    let script: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C D"), (2, None, "C D")];
    assert_eq!(play(Walk::new(hour(), 2, 25), script), proved(4));
}

#[test]
fn a_total_below_the_rows_of_a_page_is_none() {
    let low: Script<'_> = &[(0, Some(1), "A B"), (1, None, "")];
    assert_eq!(play(Walk::new(hour(), 40, 25), low), Step::Ask { page_no: 0 }, "a row may come in between");
    assert_eq!(play(Walk::new(hour(), 40, 25), &[low, &[(0, Some(2), "A B")]].concat()), proved(2));
    assert_eq!(play(Walk::new(hour(), 40, 25), &[low, low].concat()), unproved(Why::Low));
}

#[test]
fn distinct_numbers_are_counted_not_rows() {
    let twice = [(0, Some(2), "A A")];
    assert_eq!(play(Walk::new(hour(), 40, 25), &twice), Step::Ask { page_no: 0 });
    assert_eq!(play(Walk::new(hour(), 40, 25), &[(0, Some(2), "A A"), (0, Some(2), "A B")]), proved(2));
    let short = Step::Done(Proof::ShortBy { total: 2, missing: 1 });
    assert_eq!(play(Walk::new(hour(), 40, 25), &twice.repeat(3)), short);
}

/// Walks a server of `rows` rows that answers pages of 40 and says `total`, `repeats` after the last page or nothing.
fn walk_lying(span: Span, rows: u32, total: impl Fn(u32) -> u64, repeats: bool) -> (Walk, u32) {
    let mut walk = Walk::new(span, 40, 25);
    let mut asked = 0;
    while let Step::Ask { page_no } = walk.step() {
        asked += 1;
        assert!(asked < 100_000, "stuck");
        let page_no = if repeats { page_no.min((rows - 1) / 40) } else { page_no };
        let from = page_no.saturating_mul(40).min(rows);
        let page: Vec<String> = (from..rows.min(from + 40)).map(|row| format!("TK{row}")).collect();
        walk.answer((page_no == 0).then(|| total(rows)), page.iter().map(String::as_str));
    }
    (walk, asked)
}

#[test]
fn a_total_that_is_too_high_costs_three_rounds_and_is_short_by_what_is_missing() {
    for (rows, pages) in [(257, 7), (40, 1), (12, 1), (0, 1), (1000, 25)] {
        let (walk, asked) = walk_lying(hour(), rows, |rows| u64::from(rows) + 3, false);
        let total = u64::from(rows) + 3;
        assert_eq!(walk.step(), Step::Done(Proof::ShortBy { total, missing: 3 }), "{rows} rows");
        assert_eq!(walk.seen(), rows as usize);
        assert!(asked <= 3 * pages + 8, "{rows} rows took {asked} calls");
    }
}

#[test]
fn a_total_however_high_is_not_believed_page_by_page() {
    for total in [1_000_000, u64::from(u32::MAX) * 40, u64::MAX] {
        for repeats in [false, true] {
            let (walk, asked) = walk_lying(hour(), 257, |_| total, repeats);
            assert_eq!(walk.step(), Step::Done(Proof::ShortBy { total, missing: total - 257 }));
            assert!(asked <= 100, "{asked} calls");
            assert_eq!(walk.seen(), 257);
        }
    }
}

#[test]
fn a_span_is_cut_by_the_pages_that_are_there_not_by_those_that_are_counted() {
    let (walk, asked) = walk_lying(hour(), 4_001, |_| 1_000_000_000, false);
    assert!(matches!(walk.step(), Step::Cut(parts) if parts.len() == 5), "{:?}", walk.step());
    assert!(asked <= 40, "{asked} calls");
}

#[test]
fn a_list_that_counts_rows_before_it_delivers_them_is_short_by_all_of_them() {
    let late = [(0, Some(27), "")];
    let short = Step::Done(Proof::ShortBy { total: 27, missing: 27 });
    assert_eq!(play(Walk::new(hour(), 40, 25), &late.repeat(3)), short);
    let in_time = [(0, Some(2), ""), (0, Some(2), "A B")];
    assert_eq!(play(Walk::new(hour(), 40, 25), &in_time), proved(2));
}

#[test]
fn a_total_too_high_in_shuffled_seconds_is_bounded_by_the_pages() {
    // 257 rows, 79 of each second in another order at each call, and three counted on top in every span.
    for seed in 0..20 {
        let mut dice = crate::dice::Dice::new(seed);
        let mut walk = Walk::new(hour(), 40, 25);
        let mut asked = 0;
        while let Step::Ask { page_no } = walk.step() {
            asked += 1;
            assert!(asked < 1000, "stuck");
            let within = walk.span();
            let mut rows: Vec<_> = (0..257)
                .map(|row| (hour().start() + TimeDelta::seconds(row / 79), dice.below(1 << 30), row))
                .filter(|(time, ..)| within.contains(*time))
                .collect();
            rows.sort_unstable();
            let total = rows.len() as u64 + 3;
            let page = rows.into_iter().skip(page_no as usize * 40).take(40);
            let page = page.map(|(time, _, row)| RowAt::new(format!("TK{row}").into(), Some(time)));
            walk.answer((page_no == 0).then_some(total), page.collect::<Vec<_>>());
        }
        assert_eq!(walk.step(), Step::Done(Proof::ShortBy { total: 260, missing: 3 }), "seed {seed}");
        assert!(asked <= 200, "{asked} calls");
    }
}

#[test]
fn pages_are_walked_from_the_last_to_the_first() {
    let script: Script<'_> = &[(0, Some(7), "A B"), (3, None, "G"), (2, None, "E F"), (1, None, "C D")];
    assert_eq!(play(Walk::new(hour(), 2, 25), script), proved(7));
}

#[test]
fn more_rows_on_the_last_page_than_are_left_are_a_longer_list() {
    // Two rows on page 3 where one is left; and as many numbers as the total, because shuffled rows repeat.
    let script: Script<'_> =
        &[(0, Some(7), "A B"), (3, None, "G H"), (4, None, ""), (2, None, "E F"), (1, None, "C A")];
    assert_ne!(play(Walk::new(hour(), 2, 25), script), proved(7));
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
    let seven: Script<'_> = &[(0, Some(7), "A B"), (3, None, "G")];
    assert_eq!(play(Walk::new(hour(), 2, 3), seven), Step::Ask { page_no: 2 }, "two pages prove the length");
    assert_eq!(
        play(Walk::new(hour(), 2, 3), &[seven, &[(2, None, "E F")]].concat()),
        Step::Cut(hour().cut(2))
    );
    let sixty: Script<'_> = &[(0, Some(60), "A B"), (29, None, "X Y"), (30, None, ""), (28, None, "U V")];
    assert_eq!(play(Walk::new(hour(), 2, 3), sixty), Step::Cut(hour().cut(10)));
    let in_a_second = play(Walk::new(second(), 2, 3), seven);
    assert_eq!(in_a_second, Step::Ask { page_no: 2 }, "a second is walked whatever it holds");
}

#[test]
fn a_walk_that_falls_short_looks_at_page_0_again() {
    let short: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C")];
    assert_eq!(play(Walk::new(hour(), 2, 25), short), Step::Ask { page_no: 0 });
    let completed: Script<'_> = &[(0, Some(4), "A B"), (1, None, "C"), (0, Some(4), "B D")];
    assert_eq!(play(Walk::new(hour(), 2, 25), completed), proved(4));
}

/// Plays a script and gives the span that is asked about next, and of it the page.
fn next_after(script: Script<'_>) -> (Span, Step) {
    let mut walk = Walk::new(hour(), 2, 25);
    for (page_no, total, rows) in script {
        assert_eq!(walk.step(), Step::Ask { page_no: *page_no });
        walk.answer(*total, rows.split_whitespace());
    }
    (walk.span(), walk.step())
}

#[test]
fn a_walk_that_rows_disturbed_goes_on_in_halves() {
    let first_half = (hour().halves().unwrap()[0], Step::Ask { page_no: 0 });
    let repeated: Script<'_> = &[(0, Some(3), "A B"), (1, None, "A"), (0, Some(3), "A B")];
    assert_eq!(next_after(repeated), first_half, "what repeats hides another");
    let another_total: Script<'_> =
        &[(0, Some(5), "A B"), (2, None, "E"), (1, None, "E"), (0, Some(4), "A B")];
    assert_eq!(next_after(another_total), first_half);
}

#[test]
fn halves_are_proven_by_their_own_totals_or_by_the_count_of_the_whole() {
    let failed: Script<'_> = &[(0, Some(3), "A B"), (1, None, "A"), (0, Some(3), "A B")];
    assert_eq!(play(Walk::new(hour(), 2, 25), &[failed, &[(0, Some(1), "C")]].concat()), proved(3));
    let moved: Script<'_> = &[(0, Some(1), "A"), (0, Some(1), "B")];
    assert_eq!(play(Walk::new(hour(), 2, 25), &[failed, moved].concat()), proved(2), "one has left");
}

#[test]
fn no_rows_where_the_total_says_some_is_no_division_by_zero() {
    let never: Script<'_> = &[(0, Some(3), ""), (1, None, ""), (0, Some(3), ""), (0, Some(3), "")];
    let short = Step::Done(Proof::ShortBy { total: 3, missing: 3 });
    assert_eq!(play(Walk::new(second(), 2, 25), never), short);
}

#[test]
fn a_second_look_that_holds_all_is_proof() {
    let shrunk: Script<'_> = &[(0, Some(5), "A B C"), (1, None, "D"), (0, Some(2), "B C")];
    assert_eq!(play(Walk::new(hour(), 3, 25), shrunk), proved(2));
}

/// Rows as `A@5`: A, listed at the fifth second of the hour; `A`: it shows no time.
fn at_seconds(rows: &str) -> Vec<RowAt> {
    let row = |text: &str| {
        let Some((key, second)) = text.split_once('@') else { return text.into() };
        let time = hour().start() + TimeDelta::seconds(second.parse().unwrap());
        RowAt::new(key.into(), Some(time))
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
        (None, 3, None, ""),
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
        (None, 2, None, ""),
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
        (None, 2, None, ""),
        (Some(5), 0, Some(1), "B@5"),
        (None, 0, Some(4), "A@9 B@5"),
    ]);
    assert_eq!((walk.span(), walk.step()), (hour().halves().unwrap()[0], Step::Ask { page_no: 0 }));
}

#[test]
fn more_rows_hidden_than_repeated_in_known_seconds_are_not_looked_for_there() {
    let walk = play_around(&[(None, 0, Some(5), "A@9 B"), (None, 2, None, "B"), (None, 1, None, "B C@1")]);
    assert_eq!((walk.span(), walk.step()), (hour(), Step::Ask { page_no: 0 }));
}

#[test]
fn a_crowd_that_never_shows_its_last_row_is_left_alone() {
    let script = [(None, 0, Some(4), "A@5 B@5"), (None, 1, None, "A@5 C@5"), (None, 2, None, "")];
    let mut walk = play_around(&script);
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
        (2, None, ""),
        (0, Some(4), "A B"),
        (1, None, "A C"),
        (0, Some(4), "B C"),
        (1, None, "A D"),
    ];
    assert_eq!(play(Walk::new(second(), 2, 25), script), proved(4));
}

#[test]
fn a_single_second_counts_anew_when_its_total_changes() {
    let script: Script<'_> = &[
        (0, Some(5), "A B"),
        (2, None, "B"),
        (1, None, "A B"),
        (0, Some(4), "A C"),
        (1, None, "B D"),
        (2, None, ""),
    ];
    assert_eq!(play(Walk::new(second(), 2, 25), script), proved(4));
}

#[test]
fn three_rounds_without_anything_new_are_the_servers_doing() {
    let idle = [(1, None, "C"), (0, Some(4), "A B")];
    let script = [&[(0, Some(4), "A B")][..], &idle, &idle, &idle].concat();
    let short = Step::Done(Proof::ShortBy { total: 4, missing: 1 });
    assert_eq!(play(Walk::new(second(), 2, 25), &script), short);
    let mut sooner = script;
    sooner.truncate(5);
    assert!(matches!(play(Walk::new(second(), 2, 25), &sooner), Step::Ask { .. }), "two are not enough");
}

#[test]
fn a_second_whose_total_changes_at_each_look_is_read_forward_in_the_end() {
    let mut walk = Walk::new(second(), 1, 25);
    let mut asked = 0;
    while let Step::Ask { page_no } = walk.step() {
        asked += 1;
        assert!(asked < 200, "stuck");
        let rows: &[&str] = match page_no {
            0 => &["A"],
            1 => &["B"],
            2 => &["C"],
            _ => &[],
        };
        walk.answer((page_no == 0).then_some(5 + asked % 7), rows.iter().copied());
    }
    assert_eq!(walk.step(), unproved(Why::Unsteady));
    assert_eq!(walk.seen(), 3);
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
    assert_eq!(play(Walk::once(hour(), 3), &[(0, Some(2), "A B")]), unproved(Why::Hot));
    let full: Script<'_> = &[(0, Some(1), "A B"), (1, None, "C D"), (2, None, "")];
    assert_eq!(play(Walk::once(hour(), 2), full), unproved(Why::Hot), "a full page asks for the next one");
    let script: Script<'_> = &[(0, Some(5), "A B"), (2, None, "E"), (1, None, "C D")];
    assert_eq!(play(Walk::once(hour(), 2), script), unproved(Why::Hot));
    let short: Script<'_> = &[(0, Some(5), "A B"), (2, None, ""), (1, None, "C"), (1, None, "C")];
    assert_eq!(play(Walk::once(hour(), 2), short), unproved(Why::Hot), "it is not walked again");
    let late: Script<'_> = &[(0, Some(9), ""), (4, None, ""), (2, None, ""), (1, None, "")];
    assert_eq!(play(Walk::once(hour(), 2), late), unproved(Why::Hot));
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

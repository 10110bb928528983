//! What is worth telling of what is seen.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use refund_sync::config::AlertLimits;
use refund_sync::lang::Text;
use refund_sync::serve::alert::{Activity, AlertState, Condition, History, Kind, Snapshot, Yuan, conditions};
use refund_sync::store::{ClockNote, Side, Stopped};

use super::{at, counts, parked, well};

/// How the kind stands at the last of these looks, each at its minute.
fn last(kind: Kind, looks: &[(i64, Snapshot)]) -> Condition {
    let mut history = History::default();
    let mut found = None;
    for (minute, sight) in looks {
        history.observe(sight, at(*minute));
        // Between two looks the process may end: what is remembered goes by way of the journal.
        history = serde_json::from_str(&serde_json::to_string(&history).unwrap()).unwrap();
        let all = conditions(sight, &history, &AlertLimits::default(), at(*minute));
        found = all.into_iter().find(|condition| condition.kind == kind);
    }
    found.unwrap()
}

#[track_caller]
fn stands(kind: Kind, looks: &[(i64, Snapshot)], standing: AlertState) {
    assert_eq!(last(kind, looks).standing, standing, "{kind} of {looks:#?}");
}

fn stopped() -> Stopped {
    Stopped {
        side: Side::Kingdee,
        reason: "金蝶: no permission".into(),
        remedy: Text::same("ask for it"),
        since: String::new(),
        refused: String::new(),
        by_hand: false,
    }
}

fn disagreement(state: &str) -> ClockNote {
    let (local, message) = ("2026-11-20T12:00:00+08:00".into(), Text::new("两边的时间", "both times"));
    ClockNote { state: state.into(), local, server: None, message }
}

fn overdue(minutes: i64) -> Snapshot {
    let failure = Some(Text::same("旺店通: HTTP 502"));
    Snapshot { overdue: TimeDelta::minutes(minutes), succeeded: false, failure, ..well() }
}

fn held(until: i64) -> Snapshot {
    Snapshot { held: Some((Side::Wdt, at(until))), ..well() }
}

fn held_by_kingdee(until: i64) -> Snapshot {
    Snapshot { held: Some((Side::Kingdee, at(until))), ..well() }
}

/// So many accepted, and so many that wait for their goods (40).
fn moved(accepted: u64, waiting: u64) -> Snapshot {
    Snapshot { accepted, filtered: BTreeMap::from([(40, waiting)]), ..well() }
}

const DAY: i64 = 24 * 60;

#[test]
fn what_is_told_says_what_is_the_matter_and_what_to_do() {
    let sights = [
        (Kind::Journal, vec![(0, Snapshot { journal_fails: true, ..well() })], "the journal cannot be read"),
        (Kind::Stopped, vec![(0, Snapshot { stopped: Some(stopped()), ..well() })], "金蝶: no permission"),
        (Kind::Broken, vec![(0, Snapshot { panics: 2, ..well() })], "a task broke 2 times"),
        (Kind::Silent, vec![(0, overdue(45))], "a complete cycle is 45 min overdue: 旺店通: HTTP 502"),
        (Kind::Banned, vec![(0, held(40)), (20, held(40))], "kept out by 旺店通 for 20 min"),
        (
            Kind::Banned,
            vec![(0, held_by_kingdee(40)), (20, held_by_kingdee(40))],
            "kept out by 金蝶 for 20 min",
        ),
        (
            Kind::Parked,
            vec![(0, parked(3))],
            "3 documents wait for a person, ¥ 9,415.48 in all: material_unmapped 3 (¥ 9,415.48)",
        ),
        (
            Kind::Differs,
            vec![(
                0,
                Snapshot {
                    differences: counts([("extra", 1), ("other_period", 2)]),
                    differences_yuan: "505.49".parse().unwrap(),
                    difference_shops: Yuan::from([("S004 旗舰店".to_owned(), "505.49".parse().unwrap())]),
                    ..well()
                },
            )],
            "the books differ by ¥ 505.49: other period 2, extra 1; shops: S004 旗舰店 ¥ 505.49",
        ),
        (
            Kind::Idle,
            vec![(0, moved(5, 1)), (DAY, moved(5, 8))],
            "nothing was accepted for 24 h, 7 others moved",
        ),
        (Kind::Clock, vec![(0, Snapshot { clock_offset_seconds: -61.2, ..well() })], "is -61 s ahead"),
        (
            Kind::Clock,
            vec![(0, Snapshot { clock: Some(disagreement("contradictory")), ..well() })],
            "both times",
        ),
        (Kind::Noticed, vec![(0, Snapshot { flags: counts([("reversed", 1)]), ..well() })], "reversed 1"),
        (Kind::Short, vec![(0, Snapshot { short_windows: 2, ..well() })], "2 windows"),
    ];
    assert!(Kind::ALL.iter().all(|kind| sights.iter().any(|(of, ..)| of == kind)), "a kind without words");
    for (kind, looks, words) in sights {
        let told = last(kind, &looks);
        assert_eq!(told.standing, AlertState::On, "{kind}");
        assert!(told.message.contains(words), "{kind}: {}", told.message);
        assert!(!told.remedy.is_empty(), "{kind}: {told:?}");
    }
}

#[test]
fn both_guides_say_of_every_kind_what_to_do() {
    for (guide, text) in [
        ("docs/zh/operating.md", include_str!("../../../../docs/zh/operating.md")),
        ("docs/en/operating.md", include_str!("../../../../docs/en/operating.md")),
    ] {
        for kind in Kind::ALL {
            assert!(text.contains(&format!("\n| `{kind}` ")), "{kind} is not in {guide}");
        }
    }
}

#[test]
fn a_pipeline_that_is_well_has_nothing_to_tell() {
    for kind in Kind::ALL {
        stands(kind, &[(0, well()), (1, well())], AlertState::Off);
    }
}

#[test]
fn a_flag_that_stops_nobody_is_not_told() {
    stands(Kind::Noticed, &[(0, Snapshot { flags: counts([("split_line", 9)]), ..well() })], AlertState::Off);
}

#[test]
fn a_clock_that_is_a_minute_off_is_borne() {
    stands(Kind::Clock, &[(0, Snapshot { clock_offset_seconds: 60.0, ..well() })], AlertState::Off);
    stands(Kind::Clock, &[(0, Snapshot { clock: Some(disagreement("unknown")), ..well() })], AlertState::Off);
}

#[test]
fn a_cycle_that_is_a_little_late_is_neither_an_alert_nor_a_recovery_before_one_succeeds() {
    stands(Kind::Silent, &[(0, overdue(29))], AlertState::Unsure);
    stands(Kind::Silent, &[(0, overdue(30))], AlertState::On);
    stands(Kind::Silent, &[(0, overdue(30)), (1, overdue(0))], AlertState::Unsure);
    stands(Kind::Silent, &[(0, overdue(30)), (1, well())], AlertState::Off);
}

#[test]
fn a_stopped_pipeline_is_told_as_stopped_and_not_as_silent_too() {
    let sight = Snapshot { stopped: Some(stopped()), ..overdue(600) };
    stands(Kind::Silent, &[(0, sight.clone())], AlertState::Unsure);
    stands(Kind::Stopped, &[(0, sight)], AlertState::On);
}

#[test]
fn a_pipeline_that_a_person_paused_may_be_silent() {
    let paused = Snapshot { activity: Activity::Paused, ..overdue(600) };
    stands(Kind::Silent, &[(0, paused)], AlertState::Unsure);
}

#[test]
fn a_short_ban_is_part_of_the_day_and_a_long_one_is_not() {
    stands(Kind::Banned, &[(0, held(9)), (9, held(9))], AlertState::Off);
    stands(Kind::Banned, &[(0, held(5)), (9, held(15))], AlertState::Unsure);
    // One ban after the other without a pause is one long ban.
    stands(Kind::Banned, &[(0, held(5)), (4, held(10)), (10, held(15))], AlertState::On);
    stands(Kind::Banned, &[(0, held(5)), (6, held(5)), (7, held(20)), (16, held(20))], AlertState::Unsure);
}

#[test]
fn a_process_that_just_began_does_not_call_a_ban_over() {
    let fresh = Snapshot { succeeded: false, ..well() };
    stands(Kind::Banned, &[(0, held(60)), (20, held(60)), (21, fresh)], AlertState::Unsure);
    stands(Kind::Banned, &[(0, held(60)), (20, held(60)), (21, well())], AlertState::Off);
}

#[test]
fn a_shop_in_which_nothing_moves_is_not_idle() {
    stands(Kind::Idle, &[(0, moved(5, 3)), (9 * DAY, moved(5, 3))], AlertState::Off);
}

#[test]
fn what_is_accepted_ends_the_wait_and_begins_it_anew() {
    let first = [(0, moved(5, 0)), (DAY, moved(5, 9))];
    stands(Kind::Idle, &first, AlertState::On);
    let [one, two] = first;
    stands(Kind::Idle, &[one, two, (DAY + 1, moved(6, 9)), (2 * DAY, moved(6, 12))], AlertState::Off);
}

#[test]
fn nothing_is_called_idle_while_a_run_may_still_bring_something() {
    let running = Snapshot { activity: Activity::Running, ..moved(5, 9) };
    stands(Kind::Idle, &[(0, moved(5, 0)), (DAY, running)], AlertState::Unsure);
}

#[test]
fn old_rows_that_are_cleared_away_are_no_movement() {
    stands(Kind::Idle, &[(0, moved(5, 100)), (1, moved(5, 20)), (DAY, moved(5, 20))], AlertState::Off);
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_wait_for_longer() {
    let back = [(9 * DAY, moved(5, 0)), (0, moved(5, 1)), (DAY, moved(5, 2))];
    stands(Kind::Idle, &back, AlertState::On);
    stands(Kind::Banned, &[(9 * DAY, held(99 * DAY)), (0, held(99)), (10, held(99))], AlertState::On);
}

#[test]
fn the_most_frequent_causes_are_named_and_the_rest_is_counted() {
    let parked: Vec<_> = (0..9).map(|n| (format!("cause_{n}"), 10 - n)).collect();
    let told = last(Kind::Parked, &[(0, Snapshot { parked: parked.into_iter().collect(), ..well() })]);
    assert!(
        told.message.ends_with("cause_0 10, cause_1 9, cause_2 8, cause_3 7, cause_4 6, cause_5 5, … 3 more"),
        "{}",
        told.message
    );
}

#[test]
fn anothers_words_are_cut_and_stay_on_one_line() {
    let failure = Some(format!("a\nb\u{7}{}", "长".repeat(1_000)).into());
    let told = last(Kind::Silent, &[(0, Snapshot { failure, ..overdue(99) })]);
    assert!(!told.message.contains(char::is_control) && told.message.chars().count() < 300, "{told:?}");
}

#[test]
fn what_another_system_says_is_one_line_of_an_alert_and_nothing_of_it_hides() {
    let forged = "busy\n【恢复】main: 已停止 stopped\u{202e}\u{7}";
    let stopped = Some(Stopped { reason: forged.into(), ..stopped() });
    for (kind, sight) in [
        (Kind::Stopped, Snapshot { stopped, ..well() }),
        (Kind::Silent, Snapshot { failure: Some(forged.into()), ..overdue(45) }),
    ] {
        let told = last(kind, &[(0, sight)]).message;
        assert!(told.contains("busy\\n【恢复】") && told.contains("\\u{202e}\\u{7}"), "{told}");
        assert!(!told.contains(['\n', '\u{202e}', '\u{7}']), "{told}");
    }
}

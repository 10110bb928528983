//! What the audit makes of a journal that was edited, renamed or pointed elsewhere. Pure.

use chrono::NaiveDateTime;
use refund_sync::store::{Finding, Plan, Planned, Shown};

fn at(text: &str) -> NaiveDateTime {
    format!("2026-11-{text}").parse().unwrap()
}

fn now() -> NaiveDateTime {
    at("24T12:00:00")
}

/// Everything that is planned is worked here.
fn judge(shown: &[Shown], pipelines: &[Planned], now: NaiveDateTime) -> Vec<Finding> {
    let named = pipelines.iter().map(|planned| planned.name.as_str()).collect();
    refund_sync::store::judge(shown, &Plan { pipelines: pipelines.to_vec(), named }, now)
}

fn planned(name: &str) -> Planned {
    Planned { name: name.into(), accounts: "a shop, a data centre".into(), start_from: None }
}

/// A ledger that is settled in one piece from the 1st to the 20th.
fn whole() -> Shown {
    Shown {
        id: 7,
        name: "main".into(),
        accounts: Some(planned("main").accounts),
        has_bills: true,
        began: Some(at("01T00:00:00")),
        cursor: Some(at("20T00:00:00")),
        pruned_to: None,
        settled: vec![(at("01T00:00:00"), at("20T00:00:00"))],
        strange: 0,
    }
}

#[track_caller]
fn set_back(shown: Shown) -> (Option<NaiveDateTime>, Option<NaiveDateTime>, String) {
    match judge(&[shown], &[planned("main")], now()).as_slice() {
        [Finding::SetBack { pipeline: 7, began, cursor, note }] => (*began, *cursor, note.clone()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(shown: &[Shown], planned: &[Planned], words: &[&str]) {
    let findings = judge(shown, planned, now());
    let why: Vec<_> = findings
        .iter()
        .filter_map(|finding| if let Finding::Refuse(why) = finding { Some(why.en.as_ref()) } else { None })
        .collect();
    assert!(!why.is_empty(), "{findings:?}");
    for word in words {
        assert!(why.iter().all(|why| why.contains(word)), "{word:?} is not in {why:?}");
    }
}

#[test]
fn a_whole_ledger_passes_in_silence() {
    assert_eq!(judge(&[whole()], &[planned("main")], now()), []);
    let pieces = vec![
        (at("01T00:00:00"), at("05T00:00:00")),
        (at("05T00:00:00"), at("09T23:59:59")),
        (at("10T00:00:00"), at("20T00:00:00")),
    ];
    let touching = Shown { settled: pieces, ..whole() };
    assert_eq!(
        judge(&[touching], &[planned("main")], now()),
        [],
        "windows share a second, or stand side by side"
    );
    let only_read = Shown { cursor: None, settled: Vec::new(), ..whole() };
    assert_eq!(judge(&[only_read], &[planned("main")], now()), []);
    assert_eq!(judge(&[], &[planned("main")], now()), [], "an empty journal");
}

#[test]
fn a_gap_sets_the_ledger_back_to_its_beginning() {
    let pieces = vec![(at("01T00:00:00"), at("05T00:00:00")), (at("05T00:00:02"), at("20T00:00:00"))];
    let (began, cursor, note) = set_back(Shown { settled: pieces, ..whole() });
    assert_eq!((began, cursor), (Some(at("01T00:00:00")), Some(at("05T00:00:00"))));
    for word in ["\"main\"", "2026-11-05 00:00:00", "2026-11-20 00:00:00", "written once"] {
        assert!(note.contains(word), "{word:?} is not in {note}");
    }
}

#[test]
fn a_ledger_whose_first_windows_are_gone_is_read_from_its_beginning() {
    let pieces = vec![(at("03T00:00:00"), at("20T00:00:00"))];
    let (began, cursor, _) = set_back(Shown { settled: pieces, ..whole() });
    assert_eq!((began, cursor), (Some(at("01T00:00:00")), None));
}

#[test]
fn what_retention_took_out_is_no_gap_and_what_is_missing_behind_it_is() {
    let rest = Shown {
        pruned_to: Some(at("10T00:00:00")),
        settled: vec![(at("09T23:00:00"), at("20T00:00:00"))],
        ..whole()
    };
    assert_eq!(judge(std::slice::from_ref(&rest), &[planned("main")], now()), []);
    let nothing_left = Shown { pruned_to: Some(at("21T00:00:00")), settled: Vec::new(), ..whole() };
    assert_eq!(judge(&[nothing_left], &[planned("main")], now()), []);
    let (_, cursor, _) = set_back(Shown { settled: vec![(at("11T00:00:00"), at("20T00:00:00"))], ..rest });
    assert_eq!(cursor, Some(at("10T00:00:00")));
}

#[test]
fn a_cursor_beyond_what_was_settled_is_set_back() {
    let (_, cursor, _) = set_back(Shown { cursor: Some(at("23T00:00:00")), ..whole() });
    assert_eq!(cursor, Some(at("20T00:00:00")));
    let (_, cursor, _) = set_back(Shown { settled: Vec::new(), ..whole() });
    assert_eq!(cursor, None, "no window shows anything");
}

#[test]
fn a_cursor_behind_what_was_settled_only_reads_twice() {
    assert_eq!(judge(&[Shown { cursor: Some(at("10T00:00:00")), ..whole() }], &[planned("main")], now()), []);
}

#[test]
fn windows_that_no_walk_can_have_left_are_forgotten_and_named() {
    let (began, cursor, note) = set_back(Shown { strange: 3, ..whole() });
    assert_eq!((began, cursor), (whole().began, whole().cursor), "the rest is whole");
    assert!(note.contains("3 of them impossible"), "{note}");
}

#[test]
fn a_beginning_that_is_missing_or_yet_to_come_is_that_of_the_first_window() {
    for began in [None, Some(at("30T00:00:00"))] {
        let (began, cursor, _) = set_back(Shown { began, ..whole() });
        assert_eq!((began, cursor), (Some(at("01T00:00:00")), Some(at("20T00:00:00"))));
    }
}

#[test]
fn a_start_from_that_the_ledger_has_overtaken_or_that_lies_before_it_is_named() {
    let note = |start: &str| {
        let plan = Planned { start_from: Some(at(start)), ..planned("main") };
        match judge(&[whole()], &[plan], now()).as_slice() {
            [] => String::new(),
            [Finding::Note(note)] => note.clone(),
            other => panic!("{other:?}"),
        }
    };
    let later = note("22T00:00:00");
    assert!(later.contains("nothing in between is skipped") && later.contains("2026-11-20"), "{later}");
    assert_eq!(note("05T00:00:00"), "", "within what was read");
    assert_eq!(note("01T00:00:00"), "");
    let plan = Planned { start_from: Some(at("01T00:00:00")), ..planned("main") };
    let late = Shown { began: Some(at("02T00:00:00")), ..whole() };
    let [Finding::Note(earlier)] = &judge(&[late], &[plan], now())[..] else { panic!() };
    assert!(earlier.contains("backfill"), "{earlier}");
}

#[test]
fn the_accounts_are_noted_once_a_bill_stands_and_not_before() {
    let fresh = Shown { accounts: None, has_bills: false, ..whole() };
    assert_eq!(judge(&[fresh], &[planned("main")], now()), []);
    let Planned { accounts, .. } = planned("main");
    let noted = Finding::Accounts { pipeline: 7, accounts };
    assert_eq!(judge(&[Shown { accounts: None, ..whole() }], &[planned("main")], now()), [noted]);
}

#[test]
fn other_accounts_under_the_same_name_are_refused() {
    let plan = Planned { accounts: "a shop, another data centre".into(), ..planned("main") };
    refused(&[whole()], &[plan], &["\"main\"", "another data centre", "another name", "[store] url"]);
}

#[test]
fn a_pipeline_under_a_new_name_keeps_its_past() {
    let findings = judge(&[whole()], &[planned("shop")], now());
    let [Finding::Rename { pipeline: 7, to, note }] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(to, "shop");
    assert!(note.contains("\"main\"") && note.contains("go with it"), "{note}");
    // The same where somebody has asked for something under the new name already.
    let asked = Shown { id: 8, name: "shop".into(), ..Shown::default() };
    assert_eq!(judge(&[whole(), asked], &[planned("shop")], now()), findings);
}

#[test]
fn a_new_pipeline_of_other_accounts_or_beside_the_old_one_is_no_renaming() {
    let other = Planned { accounts: "another shop".into(), ..planned("shop") };
    assert_eq!(judge(&[whole()], &[other], now()), []);
    assert_eq!(judge(&[whole()], &[planned("main"), planned("shop")], now()), []);
    let plan = Plan { pipelines: vec![planned("shop")], named: ["main", "shop"].into() };
    let elsewhere = refund_sync::store::judge(&[whole()], &plan, now());
    assert_eq!(elsewhere, [], "the old one is worked by somebody else");
}

#[test]
fn two_renamed_at_once_are_not_guessed_at() {
    refused(&[whole()], &[planned("one"), planned("two")], &["\"main\"", "one at a time"]);
    let second = Shown { id: 8, name: "second".into(), ..whole() };
    refused(&[whole(), second], &[planned("one")], &["one at a time"]);
}

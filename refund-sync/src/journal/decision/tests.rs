//! What may be decided, what it changes and what taking it back gives back.

use chrono::NaiveDate;

use super::super::seen::seen;
use super::*;
use crate::journal::{Kept, Parking, Reason, Version};
use crate::model::{Quantities, Return, ReturnLine};

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn refund() -> Return {
    serde_json::from_value(json!({
        "refund_no": "TK1", "kind": 2, "process_status": 90, "shop_no": "S1", "customer_no": "", "warehouse_no": "WH",
        "modified": null, "finish_time": null, "check_time": null, "goods_amount": null, "refund_amount": null,
        "actual_refund_amount": null, "tid": "", "src_no": "", "sales_tid": "", "return_mask": 0, "lines": []
    }))
    .unwrap()
}

fn parked(cause: Cause) -> Document {
    let mut document = Document::new("TK1".into(), Version { modified: None, asked_at: at() });
    document.id = 1;
    document.source = Kept::new(refund());
    document.state = State::Seen;
    let reason = Reason::new(cause, Text::same("m"), Text::same("r"));
    document.park(Event::Refused, Parking::of(vec![reason])).unwrap();
    document
}

fn wish(kind: DecisionKind) -> Wish {
    Wish { kind, bill: Some("XSTH1".into()), note: "客户自提".into(), by: "财务".into() }
}

#[test]
fn only_what_waits_for_a_person_is_decided_and_nothing_that_may_be_under_way() {
    for state in State::ALL {
        let mut document = parked(Cause::QuantityGap);
        document.state = state;
        for kind in DecisionKind::ALL.into_iter().filter(|kind| *kind != DecisionKind::Undo) {
            let is_allowed = may_decide(&document, &wish(kind)).is_ok();
            let is_for_the_cause = kind.closes() || kind.lifts(Cause::QuantityGap);
            assert_eq!(is_allowed, state == State::Parked && is_for_the_cause, "{state} {kind}");
        }
    }
}

#[test]
fn what_changes_how_it_is_booked_is_refused_once_its_bill_stands() {
    let mut document = parked(Cause::QuantityGap);
    document.fid = Some("100001".into());
    assert!(may_decide(&document, &wish(DecisionKind::Arrived)).unwrap_err().en.contains("stands in 金蝶"));
    assert_eq!(may_decide(&document, &wish(DecisionKind::Ignored)), Ok(()));
}

#[test]
fn what_arrived_is_not_booked_where_nothing_did() {
    let mut row = refund();
    row.lines = vec![ReturnLine { stockin_num: Some(0.into()), ..ReturnLine::default() }];
    let mut document = parked(Cause::QuantityGap);
    document.source = Kept::new(row.clone());
    let why = may_decide(&document, &wish(DecisionKind::Arrived)).unwrap_err();
    assert!(why.zh.contains("不入账") && why.zh.contains("已手工入账"), "{why:?}");
    for kind in [DecisionKind::Asked, DecisionKind::Ignored, DecisionKind::Booked] {
        assert_eq!(may_decide(&document, &wish(kind)), Ok(()));
    }
    row.lines[0].stockin_num = Some(1.into());
    document.source = Kept::new(row);
    assert_eq!(may_decide(&document, &wish(DecisionKind::Arrived)), Ok(()));
}

#[test]
fn without_a_reason_nothing_is_ignored_and_without_a_number_nothing_is_booked() {
    let document = parked(Cause::Unmapped);
    for note in ["", "  "] {
        let wish = Wish { note: note.into(), ..wish(DecisionKind::Ignored) };
        assert!(may_decide(&document, &wish).unwrap_err().en.contains("why it is not to be booked"));
    }
    for bill in [None, Some(" ".to_owned())] {
        let wish = Wish { bill, ..wish(DecisionKind::Booked) };
        assert!(may_decide(&document, &wish).unwrap_err().en.contains("number of the bill"));
    }
    let mut unreadable = document;
    unreadable.source.clear();
    assert!(
        may_decide(&unreadable, &wish(DecisionKind::Booked)).unwrap_err().en.contains("nothing to compare")
    );
    assert_eq!(may_decide(&unreadable, &wish(DecisionKind::Ignored)), Ok(()));
}

#[test]
fn a_decision_that_does_not_fit_the_cause_says_which_it_is_for() {
    let refused = may_decide(&parked(Cause::Unmapped), &wish(DecisionKind::OpenDay)).unwrap_err();
    assert!(refused.zh.contains(Cause::ClosedPeriod.title().zh.as_ref()), "{refused}");
}

#[test]
fn whatever_a_person_looks_at_has_another_word_once_it_stands_otherwise() {
    let document = parked(Cause::QuantityGap);
    let mut words = vec![seen(&document)];
    assert_eq!(words[0], seen(&document.clone()));
    let mut other = |change: &dyn Fn(&mut Document)| {
        let mut document = document.clone();
        change(&mut document);
        words.push(seen(&document));
    };
    other(&|it| it.version.asked_at += chrono::TimeDelta::microseconds(1));
    other(&|it| it.version.modified = NaiveDate::from_ymd_opt(2026, 11, 28).unwrap().and_hms_opt(1, 2, 3));
    other(&|it| it.state = State::Mapped);
    other(&|it| it.parking.as_mut().unwrap().reasons[0].message = Text::same("another"));
    other(&|it| drop(close(it, &wish(DecisionKind::Ignored), at(), None)));
    other(&|it| it.fid = Some("1".into()));
    let all: std::collections::BTreeSet<_> = words.iter().collect();
    assert_eq!(all.len(), words.len(), "{words:?}");
}

#[test]
fn what_is_ignored_and_taken_back_waits_for_what_it_waited_before() {
    let before = parked(Cause::QuantityGap);
    let mut document = before.clone();
    let log = close(&mut document, &wish(DecisionKind::Ignored), at(), None).unwrap();
    assert_eq!((document.state, log.event), (State::Decided, Event::Decided));
    assert_eq!(log.detail, json!({ "as": "ignored", "by": "财务", "note": "客户自提", "bill": "XSTH1" }));
    assert_eq!(document.decision.as_ref().unwrap().wish.by, "财务");
    let logs = undo(&mut document, &wish(DecisionKind::Undo)).unwrap();
    assert_eq!(logs.len(), 1);
    assert_eq!(document, before);
}

#[test]
fn a_direction_is_added_to_the_one_before_and_taken_back_as_a_whole() {
    let mut document = parked(Cause::QuantityGap);
    direct(&mut document, &wish(DecisionKind::Arrived), at(), None).unwrap();
    assert_eq!((document.state, document.parking.as_ref()), (State::Seen, None));
    document.park(Event::Refused, parked(Cause::ClosedPeriod).parking.unwrap()).unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 12, 1);
    direct(&mut document, &wish(DecisionKind::OpenDay), at(), day).unwrap();
    assert_eq!(document.direction(), Direction { quantities: Some(Quantities::Arrived), open_day: true });
    assert_eq!(document.moved_to, day);
    undo(&mut document, &wish(DecisionKind::Undo)).unwrap();
    assert_eq!(
        (document.state, document.direction(), document.moved_to),
        (State::Seen, Direction::default(), None)
    );
    assert!(may_decide(&document, &wish(DecisionKind::Undo)).is_err(), "there is nothing left to take back");
}

#[test]
fn what_was_written_as_decided_cannot_be_taken_back() {
    for state in [State::Intended, State::Saved, State::Submitted, State::Audited, State::Confirmed] {
        let mut document = parked(Cause::QuantityGap);
        direct(&mut document, &wish(DecisionKind::Asked), at(), None).unwrap();
        document.state = state;
        assert!(may_decide(&document, &wish(DecisionKind::Undo)).is_err(), "{state}");
    }
}

#[test]
fn what_was_reversed_while_it_was_decided_is_not_sent_when_the_decision_is_taken_back() {
    let mut document = parked(Cause::QuantityGap);
    close(&mut document, &wish(DecisionKind::Ignored), at(), None).unwrap();
    document.flag(FlagKind::Reversed, "20");
    undo(&mut document, &wish(DecisionKind::Undo)).unwrap();
    assert_eq!((document.state, document.source.is_none()), (State::Filtered, true));

    let mut document = parked(Cause::QuantityGap);
    close(&mut document, &wish(DecisionKind::Ignored), at(), None).unwrap();
    document.flag(FlagKind::Changed, "5.00");
    undo(&mut document, &wish(DecisionKind::Undo)).unwrap();
    assert_eq!(document.state, State::Seen, "what changed is made a bill of as it is now");
}

#[test]
fn what_was_decided_before_stays_named_as_long_as_it_has_its_part_in_the_bill() {
    let by = |kind, by: &str| Wish { by: by.into(), ..wish(kind) };
    let mut document = parked(Cause::QuantityGap);
    direct(&mut document, &by(DecisionKind::Arrived, "小王"), at(), None).unwrap();
    document.park(Event::Refused, Parking::of(vec![])).unwrap();
    direct(&mut document, &by(DecisionKind::Asked, "小张"), at(), None).unwrap();
    document.park(Event::Refused, Parking::of(vec![])).unwrap();
    direct(&mut document, &by(DecisionKind::OpenDay, "小李"), at(), NaiveDate::from_ymd_opt(2026, 12, 1))
        .unwrap();
    let decision = document.decision.clone().unwrap();
    let parts: Vec<_> = decision.parts().map(|wish| (wish.kind, wish.by.as_str())).collect();
    assert_eq!(
        parts,
        [(DecisionKind::Asked, "小张"), (DecisionKind::OpenDay, "小李")],
        "the first was replaced"
    );
    let kept: Decision = serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap();
    assert_eq!(kept, decision);
    undo(&mut document, &by(DecisionKind::Undo, "小李")).unwrap();
    assert_eq!(document.decision, None);
}

//! The books' side fails, before its work or after: every lost answer is looked up, and no bill is doubled.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;
use wiremock::matchers::any;
use wiremock::{Match, Mock, Request};

use crate::returns::{many, set_line};
use crate::scene::{Scene, events, service, word};
use crate::trouble::{MOMENTS, Moment, Trouble};

const NUMBERS: [&str; 3] = ["TK0001", "TK0002", "TK0003"];

/// Look-ups, without the two before the first send: by number and by mark.
fn later_look_ups() -> impl Match {
    let seen = AtomicUsize::new(0);
    move |request: &Request| {
        service("ExecuteBillQuery").matches(request) && seen.fetch_add(1, Ordering::Relaxed) >= 2
    }
}

async fn scene() -> Scene {
    let scene = Scene::with(many(3)).await;
    scene.change("timeout_seconds = 60\nresend", "timeout_seconds = 1\nresend");
    scene
}

/// The first BatchSave meets trouble. Its fate is resolved by a look-up: one bill a number, each sent to the books
/// once and no more.
async fn is_looked_up(trouble: Trouble) {
    for moment in MOMENTS {
        let scene = scene().await;
        scene.trouble_saving(trouble, moment).await;
        scene.settle().exits(0);
        scene.bills(&NUMBERS);
        for number in NUMBERS {
            assert_eq!(scene.arrivals_of(number), 1, "{trouble:?} {moment:?}: {number}");
        }
        let events = events(&scene.why("TK0002"));
        let (adopted, again) = (events.contains(&"adopted".to_owned()), scene.saves_on_the_wire().await == 2);
        let after = moment == Moment::AfterTheEffect;
        assert_eq!((adopted, again), (after, !after), "{trouble:?} {moment:?}: {events:?}");
    }
}

#[tokio::test]
async fn a_page_instead_of_an_answer() {
    is_looked_up(Trouble::Html).await;
}

#[tokio::test]
async fn json_that_breaks_off() {
    is_looked_up(Trouble::Truncated).await;
}

#[tokio::test]
async fn status_503() {
    is_looked_up(Trouble::Unavailable).await;
}

#[tokio::test]
async fn a_reset_connection() {
    is_looked_up(Trouble::Reset).await;
}

#[tokio::test]
async fn no_answer_in_time() {
    is_looked_up(Trouble::TimeOut).await;
}

#[tokio::test]
async fn the_array_of_a_firewall_is_a_refusal_and_whatever_it_hides_is_still_not_doubled() {
    for moment in MOMENTS {
        let scene = scene().await;
        scene.trouble_saving(Trouble::Firewall, moment).await;
        scene.settle().exits(0);
        scene.bills(&NUMBERS);
    }
}

#[tokio::test]
async fn a_lost_answer_is_adopted_not_sent_twice() {
    let scene = scene().await;
    scene.trouble_saving(Trouble::Reset, Moment::AfterTheEffect).await;
    scene.settle().exits(0).says(&["saved 0", "adopted 3", "confirmed 3"]);
    scene.bills(&NUMBERS);
    assert_eq!(scene.saves_on_the_wire().await, 1);
}

#[tokio::test]
async fn a_call_that_was_lost_before_its_effect_is_sent_again_only_when_it_must_be_over() {
    let scene = scene().await;
    scene.change("resend_after_seconds = 1", "resend_after_seconds = 2");
    scene.trouble_saving(Trouble::Reset, Moment::BeforeTheEffect).await;
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
    let life = scene.why("TK0001");
    assert_eq!(
        events(&life),
        ["read", "mapped", "intended", "fate_unknown", "absent", "intended", "saved", "confirmed"]
    );
    let at = |index: usize| DateTime::parse_from_rfc3339(&word(&life["events"][index]["at"])).unwrap();
    let waited = at(5) - at(3);
    assert!(waited.num_milliseconds() >= 2_000, "sent again after {waited}");
    assert_eq!(life["events"][5]["detail"]["again"], true);
    assert!(!life["events"][4]["detail"]["not_sent_again_before"].is_null());
}

#[tokio::test]
async fn a_look_up_that_fails_is_asked_again_and_decides_nothing() {
    for trouble in
        [Trouble::Html, Trouble::Truncated, Trouble::Unavailable, Trouble::Reset, Trouble::Exception]
    {
        let scene = scene().await;
        scene.trouble_saving(Trouble::Unavailable, Moment::AfterTheEffect).await;
        trouble
            .once(Moment::BeforeTheEffect, later_look_ups(), scene.books.responder())
            .mount(&scene.books_server)
            .await;
        scene.settle().exits(0);
        scene.bills(&NUMBERS);
        assert_eq!(scene.arrivals_of("TK0001"), 1, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_run_that_ends_in_doubt_leaves_the_look_up_to_the_next_one() {
    for moment in MOMENTS {
        let scene = scene().await;
        scene.trouble_saving(Trouble::Reset, moment).await;
        Mock::given(later_look_ups())
            .respond_with(Trouble::Unavailable.answer())
            .up_to_n_times(4)
            .with_priority(1)
            .mount(&scene.books_server)
            .await;
        scene.run(&["run", "--until-settled", "--timeout", "1s"]).exits(1);
        assert_eq!(scene.status()["documents"]["intended"], 3);
        scene.settle().exits(0);
        scene.bills(&NUMBERS);
        assert_eq!(scene.arrivals_of("TK0003"), 1, "{moment:?}");
    }
}

#[tokio::test]
async fn a_batch_in_which_some_bills_are_refused_is_judged_bill_by_bill() {
    use kingdee_k3cloud_sdk::mock::Site;
    for is_success in [true, false] {
        let books = Site::builder().materials(["TS-BLK-L"]).is_success_on_mixed(is_success).seed(11);
        let mut rows = many(6);
        for odd in [1, 4] {
            set_line(&mut rows[odd], "spec_no", "UNKNOWN");
        }
        let scene = Scene::with_books(rows, books).await;
        scene.settle().exits(3).says(&["saved 4", "parked 2"]);
        scene.bills(&["TK0001", "TK0003", "TK0004", "TK0006"]);
        let parked = scene.parked();
        assert_eq!(parked.keys().collect::<Vec<_>>(), ["TK0002", "TK0005"]);
        assert!(parked["TK0005"].1.contains("UNKNOWN"), "{parked:?}");
    }
}

#[tokio::test]
async fn a_lock_in_the_books_is_waited_for() {
    let scene = scene().await;
    let lock = r#"{"Result":{"ResponseStatus":{"ErrorCode":500,"IsSuccess":false,"Errors":[{"FieldName":"","Message":"网络控制冲突，请稍后再试","DIndex":0},{"FieldName":"","Message":"网络控制冲突，请稍后再试","DIndex":1},{"FieldName":"","Message":"网络控制冲突，请稍后再试","DIndex":2}],"SuccessEntitys":[],"SuccessMessages":[],"MsgCode":13}}}"#;
    Mock::given(service("BatchSave"))
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_string(lock))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&scene.books_server)
        .await;
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
    assert!(!events(&scene.why("TK0001")).contains(&"fate_unknown".to_owned()));
}

#[tokio::test]
async fn when_call_after_call_is_refused_it_is_no_bills_fault_and_everything_stops() {
    let scene = Scene::with(many(12)).await;
    Mock::given(service("BatchSave"))
        .respond_with(Trouble::Firewall.answer())
        .with_priority(1)
        .mount(&scene.books_server)
        .await;
    scene.settle().exits(1).complains(&["refuses call after call"]);
    let parked = scene.parked();
    assert!(parked.len() == 3 && parked.values().all(|(cause, _)| cause == "refused"), "{parked:?}");
    assert_eq!(scene.status()["documents"]["mapped"], 9, "the others were not refused, they wait");
    assert_eq!(word(&scene.status()["stopped"]["side"]), "kingdee");

    scene.books_server.reset().await;
    Mock::given(any()).respond_with(scene.books.responder()).mount(&scene.books_server).await;
    scene.settle().exits(0);
    scene.run(&["retry", "--all"]).exits(0);
    assert_eq!(scene.books.bills().len(), 12);
}

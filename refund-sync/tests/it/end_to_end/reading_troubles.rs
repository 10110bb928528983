//! The shop's side fails: every failure is classed, tried again where that can help, and no return is missed.

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::Site;
use wdt_qimen_sdk::mock::{Gateway, RowOrder};
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};

use crate::returns::{many, now, plain};
use crate::scene::{Done, Scene};
use crate::trouble::{Moment, Trouble};

const NUMBERS: [&str; 3] = ["TK0001", "TK0002", "TK0003"];

/// The first call meets trouble; the run must get over it by itself.
async fn passes(trouble: Trouble) {
    let scene = Scene::with(many(3)).await;
    scene.change("timeout_seconds = 60\nlag", "timeout_seconds = 1\nlag");
    trouble.once(Moment::BeforeTheEffect, any(), scene.shop.responder()).mount(&scene.shop_server).await;
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
    let calls = scene.shop_server.received_requests().await.unwrap().len();
    assert_eq!(calls, 2, "{trouble:?} is tried again once");
}

#[tokio::test]
async fn a_page_instead_of_an_answer() {
    passes(Trouble::Html).await;
}

#[tokio::test]
async fn json_that_breaks_off() {
    passes(Trouble::Truncated).await;
}

#[tokio::test]
async fn status_503() {
    passes(Trouble::Unavailable).await;
}

#[tokio::test]
async fn a_reset_connection() {
    passes(Trouble::Reset).await;
}

#[tokio::test]
async fn no_answer_in_time() {
    passes(Trouble::TimeOut).await;
}

#[tokio::test]
async fn an_exception_as_text() {
    passes(Trouble::Exception).await;
}

#[tokio::test]
async fn the_array_of_a_firewall() {
    passes(Trouble::Firewall).await;
}

/// Whatever is asked, this is the answer.
async fn always(answer: ResponseTemplate) -> (Scene, Done, usize) {
    let scene = Scene::with(many(3)).await;
    Mock::given(any()).respond_with(answer).with_priority(1).mount(&scene.shop_server).await;
    let done = scene.run(&["run", "--until-settled", "--timeout", "1s"]);
    let calls = scene.shop_server.received_requests().await.unwrap().len();
    scene.shop_server.reset().await;
    Mock::given(any()).respond_with(scene.shop.responder()).mount(&scene.shop_server).await;
    (scene, done, calls)
}

#[tokio::test]
async fn what_does_not_pass_in_time_ends_the_run_and_loses_nothing() {
    let (scene, done, calls) = always(Trouble::Html.answer()).await;
    done.exits(1).complains(&["the time is over before 旺店通 was read"]);
    assert!(calls <= 6, "{calls} calls");
    assert!(scene.status()["cursor"].is_null(), "an attempt that fails moves nothing");
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
}

#[tokio::test]
async fn what_will_never_pass_ends_the_run_at_once_with_what_came() {
    let page = ResponseTemplate::new(404).set_body_string("<html>nothing here</html>");
    let (scene, done, calls) = always(page).await;
    done.exits(1).complains(&["404", "nothing here", "base_url"]);
    assert_eq!(calls, 1);
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_stops() {
    let redirect =
        ResponseTemplate::new(307).insert_header("Location", "http://elsewhere.invalid/router/qm?a=1");
    let (scene, done, calls) = always(redirect).await;
    done.exits(1).complains(&["elsewhere.invalid", "base_url"]);
    assert_eq!(calls, 1);
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
}

#[tokio::test]
async fn a_named_ban_is_sat_out_to_its_end() {
    let scene = Scene::with(many(3)).await;
    let ban = r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-app-access-count","sub_msg":"This ban will last for 1 more seconds"}}"#;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_string(ban))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&scene.shop_server)
        .await;
    scene.settle().exits(0);
    scene.bills(&NUMBERS);
    assert_eq!(scene.shop.counts().arrivals, 1);
}

#[tokio::test]
async fn a_long_ban_ends_the_run_and_the_next_one_does_not_ask_before_its_end() {
    let ban = r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"x","sub_msg":"This ban will last for 3600 more seconds"}}"#;
    let (scene, done, calls) = always(ResponseTemplate::new(200).set_body_string(ban)).await;
    done.exits(1).complains(&["3600"]);
    assert_eq!(calls, 1);
    scene.run(&["run"]).exits(1).complains(&["banned"]);
    assert_eq!(scene.shop.counts().arrivals, 0, "the place in the ban survives the restart");
    let status = scene.status();
    assert!(status["held"]["said"].as_str().unwrap().contains("3600 more seconds"), "{status}");
    scene.run(&["run", "--probe"]).exits(0);
    assert!(scene.shop.counts().arrivals > 0, "a person may ask at once");
    assert!(scene.status()["held"].is_null(), "an answer leaves no ban behind");
}

#[tokio::test]
async fn a_host_whose_clock_is_off_by_twenty_minutes_works_by_the_servers_and_says_by_how_much() {
    for minutes in [20_i32, -20] {
        let skew = TimeDelta::minutes(minutes.into());
        let mut late = plain("TK2");
        // A minute old, as the server's clock has it.
        late.touch(now() + skew - TimeDelta::minutes(1));
        let shop = Gateway::builder().skew(skew);
        let scene = Scene::of([plain("TK1"), late], shop, Site::builder()).await;
        scene.settle().exits(0);
        scene.bills(&["TK1", "TK2"]);
        let offset = scene.status()["clock_offset_seconds"].as_f64().unwrap();
        assert!((offset - 60.0 * f64::from(minutes)).abs() < 3.0, "{offset}");
        let arrivals = scene.shop.counts().arrivals;
        scene.run(&["run"]).exits(0);
        let calls = scene.shop.counts().arrivals - arrivals;
        // What the journal remembers of the clock is not used: a start is refused once, then asks as far as it learned.
        assert_eq!(calls, if minutes > 0 { 3 } else { 2 }, "one refusal a start, not one a call");
    }
}

#[tokio::test]
async fn a_shop_that_moves_while_it_is_read_loses_no_return() {
    let scene = Scene::with([]).await;
    let shop = Gateway::builder().order(RowOrder::TimeDesc).build();
    shop.world().extend(many(25));
    let (moving, responder) = (shop.clone(), shop.responder());
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let answer = move |request: &wiremock::Request| {
        let answer = wiremock::Respond::respond(&responder, request);
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // After each answer some return moves to the end of time, and a new one appears there.
        if call < 6 {
            moving.world().edit(&crate::returns::number(call * 3 + 1), |row| row.touch(now()));
            let mut late = plain(&format!("TL{call}"));
            late.touch(now());
            moving.world().push(late);
        }
        answer
    };
    Mock::given(any()).respond_with(answer).with_priority(1).mount(&scene.shop_server).await;
    scene.add("wdt", "page_size = 4");
    scene.settle().exits(0);
    scene.settle().exits(0);
    let expected: Vec<String> = (1..=25).map(crate::returns::number).collect();
    let written: Vec<String> = scene.books.bills().into_iter().map(|bill| bill.number).collect();
    for number in &expected {
        assert_eq!(written.iter().filter(|other| *other == number).count(), 1, "{number}");
    }
}

//! The obvious path loses nothing and doubles nothing: what `call` and a list do when something goes wrong.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Faults, Gateway};
use wdt_qimen_sdk::window::{Proof, Why};
use wdt_qimen_sdk::{Error, ErrorKind, Fate, Latest, Listed, Protocol, Replay, RetryPolicy, RowKey};

use crate::support::{Say, Seen, a_day, builder, ok, scripted, span, utc};

const PUSH: &str = "wdt.trade.push";
const DONE: &str = r#"{"response":{"errorcode":0}}"#;
const REMOTE: &str = include_str!("fixtures/wdt-error-remote.json");

/// Pushes a trade at a server that says this, by a client that would try five times.
async fn push(replay: Option<Replay>, script: impl IntoIterator<Item = Say>) -> (Result<(), Error>, Seen) {
    let (client, seen) = scripted(builder().retry(RetryPolicy::default()), script);
    let params = [("shop_no", "S001"), ("trade_list", "[]")];
    let answer = match replay {
        Some(replay) => client.call_as(replay, PUSH, params).await,
        None => client.call(PUSH, params).await,
    };
    (answer.map(drop), seen)
}

#[tokio::test(start_paused = true)]
async fn a_call_by_name_is_sent_once_whatever_comes_back() {
    let html = Say::Body(200, "<html>busy</html>".into());
    let busy = ok(r#"{"error_response":{"code":10,"msg":"busy"}}"#);
    let limited = ok(include_str!("fixtures/wdt-error-limited.json"));
    for say in [Say::Break, Say::Hang, Say::Body(504, Vec::new()), html, busy, limited, ok(REMOTE)] {
        let (answer, seen) = push(None, [say]).await;
        assert_eq!((answer.unwrap_err().attempts(), seen.lock().unwrap().len()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_is_tried_again_even_so() {
    let (answer, seen) = push(None, [Say::Refuse, Say::Refuse, ok(DONE)]).await;
    assert!(answer.is_ok());
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_read_and_a_write_with_a_key_of_its_own_are_tried_again() {
    for replay in [Replay::Safe, Replay::Keyed] {
        let (answer, seen) = push(Some(replay), [Say::Break, Say::Body(504, Vec::new()), ok(DONE)]).await;
        assert!(answer.is_ok());
        assert_eq!(seen.lock().unwrap().len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_been_carried_out_is_not_to_be_sent_again() {
    let late = |status| Say::Body(status, Vec::new());
    for say in [Say::Break, Say::Hang, late(504), late(408), late(499), ok(REMOTE), ok("<html>")] {
        let error = push(None, [say]).await.0.unwrap_err();
        assert_eq!((error.fate(), error.is_transient(), error.may_resend()), (Fate::Unknown, true, false));
        let advice = error.advice();
        assert!(advice.en.contains("look in the ERP before"), "{error}: {advice}");
        assert!(!advice.en.contains("try again") && !advice.zh.contains("重试"), "{error}: {advice}");
    }
    // See other: what was done is to be seen there.
    let error = push(None, [Say::Header(303, "location", "http://elsewhere/".into())]).await.0.unwrap_err();
    assert_eq!((error.fate(), error.may_resend()), (Fate::Unknown, false), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_refused_or_never_left_may_be_sent_again() {
    for (say, fate) in [
        (Say::Refuse, Fate::NotSent),
        (ok(include_str!("fixtures/wdt-error-limited.json")), Fate::Refused),
        (ok(include_str!("fixtures/wdt-error-arguments.json")), Fate::Refused),
        (Say::Body(429, Vec::new()), Fate::Refused),
        (Say::Body(401, Vec::new()), Fate::Refused),
        (Say::Body(403, Vec::new()), Fate::Refused),
        (Say::Body(404, Vec::new()), Fate::Refused),
        (Say::Header(302, "location", "http://elsewhere/".into()), Fate::Refused),
    ] {
        let error = push(None, [say]).await.0.unwrap_err();
        assert_eq!((error.fate(), error.may_resend()), (fate, true), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_second_attempt_says_nothing_of_the_first() {
    let refused = ok(r#"{"response":{"errorcode":2120,"message":"订单已存在"}}"#);
    let error = push(Some(Replay::Keyed), [Say::Break, refused]).await.0.unwrap_err();
    assert_eq!((error.attempts(), error.code(), error.fate()), (2, Some(2120), Fate::Unknown));
    assert!(error.may_resend(), "its key makes the same of both");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_write_is_one_write_at_the_simulator() {
    let gateway = Gateway::builder().faults(Faults { lost: 1.0, ..Faults::none() }).build();
    let client = builder().retry(RetryPolicy::default()).transport(gateway.service()).build().unwrap();
    let error = client.call("wdt.shop.query", ()).await.unwrap_err();
    assert_eq!((error.fate(), gateway.counts().arrivals), (Fate::Unknown, 1));
}

/// Three returns of one day; the second one's amount is no number.
fn day_with_a_bad_row() -> (Gateway, wdt_qimen_sdk::Client) {
    let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).build();
    for (number, amount) in [("TK1", "1.00"), ("TK2", "a lot"), ("TK3", "3.00")] {
        let row = serde_json::json!({"refund_no": number, "refund_amount": amount, "modified": "2026-11-20 10:00:00"});
        gateway.world().push(row);
    }
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    (gateway, client)
}

#[tokio::test(start_paused = true)]
async fn a_bad_row_does_not_end_the_list_by_the_obvious_loop() {
    let (_gateway, client) = day_with_a_bad_row();
    let mut rows = client.list::<RefundQuery>(a_day()).page_size(1).rows();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    while let Some(row) = rows.try_next().await.unwrap() {
        match row {
            Ok(refund) => good.push(refund.refund_no),
            Err(broken) => bad.push(broken.key.to_string()),
        }
    }
    good.sort();
    good.dedup();
    bad.dedup();
    assert_eq!((&good[..], &bad[..]), (&["TK1".into(), "TK3".into()][..], &["TK2".into()][..]));
}

#[tokio::test(start_paused = true)]
async fn what_is_collected_names_the_bad_row_and_keeps_the_others_and_the_proof() {
    let (_gateway, client) = day_with_a_bad_row();
    let latest = client.list::<RefundQuery>(a_day()).collect_latest().await.unwrap();
    assert_eq!(latest.rows.keys().map(ToString::to_string).collect::<Vec<_>>(), ["TK1", "TK3"]);
    assert_eq!(latest.broken[&RowKey::from("TK2")].faults[0].path, "refund_amount");
    assert_eq!((latest.proof, latest.is_whole()), (Proof::Proved { total: 3 }, false));
}

#[tokio::test(start_paused = true)]
async fn of_a_row_that_comes_again_the_latest_state_counts_readable_or_not() {
    let row = |number: &str, day: u32, amount: &str| {
        format!(
            r#"{{"refund_no":"{number}","modified":"2026-11-{day} 10:00:00","refund_amount":"{amount}"}}"#
        )
    };
    let page = |total: &str, rows: &[String]| {
        ok(format!(r#"{{"response":{{{total}"refunds":[{}]}}}}"#, rows.join(",")))
    };
    let first =
        page(r#""total_count":4,"#, &[row("TK1", 21, "1"), row("TK2", 20, "2"), row("TK3", 20, "bad")]);
    let second =
        page("", &[row("TK1", 20, "9"), row("TK2", 21, "bad"), row("TK3", 21, "3"), row("TK4", 20, "4")]);
    let (client, _) = scripted(builder(), [first, second, page("", &[])]);
    let month = RefundParams::builder().span(span("2026-11-01 00:00:00", "2026-11-30 00:00:00")).build();
    let latest = client.list::<RefundQuery>(month).page_size(3).forward().collect_latest().await.unwrap();
    let amounts: Vec<_> =
        latest.rows.values().map(|row| (row.refund_no.as_str(), row.refund_amount)).collect();
    assert_eq!(amounts, [("TK1", Some(1.into())), ("TK3", Some(3.into())), ("TK4", Some(4.into()))]);
    assert_eq!(
        latest.broken.keys().map(ToString::to_string).collect::<Vec<_>>(),
        ["TK2"],
        "the older state no longer holds"
    );
}

#[tokio::test(start_paused = true)]
async fn a_passing_error_between_pages_loses_nothing_that_was_folded() {
    let (gateway, client) = day_with_a_bad_row();
    let mut pages = client.list::<RefundQuery>(a_day()).page_size(1).pages();
    let mut latest = Latest::default();
    assert_eq!(latest.proof, Proof::Unproved(Why::Unfinished));
    let mut errors = 0;
    while let Some(listed) = pages.next().await {
        let broken = errors == 0;
        match listed {
            Ok(Listed::Page(_)) if broken => gateway.set_faults(Faults { lost: 1.0, ..Faults::none() }),
            Ok(listed) => latest.take(listed),
            Err(_) => {
                errors += 1;
                gateway.set_faults(Faults::none());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    assert_eq!((errors, latest.rows.len() + latest.broken.len() >= 2), (1, true));
    assert!(matches!(latest.proof, Proof::Proved { .. }), "{:?}", latest.proof);
}

#[tokio::test]
async fn what_is_no_name_of_a_method_is_not_sent() {
    let gateway = Gateway::builder().build();
    for client in
        [gateway.client().unwrap(), gateway.client_builder().protocol(Protocol::Native).build().unwrap()]
    {
        for name in ["", "wdt/shop.query", "wdt..query", "../admin", "wdt.shop.query?x=1", "wdt.shop query"] {
            let error = client.call(name, ()).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Request(_)), "{name}: {error}");
        }
    }
    assert_eq!(gateway.counts().arrivals, 0);
}

//! What is asked stands in a configuration, and tests make errors and answers as the client does.

use std::fmt::Debug;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wdt_qimen_sdk::method::goods::GoodsParams;
use wdt_qimen_sdk::method::refund::RefundQuery;
use wdt_qimen_sdk::method::refund::{ProcessStatus, RefundParams, TimeType};
use wdt_qimen_sdk::method::shop::ShopParams;
use wdt_qimen_sdk::method::stockin_refund::StockinRefundParams;
use wdt_qimen_sdk::method::stockout_trade::StockoutTradeParams;
use wdt_qimen_sdk::method::suite::SuiteParams;
use wdt_qimen_sdk::method::trade::TradeParams;
use wdt_qimen_sdk::method::vip_refund::{PlatformNumber, VipRefundParams};
use wdt_qimen_sdk::method::warehouse::WarehouseParams;
use wdt_qimen_sdk::{
    Error, ErrorKind, Fate, ListedPage, Page, RawAnswer, RefusalClass, Replay, RetryPolicy, RowError, Span,
};

use crate::support::{Say, builder, ok, scripted};

/// What is kept of it, after it was seen to read back equal; and that nothing at all reads as the default.
fn kept<P: Serialize + DeserializeOwned + Default + PartialEq + Debug>(params: &P) -> String {
    let kept = serde_json::to_string(params).unwrap();
    assert_eq!(&serde_json::from_str::<P>(&kept).unwrap(), params);
    assert_eq!(serde_json::from_str::<P>("{}").unwrap(), P::default());
    assert_eq!(serde_json::to_string(&P::default()).unwrap(), "{}");
    kept
}

#[test]
fn what_is_asked_is_kept_and_read_again() {
    let day = Span::day("2026-11-20".parse().unwrap());
    let refunds = RefundParams::builder()
        .span(day)
        .time_type(TimeType::Settled)
        .process_status(ProcessStatus::Finished)
        .shop_nos(vec!["S001".to_owned()])
        .build();
    assert_eq!(
        kept(&refunds),
        r#"{"span":{"start":"2026-11-20T00:00:00","end":"2026-11-21T00:00:00"},"time_type":1,"process_status":90,"shop_nos":["S001"]}"#
    );
    let number = PlatformNumber::Refund { platform_id: 39, refund_no: "R1".to_owned() };
    assert_eq!(
        kept(&VipRefundParams::builder().number(number).build()),
        r#"{"number":{"refund":{"platform_id":39,"refund_no":"R1"}}}"#
    );
    assert_eq!(kept(&ShopParams::builder().is_disabled(false).build()), r#"{"is_disabled":false}"#);
    kept(&WarehouseParams::builder().warehouse_type(1).build());
    kept(&GoodsParams::builder().span(day).deleted(true).build());
    kept(&SuiteParams::builder().suite_no("Z001").build());
    kept(&TradeParams::builder().status(110).shop_nos(vec!["S001".to_owned()]).build());
    kept(&StockinRefundParams::builder().src_order_no("TK1").build());
    kept(&StockoutTradeParams::builder().is_by_modified(true).build());
    let reversed = r#"{"span":{"start":"2026-11-20T00:00:00","end":"2026-11-19T00:00:00"}}"#;
    assert!(serde_json::from_str::<TradeParams>(reversed).is_err());
}

#[test]
fn names_are_shown_and_read_again() {
    for fate in [Fate::NotSent, Fate::Refused, Fate::Unknown] {
        assert_eq!(fate.to_string().parse::<Fate>().unwrap(), fate);
    }
    for replay in [Replay::Safe, Replay::Keyed, Replay::Never] {
        assert_eq!(replay.to_string().parse::<Replay>().unwrap(), replay);
        assert_eq!(serde_json::to_string(&replay).unwrap(), format!("\"{replay}\""));
    }
    let unknown = "perhaps".parse::<Replay>().unwrap_err().to_string();
    assert_eq!(unknown, r#""perhaps" is none of safe, keyed, never"#);
    assert!("perhaps".parse::<Fate>().is_err());
    for code in 0..50 {
        let class = RefusalClass::of(code, "");
        assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
    }
}

#[test]
fn a_page_of_a_list_is_made_for_a_test() {
    let refund = serde_json::from_str(r#"{"refund_no": "TK1", "refund_amount": "9.90"}"#).unwrap();
    let broken = RowError::reading::<RefundQuery>(r#"{"refund_no":"TK2","refund_amount":"a lot"}"#).unwrap();
    let listed = ListedPage::of::<RefundQuery>(Page::of(vec![Ok(refund), Err(broken)]));
    assert_eq!(
        (listed.page.rows.len(), listed.page_no, listed.progress.rows, listed.walked),
        (2, 0, 2, None)
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_that_a_test_makes_of_a_read_is_as_the_clients_own() {
    let (client, _) = scripted(builder().retry(RetryPolicy::never()), [Say::Hang]);
    let limit = Duration::from_secs(30);
    for (replay, made) in [
        (Replay::Safe, Error::of_read("wdt.refund.query", ErrorKind::Timeout { limit })),
        (Replay::Never, Error::of("wdt.refund.query", ErrorKind::Timeout { limit })),
    ] {
        let real = client.call_as(replay, "wdt.refund.query", ()).await.unwrap_err();
        let told = |error: &Error| (error.fate(), error.may_resend(), error.attempts(), error.advice().en);
        assert_eq!(told(&made), told(&real));
        assert_eq!((made.fate(), made.may_resend()), (Fate::Unknown, replay == Replay::Safe));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_a_test_makes_is_read_as_the_clients_own() {
    let text = r#"{"response":{"errorcode":0,"total_count":2,"shops":[{"shop_no":"S001"}]}}"#;
    let made = RawAnswer::of("wdt.shop.query", text);
    assert_eq!((made.total, made.calls, made.text()), (Some(2), 1, text));
    assert_eq!(made.rows::<serde_json::Value>("shops").unwrap()[0]["shop_no"], "S001");
    assert_eq!(RawAnswer::of("wdt.shop.query", "no JSON").total, None);
    let (client, _) = scripted(builder(), [ok(text)]);
    for (replay, may_resend) in [(Replay::Never, false), (Replay::Safe, true)] {
        let answer = client.call_as(replay, "wdt.shop.query", ()).await.unwrap();
        let error = answer.read::<Vec<u8>>().unwrap_err();
        assert_eq!((error.may_resend(), error.operation()), (may_resend, "wdt.shop.query"), "{error}");
    }
    assert!(!made.read::<Vec<u8>>().unwrap_err().may_resend(), "it may have written");
}

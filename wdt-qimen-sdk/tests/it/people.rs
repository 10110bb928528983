//! Nobody is shown by `Debug`: a name and a mobile that are planted come out nowhere.

use std::fmt::Debug;

use rust_decimal::Decimal;
use serde_json::json;
use wdt_qimen_sdk::method::raw::RawRow;
use wdt_qimen_sdk::method::refund::{Refund, RefundParams, RefundQuery};
use wdt_qimen_sdk::method::trade::{TradeParams, TradeQuery};
use wdt_qimen_sdk::method::write::{GoodsPush, PushedGoods, PushedOrder, PushedSpec, PushedTrade, TradePush};
use wdt_qimen_sdk::mock::{Gateway, MockRefund};
use wdt_qimen_sdk::wire::mask::PRIVATE_KEYS;
use wdt_qimen_sdk::wire::{Extra, FieldFault, Notes, read_row};
use wdt_qimen_sdk::{Error, ErrorKind, Method, RawAnswer, Refusal, Replay, RowError};

use crate::support::FIRST;

const NAME: &str = "张三丰";
const MOBILE: &str = "13800138000";

fn is_hidden(shown: &impl Debug) -> String {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.contains(NAME) && !text.contains(MOBILE), "{text}");
    }
    format!("{shown:?}")
}

fn order() -> PushedOrder {
    let extra = Extra::new().with_text("receiver_name", NAME).with_text("note", MOBILE);
    PushedOrder::builder().oid("T1-1").num(Decimal::ONE).price(Decimal::ONE).extra(extra).build()
}

fn trade() -> PushedTrade {
    PushedTrade::builder()
        .tid("T1")
        .buyer_nick(NAME)
        .receiver_name(NAME)
        .receiver_province(NAME)
        .receiver_city(NAME)
        .receiver_district(NAME)
        .receiver_address(NAME)
        .receiver_mobile(MOBILE)
        .receiver_telno(MOBILE)
        .receiver_zip(MOBILE)
        .buyer_message(NAME)
        .seller_memo(NAME)
        .order_list(vec![order()])
        .extra(Extra::new().with_text("mobile", MOBILE))
        .build()
}

#[test]
fn what_is_written_shows_no_people() {
    let shown = is_hidden(&TradePush::builder().shop_no("S001").trade_list(vec![trade()]).build());
    assert!(shown.contains("S001") && shown.contains("T1-1") && !shown.contains("cod_amount"), "{shown}");
    let spec = PushedSpec::builder().spec_no("A001").extra(Extra::new().with_text("contact", NAME)).build();
    let goods = PushedGoods::builder().goods_no("G1").goods_name("茶").remark(NAME).spec_list(vec![spec]);
    is_hidden(&GoodsPush::builder().goods_list(vec![goods.build()]).build());
}

/// A row with a name or a mobile in every field of a person.
fn row() -> serde_json::Value {
    let mut row = json!({"refund_no": "TK1", "trade_no": "JY1", "modified": "2026-11-20 10:00:00"});
    for (place, key) in PRIVATE_KEYS.iter().enumerate() {
        row[*key] = json!(if place % 2 == 0 { NAME } else { MOBILE });
    }
    row
}

#[tokio::test(start_paused = true)]
async fn what_is_answered_shows_no_people() {
    let gateway = Gateway::builder().accept("wdt.any.push").build();
    gateway.world().push(row());
    gateway.world().put(TradeQuery::NAME, row());
    let client = gateway.client().unwrap();
    let refunds = RefundParams::builder().refund_no("TK1").build();
    let page = client.page::<RefundQuery>(&refunds, FIRST).await.unwrap();
    assert!(is_hidden(&page).contains("TK1"));
    let trades = TradeParams::builder().trade_no("JY1").build();
    is_hidden(&client.page::<TradeQuery>(&trades, FIRST).await.unwrap());
    is_hidden(&client.list::<RefundQuery>(refunds).collect_latest().await.unwrap());
    let raw = client.list_raw(RefundQuery::NAME, "refunds", [("refund_no", "TK1")]).collect_latest().await;
    let raw = raw.unwrap();
    assert!(is_hidden(&raw).contains("TK1"));
    let _: &RawRow = raw.rows.values().next().unwrap();
    let answer = client.call_as(Replay::Safe, RefundQuery::NAME, [("refund_no", "TK1")]).await.unwrap();
    assert!(answer.text().contains(NAME) && is_hidden(&answer).contains("TK1"));
    client
        .call("wdt.any.push", [("trade_list", json!([trade()]).to_string()), ("mobile", MOBILE.into())])
        .await
        .unwrap();
    is_hidden(&gateway.requests());
    is_hidden(&gateway.written("wdt.any.push").into_iter().map(MockRefund::from).collect::<Vec<_>>());
    is_hidden(&gateway.world());
    is_hidden(&(gateway, client));
}

#[test]
fn what_went_wrong_shows_no_people() {
    let broken = RowError::reading::<RefundQuery>(
        &json!({"refund_no": "TK1", "buyer_nick": {"nick": NAME}, "refund_amount": "a lot", "mobile": MOBILE})
            .to_string(),
    );
    is_hidden(&broken.unwrap());
    let faults = read_row::<Refund>(&format!("{{\"buyer_nick\":[\"{NAME}\"],\"paid\":\"{MOBILE} or so\"}}"));
    is_hidden(&faults.unwrap_err());
    is_hidden(&FieldFault::new("", &row().to_string(), "a row"));
    let mut notes = Notes::default();
    notes.fault("receiver_name", NAME, "a number");
    is_hidden(&notes);
    let said = format!("order of {{\"receiver_name\":\"{NAME}\"}} {MOBILE}");
    let refusal = Refusal::of(40, &said, &said);
    is_hidden(&refusal);
    is_hidden(&Error::of("wdt.trade.push", ErrorKind::Refused(Box::new(refusal))));
    let quoted = json!({"response": {"errorcode": 0, "message": json!({"receiver_name": NAME}).to_string()}});
    let answer = RawAnswer::of("wdt.trade.push", quoted.to_string());
    is_hidden(&answer);
    is_hidden(&answer.read::<Vec<u8>>().unwrap_err());
    is_hidden(&answer.rows::<u8>("response").map(drop));
}

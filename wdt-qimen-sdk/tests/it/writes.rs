//! Typed writes, on the wire and at the simulator, and what a test asks of the simulator.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
use wdt_qimen_sdk::method::write::{
    CountedStock, GoodsPush, Pushed, PushedGoods, PushedOrder, PushedSpec, PushedTrade, ReturnedGoods,
    StockCount, StockinRefundInfo, StockinRefundPush, TradePush,
};
use wdt_qimen_sdk::mock::{Fault, Gateway};
use wdt_qimen_sdk::wire::Extra;
use wdt_qimen_sdk::{ErrorKind, Fate, Method, PageRule, Protocol, Replay, RetryPolicy, RowKey, Write};

use crate::support::{FIRST, at, builder, ok, scripted};

fn trade(tid: &str, price: Decimal) -> TradePush {
    let line =
        PushedOrder::builder().oid(format!("{tid}-1")).spec_no("A001").num(Decimal::ONE).price(price).build();
    let trade = PushedTrade::builder()
        .tid(tid)
        .trade_time(at("2026-11-20 10:00:00"))
        .paid(price)
        .receiver_name("planted-name")
        .order_list(vec![line])
        .build();
    TradePush::builder().shop_no("S001").trade_list(vec![trade]).build()
}

struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_lacks_its_parameter_or_its_method_is_refused() {
    let client = Gateway::builder().build().client().unwrap();
    let error = client.call("wdt.trade.push", [("shop_no", "S001")]).await.unwrap_err();
    assert_eq!((error.code(), error.fate()), (Some(40), Fate::Refused));
    for list in ["no json", "{}", r#"[{"tid":7}]"#] {
        let error = client.call("wdt.trade.push", [("trade_list", list)]).await.unwrap_err();
        assert_eq!(error.code(), Some(41), "{list}");
    }
    assert_eq!(client.call("wdt.no.such.push", ()).await.unwrap_err().code(), Some(22));
    let error = client.call("wdt.trade.push", Unwritable).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Request(why) if why.contains("not today")), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_pushed_twice_is_one_order_through_both_gateways() {
    for protocol in [Protocol::Qimen, Protocol::Native] {
        let gateway = Gateway::builder().build();
        let retry = RetryPolicy::default();
        let client = gateway.client_builder().protocol(protocol).retry(retry).build().unwrap();
        let push = trade("T1", Decimal::new(12_345_678_901_234_567, 4));
        gateway.fail_next(Fault::Lost);
        let error = client.write(&push).await.unwrap_err();
        assert_eq!((error.fate(), gateway.requests().len()), (Fate::Unknown, 1), "sent once, unless told");
        let again = client.call_as(Replay::Keyed, TradePush::NAME, &push).await.unwrap();
        let pushed: Pushed = again.read().unwrap();
        assert_eq!(
            (pushed.new_count, pushed.chg_count),
            (Some(0), Some(1)),
            "the lost one arrived: {pushed:?}"
        );
        let written = gateway.written("wdt.trade.push");
        assert_eq!(written.len(), 1);
        assert_eq!(written[0]["paid"], "1234567890123.4567", "no cent is lost");
        assert_eq!(written[0]["trade_time"], "2026-11-20 10:00:00");
        assert_eq!(gateway.requests().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_key_of_its_own_is_sent_once() {
    let gateway = Gateway::builder().build();
    let client = gateway.client_builder().retry(RetryPolicy::default()).build().unwrap();
    let counted = CountedStock::builder().spec_no("A001").stock_num(Decimal::new(25, 1)).build();
    let count =
        StockCount::builder().warehouse_no("WH01").is_adjust_stock(false).goods_list(vec![counted]).build();
    let goods = ReturnedGoods::builder().spec_no("A001").stockin_num(Decimal::TWO).build();
    let info = StockinRefundInfo::builder()
        .refund_no("TK1")
        .outer_no("IN1")
        .warehouse_no("WH01")
        .detail_list(vec![goods])
        .build();
    for attempt in 1..=2 {
        gateway.fail_next(Fault::Lost);
        let error = client.write(&count).await.unwrap_err();
        assert_eq!((error.may_resend(), gateway.written(StockCount::NAME).len()), (false, attempt));
    }
    let request = gateway.requests().pop().unwrap();
    assert_eq!(
        (request.param("is_adjust_stock"), request.param("goods_list")),
        ("0", r#"[{"spec_no":"A001","stock_num":"2.5"}]"#)
    );
    client.write(&StockinRefundPush::from(info)).await.unwrap();
    assert_eq!(gateway.written(StockinRefundPush::NAME)[0]["detail_list"][0]["stockin_num"], "2");
}

#[tokio::test(start_paused = true)]
async fn goods_are_known_by_their_number_and_take_further_keys() {
    let gateway = Gateway::builder().build();
    let client = gateway.client().unwrap();
    let spec = PushedSpec::builder().spec_no("A001").retail_price(Decimal::new(990, 2)).build();
    let extra = Extra::new().with_text("origin", "杭州").with_decimal("weight", Decimal::new(1230, 2));
    let goods =
        PushedGoods::builder().goods_no("G1").goods_name("茶").spec_list(vec![spec]).extra(extra).build();
    let push = GoodsPush::builder().goods_list(vec![goods]).build();
    assert_eq!(client.write(&push).await.unwrap().new_count, Some(1));
    assert_eq!(client.write(&push).await.unwrap().chg_count, Some(1));
    let written = &gateway.written(GoodsPush::NAME)[0];
    assert_eq!(
        (&written["origin"], &written["spec_list"][0]["retail_price"]),
        (&json!("杭州"), &json!("9.90"))
    );
}

#[derive(Serialize)]
struct Ack {
    rec_ids: Vec<u64>,
}

impl Write for Ack {
    const NAME: &'static str = "wdt.logistics.sync.ack";
    const REPLAY: Replay = Replay::Never;
    type Answer = Pushed;
}

#[tokio::test(start_paused = true)]
async fn a_write_of_another_project_is_one_impl_and_the_simulator_takes_it() {
    let gateway = Gateway::builder().accept(Ack::NAME).build();
    gateway.client().unwrap().write(&Ack { rec_ids: vec![1, 2] }).await.unwrap();
    assert_eq!(gateway.written(Ack::NAME)[0]["rec_ids"], "[1,2]");
}

#[tokio::test(start_paused = true)]
async fn an_accepted_write_that_answers_something_else_is_not_called_refused() {
    let (client, _) = scripted(builder(), [ok(r#"{"response":{"errorcode":0,"new_count":[1]}}"#)]);
    let error = client.write(&trade("T1", Decimal::ONE)).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown, "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_next_calls_fail_as_told_and_then_none() {
    let gateway = Gateway::builder().build();
    let client = gateway.client().unwrap();
    gateway.fail_next(Fault::Busy);
    gateway.fail_next(Fault::Refuse);
    let call = || client.call_as(Replay::Safe, "wdt.shop.query", [("shop_no", "S001")]);
    assert_eq!(call().await.unwrap_err().code(), Some(10));
    assert_eq!(call().await.unwrap_err().fate(), Fate::NotSent);
    assert!(call().await.is_ok());
    let seen = gateway.requests();
    let methods: Vec<_> = seen.iter().map(|request| (&*request.method, request.param("shop_no"))).collect();
    assert_eq!(methods, [("wdt.shop.query", "S001"); 2], "one never arrived");
}

#[tokio::test(start_paused = true)]
async fn rows_of_every_method_are_changed_and_taken_away_by_their_number() {
    let gateway = Gateway::builder().build();
    let world = gateway.world();
    world.put_master_data();
    for (method, number) in [("wdt.shop.query", "S001"), ("wdt.warehouse.query", "WH01")] {
        assert!(world.edit_in(method, number, |row| row.set("remark", "new")), "{method}");
        assert!(world.list(method).iter().any(|row| row.text("remark") == "new"));
        assert!(world.remove_in(method, number) && !world.remove_in(method, number), "{method}");
    }
    assert!(!world.edit_in("wdt.no.such", "S001", |_| ()));
}

/// A method of another project.
struct Stocks;

impl Method for Stocks {
    const NAME: &'static str = "wdt.stock.query";
    const LIST_KEY: &'static str = "stocks";
    const PAGE: PageRule = PageRule::new(100, 40);
    const NUMBER: &'static str = "spec_no";
    type Params = ();
    type Row = Stock;

    fn params((): &()) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn key(row: &Stock) -> RowKey {
        RowKey::from(row.spec_no.as_str())
    }
}

#[derive(serde::Deserialize)]
struct Stock {
    spec_no: String,
    #[serde(rename = "stock_num")]
    _num: u32,
}

#[tokio::test(start_paused = true)]
async fn a_broken_row_of_any_method_is_named_by_its_own_number() {
    let gateway = Gateway::builder().method::<Stocks>().build();
    gateway
        .world()
        .put("wdt.shop.query", json!({"shop_no": "S001", "platform_id": "taobao", "is_disabled": "0"}));
    gateway.world().put("wdt.stock.query", json!({"spec_no": "A001", "stock_num": "many"}));
    let client = gateway.client().unwrap();
    let shops = client.page::<ShopQuery>(&ShopParams::default(), FIRST).await.unwrap();
    let broken = shops.rows[0].as_ref().unwrap_err();
    assert_eq!((broken.number.as_deref(), &broken.key), (Some("S001"), &RowKey::from("S001")));
    assert_eq!((broken.get::<bool>("is_disabled"), broken.get::<i32>("platform_id")), (Some(false), None));
    let stocks = client.page::<Stocks>(&(), FIRST).await.unwrap();
    let broken = stocks.rows[0].as_ref().err().unwrap();
    assert_eq!((broken.number.as_deref(), broken.get::<i64>("stock_num")), (Some("A001"), None));
    let cut = r#"{"response":{"total_count":1,"shoplist":[{"shop_no":"S7","shop_name":"x]}}"#;
    let (client, _) = scripted(builder(), [ok(cut)]);
    let page = client.page::<ShopQuery>(&ShopParams::default(), FIRST).await.unwrap();
    assert_eq!(
        page.rows[0].as_ref().unwrap_err().number.as_deref(),
        Some("S7"),
        "also where its text is broken"
    );
}

#[tokio::test(start_paused = true)]
async fn rows_that_show_no_number_are_named_by_their_text_and_do_not_hide_each_other() {
    let gateway = Gateway::builder().method::<Stocks>().build();
    for (spec_no, stock_num) in [("", 1), ("", 2), ("A001", 3)] {
        gateway.world().put("wdt.stock.query", json!({"spec_no": spec_no, "stock_num": stock_num}));
    }
    let stocks = gateway.client().unwrap().list::<Stocks>(()).collect_latest().await.unwrap();
    assert_eq!((stocks.rows.len(), stocks.broken.len()), (1, 2), "{:?}", stocks.proof);
    let broken = stocks.broken.values().next().unwrap();
    assert!(broken.to_string().contains("spec_no is nothing"), "{broken}");
}

#[test]
fn what_is_pushed_is_kept_and_read_again_to_the_cent() {
    let kept = r#"{"shop_no":"S001","trade_list":[{"tid":"T1","pay_time":"2026-11-20 10:00:00","paid":"99.90","order_list":[{"oid":"T1-1","num":"1","price":"99.90"}],"our_key":[1]}]}"#;
    let push: TradePush = serde_json::from_str(kept).unwrap();
    assert_eq!(push.trade_list[0].paid, Some(Decimal::new(9_990, 2)));
    assert_eq!(serde_json::to_string(&push).unwrap(), kept);
    let number = kept.replacen("\"99.90\"", "99.90", 1);
    assert_eq!(serde_json::from_str::<TradePush>(&number).unwrap(), push, "a number by its own digits");
    assert_eq!(serde_json::from_value::<TradePush>(serde_json::from_str(kept).unwrap()).unwrap(), push);
    for (before, after, told) in [
        ("2026-11-20", "2026-13-20", "pay_time: "),
        (r#""tid":"T1","#, "", "tid: is missing"),
        (r#""tid":"T1""#, r#""tid":"T1","tid":"T2""#, "tid comes twice"),
        (r#""num":"1""#, r#""num":"some""#, "num: it is no decimal number"),
    ] {
        let error = serde_json::from_str::<TradePush>(&kept.replacen(before, after, 1)).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

/// Writes it, reads that, and writes it again.
fn twice<W: Serialize + serde::de::DeserializeOwned>(write: &W) -> String {
    let once = serde_json::to_string(write).unwrap();
    let again = serde_json::to_string(&serde_json::from_str::<W>(&once).unwrap()).unwrap();
    assert_eq!(once, again);
    again
}

#[test]
fn no_digit_of_a_further_key_is_lost_in_any_write() {
    let kept = r#""ours":12.30,"long":1234567890.123456789,"deep":{"rate":[0.10,1e400]}"#;
    let extra: Extra = serde_json::from_str(&format!("{{{kept}}}")).unwrap();
    let spec = PushedSpec::builder().spec_no("A001").extra(extra.clone()).build();
    let goods =
        PushedGoods::builder().goods_no("G1").goods_name("茶").spec_list(vec![spec]).extra(extra.clone());
    let counted =
        CountedStock::builder().spec_no("A001").stock_num(Decimal::ONE).extra(extra.clone()).build();
    let count = StockCount::builder().warehouse_no("WH01").goods_list(vec![counted]).extra(extra.clone());
    let arrived =
        ReturnedGoods::builder().spec_no("A001").stockin_num(Decimal::ONE).extra(extra.clone()).build();
    let stockin = StockinRefundInfo::builder().refund_no("TK1").outer_no("IN1").warehouse_no("WH01");
    let stockin = stockin.detail_list(vec![arrived]).extra(extra.clone()).build();
    let line = PushedOrder::builder().oid("1").num(Decimal::ONE).price(Decimal::ONE).extra(extra.clone());
    let trade = PushedTrade::builder().tid("T1").order_list(vec![line.build()]).extra(extra).build();
    for written in [
        twice(&GoodsPush::builder().goods_list(vec![goods.build()]).build()),
        twice(&count.build()),
        twice(&StockinRefundPush::from(stockin)),
        twice(&TradePush::builder().shop_no("S001").trade_list(vec![trade]).build()),
    ] {
        assert_eq!(written.matches(kept).count(), 2, "{written}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_further_key_goes_as_it_is_written_and_none_goes_twice() {
    let gateway = Gateway::builder().accept(StockCount::NAME).build();
    let client = gateway.client().unwrap();
    let count =
        |extra| StockCount::builder().warehouse_no("WH01").goods_list(Vec::new()).extra(extra).build();
    let extra = Extra::new().with_decimal("rate", Decimal::new(1230, 2)).with_bool("is_urgent", true);
    client.write(&count(extra)).await.unwrap();
    let asked = gateway.requests().pop().unwrap();
    assert_eq!((asked.param("rate"), asked.param("is_urgent")), ("12.30", "1"));
    let error = client.write(&count(Extra::new().with_text("warehouse_no", "WH02"))).await.unwrap_err();
    assert!(error.to_string().contains("warehouse_no is no extra"), "{error}");
    assert_eq!(gateway.requests().len(), 1);
}

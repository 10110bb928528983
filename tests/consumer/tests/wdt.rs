//! What an integrator of 旺店通 does first, against the shipped simulator.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt};
use wdt_qimen_sdk::bytes::Bytes;
use wdt_qimen_sdk::chrono::TimeDelta;
use wdt_qimen_sdk::http;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
use wdt_qimen_sdk::method::write::{PushedOrder, PushedTrade, TradePush};
use wdt_qimen_sdk::mock::{self, Fault, Faults, Gateway, QuotaRule};
use wdt_qimen_sdk::prelude::*;
use wdt_qimen_sdk::rust_decimal::Decimal;
use wdt_qimen_sdk::transport::Operation;
use wdt_qimen_sdk::wire::{FieldFault, from_beijing, parse_time, read_row};
use wdt_qimen_sdk::PageRule;

fn november() -> Span {
    Span::month(2026, 11).unwrap()
}

/// A gateway in January with November's returns, and settings of a client of it.
fn shop() -> (Gateway, ClientBuilder) {
    let clock = mock::virtual_clock(from_beijing(parse_time("2027-01-01").unwrap()));
    let gateway = Gateway::builder().now(clock).build();
    gateway.world().extend(mock::fill(1, 200, november()));
    let builder = gateway.client_builder();
    (gateway, builder)
}

#[test]
fn a_client_that_lacks_everything_says_so_at_once() {
    let error = Client::builder().build().unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(settings, ["sid", "app_key", "app_secret"]);
}

#[tokio::test(start_paused = true)]
async fn a_month_is_read_whole_though_one_row_is_bad() {
    let (gateway, builder) = shop();
    let bad = serde_json::json!({"refund_no": "TK-BAD", "modified": "2026-11-03 10:00:00", "refund_amount": "a lot"});
    gateway.world().push(bad);
    let client = builder.build().unwrap();
    let month = RefundParams::builder().span(november()).build();
    let refunds = client.list::<RefundQuery>(month).collect_latest().await.unwrap();
    assert_eq!((refunds.rows.len(), refunds.broken.len()), (200, 1));
    assert!(refunds.broken.keys().any(|key| key.to_string() == "TK-BAD"));
}

#[tokio::test(start_paused = true)]
async fn a_page_and_a_call_by_name_are_one_line_each() {
    let (_gateway, builder) = shop();
    let client = builder.build().unwrap();
    let ask = PageAsk::new(0, 40);
    let month = RefundParams::builder().span(november()).build();
    assert!(client.page::<RefundQuery>(&month, ask).await.unwrap().total >= Some(200));
    let answer = client.call_as(Replay::Safe, "wdt.shop.query", [("page_no", 0)]).await.unwrap();
    assert!(answer.text().starts_with('{'));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_sent_once_and_its_author_is_told_to_look() {
    let (gateway, builder) = shop();
    gateway.set_faults(Faults { lost: 1.0, ..Faults::none() });
    let client = builder.build().unwrap();
    let error = client.call("wdt.trade.push", [("shop_no", "S001")]).await.unwrap_err();
    assert_eq!((gateway.counts().arrivals, error.fate(), error.may_resend()), (1, Fate::Unknown, false));
}

#[tokio::test(start_paused = true)]
async fn a_hasty_call_ends_at_its_deadline() {
    let (gateway, builder) = shop();
    gateway.set_faults(Faults { latency: Duration::from_secs(20), ..Faults::none() });
    let client = builder.build().unwrap().with(CallOptions::new().deadline(Duration::from_secs(5)));
    let begun = tokio::time::Instant::now();
    client.call_as(Replay::Safe, "wdt.shop.query", ()).await.unwrap_err();
    assert!(begun.elapsed() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_stops_goes_on_from_what_was_kept() {
    let (gateway, builder) = shop();
    let client = builder.build().unwrap();
    let list = || client.list::<RefundQuery>(RefundParams::builder().span(november()).build());
    let mut pages = list().window_pages(1).pages();
    for _ in 0..4 {
        pages.next().await.unwrap().unwrap();
    }
    let kept = serde_json::to_string(&pages.checkpoint()).unwrap();
    drop(pages);
    let before = gateway.counts().arrivals;
    let mut pages = list().window_pages(1).resume(serde_json::from_str(&kept).unwrap()).unwrap().pages();
    let mut last = None;
    while let Some(listed) = pages.try_next().await.unwrap() {
        last = Some(listed);
    }
    assert!(matches!(last, Some(Listed::End(_))));
    assert!(gateway.counts().arrivals > before);
}

#[tokio::test(start_paused = true)]
async fn what_a_test_asks_of_the_simulator_is_there() {
    let (gateway, builder) = shop();
    let client = builder.retry(RetryPolicy::default()).build().unwrap();
    gateway.fail_next(Fault::Busy);
    gateway.fail_next(Fault::Cut);
    client.call_as(Replay::Safe, "wdt.shop.query", [("shop_no", "S001")]).await.unwrap();
    let seen: Vec<_> = gateway.requests().iter().map(|request| request.param("shop_no").to_owned()).collect();
    assert_eq!(seen, ["S001"; 3]);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_pushed_with_exact_money_and_after_a_lost_answer_again_by_its_authors_decision_only() {
    let (gateway, builder) = shop();
    let client = builder.retry(RetryPolicy::default()).build().unwrap();
    gateway.fail_next(Fault::Lost);
    let price = Decimal::new(9_990, 2);
    let line = PushedOrder::builder().oid("T1-1").spec_no("A001").num(Decimal::ONE).price(price).build();
    let trade = PushedTrade::builder().tid("T1").paid(price).order_list(vec![line]).build();
    let push = TradePush::builder().shop_no("S001").trade_list(vec![trade]).build();
    let error = client.write(&push).await.unwrap_err();
    assert_eq!((gateway.counts().arrivals, error.fate(), error.may_resend()), (1, Fate::Unknown, false));
    // Who has seen at his own ERP that a tid makes two pushes one says so for the call.
    client.call_as(Replay::Keyed, TradePush::NAME, &push).await.unwrap();
    assert_eq!(gateway.counts().arrivals, 2);
    let written = gateway.written("wdt.trade.push");
    assert_eq!((written.len(), &written[0]["paid"]), (1, &serde_json::json!("99.90")));
}

/// `wdt.stock.query`, which the crate does not know.
struct StockQuery;

wdt_qimen_sdk::row! {
    /// How much of an item there is.
    struct Stock {
        spec_no: String,
        stock_num: Option<Decimal>,
        warehouse_id: Option<u32>,
    }
}

impl Method for StockQuery {
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

    fn read(text: &str) -> Result<Stock, Vec<FieldFault>> {
        read_row(text)
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_of_ones_own_is_one_impl_and_its_bad_row_is_named() {
    let gateway = Gateway::builder().method::<StockQuery>().build();
    for (number, stock) in [("A001", "12.5"), ("A002", "many")] {
        gateway.world().put("wdt.stock.query", serde_json::json!({"spec_no": number, "stock_num": stock}));
    }
    let stocks = gateway.client().unwrap().list::<StockQuery>(()).collect_latest().await.unwrap();
    let stock = &stocks.rows[&RowKey::from("A001")];
    assert_eq!((stock.stock_num, stock.warehouse_id), (Some(Decimal::new(125, 1)), None));
    let broken: Vec<_> = stocks.broken.values().map(|row| row.number.as_deref().unwrap()).collect();
    assert_eq!(broken, ["A002"]);
}

#[tokio::test(start_paused = true)]
async fn a_ban_is_told_kept_and_sat_out_by_the_next_process() {
    let (gateway, builder) = shop();
    let banned = QuotaRule::sliding(1, TimeDelta::minutes(1)).ban(TimeDelta::minutes(5));
    gateway.set_quota(Some(banned));
    let client = builder.clone().build().unwrap();
    let call = |client: &Client| {
        let client = client.clone();
        async move { client.call_as(Replay::Safe, "wdt.shop.query", ()).await }
    };
    call(&client).await.unwrap();
    let error = call(&client).await.unwrap_err();
    assert!(error.is_transient() && error.retry_after() >= Some(Duration::from_secs(300)), "{error}");
    let kept = serde_json::to_string(&client.snapshot()).unwrap();
    let next = builder.resume(serde_json::from_str(&kept).unwrap()).build().unwrap();
    let held = call(&next).await.unwrap_err();
    assert!(matches!(held.kind(), ErrorKind::Held { .. }), "{held}");
    assert_eq!(gateway.counts().arrivals, 2, "the ban is not disturbed");
}

#[tokio::test(start_paused = true)]
async fn an_error_says_what_to_do_in_both_languages() {
    let (_gateway, builder) = shop();
    let wrong = builder.app_secret("not the secret").build().unwrap();
    let error = wrong.call("wdt.shop.query", ()).await.unwrap_err();
    assert!(error.is_permanent_for_all() && !error.is_transient());
    let advice = error.advice();
    assert!(advice.zh.contains("AppSecret") && advice.en.contains("app_secret"), "{advice}");
    assert!(!format!("{error:?} {error}").contains("not the secret"));
}

#[tokio::test(start_paused = true)]
async fn a_transport_of_ones_own_is_a_function() {
    let answer = Bytes::from_static(br#"{"response":{"errorcode":0,"shoplist":[]}}"#);
    let service = tower::service_fn(move |request: http::Request<Bytes>| {
        let asked = request.extensions().get::<Operation>().map(|operation| operation.name().to_owned());
        assert_eq!(asked.as_deref(), Some("wdt.shop.query"));
        let answer = answer.clone();
        async move { Ok::<_, std::convert::Infallible>(http::Response::new(answer)) }
    });
    let client = Client::builder().sid("s").app_key("1").app_secret("x").transport(service).build().unwrap();
    assert!(client.call("wdt.shop.query", ()).await.is_ok());
}

/// A source of this project's own, which its tests replace.
trait Source: Send + Sync {
    fn numbers(&self) -> BoxFuture<'_, Result<Vec<String>, wdt_qimen_sdk::Error>>;
}

impl Source for Client {
    fn numbers(&self) -> BoxFuture<'_, Result<Vec<String>, wdt_qimen_sdk::Error>> {
        Box::pin(async move {
            let month = RefundParams::builder().span(november()).build();
            let refunds = self.list::<RefundQuery>(month).collect_latest().await?;
            Ok(refunds.rows.into_values().map(|refund| refund.refund_no).collect())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_stands_behind_a_trait_of_ones_own_and_in_a_task() {
    let (_gateway, builder) = shop();
    let source: Arc<dyn Source> = Arc::new(builder.build().unwrap());
    let task = tokio::spawn(async move { source.numbers().await });
    assert_eq!(task.await.unwrap().unwrap().len(), 200);
}

/// Whatever a method lists, as lines of JSON.
async fn export<M: Method>(client: &Client, params: M::Params) -> Result<Vec<String>, Box<dyn std::error::Error>>
where
    M::Row: serde::Serialize,
{
    let latest = client.list::<M>(params).collect_latest().await?;
    Ok(latest.rows.values().map(serde_json::to_string).collect::<Result<_, _>>()?)
}

#[tokio::test(start_paused = true)]
async fn a_function_is_generic_over_methods() {
    let (gateway, builder) = shop();
    gateway.world().put_master_data();
    let client = builder.build().unwrap();
    let shops = export::<ShopQuery>(&client, ShopParams::default()).await.unwrap();
    assert!(shops.len() > 1 && shops[0].starts_with('{'), "{shops:?}");
}

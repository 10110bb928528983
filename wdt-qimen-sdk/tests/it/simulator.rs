//! The simulator is as strict as the real gateway: what it refuses, how it lists, what it counts.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::json;
use wdt_qimen_sdk::method::refund::{Refund, RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Faults, Gateway, GatewayBuilder, MockRefund, QuotaRule, RowOrder, World};
use wdt_qimen_sdk::{Client, PageAsk};

use crate::support::{FIRST, a_day, at, builder, first_page, span, utc};

fn client(gateway: &Gateway) -> Client {
    builder().transport(gateway.service()).build().unwrap()
}

fn with_rows(builder: GatewayBuilder, count: usize) -> Gateway {
    let gateway = builder.build();
    for number in 0..count {
        let row = json!({"refund_no": format!("TK{number:03}"), "refund_id": number, "modified": "2026-11-20 10:00:00"});
        gateway.world().push(row);
    }
    gateway
}

async fn numbers(gateway: &Gateway, page_no: u32, page_size: u32) -> Vec<String> {
    let page = client(gateway).page::<RefundQuery>(&a_day(), PageAsk::new(page_no, page_size)).await.unwrap();
    page.rows.into_iter().map(|row| row.unwrap().refund_no).collect()
}

/// The code that a raw call with these parameters is refused with.
async fn code(gateway: &Gateway, params: &[(&str, &str)]) -> Option<i64> {
    let params: Vec<_> = params.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let answer = client(gateway).call("wdt.refund.query", &params).await;
    answer.err().map(|error| error.code().unwrap())
}

#[tokio::test(start_paused = true)]
async fn it_refuses_what_the_gateway_refuses() {
    let gateway = Gateway::builder().build();
    let from = ("start_time", "2026-11-01 00:00:00");
    assert_eq!(code(&gateway, &[]).await, Some(2900), "neither a span nor a number");
    assert_eq!(code(&gateway, &[from]).await, Some(2900), "half a span");
    assert_eq!(code(&gateway, &[("refund_no", "TK1")]).await, None);
    assert_eq!(code(&gateway, &[from, ("end_time", "2026-12-01 00:00:00")]).await, None, "thirty days");
    assert_eq!(code(&gateway, &[from, ("end_time", "2026-12-01 00:00:01")]).await, Some(41));
    assert_eq!(code(&gateway, &[from, ("end_time", "2026-10-01 00:00:00")]).await, Some(41));
    assert_eq!(code(&gateway, &[from, ("end_time", "tomorrow")]).await, Some(41));
    for size in ["0", "101", "x", "-1"] {
        assert_eq!(code(&gateway, &[("tid", "1"), ("page_size", size)]).await, Some(41), "page_size {size}");
    }
    let other = client(&gateway).call("wdt.no.such", ()).await.unwrap_err();
    assert_eq!(other.code(), Some(22));
    for (builder, code) in [
        (builder().app_key("99"), 29),
        (builder().target_app_key("99"), 11),
        (builder().sid("other"), 2010),
        (builder().clock(|| utc("2020-01-01 00:00:00")), 31),
    ] {
        let client = builder.transport(gateway.service()).build().unwrap();
        assert_eq!(first_page(&client).await.unwrap_err().code(), Some(code));
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_comes_with_page_0_only() {
    let gateway = with_rows(Gateway::builder(), 5);
    let ask = |page_no| PageAsk::new(page_no, 2);
    let pages = client(&gateway);
    assert_eq!(pages.page::<RefundQuery>(&a_day(), ask(0)).await.unwrap().total, Some(5));
    assert_eq!(pages.page::<RefundQuery>(&a_day(), ask(1)).await.unwrap().total, None);
    let beyond = pages.page::<RefundQuery>(&a_day(), ask(9)).await.unwrap();
    assert!(beyond.rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn equal_times_come_in_another_order_at_each_call() {
    let gateway = with_rows(Gateway::builder().seed(1), 30);
    assert_ne!(numbers(&gateway, 0, 30).await, numbers(&gateway, 0, 30).await);
    for order in [RowOrder::TimeAsc, RowOrder::TimeDesc, RowOrder::ById] {
        let steady = with_rows(Gateway::builder().order(order), 30);
        assert_eq!(numbers(&steady, 0, 30).await, numbers(&steady, 0, 30).await, "{order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_cap_serves_fewer_rows_and_loses_none() {
    let gateway = with_rows(Gateway::builder().order(RowOrder::ById).page_cap(Some(3)), 7);
    let mut all = BTreeSet::new();
    for page_no in 0..3 {
        all.extend(numbers(&gateway, page_no, 40).await);
    }
    assert_eq!(all.len(), 7);
    assert_eq!(numbers(&gateway, 0, 40).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn filters_are_kept() {
    let gateway = Gateway::builder().build();
    for (number, shop, status) in
        [("TK1", "S001", 90), ("TK2", "S002", 90), ("TK3", "S003", "80".parse().unwrap())]
    {
        gateway
            .world()
            .push(json!({"refund_no": number, "shop_no": shop, "process_status": status, "type": 2,
            "modified": "2026-11-20 10:00:00.500", "finish_time": "2026-11-25 00:00:00", "tid": "11,22"}));
    }
    let found = async |params: RefundParams| {
        let page = client(&gateway).page::<RefundQuery>(&params, FIRST).await.unwrap();
        page.rows
            .into_iter()
            .map(|row: Result<Refund, _>| row.unwrap().refund_no)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let day = a_day().span.unwrap();
    let that_second = span("2026-11-20 09:00:00", "2026-11-20 10:00:00");
    let one_before = span("2026-11-20 09:00:00", "2026-11-20 09:59:59");
    let params = || RefundParams::builder();
    assert_eq!(found(params().span(day).process_status(90.into()).build()).await, "TK1 TK2");
    assert_eq!(found(params().span(day).shop_no("S002").build()).await, "TK2");
    assert_eq!(
        found(params().span(day).shop_nos(vec!["S001".into(), "S003".into()]).build()).await,
        "TK1 TK3"
    );
    assert_eq!(found(params().refund_no("TK3").build()).await, "TK3");
    assert_eq!(found(params().tid("22").build()).await, "TK1 TK2 TK3");
    assert_eq!(found(params().span(that_second).build()).await, "TK1 TK2 TK3", "closed ends, whole seconds");
    assert_eq!(found(params().span(one_before).build()).await, "");
    assert_eq!(found(params().span(day).time_type(1.into()).build()).await, "", "settled on another day");
}

#[tokio::test(start_paused = true)]
async fn the_world_changes_while_a_client_reads() {
    let gateway = with_rows(Gateway::builder().order(RowOrder::ById), 3);
    let world: World = gateway.world();
    assert!(world.edit("TK001", |row| row.touch(at("2026-12-24 00:00:00"))));
    assert!(world.remove("TK002") && !world.remove("TK002"));
    assert_eq!(numbers(&gateway, 0, 40).await, ["TK000"]);
    world.push_ghost(MockRefund::from(json!({"refund_no": "TK9", "modified": "2026-11-20 11:00:00"})));
    let page = first_page(&client(&gateway)).await.unwrap();
    assert_eq!((page.total, page.rows.len()), (Some(2), 1), "a ghost is counted and never shown");
}

#[tokio::test(start_paused = true)]
async fn quotas_of_three_kinds_refuse_and_name_their_ban() {
    let minute = TimeDelta::minutes(1);
    for rule in [
        QuotaRule::sliding(3, minute),
        QuotaRule::fixed(3, minute, TimeDelta::seconds(7)),
        QuotaRule::bucket(3, minute, 3),
    ] {
        let clock = mock::virtual_clock(utc("2026-11-20 00:00:10"));
        let gateway =
            Gateway::builder().now(clock.clone()).quota(Some(rule.ban(TimeDelta::seconds(30)))).build();
        let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
        for _ in 0..3 {
            first_page(&client).await.unwrap();
        }
        let error = first_page(&client).await.unwrap_err();
        assert_eq!(error.retry_after().unwrap().as_secs(), 31, "{rule:?}");
        let counts = gateway.counts();
        assert_eq!((counts.refused[&7], counts.over_limit), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_chance_is_told_from_one_by_the_limit_and_a_busy_server_names_its_patience() {
    let gateway = Gateway::builder().faults(Faults { limited: 1.0, ..Faults::none() }).build();
    let client = builder().transport(gateway.service()).build().unwrap();
    first_page(&client).await.unwrap_err();
    let counts = gateway.counts();
    assert_eq!((counts.refused[&7], counts.over_limit), (1, 0));
    let patience = Duration::from_secs(17);
    gateway.set_faults(Faults { status: 1.0, retry_after: Some(patience), ..Faults::none() });
    client.lift_holds();
    assert_eq!(first_page(&client).await.unwrap_err().retry_after(), Some(patience));
}

#[tokio::test(start_paused = true)]
async fn a_timestamp_in_milliseconds_and_everything_in_the_query_pass_as_well() {
    use wdt_qimen_sdk::SignMethod;
    use wdt_qimen_sdk::sign::top_sign;
    let now = utc("2026-11-20 00:00:00");
    let gateway = Gateway::builder().now(move || now).build();
    let millis = now.timestamp_millis().to_string();
    let mut params = vec![
        ("method", "wdt.refund.query"),
        ("app_key", mock::APP_KEY),
        ("target_app_key", "21363512"),
        ("v", "2.0"),
        ("format", "json"),
        ("timestamp", &millis),
        ("sign_method", "hmac"),
        ("sid", mock::SID),
        ("tid", "订单"),
    ];
    let sign = top_sign(SignMethod::Hmac, mock::APP_SECRET, &params);
    params.push(("sign", &sign));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let request = http::Request::get(format!("/router/qm?{query}")).body(bytes::Bytes::new()).unwrap();
    let body = gateway.handle(&request).into_body();
    assert!(std::str::from_utf8(&body).unwrap().contains(r#""errorcode":0"#), "{body:?}");
}

#[test]
fn made_up_returns_are_the_same_for_a_seed_and_true_to_the_wire() {
    let month = span("2026-11-01 00:00:00", "2026-11-30 00:00:00");
    let rows = mock::fill(7, 3000, month);
    assert_eq!(rows, mock::fill(7, 3000, month));
    assert_ne!(rows, mock::fill(8, 3000, month));
    let refunds: Vec<Refund> = rows
        .iter()
        .map(|row| serde_json::from_str(&serde_json::to_string(&row.0).unwrap()).unwrap())
        .collect();
    assert_eq!(refunds.iter().map(|row| &row.refund_no).collect::<BTreeSet<_>>().len(), 3000);
    assert!(refunds.iter().all(|row| month.contains(row.modified.unwrap())));

    let sum = |row: &Refund| {
        row.refund_order_list.iter().filter_map(|line| line.refund_order_amount).sum::<Decimal>()
    };
    let cents = |amount: Decimal| (amount * Decimal::ONE_HUNDRED).fract().is_zero();
    let share = |wanted: &dyn Fn(&Refund) -> bool| refunds.iter().filter(|row| wanted(row)).count();
    assert_eq!(share(&|row| row.refund_amount != Some(sum(row))), 0, "shares sum to the header");
    assert_eq!(share(&|row| !cents(row.refund_amount.unwrap())), 0, "headers are whole cents");
    assert!(share(&|row| row.kind.code() == 2 && row.process_status.code() == 90) > 1500);
    let lines = |row: &Refund| row.refund_order_list.clone();
    assert!(share(&|row| lines(row).iter().any(|line| !cents(line.refund_order_amount.unwrap()))) > 100);
    assert!(share(&|row| lines(row).iter().any(|line| line.gift_type == Some(1))) > 50);
    assert!(share(&|row| lines(row).iter().any(|line| !line.suite_no.is_empty())) > 10);
    assert!(share(&|row| lines(row).len() >= 40) > 5);
    assert!(share(&|row| row.post_amount > Some(Decimal::ZERO)) > 100);
    assert!(share(&|row| row.refund_amount < row.goods_amount) > 100);
    assert!((1..=5).all(|kind| share(&|row| row.kind.code() == kind) > 20));
    let mut times: Vec<_> = refunds.iter().map(|row| row.modified).collect();
    times.sort_unstable();
    assert!(times.chunk_by(|a, b| a == b).any(|second| second.len() >= 20), "a bulk second");
}

#[test]
fn presets_of_faults_are_named() {
    assert_eq!("none".parse(), Ok(Faults::none()));
    assert_eq!("storm".parse(), Ok(Faults::storm()));
    assert!("hail".parse::<Faults>().unwrap_err().to_string().contains("light"));
}

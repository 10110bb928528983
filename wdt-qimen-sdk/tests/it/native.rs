//! WDT's own gateway behind the same client: its layout, its signature, its answers.

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::mock::{self, Faults, Gateway, QuotaRule};
use wdt_qimen_sdk::{Client, ClientBuilder, ErrorKind, Protocol};

use crate::support::{a_day, builder, first_page, ok, scripted, utc};

fn native() -> ClientBuilder {
    builder().protocol(Protocol::Native)
}

/// A gateway whose clock stands in December, and a native client whose clock runs behind it.
fn december(builder: ClientBuilder, behind: TimeDelta) -> (Gateway, Client) {
    let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).build();
    gateway.world().extend(mock::fill(9, 90, a_day().span.unwrap()));
    let clock = move || clock() - behind;
    (gateway.clone(), builder.clock(clock).transport(gateway.service()).build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn every_parameter_goes_into_the_form_of_the_methods_page() {
    let now = utc("2026-11-20 23:30:00");
    let (client, seen) = scripted(native().clock(move || now), [ok(r#"{"code":0}"#)]);
    client
        .page::<RefundQuery>(&RefundParams::builder().tid("订单 1").build(), crate::support::FIRST)
        .await
        .unwrap();
    let request = &seen.lock().unwrap()[0];
    assert_eq!(request.uri(), "https://api.wangdian.cn/openapi2/refund_query.php");
    let form: Vec<_> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let keys: Vec<_> = form.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["sid", "appkey", "timestamp", "tid", "page_no", "page_size", "sign"]);
    assert_eq!(form[2].1, "1795217400", "whole seconds");
    assert_eq!(form[6].1.len(), 32);
    assert!(form[6].1.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()), "lower-case hex");
}

#[tokio::test(start_paused = true)]
async fn a_list_reads_alike_through_both_gateways() {
    let (_, native) = december(native(), TimeDelta::zero());
    let (_, qimen) = december(builder(), TimeDelta::zero());
    let read = async |client: &Client| {
        let rows: Vec<_> = client.list::<RefundQuery>(a_day()).rows().try_collect().await.unwrap();
        rows.into_iter().map(|row| row.unwrap().refund_no).collect::<std::collections::BTreeSet<_>>()
    };
    let rows = read(&native).await;
    assert_eq!(rows.len(), 90);
    assert_eq!(rows, read(&qimen).await);
}

#[tokio::test(start_paused = true)]
async fn chinese_values_are_signed_by_their_characters() {
    let (_gateway, client) = december(native().extra_params([("备注", "退货😀")]), TimeDelta::zero());
    for tid in ["订单", "a+b&c=d", "圆通 速递"] {
        let params = RefundParams::builder().tid(tid).build();
        client.page::<RefundQuery>(&params, crate::support::FIRST).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_key_or_clock_is_refused() {
    for (builder, behind, code) in [
        (native().app_secret("wrong"), 0, 1003),
        (native().app_key("nobody"), 0, 1001),
        (native(), 301, 1002),
        (native(), -301, 1002),
        (native().sid("other"), 0, 2010),
    ] {
        let (_, client) = december(builder, TimeDelta::seconds(behind));
        assert_eq!(first_page(&client).await.unwrap_err().code(), Some(code));
    }
    let (_, client) = december(native(), TimeDelta::seconds(299));
    assert!(first_page(&client).await.is_ok(), "five minutes are tolerated");
}

#[tokio::test(start_paused = true)]
async fn its_limit_is_sat_out_for_a_minute() {
    let (gateway, client) = december(native(), TimeDelta::zero());
    gateway.set_quota(Some(QuotaRule::sliding(1, TimeDelta::minutes(1))));
    first_page(&client).await.unwrap();
    let error = first_page(&client).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after().map(|wait| wait.as_secs())), (Some(1012), Some(60)));
}

#[tokio::test(start_paused = true)]
async fn what_passes_at_qimen_passes_here_too() {
    let (gateway, client) = december(native(), TimeDelta::zero());
    gateway.set_faults(Faults { busy: 1.0, ..Faults::none() });
    let error = first_page(&client).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), (Some(1020), true));
}

#[tokio::test]
async fn it_is_served_on_the_loopback_as_well() {
    let gateway = Gateway::builder().build();
    gateway.world().put_master_data();
    let server = gateway.serve(tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let client = native().base_url(server.native_base_url()).build().unwrap();
    let shops = client.call("wdt.shop.query", ()).await.unwrap();
    assert!(
        shops.text().starts_with(r#"{"code":0,"message":"","total_count":"4","shoplist":["#),
        "{}",
        shops.text()
    );
}

#[test]
fn each_protocol_has_its_production_and_its_sandbox() {
    let address = |builder: ClientBuilder| format!("{:?}", builder.build().unwrap());
    let client = || Client::builder().sid("a").app_key("b").app_secret("c");
    assert!(address(client()).contains("https://hu3cgwt0tc.api.taobao.com/router/qm\""));
    assert!(address(client().sandbox()).contains("http://hu3cgwt0tc.api.taobao.com/router/qmtest"));
    let native = || client().protocol(Protocol::Native);
    assert!(address(native()).contains("https://api.wangdian.cn/openapi2"));
    assert!(address(native().sandbox()).contains("https://sandbox.wangdian.cn/openapi2"));
    assert!(address(native().sandbox().base_url("http://127.0.0.1:1/openapi2")).contains("127.0.0.1"));
}

#[tokio::test(start_paused = true)]
async fn a_callers_parameter_cannot_take_the_clients_own_names() {
    let fault = native().extra_params([("appkey", "x")]).build().unwrap_err();
    assert_eq!(fault.faults()[0].setting, "extra_params");
    let (client, _) = scripted(native(), [ok("{}")]);
    let error = client.call("wdt.refund.query", &[("timestamp", "1".to_owned())]).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error}");
    let (client, _) = scripted(builder().extra_params([("appkey", "x")]), [ok(r#"{"response":{}}"#)]);
    assert!(client.call("wdt.refund.query", ()).await.is_ok(), "to Qimen it is the caller's");
}

//! How other clients put their requests, and what the simulator makes of them: names, paths, bodies.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use wdt_qimen_sdk::SignMethod;
use wdt_qimen_sdk::mock::{self, Gateway, QuotaRule};
use wdt_qimen_sdk::sign::{native_sign, top_sign};

use crate::support::{builder, first_page, ok, scripted, span, utc};

const NOW: &str = "2026-11-20 12:00:00";
const SPAN: [(&str, &str); 2] = [("start_time", "2026-11-20 00:00:00"), ("end_time", "2026-11-21 00:00:00")];

/// A gateway with three returns and what belongs to them; 20:00 in Shanghai.
fn gateway() -> Gateway {
    let gateway = Gateway::builder().now(|| utc(NOW)).build();
    gateway.world().extend(mock::fill(1, 3, span(SPAN[0].1, SPAN[1].1)));
    gateway
}

/// The parameters of a Qimen call with this method, signed.
fn signed(method: &str, further: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut params = vec![
        ("method", method),
        ("app_key", mock::APP_KEY),
        ("v", "2.0"),
        ("format", "json"),
        ("timestamp", "2026-11-20 20:00:00"),
        ("sign_method", "md5"),
        ("sid", mock::SID),
    ];
    params.extend_from_slice(further);
    let sign = top_sign(SignMethod::Md5, mock::APP_SECRET, &params);
    params.push(("sign", &sign));
    params.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

const TARGET: (&str, &str) = ("target_app_key", "21363512");

fn form(params: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

fn post(gateway: &Gateway, path: &str, kind: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    gateway.handle(&Request::post(path).header("content-type", kind).body(body.into()).unwrap())
}

fn read(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

fn ask(gateway: &Gateway, path: &str, params: &[(String, String)]) -> Value {
    read(&post(gateway, path, "application/x-www-form-urlencoded;charset=UTF-8", form(params)))
}

fn native(gateway: &Gateway, page: &str) -> Response<Bytes> {
    let seconds = utc(NOW).timestamp().to_string();
    let params = [("sid", mock::SID), ("appkey", mock::APP_KEY), ("timestamp", &seconds)];
    let sign = native_sign(mock::APP_SECRET, &params);
    let params: Vec<_> = params.into_iter().chain([("sign", &*sign)]).collect();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    post(gateway, &format!("/openapi2/{page}"), "application/x-www-form-urlencoded", body)
}

#[test]
fn a_method_goes_by_its_plain_name_and_by_the_catalogues_on_every_path() {
    let gateway = gateway();
    for path in ["/router/qm", "/router/qmtest", "/router/rest"] {
        for name in ["wdt.refund.query", "hu3cgwt0tc.wdt.refund.query"] {
            let answer = ask(&gateway, path, &signed(name, &[TARGET, SPAN[0], SPAN[1]]));
            assert_eq!(answer["response"]["total_count"], 3, "{path} {name}: {answer}");
        }
    }
    for name in ["hu3cgwt0tc.wdt.no.such", "other.wdt.refund.query", "hu3cgwt0tc.refund_query.php"] {
        let answer = ask(&gateway, "/router/qm", &signed(name, &[TARGET, SPAN[0], SPAN[1]]));
        assert_eq!(answer["response"]["code"], 22, "{name}: {answer}");
    }
}

#[test]
fn only_the_catalogues_name_does_without_the_target_application_and_a_wrong_one_is_refused() {
    let gateway = gateway();
    let code = |name: &str, further: &[(&str, &str)]| {
        let further: Vec<_> = SPAN.iter().chain(further).copied().collect();
        ask(&gateway, "/router/rest", &signed(name, &further))["response"]["code"].clone()
    };
    assert_eq!(code("wdt.refund.query", &[]), json!(11));
    assert_eq!(code("hu3cgwt0tc.wdt.refund.query", &[]), Value::Null);
    assert_eq!(code("hu3cgwt0tc.wdt.refund.query", &[("target_app_key", "1")]), json!(11));
}

#[tokio::test(start_paused = true)]
async fn this_crates_client_asks_by_either_name() {
    let asked = async |catalogue: bool, method: &str| {
        let (client, seen) =
            scripted(builder().catalogue_names(catalogue), [ok(r#"{"response":{"errorcode":0}}"#)]);
        client.call(method, &[("tid", "1".to_owned())]).await.unwrap();
        let query = seen.lock().unwrap()[0].uri().query().unwrap().to_owned();
        query.split('&').next().unwrap().to_owned()
    };
    assert_eq!(asked(false, "wdt.shop.query").await, "method=wdt.shop.query");
    assert_eq!(asked(true, "wdt.shop.query").await, "method=hu3cgwt0tc.wdt.shop.query");
    assert_eq!(asked(true, "hu3cgwt0tc.wdt.shop.query").await, "method=hu3cgwt0tc.wdt.shop.query");

    let gateway = gateway();
    let client =
        builder().catalogue_names(true).clock(|| utc(NOW)).transport(gateway.service()).build().unwrap();
    assert_eq!(first_page(&client).await.unwrap().total, Some(3));
}

#[test]
fn both_names_of_a_method_share_one_limit() {
    let rule = QuotaRule::sliding(1, chrono::TimeDelta::minutes(1));
    let gateway = Gateway::builder().now(|| utc(NOW)).quota(Some(rule)).build();
    let ask = |name: &str| ask(&gateway, "/router/qm", &signed(name, &[TARGET, SPAN[0], SPAN[1]]));
    assert_eq!(ask("wdt.refund.query")["response"]["errorcode"], 0);
    assert_eq!(ask("hu3cgwt0tc.wdt.refund.query")["error_response"]["code"], 7);
}

#[test]
fn a_multipart_body_is_read_as_a_form_is() {
    let gateway = gateway();
    let params = signed("wdt.refund.query", &[TARGET, SPAN[0], SPAN[1], ("tid", "订单\r\n--YY 1")]);
    let part = |(key, value): &(String, String)| {
        let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{key}\"\r\n");
        head + "Content-Type: text/plain; charset=UTF-8\r\n\r\n" + value + "\r\n"
    };
    let mut body: String = params.iter().map(part).collect();
    // TOP signs no file.
    body += "--XX\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\nPNG\r\n--XX--\r\n";
    for kind in ["multipart/form-data; boundary=XX", "Multipart/Form-Data; charset=utf-8; boundary=\"XX\""] {
        let answer = read(&post(&gateway, "/router/qm", kind, body.clone()));
        assert_eq!(answer["response"]["errorcode"], 0, "{answer}");
    }
    let pasted = body.replace("订单\r\n--YY", "订单").replace("\r\n", "\n");
    let answer = read(&post(&gateway, "/router/qm", "multipart/form-data; boundary=XX", pasted));
    assert_eq!(answer["response"]["code"], 25, "its lines are read, its value is another: {answer}");
    let cut = body.split("name=\"sid\"").next().unwrap().to_owned();
    let answer = read(&post(&gateway, "/router/qm", "multipart/form-data; boundary=XX", cut));
    assert_eq!(answer["response"]["code"], 24, "what was cut off is not there: {answer}");
    let answer = read(&post(&gateway, "/router/qm", "multipart/form-data", body));
    assert_eq!(answer["response"]["code"], 21, "without a boundary nothing can be read: {answer}");
}

#[test]
fn a_path_or_a_page_that_is_not_there_is_a_404_and_not_an_answer() {
    let gateway = gateway();
    let params = form(&signed("wdt.refund.query", &[TARGET, SPAN[0], SPAN[1]]));
    for path in ["/", "/router", "/router/qm/x", "/api", "/router/qm2"] {
        let response = post(&gateway, path, "application/x-www-form-urlencoded", params.clone());
        assert_eq!(response.status(), 404, "{path}");
    }
    for page in ["no_such_page.php", "wdt.refund.query", "", "refund_query"] {
        assert_eq!(native(&gateway, page).status(), 404, "{page}");
    }
    assert_eq!(native(&gateway, "shop.php").status(), 200);
    assert_eq!(gateway.counts().refused, [].into(), "no code was said");
}

#[test]
fn what_belongs_to_the_returns_is_found_by_their_numbers() {
    let gateway = gateway();
    let world = gateway.world();
    world.put_master_data();
    world.put_related_rows();
    for refund in world.refunds() {
        let find = |method: &str, key: &str, value: &str| {
            let answer = ask(&gateway, "/router/qm", &signed(method, &[TARGET, (key, value)]));
            answer["response"].clone()
        };
        let trade = &find("wdt.trade.query", "trade_no", &refund.text("sales_tid"))["trades"][0];
        assert_eq!(trade["src_tids"], refund.0["tid"]);
        assert_eq!(trade["goods_list"].as_array().map(Vec::len), Some(lines(&refund)));
        let sent = &find("wdt.stockout.order.query.trade", "src_order_no", &refund.text("sales_tid"));
        assert_eq!(sent["stockout_list"][0]["order_no"], trade["stockout_no"]);
        let shop = &find("wdt.shop.query", "shop_no", &refund.text("shop_no"))["shoplist"][0];
        assert_eq!(shop["shop_name"], refund.0["shop_name"]);
        let number = [TARGET, ("platform_id", "1"), ("refund_no", &refund.text("src_no"))];
        let first = ask(&gateway, "/router/qm", &signed("wdt.vip.api.refund.query", &number));
        assert_eq!(first["response"]["trade_list"][0]["tid"], refund.0["tid"], "{first}");
        let back = &find("wdt.stockin.order.query.refund", "src_order_no", &refund.refund_no());
        assert_eq!(back["total_count"], usize::from(mock::stockin_of(&refund).is_some()), "{back}");
    }
}

fn lines(refund: &mock::MockRefund) -> usize {
    refund.0["refund_order_list"].as_array().unwrap().len()
}

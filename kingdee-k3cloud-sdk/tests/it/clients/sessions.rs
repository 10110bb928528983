//! Sessions and signatures as other clients use them: cookies on signed calls, one logout, headers of three families.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::sign::Signing;
use serde_json::{Value, json};

use super::{AUTH, FORMS, Raw, login, post, site};
use crate::support::{ACCT, APP_ID, APP_SECRET, PASSWORD, USER};

/// A signed query, with only some of the headers, and with a session if there is one.
fn signed(site: &Site, app_id: &str, session: Option<&str>, keep: impl Fn(&str) -> bool) -> Response<Bytes> {
    let path = format!("/k3cloud/{FORMS}ExecuteBillQuery.common.kdsvc");
    let signing = Signing {
        path: &path,
        acct_id: ACCT,
        username: USER,
        app_id,
        app_secret: APP_SECRET,
        lcid: 2052,
        org_num: "100",
        timestamp: "1795872921980",
        nonce: "e7a8539a9dfa4c01ac2e3a5d53fed567",
    };
    let mut request = Request::post(format!("https://erp.example.com{path}"));
    for (name, value) in signing.headers().into_iter().filter(|(name, _)| keep(name)) {
        let name: HeaderName = name.parse().unwrap();
        request = request.header(name, HeaderValue::from_str(&value).unwrap());
    }
    if let Some(session) = session {
        request = request.header("cookie", format!("kdservice-sessionid={session}"));
    }
    let parameters =
        json!([json!({ "FormId": "BD_MATERIAL", "FieldKeys": "FNumber", "FilterString": [], "Limit": 2 })
            .to_string()]);
    let body =
        json!({ "format": 1, "useragent": "ApiClient", "v": "1.0", "parameters": parameters.to_string() });
    site.handle(&request.body(Bytes::from(body.to_string())).unwrap())
}

fn text(reply: &Response<Bytes>) -> String {
    String::from_utf8_lossy(reply.body()).into_owned()
}

fn cookie(reply: &Response<Bytes>, name: &str) -> Option<String> {
    let set = reply.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let pairs = set.filter_map(|line| line.split(';').next()?.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
}

const ROWS: &str = r#"[["M001"],["M002"]]"#;

#[test]
fn a_signed_call_without_a_session_is_given_one_that_lets_in_and_every_reply_names_it() {
    let site = site().build();
    let reply = signed(&site, APP_ID, None, |_| true);
    assert_eq!(text(&reply), ROWS);
    let session = cookie(&reply, "kdservice-sessionid").unwrap();
    assert!(cookie(&reply, "ASP.NET_SessionId").is_some());
    let body = json!({ "data": { "FormId": "BD_MATERIAL", "FieldKeys": "FNumber" } }).to_string();
    let service = format!("{FORMS}ExecuteBillQuery");
    assert_eq!(text(&post(&site, &service, "application/json", &body, Some(&session))), ROWS);
    let again = signed(&site, APP_ID, None, |_| true);
    assert_eq!(
        cookie(&again, "kdservice-sessionid"),
        Some(session.clone()),
        "no session is heaped on another"
    );
    let with_it = signed(&site, APP_ID, Some(&session), |_| true);
    assert_eq!((text(&with_it).as_str(), cookie(&with_it, "kdservice-sessionid")), (ROWS, Some(session)));
}

#[test]
fn a_signed_save_is_given_a_session_too() {
    let site = site().build();
    let path = format!("/k3cloud/{FORMS}Save.common.kdsvc");
    let body = json!({ "formid": "SAL_RETURNSTOCK", "data": { "Model": { "FBillNo": "N" } } }).to_string();
    let mut request = Request::post(&path).body(Bytes::from(body)).unwrap();
    crate::encodings::sign(&mut request, &path);
    assert!(cookie(&site.handle(&request), "kdservice-sessionid").is_some());
}

#[test]
fn a_refusal_names_a_session_too_and_it_lets_nobody_in() {
    let site = site().build();
    let body = json!({ "data": { "FormId": "BD_MATERIAL", "FieldKeys": "FNumber" } }).to_string();
    let service = format!("{FORMS}ExecuteBillQuery");
    let lost = post(&site, &service, "application/json", &body, None);
    let given = cookie(&lost, "kdservice-sessionid").unwrap();
    assert!(cookie(&lost, "ASP.NET_SessionId").is_some() && text(&lost).contains("会话信息已丢失"));
    let again = post(&site, &service, "application/json", &body, Some(&given));
    assert!(text(&again).contains("会话信息已丢失"), "{}", text(&again));
    let login = json!({ "parameters": [ACCT, USER, "wrong", 2052] }).to_string();
    let refused = post(&site, &format!("{AUTH}ValidateUser"), "application/json", &login, None);
    assert!(cookie(&refused, "kdservice-sessionid").is_some(), "{}", text(&refused));
}

#[test]
fn a_logout_ends_the_session_that_shows_itself_and_no_other() {
    let raw = Raw::new();
    let other = login(&raw.site, "ValidateUser", &json!({ "parameters": [ACCT, USER, PASSWORD, 2052] }));
    let other = other["KDSVCSessionId"].as_str().unwrap();
    let service = "Kingdee.BOS.WebApi.ServicesStub.AuthService.Logout";
    assert_eq!(text(&post(&raw.site, service, "application/json", "{}", Some(other))), "true");
    assert_eq!(raw.query("BD_MATERIAL", "FNumber", &json!({ "Limit": 1 })), json!([["M001"]]));
    assert_eq!(
        text(&post(&raw.site, service, "application/json", "{}", Some(other))),
        "false",
        "ended before"
    );
    let body = json!({ "data": { "FormId": "BD_MATERIAL", "FieldKeys": "FNumber" } }).to_string();
    let lost = post(&raw.site, &format!("{FORMS}ExecuteBillQuery"), "application/json", &body, Some(other));
    assert!(text(&lost).contains("会话信息已丢失"), "{}", text(&lost));
}

#[test]
fn three_headers_are_enough_on_a_private_server_and_not_for_the_gateway() {
    let three = |name: &str| name.starts_with("X-Kd-");
    // An application id without an underscore has no client id to sign with.
    let private = site().app_id("260001").build();
    assert_eq!(text(&signed(&private, "260001", None, three)), ROWS);
    let gateway = site().app_id("260001").public_gateway(true).build();
    let reply = signed(&gateway, "260001", None, three);
    assert_eq!(reply.status(), 519);
    let refusal: Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(refusal["errcode"], 4002);
    assert!(refusal["description_cn"].is_string() && reply.headers().contains_key("x-api-requestid"));
    assert_eq!(text(&signed(&site().public_gateway(true).build(), APP_ID, None, |_| true)), ROWS);
}

#[test]
fn what_is_sent_of_the_other_six_must_be_right() {
    for missing in ["X-Api-Signature", "x-api-nonce", "x-api-timestamp", "X-Api-Auth-Version"] {
        let reply = signed(&site().build(), APP_ID, None, |name| name != missing);
        assert!(text(&reply).contains("会话信息已丢失"), "{missing}: {}", text(&reply));
    }
    // Without a client id the others need not be there; a signature that is there is still checked.
    let reply = signed(&site().app_id("260001").build(), "260001", None, |name| name != "X-Api-ClientID");
    assert_eq!(text(&reply), ROWS);
}

#[test]
fn a_clock_that_is_off_is_told_by_the_gateway_with_the_time_it_saw() {
    let site = site().max_skew(Some(chrono::TimeDelta::minutes(5))).build();
    let reply = signed(&site, APP_ID, None, |_| true);
    assert_eq!(reply.status(), 519);
    assert!(text(&reply).contains("X-Api-TimeStamp is invalid: 1795872921980[GW]"), "{}", text(&reply));
}

#[test]
fn a_path_that_there_is_not_is_told_by_the_gateway_or_is_a_page() {
    let ask = |site: &Site, service: &str| post(site, service, "application/json", "{}", None);
    for service in ["Nonsense", &format!("{FORMS}Nonsense")] {
        assert_eq!(ask(&site().build(), service).status(), 404, "{service}");
        let told = ask(&site().public_gateway(true).build(), service);
        assert_eq!(told.status(), 519, "{service}");
        assert!(
            text(&told).contains("\"errcode\":5001") && text(&told).contains("API not found[GW]"),
            "{service}"
        );
    }
}

//! The three official encodings of a call, and who is let in.

use bytes::Bytes;
use http::{HeaderValue, Request};
use kingdee_k3cloud_sdk::sign::Signing;

use crate::support::{ACCT, APP_ID, APP_SECRET, USER, site};

/// Signs a request as the vendor's SDK does.
pub(crate) fn sign(request: &mut Request<Bytes>, path: &str) {
    sign_as(request, path, USER, APP_SECRET);
}

fn sign_as(request: &mut Request<Bytes>, path: &str, username: &str, app_secret: &str) {
    let signing = Signing {
        path,
        acct_id: ACCT,
        username,
        app_id: APP_ID,
        app_secret,
        lcid: 2052,
        org_num: "100",
        timestamp: "1735689600",
        nonce: "1735689600",
    };
    for (name, value) in signing.headers() {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
    }
}

const PATH: &str =
    "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.ExecuteBillQuery.common.kdsvc";

fn ask(body: &str, prepare: impl Fn(&mut Request<Bytes>)) -> (u16, String) {
    let site = site().build();
    let uri = format!("https://erp.example.com{PATH}");
    let mut request = Request::post(uri).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    prepare(&mut request);
    let reply = site.handle(&request);
    (reply.status().as_u16(), String::from_utf8_lossy(reply.body()).into_owned())
}

const NAMED: &str = r#"{"data":{"FormId":"BD_Customer","FieldKeys":"FNumber","FilterString":""}}"#;

#[test]
fn named_positional_and_enveloped_bodies_say_the_same() {
    let positional = r#"{"parameters":["{\"FormId\":\"BD_Customer\",\"FieldKeys\":\"FNumber\"}"]}"#;
    let enveloped = r#"{"format":1,"useragent":"ApiClient","rid":"1","v":"1.0","timestamp":"2025-01-02 03:04:05",
        "parameters":"[\"{\\\"FormId\\\":\\\"BD_Customer\\\",\\\"FieldKeys\\\":\\\"FNumber\\\"}\"]"}"#;
    for body in [NAMED, positional, enveloped] {
        assert_eq!(ask(body, |request| sign(request, PATH)), (200, "[[\"C001\"]]".to_owned()), "{body}");
    }
}

#[test]
fn an_unsigned_call_has_no_session() {
    let (status, text) = ask(NAMED, |_| {});
    assert_eq!(status, 200);
    assert!(text.starts_with("[[{") && text.contains("\"MsgCode\":1"), "{text}");
}

#[test]
fn a_wrong_secret_user_or_path_is_refused() {
    for (path, user, secret) in [(PATH, USER, "other"), (PATH, "other", APP_SECRET), ("/x", USER, APP_SECRET)]
    {
        let (_, text) = ask(NAMED, |request| sign_as(request, path, user, secret));
        assert!(text.contains("\"MsgCode\":1"), "{path} {user}: {text}");
    }
}

#[test]
fn a_changed_timestamp_breaks_the_signature() {
    let (_, text) = ask(NAMED, |request| {
        sign(request, PATH);
        request.headers_mut().insert("x-api-timestamp", HeaderValue::from_static("1735689601"));
    });
    assert!(text.contains("\"MsgCode\":1"), "{text}");
}

#[test]
fn a_path_that_is_no_service_is_not_found() {
    let site = site().build();
    let request = Request::post("https://erp.example.com/k3cloud/").body(Bytes::new()).unwrap();
    assert_eq!(site.handle(&request).status(), 404);
}

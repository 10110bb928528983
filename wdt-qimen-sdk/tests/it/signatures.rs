//! Signatures: the published vectors, and whatever a caller may put into a parameter, over a real socket.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use wdt_qimen_sdk::SignMethod;
use wdt_qimen_sdk::mock::Gateway;
use wdt_qimen_sdk::sign::{native_base, native_sign, top_base, top_sign};

use crate::support::{builder, cases};

#[derive(Deserialize)]
struct Vector {
    name: String,
    algo: String,
    secret: String,
    params: BTreeMap<String, String>,
    base: String,
    sign: String,
}

#[test]
fn every_published_vector_is_met() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("fixtures/wdt-sign.json")).unwrap();
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let params: Vec<_> = vector.params.into_iter().collect();
        let (base, sign) = if vector.algo == "wdt-native-md5" {
            (native_base(&params), native_sign(&vector.secret, &params))
        } else {
            (top_base(&params), top_sign(vector.algo.parse().unwrap(), &vector.secret, &params))
        };
        assert_eq!(base, vector.base, "{}", vector.name);
        assert_eq!(sign, vector.sign, "{}", vector.name);
    }
}

#[test]
fn an_unknown_sign_method_is_refused_by_name() {
    let error = "sha1".parse::<SignMethod>().unwrap_err();
    assert_eq!(error.to_string(), "\"sha1\" is no sign method: md5, hmac or hmac-sha256");
}

#[test]
fn empty_values_and_the_sign_itself_are_not_signed() {
    let bare = [("a", "1")];
    let dressed = [("a", "1"), ("b", ""), ("sign", "X"), ("", "y")];
    assert_eq!(top_base(&bare), top_base(&dressed));
    assert_eq!(native_base(&bare), native_base(&dressed));
}

/// Text as people type it, and as it breaks half-done encoders.
fn nasty_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9 _.~-]{0,8}",
        "[+&=%\"'<>#;?/\\\\]{1,4}",
        "[测试店旗舰退货]{1,4}",
        "[😀🎁👨‍👩‍👧]{1,2}",
        "\\PC{0,6}",
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

#[test]
fn any_parameters_are_verified_from_the_bytes_of_a_real_socket() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let gateway = Gateway::builder().build();
    let server = runtime.block_on(async {
        gateway.serve(tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap()
    });
    let clients = [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256].map(|method| {
        let quota = wdt_qimen_sdk::Quota::per_minute(u32::MAX);
        builder().base_url(server.base_url()).sign_method(method).quota(quota).build().unwrap()
    });
    let params = proptest::collection::btree_map("[a-z_]{4,12}", nasty_text(), 0..6);
    proptest!(cases(), |(params in params, remark in nasty_text(), which in 0..3_usize)| {
        let mut params: Vec<_> = params.iter().filter(|(key, _)| is_free(key)).map(|(key, value)| (key.as_str(), value.clone())).collect();
        params.push(("refund_no", format!("TK{remark}")));
        let answer = runtime.block_on(clients[which].call("wdt.refund.query", &params));
        prop_assert!(answer.is_ok(), "{:?}: {}", params, answer.unwrap_err());
    });
    assert_eq!(gateway.counts().refused, BTreeMap::new());
}

/// Names that the client or the method does not use itself.
fn is_free(key: &str) -> bool {
    let used = [
        "method",
        "timestamp",
        "format",
        "sign",
        "sid",
        "start_time",
        "end_time",
        "page_no",
        "page_size",
        "time_type",
        "refund_no",
    ];
    !used.contains(&key)
}

#[tokio::test]
async fn a_wrong_secret_is_refused_with_25_and_stops_everything() {
    let gateway = Gateway::builder().build();
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let client = builder().app_secret("wrong").sign_method(method).transport(gateway.service());
        let error = crate::support::first_page(&client.build().unwrap()).await.unwrap_err();
        assert_eq!(error.code(), Some(25));
        assert!(error.is_permanent_for_all());
        assert_eq!(error.attempts(), 1);
    }
}

#[test]
fn a_sign_method_is_written_and_read_by_its_name_on_the_wire() {
    for (method, name) in
        [(SignMethod::Md5, "md5"), (SignMethod::Hmac, "hmac"), (SignMethod::HmacSha256, "hmac-sha256")]
    {
        assert_eq!(serde_json::to_value(method).unwrap(), name);
        assert_eq!(serde_json::from_value::<SignMethod>(name.into()).unwrap(), method);
    }
    let refused = serde_json::from_str::<SignMethod>("\"sha1\"").unwrap_err().to_string();
    assert!(refused.contains("md5, hmac or hmac-sha256"), "{refused}");
}

//! Signatures, proven on vectors made by the vendor's own SDK.

use kingdee_k3cloud_sdk::sign::{Signing, client, client_secret, hmac_base64, login_sign, quote};
use serde_json::Value;

use crate::support::fixture;

fn vectors(of: &str) -> Vec<Value> {
    let mut all: Value = serde_json::from_str(&fixture("sign.json")).unwrap();
    let vectors = serde_json::from_value::<Vec<Value>>(all[of].take()).unwrap();
    assert!(!vectors.is_empty());
    vectors
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn every_header_vector_is_reproduced() {
    for vector in vectors("header_signing") {
        let (input, middle) = (&vector["input"], &vector["intermediate"]);
        let org_num = input["org_num"].to_string();
        let signing = Signing {
            path: text(middle, "path_to_encode"),
            acct_id: text(input, "acct_id"),
            username: text(input, "user_name"),
            app_id: text(input, "app_id"),
            app_secret: text(input, "app_secret"),
            lcid: u32::try_from(input["lcid"].as_u64().unwrap()).unwrap(),
            org_num: &org_num,
            timestamp: &input["time_seconds"].to_string(),
            nonce: text(input, "nonce"),
        };
        for (name, value) in signing.headers() {
            assert_eq!(value, text(&vector["headers"], name), "{name} of {}", vector["note"]);
        }
        assert_eq!(quote(signing.path), text(middle, "encoded_path"));
        let (id, secret) = client(signing.app_id);
        assert_eq!((id, secret.as_str()), (text(middle, "client_id"), text(middle, "client_secret_decoded")));
    }
}

#[test]
fn every_client_secret_vector_is_decoded() {
    for vector in vectors("decode_app_secret") {
        assert_eq!(client_secret(text(&vector, "input")), text(&vector, "output"), "{}", vector["note"]);
    }
}

#[test]
fn every_hmac_vector_is_reproduced() {
    for vector in vectors("hmac_sha256_hex_base64") {
        let (content, key) = (text(&vector, "content"), text(&vector, "key"));
        assert_eq!(hmac_base64(content, key), text(&vector, "output"), "{content:?}");
    }
}

#[test]
fn every_login_vector_is_reproduced() {
    for vector in vectors("login_by_sign") {
        let input = &vector["input"];
        let [acct, user, app, secret, time] =
            ["acct_id", "user_name", "app_id", "app_secret", "timestamp_seconds"].map(|key| text(input, key));
        let sign = login_sign(acct, user, app, secret, time);
        assert_eq!(sign, text(&vector, "sign_sha256_hex"), "{}", vector["note"]);
    }
}

#[test]
fn an_app_id_of_three_parts_has_no_client() {
    assert_eq!(client("1_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4_x"), ("", String::new()));
}

//! The table of codes (protocol notes, section 6), one row a test row: class, retry, stop.

use wdt_qimen_sdk::RefusalClass::{self, *};

use crate::support::page_of;

/// code, sub-code, class.
const TABLE: &[(i64, &str, RefusalClass)] = &[
    (4, "", Limited),
    (5, "", Limited),
    (6, "", Limited),
    (7, "accesscontrol.limited-by-app-access-count", Limited),
    (8, "", Limited),
    (9, "", Protocol),
    (10, "", Unavailable),
    (11, "isv.permission-ip-whitelist-limit", Permission),
    (12, "", Permission),
    (13, "", Permission),
    (15, "isp.top-remote-connection-timeout", Unavailable),
    (15, "isp.top-remote-connection-error", Unavailable),
    (15, "isp.remote-connection-error", Unavailable),
    (15, "isp.remote-service-timeout", Unavailable),
    (15, "isp.remote-service-error", Unavailable),
    (15, "isp.top-remote-service-unavailable", Unavailable),
    (15, "isp.top-remote-unknown-error", Unavailable),
    (15, "isp.unknown-error", Unavailable),
    (15, "isv.invalid-parameter", Arguments),
    (15, "isv.permission-ip-whitelist-limit", Permission),
    (15, "", Other),
    (21, "", Protocol),
    (22, "", Protocol),
    (23, "", Protocol),
    (24, "", Protocol),
    (25, "", Credentials),
    (26, "", Session),
    (27, "", Session),
    (28, "", Credentials),
    (29, "", Credentials),
    (30, "", Clock),
    (31, "", Clock),
    (32, "", Protocol),
    (33, "", Protocol),
    (34, "", Protocol),
    (40, "isv.missing-parameter", Arguments),
    (41, "isv.invalid-parameter", Arguments),
    (42, "", Arguments),
    (43, "", Arguments),
    (1012, "", Limited),
    (1013, "", Unavailable),
    (1020, "", Unavailable),
    (1030, "", Unavailable),
    (1040, "", Unavailable),
    (1200, "", Unavailable),
    (1610, "", Unavailable),
    (2900, "", Other),
    (-1, "", Other),
];

#[tokio::test]
async fn each_code_is_retried_or_not_as_the_table_says() {
    for &(code, sub_code, class) in TABLE {
        let body = format!(r#"{{"error_response":{{"code":{code},"msg":"m","sub_code":"{sub_code}"}}}}"#);
        let error = page_of(&body).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().class, class, "{code} {sub_code}");
        assert_eq!(error.is_transient(), matches!(class, Limited | Unavailable), "{code} {sub_code}");
        let stops = matches!(class, Permission | Credentials | Session | Clock | Protocol);
        assert_eq!(error.is_permanent_for_all(), stops, "{code} {sub_code}");
        assert!(!error.advice().en.is_empty());
    }
}

#[tokio::test]
async fn all_shapes_of_a_refusal_say_the_same() {
    for body in [
        r#"{"response":{"flag":"failure","code":25,"message":"no"}}"#,
        r#"{"response":{"flag":"failure","code":"25","message":"no"}}"#,
        r#"{"error_response":{"code":25,"msg":"no"}}"#,
        r#"{"response":{"errorcode":25,"message":"no"}}"#,
        r#"{"response":{"errorcode":"25","message":"no","refunds":[]}}"#,
        r#"{"code":25,"message":"no"}"#,
    ] {
        let error = page_of(body).await.unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!((refusal.code, refusal.message.as_str()), (25, "no"), "{body}");
    }
}

#[tokio::test]
async fn a_refusal_without_a_code_is_a_refusal() {
    let error = page_of(r#"{"response":{"flag":"failure","message":"no"}}"#).await.unwrap_err();
    assert_eq!(error.code(), Some(0));
}

#[tokio::test]
async fn what_is_no_answer_of_this_protocol_is_unreadable() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "<html>13800138000</html>",
        r#"{"response":null}"#,
        r#"{"response":{"refunds":[{"#,
        r#"{"response":{}} x"#,
        r#"{"other":{"errorcode":0}}"#,
    ] {
        let error = page_of(body).await.unwrap_err();
        assert!(matches!(error.kind(), wdt_qimen_sdk::ErrorKind::Unreadable { .. }), "{body}: {error}");
        assert!(error.is_transient());
        assert!(!error.to_string().contains("13800138000"));
    }
}

#[tokio::test]
async fn a_native_answer_reads_as_well() {
    let page = page_of(r#"{"code":0,"message":"","total_count":"1","refunds":[{"refund_no":"TK1"}]}"#)
        .await
        .unwrap();
    assert_eq!((page.total, page.rows.len()), (Some(1), 1));
}

#[tokio::test]
async fn a_lone_object_is_a_list_of_one_broken_or_not() {
    for (row, readable) in [(r#"{"refund_no":"TK1"}"#, true), (r#"{"refund_no":"TK1","paid":"x"}"#, false)] {
        let page = page_of(&format!(r#"{{"response":{{"total_count":1,"refunds":{row}}}}}"#)).await.unwrap();
        assert_eq!(page.rows.len(), 1);
        assert_eq!(page.rows[0].is_ok(), readable);
    }
}

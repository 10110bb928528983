//! The many ways in which clients log in, and what a refused login says.

use serde_json::{Value, json};

use super::{Raw, login, post, site};
use crate::support::{ACCT, APP_ID, APP_SECRET, PASSWORD, USER};

fn is_in(answer: &Value) -> bool {
    answer["LoginResultType"] == 1 && answer["KDSVCSessionId"].is_string()
}

#[test]
fn the_names_of_a_login_have_no_case() {
    let site = site().build();
    for body in [
        json!({ "acctID": ACCT, "username": USER, "password": PASSWORD, "lcid": 2052 }),
        json!({ "acctid": ACCT, "username": USER, "password": PASSWORD, "lcid": 2052 }),
        json!({ "AcctId": ACCT, "UserName": USER, "Password": PASSWORD, "LCID": "2052" }),
    ] {
        assert!(is_in(&login(&site, "ValidateUser", &body)), "{body}");
    }
    for body in [
        json!({ "acctid": ACCT, "username": USER, "appid": APP_ID, "appsecret": APP_SECRET, "lcid": 2052 }),
        json!({ "acctId": ACCT, "userName": USER, "appId": APP_ID, "appSecret": APP_SECRET, "lcid": 2052 }),
    ] {
        assert!(is_in(&login(&site, "LoginByAppSecret", &body)), "{body}");
    }
    assert!(
        !is_in(&login(&site, "loginbyappsecret", &json!({ "acctid": ACCT }))),
        "names alone are no login"
    );
}

#[test]
fn a_wrong_account_is_told_at_http_200() {
    let site = site().build();
    for service in ["ValidateUser", "LoginByAppSecret", "LoginBySign", "ValidateUserEnDeCode"] {
        let answer = login(&site, service, &json!({ "parameters": ["nope", USER, "x", 2052] }));
        assert_ne!(answer["LoginResultType"], 1, "{service}");
        assert_eq!(answer["Message"], "当前尝试登录的数据中心无法获取到，请重新检查，谢谢。", "{service}");
    }
    assert_eq!(site.counts().refused_logins, 0, "a wrong account locks nobody");
}

#[test]
fn user_and_password_come_encoded_by_des() {
    // `openssl enc -des-cbc` with KingdeeK as key and initial value, of the support's user and password.
    let (user, secret) = ("WqzDbssjqY0=", "nB5iRuwE6twiRfu+ZQI2QywhucKulUpm");
    let site = site().build();
    let enveloped = json!({ "format": 1, "useragent": "ApiClient", "rid": "-61490380", "v": "1.0",
        "parameters": json!([ACCT, user, secret, 2052]).to_string() });
    assert!(is_in(&login(&site, "ValidateUserEnDeCode", &enveloped)));
    let plain = json!({ "parameters": [ACCT, USER, PASSWORD, 2052] });
    assert!(!is_in(&login(&site, "ValidateUserEnDeCode", &plain)), "plain text is not encoded");
}

#[test]
fn an_old_sign_by_sha1_is_a_sign() {
    let site = site().build();
    let time = "1795872904";
    for (sign, is_right) in [
        ("82242cbef68b4ddce222d10fccb9c26ac4f01501", true),
        ("0000000000000000000000000000000000000000", false),
    ] {
        let answer =
            login(&site, "LoginBySign", &json!({ "parameters": [ACCT, USER, APP_ID, time, sign, "2052"] }));
        assert_eq!(is_in(&answer), is_right, "{answer}");
        if !is_right {
            assert!(answer["Message"].as_str().unwrap().contains("签名"), "{answer}");
        }
    }
}

#[test]
fn logins_with_a_switch_before_the_language_are_the_same() {
    let site = site().build();
    let password = json!({ "parameters": [ACCT, USER, PASSWORD, true, 2052] });
    assert!(is_in(&login(&site, "ValidateUser2", &password)));
    let secret = json!({ "parameters": [ACCT, USER, APP_ID, APP_SECRET, true, 2052] });
    assert!(is_in(&login(&site, "LoginByAppSecret2", &secret)));
}

#[test]
fn logins_that_are_not_simulated_are_refused_as_logins() {
    let site = site().build();
    for service in ["LoginBySimplePassport", "LoginByRSAAuth", "LoginByMobileCard"] {
        let answer = login(&site, service, &json!({ "parameters": [ACCT, USER, "x", 2052] }));
        assert!(answer["LoginResultType"].is_i64() && !is_in(&answer), "{service}: {answer}");
    }
}

#[test]
fn a_user_who_is_not_listed_meets_it_on_every_call_and_at_the_login() {
    let raw = Raw::new();
    raw.site.set_user_listed(false);
    let text = "当前用户未指定允许调用WebAPI接口";
    let form = json!({ "formid": "SAL_RETURNSTOCK", "data": { "Numbers": ["A"], "Number": "A" } });
    for service in ["Submit", "View", "BatchSave"] {
        super::refused(&raw.call(service, &form), 11, text);
    }
    super::refused(&raw.query("SAL_RETURNSTOCK", "FBillNo", &json!({})), 11, text);
    let answer = login(&raw.site, "ValidateUser", &json!({ "parameters": [ACCT, USER, PASSWORD, 2052] }));
    super::refused(&answer, 11, text);
}

#[test]
fn the_accounts_are_listed_to_anybody() {
    let site = site().build();
    let service = "Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList";
    let reply = post(&site, service, "application/json", "{}", None);
    let list: Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(list[0]["Id"], ACCT);
    assert!(list[0]["Name"].is_string() && list[0]["Number"].is_string());
}

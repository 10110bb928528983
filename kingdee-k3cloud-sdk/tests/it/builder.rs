//! Configuring a client: everything wrong is said at once.

use std::time::Duration;

use kingdee_k3cloud_sdk::{Client, Credentials, Limiter, Quota, RetryPolicy};

use crate::support::{builder, client, signed, site};

#[test]
fn nothing_configured_is_reported_whole() {
    let error = Client::builder().build().unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(settings, ["base_url", "acct_id", "username", "credentials"]);
    assert!(error.to_string().contains("acct_id is missing"), "{error}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    for url in [
        "erp.example.com/k3cloud/",
        "ftp://erp.example.com/",
        "https://u:p@erp.example.com/",
        "https://e.x/?a=1",
    ] {
        let error = builder(signed()).base_url(url).build().unwrap_err();
        assert_eq!(error.faults()[0].setting, "base_url", "{url}: {error}");
        assert!(!error.to_string().contains("u:p"), "{error}");
    }
}

#[test]
fn empty_secrets_and_odd_app_ids_are_refused() {
    for credentials in [
        Credentials::password(""),
        Credentials::signature("1_x", ""),
        Credentials::signature("", "s"),
        Credentials::signature("应用", "s"),
    ] {
        builder(credentials.clone()).build().expect_err(&format!("{credentials:?}"));
    }
}

#[test]
fn white_space_that_came_along_is_refused_but_in_a_password() {
    let error = builder(Credentials::signature("260001_key", "secret\n"))
        .acct_id("65f0 ")
        .username(" api")
        .org_num("")
        .build()
        .unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(settings, ["acct_id", "username", "org_num", "credentials"], "{error}");
    assert!(builder(Credentials::password(" pass word ")).build().is_ok());
}

#[test]
fn a_certificate_that_is_none_is_refused() {
    let pem = b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n".to_vec();
    assert!(builder(signed()).root_certificate_pem(pem).build().is_err());
}

#[test]
fn a_client_can_be_shared_between_threads() {
    fn shareable<T: Clone + Send + Sync + 'static>(_: &T) {}
    shareable(&client(&site().build()));
}

#[tokio::test(start_paused = true)]
async fn a_quota_spaces_calls_evenly() {
    let site = site().build();
    let client = builder(signed()).quota(Quota::per_minute(60)).transport(site.service()).build().unwrap();
    let started = tokio::time::Instant::now();
    for _ in 0..61 {
        client.ping().await.unwrap();
    }
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(61) && took < Duration::from_secs(63), "{took:?}");
}

#[tokio::test]
async fn a_builder_is_a_template_for_several_clients_layers_included() {
    let site = site().build();
    let template = site.client_builder().layer(tower_http::trace::TraceLayer::new_for_http());
    for client in [template.clone().build().unwrap(), template.build().unwrap()] {
        client.ping().await.unwrap();
    }
    assert_eq!(site.counts().arrivals, 2);
}

#[test]
fn no_time_and_no_room_at_all_are_refused() {
    let error = builder(signed()).timeout(Duration::ZERO).max_body(0).build().unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(settings, ["timeout", "max_body"]);
}

#[test]
fn a_retry_policy_stands_in_a_configuration_with_what_differs() {
    let policy: RetryPolicy = serde_json::from_str(r#"{"attempts": 2, "max_delay_ms": 1500}"#).unwrap();
    let expected = RetryPolicy::default().attempts(2);
    assert_eq!(policy, expected.delays(expected.min_delay, Duration::from_millis(1500)));
    let kept = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<RetryPolicy>(&kept).unwrap(), policy);
}

#[test]
fn more_calls_in_flight_than_can_be_counted_are_as_many_as_can() {
    let limiter = Limiter::new(Some(Quota::per_minute(u32::MAX)), usize::MAX, 0);
    assert_eq!(limiter.snapshot().reads_in_flight, 0);
    builder(signed()).concurrency(usize::MAX, usize::MAX).build().unwrap();
}

#[test]
fn a_quota_of_nothing_is_one() {
    assert_eq!(Quota::per_minute(0), Quota::per_minute(1));
}

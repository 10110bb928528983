//! Settings: everything wrong is told at once, and nothing secret is ever shown.

use wdt_qimen_sdk::Client;

use crate::support::builder;

#[test]
fn everything_wrong_is_reported_at_once() {
    let error = Client::builder()
        .base_url("ftp://gateway/")
        .sid(" demo ")
        .target_app_key("")
        .extra_params([("sign", "x")])
        .timeout(std::time::Duration::ZERO)
        .max_body(0)
        .build()
        .unwrap_err();
    let settings: Vec<_> = error.faults().iter().map(|fault| fault.setting).collect();
    let all =
        ["base_url", "sid", "app_key", "app_secret", "target_app_key", "timeout", "max_body", "extra_params"];
    assert_eq!(settings, all);
    assert!(error.to_string().contains("app_secret is missing"), "{error}");
}

#[test]
fn an_address_that_would_change_the_request_is_refused() {
    for url in ["", "gateway", "http://", "http://u:p@host/", "http://host/?a=1", "http://host/#x"] {
        let error = builder().base_url(url).build().unwrap_err();
        assert_eq!(error.faults()[0].setting, "base_url", "{url}");
    }
}

#[test]
fn nothing_shows_the_secret() {
    let builder = builder().app_secret("hunter2-hunter2");
    assert!(!format!("{builder:?}").contains("hunter2"));
    let client = builder.build().unwrap();
    let shown = format!("{client:?}");
    assert!(shown.contains(wdt_qimen_sdk::mock::APP_KEY) && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_client_may_cross_threads() {
    fn is<T: Clone + Send + Sync + 'static>() {}
    is::<Client>();
}

#[tokio::test(start_paused = true)]
async fn a_limiter_that_is_handed_on_paces_both_clients() {
    let gateway = wdt_qimen_sdk::mock::Gateway::builder().build();
    let first = gateway.client_builder().quota(wdt_qimen_sdk::Quota::per_minute(60)).build().unwrap();
    let second = gateway.client_builder().limiter(first.limiter()).build().unwrap();
    let begun = tokio::time::Instant::now();
    for client in [&first, &second, &first] {
        client.call("wdt.shop.query", ()).await.unwrap();
    }
    assert!(begun.elapsed().as_secs() >= 2, "{:?}", begun.elapsed());
}

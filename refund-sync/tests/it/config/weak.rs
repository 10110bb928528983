//! Settings that are allowed and weaken a promise: named with what is lost by them, and no fault.

use super::Changed;

/// The keys that are named as weak when a line of the smallest configuration is written so.
fn weak(from: &str, to: &str) -> Vec<String> {
    let loaded = Changed::new(from, to).load().unwrap_or_else(|faults| panic!("{faults}"));
    for weak in &loaded.weak {
        assert!(!weak.message.zh.is_ascii() && !weak.fix.en.is_empty() && weak.value.is_some(), "{weak}");
    }
    loaded.weak.into_iter().map(|weak| weak.key.rsplit('.').next().unwrap().to_owned()).collect()
}

#[test]
fn the_defaults_weaken_nothing() {
    assert_eq!(weak("[pipeline.wdt]", "[pipeline.wdt]"), [""; 0]);
}

#[test]
fn reading_that_leaves_no_time_for_late_rows_is_named() {
    let wdt = |lines: &str| weak("[pipeline.wdt]\n", &format!("[pipeline.wdt]\n{lines}\n"));
    assert_eq!(wdt("lag_seconds = 0"), ["lag_seconds"]);
    assert_eq!(wdt("lag_seconds = 0\noverlap_seconds = 0"), ["lag_seconds", "overlap_seconds"]);
    assert_eq!(wdt("overlap_seconds = 0"), [""; 0], "three minutes are left");
    assert_eq!(wdt("lag_seconds = 30\noverlap_seconds = 29"), ["overlap_seconds"]);
    assert_eq!(wdt("watch_days = 0"), ["watch_days"]);
}

#[test]
fn writing_that_may_send_a_number_twice_or_looks_at_nothing_is_named() {
    let kingdee = |lines: &str| weak("[pipeline.kingdee]\n", &format!("[pipeline.kingdee]\n{lines}\n"));
    assert_eq!(kingdee("resend_after_seconds = 0"), ["resend_after_seconds"]);
    assert_eq!(kingdee("resend_after_seconds = 179"), ["resend_after_seconds"], "a call may take 180 s");
    assert_eq!(kingdee("resend_after_seconds = 180"), [""; 0]);
    assert_eq!(kingdee("timeout_seconds = 30\nresend_after_seconds = 60"), [""; 0]);
    assert_eq!(kingdee("verify = \"none\""), ["verify"]);
}

#[test]
fn a_start_in_the_future_is_named() {
    let start = |from: &str| weak("[[pipeline]]\n", &format!("[[pipeline]]\nstart_from = \"{from}\"\n"));
    assert_eq!(start("2999-01-01 00:00:00"), ["start_from"]);
    assert_eq!(start("2020-01-01"), [""; 0]);
}

//! Whatever is done to a file, reading it ends: with a configuration or with faults, and without a secret.

use std::fs;

use proptest::prelude::*;

use super::{fixture, load_with};

/// `good/full.toml` with one line cut out, doubled, torn or replaced.
fn edited() -> impl Strategy<Value = String> {
    let text = fs::read_to_string(fixture("good/full.toml")).unwrap();
    let lines = text.lines().count();
    (0..lines, 0..4_u8, 0..40_usize, any::<String>()).prop_map(move |(at, edit, tear, scrap)| {
        let edited = |line: &str| match edit {
            0 => String::new(),
            1 => format!("{line}\n{line}"),
            2 => line.chars().take(tear).collect(),
            _ => match line.split_once('=') {
                Some((key, _)) => format!("{key}= {}", toml::Value::String(scrap.clone())),
                None => scrap.clone(),
            },
        };
        let line = |(i, line)| if i == at { edited(line) } else { str::to_owned(line) };
        text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// Fields as cron has them, and some that it has not.
fn schedule() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "([0-9*/,LW#?+-]{1,6} ){4}[0-9*/,LW#?+A-Z-]{1,6}"]
}

fn cases() -> ProptestConfig {
    // The environment's PROPTEST_CASES is read by the default.
    let cases = std::env::var("PROPTEST_CASES").map_or(1000, |_| ProptestConfig::default().cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_edit_of_a_file_makes_reading_it_panic_or_show_a_secret(text in edited()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refund-sync.toml");
        fs::write(&path, text).unwrap();
        let shown = format!("{:?}", load_with(&path, &[]));
        prop_assert!(!shown.contains("planted"), "{shown}");
    }

    #[test]
    fn any_schedule_is_taken_or_refused(schedule in schedule()) {
        let more = [("REFUND_SYNC__PIPELINE__MAIN__SCHEDULE", schedule.as_str())];
        if let Err(faults) = load_with(&fixture("good/minimal.toml"), &more) {
            prop_assert_eq!(faults.as_slice().len(), 1);
        }
    }
}

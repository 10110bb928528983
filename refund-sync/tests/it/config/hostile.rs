//! Whatever is done to a file, reading it ends: with a configuration, or with faults that each say where and what to
//! do, and never with a secret. The fuzz target `config` does the same for longer.

use std::fs;

use proptest::prelude::*;
use refund_sync::config::{Faults, Loaded, Place};

use super::{fixture, load_with};

/// Values at the edges of every type that a key may have, and some that no key takes.
const EDGES: [&str; 28] = [
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "4294967296",
    "1e308",
    "nan",
    "inf",
    "true",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\u202Eplanted\"",
    "\"99999999999999999999.99\"",
    "\"0.000000000000000000000000000001\"",
    "\"9999-12-31 23:59:59\"",
    "\"0000-00-00 00:00:00\"",
    "0001-01-01",
    "9999-12-31T23:59:59.999999999+23:59",
    "[]",
    "[[[[]]]]",
    "[0, -1, 256, 4294967296]",
    "{}",
    "{ file = \"../../../../dev/null\" }",
    "{ env = \"EMPTY\" }",
    "{ inline = { \"\" = \"\" } }",
    "{ by = \"\", file = \"\" }",
];

/// What is done to one line.
#[derive(Debug, Clone)]
enum Edit {
    Cut,
    Double,
    Tear(usize),
    Text(String),
    Edge(usize),
    /// Its key is written otherwise.
    Rename(String),
    /// One character becomes another.
    Flip(usize, char),
    /// It stands where the other line stood, and the other way round.
    Swap(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        Just(Edit::Cut),
        Just(Edit::Double),
        (0..40_usize).prop_map(Edit::Tear),
        any::<String>().prop_map(Edit::Text),
        (0..EDGES.len()).prop_map(Edit::Edge),
        "[a-z_.\"\\[\\] ]{0,12}".prop_map(Edit::Rename),
        (0..60_usize, any::<char>()).prop_map(|(at, char)| Edit::Flip(at, char)),
        (0..120_usize).prop_map(Edit::Swap),
    ]
}

fn apply(lines: &mut [String], at: usize, edit: &Edit) {
    let count = lines.len();
    let line = lines[at].clone();
    let value = |value: &str| match line.split_once('=') {
        Some((key, _)) => format!("{key}= {value}"),
        None => value.to_owned(),
    };
    lines[at] = match edit {
        Edit::Cut => String::new(),
        Edit::Double => format!("{line}\n{line}"),
        Edit::Tear(to) => line.chars().take(*to).collect(),
        Edit::Text(text) => value(&toml::Value::String(text.clone()).to_string()),
        Edit::Edge(edge) => value(EDGES[*edge]),
        Edit::Rename(key) => match line.split_once('=') {
            Some((_, value)) => format!("{key}={value}"),
            None => key.clone(),
        },
        Edit::Flip(place, to) => {
            line.chars().enumerate().map(|(i, char)| if i == *place { *to } else { char }).collect()
        }
        Edit::Swap(other) => return lines.swap(at, *other % count),
    };
}

/// `good/full.toml` with one to four edits.
fn edited() -> impl Strategy<Value = String> {
    let text = fs::read_to_string(fixture("good/full.toml")).unwrap();
    let count = text.lines().count();
    proptest::collection::vec((0..count, edit()), 1..5).prop_map(move |edits| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (at, edit) in edits {
            apply(&mut lines, at, &edit);
        }
        lines.join("\n")
    })
}

/// A mapping table as somebody's spreadsheet program may leave it.
fn table() -> impl Strategy<Value = Vec<u8>> {
    let row = prop_oneof![
        Just("S001,C001".to_owned()),
        Just("S002,C002,2026-11-01,2026-11-31".to_owned()),
        Just("\"S003,C003".to_owned()),
        Just("=1+1,@SUM(A1)".to_owned()),
        "[^\r\n]{0,20}",
    ];
    let head = prop_oneof![
        3 => Just("from,to".to_owned()),
        1 => Just("from,to,valid_from,valid_to".to_owned()),
        1 => any::<String>(),
    ];
    (head, proptest::collection::vec(row, 0..6), proptest::collection::vec(any::<u8>(), 0..8)).prop_map(
        |(head, rows, tail)| {
            let mut table = format!("{head}\n{}\n", rows.join("\n")).into_bytes();
            table.extend(tail);
            table
        },
    )
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

/// Every fault tells where it lies, in both languages what it is, and what to do; no secret is shown.
fn is_explained(text: &str, loaded: &Result<Loaded, Faults>) -> Result<(), TestCaseError> {
    let shown = match loaded {
        Ok(loaded) => format!("{loaded:?}"),
        Err(faults) => format!("{faults} {faults:?}"),
    };
    // A text that was typed where no secret belongs may be quoted; the fixtures' secrets may not.
    prop_assert!(!shown.contains("planted-secret"), "{}", shown);
    let faults = match loaded {
        Ok(loaded) => &loaded.warnings,
        Err(faults) => {
            prop_assert!(!faults.as_slice().is_empty(), "refused without a word");
            faults.as_slice()
        }
    };
    for fault in faults {
        prop_assert!(!fault.message.en.is_empty() && !fault.message.zh.is_ascii(), "{}", fault);
        prop_assert!(!fault.fix.en.is_empty(), "{}", fault);
        if let Place::File { path, position: Some(position) } = &fault.place
            && path.ends_with("refund-sync.toml")
        {
            prop_assert!(position.line >= 1 && position.line <= text.lines().count() + 1, "{}", fault);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_edit_of_a_file_makes_reading_it_panic_or_leaves_a_fault_unexplained(text in edited()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refund-sync.toml");
        fs::write(&path, &text).unwrap();
        is_explained(&text, &load_with(&path, &[]))?;
    }

    #[test]
    fn no_table_makes_reading_it_panic_or_leaves_a_fault_unexplained(table in table()) {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(fixture("good/minimal.toml")).unwrap();
        let text = text.replace("customers = \"identity\"", "customers = { file = \"customers.csv\" }");
        prop_assert!(text.contains("customers.csv"), "minimal.toml has changed");
        let path = folder.path().join("refund-sync.toml");
        fs::write(&path, &text).unwrap();
        fs::write(folder.path().join("customers.csv"), table).unwrap();
        is_explained(&text, &load_with(&path, &[]))?;
    }

    #[test]
    fn any_schedule_is_taken_or_refused(schedule in schedule()) {
        let more = [("REFUND_SYNC__PIPELINE__MAIN__SCHEDULE", schedule.as_str())];
        if let Err(faults) = load_with(&fixture("good/minimal.toml"), &more) {
            prop_assert_eq!(faults.as_slice().len(), 1);
        }
    }
}

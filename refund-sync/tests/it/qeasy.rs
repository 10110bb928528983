//! `import-qeasy`: schemes of 轻易云 modelled on published ones, what becomes of each of their fields, the configuration they
//! come to, and the bills of both beside each other.

mod bad;
mod comparison;
mod files;
mod schemes;

use chrono::NaiveDate;
use refund_sync::qeasy::{Fault, File, Import, Outcome, Scheme};

/// A fixture as the command line would name it.
pub(crate) fn file(name: &str) -> File {
    let path = format!("{}/tests/it/fixtures/qeasy/{name}", env!("CARGO_MANIFEST_DIR"));
    File { name: name.to_owned(), text: std::fs::read_to_string(path).unwrap() }
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 29).unwrap()
}

/// What the fixtures come to.
pub(crate) fn import(names: &[&str]) -> Import {
    let files: Vec<_> = names.iter().map(|name| file(name)).collect();
    let scheme = Scheme::read(&files).unwrap_or_else(|faults| panic!("{faults:?}"));
    Import::of(scheme, today())
}

/// Why a text is no scheme that can be imported.
fn refused(text: &str) -> Vec<Fault> {
    Scheme::read(&[File { name: "scheme.json".to_owned(), text: text.to_owned() }]).unwrap_err()
}

/// Each of these fields, by its path, ends so, and its setting names this.
#[track_caller]
fn becomes(import: &Import, expected: &[(&str, Outcome, &str)]) {
    for (path, outcome, setting) in expected {
        let found: Vec<_> = import.carries.iter().filter(|carry| carry.path() == *path).collect();
        assert!(
            found.iter().any(|carry| carry.outcome == *outcome && carry.setting.contains(setting)),
            "{path} does not become {outcome} in {setting:?}: {found:#?}"
        );
    }
}

/// The scheme has a fault in this line that says this.
#[track_caller]
fn has_fault(faults: &[Fault], line: usize, says: &str) {
    let found = faults.iter().any(|fault| fault.line == Some(line) && fault.message.en.contains(says));
    assert!(found, "no fault in line {line} says {says:?}: {faults:#?}");
}

/// A line of the configuration that is written.
#[track_caller]
fn writes(import: &Import, lines: &[&str]) {
    let config = &refund_sync::qeasy::files(import)[0].text;
    for line in lines {
        let found = config.lines().any(|known| known == *line || known.starts_with(&format!("{line}   #")));
        assert!(found, "{line:?} is not in\n{config}");
    }
}

//! Every file of `fixtures/config/bad` marks its own faulty lines:
//! `#! words of the fault => start of the fix`, several on a line parted by ` & `.

use std::path::Path;

use refund_sync::config::{Fault, Place};

use super::{fixture, load_with};

/// Line, words of the fault, start of the fix.
fn marks(text: &str) -> Vec<(usize, String, String)> {
    let mut marks = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let Some((_, mark)) = line.split_once("#! ") else { continue };
        for mark in mark.split(" & ") {
            let (words, fix) = mark.split_once(" => ").unwrap_or((mark, ""));
            marks.push((i + 1, words.to_owned(), fix.to_owned()));
        }
    }
    marks
}

fn line(fault: &Fault) -> usize {
    match &fault.place {
        Place::File { position: Some(position), .. } => position.line,
        place => panic!("no line: {place}"),
    }
}

fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let marks = marks(&text);
    let Err(faults) = load_with(path, &[]) else { return Err("was accepted".to_owned()) };
    for fault in faults.as_slice() {
        let marked = marks.iter().any(|(at, words, fix)| {
            *at == line(fault) && fault.to_string().contains(words) && fault.fix.en.starts_with(fix)
        });
        if !marked {
            return Err(format!("not marked: {fault}"));
        }
        if fault.message.zh.is_ascii() || fault.fix.en.is_empty() {
            return Err(format!("not in both languages, or without a fix: {fault}"));
        }
    }
    let found = faults.as_slice().len();
    if found == marks.len() { Ok(()) } else { Err(format!("{} marks but\n{faults}", marks.len())) }
}

#[test]
fn every_bad_file_is_refused_at_its_marked_lines_with_a_fix() {
    let mut paths: Vec<_> =
        std::fs::read_dir(fixture("bad")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 60, "the catalogue holds {} files", paths.len());
    let failures: Vec<String> =
        paths.iter().filter_map(|path| Some(format!("{}: {}", path.display(), check(path).err()?))).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn faults_are_read_in_the_order_of_the_file() {
    let faults = load_with(&fixture("bad/several_at_once.toml"), &[]).unwrap_err();
    let lines: Vec<usize> = faults.as_slice().iter().map(line).collect();
    assert_eq!(lines.len(), 7);
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn a_fault_is_read_as_place_key_value_and_fix() {
    let path = fixture("bad/page_size_too_large.toml");
    let faults = load_with(&path, &[]).unwrap_err();
    let expected = format!(
        "{}:6:13: pipeline[0].wdt.page_size = 500: must be 1 to 100\n    → page_size = 40",
        path.display()
    );
    assert_eq!(faults.to_string(), expected);
}

#[test]
fn a_fault_as_json_is_flat() {
    let path = fixture("bad/page_size_too_large.toml");
    let faults = load_with(&path, &[]).unwrap_err();
    let expected = serde_json::json!([{
        "file": path,
        "line": 6,
        "column": 13,
        "key": "pipeline[0].wdt.page_size",
        "value": "500",
        "message": "must be 1 to 100",
        "message_zh": "应在 1 到 100 之间",
        "fix": "page_size = 40",
    }]);
    assert_eq!(serde_json::to_value(&faults).unwrap(), expected);
}

#[test]
fn a_missing_file_points_at_init() {
    let faults = load_with(&fixture("bad/none-such.toml"), &[]).unwrap_err();
    assert_eq!(faults.as_slice().len(), 1);
    assert!(faults.to_string().contains("there is no such file"), "{faults}");
    assert!(faults.to_string().contains("refund-sync init"), "{faults}");
}

#[test]
fn a_file_in_gbk_says_that_it_must_be_utf8_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refund-sync.toml");
    std::fs::write(&path, b"# ok\n# \xCD\xCB\xBB\xF5\n").unwrap();
    let faults = load_with(&path, &[]).unwrap_err();
    assert!(faults.to_string().contains(":2:3: is not UTF-8 (GBK?)"), "{faults}");
}

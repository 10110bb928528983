//! Rules for Rust files: short enough to be one noun, and opened by a few lines that say which.

use super::{Fault, SourceFile};

/// Tests and fixtures included: what does not fit is two nouns.
const LONGEST: usize = 500;

/// What only a Unix has, as it is imported.
const OF_UNIX: [&str; 3] = ["os::unix", "os::linux", "signal::unix"];
/// Where it may stand: each says beside it, by `cfg`, what is done elsewhere.
const MARKED: [&str; 5] = [
    "refund-sync/src/cli/signal/unix.rs",
    "refund-sync/src/files.rs",
    "refund-sync/src/serve/sd_notify.rs",
    "refund-sync/src/store/lock/file.rs",
    "refund-sync/src/store/sqlite/presence.rs",
];

/// Checks the size and the header of a Rust file.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    let mut faults = Vec::new();
    let length = file.lines().count();
    if length > LONGEST {
        let advice = format!("{length} lines, {LONGEST} at most; split the file by its nouns");
        faults.push(file.fault(LONGEST + 1, advice));
    }
    if !opens_with_a_header(file) {
        faults.push(file.fault(1, "begin with `//!`: what lives here, what does not and where that is"));
    }
    faults.extend(of_unix(file));
    faults
}

/// The product is to be built elsewhere, too: tests and the developer's commands need not.
fn of_unix(file: &SourceFile) -> Vec<Fault> {
    let is_product = file.path.contains("/src/") && !file.path.starts_with("xtask/");
    if !is_product || MARKED.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let is_import =
        |line: &str| line.trim_start().starts_with("use ") && OF_UNIX.iter().any(|word| line.contains(word));
    // What comes behind it is of the tests.
    let product = file.lines().take_while(|(_, line)| line.trim() != "mod tests {");
    let found = product.filter(|(_, line)| is_import(line));
    found
        .map(|(number, _)| {
            file.fault(
                number,
                "only Unix has this: it belongs into a file of xtask/src/tidy/rust.rs's list, behind cfg"
                    .to_owned(),
            )
        })
        .collect()
}

/// A crate may take its README for a header.
fn opens_with_a_header(file: &SourceFile) -> bool {
    file.text.starts_with("//!") || file.text.starts_with("#![doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_five_hundred_lines_is_to_be_split() {
        let long = |lines: usize| SourceFile::of("a.rs", &"//! x\n".repeat(lines));
        assert_eq!(
            check(&long(501))[0].to_string(),
            "a.rs:501: 501 lines, 500 at most; split the file by its nouns"
        );
        assert_eq!(check(&long(500)), []);
    }

    #[test]
    fn what_only_unix_has_stands_in_marked_files_alone() {
        let import = "//! A thing.\nuse std::os::unix::fs::MetadataExt as _;\n";
        for (path, faults) in [
            ("refund-sync/src/config.rs", 1),
            ("kingdee-k3cloud-sdk/src/trust.rs", 1),
            ("refund-sync/src/files.rs", 0),
            ("refund-sync/tests/it/scene.rs", 0),
            ("xtask/src/mock.rs", 0),
        ] {
            assert_eq!(check(&SourceFile::of(path, import)).len(), faults, "{path}");
        }
    }

    #[test]
    fn a_file_says_first_what_it_is() {
        assert_eq!(check(&SourceFile::of("a.rs", "use std::fmt;\n//! late\n")).len(), 1);
        assert_eq!(check(&SourceFile::of("a.rs", "")).len(), 1);
        assert_eq!(check(&SourceFile::of("a.rs", "//! A thing.\n")), []);
        assert_eq!(check(&SourceFile::of("lib.rs", "#![doc = include_str!(\"../README.md\")]\n")), []);
    }
}

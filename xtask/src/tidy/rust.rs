//! Rules for Rust files: short enough to be one noun, and opened by a few lines that say which.

use super::{Fault, SourceFile};

/// Tests and fixtures included: what does not fit is two nouns.
const LONGEST: usize = 500;

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
    faults
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
    fn a_file_says_first_what_it_is() {
        assert_eq!(check(&SourceFile::of("a.rs", "use std::fmt;\n//! late\n")).len(), 1);
        assert_eq!(check(&SourceFile::of("a.rs", "")).len(), 1);
        assert_eq!(check(&SourceFile::of("a.rs", "//! A thing.\n")), []);
        assert_eq!(check(&SourceFile::of("lib.rs", "#![doc = include_str!(\"../README.md\")]\n")), []);
    }
}

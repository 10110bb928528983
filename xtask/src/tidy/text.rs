//! Rules for the bytes of every text file: white space, line ends, the final newline.
//! Rust's own layout is rustfmt's; this catches what stands outside Rust, and inside comments and strings.

use super::{Fault, SourceFile};

/// Checks white space and line ends.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    // Written by tools, which lay them out as they please.
    if file.path == "Cargo.lock" || file.extension() == "snap" {
        return Vec::new();
    }
    let mut faults: Vec<Fault> =
        file.lines().filter_map(|(number, line)| Some(file.fault(number, line_advice(line)?))).collect();
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        faults.push(file.fault(file.lines().count(), "the file does not end with a newline; add one"));
    } else if file.text.ends_with("\n\n") {
        faults.push(file.fault(file.lines().count(), "empty lines at the end of the file; remove them"));
    }
    faults
}

fn line_advice(line: &str) -> Option<&'static str> {
    if line.ends_with('\r') {
        Some("the line ends with CR LF; save the file with Unix line ends")
    } else if line.contains('\t') {
        Some("a tab; indent with spaces, write \\t in a string")
    } else if line.ends_with(char::is_whitespace) {
        Some("white space at the end of the line; remove it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<usize> {
        check(&SourceFile::of("a.md", text)).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn trailing_white_space_tabs_and_cr_lf_are_found_on_their_lines() {
        assert_eq!(lines_of("fine\ntrailing \n\ttab\ncrlf\r\nwide\u{3000}\n"), [2, 3, 4, 5]);
    }

    #[test]
    fn a_file_ends_with_exactly_one_newline() {
        assert_eq!(lines_of("one\ntwo"), [2]);
        assert_eq!(lines_of("one\n\n"), [2]);
        assert_eq!(lines_of("one\n"), [0; 0]);
        assert_eq!(lines_of(""), [0; 0]);
    }

    #[test]
    fn what_tools_write_is_theirs() {
        assert_eq!(check(&SourceFile::of("Cargo.lock", "x \n\n")), []);
        assert_eq!(check(&SourceFile::of("tests/snapshots/a.snap", "x ")), []);
    }
}

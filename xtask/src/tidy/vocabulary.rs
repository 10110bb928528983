//! Rules for stable words: none may be without its texts in both languages.

use super::{Fault, SourceFile};

/// Checks the enums that `vocabulary!` declares.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    let mut is_inside = false;
    let mut faults = Vec::new();
    for (number, line) in file.lines() {
        if line.starts_with("vocabulary!") {
            is_inside = true;
        } else if line.starts_with('}') {
            is_inside = false;
        } else if is_inside && has_empty_text(line) {
            faults.push(
                file.fault(number, "a word without a text: say what it means, in Chinese and in English"),
            );
        }
    }
    faults
}

/// `title: "", "…";`, whatever the field is called.
fn has_empty_text(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && line.contains(": \"") && (line.contains(": \"\",") || line.contains(", \"\";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_without_a_text_in_one_language_is_named() {
        let text = "vocabulary! {\n    pub enum Cause {\n        Stock = \"stock\" {\n            title: \"库存\", \"\";\n        }\n    }\n}\nconst X: [&str; 2] = [\"\", \"\"];\n";
        let faults = check(&SourceFile::of("a.rs", text));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].line, 4);
    }

    #[test]
    fn words_with_texts_pass() {
        let text = "vocabulary! {\n    pub enum Cause {\n        Stock = \"stock\" { title: \"库存\", \"stock\"; }\n    }\n}\n";
        assert_eq!(check(&SourceFile::of("a.rs", text)), []);
    }
}

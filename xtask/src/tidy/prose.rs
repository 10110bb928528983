//! Rules for words: nothing left for later, nothing that only makes sense on the machine it was written on.

use super::{Fault, SourceFile, has_word};

/// Notes to oneself and stand-ins. Spelt in two halves, or this file would find itself.
const LEFT_BEHIND: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("db", "g!"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];
const IGNORED_TEST: &str = concat!("#[ig", "nore");
/// Roots of one machine's own directories.
const LOCAL_ROOTS: [&str; 5] = ["home", "root", "tmp", "work", "Users"];

/// Checks the words of a source, a document or a script.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    if !["rs", "md", "toml", "sh"].contains(&file.extension()) && file.path != ".ci/run" {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (number, line) in file.lines() {
        if let Some(word) = LEFT_BEHIND.iter().find(|word| has_word(line, word)) {
            faults.push(file.fault(number, format!("{word}: do it now, or describe it in an issue")));
        }
        if line.contains(IGNORED_TEST) {
            faults.push(file.fault(number, "a test that is not run proves nothing; mend it or remove it"));
        }
        if is_documentation(file, line)
            && let Some(root) = LOCAL_ROOTS.iter().find(|root| names_directory(line, root))
        {
            let advice = format!("a path below /{root} exists on one machine only; write it relative");
            faults.push(file.fault(number, advice));
        }
    }
    faults
}

fn is_documentation(file: &SourceFile, line: &str) -> bool {
    file.extension() == "md" || line.trim_start().starts_with("//")
}

/// Does `line` name an absolute path below `root`? A URL's path or a relative one does not count.
fn names_directory(line: &str, root: &str) -> bool {
    line.match_indices('/').any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let rest = line[at + 1..].strip_prefix(root);
        let starts = before.is_none_or(|c| c.is_whitespace() || "`'\"(<=".contains(c));
        starts
            && rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "_-.".contains(c)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(path: &str, text: &str) -> Vec<usize> {
        check(&SourceFile::of(path, text)).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn work_left_for_later_is_found_wherever_it_stands() {
        for word in LEFT_BEHIND {
            assert_eq!(lines_of("a.rs", &format!("fine\n// {word} later\n")), [2], "{word}");
        }
        assert_eq!(lines_of("a.rs", &format!("{IGNORED_TEST} = \"slow\"]\n")), [1]);
    }

    #[test]
    fn a_longer_word_that_holds_a_short_one_is_fine() {
        assert_eq!(lines_of("a.md", &format!("JY{}01 and my{}\n", LEFT_BEHIND[2], LEFT_BEHIND[3])), [0; 0]);
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_documents_and_comments() {
        assert_eq!(lines_of("a.md", "see `/home/me/notes`\nin /tmp\n(/work/x)\n"), [1, 2, 3]);
        assert_eq!(lines_of("a.rs", "/// Kept in /tmp/x.\nlet x = \"/tmp/x\";\n"), [1]);
    }

    #[test]
    fn urls_relative_paths_and_longer_names_are_fine() {
        assert_eq!(lines_of("a.md", "https://example.com/home/x src/work/x /workers/1 /tmp-like\n"), [0; 0]);
    }

    #[test]
    fn data_files_are_not_read_as_prose() {
        assert_eq!(lines_of("a.json", &format!("{}\n", LEFT_BEHIND[0])), [0; 0]);
    }
}

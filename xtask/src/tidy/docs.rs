//! Rules for Markdown: links inside the repository lead somewhere, and both READMEs show the two commands.

use std::collections::BTreeSet;

use super::{Fault, SourceFile};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];
/// What a visitor types first: see it work, check that it holds.
const COMMANDS: [&str; 2] = ["cargo run --release -p refund-sync -- demo", "cargo xtask ci"];

/// Checks a Markdown file; `paths` are all files of the repository.
pub(super) fn check(file: &SourceFile, paths: &BTreeSet<String>) -> Vec<Fault> {
    let mut faults = dead_links(file, paths);
    if READMES.contains(&file.path.as_str()) {
        let missing = COMMANDS.iter().filter(|command| !file.text.contains(*command));
        faults.extend(missing.map(|command| file.fault(1, format!("the README does not show `{command}`"))));
    }
    faults
}

fn dead_links(file: &SourceFile, paths: &BTreeSet<String>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut in_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let dead = targets(line).filter(|target| is_local(target) && !leads_to(file, target, paths));
            faults.extend(dead.map(|target| {
                file.fault(
                    number,
                    format!("`{target}` leads nowhere; write the path from this file's directory"),
                )
            }));
        }
    }
    faults
}

/// The targets of `[text](target)`, anchors and titles taken off.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split([' ', '#']).next()?;
        Some(target.trim_matches(['<', '>']))
    })
}

/// Neither a URL, nor an anchor in the same file, nor an item of Rust's documentation.
fn is_local(target: &str) -> bool {
    !target.is_empty() && !target.contains(':')
}

fn leads_to(file: &SourceFile, target: &str, paths: &BTreeSet<String>) -> bool {
    let Some(path) = resolve(file, target) else { return false };
    let directory = format!("{path}/");
    path.is_empty() || paths.contains(&path) || paths.iter().any(|other| other.starts_with(&directory))
}

/// The path from the root of the repository; `None` if it leaves it.
pub(super) fn resolve(file: &SourceFile, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(path: &str, text: &str) -> Vec<usize> {
        let paths = ["README.md", "sdk/README.md", "sdk/examples/one.rs"].map(str::to_owned).into();
        check(&SourceFile::of(path, text), &paths).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn a_link_to_a_file_that_is_not_there_is_found() {
        assert_eq!(lines_of("a.md", "ok\n[x](gone.md) and [y](sdk/gone.rs#part)\n"), [2, 2]);
        assert_eq!(lines_of("sdk/a.md", "[x](sdk/README.md)\n[y](../../README.md)\n"), [1, 2]);
    }

    #[test]
    fn files_directories_anchors_urls_and_items_are_fine() {
        let text = "[a](README.md) [b](sdk/) [c](#part) [d](https://example.com/x) [e](crate::Client) [f](./sdk/examples)\n";
        assert_eq!(lines_of("a.md", text), [0; 0]);
        assert_eq!(
            lines_of("sdk/README.md", "[up](../README.md \"title\") [beside](examples/one.rs)\n"),
            [0; 0]
        );
    }

    #[test]
    fn code_is_not_read_for_links() {
        assert_eq!(lines_of("a.md", "```rust\ncall[0](gone)\n```\n[x](gone)\n"), [4]);
    }

    #[test]
    fn each_readme_shows_both_commands() {
        assert_eq!(lines_of("README.zh-CN.md", "# x\n"), [1, 1]);
        assert_eq!(lines_of("README.md", &format!("{}\n", COMMANDS[0])), [1]);
        assert_eq!(lines_of("README.md", &COMMANDS.join("\n")), [0; 0]);
        assert_eq!(lines_of("sdk/README.md", "# x\n"), [0; 0]);
    }
}

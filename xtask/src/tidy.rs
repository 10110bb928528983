//! `cargo xtask tidy`: the rules of this house that no linter knows, each as a pure function over one file.
//! This file gathers and prints; the rules are in `tidy/`. Formatting and lints belong to rustfmt and clippy.

mod architecture;
mod docs;
mod imports;
mod layers;
mod manifest;
mod modules;
mod prose;
mod readers;
mod rust;
mod secret;
mod text;
mod vocabulary;
mod workflow;

use std::{collections::BTreeSet, ffi::OsStr, fmt, path::Path};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

/// A text file of the repository.
struct SourceFile {
    /// Relative to the workspace root, with forward slashes.
    path: String,
    text: String,
}

/// Something to mend, and how.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    path: String,
    /// 1-based.
    line: usize,
    /// What is wrong, and what to do about it.
    advice: String,
}

/// Checks every file that git knows or would add, and fails if one of them breaks a rule.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    let paths = list(sh)?;
    let mut faults = manifest::check_directories(&paths);
    let mut files = Vec::new();
    for path in &paths {
        let Ok(text) = String::from_utf8(sh.read_binary_file(path)?) else { continue };
        files.push(SourceFile { path: path.clone(), text });
    }
    faults.extend(files.iter().flat_map(|file| check(file, &paths)));
    faults.extend(layers::check(layers::HOUSES, &files)?);
    faults.extend(readers::check(&files));
    faults.extend(architecture::check(&files));
    faults.extend(modules::check(&files));
    for fault in &faults {
        println!("{fault}");
    }
    ensure!(faults.is_empty(), "{} to mend in {} files", faults.len(), paths.len());
    println!("{} files are tidy", paths.len());
    Ok(())
}

/// The files of the work tree that belong to the repository: tracked or new, and not ignored.
fn list(sh: &Shell) -> Result<BTreeSet<String>> {
    let listed = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
    let is_there = |path: &&str| !path.is_empty() && sh.path_exists(path);
    Ok(listed.split('\0').filter(is_there).map(str::to_owned).collect())
}

/// Every rule that looks at one file; `paths` are all files, for the links between them.
fn check(file: &SourceFile, paths: &BTreeSet<String>) -> Vec<Fault> {
    // Fixtures are the vendors' bytes and the bad input of tests: they may look as they like.
    if file.is_below("fixtures") {
        return Vec::new();
    }
    let mut faults = text::check(file);
    faults.extend(prose::check(file));
    faults.extend(secret::check(file));
    if file.extension() == "rs" {
        faults.extend(rust::check(file));
        faults.extend(vocabulary::check(file));
    }
    if file.path.ends_with("Cargo.toml") {
        faults.extend(manifest::check(file));
    }
    if file.path.starts_with(".github/workflows/") {
        faults.extend(workflow::check(file));
    }
    if file.extension() == "md" {
        faults.extend(docs::check(file, paths));
    }
    faults
}

impl SourceFile {
    /// The lines with their 1-based numbers, line ends taken off (a `\r` stays).
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split_terminator('\n').enumerate().map(|(index, line)| (index + 1, line))
    }

    /// What follows the last dot of its name; empty without one.
    fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(OsStr::to_str).unwrap_or_default()
    }

    /// Is one of the directories above the file, or its own stem, called `name`?
    fn is_below(&self, name: &str) -> bool {
        self.path.split('/').any(|part| part.split('.').next() == Some(name))
    }

    fn fault(&self, line: usize, advice: impl Into<String>) -> Fault {
        Fault { path: self.path.clone(), line, advice: advice.into() }
    }

    #[cfg(test)]
    fn of(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// Does `word` stand in `line` by itself, not inside a longer word?
fn has_word(line: &str, word: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(in_word) && !after.is_some_and(in_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_file_line_and_advice() {
        let fault = SourceFile::of("a/b.rs", "").fault(7, "mend it");
        assert_eq!(fault.to_string(), "a/b.rs:7: mend it");
    }

    #[test]
    fn fixtures_may_look_as_they_like() {
        let file = SourceFile::of("sdk/tests/it/fixtures/dirty.md", "\tx \r\n[x](gone.md)");
        assert_eq!(check(&file, &BTreeSet::new()), []);
    }

    #[test]
    fn a_directory_counts_by_its_whole_name_and_a_file_by_its_stem() {
        assert!(SourceFile::of("sdk/src/mock/world.rs", "").is_below("mock"));
        assert!(SourceFile::of("sdk/src/mock.rs", "").is_below("mock"));
        assert!(!SourceFile::of("sdk/src/mockery.rs", "").is_below("mock"));
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        assert!(has_word("call it: now", "it"));
        assert!(!has_word("permit, items, it_is", "it"));
    }
}

//! Every source file belongs to a module: one that is in none is compiled by nobody, and its tests never run.

use std::collections::BTreeMap;

use super::{Fault, SourceFile};

/// Names the files below `src` and `tests` that no file beside or above them declares.
pub(super) fn check(files: &[SourceFile]) -> Vec<Fault> {
    let texts: BTreeMap<_, _> = files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let is_declared = |path: &str| {
        let Some((folder, name)) = path.strip_suffix(".rs").and_then(|path| path.rsplit_once('/')) else {
            return true;
        };
        let mut parents = [
            format!("{folder}.rs"),
            format!("{folder}/mod.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
        ]
        .into_iter();
        is_root(folder, name)
            || parents.any(|parent| texts.get(parent.as_str()).is_some_and(|text| declares(text, name)))
    };
    files
        .iter()
        .filter(|file| file.extension() == "rs" && !file.is_below("fixtures") && !is_declared(&file.path))
        .map(|file| {
            file.fault(1, "no module declares this file, so nobody compiles it: declare or remove it")
        })
        .collect()
}

/// What cargo finds by itself: the root of a crate, a program, a test, an example, a benchmark, a fuzz target.
fn is_root(folder: &str, name: &str) -> bool {
    let above = folder.rsplit('/').next().unwrap_or_default();
    match name {
        "lib" | "main" | "build" | "mod" => true,
        _ => matches!(above, "bin" | "tests" | "examples" | "benches" | "fuzz_targets"),
    }
}

fn declares(text: &str, name: &str) -> bool {
    let declaration = format!("mod {name};");
    text.lines().any(|line| {
        let line = line.trim();
        line.strip_suffix(&declaration).is_some_and(|before| before.is_empty() || before.starts_with("pub"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, text)| SourceFile::of(path, text)).collect();
        check(&files).into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn a_file_that_no_module_declares_is_named() {
        let found = faults(&[
            ("a/tests/it/main.rs", "mod whole;\n"),
            ("a/tests/it/whole.rs", "mod part;\n// mod lost;\n"),
            ("a/tests/it/whole/part.rs", ""),
            ("a/tests/it/whole/lost.rs", ""),
            ("a/src/lib.rs", "pub(crate) mod whole;\n"),
            ("a/src/whole.rs", ""),
            ("a/src/hole.rs", ""),
        ]);
        assert_eq!(found, ["a/tests/it/whole/lost.rs", "a/src/hole.rs"]);
    }

    #[test]
    fn what_cargo_finds_by_itself_needs_no_module() {
        let roots =
            ["a/src/main.rs", "a/src/bin/b.rs", "a/tests/b.rs", "a/examples/b.rs", "a/benches/b/main.rs"];
        assert_eq!(faults(&roots.map(|path| (path, ""))), [""; 0]);
    }
}

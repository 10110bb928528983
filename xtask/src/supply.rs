//! `cargo xtask ci supply`: what is depended on, and what the next version of an SDK would break. Rules of dependencies are in
//! `deny.toml`; the tools are not built from this workspace, so each is asked if it is there.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::ci::{OURS, SDKS, decides, lacking};

/// Runs every check that this machine can make, and says last what it could not.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    for left_out in checked(sh)? {
        eprintln!("SKIPPED: {left_out}");
    }
    Ok(())
}

/// Runs what can be run; a broken rule is an error. Gives back what was left out, and why.
fn checked(sh: &Shell) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    for (tool, check) in [("deny", deny as Check), ("machete", machete), ("semver-checks", semver_checks)] {
        left_out.extend(match lacking(sh, tool)? {
            Some(lacking) => Some(lacking),
            None => check(sh)?,
        });
    }
    Ok(left_out)
}

/// One tool's check; what of it was left out, if anything.
type Check = fn(&Shell) -> Result<Option<String>>;

/// The list of what is known to be broken comes over the network; the other rules are this project's own.
fn deny(sh: &Shell) -> Result<Option<String>> {
    let fetched = cmd!(sh, "cargo deny fetch db").quiet().ignore_stdout().run().is_ok();
    if !fetched && decides(sh) {
        bail!("the database of advisories (github.com/rustsec/advisory-db) cannot be fetched");
    }
    let advisories = fetched.then_some("advisories");
    cmd!(sh, "cargo deny check {advisories...} bans licenses sources").run()?;
    let why = "advisories: their database (github.com/rustsec/advisory-db) cannot be fetched; nothing is known of broken crates";
    Ok((!fetched).then(|| why.to_owned()))
}

fn machete(sh: &Shell) -> Result<Option<String>> {
    cmd!(sh, "cargo machete --skip-target-dir").env_remove(OURS).run()?;
    Ok(None)
}

/// Compared with the last version that was tagged; before the first one there is nothing that could break.
fn semver_checks(sh: &Shell) -> Result<Option<String>> {
    let Ok(tag) = cmd!(sh, "git describe --tags --abbrev=0 --match v*").quiet().ignore_stderr().read() else {
        return Ok(Some("semver-checks: no version is tagged yet, and nothing was compared".to_owned()));
    };
    for sdk in SDKS {
        cmd!(sh, "cargo semver-checks --package {sdk} --baseline-rev {tag}").run()?;
    }
    Ok(None)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use xshell::TempDir;

    use super::*;

    /// A tool that finds nothing amiss.
    const CONTENT: &str = "exit 0";
    /// As cargo-machete: not to be misled by what cargo told of this program.
    const BY_CARGO: &str = "test -z \"$CARGO_PKG_NAME\"";
    /// A machine without the tool: it cannot even be asked for its version.
    const ABSENT: &str = "exit 127";

    /// A repository without a tag, on a machine whose three tools are these lines of `sh`.
    fn with(deny: &str, machete: &str, semver_checks: &str) -> (Shell, TempDir) {
        let sh = Shell::new().unwrap();
        let home = sh.create_temp_dir().unwrap();
        for (tool, line) in [("deny", deny), ("machete", machete), ("semver-checks", semver_checks)] {
            let file = home.path().join(format!("bin/cargo-{tool}"));
            let asked = home.path().join("asked");
            sh.write_file(&file, format!("#!/bin/sh\necho \"$@\" >> '{}'\n{line}\n", asked.display()))
                .unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        // The two places where cargo looks for its tools.
        sh.set_var("PATH", format!("{}:{}", home.path().join("bin").display(), sh.var("PATH").unwrap()));
        sh.set_var("CARGO_HOME", home.path());
        sh.set_var("CI", "");
        sh.change_dir(home.path());
        cmd!(sh, "git init --quiet").run().unwrap();
        (sh, home)
    }

    /// What the tools were asked, without the question for their version.
    fn asked(sh: &Shell) -> Vec<String> {
        let asked = sh.read_file("asked").unwrap();
        asked.lines().filter(|line| !line.contains("--version")).map(str::to_owned).collect()
    }

    #[test]
    fn every_rule_is_asked_and_before_the_first_version_it_is_said_that_nothing_was_compared() {
        let (sh, _home) = with(CONTENT, BY_CARGO, CONTENT);
        sh.set_var(OURS, "xtask");
        let left_out = checked(&sh).unwrap();
        assert!(left_out.len() == 1 && left_out[0].contains("nothing was compared"), "{left_out:?}");
        let all =
            ["deny fetch db", "deny check advisories bans licenses sources", "machete --skip-target-dir"];
        assert_eq!(asked(&sh), all);
    }

    #[test]
    fn without_the_database_the_other_rules_are_asked_and_it_is_said() {
        let (sh, _home) = with("test $2 != fetch", CONTENT, CONTENT);
        let left_out = checked(&sh).unwrap();
        assert!(left_out[0].starts_with("advisories:"), "{left_out:?}");
        assert!(asked(&sh).contains(&"deny check bans licenses sources".to_owned()), "{:?}", asked(&sh));
        sh.set_var("CI", "true");
        assert!(
            checked(&sh).unwrap_err().to_string().contains("advisories"),
            "the machine that decides knows"
        );
    }

    #[test]
    fn a_rule_that_is_broken_fails() {
        for (deny, machete) in [("test $2 != check", CONTENT), (CONTENT, "test $2 != --skip-target-dir")] {
            let (sh, _home) = with(deny, machete, CONTENT);
            assert!(checked(&sh).is_err(), "{deny} {machete}");
        }
    }

    #[test]
    fn a_tool_that_is_not_there_is_named_and_the_machine_that_decides_has_all() {
        let (sh, _home) = with(ABSENT, ABSENT, ABSENT);
        let left_out = checked(&sh).unwrap();
        for (said, tool) in left_out.iter().zip(["cargo-deny", "cargo-machete", "cargo-semver-checks"]) {
            assert!(said.contains(tool), "{said}");
        }
        assert_eq!(left_out.len(), 3);
        sh.set_var("CI", "true");
        assert!(checked(&sh).unwrap_err().to_string().contains("cargo-deny"));
    }

    #[test]
    fn from_the_first_version_on_both_sdks_are_compared_with_the_last_one_and_a_break_fails() {
        let (sh, _home) = with(CONTENT, CONTENT, "test \"$3\" != kingdee-k3cloud-sdk");
        let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        cmd!(sh, "git {author...} commit --quiet --allow-empty --message one").run().unwrap();
        cmd!(sh, "git tag v0.1.0").run().unwrap();
        assert!(checked(&sh).unwrap_err().to_string().contains("kingdee-k3cloud-sdk"));
        let compared: Vec<_> =
            asked(&sh).into_iter().filter(|line| line.starts_with("semver-checks")).collect();
        assert_eq!(compared, SDKS.map(|sdk| format!("semver-checks --package {sdk} --baseline-rev v0.1.0")));
    }
}

//! `cargo xtask codegen`: files that are made by the program itself and kept in the repository, for those who have no
//! program at hand. What they hold is the program's; here they are written, or compared.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::target_directory;

/// The flags of `cargo xtask codegen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when a file is not in step
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes what is not in step, or names it.
pub(crate) fn run(sh: &Shell, args: &Args) -> Result<()> {
    let mut stale = Vec::new();
    for (file, made) in files(sh)? {
        let path = sh.current_dir().join(file);
        // A checkout may have other line ends.
        let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if kept == made {
            continue;
        }
        if args.check {
            stale.push(file);
        } else {
            fs::write(&path, made).with_context(|| format!("cannot write {}", path.display()))?;
            println!("wrote {file}");
        }
    }
    ensure!(stale.is_empty(), "{} is not in step; write it anew: cargo xtask codegen", stale.join(", "));
    Ok(())
}

/// Each file, and what it should hold.
fn files(sh: &Shell) -> Result<Vec<(&'static str, String)>> {
    // Built as the tests are, so that nothing is built twice.
    cmd!(sh, "cargo build --locked --quiet --workspace --all-features --bin refund-sync --examples").run()?;
    let built = target_directory(sh).join("debug");
    let printed = |program: &str, args: &[&str]| {
        let program = built.join(program).with_extension(std::env::consts::EXE_EXTENSION);
        cmd!(sh, "{program} {args...}").read()
    };
    let schema = printed("refund-sync", &["schema"])? + "\n";
    let openapi = printed("examples/openapi", &[])? + "\n";
    let tables = printed("examples/tables", &[])?;
    let tables: Value = serde_json::from_str(&tables).context("the example `tables` prints no JSON")?;
    let mut files = vec![
        ("refund-sync/refund-sync.schema.json", schema),
        ("docs/openapi.json", openapi),
        ("kingdee-k3cloud-sdk/ERRORS.md", kingdee_k3cloud_sdk::class::markdown()),
    ];
    for (path, lang) in [("docs/zh/troubleshooting.md", "zh"), ("docs/en/troubleshooting.md", "en")] {
        let table = |name: &'static str| {
            let text = tables[name][lang].as_str().with_context(|| format!("no table {name} in {lang}"))?;
            anyhow::Ok((name, text.to_owned()))
        };
        files.push((path, with_table(sh, path, &[table("causes")?, table("flags")?])?));
    }
    Ok(files)
}

/// The page with what stands between `<!-- name:begin -->` and `<!-- name:end -->` made anew.
fn with_table(sh: &Shell, path: &str, tables: &[(&str, String)]) -> Result<String> {
    let mut page = sh.read_file(path)?.replace("\r\n", "\n");
    for (name, table) in tables {
        page = between(&page, name, table)
            .with_context(|| format!("{path} has no place for the table {name}"))?;
    }
    Ok(page)
}

fn between(page: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_made_anew() {
        let page = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n";
        assert_eq!(between(page, "x", "new\n").unwrap(), "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n");
        assert_eq!(between(page, "y", "new\n"), None);
    }
}

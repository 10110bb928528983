//! `cargo xtask codegen`: files that are made by the program itself and kept in the repository, for those who have no
//! program at hand. What they hold is the program's; here they are written, or compared.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

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
fn files(sh: &Shell) -> Result<[(&'static str, String); 2]> {
    let schema = cmd!(sh, "cargo run --locked --quiet --package refund-sync -- schema").read()? + "\n";
    Ok([
        ("refund-sync/refund-sync.schema.json", schema),
        ("kingdee-k3cloud-sdk/ERRORS.md", kingdee_k3cloud_sdk::class::markdown()),
    ])
}

//! `cargo xtask codegen`: files that are made by the program itself and kept in the repository, for those who have no
//! program at hand. What they hold is the program's; here they are written, or compared.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use xshell::{Shell, cmd};

/// Each file, and the command of `refund-sync` that prints it.
const FILES: [(&str, &str); 1] = [("refund-sync/refund-sync.schema.json", "schema")];

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
    for (file, command) in FILES {
        let made = cmd!(sh, "cargo run --locked --quiet --package refund-sync -- {command}").read()? + "\n";
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

//! `cargo xtask`: the developer's commands, one file each.
//! Nothing here is part of the product; what an operator runs lives in `refund-sync`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command's answer is what it prints")]

mod bench;
mod ci;
mod clients;
mod codegen;
mod dist;
mod mock;
mod sim;
mod supply;
mod tidy;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::Parser;
use xshell::Shell;

/// The developer's commands of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Measure what a bill costs, beside the least that it could cost (Linux)
    Bench(bench::Args),
    /// Check everything that must hold before a change lands
    Ci(ci::Args),
    /// Drive real clients of both systems against the simulators, and write CLIENTS.md
    Clients(clients::Args),
    /// Write the files that the program makes itself, or check that they are in step
    Codegen(codegen::Args),
    /// Make what a release hands out, as far as this machine can, and let it prove itself
    Dist(dist::Args),
    /// Serve both simulators on loopback and write a configuration that points at them
    Mock(Box<mock::Args>),
    /// Live through simulated worlds of `refund-sync`, many of them or one again
    Sim(sim::Args),
    /// Check what no linter can: file sizes, headers, stray words, manifests, links
    Tidy,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // In one line, without anyhow's back trace: what failed has already printed its own story.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(workspace_root()?);
    match command {
        Command::Bench(args) => bench::run(&sh, &args),
        Command::Ci(args) => ci::run(&sh, &args),
        Command::Clients(args) => clients::run(&sh, &args),
        Command::Codegen(args) => codegen::run(&sh, &args),
        Command::Dist(args) => dist::run(&sh, &args),
        Command::Mock(args) => mock::run(&args),
        Command::Sim(args) => sim::run(&sh, &args),
        Command::Tidy => tidy::run(&sh),
    }
}

/// Cargo names the manifest of this crate when it runs us; the workspace is the directory above.
fn workspace_root() -> Result<PathBuf> {
    let here = env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let root = Path::new(&here).parent().context("the xtask crate stands inside the workspace")?;
    Ok(root.to_owned())
}

/// Where cargo puts what it builds.
fn target_directory(sh: &Shell) -> PathBuf {
    sh.var_os("CARGO_TARGET_DIR").map_or_else(|| sh.current_dir().join("target"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `clap` looks at a command's flags when it is called, and then panics.
    #[test]
    fn every_command_can_be_called() {
        use clap::CommandFactory as _;
        Command::command().debug_assert();
    }
}

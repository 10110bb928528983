//! `cargo xtask clients`: real clients of both systems, installed from their registries and unmodified, are driven
//! against the simulators; CLIENTS.md is what comes of it. Which clients there are is in `clients/catalogue`.

mod catalogue;
mod environment;
mod list;
mod relay;
mod run;
mod scene;
#[cfg(test)]
mod tests;

use std::{fs, thread};

use anyhow::{Context as _, Result, ensure};
use xshell::Shell;

/// The flags of `cargo xtask clients`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when CLIENTS.md, or its summary in TESTING.md, is not what the run makes
    #[arg(long)]
    check: bool,
    /// Only these clients, without the list: print what they did
    names: Vec<String>,
}

/// Runs all clients side by side, then writes or compares the list.
pub(crate) fn run(sh: &Shell, args: &Args) -> Result<()> {
    let root = sh.current_dir();
    let wanted = |name: &str| args.names.is_empty() || args.names.iter().any(|wanted| wanted == name);
    let unknown = args.names.iter().find(|name| catalogue::find(name).is_none());
    ensure!(unknown.is_none(), "no client is called {}", unknown.cloned().unwrap_or_default());
    let clients: Vec<_> = catalogue::CLIENTS.iter().filter(|client| wanted(client.name)).collect();
    let sections: Result<Vec<_>> = thread::scope(|scope| {
        let running: Vec<_> = clients
            .iter()
            .map(|client| {
                let root = &root;
                scope.spawn(move || run::run(root, client).map(|run| list::section(client, &run)))
            })
            .collect();
        running
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|_| anyhow::bail!("a client panicked")))
            .collect()
    });
    let sections = sections?;
    if !args.names.is_empty() {
        println!("{}", sections.join("\n"));
        return Ok(());
    }
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_default().replace("\r\n", "\n");
    let summary = list::summarised(&read(list::SUMMARY), &sections)
        .with_context(|| format!("{} has no place for the summary", list::SUMMARY))?;
    for (file, made) in [(list::FILE, list::whole(&sections)), (list::SUMMARY, summary)] {
        if read(file) == made {
            println!("{file} is in step, {} clients", clients.len());
            continue;
        }
        ensure!(!args.check, "{file} is not in step; write it anew: cargo xtask clients");
        fs::write(root.join(file), made).with_context(|| format!("cannot write {file}"))?;
        println!("wrote {file}");
    }
    Ok(())
}

//! `cargo xtask bench`: the whole job of `refund-sync run` against the simulators in another process, beside the least that
//! it could cost (`refund-sync/examples/floor.rs`), both measured in the same run. What is compared is CPU time a bill:
//! it hardly depends on what else the computer does, and the ratio of both not at all.

pub(crate) mod child;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use xshell::{Shell, cmd};

use child::{Spent, watch};

use crate::target_directory;

/// The flags of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many made-up returns there are; about 81 of 100 become bills
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    refunds: usize,
    /// `sqlite`, or the postgres:// address of a database that holds no journal yet
    #[arg(long, value_name = "STORE", default_value = "sqlite")]
    store: String,
    /// Keep the figures in a file
    #[arg(long, value_name = "FILE.json")]
    save: Option<PathBuf>,
    /// Show them beside those of a file
    #[arg(long, value_name = "FILE.json")]
    against: Option<PathBuf>,
}

/// What one of the two cost.
#[derive(Debug, Clone, Copy)]
struct Figures {
    bills: u64,
    /// Calls to both systems.
    calls: u64,
    spent: Spent,
    /// Of the journal, when the program has ended.
    bytes: u64,
}

/// Measures both and prints them.
pub(crate) fn run(sh: &Shell, args: &Args) -> Result<()> {
    cmd!(
        sh,
        "cargo build --release --locked --quiet --package refund-sync --bin refund-sync --example floor"
    )
    .run()?;
    let release = target_directory(sh).join("release");
    let folder = std::env::temp_dir().join(format!("refund-sync-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = both(args, &release, &folder);
    // What is left of it tells why something failed.
    if measured.is_ok() {
        fs::remove_dir_all(&folder)?;
    }
    let (floor, program) = measured.with_context(|| format!("see {}", folder.display()))?;
    let known = args.against.as_deref().map(read).transpose()?.unwrap_or_default();
    println!(
        "{} returns, {} bills, {}",
        args.refunds,
        program.bills,
        args.store.split(':').next().unwrap_or("")
    );
    let (least, job) = (floor.rows(), program.rows());
    println!("{:<22} {:>12} {:>12} {:>8} {:>12}", "", "the floor", "refund-sync", "ratio", "before");
    for (name, value) in &job {
        let least = least.get(name).copied().unwrap_or_default();
        let ratio = if least > 0.0 { format!("{:.2}", value / least) } else { String::new() };
        let before = known.get(*name).map_or_else(String::new, |before| format!("{before:.1}"));
        println!("{name:<22} {least:>12.1} {value:>12.1} {ratio:>8} {before:>12}");
    }
    if let Some(path) = &args.save {
        fs::write(path, serde_json::to_string_pretty(&json!({ "floor": least, "refund-sync": job }))?)?;
    }
    Ok(())
}

fn both(args: &Args, release: &Path, folder: &Path) -> Result<(Figures, Figures)> {
    let rows = folder.join("floor.db");
    let floor = measure(args, folder, "floor", &rows, |config| {
        let mut command = Command::new(release.join("examples/floor"));
        command.arg(config).arg(&rows);
        command
    })?;
    let journal = folder.join("journal.db");
    let program = measure(args, folder, "refund-sync", &journal, |config| {
        let mut command = Command::new(release.join("refund-sync"));
        command.arg("--config").arg(config).args(["run", "--until-settled"]);
        command
    })?;
    ensure!(
        floor.bills.abs_diff(program.bills) * 20 <= program.bills,
        "the floor wrote {} bills, the program {}",
        floor.bills,
        program.bills
    );
    Ok((floor, program))
}

/// One program on simulators of its own.
fn measure(
    args: &Args,
    folder: &Path,
    name: &str,
    journal: &Path,
    command: impl FnOnce(&Path) -> Command,
) -> Result<Figures> {
    let config = folder.join(format!("{name}.toml"));
    let mut simulators = Command::new(std::env::current_exe()?)
        .args(["mock", "--save-ms", "0", "--refunds", &args.refunds.to_string(), "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .spawn()?;
    let measured = child::wait_for(&mut simulators, &config).and_then(|()| {
        let text = fs::read_to_string(&config)?;
        fs::write(&config, with_store(&text, &args.store))?;
        let out = fs::File::create(folder.join(format!("{name}.log")))?;
        let mut child = command(&config).stdout(out.try_clone()?).stderr(out).spawn()?;
        watch(&mut child)
    });
    let told = child::interrupt(simulators)?;
    let spent = measured.with_context(|| name.to_owned())?;
    let last = told.lines().last().unwrap_or_default();
    let numbers: Vec<u64> =
        last.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    let [wdt, kingdee, bills] = numbers[..] else { anyhow::bail!("the simulators ended with {last:?}") };
    ensure!(bills > 0, "{name} wrote no bill");
    let bytes = fs::metadata(journal).map_or(0, |file| file.len());
    Ok(Figures { bills, calls: wdt + kingdee, spent, bytes })
}

/// The simulators' configuration with full pages and batches, on this store.
fn with_store(text: &str, store: &str) -> String {
    let url = if store == "sqlite" { "sqlite:journal.db" } else { store };
    text.replace("sqlite:refund-sync-mock.db", url)
        .replace("[pipeline.wdt]\n", "[pipeline.wdt]\npage_size = 100\n")
        .replace("[pipeline.kingdee]\n", "[pipeline.kingdee]\nbatch_size = 100\n")
        .replace("timeout_seconds = 3", "timeout_seconds = 30")
}

impl Figures {
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    fn rows(&self) -> BTreeMap<&'static str, f64> {
        let bills = self.bills as f64;
        BTreeMap::from([
            ("CPU, µs a bill", self.spent.cpu.as_micros() as f64 / bills),
            ("wall, s", self.spent.wall.as_secs_f64()),
            ("peak memory, MiB", self.spent.peak_kib as f64 / 1024.0),
            ("journal, bytes a bill", self.bytes as f64 / bills),
            ("API calls", self.calls as f64),
        ])
    }
}

/// The program's figures of a run that was kept.
fn read(path: &Path) -> Result<BTreeMap<String, f64>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let kept: Value = serde_json::from_str(&text)?;
    let rows = kept["refund-sync"].as_object().context("these are no figures of `bench`")?;
    Ok(rows.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_and_the_sizes_are_those_that_were_asked_for() {
        let text = "url = \"sqlite:refund-sync-mock.db\"\n[pipeline.wdt]\na = 1\n[pipeline.kingdee]\nb = 1\n";
        let on_sqlite = with_store(text, "sqlite");
        assert!(on_sqlite.contains("\"sqlite:journal.db\"") && on_sqlite.contains("batch_size = 100"));
        assert!(with_store(text, "postgres://u@h/d").contains("url = \"postgres://u@h/d\""));
    }
}

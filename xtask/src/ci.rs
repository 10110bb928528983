//! `cargo xtask ci`: the steps that must pass before a change lands, cheapest first.
//! What a machine needs installed is `.ci/run`'s business; the checks of our own are in `tidy`.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;
use xshell::{Shell, cmd};

use crate::{codegen, supply, tidy};

/// What the nightly run asks of a property test; the tests themselves hold the ordinary number.
const FULL_PROPTEST_CASES: &str = "10000";
/// How many bills the nightly run reconciles: the size that is promised. The test itself holds the ordinary number.
const FULL_RECONCILE_BILLS: &str = "100000";
/// How many seeds the nightly run gives each row of the limiter's table. The test itself holds the ordinary number.
const FULL_LIMIT_SEEDS: &str = "24";
/// What cargo tells this program of itself. Handed on, cargo-machete takes it for a sign that it is not called by cargo.
pub(crate) const OURS: &str = "CARGO_PKG_NAME";
/// How many tests run at once.
const THREADS: &str = "RUST_TEST_THREADS";
/// The published crates: other projects choose their features, so each set must stand alone.
pub(crate) const SDKS: [&str; 2] = ["wdt-qimen-sdk", "kingdee-k3cloud-sdk"];
/// What the thin program may have on top, each by itself; the empty one is the thin program.
const PROGRAM_FEATURES: [&str; 8] = ["", "postgres", "console", "reconcile", "serve", "tools", "xlsx", "mcp"];
const FEATURE_SETS: [&[&str]; 3] = [&["--no-default-features"], &[], &["--all-features"]];

/// The flags of `cargo xtask ci`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The long run: 10,000 cases for every property test, 100,000 bills to reconcile, 24 seeds for each limit; and
    /// the steps `package` and `supply`, which are left out otherwise
    #[arg(long)]
    full: bool,
    /// Only these steps, in their usual order [default: all]
    #[arg(value_enum)]
    steps: Vec<Step>,
}

/// One step, in the order they run: the tests come last, so that their result is the last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting
    Format,
    /// Our own rules
    Tidy,
    /// Lints, warnings as errors, every target
    Clippy,
    /// Each SDK with no, default and all features; the program thin, and with each of its parts
    Features,
    /// The documentation builds without a warning
    Doc,
    /// Files that the program makes itself
    Codegen,
    /// Another project builds on both SDKs as they are published
    Consumer,
    /// With --full: each SDK as it is published, unpacked elsewhere, builds, tests and documents itself
    Package,
    /// With --full: what is depended on and not used, may not be used or is known to be broken; what the next version of
    /// an SDK would break
    Supply,
    /// By name only: what must hold on a system that knows neither Unix's ways nor Debian's packages
    Portable,
    /// Unit, integration and documentation tests
    Test,
}

/// How one step ended.
struct Outcome {
    step: Step,
    took: Duration,
    passed: bool,
}

/// Runs the steps and stops at the first that fails, saying how to run only that one again.
pub(crate) fn run(sh: &Shell, args: &Args) -> Result<()> {
    let _cases = args.full.then(|| sh.push_env("PROPTEST_CASES", FULL_PROPTEST_CASES));
    let _bills = args.full.then(|| sh.push_env("RECONCILE_BILLS", FULL_RECONCILE_BILLS));
    let _seeds = args.full.then(|| sh.push_env("LIMIT_SEEDS", FULL_LIMIT_SEEDS));
    let mut outcomes = Vec::new();
    for &step in selected(&args.steps, args.full) {
        eprintln!("\n── {} ──", step.name());
        let (result, took) = timed(|| step.run(sh));
        outcomes.push(Outcome { step, took, passed: result.is_ok() });
        if let Err(error) = result {
            eprint!("\n{}", table(&outcomes));
            bail!(
                "step `{}` failed: {error:#}\nagain, only this step: {}",
                step.name(),
                again(step, args.full)
            );
        }
    }
    eprint!("\n{}", table(&outcomes));
    Ok(())
}

/// The steps that were named, or all, always in the order of the enum.
fn selected(named: &[Step], full: bool) -> impl Iterator<Item = &'static Step> {
    let by_itself = move |step: &Step| match step {
        Step::Package | Step::Supply => full,
        Step::Portable => false,
        _ => true,
    };
    Step::value_variants().iter().filter(move |step| match named {
        [] => by_itself(step),
        _ => named.contains(step),
    })
}

/// The command that runs only `step`.
fn again(step: Step, full: bool) -> String {
    format!("cargo xtask ci{} {}", if full { " --full" } else { "" }, step.name())
}

fn table(outcomes: &[Outcome]) -> String {
    let row = |name: &str, took: Duration, verdict: &str| {
        format!("{name:<10}{:>7.1} s  {verdict}", took.as_secs_f64()).trim_end().to_owned() + "\n"
    };
    let verdict = |passed| if passed { "ok" } else { "FAILED" };
    let total = outcomes.iter().map(|outcome| outcome.took).sum();
    let mut rows: Vec<_> =
        outcomes.iter().map(|it| row(it.step.name(), it.took, verdict(it.passed))).collect();
    rows.push(row("total", total, ""));
    rows.concat()
}

#[expect(clippy::disallowed_methods, reason = "how long a step really takes is what the developer asks")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Features => "features",
            Self::Doc => "doc",
            Self::Codegen => "codegen",
            Self::Consumer => "consumer",
            Self::Package => "package",
            Self::Supply => "supply",
            Self::Portable => "portable",
            Self::Test => "test",
        }
    }

    fn run(self, sh: &Shell) -> Result<()> {
        match self {
            Self::Format => cmd!(sh, "cargo fmt --all --check").run()?,
            Self::Tidy => tidy::run(sh)?,
            Self::Clippy => {
                cmd!(sh, "cargo clippy --locked --workspace --all-targets --all-features -- -D warnings")
                    .run()?;
            }
            Self::Features => features(sh)?,
            Self::Doc => {
                cmd!(sh, "cargo doc --locked --workspace --no-deps --all-features")
                    .env("RUSTDOCFLAGS", "-D warnings")
                    .run()?;
            }
            Self::Codegen => codegen::run(sh, &codegen::Args { check: true })?,
            Self::Consumer => {
                // In the same target directory: what both need is built once.
                let own =
                    ["--locked", "--manifest-path", "tests/consumer/Cargo.toml", "--target-dir", "target"];
                cmd!(sh, "cargo clippy {own...} --all-targets -- -D warnings").run()?;
                cmd!(sh, "cargo test {own...}").run()?;
            }
            Self::Package => package(sh)?,
            Self::Supply => supply::run(sh)?,
            Self::Portable => {
                let ours = ["--locked", "--all-features", "--package", "refund-sync"];
                let sdks = SDKS.into_iter().flat_map(|sdk| ["--package", sdk]);
                cmd!(sh, "cargo test {ours...} {sdks...} --lib").run()?;
                cmd!(sh, "cargo run --quiet {ours...} -- demo").run()?;
            }
            Self::Test => {
                // Most of them wait for a clock or for another process: more threads than cores are never idle.
                let _threads = sh.var(THREADS).is_err().then(|| sh.push_env(THREADS, "4"));
                cmd!(sh, "cargo test --locked --workspace --all-features --no-fail-fast").run()?;
            }
        }
        Ok(())
    }
}

/// Clippy and not a plain check: code that only one feature uses is dead without it, and must not be there.
fn features(sh: &Shell) -> Result<()> {
    for sdk in SDKS {
        for set in FEATURE_SETS {
            cmd!(sh, "cargo clippy --locked --package {sdk} {set...} -- -D warnings").run()?;
        }
    }
    for set in PROGRAM_FEATURES {
        cmd!(sh, "cargo clippy --locked --package refund-sync --no-default-features --features={set} -- -D warnings")
            .run()?;
    }
    // The thin program is whole by itself: its own tests, and its main job with the oracle's verdict.
    let thin = ["--locked", "--package", "refund-sync", "--no-default-features"];
    cmd!(sh, "cargo test {thin...} --lib").run()?;
    cmd!(sh, "cargo run --quiet {thin...} -- demo").run()?;
    Ok(())
}

/// What a stranger gets: the files of the package and nothing beside them. With warnings as errors, and the features that
/// whoever names none has.
fn package(sh: &Shell) -> Result<()> {
    let elsewhere = sh.create_temp_dir()?;
    let target = sh.current_dir().join("target/packaged");
    let _strict = sh.push_env("RUSTFLAGS", "-D warnings");
    let _documented = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    for sdk in SDKS {
        cmd!(sh, "cargo package --locked --no-verify --allow-dirty --package {sdk}").run()?;
        let version = env!("CARGO_PKG_VERSION");
        let (packed, to) = (format!("target/package/{sdk}-{version}.crate"), elsewhere.path());
        cmd!(sh, "tar --extract --gzip --file {packed} --directory {to}").run()?;
        let _there = sh.push_dir(to.join(format!("{sdk}-{version}")));
        cmd!(sh, "cargo test --target-dir {target}").run()?;
        cmd!(sh, "cargo doc --no-deps --target-dir {target}").run()?;
        lower_bounds(sh, &target)?;
    }
    Ok(())
}

/// The package of this folder with the oldest of everything that it says it can do with. Only a nightly cargo picks them.
fn lower_bounds(sh: &Shell, target: &Path) -> Result<()> {
    let asked = cmd!(sh, "cargo +nightly --version").env_remove(OURS);
    if asked.quiet().ignore_stdout().ignore_stderr().run().is_err() {
        eprintln!(
            "SKIPPED: lower bounds of dependencies: no nightly is installed: rustup toolchain install nightly"
        );
        return Ok(());
    }
    sh.remove_path("Cargo.lock")?;
    cmd!(sh, "cargo +nightly -Z direct-minimal-versions generate-lockfile").env_remove(OURS).run()?;
    // Older versions warn of what is newer than they are.
    let _lenient = sh.push_env("RUSTFLAGS", "");
    cmd!(sh, "cargo check --all-features --target-dir {target}/oldest").run()?;
    Ok(())
}

/// What to say where `cargo NAME` cannot be called, and so its work is left out; on the machine that decides (`CI=true`) it
/// must be there.
pub(crate) fn lacking(sh: &Shell, name: &str) -> Result<Option<String>> {
    let asked = cmd!(sh, "cargo {name} --version").env_remove(OURS);
    if asked.quiet().ignore_stdout().ignore_stderr().run().is_ok() {
        return Ok(None);
    }
    let lacking = format!("cargo-{name} is not installed: cargo install --locked cargo-{name}");
    if decides(sh) {
        bail!(lacking);
    }
    Ok(Some(lacking))
}

/// Whether this is the machine whose word counts: nothing may be left out there.
pub(crate) fn decides(sh: &Shell) -> bool {
    sh.var("CI").is_ok_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_run_again_by_its_name_and_as_long_as_before() {
        assert_eq!(again(Step::Doc, false), "cargo xtask ci doc");
        assert_eq!(again(Step::Doc, true), "cargo xtask ci --full doc");
    }

    #[test]
    fn steps_run_in_their_own_order_whatever_order_they_are_named_in() {
        let steps: Vec<_> = selected(&[Step::Test, Step::Format], false).copied().collect();
        assert_eq!(steps, [Step::Format, Step::Test]);
    }

    #[test]
    fn naming_no_step_means_all_of_this_system_and_the_tests_are_last() {
        let steps: Vec<_> = selected(&[], true).copied().collect();
        let all = Step::value_variants().iter().copied().filter(|step| *step != Step::Portable);
        assert_eq!(steps, all.collect::<Vec<_>>());
        assert_eq!(steps.last(), Some(&Step::Test));
    }

    #[test]
    fn what_takes_long_or_comes_from_elsewhere_is_asked_in_the_long_run_or_by_name() {
        assert!(selected(&[], false).all(|step| ![Step::Package, Step::Supply].contains(step)));
        let named: Vec<_> = selected(&[Step::Supply], false).copied().collect();
        assert_eq!(named, [Step::Supply]);
    }

    #[test]
    fn a_step_is_called_on_the_command_line_as_in_its_messages() {
        for step in Step::value_variants() {
            assert_eq!(Step::from_str(step.name(), false), Ok(*step));
        }
    }

    #[test]
    fn the_table_shows_every_step_its_seconds_and_the_sum() {
        let outcome = |step, millis, passed| Outcome { step, took: Duration::from_millis(millis), passed };
        let shown = table(&[outcome(Step::Format, 1_500, true), outcome(Step::Tidy, 250, false)]);
        assert_eq!(shown, "format        1.5 s  ok\ntidy          0.2 s  FAILED\ntotal         1.8 s\n");
    }
}

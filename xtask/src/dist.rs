//! `cargo xtask dist`: what a release hands out, as far as it can be made where this runs: the program with all that
//! belongs beside it, an archive, a Debian package, an image, a list of what is in it, checksums. In the end the archive
//! proves itself (`dist::proof`). What it is made for is the machine it is made on.

mod archive;
mod debian;
mod image;
mod licences;
mod proof;
mod resolver;
mod stage;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use xshell::{Shell, cmd};

use crate::ci::lacking;
use crate::target_directory;

const SUMS: &str = "SHA256SUMS";

/// The flags of `cargo xtask dist`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also of a work tree with changes that are not committed
    #[arg(long)]
    allow_dirty: bool,
    /// For this target [default: this machine's, with musl where that is installed]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Built by this profile: others are for trying out
    #[arg(long, value_name = "PROFILE", default_value = "dist")]
    profile: String,
    /// Make nothing, only prove this archive
    #[arg(long, value_name = "ARCHIVE.tar.gz", conflicts_with_all = ["allow_dirty", "target"])]
    prove: Option<PathBuf>,
    /// Make nothing, only write the checksums of what is in this folder
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["allow_dirty", "target", "prove"])]
    sums: Option<PathBuf>,
}

/// What is made, and for what.
#[derive(Debug, Clone)]
struct Release {
    version: String,
    /// `x86_64-unknown-linux-gnu`
    target: String,
    /// When what it is made of was committed, in seconds since 1970: files carry that time, so that the same commit makes
    /// the same archive.
    epoch: u64,
    /// Where all of it goes.
    folder: PathBuf,
}

/// Makes everything, or proves what was made.
pub(crate) fn run(sh: &Shell, args: &Args) -> Result<()> {
    if let Some(archive) = &args.prove {
        return proof::prove(archive);
    }
    if let Some(folder) = &args.sums {
        return write_sums(folder);
    }
    refuse_dirty(&cmd!(sh, "git status --porcelain").quiet().read()?, args.allow_dirty)?;
    let release = Release::of(sh, args.target.as_deref())?;
    println!("{} for {}", release.name(), release.target);
    let program = build(sh, &release, &args.profile)?;
    let tree = release.folder.join(release.name());
    stage::fill(sh, &release, &program, &tree)?;
    let archive =
        if release.is_windows() { archive::zip(sh, &tree)? } else { archive::tar_gz(&tree, release.epoch)? };
    if release.is_linux() {
        debian::package(sh, &release, &tree)?;
    }
    bill_of_materials(sh, &release)?;
    write_sums(&release.folder)?;
    println!(
        "\n{}: program {}, archive {}",
        release.folder.display(),
        megabytes(&program)?,
        megabytes(&archive)?
    );
    if release.is_linux() {
        proof::prove(&archive)?;
        image::build(sh, &tree)?;
    }
    Ok(())
}

/// Says that something is left out because of this machine. On the one that decides (`CI=true`) nothing may be.
fn leave_out(why: &str) -> Result<()> {
    left_out(why, std::env::var("CI").is_ok_and(|value| value == "true"))
}

fn left_out(why: &str, decides: bool) -> Result<()> {
    ensure!(!decides, "{why}");
    eprintln!("SKIPPED: {why}");
    Ok(())
}

/// What is handed out must be what the tag names.
fn refuse_dirty(status: &str, is_allowed: bool) -> Result<()> {
    ensure!(
        is_allowed || status.is_empty(),
        "there are changes that are not committed; commit them, or try things out with --allow-dirty:\n{status}"
    );
    Ok(())
}

impl Release {
    fn of(sh: &Shell, target: Option<&str>) -> Result<Self> {
        let told = cmd!(sh, "rustc -vV").quiet().read()?;
        let host =
            told.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        let libraries = PathBuf::from(cmd!(sh, "rustc --print sysroot").quiet().read()?).join("lib/rustlib");
        let target = chosen(target, host, |target| libraries.join(target).join("lib").is_dir())?;
        let epoch = match sh.var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => cmd!(sh, "git log -1 --format=%ct").quiet().read()?,
        };
        let folder = target_directory(sh).join("dist-files");
        // What is left of another version would be in the checksums, too.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { version, target, epoch: epoch.parse().context("SOURCE_DATE_EPOCH is no number")?, folder })
    }

    /// `refund-sync-0.1.0-x86_64-unknown-linux-gnu`
    fn name(&self) -> String {
        format!("refund-sync-{}-{}", self.version, self.target)
    }

    fn is_linux(&self) -> bool {
        self.target.contains("-linux-")
    }

    fn is_windows(&self) -> bool {
        self.target.contains("-windows-")
    }
}

/// The target to make it for; the program writes its own manual, so it must run here.
fn chosen(named: Option<&str>, host: &str, is_installed: impl Fn(&str) -> bool) -> Result<String> {
    let machine = |triple: &str| triple.split('-').next().map(str::to_owned);
    let musl = host.replace("-gnu", "-musl");
    let target = named.unwrap_or(if is_installed(&musl) { &musl } else { host });
    if machine(target) != machine(host) {
        bail!("{target} does not run here: make it on such a machine");
    }
    ensure!(is_installed(target), "{target} is not installed: rustup target add {target}");
    Ok(target.to_owned())
}

/// The program, without libraries of the machine wherever that is possible.
fn build(sh: &Shell, release: &Release, profile: &str) -> Result<PathBuf> {
    let target = &release.target;
    let flags = flags(target, &sh.current_dir(), home(sh).as_deref());
    let flags = format!("target.{target}.rustflags={flags:?}");
    // Debian's musl-tools call the compiler so on every machine.
    let compiler = format!("CC_{}", target.replace('-', "_"));
    let compiler = target.contains("-musl").then(|| sh.push_env(compiler, "musl-gcc"));
    // By the target's name, so that what only runs while it is built (macros, build scripts) is built as ever.
    cmd!(
        sh,
        "cargo --config {flags} build --locked --profile {profile} --package refund-sync --target {target}"
    )
    .env_remove("RUSTFLAGS")
    .run()?;
    drop(compiler);
    let end = if release.is_windows() { ".exe" } else { "" };
    Ok(target_directory(sh).join(target).join(profile).join(format!("refund-sync{end}")))
}

fn flags(target: &str, root: &Path, home: Option<&Path>) -> Vec<String> {
    let mut flags = Vec::new();
    if !target.contains("-apple-") {
        flags.push("-Ctarget-feature=+crt-static".to_owned());
    }
    // Messages of a fault name files; whose folder they lay in is nobody's business, and would differ by machine.
    let lay_in = [(Some(root), "refund-sync"), (home, "cargo")];
    for (folder, name) in lay_in {
        flags.extend(folder.map(|folder| format!("--remap-path-prefix={}={name}", folder.display())));
    }
    flags
}

/// Where cargo keeps the sources of what is depended on.
fn home(sh: &Shell) -> Option<PathBuf> {
    let named = |name, under: &str| sh.var_os(name).map(|home| PathBuf::from(home).join(under));
    named("CARGO_HOME", "").or_else(|| named("HOME", ".cargo")).or_else(|| named("USERPROFILE", ".cargo"))
}

/// What the program is made of, for those who watch over what they run (CycloneDX).
fn bill_of_materials(sh: &Shell, release: &Release) -> Result<()> {
    if let Some(lacking) = lacking(sh, "cyclonedx")? {
        eprintln!("SKIPPED: {lacking}");
        return Ok(());
    }
    let (name, target) = (release.name(), &release.target);
    cmd!(sh, "cargo cyclonedx --manifest-path refund-sync/Cargo.toml --format json --target {target} --override-filename {name}.cdx")
        .run()?;
    let made = format!("{name}.cdx.json");
    for member in ["refund-sync", "wdt-qimen-sdk", "kingdee-k3cloud-sdk", "xtask"] {
        let path = sh.current_dir().join(member).join(&made);
        if member == "refund-sync" {
            fs::copy(&path, release.folder.join(&made)).context("cargo-cyclonedx wrote nothing")?;
        }
        // It leaves a file in every member.
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// `SHA256SUMS`, as `sha256sum --check` reads it.
fn write_sums(folder: &Path) -> Result<()> {
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.retain(|file| file.path().is_file() && file.file_name() != SUMS);
    files.sort_by_key(fs::DirEntry::file_name);
    let mut sums = String::new();
    for file in files {
        let digest = base16ct::lower::encode_string(&Sha256::digest(fs::read(file.path())?));
        // Writing to a String cannot fail.
        let _ = writeln!(sums, "{digest}  {}", file.file_name().to_string_lossy());
    }
    Ok(fs::write(folder.join(SUMS), sums)?)
}

fn megabytes(path: &Path) -> Result<String> {
    let bytes = fs::metadata(path).with_context(|| path.display().to_string())?.len();
    Ok(format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_committed_is_handed_out_only_where_that_is_asked_for() {
        assert!(refuse_dirty(" M Cargo.toml", false).unwrap_err().to_string().contains("M Cargo.toml"));
        refuse_dirty(" M Cargo.toml", true).unwrap();
        refuse_dirty("", false).unwrap();
    }

    #[test]
    fn what_a_machine_cannot_make_is_left_out_aloud_and_never_on_the_one_that_decides() {
        left_out("dpkg-deb is not installed", false).unwrap();
        let refused = left_out("dpkg-deb is not installed", true).unwrap_err();
        assert_eq!(refused.to_string(), "dpkg-deb is not installed");
    }

    #[test]
    fn musl_is_taken_where_it_is_installed() {
        const GNU: &str = "x86_64-unknown-linux-gnu";
        const MUSL: &str = "x86_64-unknown-linux-musl";
        assert_eq!(chosen(None, GNU, |target| target == GNU).unwrap(), GNU);
        assert_eq!(chosen(None, GNU, |_| true).unwrap(), MUSL);
        assert_eq!(chosen(Some(GNU), GNU, |_| true).unwrap(), GNU);
    }

    #[test]
    fn a_target_that_is_not_installed_or_does_not_run_here_is_refused_by_name() {
        const HOST: &str = "x86_64-unknown-linux-gnu";
        let refused = |target| chosen(Some(target), HOST, |target| target == HOST).unwrap_err().to_string();
        assert!(refused("aarch64-unknown-linux-gnu").contains("does not run here"));
        assert!(refused("x86_64-unknown-linux-musl").contains("rustup target add x86_64-unknown-linux-musl"));
    }

    #[test]
    fn no_path_of_the_builder_is_in_the_program() {
        let flags =
            flags("x86_64-unknown-linux-gnu", Path::new("/home/me/sync"), Some(Path::new("/home/me/.cargo")));
        assert_eq!(
            flags,
            [
                "-Ctarget-feature=+crt-static",
                "--remap-path-prefix=/home/me/sync=refund-sync",
                "--remap-path-prefix=/home/me/.cargo=cargo",
            ]
        );
    }

    #[test]
    fn checksums_name_each_file_once_and_not_themselves() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "").unwrap();
        fs::write(folder.path().join("a"), "abc").unwrap();
        write_sums(folder.path()).unwrap();
        write_sums(folder.path()).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"
        );
    }
}

//! Where a client is installed: a virtual environment or a folder of node_modules below `target/clients`, made once for
//! each list of pinned packages and found again by the next run. What is installed there is in `catalogue`.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// Versions are pinned and dependencies named, so nothing is resolved and nothing else comes along.
const PIP: [&str; 7] =
    ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "5"];

/// An environment that a client runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Environment {
    /// A virtual environment of this name with the packages of these lists.
    Python { name: &'static str, lists: &'static [&'static str] },
    /// The packages of this folder's `package-lock.json`.
    Node { name: &'static str, folder: &'static str },
}

/// An environment that is there: its interpreter, and where node looks for packages.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    pub(super) interpreter: PathBuf,
    pub(super) node_path: Option<PathBuf>,
}

impl Environment {
    /// The environment, made if it is not there yet. `root` is the workspace's.
    pub(super) fn ready(self, root: &Path) -> Result<Installed> {
        let home = home(root);
        fs::create_dir_all(&home)?;
        let (Self::Python { name, .. } | Self::Node { name, .. }) = self;
        // Tests of several clients ask for one environment at a time.
        let lock = File::create(home.join(format!("{name}.lock")))?;
        lock.lock()?;
        match self {
            Self::Python { name, lists } => python(root, &home, name, lists),
            Self::Node { name, folder } => node(root, &home, name, folder),
        }
        .with_context(|| format!("the clients of `{name}` cannot be had"))
    }
}

#[cfg(test)]
impl Environment {
    /// Each package with its pinned version.
    pub(super) fn pinned(self, root: &Path) -> Result<Vec<(String, String)>> {
        let mut pinned = Vec::new();
        match self {
            Self::Python { lists, .. } => {
                for list in lists {
                    for line in
                        fs::read_to_string(root.join(list))?.lines().filter(|line| !line.starts_with('#'))
                    {
                        let pin = line.split_whitespace().next().and_then(|pin| pin.split_once("=="));
                        let (name, version) =
                            pin.with_context(|| format!("{line} of {list} is not pinned"))?;
                        pinned.push((name.to_owned(), version.to_owned()));
                    }
                }
            }
            Self::Node { folder, .. } => {
                let text = fs::read_to_string(root.join(folder).join("package.json"))?;
                let package: serde_json::Value = serde_json::from_str(&text)?;
                let asked = package["dependencies"].as_object().context("no dependencies")?;
                for (name, version) in asked {
                    pinned.push((name.clone(), version.as_str().context("no version")?.to_owned()));
                }
            }
        }
        Ok(pinned)
    }
}

/// Where environments are kept.
pub(super) fn home(root: &Path) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
    target.join("clients")
}

fn python(root: &Path, home: &Path, name: &str, lists: &[&str]) -> Result<Installed> {
    let place = home.join(name);
    let interpreter = place.join("bin/python");
    let mut wanted = version("python3")?;
    for list in lists {
        wanted += &fs::read_to_string(root.join(list)).with_context(|| format!("cannot read {list}"))?;
    }
    let installed = Installed { interpreter: interpreter.clone(), node_path: None };
    if is_installed(&place, &wanted) {
        return Ok(installed);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear", "--without-pip"]).arg(&place))?;
    let pip = pip(home)?;
    for list in lists {
        let mut install = Command::new(&pip);
        install.args(PIP).arg("--python").arg(&interpreter).args(["install", "--no-deps", "--requirement"]);
        run(install.arg(root.join(list)))?;
    }
    fs::write(place.join("installed"), wanted)?;
    Ok(installed)
}

/// One environment has pip, which installs into all the others: making it takes longer than a client.
fn pip(home: &Path) -> Result<PathBuf> {
    let lock = File::create(home.join("pip.lock"))?;
    lock.lock()?;
    let place = home.join("pip");
    let wanted = version("python3")?;
    if !is_installed(&place, &wanted) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        fs::write(place.join("installed"), wanted)?;
    }
    Ok(place.join("bin/python"))
}

fn node(root: &Path, home: &Path, name: &str, folder: &str) -> Result<Installed> {
    let place = home.join(name);
    let lock = root.join(folder).join("package-lock.json");
    let wanted = version("node")? + &fs::read_to_string(&lock)?;
    let installed =
        Installed { interpreter: PathBuf::from("node"), node_path: Some(place.join("node_modules")) };
    if is_installed(&place, &wanted) {
        return Ok(installed);
    }
    fs::create_dir_all(&place)?;
    fs::copy(lock, place.join("package-lock.json"))?;
    fs::copy(root.join(folder).join("package.json"), place.join("package.json"))?;
    let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
    run(Command::new("npm").args(quiet).current_dir(&place))?;
    fs::write(place.join("installed"), wanted)?;
    Ok(installed)
}

/// Whether exactly this was installed here, to the end.
fn is_installed(place: &Path, wanted: &str) -> bool {
    fs::read_to_string(place.join("installed")).is_ok_and(|installed| installed == wanted)
}

fn version(program: &str) -> Result<String> {
    run(Command::new(program).arg("--version"))
}

/// What a command prints, or why it failed.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", said.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

//! `THIRD-PARTY.txt`: whose work is in the program, and under what terms. Each text stands there once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

/// What is in it without being a crate.
const BESIDE: &str = "Beside the crates below: Rust's standard library (MIT OR Apache-2.0), SQLite (public domain, in
libsqlite3-sys) and, where the name of the archive ends with -linux-gnu, parts of the GNU C Library (LGPL-2.1-or-later;
to link another one, build the program from its source, which is where this archive comes from).
";

/// Of the program, as it is built for `target` with its default features.
pub(super) fn text(sh: &Shell, target: &str) -> Result<String> {
    let metadata = cmd!(
        sh,
        "cargo metadata --locked --format-version 1 --manifest-path refund-sync/Cargo.toml --filter-platform {target}"
    )
    .quiet()
    .read()?;
    let crates = linked(&serde_json::from_str(&metadata)?).context("cargo metadata has another form")?;
    ensure!(!crates.is_empty(), "the program depends on nothing?");
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for it in &crates {
        // Writing to a String cannot fail.
        let _ = writeln!(list, "{:<40} {}", it.name, it.licence);
        for text in it.texts()? {
            let users = texts.entry(text).or_default();
            users.push(&it.name);
        }
    }
    let texts = texts.into_iter().map(|(text, users)| {
        let line = "-".repeat(80);
        format!("\n{line}\n{}\n{line}\n\n{text}\n", users.join(", "))
    });
    Ok(format!("{BESIDE}\n{list}") + &texts.collect::<String>())
}

/// A crate that is linked into the program.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Linked {
    /// `serde 1.0.229`
    name: String,
    licence: String,
    manifest: String,
}

impl Linked {
    /// Its licences' texts.
    fn texts(&self) -> Result<BTreeSet<String>> {
        let folder = Path::new(&self.manifest).parent().context("a manifest without a folder")?;
        let mut texts = BTreeSet::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"]
                .iter()
                .any(|word| name.starts_with(word));
            if is_licence && path.is_file() {
                texts.insert(
                    String::from_utf8_lossy(&fs::read(&path)?).replace("\r\n", "\n").trim().to_owned(),
                );
            }
        }
        Ok(texts)
    }
}

/// Everything that the root depends on, but for what only builds or tests it, and what is ours.
fn linked(metadata: &Value) -> Option<BTreeSet<Linked>> {
    let packages = metadata["packages"].as_array()?;
    let nodes = metadata["resolve"]["nodes"].as_array()?;
    let root = metadata["resolve"]["root"].as_str()?;
    let mut seen = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let node = nodes.iter().find(|node| node["id"] == id)?;
        for dependency in node["deps"].as_array()? {
            let is_linked = dependency["dep_kinds"].as_array()?.iter().any(|kind| kind["kind"].is_null());
            let id = dependency["pkg"].as_str()?;
            if is_linked && seen.insert(id) {
                open.push(id);
            }
        }
    }
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    packages
        .iter()
        .filter(|package| {
            package["id"].as_str().is_some_and(|id| seen.contains(id)) && !package["source"].is_null()
        })
        .map(|package| {
            let name = format!("{} {}", text(package, "name")?, text(package, "version")?);
            let licence = text(package, "license").unwrap_or_else(|| "see below".to_owned());
            Some(Linked { name, licence, manifest: text(package, "manifest_path")? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_builds_or_tests_the_program_is_not_in_it() {
        let package = |name: &str| {
            json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT", "source": "registry",
                    "manifest_path": format!("/{name}/Cargo.toml") })
        };
        let to = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let mut ours = package("ours");
        ours["source"] = Value::Null;
        let metadata = json!({
            "packages": [ours, package("linked"), package("deep"), package("build"), package("dev")],
            "resolve": { "root": "ours", "nodes": [
                { "id": "ours", "deps": [to("linked", Value::Null), to("build", "build".into()), to("dev", "dev".into())] },
                { "id": "linked", "deps": [to("deep", Value::Null)] },
                { "id": "deep", "deps": [] },
            ] },
        });
        let names: Vec<_> = linked(&metadata).unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["deep 1.0.0", "linked 1.0.0"]);
    }
}

//! What lies beside the program in an archive: made by the program itself (manual, completions, an example), or taken from
//! the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use super::{Release, licences};

/// From the repository, and what it is called in the archive.
const FILES: [(&str, &str); 11] = [
    ("docs/zh/quickstart.md", "README.zh-CN.md"),
    ("docs/en/quickstart.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("refund-sync/refund-sync.schema.json", "refund-sync.schema.json"),
    ("refund-sync/ops/alerts.yml", "ops/alerts.yml"),
    ("refund-sync/ops/grafana.json", "ops/grafana.json"),
    ("refund-sync/ops/refund-sync.service", "ops/refund-sync.service"),
    ("refund-sync/ops/Containerfile", "Containerfile"),
    ("refund-sync/ops/compose.yml", "compose.yml"),
];
/// Each shell, and where its completions go.
const SHELLS: [(&str, &str); 4] = [
    ("bash", "completions/refund-sync.bash"),
    ("zsh", "completions/_refund-sync"),
    ("fish", "completions/refund-sync.fish"),
    ("powershell", "completions/_refund-sync.ps1"),
];

/// Fills `tree` with everything.
pub(super) fn fill(sh: &Shell, release: &Release, program: &Path, tree: &Path) -> Result<()> {
    for folder in ["completions", "man", "ops", "example"] {
        fs::create_dir_all(tree.join(folder))?;
    }
    let name = program.file_name().context("the program has no name")?;
    fs::copy(program, tree.join(name)).with_context(|| program.display().to_string())?;
    for (from, to) in FILES {
        let text = sh.read_file(from)?;
        sh.write_file(tree.join(to), if is_page(to) { linked(&text, &release.version) } else { text })?;
    }
    for (shell, to) in SHELLS {
        let text = cmd!(sh, "{program} completions {shell}").quiet().read()?;
        sh.write_file(tree.join(to), text + "\n")?;
    }
    let (man, example) = (tree.join("man"), tree.join("example/refund-sync.toml"));
    cmd!(sh, "{program} man {man}").quiet().run()?;
    cmd!(sh, "{program} --config {example} init").quiet().ignore_stdout().run()?;
    sh.write_file(tree.join("THIRD-PARTY.txt"), licences::text(sh, &release.target)?)?;
    Ok(())
}

fn is_page(name: &str) -> bool {
    name.starts_with("README")
}

/// The page with links that lead out of the archive: into the repository, as it was at this version.
fn linked(page: &str, version: &str) -> String {
    let home = env!("CARGO_PKG_REPOSITORY");
    let docs = |folder: &str| format!("]({home}/blob/v{version}/{folder}");
    let lang = if page.starts_with("# 快速") { "zh" } else { "en" };
    let own = docs(&format!("docs/{lang}/"));
    page.replace("](../../", &docs("")).replace("](../", &docs("docs/")).split("](").enumerate().fold(
        String::new(),
        |mut text, (i, part)| {
            let is_elsewhere = part.starts_with("http") || part.starts_with('#');
            text += match (i, is_elsewhere) {
                (0, _) => "",
                (_, true) => "](",
                (_, false) => &own,
            };
            text + part
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_the_page_lead_into_the_repository_at_this_version() {
        let page = "# Quick start\n[a](../../README.md) [b](../zh/quickstart.md) [c](setup.md#x) [d](https://e.org) [e](#f)\n";
        let home = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/v1.2.3");
        assert_eq!(
            linked(page, "1.2.3"),
            format!(
                "# Quick start\n[a]({home}/README.md) [b]({home}/docs/zh/quickstart.md) \
                 [c]({home}/docs/en/setup.md#x) [d](https://e.org) [e](#f)\n"
            )
        );
    }

    #[test]
    fn every_file_that_is_handed_out_is_in_the_repository() {
        let root = crate::workspace_root().unwrap();
        for (from, _) in FILES {
            assert!(root.join(from).is_file(), "{from}");
        }
    }
}

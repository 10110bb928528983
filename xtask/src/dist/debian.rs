//! The Debian package: the same tree where Debian puts such things. The service is not started: it has no configuration yet.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use super::{Release, leave_out};

/// From the archive's tree to the package's.
const PLACES: [(&str, &str); 9] = [
    ("refund-sync", "usr/bin/refund-sync"),
    ("completions/refund-sync.bash", "usr/share/bash-completion/completions/refund-sync"),
    ("completions/_refund-sync", "usr/share/zsh/vendor-completions/_refund-sync"),
    ("completions/refund-sync.fish", "usr/share/fish/vendor_completions.d/refund-sync.fish"),
    ("README.md", "usr/share/doc/refund-sync/README.md"),
    ("README.zh-CN.md", "usr/share/doc/refund-sync/README.zh-CN.md"),
    ("THIRD-PARTY.txt", "usr/share/doc/refund-sync/THIRD-PARTY.txt"),
    ("ops/alerts.yml", "usr/share/doc/refund-sync/examples/alerts.yml"),
    ("ops/grafana.json", "usr/share/doc/refund-sync/examples/grafana.json"),
];
const UNIT: &str = "usr/lib/systemd/system/refund-sync.service";
const COPYRIGHT: &str = "usr/share/doc/refund-sync/copyright";

/// systemd looks for units again; a service that runs goes on with the new program.
const AFTER_INSTALL: &str = "#!/bin/sh
set -e
if [ \"$1\" = configure ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl try-restart refund-sync.service
fi
";
const BEFORE_REMOVAL: &str = "#!/bin/sh
set -e
if [ \"$1\" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now refund-sync.service
fi
";
const AFTER_REMOVAL: &str = "#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
";

/// Makes `refund-sync_VERSION_ARCHITECTURE.deb` in the release's folder.
pub(super) fn package(sh: &Shell, release: &Release, tree: &Path) -> Result<()> {
    if cmd!(sh, "dpkg-deb --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        return leave_out("dpkg-deb is not installed, so there is no Debian package");
    }
    let architecture = architecture(&release.target)?;
    let root = release.folder.join("debian");
    for (from, to) in PLACES {
        let path = root.join(to);
        fs::create_dir_all(path.parent().context("every place is in a folder")?)?;
        fs::copy(tree.join(from), path).with_context(|| from.to_owned())?;
    }
    sh.write_file(root.join(UNIT), unit(&sh.read_file(tree.join("ops/refund-sync.service"))?))?;
    let licences = format!(
        "Upstream: {}\nLicence: MIT OR Apache-2.0 (the latter in /usr/share/common-licenses/Apache-2.0).\n\
         What it is made of: THIRD-PARTY.txt in this folder.\n\n{}",
        env!("CARGO_PKG_REPOSITORY"),
        sh.read_file(tree.join("LICENSE-MIT"))?
    );
    sh.write_file(root.join(COPYRIGHT), licences)?;
    for page in sorted(&tree.join("man"))? {
        let to = root.join("usr/share/man/man1").join(format!("{page}.gz"));
        fs::create_dir_all(to.parent().context("every place is in a folder")?)?;
        fs::write(to, gzipped(&fs::read(tree.join("man").join(page))?)?)?;
    }
    fs::create_dir_all(root.join("etc/refund-sync"))?;
    let scripts = [("postinst", AFTER_INSTALL), ("prerm", BEFORE_REMOVAL), ("postrm", AFTER_REMOVAL)];
    let control = control(&release.version, architecture, kilobytes(&root)?);
    for (name, text) in [("control", control.as_str())].into_iter().chain(scripts) {
        sh.write_file(root.join("DEBIAN").join(name), text)?;
    }
    rights(sh, &root)?;
    let to = release.folder.join(format!("refund-sync_{}_{architecture}.deb", release.version));
    let epoch = release.epoch.to_string();
    cmd!(sh, "dpkg-deb --root-owner-group --build {root} {to}")
        .env("SOURCE_DATE_EPOCH", epoch)
        .ignore_stdout()
        .run()?;
    Ok(fs::remove_dir_all(root)?)
}

/// Whoever builds it may have another umask.
fn rights(sh: &Shell, root: &Path) -> Result<()> {
    cmd!(sh, "chmod -R u=rwX,go=rX {root}").quiet().run()?;
    let programs = ["usr/bin/refund-sync", "DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm"];
    let programs = programs.map(|program| root.join(program));
    cmd!(sh, "chmod 755 {programs...}").quiet().run()?;
    let settings = root.join("etc/refund-sync");
    Ok(cmd!(sh, "chmod 750 {settings}").quiet().run()?)
}

fn architecture(target: &str) -> Result<&'static str> {
    match target.split('-').next() {
        Some("x86_64") => Ok("amd64"),
        Some("aarch64") => Ok("arm64"),
        _ => bail!("what Debian calls {target} is not known here"),
    }
}

/// The unit of the repository is for a program that was put in place by hand.
fn unit(text: &str) -> String {
    let without_advice = text.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    let lines = without_advice.map(|line| line.replace("/usr/local/bin/", "/usr/bin/") + "\n");
    lines.collect()
}

/// It is linked with nothing: it depends on nobody but the authorities whose certificates are believed.
fn control(version: &str, architecture: &str, kilobytes: u64) -> String {
    format!(
        "Package: refund-sync\n\
         Version: {version}\n\
         Architecture: {architecture}\n\
         Maintainer: The refund-sync developers <refund-sync@users.noreply.github.com>\n\
         Installed-Size: {kilobytes}\n\
         Recommends: ca-certificates\n\
         Section: net\n\
         Priority: optional\n\
         Homepage: {}\n\
         Description: finished sales returns of Wangdiantong into Kingdee Cloud\n \
         Writes finished sales returns (退换单) of 旺店通企业版 into 金蝶云星空\n \
         as 销售退货单: none missed, none doubled, right to the cent.\n",
        env!("CARGO_PKG_REPOSITORY")
    )
}

fn kilobytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for name in sorted(folder)? {
        let path = folder.join(name);
        sum += if path.is_dir() { kilobytes(&path)? } else { fs::metadata(path)?.len().div_ceil(1024) };
    }
    Ok(sum)
}

fn sorted(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn gzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write as _;
    let mut packed = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes)?;
    Ok(packed.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_starts_the_program_that_the_package_brings() {
        let text = std::fs::read_to_string(
            crate::workspace_root().unwrap().join("refund-sync/ops/refund-sync.service"),
        );
        let unit = unit(&text.unwrap());
        assert!(unit.starts_with("[Unit]\n"), "{unit}");
        assert!(unit.contains("\nExecStart=/usr/bin/refund-sync ") && !unit.contains("/usr/local"), "{unit}");
    }

    #[test]
    fn a_machine_that_debian_calls_otherwise_is_refused_by_name() {
        assert_eq!(architecture("aarch64-unknown-linux-musl").unwrap(), "arm64");
        assert!(architecture("sparc-unknown-linux-gnu").unwrap_err().to_string().contains("sparc"));
    }

    #[test]
    fn the_package_needs_no_library() {
        let control = control("0.1.0", "amd64", 7);
        assert!(!control.contains("\nDepends:") && control.contains("\nInstalled-Size: 7\n"), "{control}");
    }
}

//! The archive: the same tree makes the same bytes, whoever packs it when.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use xshell::{Shell, cmd};

/// Packs a folder into `FOLDER.tar.gz` beside it: by name, of nobody, all at one time.
pub(super) fn tar_gz(tree: &Path, epoch: u64) -> Result<PathBuf> {
    let name = tree.file_name().and_then(|name| name.to_str()).context("the tree has no name")?;
    let path = tree.with_file_name(format!("{name}.tar.gz"));
    // Without a name and a time of its own.
    let packed = GzBuilder::new().write(File::create(&path)?, Compression::best());
    let mut archive = Builder::new(packed);
    add(&mut archive, tree, name, epoch)?;
    archive.into_inner()?.finish()?.flush()?;
    Ok(path)
}

/// The same for those who expect a .zip. Windows brings a `tar` that writes it.
pub(super) fn zip(sh: &Shell, tree: &Path) -> Result<PathBuf> {
    let name = tree.file_name().and_then(|name| name.to_str()).context("the tree has no name")?;
    let (path, folder) = (tree.with_file_name(format!("{name}.zip")), tree.with_file_name(""));
    cmd!(sh, "tar -a -c -f {path} -C {folder} {name}").run()?;
    Ok(path)
}

fn add(archive: &mut Builder<impl std::io::Write>, path: &Path, name: &str, epoch: u64) -> Result<()> {
    let mut header = Header::new_ustar();
    header.set_mtime(epoch);
    header.set_uid(0);
    header.set_gid(0);
    if path.is_dir() {
        header.set_entry_type(EntryType::Directory);
        header.set_mode(0o755);
        header.set_size(0);
        archive.append_data(&mut header, format!("{name}/"), &[][..])?;
        for entry in sorted(path)? {
            let below = entry.file_name().and_then(|name| name.to_str()).context("a name that is no text")?;
            add(archive, &entry, &format!("{name}/{below}"), epoch)?;
        }
        return Ok(());
    }
    let bytes = fs::read(path)?;
    header.set_mode(if is_program(&bytes) { 0o755 } else { 0o644 });
    header.set_size(u64::try_from(bytes.len())?);
    Ok(archive.append_data(&mut header, name, &bytes[..])?)
}

/// By what it begins with: rights of files differ by machine.
fn is_program(bytes: &[u8]) -> bool {
    [&b"\x7fELF"[..], b"\xcf\xfa\xed\xfe", b"#!"].iter().any(|magic| bytes.starts_with(magic))
}

/// What is in a folder, by name.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(names: [&str; 2], folder: &Path) -> Vec<u8> {
        let tree = folder.join("tree-1");
        fs::create_dir_all(tree.join("man")).unwrap();
        for name in names {
            fs::write(tree.join(name), if name == "run" { "\x7fELF" } else { "text" }).unwrap();
        }
        fs::read(tar_gz(&tree, 1_700_000_000).unwrap()).unwrap()
    }

    #[test]
    fn the_same_tree_makes_the_same_archive_in_whatever_order_it_was_made() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(packed(["run", "man/a.1"], one.path()), packed(["man/a.1", "run"], other.path()));
    }

    #[test]
    fn everything_is_of_nobody_and_only_programs_can_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = packed(["run", "man/a.1"], folder.path());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(
                (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()),
                (0, 0, 1_700_000_000)
            );
            seen.push((entry.path().unwrap().display().to_string(), header.mode().unwrap()));
        }
        let expected =
            [("tree-1/", 0o755), ("tree-1/man/", 0o755), ("tree-1/man/a.1", 0o644), ("tree-1/run", 0o755)];
        assert_eq!(seen, expected.map(|(path, mode)| (path.to_owned(), mode)));
    }
}

//! A journal that cannot be used: a clear error, exit 1, and the file unharmed.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::returns::{many, now, plain};
use crate::scene::{Done, Scene};

/// A scene whose journal holds one written return, and one that is not read yet.
async fn written() -> Scene {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let mut second = plain("TK2");
    second.touch(now());
    scene.shop.world().push(second);
    scene
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_refused_by_every_command_and_not_touched() {
    let scene = written().await;
    Connection::open(scene.database()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(scene.database()).unwrap();
    for args in
        [&["run"][..], &["run", "--dry-run"], &["status"], &["why", "TK1"], &["parked"], &["retry", "--all"]]
    {
        scene.run(args).exits(1).complains(&["newer version", "schema 99"]);
    }
    assert!(fs::read(scene.database()).unwrap() == before, "the file was changed");
    assert_eq!(scene.books.bills().len(), 1);
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_refused_and_not_touched() {
    let scene = Scene::with([plain("TK1")]).await;
    let before = b"this is somebody's diary, and no database at all".repeat(50);
    fs::write(scene.database(), &before).unwrap();
    for args in [&["run"][..], &["status"]] {
        scene.run(args).exits(1).complains(&["is not a journal"]);
    }
    assert!(fs::read(scene.database()).unwrap() == before);
    scene.bills(&[]);
}

#[tokio::test]
async fn somebody_elses_database_is_refused_and_not_touched() {
    let scene = Scene::with([plain("TK1")]).await;
    Connection::open(scene.database()).unwrap().execute_batch("CREATE TABLE run (mine TEXT)").unwrap();
    let before = fs::read(scene.database()).unwrap();
    scene.run(&["run"]).exits(1);
    assert!(fs::read(scene.database()).unwrap() == before, "the file was changed");
    scene.bills(&[]);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("sqlite:refund-sync.db", "sqlite:nowhere/refund-sync.db");
    scene.run(&["run"]).exits(1).complains(&["nowhere/refund-sync.db", "directory exists"]);
}

#[tokio::test]
async fn a_journal_that_another_program_has_locked_says_so() {
    let scene = written().await;
    let other = Connection::open(scene.database()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    scene.run(&["run"]).exits(1).complains(&["locked by another program"]);
    other.execute_batch("ROLLBACK").unwrap();
    scene.settle().exits(0);
    scene.bills(&["TK1", "TK2"]);
}

/// The binary as a user who may not write; whoever runs the tests as root must put that down first.
fn as_somebody(scene: &Scene, args: &[&str]) -> Done {
    let mut command = scene.command(args);
    if fs::metadata(scene.folder()).unwrap().uid() == 0 {
        // The build folder may be closed to others.
        let binary = scene.folder().join("refund-sync");
        if !binary.exists() {
            fs::copy(env!("CARGO_BIN_EXE_refund-sync"), &binary).unwrap();
        }
        let mut other = std::process::Command::new(binary);
        other.args(command.get_args()).current_dir(scene.folder()).env_clear().env("LANG", "en_GB.UTF-8");
        other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        other.uid(65_534).gid(65_534);
        command = other;
    }
    Done::of(command)
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_read_only_journal_can_be_read_but_not_worked() {
    let scene = written().await;
    let before = fs::read(scene.database()).unwrap();
    mode(&scene.config(), 0o444);
    for beside in ["refund-sync.db.lock", "refund-sync.db.calls"] {
        mode(&scene.folder().join(beside), 0o666);
    }
    mode(&scene.database(), 0o444);
    mode(scene.folder(), 0o777);
    as_somebody(&scene, &["run"]).exits(1).complains(&["read-only", "refund-sync.db"]);
    as_somebody(&scene, &["status"]).exits(0);
    assert!(fs::read(scene.database()).unwrap() == before);
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named() {
    let scene = Scene::with([plain("TK1")]).await;
    as_somebody(&scene, &["check"]).exits(0);
    mode(scene.folder(), 0o555);
    mode(&scene.config(), 0o444);
    let done = as_somebody(&scene, &["run"]);
    mode(scene.folder(), 0o755);
    done.exits(1).complains(&["cannot open the journal", "refund-sync.db"]);
    assert!(!scene.database().exists());
}

/// Each of [`many`] stands in the books once and went there in one call.
fn each_was_sent_once(scene: &Scene, count: usize) {
    let numbers: Vec<_> = (1..=count).map(crate::returns::number).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    scene.bills(&numbers);
    for number in numbers {
        assert_eq!(scene.arrivals_of(number), 1, "{number}");
    }
}

/// The limit of the file system's files stands in for a disk that fills up in the middle of the work.
#[tokio::test]
async fn a_disk_that_fills_up_in_the_middle_of_the_work_doubles_and_loses_nothing() {
    let scene = Scene::with(many(150)).await;
    scene.add("kingdee", "batch_size = 10");
    let limited = |kib: u32| {
        let inner = scene.command(&["run", "--until-settled", "--timeout", "20s"]);
        let mut shell = std::process::Command::new("/bin/sh");
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
        shell.arg("-c").arg(script).arg(inner.get_program()).args(inner.get_args());
        shell.current_dir(scene.folder()).env_clear().env("LANG", "en_GB.UTF-8");
        shell.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Done::of(shell)
    };
    let done = limited(600);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    scene.settle().exits(0);
    each_was_sent_once(&scene, 150);
}

/// A disk of its own, for whoever may mount one: gone with the test.
pub(super) struct Disk(PathBuf);

impl Disk {
    pub(super) fn mount(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        Self::mounted(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], folder)
    }

    /// Another folder at this place, as a share is that lives elsewhere.
    pub(super) fn bind(real: &Path, folder: &Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        Self::mounted(&["--bind", real.to_str().unwrap()], folder)
    }

    /// A file system on a file of its own, so that a test can cut off what it stands on.
    pub(super) fn on(image: &Path, folder: &Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        fs::File::create(image).unwrap().set_len(16 << 20).unwrap();
        let made = std::process::Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image).output();
        made.is_ok_and(|made| made.status.success())
            .then(|| Self::mounted(&["-o", "loop", image.to_str().unwrap()], folder))?
    }

    fn mounted(what: &[&str], folder: &Path) -> Option<Self> {
        let mount = std::process::Command::new("mount").args(what).arg(folder).output();
        mount.is_ok_and(|output| output.status.success()).then(|| Self(folder.to_path_buf()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // At once, whoever still looks at it.
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// A real file system without a byte left: at the start, in the middle of the work, and then with room again.
#[tokio::test]
async fn a_full_disk_is_named_and_the_work_goes_on_when_there_is_room_again() {
    let scene = Scene::with(many(150)).await;
    scene.add("kingdee", "batch_size = 10");
    scene.change("sqlite:refund-sync.db", "sqlite:disk/refund-sync.db");
    let Some(disk) = Disk::mount(&scene.folder().join("disk"), "1m") else {
        println!("SKIPPED: only whoever may mount a file system can fill one");
        return;
    };
    let ballast = disk.0.join("ballast");
    let fill = |size: usize| fs::write(&ballast, vec![0; size]);

    fill(2 << 20).unwrap_err();
    scene.run(&["run"]).exits(1).complains(&["no space left", "Nothing was lost"]);
    assert!(scene.books.bills().is_empty());

    fs::remove_file(&ballast).unwrap();
    fill(300 << 10).unwrap();
    scene.run(&["run", "--until-settled", "--timeout", "20s"]).exits(1).complains(&["no space left"]);
    let written = scene.books.bills().len();
    assert!(written < 150, "the disk was not full in the middle of the work");
    scene.run(&["status"]).exits(0);

    fs::remove_file(&ballast).unwrap();
    let mut grow = std::process::Command::new("mount");
    assert!(grow.args(["-o", "remount,size=64m"]).arg(&disk.0).status().unwrap().success());
    scene.settle().exits(0);
    each_was_sent_once(&scene, 150);
    println!("{written} of 150 were written when the disk was full");
}

//! The file system with the journal is taken away while the program works: a share that drops out, a disk that is pulled.
//! It stops and says so; nothing is lost and nothing sent twice, whether the journal comes back or never does.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use super::journal_file::Disk;
use super::vanished_journal::{each_was_sent_once, run_broken, run_disturbed, slow_scene};
use crate::scene::Scene;

const SKIPPED: &str = "SKIPPED: only whoever may mount a file system can take one away";

/// Takes a file system away from whoever has files open on it.
#[track_caller]
fn pull_out(folder: &Path) {
    assert!(Command::new("umount").arg("-l").arg(folder).status().unwrap().success());
}

/// Slow books that take a number twice, and the journal in a folder of its own.
async fn scene_on_a_disk() -> Scene {
    let scene = slow_scene().await;
    scene.change("sqlite:refund-sync.db", "sqlite:disk/refund-sync.db");
    scene
}

#[tokio::test]
async fn a_file_system_that_vanishes_with_the_journal_stops_the_run_and_a_new_journal_doubles_nothing() {
    let scene = scene_on_a_disk().await;
    let folder = scene.folder().join("disk");
    let Some(_disk) = Disk::mount(&folder, "16m") else { return println!("{SKIPPED}") };
    let said = run_disturbed(&scene, || pull_out(&folder)).await;
    assert!(said.contains("it was removed") && said.contains("disk/refund-sync.db"), "{said}");
    assert!(!folder.join("refund-sync.db").exists(), "no other journal is made in its place");
    scene.settle().exits(0);
    each_was_sent_once(&scene);
}

#[tokio::test]
async fn a_file_system_that_drops_out_and_comes_back_is_gone_on_with_where_it_was() {
    let scene = scene_on_a_disk().await;
    let (real, folder) = (scene.folder().join("real"), scene.folder().join("disk"));
    std::fs::create_dir(&real).unwrap();
    let Some(_disk) = Disk::bind(&real, &folder) else { return println!("{SKIPPED}") };
    let said = run_disturbed(&scene, || pull_out(&folder)).await;
    assert!(said.contains("it was removed"), "{said}");
    let saved = scene.books.bills().len();
    // What stands at the place meanwhile is a folder of the wrong disk: there is no journal in it.
    assert!(folder.read_dir().unwrap().next().is_none());

    assert!(Command::new("mount").arg("--bind").args([&real, &folder]).status().unwrap().success());
    let documents = scene.status()["documents"].clone();
    let known = |state: &str| documents[state].as_u64().unwrap();
    assert!(known("saved") + known("confirmed") + 1 >= saved as u64, "{documents}");
    scene.settle().exits(0);
    assert!(scene.books.bills().len() > saved);
    each_was_sent_once(&scene);
}

/// What is read and written beyond the disk's new end fails as on a broken disk: `EIO`.
#[tokio::test]
async fn a_disk_that_fails_under_the_journal_is_named_and_ends_the_run_and_a_new_journal_doubles_nothing() {
    let scene = scene_on_a_disk().await;
    let (image, folder) = (scene.folder().join("disk.img"), scene.folder().join("disk"));
    let Some(disk) = Disk::on(&image, &folder) else { return println!("{SKIPPED}") };
    let said = run_broken(&scene, || {
        File::options().write(true).open(&image).unwrap().set_len(64 << 10).unwrap();
        let device = Command::new("losetup").arg("-j").arg(&image).output().unwrap().stdout;
        let device = String::from_utf8(device).unwrap();
        let device = device.split(':').next().unwrap();
        assert!(Command::new("losetup").args(["-c", device]).status().unwrap().success());
    })
    .await;
    assert!(said.contains("the disk under the journal") && said.contains("disk/refund-sync.db"), "{said}");
    drop(disk);
    scene.settle().exits(0);
    each_was_sent_once(&scene);
}

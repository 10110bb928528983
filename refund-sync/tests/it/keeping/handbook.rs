//! The operator's handbook, when the journal is lost: its own commands, one after the other, as they stand there.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use kingdee_k3cloud_sdk::mock::{Site, Uniqueness};
use wdt_qimen_sdk::mock::APP_SECRET;

use crate::reconcile::days;
use crate::returns::{many, now, number};
use crate::scene::{BOOKS_SECRET, Scene};

const PAGES: [(&str, &str); 2] = [("en", "### When the journal is lost\n"), ("zh", "### 台账丢失时\n")];

/// The commands under the heading of a page, block by block.
fn blocks((lang, heading): (&str, &str)) -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/{lang}/operating.md"));
    let page = std::fs::read_to_string(page).unwrap();
    let (_, chapter) = page.split_once(heading).unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    let blocks = chapter.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.map(|block| block.lines().map(str::to_owned).collect()).collect()
}

/// The search path of an operator: this program, and a systemctl that notes what it is told.
fn programs(scene: &Scene) -> String {
    let folder = scene.folder().join("programs");
    std::fs::create_dir_all(&folder).unwrap();
    symlink(env!("CARGO_BIN_EXE_refund-sync"), folder.join("refund-sync")).unwrap();
    let systemctl = folder.join("systemctl");
    std::fs::write(&systemctl, "#!/bin/sh\necho \"$@\" >> systemctl.log\n").unwrap();
    std::fs::set_permissions(&systemctl, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

/// Does what stands there, and says with what each command exits.
fn follow(scene: &Scene, block: &[String], backup: &str) -> Vec<(String, i32)> {
    let path = programs(scene);
    let [from, to] = days();
    let step = |line: &String| {
        let command = line.replace("BACKUP", backup).replace("FROM", &from).replace("TO", &to);
        let output = Command::new("sh")
            .args(["-c", &command])
            .env_clear()
            .envs([
                ("PATH", path.as_str()),
                ("WDT_APP_SECRET", APP_SECRET),
                ("KINGDEE_APP_SECRET", BOOKS_SECRET),
            ])
            .current_dir(scene.folder())
            .output()
            .unwrap();
        (line.clone(), output.status.code().unwrap())
    };
    block.iter().map(step).collect()
}

/// The books take a number twice: nothing but look-ups keeps a bill from being doubled.
async fn scene() -> Scene {
    let books = Site::builder().uniqueness(Uniqueness::Off);
    let scene = Scene::with_books(many(25), books).await;
    scene.settle().exits(0);
    scene.run(&["backup", "journal-of-last-night.db"]).exits(0);
    for mut row in many(40).split_off(25) {
        row.touch(now());
        scene.shop.world().push(row);
    }
    scene.settle().exits(0);
    // What came after the last run.
    for mut row in many(45).split_off(40) {
        row.touch(now());
        scene.shop.world().push(row);
    }
    scene
}

fn every_bill_once(scene: &Scene) {
    let numbers: Vec<_> = (1..=45).map(number).collect();
    scene.bills(&numbers.iter().map(String::as_str).collect::<Vec<_>>());
    let told = std::fs::read_to_string(scene.folder().join("systemctl.log")).unwrap();
    assert_eq!(told, "stop refund-sync\nstart refund-sync\n");
}

#[test]
fn both_pages_have_the_same_commands() {
    let [english, chinese] = PAGES.map(blocks);
    assert_eq!(english, chinese);
    assert_eq!(english.len(), 2);
}

#[tokio::test]
async fn with_a_backup_the_handbook_leads_to_every_bill_once() {
    let scene = scene().await;
    std::fs::write(scene.database(), "the disk went bad, and this is what is left of the journal").unwrap();
    let done = follow(&scene, &blocks(PAGES[0])[0], "journal-of-last-night.db");
    for (nth, (line, code)) in done.iter().enumerate() {
        let wanted = i32::from(nth == 1);
        assert_eq!(*code, wanted, "{line} in {done:#?}");
    }
    every_bill_once(&scene);
}

#[tokio::test]
async fn without_a_backup_it_does_too() {
    let scene = scene().await;
    std::fs::write(scene.database(), "the disk went bad, and this is what is left of the journal").unwrap();
    let done = follow(&scene, &blocks(PAGES[0])[1], "");
    for (line, code) in &done {
        // `check --live` warns of what the simulated site has not.
        let is_right = *code == 0 || (*code == 3 && line.contains("check --live"));
        assert!(is_right, "{line} in {done:#?}");
    }
    assert!(scene.folder().join("lost-journal/refund-sync.db").exists());
    every_bill_once(&scene);
}

//! A program that nobody looks at: where its log is, and whether it is ready.

use std::fs;
use std::path::Path;

use super::process::Serving;
use crate::returns::plain;
use crate::scene::Scene;

/// What stands in the only file of a folder.
fn log_in(folder: &Path) -> String {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let name = files[0].file_name().unwrap().to_str().unwrap().to_owned();
    let day = name.strip_prefix("refund-sync-").and_then(|rest| rest.strip_suffix(".log"));
    assert!(day.is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok()), "{name}");
    assert_eq!(files.len(), 1, "{files:?}");
    fs::read_to_string(files.remove(0)).unwrap()
}

#[tokio::test]
async fn whether_it_is_ready_is_told_by_the_exit_code() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = Serving::start(&scene).await;
    serving.until(async || scene.command(&["ready"]).output().unwrap().status.success()).await;
    scene.run(&["ready"]).exits(0).says(&["ready"]);
    assert_eq!(serving.ends().0, Some(0));
    scene.run(&["ready"]).exits(1).complains(&["not ready", "no answer"]);
}

#[tokio::test]
async fn who_has_no_token_is_told_so_and_not_that_all_is_well() {
    let scene = Scene::with([]).await;
    scene.change("[store]", "[[server.user]]\nname = \"box\"\ntoken = { env = \"BOX_TOKEN\" }\n\n[store]");
    let variables = |token: &str| vec![("BOX_TOKEN".to_owned(), token.to_owned())];
    let serving = Serving::start_listening_everywhere(&scene, variables("made-up-token-of-a-box")).await;
    let ready = |token: &str| {
        let mut command = scene.command(&["ready"]);
        command.envs(variables(token)).output().unwrap()
    };
    serving.until(async || ready("made-up-token-of-a-box").status.success()).await;
    let refused = ready("made-up-token-of-another");
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

#[tokio::test]
async fn a_log_in_files_has_what_the_screen_would_show_and_complaints_stand_in_both() {
    let scene = Scene::with([plain("TK1")]).await;
    let logs = scene.folder().join("kept/logs");
    let words = |command: &'static str| ["--log-dir", "kept/logs", command];
    let told = scene.command(&words("run")).output().unwrap();
    assert_eq!(String::from_utf8(told.stderr).unwrap(), "");
    let log = log_in(&logs);
    assert!(log.contains(" INFO ") && log.lines().all(|line| line.starts_with("20")), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");

    scene.change("tax_rate", "tax_rat");
    scene.run(&words("run")).exits(2).complains(&["tax_rat"]);
    assert!(log_in(&logs).contains("tax_rat"));
}

#[tokio::test]
async fn a_log_that_cannot_be_written_ends_the_start() {
    let scene = Scene::with([]).await;
    scene.run(&["--log-dir", "refund-sync.toml", "run"]).exits(2).complains(&["--log-dir refund-sync.toml"]);
}

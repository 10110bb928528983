//! `doctor`: what a request for support needs, on one screen, without secrets and without changing anything.

use crate::returns::{plain, with_lines};
use crate::scene::{BOOKS_SECRET, Done, Scene, word};

#[tokio::test]
async fn before_the_first_run_it_tells_the_settings_and_makes_no_journal() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["doctor"]).exits(0).says(&[
        concat!("refund-sync ", env!("CARGO_PKG_VERSION")),
        "1 个同步方案 pipelines",
        "尚未建立 not made yet",
        "nothing was journalled yet",
        "旺店通: 可用 reached in",
        "金蝶: 可用 reached in",
        "All is well",
    ]);
    assert!(!scene.database().exists());
}

#[tokio::test]
async fn it_tells_where_every_pipeline_stands_on_one_screen_and_shows_no_secret() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    scene.settle().exits(3);
    let done = scene.run(&["doctor"]).exits(0);
    let done = done.says(&["schema", "confirmed 1", "parked: no_lines 1", "last run: run", "clock offset"]);
    assert!(done.out.lines().count() <= 24, "one screen:\n{}", done.out);
    for secret in [BOOKS_SECRET, wdt_qimen_sdk::mock::APP_SECRET, "260001_", "TK1", "TK2"] {
        assert!(!done.out.contains(secret) && !done.err.contains(secret), "{secret} in\n{}", done.out);
    }
}

#[tokio::test]
async fn offline_it_reaches_neither_system() {
    let scene = Scene::with([plain("TK1")]).await;
    let done = scene.run(&["doctor", "--offline"]).exits(0);
    assert!(!done.out.contains("reached"), "{}", done.out);
    assert_eq!((scene.shop.counts().arrivals, scene.books.counts().arrivals), (0, 0));
}

#[tokio::test]
async fn a_system_that_refuses_is_named_with_what_to_do_and_the_other_is_still_asked() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut command = scene.command(&["doctor"]);
    command.env("WDT_APP_SECRET", "wrong-planted-secret");
    let done = Done::of(command).exits(1);
    let done = done.says(&["旺店通: 失败 failed: ", "    → ", "金蝶: 可用 reached"]);
    assert!(!done.out.contains("wrong-planted-secret"));
}

#[tokio::test]
async fn a_stopped_pipeline_is_told_with_its_remedy() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut command = scene.command(&["run"]);
    command.env("KINGDEE_APP_SECRET", "wrong");
    Done::of(command).exits(1);
    scene.run(&["doctor", "--offline"]).exits(3).says(&["已停止 STOPPED since", "    → "]);
}

#[tokio::test]
async fn a_faulty_configuration_is_told_by_its_first_faults() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("tax_rate = \"13\"", "tax_rate = \"113\"");
    scene.run(&["doctor"]).exits(2).says(&[
        "1 处错误 faults",
        "is not a rate in percent",
        "refund-sync check",
    ]);
    std::fs::remove_file(scene.config()).unwrap();
    scene.run(&["doctor"]).exits(2).says(&["there is no such file"]);
}

#[tokio::test]
async fn a_journal_that_is_none_is_told_and_the_systems_are_still_asked() {
    let scene = Scene::with([plain("TK1")]).await;
    std::fs::write(scene.database(), "no database at all, but long enough to look like one to nobody")
        .unwrap();
    scene.run(&["doctor"]).exits(1).says(&["同步台账 journal: 失败 failed", "金蝶: 可用 reached"]);
}

#[tokio::test]
async fn whoever_works_the_journal_is_named() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let _holder = refund_sync::store::lock::Holder::take(&scene.database(), "serve").unwrap();
    let me = format!("worked by refund-sync serve (process {})", std::process::id());
    scene.run(&["doctor", "--offline"]).exits(0).says(&[&me]);
}

/// Outcome by subject and step.
fn steps(done: &Done) -> Vec<(String, String, String)> {
    let json = done.json();
    let steps = json["steps"].as_array().unwrap().clone();
    steps.iter().map(|step| (word(&step["subject"]), word(&step["step"]), word(&step["outcome"]))).collect()
}

#[track_caller]
fn has(steps: &[(String, String, String)], subject: &str, step: &str, outcome: &str) {
    let wanted = (subject.to_owned(), step.to_owned(), outcome.to_owned());
    assert!(steps.contains(&wanted), "{wanted:?} is not in {steps:#?}");
}

#[tokio::test]
async fn step_by_step_everything_is_looked_at_and_no_secret_is_told() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let done = scene.run(&["doctor", "--json"]).exits(0);
    let found = steps(&done);
    has(&found, "", "configuration", "passed");
    has(&found, "", "journal", "passed");
    for side in ["main 旺店通", "main 金蝶"] {
        for step in ["proxy", "names", "connection", "credentials"] {
            has(&found, side, step, "passed");
        }
    }
    has(&found, "main 旺店通", "clock", "passed");
    has(&found, "main 金蝶", "form", "passed");
    has(&found, "main 金蝶", "base_data", "not_tried");
    for secret in [BOOKS_SECRET, wdt_qimen_sdk::mock::APP_SECRET, "260001_", "TK1"] {
        assert!(!done.out.contains(secret), "{secret} in\n{}", done.out);
    }
}

#[tokio::test]
async fn what_a_failed_step_hides_is_not_tried_and_the_other_side_still_is() {
    let scene = Scene::with([plain("TK1")]).await;
    let shop = scene.shop_server.uri();
    scene.change(&format!("{shop}/router/qm"), "http://nowhere.invalid/router/qm");
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 旺店通", "names", "failed");
    for step in ["connection", "credentials", "clock"] {
        has(&found, "main 旺店通", step, "not_tried");
    }
    has(&found, "main 金蝶", "credentials", "passed");
    scene.run(&["doctor"]).exits(1).says(&["nowhere.invalid has no address", "DNS", "金蝶: 可用 reached"]);

    // Nobody listens there.
    scene.change("http://nowhere.invalid/router/qm", "http://127.0.0.1:1/router/qm");
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 旺店通", "names", "passed");
    has(&found, "main 旺店通", "connection", "failed");
    has(&found, "main 旺店通", "credentials", "not_tried");

    // Somebody listens there who speaks no TLS.
    scene.change("http://127.0.0.1:1/", &format!("{}/", shop.replace("http://", "https://")));
    let found = steps(&scene.run(&["doctor", "--json"]).exits(1));
    has(&found, "main 旺店通", "connection", "passed");
    has(&found, "main 旺店通", "tls", "failed");
    has(&found, "main 旺店通", "credentials", "not_tried");
}

#[tokio::test]
async fn with_a_faulty_configuration_nothing_else_is_tried() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("tax_rate = \"13\"", "tax_rate = \"113\"");
    let found = steps(&scene.run(&["doctor", "--json"]).exits(2));
    has(&found, "", "configuration", "failed");
    assert!(found[1..].iter().all(|(_, _, outcome)| outcome == "not_tried"), "{found:?}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_the_step_that_failed() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("wdt", "proxy = \"http://127.0.0.1:1\"");
    let done = scene.run(&["doctor", "--json"]).exits(1);
    assert!(done.out.contains("http://127.0.0.1:1"), "{}", done.out);
    let found = steps(&done);
    has(&found, "main 旺店通", "proxy", "passed");
    has(&found, "main 旺店通", "connection", "failed");
    has(&found, "main 旺店通", "credentials", "not_tried");
}

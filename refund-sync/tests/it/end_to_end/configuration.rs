//! Faults of the configuration: all at once, each with its place and a fix, and nothing is started.

use crate::returns::plain;
use crate::scene::Scene;

/// Nothing was reached and nothing was made.
async fn nothing_started(scene: &Scene) {
    assert_eq!(scene.shop.counts().arrivals, 0);
    assert_eq!(scene.saves_on_the_wire().await, 0);
    let files: Vec<_> =
        std::fs::read_dir(scene.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["refund-sync.toml"]);
}

/// The line of the configuration that holds these words, as a report names it.
fn place(scene: &Scene, words: &str) -> String {
    let text = std::fs::read_to_string(scene.config()).unwrap();
    let line = text.lines().position(|line| line.contains(words)).unwrap() + 1;
    format!("{}:{line}:", scene.config().display())
}

#[tokio::test]
async fn missing_unknown_and_ill_typed_keys_are_one_report_with_places_and_fixes() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("sid =", "sidd =");
    scene.add("kingdee", "batch_size = \"many\"");
    scene.change("tax_rate = \"13\"\n", "");
    let places = [place(&scene, "sidd ="), place(&scene, "batch_size"), place(&scene, "[pipeline.mapping]")];
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    for command in ["check", "run"] {
        scene.run(&[command]).exits(2).complains(&places).complains(&[
            "sidd",
            "did you mean sid?",
            "batch_size",
            "\"many\"",
            "tax_rate",
            "tax_rate = \"13\"",
        ]);
    }
    nothing_started(&scene).await;
}

#[tokio::test]
async fn types_and_states_that_bring_no_goods_back_are_refused_with_the_reason() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("wdt", "types = [2, 1, 4, 5]\nprocess_status = [90, 69]");
    scene.run(&["run"]).exits(2).complains(&[
        &place(&scene, "types ="),
        "refunds before dispatch bring no goods back",
        "refunds without goods bring no goods back",
        "extra payments bring no goods back",
        &place(&scene, "process_status ="),
        "no goods have arrived in this status",
    ]);
    nothing_started(&scene).await;
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_a_fault_that_names_the_variable() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut command = scene.command(&["run"]);
    command.env_remove("KINGDEE_APP_SECRET");
    crate::scene::Done::of(command).exits(2).complains(&["KINGDEE_APP_SECRET"]);
    nothing_started(&scene).await;
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_fault_that_says_how_to_get_one() {
    let scene = Scene::with([plain("TK1")]).await;
    std::fs::rename(scene.config(), scene.folder().join("elsewhere.toml")).unwrap();
    scene.run(&["run"]).exits(2).complains(&["there is no such file", "refund-sync init"]);
}

#[tokio::test]
async fn an_empty_ledger_without_a_start_is_refused_with_the_line_to_add() {
    let scene = Scene::with([plain("TK1")]).await;
    let text = std::fs::read_to_string(scene.config()).unwrap();
    let start = text.lines().find(|line| line.starts_with("start_from")).unwrap().to_owned();
    scene.change(&start, "");
    for args in [&["run"][..], &["run", "--until-settled"], &["run", "--dry-run"]] {
        scene.run(args).exits(2).complains(&["names no start", "start_from = \"2026-11-01 00:00:00\""]);
    }
    assert_eq!(scene.shop.counts().arrivals, 0);

    // With a ledger the line is not needed any more.
    scene.change("name = \"main\"", &format!("name = \"main\"\n{start}"));
    scene.settle().exits(0);
    scene.change(&start, "");
    scene.settle().exits(0);
    scene.bills(&["TK1"]);
}

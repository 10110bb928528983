//! One process works a journal: a second `run` says who does, a `retry` beside it is done by the holder.

use std::process::{Child, Stdio};
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::StoredBill;
use wiremock::Mock;
use wiremock::matchers::any;

use crate::returns::plain;
use crate::scene::Scene;
use crate::trouble::Trouble;

/// A running command, ended with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A `run` that holds the journal and waits for the shop's first answer.
pub(crate) async fn running(scene: &Scene) -> Running {
    Mock::given(any())
        .respond_with(Trouble::TimeOut.answer())
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&scene.shop_server)
        .await;
    let mut command = scene.command(&["run", "--until-settled", "--timeout", "20s"]);
    let child = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let asked_before = scene.shop_server.received_requests().await.unwrap().len();
    while scene.shop_server.received_requests().await.unwrap().len() == asked_before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child
}

#[tokio::test]
async fn a_second_run_exits_and_names_the_holder() {
    let scene = Scene::with([plain("TK1")]).await;
    let first = running(&scene).await;
    let holder = format!("refund-sync run (process {})", first.0.id());
    for args in [&["run"][..], &["run", "--until-settled"]] {
        scene.run(args).exits(1).complains(&[&holder]);
    }
    // A program is told in both languages.
    let json = scene.run(&["run", "--json"]).exits(1).json();
    let row = &json["pipelines"][0];
    assert!(row["failures"][0].as_str().unwrap().contains("is working on the journal"), "{row}");
    assert!(row["failures_zh"][0].as_str().unwrap().contains("正在使用同步台账"), "{row}");
    // Whoever only reads is not in the way.
    scene.run(&["status"]).exits(0);
    scene.run(&["parked"]).exits(0);
}

#[tokio::test]
async fn a_holder_that_was_killed_holds_nothing() {
    let scene = Scene::with([plain("TK1")]).await;
    drop(running(&scene).await);
    scene.settle().exits(0);
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_retry_beside_a_running_one_is_done_by_the_holder() {
    let scene = Scene::with([plain("TK1")]).await;
    let voided = StoredBill { number: "TK1".into(), cancelled: true, ..StoredBill::default() };
    scene.books.insert(voided);
    scene.settle().exits(3);
    scene.books.remove("TK1");

    let mut holder = running(&scene).await;
    let name = format!("process {}", holder.0.id());
    scene.run(&["retry", "TK1"]).exits(0).says(&[&name, "Back on their way: 1"]);
    assert_eq!(holder.0.wait().unwrap().code(), Some(0));
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_retry_without_a_holder_does_it_and_says_when_there_is_nothing() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.run(&["retry", "TK1"]).exits(0).says(&["Nothing that is parked could be tried again"]);
    scene.run(&["retry"]).exits(2);
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

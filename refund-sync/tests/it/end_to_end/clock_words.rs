//! What `status` and `doctor` say of clocks that disagree: which of them, both times, and what each is used for.

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::Site;
use refund_sync::clock::{Clock, shanghai};
use wdt_qimen_sdk::mock::{Dates, Gateway, GatewayBuilder};

use crate::returns::{now, plain, text};
use crate::scene::{Scene, word};

async fn scene(shop: GatewayBuilder) -> Scene {
    let mut row = plain("TK1");
    row.touch(now() - TimeDelta::hours(3));
    let scene = Scene::of([row], shop, Site::builder()).await;
    scene.run(&["run"]).exits(0);
    scene.bills(&["TK1"]);
    scene
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_with_both_times_and_needs_a_person() {
    let scene = scene(Gateway::builder().skew(TimeDelta::minutes(20))).await;
    let to_the_day =
        |minutes| text(shanghai(Clock::system().now() + TimeDelta::minutes(minutes)))[..10].to_owned();
    let (ours, theirs) = (format!("this machine {}", to_the_day(0)), format!("旺店通 {}", to_the_day(20)));
    let words =
        ["clock (steady): ", &ours, &theirs, "read by 旺店通's time", "Set this machine's clock (NTP)"];
    scene.run(&["status"]).exits(0).says(&words);
    scene.run(&["doctor", "--offline"]).exits(3).says(&words);
    let clock = &scene.status()["clock"];
    assert_eq!(word(&clock["state"]), "steady");
    assert!(word(&clock["message"]).contains("fully read by the earlier of both"), "{clock}");
    assert!(word(&clock["message_zh"]).contains("完整读取按较早的时间"), "{clock}");
}

#[tokio::test]
async fn answers_that_contradict_each_other_are_told_by_the_span_they_claim() {
    let swinging = Dates::Swinging([-90, 90].map(TimeDelta::minutes).to_vec());
    let scene = scene(Gateway::builder().dates(swinging)).await;
    let words = [
        "clock (contradictory): ",
        " … ",
        "fully read by the earliest",
        "Check proxies and this machine's clock",
    ];
    scene.run(&["status"]).exits(0).says(&words);
    scene.run(&["doctor", "--offline"]).exits(3).says(&words);
}

#[tokio::test]
async fn a_time_that_is_none_is_told_and_needs_nobody() {
    let scene = scene(Gateway::builder().dates(Dates::Text("soon".into()))).await;
    let words = ["clock (unknown): ", "旺店通's time is not known", "this machine's is used"];
    scene.run(&["status"]).exits(0).says(&words);
    scene.run(&["doctor", "--offline"]).exits(0).says(&words);
}

#[tokio::test]
async fn of_clocks_that_agree_nothing_is_said() {
    let scene = scene(Gateway::builder()).await;
    for command in [&["status"][..], &["doctor", "--offline"]] {
        let done = scene.run(command).exits(0);
        assert!(!done.out.contains("clock ("), "{}", done.out);
    }
    assert!(scene.status()["clock"].is_null());
}

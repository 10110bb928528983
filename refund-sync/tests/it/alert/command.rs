//! `alert test`, and what it says of an address and a secret: nothing.

use std::fmt::Write as _;

use refund_sync::config::AlertKind;
use secrecy::ExposeSecret as _;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::wire::{PLANTED, Robot};
use crate::scene::{Done, Scene};

/// Runs `alert test` for these robots with everything logged that can be logged.
async fn test(robots: &[&Robot]) -> Done {
    let scene = Scene::with([]).await;
    let path = scene.config();
    let mut config = std::fs::read_to_string(&path).unwrap();
    let mut command = scene.command(&["alert", "test"]);
    for (n, robot) in robots.iter().enumerate() {
        let kind = robot.alert.kind.as_str();
        writeln!(config, "\n[[alert]]\nkind = \"{kind}\"\nurl = {{ env = \"ROBOT_URL_{n}\" }}").unwrap();
        command.env(format!("ROBOT_URL_{n}"), robot.alert.url.expose_secret());
        if robot.alert.kind != AlertKind::WeCom {
            config += "secret = { env = \"ROBOT_SECRET\" }\n";
        }
    }
    std::fs::write(&path, config).unwrap();
    command.env("ROBOT_SECRET", PLANTED).env("RUST_LOG", "trace");
    let done = Done::of(command);
    for (place, text) in [("stdout", &done.out), ("stderr", &done.err)] {
        assert!(!text.contains(PLANTED), "{place} holds an address or a secret: {text}");
        for robot in robots {
            for request in robot.server.received_requests().await.unwrap() {
                for (_, sign) in request.url.query_pairs().filter(|(key, _)| key == "sign") {
                    assert!(!text.contains(&*sign), "{place} holds a signature: {text}");
                }
            }
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_arrives_at_every_receiver() {
    let robots = [
        Robot::willing(AlertKind::DingTalk).await,
        Robot::willing(AlertKind::WeCom).await,
        Robot::willing(AlertKind::Feishu).await,
        Robot::willing(AlertKind::Webhook).await,
    ];
    let words = ["dingtalk: 已送达", "wecom: 已送达", "feishu: 已送达", "webhook: 已送达"];
    test(&robots.each_ref()).await.exits(0).says(&words);
    for robot in &robots {
        let messages = robot.messages().await;
        assert_eq!(messages.len(), 1);
        assert!(messages[0].starts_with("refund-sync 报警\n【测试】"), "{messages:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_take_it_is_named_with_what_to_do() {
    let refusal = json!({ "errcode": 93_000, "errmsg": format!("invalid webhook url {PLANTED}") });
    let bad = Robot::new(AlertKind::WeCom, ResponseTemplate::new(200).set_body_json(refusal)).await;
    let good = Robot::willing(AlertKind::Feishu).await;
    let done = test(&[&bad, &good]).await.exits(1).says(&["feishu: 已送达"]);
    assert!(done.err.contains("wecom: 未送达 not taken: refused with code 93000"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_receiver_there_is_nothing_to_test() {
    test(&[]).await.exits(2).says(&["[[alert]]"]);
}

//! Alerts from the binary: `alert test` and `serve`; and what they say of an address and a secret: nothing.

use std::fmt::Write as _;

use refund_sync::config::AlertKind;
use secrecy::ExposeSecret as _;
use serde_json::json;
use wdt_qimen_sdk::mock::MockRefund;
use wiremock::ResponseTemplate;

use super::wire::{PLANTED, Robot};
use crate::returns::plain;
use crate::scene::{Done, Scene};
use crate::serve::process::{Serving, order_a_run};

/// A shop and books whose configuration names these robots; the variables that hold their addresses and secrets.
async fn scene_with(rows: Vec<MockRefund>, robots: &[&Robot]) -> (Scene, Vec<(String, String)>) {
    let scene = Scene::with(rows).await;
    let path = scene.config();
    let mut config = std::fs::read_to_string(&path).unwrap();
    let mut variables = vec![("ROBOT_SECRET".to_owned(), PLANTED.to_owned())];
    for (n, robot) in robots.iter().enumerate() {
        let kind = robot.alert.kind.as_str();
        writeln!(config, "\n[[alert]]\nkind = \"{kind}\"\nurl = {{ env = \"ROBOT_URL_{n}\" }}").unwrap();
        variables.push((format!("ROBOT_URL_{n}"), robot.alert.url.expose_secret().to_owned()));
        if robot.alert.kind != AlertKind::WeCom {
            config += "secret = { env = \"ROBOT_SECRET\" }\n";
        }
    }
    std::fs::write(&path, config).unwrap();
    (scene, variables)
}

/// No address, secret or signature of the robots is in the text.
async fn holds_no_secret(text: &str, robots: &[&Robot]) {
    assert!(!text.contains(PLANTED), "an address or a secret is in: {text}");
    for robot in robots {
        for request in robot.server.received_requests().await.unwrap() {
            for (_, sign) in request.url.query_pairs().filter(|(key, _)| key == "sign") {
                assert!(!text.contains(&*sign), "a signature is in: {text}");
            }
        }
    }
}

/// Runs `alert test` for these robots with everything logged that can be logged.
async fn test(robots: &[&Robot]) -> Done {
    let (scene, variables) = scene_with(Vec::new(), robots).await;
    let mut command = scene.command(&["alert", "test"]);
    command.envs(variables).env("RUST_LOG", "trace");
    let done = Done::of(command);
    for text in [&done.out, &done.err] {
        holds_no_secret(text, robots).await;
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
    let words = ["dingtalk: taken", "wecom: taken", "feishu: taken", "webhook: taken"];
    test(&robots.each_ref()).await.exits(0).says(&words);
    for robot in &robots {
        let messages = robot.messages().await;
        assert_eq!(messages.len(), 1);
        assert!(messages[0].starts_with("refund-sync 报警\n[test]"), "{messages:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_take_it_is_named_with_what_to_do() {
    let refusal = json!({ "errcode": 93_000, "errmsg": format!("invalid webhook url {PLANTED}") });
    let bad = Robot::new(AlertKind::WeCom, ResponseTemplate::new(200).set_body_json(refusal)).await;
    let good = Robot::willing(AlertKind::Feishu).await;
    let done = test(&[&bad, &good]).await.exits(1).says(&["feishu: taken"]);
    assert!(done.err.contains("wecom: not taken: refused with code 93000"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_receiver_there_is_nothing_to_test() {
    test(&[]).await.exits(2).says(&["[[alert]]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resident_program_tells_who_can_be_told_and_logs_who_cannot() {
    let good = Robot::willing(AlertKind::Webhook).await;
    let refusal = json!({ "errcode": 310_000, "errmsg": format!("sign not match {PLANTED}") });
    let bad = Robot::new(AlertKind::DingTalk, ResponseTemplate::new(200).set_body_json(refusal)).await;
    let mut unknown = plain("TK1");
    unknown.set("shop_no", "S999");
    let (scene, variables) = scene_with(vec![unknown], &[&good, &bad]).await;
    let serving = Serving::start_with(&scene, variables).await;
    order_a_run(&scene).await;
    serving.until(async || !good.messages().await.is_empty() && !bad.messages().await.is_empty()).await;
    let messages = good.messages().await;
    let told = "¥ 119.80 in all: Not in a mapping table 1 (¥ 119.80); shops: S999 ¥ 119.80";
    assert!(messages.len() == 1 && messages[0].contains(told), "{messages:#?}");
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0));
    assert_eq!(said.matches("an alert was not delivered").count(), 1, "{said}");
    assert!(said.contains("310000"), "{said}");
    holds_no_secret(&said, &[&good, &bad]).await;
    let journal = std::fs::read(scene.database()).unwrap();
    assert!(!journal.windows(PLANTED.len()).any(|bytes| bytes == PLANTED.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_in_chinese_names_cause_shop_and_money_in_chinese() {
    let robot = Robot::willing(AlertKind::Webhook).await;
    let mut unknown = plain("TK1");
    unknown.set("shop_no", "S999");
    unknown.set("shop_name", "旗舰店");
    let (scene, mut variables) = scene_with(vec![unknown], &[&robot]).await;
    variables.push(("REFUND_SYNC_LANG".to_owned(), "zh".to_owned()));
    let serving = Serving::start_with(&scene, variables).await;
    order_a_run(&scene).await;
    serving.until(async || !robot.messages().await.is_empty()).await;
    let message = robot.messages().await.remove(0);
    let told = "合计 ¥ 119.80：对照表中没有该编号 1 张 ¥ 119.80；店铺：S999 旗舰店 ¥ 119.80";
    assert!(message.contains(told) && !message.contains("unmapped"), "{message}");
}

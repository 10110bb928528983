//! What 金蝶 refused and only 金蝶 can lift comes back by itself: after a while, one document ahead, the others behind it.

use crate::double::Switch;
use crate::end_to_end::unread::make_due;
use crate::returns::{many, plain};
use crate::scene::{Scene, events, word};

const MISSING: &str = "编码值[\"TS-BLK-L\"]不存在";
const PERIOD: &str = "单据日期所在期间已关账";

/// Three returns whose material 金蝶 does not have while the switch is on.
async fn scene() -> (Scene, Switch) {
    let scene = Scene::with(many(3)).await;
    let switch = Switch::on();
    scene.refuse("BatchSave", 11, MISSING, &switch, |_| {}).await;
    (scene, switch)
}

fn next_try(scene: &Scene, refund_no: &str) -> Option<String> {
    scene.why(refund_no)["next_try"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn one_document_asks_for_all_that_are_parked_in_the_same_words_and_the_rest_follow_when_it_passes() {
    let (scene, switch) = scene().await;
    scene.settle().exits(3).says(&["missing_in_kingdee"]);
    assert_eq!(scene.calls_of("BatchSave").await, 1);
    scene.settle().exits(0);
    assert_eq!(scene.calls_of("BatchSave").await, 1, "not before an hour has passed");

    make_due(&scene);
    scene.settle();
    assert_eq!(scene.calls_of("BatchSave").await, 2, "one asks, in vain");
    let next: Vec<_> = ["TK0001", "TK0002", "TK0003"].map(|number| next_try(&scene, number).unwrap()).into();
    assert_eq!((&next[0], &next[0]), (&next[1], &next[2]), "the answer holds for all of them");
    scene.settle();
    assert_eq!(scene.calls_of("BatchSave").await, 2);

    switch.turn_off();
    make_due(&scene);
    scene.settle().exits(0).says(&["confirmed 3"]);
    scene.bills(&["TK0001", "TK0002", "TK0003"]);
    assert!(scene.parked().is_empty());
    let life = scene.why("TK0003");
    assert!(events(&life).contains(&"requeued".to_owned()) && life["next_try"].is_null(), "{life}");
}

#[tokio::test]
async fn why_says_when_the_next_attempt_is() {
    let (scene, _switch) = scene().await;
    scene.settle().exits(3);
    let next = chrono::DateTime::parse_from_rfc3339(&next_try(&scene, "TK0001").unwrap()).unwrap();
    let wait = next.to_utc() - refund_sync::clock::Clock::system().now();
    assert!((55..=60).contains(&wait.num_minutes()), "{wait}");
    scene.run(&["why", "TK0001"]).exits(0).says(&["next try by itself"]);
}

#[tokio::test]
async fn a_period_that_kingdee_closed_is_asked_again_and_one_that_open_from_closes_is_not() {
    let scene = Scene::with([plain("TK1")]).await;
    let switch = Switch::on();
    scene.refuse("BatchSave", 11, PERIOD, &switch, |_| {}).await;
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK1"].0, "closed_period");
    assert!(next_try(&scene, "TK1").is_some());
    switch.turn_off();
    make_due(&scene);
    scene.settle().exits(0).says(&["confirmed 1"]);

    let closed = Scene::with([plain("TK1")]).await;
    closed.add("mapping", "open_from = \"2099-01-01\"");
    closed.settle().exits(3);
    assert_eq!(next_try(&closed, "TK1"), None, "only a change of the rules can lift that");
}

#[tokio::test]
async fn switched_off_or_in_a_freeze_nothing_is_tried_by_itself() {
    let (scene, switch) = scene().await;
    scene.settle().exits(3);
    switch.turn_off();
    make_due(&scene);
    scene.add("kingdee", "freeze = [\"2020-01-01 00:00 / 2099-01-01 00:00\"]");
    scene.run(&["run"]).exits(0);
    assert_eq!(scene.calls_of("BatchSave").await, 1);
    let next = next_try(&scene, "TK0001").unwrap();
    assert!(next.starts_with("2099-01-01"), "not before the freeze is over: {next}");
    scene.change("freeze = [\"2020-01-01 00:00 / 2099-01-01 00:00\"]", "retry_parked = \"off\"");
    scene.run(&["run"]).exits(0);
    assert_eq!(scene.calls_of("BatchSave").await, 1);
    assert_eq!(next_try(&scene, "TK0001"), None);
}

#[tokio::test]
async fn nothing_is_tried_by_itself_while_wdt_wants_to_be_left_alone() {
    let (scene, switch) = scene().await;
    scene.settle().exits(3);
    let ban = r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"x","sub_msg":"This ban will last for 3600 more seconds"}}"#;
    let answer = wiremock::ResponseTemplate::new(200).set_body_string(ban);
    let anything = || wiremock::Mock::given(wiremock::matchers::any());
    anything().respond_with(answer).with_priority(1).mount(&scene.shop_server).await;
    scene.run(&["run"]).exits(1).complains(&["3600"]);
    scene.shop_server.reset().await;
    anything().respond_with(scene.shop.responder()).mount(&scene.shop_server).await;
    make_due(&scene);
    switch.turn_off();
    scene.run(&["run"]).exits(1);
    assert_eq!(scene.calls_of("BatchSave").await, 1, "the ban is known from the journal");
    scene.run(&["run", "--until-settled", "--probe"]).exits(0).says(&["confirmed 3"]);
}

#[tokio::test]
async fn what_was_parked_while_it_was_switched_off_is_tried_once_it_is_switched_on() {
    let (scene, switch) = scene().await;
    scene.add("kingdee", "retry_parked = \"off\"");
    scene.settle().exits(3);
    let life = scene.why("TK0001");
    assert!(life["next_try"].is_null() && life["due_at"].is_null(), "{life}");
    switch.turn_off();
    make_due(&scene);
    scene.settle();
    assert_eq!(scene.calls_of("BatchSave").await, 1);
    scene.change("retry_parked = \"off\"", "retry_parked = \"auto\"");
    scene.settle().exits(0).says(&["confirmed 3"]);
}

#[tokio::test]
async fn a_bill_that_stood_and_was_deleted_is_never_written_again_by_itself() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("kingdee", "finish = \"audit\"");
    let text = "已关联工作流实例，不支持通过WebAPI接口进行传统审批";
    scene.refuse("Audit", 11, text, &Switch::on(), |_| {}).await;
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK1"].0, "workflow");
    scene.books.remove("TK1");
    make_due(&scene);
    scene.settle();
    assert!(scene.books.bills().is_empty());
    assert_eq!((scene.arrivals_of("TK1"), scene.parked()["TK1"].0.as_str()), (1, "workflow"));
}

#[tokio::test]
async fn a_question_of_kingdee_is_parked_with_the_setting_that_answers_it_and_the_setting_goes_with_save_and_audit()
 {
    const QUESTION: &str = "更新库存时出现可以忽略的异常数据，是否继续？";
    let scene = Scene::with([plain("TK1")]).await;
    let switch = Switch::on();
    scene.refuse("BatchSave", 11, QUESTION, &switch, |_| {}).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(
        cause == "stock" && said.contains("interaction_flags") && said.contains("STK_InvCheckResult"),
        "{said}"
    );
    // Whoever has set it already is not told to set it.
    scene.add("kingdee", "interaction_flags = [\"STK_InvCheckResult\"]\nfinish = \"audit\"");
    scene.run(&["retry", "--all"]).exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "stock" && said.contains("允许即时库存负库存"), "{said}");
    assert!(!said.contains("interaction_flags"), "{said}");
    switch.turn_off();
    scene.run(&["retry", "--all"]).exits(0);
    let requests = scene.books_server.received_requests().await.unwrap();
    let sent = |name: &str| {
        use wiremock::Match as _;
        let request =
            requests.iter().rev().find(|request| crate::scene::service(name).matches(request)).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        word(&body["data"]["InterationFlags"])
    };
    assert_eq!(
        (sent("BatchSave").as_str(), sent("Audit").as_str()),
        ("STK_InvCheckResult", "STK_InvCheckResult")
    );
}

//! How alerts reach a receiver: each robot's answer, and what a bad one does to nobody else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use refund_sync::clock::Clock;
use refund_sync::config::{Alert, AlertKind, AlertLimits, Proxy};
use refund_sync::journal::{Reason, Row};
use refund_sync::lang::Text;
use refund_sync::serve::StatusBoard;
use refund_sync::serve::alert::{Outage, Snapshot, Watch};
use refund_sync::store::{Origin, PageCommit, Sqlite, Store};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{at, main_alone, parked, well};

const KINDS: [AlertKind; 4] = [AlertKind::DingTalk, AlertKind::WeCom, AlertKind::Feishu, AlertKind::Webhook];
/// In the address and as the signing secret.
pub(super) const PLANTED: &str = "planted-4711";

/// A robot with its address and its secret.
pub(super) struct Robot {
    pub(super) server: MockServer,
    pub(super) alert: Alert,
}

impl Robot {
    pub(super) async fn new(kind: AlertKind, answer: ResponseTemplate) -> Self {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let url = match kind {
            AlertKind::DingTalk => format!("{}/robot/send?access_token={PLANTED}", server.uri()),
            AlertKind::WeCom => format!("{}/cgi-bin/webhook/send?key={PLANTED}", server.uri()),
            _ => format!("{}/hook/{PLANTED}", server.uri()),
        };
        let alert = Alert {
            kind,
            url: url.into(),
            secret: Some(PLANTED.to_owned().into()),
            pipelines: std::collections::BTreeSet::new(),
            proxy: Proxy::None,
            limits: AlertLimits::default(),
        };
        Self { server, alert }
    }

    pub(super) async fn willing(kind: AlertKind) -> Self {
        Self::new(kind, taken(kind)).await
    }

    async fn answers(&self, answer: ResponseTemplate) {
        self.server.reset().await;
        Mock::given(any()).respond_with(answer).mount(&self.server).await;
    }

    /// What people read, message by message.
    pub(super) async fn messages(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let text = |body: &Value| {
            let text = body.pointer("/text/content").or(body.pointer("/content/text")).or(body.get("text"));
            text.and_then(Value::as_str).unwrap().to_owned()
        };
        requests.iter().map(|request| text(&request.body_json().unwrap())).collect()
    }
}

/// How each robot says yes.
fn taken(kind: AlertKind) -> ResponseTemplate {
    let yes = ResponseTemplate::new(200);
    match kind {
        AlertKind::DingTalk | AlertKind::WeCom => yes.set_body_json(json!({ "errcode": 0, "errmsg": "ok" })),
        AlertKind::Feishu => yes.set_body_json(json!({ "code": 0, "msg": "success", "data": {} })),
        AlertKind::Webhook => yes,
    }
}

/// A journal in a file, a clock in the hand, and a watch over the pipeline `main`.
struct House {
    folder: tempfile::TempDir,
    minute: Arc<AtomicI64>,
    board: StatusBoard,
    watch: Watch,
}

impl House {
    fn of(robots: &[&Robot]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let minute = Arc::new(AtomicI64::new(0));
        let held = Arc::clone(&minute);
        let board = StatusBoard::new(Clock::of(move || at(held.load(Ordering::Relaxed))));
        let watch = watch(folder.path(), robots, &board);
        Self { folder, minute, board, watch }
    }

    /// The process ends and another one begins.
    fn restart(&mut self, robots: &[&Robot]) {
        self.watch = watch(self.folder.path(), robots, &self.board);
    }

    async fn look(&mut self, minute: i64, sight: Snapshot) {
        self.minute.store(minute, Ordering::Relaxed);
        self.watch.look(main_alone(sight)).await;
    }

    fn failing(&self, name: &str) -> Option<String> {
        self.board.deliveries().views()[name].failing.as_ref().map(|(_, why)| why.clone())
    }
}

fn journal(folder: &Path) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&folder.join("journal.db")).unwrap())
}

fn watch(folder: &Path, robots: &[&Robot], board: &StatusBoard) -> Watch {
    let alerts: Vec<_> = robots.iter().map(|robot| robot.alert.clone()).collect();
    Watch::new(&alerts, [("main".to_owned(), journal(folder))], board.clone()).unwrap()
}

/// Sockets need the real clock; a pause between two tries does not.
async fn half_an_hour_passes() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(30)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn ten_thousand_parked_documents_make_one_alert_at_each_receiver() {
    let robots = [
        Robot::willing(KINDS[0]).await,
        Robot::willing(KINDS[1]).await,
        Robot::willing(KINDS[2]).await,
        Robot::willing(KINDS[3]).await,
    ];
    let mut house = House::of(&robots.each_ref());
    let store = journal(house.folder.path());
    let pipeline = store.pipeline("main").await.unwrap().id;
    let row = |n: usize| Row::Unreadable {
        refund_no: format!("TK{n}"),
        modified: None,
        reasons: vec![Reason {
            cause: "unreadable".into(),
            message: Text::default(),
            remedy: Text::default(),
            missing: None,
        }],
        raw: String::new(),
    };
    let window = (at(0).naive_utc(), at(1).naive_utc());
    let page = PageCommit { rows: (0..10_000).map(row).collect(), asked_at: at(0), window };
    store.commit_page(Origin { pipeline, run: 1, at: at(0) }, page).await.unwrap();

    for minute in 0..120 {
        let status = store.status().await.unwrap().remove(0);
        house.look(minute, Snapshot::of_journal(&status)).await;
    }
    for robot in &robots {
        let messages = robot.messages().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("10000 documents wait for a person"), "{messages:?}");
        assert!(messages[0].contains("Unreadable row 10000\n"), "{messages:?}");
    }
}

#[tokio::test]
async fn a_robot_that_says_no_in_a_200_is_tried_again_until_it_says_yes() {
    let refusals = [
        (
            AlertKind::DingTalk,
            json!({ "errcode": 310_000, "errmsg": format!("sign not match {PLANTED}") }),
            "310000",
        ),
        (AlertKind::WeCom, json!({ "errcode": 45_009, "errmsg": "api freq out of limit" }), "45009"),
        (AlertKind::Feishu, json!({ "code": 19_021, "msg": "sign match fail or timestamp" }), "19021"),
    ];
    for (kind, refusal, code) in refusals {
        let robot = Robot::new(kind, ResponseTemplate::new(200).set_body_json(refusal)).await;
        let mut house = House::of(&[&robot]);
        house.look(0, parked(3)).await;
        let why = house.failing(kind.as_str()).unwrap();
        assert!(why.contains(code) && why.contains('→') && !why.contains(PLANTED), "{why}");
        house.look(1, parked(3)).await;
        assert_eq!(robot.messages().await.len(), 1, "it is left alone for a while");

        robot.answers(taken(kind)).await;
        half_an_hour_passes().await;
        house.look(2, parked(4)).await;
        house.look(3, parked(4)).await;
        let messages = robot.messages().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("4 documents"), "what is told is how it stands now: {messages:?}");
        assert_eq!(house.failing(kind.as_str()), None);
    }
}

#[tokio::test]
async fn what_is_no_robots_answer_is_a_failure() {
    let html = ResponseTemplate::new(200).set_body_string("<html>login</html>");
    let elsewhere = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:9/");
    let answers = [
        (html, "none of a robot's"),
        (ResponseTemplate::new(200).set_body_json(json!({ "ok": true })), "none of a robot's"),
        (ResponseTemplate::new(200).set_body_string("[".repeat(100_000)), "none of a robot's"),
        (ResponseTemplate::new(503), "HTTP 503"),
        (elsewhere, "HTTP 302"),
    ];
    for (answer, words) in answers {
        for kind in [AlertKind::DingTalk, AlertKind::WeCom, AlertKind::Feishu] {
            let robot = Robot::new(kind, answer.clone()).await;
            let mut house = House::of(&[&robot]);
            house.look(0, parked(1)).await;
            let why = house.failing(kind.as_str()).unwrap();
            assert!(why.contains(words), "{why}");
        }
    }
}

#[tokio::test]
async fn a_webhook_that_does_not_take_it_is_told_again() {
    let robot = Robot::new(AlertKind::Webhook, ResponseTemplate::new(500)).await;
    let mut house = House::of(&[&robot]);
    house.look(0, parked(1)).await;
    robot.answers(ResponseTemplate::new(204)).await;
    half_an_hour_passes().await;
    house.look(1, parked(1)).await;
    assert_eq!(robot.messages().await.len(), 1);
}

#[tokio::test]
async fn nobody_there_is_a_failure_that_names_no_address() {
    let mut robot = Robot::willing(AlertKind::DingTalk).await;
    robot.alert.url = format!("http://127.0.0.1:1/robot/send?access_token={PLANTED}").into();
    let mut house = House::of(&[&robot]);
    house.look(0, parked(1)).await;
    let why = house.failing("dingtalk").unwrap();
    assert!(why.starts_with("no connection") && !why.contains("127.0.0.1"), "{why}");
    assert!(!format!("{:?}", house.watch).contains(PLANTED));
}

#[tokio::test]
async fn a_receiver_that_hangs_keeps_nobody_else_waiting_and_is_given_up() {
    let hangs = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    let (slow, good) = (Robot::new(AlertKind::WeCom, hangs).await, Robot::willing(AlertKind::DingTalk).await);
    let mut house = House::of(&[&slow, &good]);
    let mut look = Box::pin(house.look(0, parked(1)));
    let told = async {
        while good.messages().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        biased;
        () = &mut look => panic!("the look ended while a receiver hung"),
        () = told => {}
    }
    look.as_mut().await;
    drop(look);
    assert!(house.failing("wecom").unwrap().starts_with("no answer within 10 s"));
    assert_eq!(house.failing("dingtalk"), None);
}

#[tokio::test]
async fn what_was_told_is_not_told_again_after_a_restart_and_its_end_is() {
    let robot = Robot::willing(AlertKind::Feishu).await;
    let mut house = House::of(&[&robot]);
    house.look(0, parked(2)).await;
    for minute in 1..90 {
        house.restart(&[&robot]);
        house.look(minute, parked(2)).await;
    }
    assert_eq!(robot.messages().await.len(), 1);
    house.restart(&[&robot]);
    house.look(90, well()).await;
    house.restart(&[&robot]);
    house.look(91, well()).await;
    let messages = robot.messages().await;
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[1].contains("[resolved] main: parked") && messages[1].contains("(90 min)"));
}

#[tokio::test]
async fn a_receiver_hears_of_its_own_pipelines_and_two_of_a_kind_are_two() {
    let (first, mut second) =
        (Robot::willing(AlertKind::WeCom).await, Robot::willing(AlertKind::WeCom).await);
    second.alert.pipelines = ["another".to_owned()].into();
    let mut house = House::of(&[&first, &second]);
    house.look(0, parked(1)).await;
    assert_eq!(first.messages().await.len(), 1);
    assert!(second.messages().await.is_empty());
    let names: Vec<_> = house.board.deliveries().views().into_keys().collect();
    assert_eq!(names, ["wecom", "wecom-2"]);
}

#[tokio::test]
async fn more_than_fits_into_one_message_is_told_in_several() {
    let robot = Robot::willing(AlertKind::WeCom).await;
    let mut house = House::of(&[&robot]);
    let long = "长".repeat(300);
    let sight = |succeeded| Snapshot {
        failure: Some(long.as_str().into()),
        overdue: chrono::TimeDelta::hours(2),
        clock_offset_seconds: 99.0,
        short_windows: 1,
        differences: super::counts([("missing", 1)]),
        flags: super::counts([("reversed", 1), ("changed", 2)]),
        succeeded,
        ..parked(7)
    };
    for minute in 0..5 {
        house.look(minute, sight(false)).await;
    }
    let messages = robot.messages().await;
    let told: usize = messages.iter().map(|message| message.matches("[alert]").count()).sum();
    assert_eq!(told, 6, "{messages:#?}");
    assert!(messages.iter().all(|message| message.len() <= 2_048));
}

#[tokio::test]
async fn while_the_journal_takes_no_memory_nothing_is_told_twice_and_the_journal_is_told() {
    let robot = Robot::willing(AlertKind::DingTalk).await;
    let mut house = House::of(&[&robot]);
    let path = house.folder.path().join("journal.db");
    house.look(0, well()).await;
    // Another program holds the file for longer than anybody waits.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    house.look(1, parked(1)).await;
    other.execute_batch("ROLLBACK").unwrap();
    house.look(2, parked(1)).await;
    house.look(3, parked(1)).await;
    let messages = robot.messages().await;
    assert_eq!(messages.len(), 3, "{messages:#?}");
    assert!(
        messages[1].contains("journal fails") && messages[2].contains("[resolved] main: journal fails"),
        "{messages:#?}"
    );
}

#[tokio::test]
async fn a_journal_that_cannot_be_reached_is_told_without_it_and_so_is_its_return() {
    let (robot, other) = (Robot::willing(AlertKind::DingTalk).await, Robot::willing(AlertKind::WeCom).await);
    let house = House::of(&[]);
    let pipelines = vec!["main".to_owned(), "east".to_owned()];
    let alerts =
        [robot.alert.clone(), Alert { pipelines: ["east".to_owned()].into(), ..other.alert.clone() }];
    let mut outage = Outage::new(&alerts, pipelines.clone(), house.board.clone()).unwrap();
    outage.lasts().await;
    assert!(robot.messages().await.is_empty(), "a short one is not worth a word");
    for minute in 1..5 {
        house.minute.store(minute, Ordering::Relaxed);
        outage.lasts().await;
        half_an_hour_passes().await;
    }
    outage.ends().await;
    let messages = robot.messages().await;
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(messages[0].contains("[alert] main, east: journal fails"), "{messages:#?}");
    assert!(messages[1].contains("[resolved] main, east: journal fails"), "{messages:#?}");
    assert!(other.messages().await[0].contains("[alert] east: journal fails"));

    house.minute.store(0, Ordering::Relaxed);
    let mut blink = Outage::new(&alerts, pipelines, house.board.clone()).unwrap();
    blink.lasts().await;
    blink.ends().await;
    assert_eq!(robot.messages().await.len(), 2, "what was not told does not end either");
}

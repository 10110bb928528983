//! No secret, signature or session in any output, error or file; nor a buyer's name, phone, address, nick or account.

use std::collections::BTreeSet;
use std::path::Path;

use kingdee_k3cloud_sdk::mock::{Faults, Site};
use refund_sync::store::{Queries as _, Sqlite, Store as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use wdt_qimen_sdk::mock::{self, APP_SECRET, Gateway, MockRefund};
use wiremock::matchers::any;

use crate::postgres::cluster::{Database, PASSWORD};
use crate::reconcile::days;
use crate::returns::{line, many, now, plain, with_lines};
use crate::scene::{BOOKS_SECRET, Done, Scene, service};
use crate::trouble::{Moment, Trouble};

/// What a row says about its buyer. Every value is easy to find and hard to mistake.
const BUYER: [(&str, &str); 16] = [
    ("buyer_nick", "planted-nick"),
    ("receiver_name", "王小明-planted"),
    ("receiver_address", "示例省示例市示例路88号"),
    ("receiver_telno", "13912345678"),
    ("receiver_mobile", "13912345679"),
    ("pay_account", "planted-account@example.com"),
    ("pay_no", "2088012345678901"),
    ("return_name", "李小红-planted"),
    ("return_mobile", "13712345678"),
    ("return_telno", "021-55667788"),
    ("return_address", "示例大道99号"),
    ("swap_receiver", "赵小刚-planted"),
    ("swap_mobile", "13612345678"),
    ("swap_address", "示例街77号"),
    ("customer_name", "钱小芳-planted"),
    ("fenxiao_nick_name", "planted-fenxiao"),
];

/// What people write about people, in free texts and inside of lines.
const TOLD: [&str; 4] = ["孙小梅-planted", "13512345678", "示例里66号", "planted-line-nick"];

fn with_buyer(mut row: MockRefund) -> MockRefund {
    for (key, value) in BUYER {
        row.set(key, value);
    }
    row.set("remark", format!("客户 {} 来电 {} 催退，寄回 {}", TOLD[0], TOLD[1], TOLD[2]));
    row.set("refund_reason", format!("{} 说不合适", TOLD[0]));
    for line in row.lines().into_iter().flatten() {
        line["buyer_nick"] = TOLD[3].into();
        line["remark"] = TOLD[0].into();
    }
    row.set("refund_out_goods_list", json!([{ "goods_name": "T恤", "remark": TOLD[2] }]));
    row
}

/// A shop in which rows go every way: written, parked by the mapping, unreadable, filtered.
async fn scene() -> Scene {
    let mut unreadable = plain("TK3");
    unreadable.set("refund_amount", "not-a-number");
    let mut filtered = plain("TK4");
    filtered.set("type", "4");
    let mut unknown_shop = plain("TK5");
    unknown_shop.set("shop_no", "S999");
    let conflict = with_lines("TK6", &[line("HAT", "1.0000", "5.0000")]);
    let rows = [plain("TK1"), plain("TK2"), unreadable, filtered, unknown_shop, conflict].map(with_buyer);
    let stockins: Vec<_> = rows.iter().filter_map(wdt_qimen_sdk::mock::stockin_of).map(with_buyer).collect();
    let scene = Scene::with(rows).await;
    for (n, mut stockin) in stockins.into_iter().enumerate() {
        stockin.set("order_no", format!("RK{n}"));
        scene.shop.world().put("wdt.stockin.order.query.refund", stockin);
    }
    scene.add("wdt", "enrich = \"stockin\"");
    scene
}

/// Runs the binary with everything logged that can be logged.
fn traced(scene: &Scene, args: &[&str], change: impl FnOnce(&mut std::process::Command)) -> Done {
    let mut command = scene.command(args);
    command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
    change(&mut command);
    Done::of(command)
}

/// Secrets, and whatever was derived from them on the wire.
async fn derived(scene: &Scene) -> BTreeSet<String> {
    let mut found = BTreeSet::from([APP_SECRET.to_owned(), BOOKS_SECRET.to_owned()]);
    for request in scene.shop_server.received_requests().await.unwrap() {
        found.extend(
            request.url.query_pairs().filter(|(key, _)| key == "sign").map(|(_, sign)| sign.into_owned()),
        );
    }
    let kept = ["x-kd-signature", "x-api-signature", "x-kd-appdata", "cookie", "kdservice-sessionid"];
    for request in scene.books_server.received_requests().await.unwrap() {
        for name in kept {
            for value in request.headers.get_all(name) {
                let value = value.to_str().unwrap();
                found.extend(value.split([';', ',']).map(|part| part.trim().to_owned()));
                found.extend(
                    value.split([';', ',']).filter_map(|part| Some(part.split_once('=')?.1.to_owned())),
                );
            }
        }
    }
    found.retain(|secret| secret.len() >= 8);
    found
}

/// Every file that the program made.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| !path.ends_with("refund-sync.toml"))
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect()
}

#[track_caller]
fn search(place: &str, bytes: &[u8], planted: &BTreeSet<String>) {
    for secret in planted {
        let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
        if let Some(at) = found {
            let from = at.saturating_sub(200);
            let around = String::from_utf8_lossy(&bytes[from..(at + secret.len() + 50).min(bytes.len())]);
            panic!("{secret:?} is in {place}: …{around}…");
        }
    }
}

async fn search_everything(scene: &Scene, runs: &[Done]) {
    let mut planted = derived(scene).await;
    assert!(planted.len() > 4, "the wire carried signatures: {planted:?}");
    planted.extend(BUYER.iter().map(|(_, value)| (*value).to_owned()));
    planted.extend(TOLD.map(str::to_owned));
    for (n, done) in runs.iter().enumerate() {
        search(&format!("stdout of run {n}"), done.out.as_bytes(), &planted);
        search(&format!("stderr of run {n}"), done.err.as_bytes(), &planted);
    }
    let files = files(scene.folder());
    assert!(files.iter().any(|(name, bytes)| name.contains("refund-sync.db") && bytes.len() > 10_000));
    for (name, bytes) in files {
        search(&name, &bytes, &planted);
    }
    // What the journal keeps of a return, its bill and its life is packed.
    let journal = Sqlite::open_read_only(&scene.folder().join("refund-sync.db")).unwrap();
    let documents = journal.returns(1, 0, 1_000).await.unwrap();
    assert!(documents.len() > 2, "{} returns are kept", documents.len());
    for document in documents {
        for text in [document.source.text(), document.bill.text()].into_iter().flatten() {
            search(&format!("what is kept of {}", document.refund_no), text.as_bytes(), &planted);
        }
        for event in journal.life(&document.refund_no).await.unwrap().into_iter().flat_map(|life| life.events)
        {
            let facts = event.detail.to_string();
            assert!(facts.starts_with('{'), "{facts}");
            search(&format!("{} of {}", event.event, document.refund_no), facts.as_bytes(), &planted);
        }
    }
}

#[tokio::test]
async fn nothing_of_a_secret_or_a_buyer_is_left_anywhere_after_runs_with_faults() {
    let scene = scene().await;
    scene.change("timeout_seconds = 60\nresend", "timeout_seconds = 1\nresend");
    let mut runs = Vec::new();
    for format in ["pretty", "json"] {
        Trouble::Reset
            .once(Moment::BeforeTheEffect, any(), scene.shop.responder())
            .mount(&scene.shop_server)
            .await;
        scene.trouble_saving(Trouble::TimeOut, Moment::AfterTheEffect).await;
        let args = ["--log-format", format, "run", "--until-settled", "--timeout", "20s"];
        runs.push(traced(&scene, &args, |_| {}));
        // Something to send in the second round too.
        let mut more = with_buyer(plain(&format!("TK-{format}")));
        more.touch(now());
        scene.shop.world().push(more);
    }
    runs.push(traced(&scene, &["run", "--dry-run", "--json"], |_| {}));
    for args in [&["status", "--json"][..], &["parked", "--json"], &["why", "TK1", "--json"], &["why", "TK3"]]
    {
        runs.push(traced(&scene, args, |_| {}));
    }
    runs.push(traced(&scene, &["retry", "--all"], |_| {}));
    assert!(runs[0].err.len() > 1_000, "tracing was on");
    search_everything(&scene, &runs).await;
}

/// Both systems at their worst, everything logged that any library logs, and every command that tells something.
#[tokio::test]
async fn a_storm_with_everything_logged_leaves_nothing_of_a_secret_or_a_buyer() {
    let rows = many(60).into_iter().enumerate().map(|(n, mut row)| {
        match n % 10 {
            3 => row.set("goods_amount", "免"),
            5 => row.set("shop_no", "S999"),
            7 => row.set("type", "4"),
            _ => {}
        }
        with_buyer(row)
    });
    let shop = Gateway::builder().faults(mock::Faults::storm()).seed(3);
    let books = Site::builder().faults(Faults::storm()).seed(3);
    let scene = Scene::of(rows, shop, books).await;
    scene.add("wdt", "page_size = 4");
    scene.add("kingdee", "batch_size = 5\nfinish = \"audit\"");
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(traced(&scene, &["run", "--until-settled", "--timeout", "20s"], |_| {}));
    }
    let parked = scene.parked();
    assert!(parked.len() >= 10 && scene.books.bills().len() > 30, "the storm let something through");
    scene.books.remove("TK0001");
    let [from, to] = days();
    let file = scene.folder().join("differences.csv");
    let differences = ["reconcile", "--from", &from, "--to", &to, "--csv", file.to_str().unwrap()];
    runs.push(traced(&scene, &differences, |_| {}));
    assert!(file.exists() || runs.last().unwrap().code == 1, "{}", runs.last().unwrap().err);
    for args in
        [&["status", "--json"][..], &["parked"], &["parked", "--json"], &["run", "--dry-run", "--json"]]
    {
        runs.push(traced(&scene, args, |_| {}));
    }
    for number in parked.keys() {
        runs.push(traced(&scene, &["why", number, "--json"], |_| {}));
    }
    runs.push(traced(&scene, &["retry", "--all"], |_| {}));
    let logged: usize = runs.iter().map(|done| done.err.len()).sum();
    assert!(logged > 50_000, "tracing was on: {logged}");
    search_everything(&scene, &runs).await;
}

/// The database's password is one more secret, and its log lines are one more place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_nothing_of_a_secret_or_a_buyer_is_left_either() {
    let Some(database) = Database::make().await else { return };
    let scene = scene().await;
    let url = |password: &str| database.url_as("postgres", password).expose_secret().to_owned();
    scene.change("sqlite:refund-sync.db", &url(PASSWORD));
    scene.change("timeout_seconds = 60\nresend", "timeout_seconds = 1\nresend");
    scene.trouble_saving(Trouble::Unavailable, Moment::AfterTheEffect).await;
    let settle = ["run", "--until-settled", "--timeout", "20s"];
    let mut runs = vec![traced(&scene, &settle, |_| {})];
    runs.push(traced(&scene, &settle, |command| {
        command.env("REFUND_SYNC__STORE__URL", url("planted-wrong-password"));
    }));
    for args in
        [&["status", "--json"][..], &["parked"], &["why", "TK3"], &["run", "--dry-run"], &["retry", "--all"]]
    {
        runs.push(traced(&scene, args, |_| {}));
    }
    assert!(runs[0].err.len() > 1_000 && runs[1].code == 1, "{}", runs[1].err);
    let mut planted = derived(&scene).await;
    planted.extend(BUYER.iter().map(|(_, value)| (*value).to_owned()));
    planted.extend(TOLD.map(str::to_owned));
    planted.extend([PASSWORD, "planted-wrong-password"].map(str::to_owned));
    for (n, done) in runs.iter().enumerate() {
        search(&format!("stdout of run {n}"), done.out.as_bytes(), &planted);
        search(&format!("stderr of run {n}"), done.err.as_bytes(), &planted);
    }
    let dump = database.dump().await;
    assert!(dump.len() > 5_000, "{dump}");
    search("the database", dump.as_bytes(), &planted);
}

#[tokio::test]
async fn a_page_of_kingdees_that_echoes_the_request_is_not_repeated() {
    for (status, before) in [(502, "<html>"), (200, "<html>"), (200, "response_error:")] {
        let scene = scene().await;
        let echo = move |request: &wiremock::Request| {
            let headers: Vec<_> = request
                .headers
                .iter()
                .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
                .collect();
            let text = format!("{before}{} {}", headers.join(" "), String::from_utf8_lossy(&request.body));
            wiremock::ResponseTemplate::new(status).set_body_string(text)
        };
        wiremock::Mock::given(any()).respond_with(echo).with_priority(1).mount(&scene.books_server).await;
        let args = ["run", "--until-settled", "--timeout", "3s"];
        let runs = [traced(&scene, &args, |_| {}), traced(&scene, &["status", "--json"], |_| {})];
        assert_eq!(runs[0].code, 1);
        search_everything(&scene, &runs).await;
    }
}

#[tokio::test]
async fn wrong_secrets_and_pages_that_echo_them_are_not_repeated() {
    let scene = scene().await;
    let mut runs = Vec::new();
    for name in ["WDT_APP_SECRET", "KINGDEE_APP_SECRET"] {
        runs.push(traced(&scene, &["run"], |command| {
            command.env(name, "planted-wrong-secret");
        }));
    }
    // A proxy's page that shows the request: its query, and with it the signature.
    let echo = |request: &wiremock::Request| {
        wiremock::ResponseTemplate::new(502)
            .set_body_string(format!("<html>bad gateway for {} by 13512345678</html>", request.url))
    };
    wiremock::Mock::given(any()).respond_with(echo).with_priority(1).mount(&scene.shop_server).await;
    runs.push(traced(&scene, &["run"], |_| {}));
    for done in &runs {
        assert!(!format!("{}{}", done.out, done.err).contains("planted-wrong-secret"));
    }
    let planted = derived(&scene).await;
    for done in &runs {
        search("stderr", done.err.as_bytes(), &planted);
        search("stdout", done.out.as_bytes(), &planted);
    }
}

#[tokio::test]
async fn sessions_and_passwords_are_not_repeated() {
    let scene = scene().await;
    scene.change("app_id = \"260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\"\n", "auth = \"password\"\n");
    let key = "app_secret = { env = \"KINGDEE_APP_SECRET\" }";
    // As a literal, which is accepted with a warning; the warning must not quote it.
    scene.change(key, "password = \"simulated-password\"");
    scene.trouble_saving(Trouble::Unavailable, Moment::AfterTheEffect).await;
    let runs = [
        traced(&scene, &["check"], |_| {}),
        traced(&scene, &["run", "--until-settled", "--timeout", "20s"], |_| {}),
    ];
    assert!(runs[0].err.contains("warning"), "{}", runs[0].err);
    assert!(scene.books.counts().logins > 0);
    let saves = scene.books_server.received_requests().await.unwrap();
    assert!(saves.iter().any(|request| wiremock::Match::matches(&service("BatchSave"), request)));
    let mut planted = derived(&scene).await;
    planted.insert("simulated-password".to_owned());
    for done in &runs {
        search("stderr", done.err.as_bytes(), &planted);
        search("stdout", done.out.as_bytes(), &planted);
    }
    search_everything(&scene, &runs).await;
}

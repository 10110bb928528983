//! What a person sees and does: one visit after the other, each on a program of its own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{StoredBill, StoredLine};
use serde_json::{Value, json};
use tokio::time::Instant;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::driver::Browser;
use crate::returns::{many, now, plain};
use crate::scene::Scene;

pub(super) const TOKEN: &str = "planted-page-token";
const SCRIPT: &str = "<script>document.title='owned'</script>";

/// `serve` on simulators.
pub(super) struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    pub(super) async fn start(scene: &Scene, token: Option<&str>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        std::fs::write(scene.folder().join("page.token"), token.unwrap_or_default()).unwrap();
        let line = token.map_or("", |_| "token = { file = \"page.token\" }\n");
        let text = std::fs::read_to_string(scene.config()).unwrap();
        let server = format!("[server]\nlisten = \"127.0.0.1:{port}\"\n{line}");
        std::fs::write(scene.config(), format!("{text}\n{server}")).unwrap();
        let mut command = scene.command(&["serve"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let give_up = Instant::now() + Duration::from_mins(1);
        while reqwest::get(format!("{url}/healthz")).await.is_err() {
            assert!(Instant::now() < give_up, "serve does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { child, url }
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Some returns that are written, one whose number somebody took in 金蝶 for another bill, one that is a script.
async fn scene() -> Scene {
    let scene = Scene::with(many(30).into_iter().chain([plain("TK9001"), plain(SCRIPT)])).await;
    scene.books.insert(StoredBill {
        number: "TK9001".into(),
        customer: "C777".into(),
        date: now().date(),
        lines: vec![StoredLine { material: "TS-BLK-L".into(), ..StoredLine::default() }],
        ..StoredBill::default()
    });
    scene.settle();
    scene
}

/// Nothing went wrong in the browser, and nothing was asked of anybody but the page.
pub(super) async fn all_is_quiet(browser: &Browser, serving: &Serving) {
    let errors: Vec<Value> = browser.log("browser").await;
    let severe = errors.iter().filter(|entry| entry["level"] == "SEVERE").count();
    assert_eq!(severe, 0, "{errors:?}");
    for entry in browser.log("performance").await {
        let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        if entry["message"]["method"] == "Network.requestWillBeSent" {
            let url = entry["message"]["params"]["request"]["url"].as_str().unwrap();
            let is_ours = url.starts_with(&serving.url) || url.starts_with("data:");
            assert!(is_ours, "the page asks {url}");
        }
    }
}

pub(super) fn pictures() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_return_is_retried_with_the_token_and_turns_confirmed_without_a_reload() {
    let Some(browser) = Browser::open().await else { return };
    let scene = scene().await;
    let serving = Serving::start(&scene, Some(TOKEN)).await;
    browser.go(&serving.at("/")).await;
    let text = browser.text().await;
    assert!(text.contains("金蝶中已有不同的同号单据") && text.contains("TK9001"), "{text}");
    assert_eq!(browser.run("return document.querySelectorAll('form.act').length").await, 0, "not logged in");

    browser.go(&serving.at("/login?back=%2Frefund%2FTK9001")).await;
    browser.types("#token", TOKEN).await;
    browser.click(".login button").await;
    browser.until("location.pathname == '/refund/TK9001'").await;
    browser.until("!document.getElementById('live').hidden").await;
    browser.run("window.untouched = true").await;
    // What the page says is to be done.
    assert!(scene.books.remove("TK9001"));
    browser.click("#retry-1").await;
    browser.until("document.getElementById('state-1').textContent == '已完成'").await;
    assert_eq!(browser.run("return window.untouched").await, true, "the page was never loaded again");
    browser.until("document.getElementById('done').textContent.includes('重试 1 张：成功 1')").await;
    all_is_quiet(&browser, &serving).await;
    let parked = scene.parked();
    assert_eq!(parked.keys().collect::<Vec<_>>(), [SCRIPT], "only the one without a usable number is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_there_is_no_button_and_an_order_is_forbidden() {
    let Some(browser) = Browser::open().await else { return };
    let scene = scene().await;
    let serving = Serving::start(&scene, None).await;
    browser.go(&serving.at("/refund/TK9001")).await;
    assert!(browser.text().await.contains("金蝶中已有不同的同号单据"));
    assert_eq!(browser.run("return document.querySelectorAll('form[method=post], .act').length").await, 0);
    let ordered = browser
        .run(
            "return fetch('/act', { method: 'POST', body: new URLSearchParams({ action: 'retry', pipeline: 'main',
                subject: 'TK9001' }) }).then(answer => answer.status)",
        )
        .await;
    assert_eq!(ordered, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_a_script_is_read_as_text() {
    let Some(browser) = Browser::open().await else { return };
    let scene = scene().await;
    let serving = Serving::start(&scene, None).await;
    for path in ["/", "/parked", "/refund/%3Cscript%3Edocument.title%3D%27owned%27%3C%2Fscript%3E"] {
        browser.go(&serving.at(path)).await;
        assert!(browser.text().await.contains(SCRIPT), "{path}: {}", browser.text().await);
        assert_ne!(browser.run("return document.title").await, "owned", "{path}");
    }
    all_is_quiet(&browser, &serving).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_were_left_hold_no_line_and_keep_nobody_waiting() {
    let Some(browser) = Browser::open().await else { return };
    let scene = scene().await;
    let serving = Serving::start(&scene, None).await;
    // A browser has six lines to one place.
    let turned = async {
        for page in ["/", "/parked", "/refund/TK9001"].iter().cycle().take(20) {
            browser.go(&serving.at(page)).await;
            browser.until("!document.getElementById('live').hidden").await;
        }
    };
    tokio::time::timeout(Duration::from_secs(50), turned).await.expect("a page waited for a line");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_on_another_site_orders_nothing() {
    let Some(browser) = Browser::open().await else { return };
    let scene = scene().await;
    let serving = Serving::start(&scene, Some(TOKEN)).await;
    browser.go(&serving.at("/login")).await;
    browser.types("#token", TOKEN).await;
    browser.click(".login button").await;
    browser.until("document.querySelector('form.act')").await;
    let word = browser.run("return document.querySelector('form.act [name=word]').value").await;

    // Another port of the same machine shares our cookies, so only the origin tells it apart; it even knows the word.
    let trap = MockServer::start().await;
    let page = format!(
        "<form id=trap method=post action='{}'><input name=word value='{}'><input name=action value=pause>
         <input name=pipeline value=main><input name=subject></form>",
        serving.at("/act"),
        word.as_str().unwrap()
    );
    let response = ResponseTemplate::new(200).set_body_raw(page, "text/html");
    Mock::given(any()).respond_with(response).mount(&trap).await;
    browser.go(&trap.uri()).await;
    browser.run("document.getElementById('trap').submit()").await;
    browser.until("location.pathname == '/act'").await;
    assert!(browser.text().await.contains("请求来自其他网站，已拒绝"), "{}", browser.text().await);
    assert!(scene.status()["paused"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_by_keyboard_and_at_the_width_of_a_phone() {
    let Some(browser) = Browser::open().await else { return };
    let scene = scene().await;
    let serving = Serving::start(&scene, Some(TOKEN)).await;
    browser.go(&serving.at("/login")).await;
    browser.types("#token", TOKEN).await;
    browser.click(".login button").await;
    browser.until("document.querySelector('form.act')").await;
    for (width, device) in [(1_280, "desktop"), (390, "phone")] {
        for (is_dark, scheme) in [(false, "light"), (true, "dark")] {
            for (path, name) in [
                ("/?lang=zh", "overview"),
                ("/parked", "parked"),
                ("/filtered", "not-in-scope"),
                ("/refund/TK9001", "parked-return"),
                ("/refund/TK0007?lang=en", "written-return"),
            ] {
                browser.go(&serving.at(path)).await;
                browser
                    .picture(&pictures().join(format!("{name}-{device}-{scheme}.png")), width, is_dark)
                    .await;
            }
        }
    }
    let phone = json!({ "width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": true });
    browser.command("Emulation.setDeviceMetricsOverride", phone.clone()).await;
    reconcile(&browser, &serving, &scene).await;
    let month = format!("/month?m={}", now().format("%Y-%m"));
    for path in [
        "/",
        "/parked",
        "/decided",
        "/filtered",
        "/in_progress",
        "/find?no=TK0",
        "/refund/TK9001",
        "/refund/TK0007",
        &month,
    ] {
        browser.go(&serving.at(path)).await;
        let over = browser.run("return document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(over.as_i64().unwrap() <= 0, "{path} is {over} wider than a phone");
        let hidden = browser
            .run(
                "return [...document.querySelectorAll('.stack td, .stack tbody th, summary .dot')]
                     .filter(one => one.offsetParent)
                     .filter(one => one.getBoundingClientRect().right
                         > Math.ceil((one.closest('.wide') ?? document.body).getBoundingClientRect().right))
                     .map(one => one.outerHTML)",
            )
            .await;
        assert_eq!(hidden, json!([]), "{path}: nothing is to be swiped for");
    }
    browser.go(&serving.at("/")).await;
    for (is_dark, scheme) in [(false, "light"), (true, "dark")] {
        browser.picture(&pictures().join(format!("reconciled-phone-{scheme}.png")), 390, is_dark).await;
    }
    browser.command("Emulation.setDeviceMetricsOverride", phone).await;
    browser.go(&serving.at("/parked")).await;
    let reached = browser
        .run(
            "const all = [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')];
             return all.filter(one => one.offsetParent && (one.tabIndex < 0 || !(one.textContent.trim()
                 || one.getAttribute('aria-label') || one.labels?.length))).map(one => one.outerHTML)",
        )
        .await;
    assert_eq!(reached, json!([]), "everything is reached by keyboard and has a name");
}

/// A reconciliation of the page that finds a bill gone that was there, and one that waits.
async fn reconcile(browser: &Browser, serving: &Serving, scene: &Scene) {
    assert!(scene.books.remove("TK0003"));
    browser.go(&serving.at("/?lang=zh")).await;
    let (from, to) = (now().date() - chrono::TimeDelta::days(2), now().date());
    browser
        .run(&format!(
            "const days = document.querySelector('form.days');
             days.elements.from.value = '{from}';
             days.elements.to.value = '{to}';
             days.requestSubmit()"
        ))
        .await;
    browser.until("document.querySelector('.headline h1').textContent.includes('另有对账差异 1 张')").await;
    browser.until("document.querySelector('.fates')?.textContent.includes('需要查看 1 张')").await;
    browser.go(&serving.at("/?lang=zh")).await;
    assert_eq!(browser.run("return document.getElementById('reconciled-1').open").await, true);
}

/// WebDriver's word for the key.
pub(super) const ENTER: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_customer_is_filled_in_by_keyboard_alone_and_the_money_moves() {
    let Some(browser) = Browser::open().await else { return };
    let mut unknown = plain("TK9101");
    unknown.set("shop_no", "S009");
    let scene = Scene::with(many(5).into_iter().chain([unknown])).await;
    std::fs::write(scene.folder().join("customers.csv"), "from,to\nS001,C001\n").unwrap();
    scene.change("{ inline = { S001 = \"C001\" } }", "{ file = \"customers.csv\" }");
    scene.settle();
    let serving = Serving::start(&scene, Some(TOKEN)).await;
    browser.go(&serving.at("/login?back=%2F%3Flang%3Dzh")).await;
    browser.types("#token", &format!("{TOKEN}{ENTER}")).await;
    browser.until("document.getElementById('to-1')").await;
    let text = browser.text().await;
    assert!(text.contains("店铺 S009 未对照：1 张，¥ 119.80"), "{text}");
    assert!(text.contains("有 1 张退换单待处理，¥ 119.80"), "{text}");
    for (width, device) in [(1_280, "desktop"), (390, "phone")] {
        for (is_dark, scheme) in [(false, "light"), (true, "dark")] {
            let picture = pictures().join(format!("missing-{device}-{scheme}.png"));
            browser.picture(&picture, width, is_dark).await;
        }
    }
    browser.run("window.untouched = true").await;
    browser.types("#to-1", &format!("C009{ENTER}")).await;
    browser.until("document.getElementById('done').textContent.includes('成功 1，仍待处理 0')").await;
    browser.until("document.querySelector('.headline h1').textContent.includes('一切正常')").await;
    assert_eq!(browser.run("return window.untouched").await, true, "the page was never loaded again");
    assert_eq!(browser.run("return document.title").await, "总览 · 退货同步");
    all_is_quiet(&browser, &serving).await;
    let table = std::fs::read_to_string(scene.folder().join("customers.csv")).unwrap();
    assert_eq!(table, "from,to\nS001,C001\nS009,C009\n");
    assert!(scene.parked().is_empty());
}

//! A browser that is driven over the WebDriver protocol: chromium without a window, by way of chromedriver.
//! What is looked at is in `visit`.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

/// No page of these tests takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// WebDriver's word for the key.
const TAB: &str = "\u{e004}";
/// No page has more that can be reached.
const MOST_TABS: usize = 400;

/// A browser with one window. Dropped, it is closed.
pub(crate) struct Browser {
    driver: Child,
    http: reqwest::Client,
    session: String,
}

impl Browser {
    /// Opens one, or says loudly that there is none.
    #[allow(clippy::print_stderr, reason = "whoever runs the tests must see it")]
    pub(crate) async fn open() -> Option<Self> {
        let is_there = |program: &str| Command::new(program).arg("--version").output().is_ok();
        if !is_there("chromium") || !is_there("chromedriver") {
            let missing = "chromium or chromedriver is missing: the page was NOT looked at in a browser";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
            eprintln!("\n!!! {missing}\n");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        let mut browser = Self { driver, http, session: format!("http://127.0.0.1:{port}") };
        let give_up = Instant::now() + PATIENCE;
        while browser.http.get(format!("{}/status", browser.session)).send().await.is_err() {
            assert!(Instant::now() < give_up, "chromedriver does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let wishes = json!({ "capabilities": { "alwaysMatch": {
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--no-first-run", "--hide-scrollbars", "--lang=zh-CN",
            ] },
        } } });
        let opened = browser.call(Method::POST, "/session", wishes).await;
        browser.session = format!("{}/session/{}", browser.session, opened["sessionId"].as_str().unwrap());
        Some(browser)
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method.clone(), format!("{}{path}", self.session));
        let request = if method == Method::POST { request.body(body.to_string()) } else { request };
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{path}: {value}");
        value
    }

    pub(crate) async fn go(&self, url: &str) {
        self.call(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.call(Method::POST, "/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// A command of the browser's own protocol.
    pub(crate) async fn command(&self, name: &str, params: Value) -> Value {
        self.call(Method::POST, "/goog/cdp/execute", json!({ "cmd": name, "params": params })).await
    }

    /// What a person reads on the page.
    pub(crate) async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap().to_owned()
    }

    /// Waits until a script returns true.
    #[track_caller]
    pub(crate) fn until(&self, script: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let give_up = Instant::now() + PATIENCE;
            while self.run(&format!("return Boolean({script})")).await != true {
                let text = if Instant::now() < give_up { String::new() } else { self.text().await };
                assert!(text.is_empty(), "{caller}: it never came to {script}:\n{text}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    async fn element(&self, selector: &str) -> String {
        let found =
            self.call(Method::POST, "/element", json!({ "using": "css selector", "value": selector })).await;
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        id.as_str().unwrap().to_owned()
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.call(Method::POST, &format!("/element/{element}/click"), json!({})).await;
    }

    pub(crate) async fn types(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.call(Method::POST, &format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Presses keys one after the other, wherever the keyboard is.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })));
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes.collect::<Vec<_>>() }] });
        self.call(Method::POST, "/actions", actions).await;
    }

    /// Goes on from one thing to the next by the tabulator, until it comes to what is meant.
    pub(crate) async fn tab_to(&self, selector: &str) {
        for _ in 0..MOST_TABS {
            self.press(TAB).await;
            let is_there = format!("return document.activeElement.matches({})", json!(selector));
            if self.run(&is_there).await == true {
                return;
            }
        }
        panic!("the tabulator never comes to {selector}:\n{}", self.text().await);
    }

    /// Whether pages may run their scripts.
    pub(crate) async fn scripts(&self, are_on: bool) {
        self.command("Emulation.setScriptExecutionDisabled", json!({ "value": !are_on })).await;
    }

    /// A log of the browser since it was last asked for.
    pub(crate) async fn log(&self, kind: &str) -> Vec<Value> {
        self.call(Method::POST, "/se/log", json!({ "type": kind })).await.as_array().unwrap().clone()
    }

    /// A picture of the whole page.
    pub(crate) async fn picture(&self, path: &Path, width: u32, is_dark: bool) {
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        let size = |height: u64| json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.command("Emulation.setDeviceMetricsOverride", size(900)).await;
        let height = self.run("return document.documentElement.scrollHeight").await.as_u64().unwrap();
        self.command("Emulation.setDeviceMetricsOverride", size(height.clamp(600, 4_000))).await;
        let picture = self.call(Method::GET, "/screenshot", Value::Null).await;
        let picture = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap()).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, picture).unwrap();
        self.command("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = Command::new("curl").args(["-s", "-m", "5", "-X", "DELETE", &self.session]).output();
        // Without curl the driver takes its browser along.
        drop(close);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

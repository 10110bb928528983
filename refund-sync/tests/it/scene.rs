//! A simulated shop and simulated books behind `wiremock` servers, a configuration that points at them, and the
//! binary. What goes wrong on the wire is in `trouble`, the shop's rows are in `returns`.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder, StoredBill};
use serde_json::Value;
use tempfile::TempDir;
use wdt_qimen_sdk::mock::{APP_KEY, APP_SECRET, Gateway, GatewayBuilder, MockRefund, SID};
use wiremock::matchers::{any, path_regex};
use wiremock::{Match, Mock, MockServer};

use crate::returns::{now, text};
use crate::trouble::{Moment, Trouble};

/// The secret of the simulated books: it opens nothing else.
pub(crate) const BOOKS_SECRET: &str = "planted-books-secret";
/// No command of these tests takes longer, on however busy a machine.
const HANGS: Duration = Duration::from_mins(5);

/// Everything that a command needs, and everything it can reach.
pub(crate) struct Scene {
    pub(crate) shop: Gateway,
    pub(crate) books: Site,
    pub(crate) shop_server: Listening,
    pub(crate) books_server: Listening,
    folder: TempDir,
}

/// A simulator on loopback. Its end waits for a lock of tokio's, for which a task whose budget is used up waits for ever:
/// it ends in a thread that has no task.
pub(crate) struct Listening(Option<MockServer>);

impl Listening {
    async fn start() -> Self {
        Self(Some(MockServer::start().await))
    }
}

impl Deref for Listening {
    type Target = MockServer;

    fn deref(&self) -> &MockServer {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let server = self.0.take();
        let ended = std::thread::spawn(move || drop(server)).join();
        assert!(
            ended.is_ok() || std::thread::panicking(),
            "the server was not asked what it should have been"
        );
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Scene {
    /// A shop with these returns, and empty books.
    pub(crate) async fn with(returns: impl IntoIterator<Item = MockRefund>) -> Self {
        Self::with_books(returns, Site::builder()).await
    }

    /// The same with books of another kind.
    pub(crate) async fn with_books(
        returns: impl IntoIterator<Item = MockRefund>,
        books: SiteBuilder,
    ) -> Self {
        Self::of(returns, Gateway::builder(), books).await
    }

    /// The same with a shop of another kind too.
    pub(crate) async fn of(
        returns: impl IntoIterator<Item = MockRefund>,
        shop: GatewayBuilder,
        books: SiteBuilder,
    ) -> Self {
        let shop = shop.build();
        shop.world().extend(returns);
        let books = books.app_secret(BOOKS_SECRET).build();
        let (shop_server, books_server) = (Listening::start().await, Listening::start().await);
        Mock::given(any()).respond_with(shop.responder()).mount(&shop_server).await;
        Mock::given(any()).respond_with(books.responder()).mount(&books_server).await;
        let scene = Self { shop, books, shop_server, books_server, folder: tempfile::tempdir().unwrap() };
        let shop_url = format!("{}/router/qm", scene.shop_server.uri());
        let books_url = format!("{}/k3cloud/", scene.books_server.uri());
        std::fs::write(scene.config(), configuration(&shop_url, &books_url)).unwrap();
        scene
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder().join("refund-sync.toml")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder().join("refund-sync.db")
    }

    /// Writes something else in the configuration.
    pub(crate) fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(self.config(), text.replace(from, to)).unwrap();
    }

    /// Adds a line to a section of the pipeline.
    pub(crate) fn add(&self, section: &str, line: &str) {
        let head = format!("[pipeline.{section}]\n");
        self.change(&head, &format!("{head}{line}\n"));
    }

    /// What goes wrong with the next BatchSave.
    pub(crate) async fn trouble_saving(&self, trouble: Trouble, moment: Moment) {
        let mock = trouble.once(moment, service("BatchSave"), self.books.responder());
        mock.mount(&self.books_server).await;
    }

    /// The binary with its secrets, not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_refund-sync"));
        command.env_clear().envs([("WDT_APP_SECRET", APP_SECRET), ("KINGDEE_APP_SECRET", BOOKS_SECRET)]);
        command.env("LANG", "en_GB.UTF-8");
        command.current_dir(self.folder()).arg("--config").arg(self.config()).args(args);
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        Done::of(self.command(args))
    }

    /// `run --until-settled`.
    pub(crate) fn settle(&self) -> Done {
        self.run(&["run", "--until-settled", "--timeout", "3m"])
    }

    /// What `why --json` says of one return.
    pub(crate) fn why(&self, refund_no: &str) -> Value {
        self.run(&["why", refund_no, "--json"]).json()["documents"][0].take()
    }

    /// The pipeline's part of `status --json`.
    pub(crate) fn status(&self) -> Value {
        self.run(&["status", "--json"]).json()["pipelines"][0].take()
    }

    /// What is parked: by refund number the first cause, and everything said about it.
    pub(crate) fn parked(&self) -> BTreeMap<String, (String, String)> {
        let parked = self.run(&["parked", "--json"]).json();
        let parked = parked["parked"].as_array().unwrap();
        parked.iter().map(|one| (word(&one["refund_no"]), (word(&one["cause"]), one.to_string()))).collect()
    }

    /// The bills of these numbers, each of which must stand in the books exactly once, and nothing beside them.
    pub(crate) fn bills(&self, numbers: &[&str]) -> Vec<StoredBill> {
        let mut bills = self.books.bills();
        bills.sort_by(|a, b| a.number.cmp(&b.number));
        let found: Vec<_> = bills.iter().map(|bill| bill.number.as_str()).collect();
        assert_eq!(found, numbers, "every bill once and no other");
        bills
    }

    /// How often each number arrived in a save.
    pub(crate) fn arrivals_of(&self, number: &str) -> u64 {
        self.books.counts().saves.get(number).copied().unwrap_or_default()
    }

    /// How many BatchSave calls were on the wire.
    pub(crate) async fn saves_on_the_wire(&self) -> usize {
        let requests = self.books_server.received_requests().await.unwrap();
        requests.iter().filter(|request| service("BatchSave").matches(request)).count()
    }
}

impl Done {
    pub(crate) fn of(command: std::process::Command) -> Self {
        let output = assert_cmd::Command::from_std(command).timeout(HANGS).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The exit code, with everything that was said if it is another.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// It complained with each of these words.
    #[track_caller]
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in\n{}", self.err);
        }
        self
    }

    /// It answered with each of these words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.out.contains(word), "{word:?} is not in\n{}", self.out);
        }
        self
    }

    /// Its answer, which must be JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}\nstdout:\n{}\nstderr:\n{}", self.out, self.err))
    }
}

/// Requests for one service of 金蝶.
pub(crate) fn service(name: &str) -> impl Match + use<> {
    path_regex(format!(r"\.{name}\.common\.kdsvc$"))
}

/// A JSON text as text.
pub(crate) fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The kinds of a document's flags.
pub(crate) fn flags(document: &Value) -> Vec<String> {
    document["flags"].as_array().unwrap().iter().map(|flag| word(&flag["kind"])).collect()
}

/// The words of a document's events, oldest first.
pub(crate) fn events(document: &Value) -> Vec<String> {
    document["events"].as_array().unwrap().iter().map(|event| word(&event["event"])).collect()
}

/// Short waits and no lag: whatever is changed now is read by the next run.
fn configuration(shop_url: &str, books_url: &str) -> String {
    let start = text(now() - TimeDelta::days(1));
    format!(
        r#"[store]
url = "sqlite:refund-sync.db"

[[pipeline]]
name = "main"
start_from = "{start}"

[pipeline.wdt]
base_url = "{shop_url}"
sid = "{SID}"
app_key = "{APP_KEY}"
app_secret = {{ env = "WDT_APP_SECRET" }}
quota_per_minute = 60000
timeout_seconds = 60
lag_seconds = 0
overlap_seconds = 1

[pipeline.kingdee]
base_url = "{books_url}"
acct_id = "65f0c0ffee0001"
username = "api"
app_id = "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
app_secret = {{ env = "KINGDEE_APP_SECRET" }}
quota_per_minute = 60000
timeout_seconds = 60
resend_after_seconds = 1

[pipeline.mapping]
tax_rate = "13"
materials = "identity"
customers = {{ inline = {{ S001 = "C001" }} }}
warehouses = {{ inline = {{ WH01 = "CK01" }} }}
"#
    )
}

//! The resident program as a process: who may start it, what signals do to it, what it tells systemd, and how its
//! listener answers.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Stdio};
use std::time::Duration;

use refund_sync::clock::Clock;
use refund_sync::store::{Request, Sqlite, Store as _};
use serde_json::Value;
use tokio::time::Instant;
use wiremock::{Mock, Respond as _};

use crate::returns::{plain, with_lines};
use crate::scene::{Scene, service};

/// Everything here happens within this time.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program that goes on, with a place to ask it.
pub(crate) struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    pub(crate) async fn start(scene: &Scene) -> Self {
        Self::start_with(scene, Vec::new()).await
    }

    /// The same with some more environment variables.
    pub(crate) async fn start_with(scene: &Scene, variables: Vec<(String, String)>) -> Self {
        let port = Self::listen_anywhere(scene);
        Self::spawn(scene.command(&["serve"]), port, variables).await
    }

    /// The same on every address of this machine.
    pub(crate) async fn start_listening_everywhere(scene: &Scene, variables: Vec<(String, String)>) -> Self {
        // Nobody else takes the port in this moment.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        scene.change("[[server.user]]", &format!("[server]\nlisten = \"0.0.0.0:{port}\"\n\n[[server.user]]"));
        Self::spawn(scene.command(&["serve"]), port, variables).await
    }

    /// The same for a program that may open so many files.
    pub(crate) async fn start_with_descriptors(scene: &Scene, descriptors: u32) -> Self {
        let port = Self::listen_anywhere(scene);
        let serve = scene.command(&["serve"]);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "sh", &descriptors.to_string()]);
        command
            .arg(serve.get_program())
            .args(serve.get_args())
            .env_clear()
            .env("LANG", "en_GB.UTF-8")
            .current_dir(scene.folder());
        command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", "/usr/bin:/bin");
        Self::spawn(command, port, Vec::new()).await
    }

    fn listen_anywhere(scene: &Scene) -> u16 {
        // Nobody else takes the port in this moment.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = std::fs::read_to_string(scene.config()).unwrap();
        std::fs::write(scene.config(), format!("{text}\n[server]\nlisten = \"127.0.0.1:{port}\"\n")).unwrap();
        port
    }

    async fn spawn(mut command: std::process::Command, port: u16, variables: Vec<(String, String)>) -> Self {
        let child = command.envs(variables).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let serving = Self { child, url: format!("http://127.0.0.1:{port}") };
        serving.until(async || reqwest::get(serving.at("/healthz")).await.is_ok()).await;
        serving
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) async fn until(&self, is_so: impl AsyncFn() -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !is_so().await {
            assert!(Instant::now() < give_up, "it never came to that");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// From now on it may have so many files open.
    pub(crate) fn may_open(&self, files: u32) {
        let limit = [format!("--pid={}", self.child.id()), format!("--nofile={files}:")];
        assert!(std::process::Command::new("prlimit").args(limit).status().unwrap().success());
    }

    fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Asks it to end; its exit code, and everything it said.
    pub(crate) fn ends(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        wait(&mut self.child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
    }
}

fn signal(child: &Child, name: &str) {
    let sent =
        std::process::Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn wait(child: &mut Child) -> (Option<i32>, String) {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

pub(crate) async fn order_a_run(scene: &Scene) {
    let store = Sqlite::open(&scene.database()).unwrap();
    let pipeline = store.pipeline("main").await.unwrap().id;
    store.leave_request(pipeline, Request::Run, Clock::system().now()).await.unwrap();
}

/// The next save is done at once and answered late.
async fn saves_slowly(scene: &Scene, delay: Duration) {
    let books = scene.books.responder();
    Mock::given(service("BatchSave"))
        .respond_with(move |request: &wiremock::Request| books.respond(request).set_delay(delay))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&scene.books_server)
        .await;
}

#[tokio::test]
async fn beyond_this_machine_nothing_is_served_without_a_token() {
    let scene = Scene::with([]).await;
    scene.change("[store]", "[server]\nlisten = \"0.0.0.0:0\"\n\n[store]");
    scene.run(&["serve"]).exits(2).complains(&["token"]);
}

#[tokio::test]
async fn a_pipeline_without_a_start_is_refused_before_anything_is_served() {
    let scene = Scene::with([]).await;
    let text = std::fs::read_to_string(scene.config()).unwrap();
    let start = text.lines().find(|line| line.starts_with("start_from")).unwrap().to_owned();
    scene.change(&start, "");
    scene.run(&["serve"]).exits(2).complains(&["start_from"]);
}

#[tokio::test]
async fn whoever_comes_second_is_told_who_works_the_journal() {
    let scene = Scene::with([]).await;
    let serving = Serving::start(&scene).await;
    let id = serving.child.id().to_string();
    scene.run(&["serve"]).exits(1).complains(&["refund-sync serve", &id]);
    scene.run(&["run"]).exits(1).complains(&["refund-sync serve"]);
    assert_eq!(serving.ends().0, Some(0));
}

#[tokio::test]
async fn it_works_what_is_ordered_and_answers_what_machines_ask() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = Serving::start(&scene).await;
    order_a_run(&scene).await;
    serving.until(async || !scene.books.bills().is_empty()).await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = reqwest::get(serving.at(path)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    // A name on the internet that was turned to point here.
    let rebound = reqwest::Client::new().get(serving.at("/readyz")).header("host", "evil.example");
    assert_eq!(rebound.send().await.unwrap().status(), 403);
    assert_eq!(serving.ends().0, Some(0));
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_faulty_configuration_is_reported_and_the_old_one_goes_on() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = Serving::start(&scene).await;
    scene.change("tax_rate = \"13\"", "tax_rate = \"130\"");
    serving.signal("HUP");
    tokio::time::sleep(Duration::from_secs(1)).await;
    order_a_run(&scene).await;
    serving.until(async || !scene.books.bills().is_empty()).await;
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0));
    assert!(said.contains("tax_rate") && said.contains("the old one goes on"), "{said}");
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_changed_configuration_is_taken_up_without_a_restart() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = Serving::start(&scene).await;
    scene.add("mapping", "bill_no_prefix = \"X-\"");
    serving.signal("HUP");
    tokio::time::sleep(Duration::from_secs(1)).await;
    order_a_run(&scene).await;
    serving.until(async || !scene.books.bills().is_empty()).await;
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0));
    assert!(said.contains("was read again"), "{said}");
    scene.bills(&["X-TK1"]);
}

#[tokio::test]
async fn a_table_that_somebody_edits_is_read_before_the_next_run() {
    let mut row = plain("TK1");
    row.set("shop_no", "S004");
    let scene = Scene::with([row]).await;
    scene.change("{ inline = { S001 = \"C001\" } }", "{ file = \"customers.csv\" }");
    let table = scene.folder().join("customers.csv");
    std::fs::write(&table, "from,to\nS001,C001\n").unwrap();
    let serving = Serving::start(&scene).await;
    order_a_run(&scene).await;
    serving.until(async || scene.parked().contains_key("TK1")).await;
    // What is no table leaves the one before in force, and is told once.
    std::fs::write(&table, "from,to\nS001,C001\nS004,\n").unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(scene.books.bills(), []);
    std::fs::write(&table, "from,to\nS001,C001\nS004,C001\n").unwrap();
    scene.run(&["retry", "TK1"]).exits(0);
    serving.until(async || !scene.books.bills().is_empty()).await;
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0));
    assert_eq!(said.matches("the old one goes on").count(), 1, "{said}");
    assert_eq!(said.matches("was read again").count(), 1, "{said}");
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn systemd_is_told_when_it_is_ready_and_when_it_ends() {
    let scene = Scene::with([]).await;
    let path = scene.folder().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = || {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    scene.change("[store]", "[server]\nlisten = \"127.0.0.1:0\"\n\n[store]");
    let mut command = scene.command(&["serve"]);
    command.env("NOTIFY_SOCKET", &path).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    assert_eq!(heard(), "READY=1");
    signal(&child, "INT");
    assert_eq!(heard(), "STOPPING=1");
    assert_eq!(wait(&mut child).0, Some(0));
}

#[tokio::test]
async fn a_watchdog_is_told_again_and_again_that_the_pipelines_get_on() {
    let scene = Scene::with([]).await;
    let path = scene.folder().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = || {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    scene.change("[store]", "[server]\nlisten = \"127.0.0.1:0\"\n\n[store]");
    let mut command = scene.command(&["serve"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "600000");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(heard(), "READY=1");
    let begun = Instant::now();
    for _ in 0..4 {
        assert_eq!(heard(), "WATCHDOG=1");
    }
    assert!(begun.elapsed() >= Duration::from_millis(300), "a third of the time each, and no oftener");
    signal(&child, "INT");
    assert_eq!(wait(&mut child).0, Some(0));
}

#[tokio::test]
async fn a_line_of_the_json_log_carries_its_run_and_its_document() {
    let scene = Scene::with([with_lines("TK1", &[])]).await;
    let said = scene.run(&["--log-format", "json", "run"]).exits(3).err;
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let parked: Vec<_> = lines.iter().filter(|line| line["refund_no"] == "TK1").collect();
    let [parked] = parked.as_slice() else { panic!("once, where it is handled: {said}") };
    assert_eq!((&parked["level"], &parked["cause"]), (&"WARN".into(), &"no_lines".into()));
    assert!(parked["span"]["run"].is_number() && parked["span"]["pipeline"] == "main", "{parked}");
    assert!(parked["timestamp"].as_str().unwrap().ends_with("+08:00"), "{parked}");
}

#[tokio::test]
async fn the_demo_goes_on_and_serves_its_page() {
    let scene = Scene::with([]).await;
    let mut command = scene.command(&["demo", "--refunds", "20", "--serve"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let page = told.find(|line| line.contains("http://")).unwrap();
    let url = page.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let metrics = reqwest::get(format!("{url}metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("refund_sync_overdue_seconds{pipeline=\"demo\"} 0"), "{metrics}");
    signal(&child, "TERM");
    assert_eq!(wait(&mut child).0, Some(0));
}

#[tokio::test]
async fn run_asked_to_end_finishes_its_call_says_what_is_left_and_leaves_nothing_in_doubt() {
    let scene = Scene::with((0..3).map(|n| plain(&format!("TK{n}")))).await;
    scene.add("kingdee", "batch_size = 1");
    saves_slowly(&scene, Duration::from_secs(3)).await;
    let mut command = scene.command(&["run", "--until-settled"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let give_up = Instant::now() + PATIENCE;
    while scene.saves_on_the_wire().await == 0 {
        assert!(Instant::now() < give_up, "nothing was sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    signal(&child, "TERM");
    let (code, said) = wait(&mut child);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("asked to end"), "{said}");
    assert_eq!(scene.books.bills().len(), 1, "the call under way, and no other");
    let states = scene.status()["documents"].clone();
    assert_eq!(states["intended"], 0, "{states}");
    scene.settle().exits(0);
    scene.bills(&["TK0", "TK1", "TK2"]);
}

#[tokio::test]
async fn asked_twice_it_ends_at_once_and_what_was_under_way_is_adopted_later() {
    let scene = Scene::with([plain("TK1")]).await;
    saves_slowly(&scene, Duration::from_secs(30)).await;
    let serving = Serving::start(&scene).await;
    order_a_run(&scene).await;
    serving.until(async || scene.saves_on_the_wire().await > 0).await;
    let asked = Instant::now();
    serving.signal("TERM");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (code, said) = serving.ends();
    assert_eq!(code, Some(1), "{said}");
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert!(said.contains("looked up at the next start"), "{said}");
    scene.settle().exits(0);
    scene.bills(&["TK1"]);
    assert_eq!(scene.arrivals_of("TK1"), 1, "adopted, not sent again");
}

#[test]
fn the_unit_gives_a_call_its_time_and_the_listener_its_files_and_writes_no_memory_to_disk() {
    let unit = include_str!("../../../ops/refund-sync.service");
    let setting = |name: &str| {
        let mut lines = unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let value = lines.next().unwrap_or_else(|| panic!("{name} is not set"));
        assert_eq!(lines.next(), None, "{name} twice");
        value.parse::<u64>().unwrap()
    };
    assert!(setting("TimeoutStopSec") > 60, "what is under way is waited for, for a minute");
    // Longer than any wait of the runtime itself, shorter than anybody waits for a sync that hangs.
    assert!((60..=600).contains(&setting("WatchdogSec")));
    // 256 connections are a quarter of them, and as many again are free.
    assert!(setting("LimitNOFILE") >= 4 * 256 * 2);
    assert_eq!(setting("LimitCORE"), 0);
    assert!(unit.contains("\nType=notify\n"), "without it nobody hears the watchdog");
}

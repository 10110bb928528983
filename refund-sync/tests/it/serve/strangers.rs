//! Those who connect and mean no good: silent, slow, too many. The sync goes on beside them, and each has an end.

use std::net::SocketAddr;
use std::time::Duration;

use refund_sync::config::ListenerLimits;
use refund_sync::serve::web::{self, Access, Journal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::house::House;
use super::process::{Serving, order_a_run};
use crate::returns::plain;
use crate::scene::Scene;

/// Everything here happens within this time.
const PATIENCE: Duration = Duration::from_mins(1);
const TOKEN: &str = "planted-page-token";

/// A listener in this process, whose patience is short.
struct Open {
    listen: SocketAddr,
    end: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
    _house: House,
}

impl Open {
    async fn with(limits: ListenerLimits) -> Self {
        let house = House::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = listener.local_addr().unwrap();
        let access = Access::new(listen, Some(TOKEN.to_owned().into())).unwrap();
        let journal = Journal::of(house.store.clone(), house.clock.clone());
        let state = web::AppState { board: house.board.clone(), journal, access };
        let (end, ending) = watch::channel(false);
        let task = tokio::spawn(web::serve(listener, state, limits, ending));
        Self { listen, end, task, _house: house }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.listen).await.unwrap()
    }

    async fn says(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

/// Everything that is answered until the other end hangs up, which it must.
async fn heard(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(read) = timeout(PATIENCE, stream.read(&mut buffer)).await else {
            panic!("it was never hung up on")
        };
        match read {
            // A reset is an end, too.
            Ok(0) | Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn short() -> ListenerLimits {
    let moment = Duration::from_millis(300);
    ListenerLimits { head: moment, reader: moment, ..ListenerLimits::default() }
}

#[tokio::test]
async fn whoever_says_nothing_or_half_of_it_or_nothing_more_is_hung_up_on() {
    let open = Open::with(short()).await;
    for said in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: "] {
        assert_eq!(heard(open.says(said).await).await, "", "{said:?}");
    }
    let whole = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let answer = heard(open.says(whole).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
}

#[tokio::test]
async fn a_form_that_never_comes_to_its_end_is_not_waited_for() {
    let open = Open::with(short()).await;
    let form = "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\ntoken=";
    let answer = heard(open.says(form).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn whoever_asks_for_much_and_reads_none_of_it_is_hung_up_on() {
    let open = Open::with(short()).await;
    let mut stream = open.connect().await;
    let many = "GET /style.css HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
    let give_up = Instant::now() + PATIENCE;
    // Once nothing more goes in, the connection either waits for ever or is reset.
    while matches!(timeout(PATIENCE, stream.write_all(many.as_bytes())).await, Ok(Ok(()))) {
        assert!(Instant::now() < give_up, "it takes everything");
    }
    let ended = timeout(PATIENCE, async {
        while stream.writable().await.is_ok() && stream.try_write(b"x").is_ok() {}
    });
    assert!(ended.await.is_ok(), "it waits for its reader for ever");
}

#[tokio::test]
async fn no_connection_outlives_its_time_not_even_one_that_listens_to_events() {
    let open =
        Open::with(ListenerLimits { life: Duration::from_millis(500), ..ListenerLimits::default() }).await;
    let events = "GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let answer = heard(open.says(events).await).await;
    assert!(answer.contains("text/event-stream"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_long_and_words_that_are_no_http_are_refused() {
    let open = Open::with(short()).await;
    let long = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    assert!(heard(open.says(&long).await).await.starts_with("HTTP/1.1 431"));
    assert!(heard(open.says("\x16\x03\x01 hello\r\n\r\n").await).await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn whoever_finds_no_place_is_told_so_and_a_place_that_is_free_again_is_given_away() {
    let open = Open::with(ListenerLimits { connections: 3, ..ListenerLimits::default() }).await;
    let held = [open.connect().await, open.connect().await, open.connect().await];
    tokio::time::sleep(Duration::from_millis(200)).await;
    let answer = heard(open.connect().await).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.ends_with("try again later\n"), "{answer}");
    drop(held);
    let whole = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let give_up = Instant::now() + PATIENCE;
    while !heard(open.says(whole).await).await.starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < give_up, "no place was given away");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn it_ends_in_time_although_strangers_hold_on() {
    let open = Open::with(ListenerLimits::default()).await;
    let _silent = open.connect().await;
    let _events = open.says("GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    open.end.send_replace(true);
    assert!(timeout(PATIENCE, open.task).await.is_ok());
}

#[tokio::test]
async fn hundreds_of_silent_connections_stop_neither_the_sync_nor_the_page() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = Serving::start_with_descriptors(&scene, 120).await;
    let address = serving.at("").trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    order_a_run(&scene).await;
    serving.until(async || !scene.books.bills().is_empty()).await;
    // The silent ones are hung up on, and then there is room for those who speak.
    let answers = async |path: &str| matches!(reqwest::get(serving.at(path)).await, Ok(answer) if answer.status() == 200);
    serving.until(async || answers("/healthz").await).await;
    serving.until(async || answers("/readyz").await).await;
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0), "{said}");
    let lines = said.lines().filter(|line| line.contains("connections were turned away")).count();
    assert!((1..=3).contains(&lines), "once a minute, not once a connection: {said}");
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_thousand_guesses_write_a_line_a_minute_into_the_log() {
    let scene = Scene::with([]).await;
    let serving =
        Serving::start_with(&scene, vec![("REFUND_SYNC__SERVER__TOKEN".to_owned(), TOKEN.to_owned())]).await;
    let client = reqwest::Client::new();
    for n in 0..1_000 {
        let path = ["/metrics", "/healthz", "/readyz", "/"][n % 4];
        let answer = client.get(serving.at(path)).bearer_auth(format!("guess-{n}")).send().await.unwrap();
        assert!([401, 429].contains(&answer.status().as_u16()), "{}", answer.status());
    }
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0), "{said}");
    let lines = said.lines().filter(|line| line.contains("wrong tokens at the listener")).count();
    assert!((1..=3).contains(&lines), "{said}");
    assert!(!said.contains("guess-"), "{said}");
}

#[tokio::test]
async fn a_process_that_may_open_nothing_more_goes_on_and_answers_once_it_may_again() {
    let scene = Scene::with([plain("TK1")]).await;
    let serving = Serving::start(&scene).await;
    let answers = async || {
        let asked =
            reqwest::Client::new().get(serving.at("/healthz")).timeout(Duration::from_secs(2)).send().await;
        asked.is_ok_and(|answer| answer.status() == 200)
    };
    serving.may_open(5);
    assert!(!answers().await, "it has no descriptor for another connection");
    serving.may_open(1_024);
    serving.until(answers).await;
    order_a_run(&scene).await;
    serving.until(async || !scene.books.bills().is_empty()).await;
    let (code, said) = serving.ends();
    assert_eq!(code, Some(0), "{said}");
    let lines = said.lines().filter(|line| line.contains("connections were turned away")).count();
    assert!((1..=3).contains(&lines), "{said}");
}

//! Calls go straight to their host unless a proxy is written down, through that one if it is, and never through what the
//! environment happens to name.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use kingdee_k3cloud_sdk::mock::Site;
use wdt_qimen_sdk::mock::Gateway;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::returns::plain;
use crate::scene::{Done, Scene};

/// Opens nothing.
const PASSWORD: &str = "planted-proxy-secret";

/// A proxy that lets nobody through.
async fn closed() -> MockServer {
    let proxy = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(407)).mount(&proxy).await;
    proxy
}

fn run_where(scene: &Scene, variables: &[(&str, &str)]) -> Done {
    let mut command = scene.command(&["run", "--until-settled", "--timeout", "20s"]);
    command.envs(variables.iter().copied());
    Done::of(command)
}

#[tokio::test]
async fn what_the_environment_names_is_not_used_unasked_and_is_when_asked() {
    let scene = Scene::with([plain("TK1")]).await;
    let closed = closed().await;
    let uri = closed.uri();
    let named = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, uri.as_str()));
    run_where(&scene, &named).exits(0);
    assert!(closed.received_requests().await.unwrap().is_empty(), "loopback went through a proxy");
    scene.bills(&["TK1"]);
    scene.add("wdt", "proxy = \"environment\"");
    run_where(&scene, &named).exits(1).complains(&["407", "proxy"]);
    assert!(!closed.received_requests().await.unwrap().is_empty());
}

/// Hosts that exist for the proxy alone: each simulator is one.
#[tokio::test]
async fn each_side_goes_through_the_proxy_that_it_names() {
    let scene = Scene::of([plain("TK1")], Gateway::builder(), Site::builder()).await;
    let (shop, books) = (scene.shop_server.uri(), scene.books_server.uri());
    scene.change(&format!("{shop}/router/qm"), "http://gateway.invalid/router/qm");
    scene.change(&format!("{books}/k3cloud/"), "http://erp.invalid/k3cloud/");
    scene.add("wdt", &format!("proxy = \"{shop}\""));
    scene.add("kingdee", "proxy = { env = \"OUR_PROXY\" }");
    let books = books.replace("http://", &format!("http://user:{PASSWORD}@"));
    run_where(&scene, &[("OUR_PROXY", &books)]).exits(0);
    scene.bills(&["TK1"]);
    let requests = scene.books_server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| request.headers.contains_key("proxy-authorization")));
    let asked = scene.shop_server.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| !request.headers.contains_key("proxy-authorization")));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_with_its_setting_and_not_with_its_password() {
    let scene = Scene::with([plain("TK1")]).await;
    let closed = closed().await;
    let with_password = closed.uri().replace("http://", &format!("http://user:{PASSWORD}@"));
    scene.add("kingdee", "proxy = { env = \"OUR_PROXY\" }");
    let done = run_where(&scene, &[("OUR_PROXY", &with_password)]);
    assert_ne!(done.code, 0, "{done:?}");
    let told = format!("{}{}", done.out, done.err);
    assert!(told.contains("407") && told.contains("setting proxy"), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
    // A literal with a password works, and is warned of without being shown.
    scene.change("proxy = { env = \"OUR_PROXY\" }", &format!("proxy = \"{with_password}\""));
    let checked = scene.run(&["check"]).exits(0).complains(&["the secret stands in the file itself"]);
    assert!(!checked.err.contains(PASSWORD), "{}", checked.err);
}

/// A proxy that is asked for a way, answers so, and hangs up; what it was asked is kept.
fn tunnel(answer: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            *kept.lock().unwrap() += &String::from_utf8_lossy(&head);
            // Whoever asked may be gone.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (format!("http://user:{PASSWORD}@{address}"), asked)
}

const NO_WAY: &str =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";

/// Both sides speak TLS: the proxy is asked for a way to each.
async fn behind(proxy: &str) -> Scene {
    let scene = Scene::with([plain("TK1")]).await;
    let (shop, books) = (scene.shop_server.uri(), scene.books_server.uri());
    scene.change(&format!("{shop}/router/qm"), "https://gateway.invalid/router/qm");
    scene.change(&format!("{books}/k3cloud/"), "https://erp.invalid/k3cloud/");
    scene.add("wdt", &format!("proxy = \"{proxy}\""));
    scene.add("kingdee", &format!("proxy = \"{proxy}\""));
    scene
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_opens_no_tunnel_is_named_with_its_setting_and_not_with_its_password() {
    let (proxy, asked) = tunnel(NO_WAY);
    let scene = behind(&proxy).await;
    let done = scene.run(&["run", "--until-settled", "--timeout", "20s"]).exits(1);
    let told = format!("{}{}", done.out, done.err);
    assert!(told.contains("407") && told.contains("setting proxy"), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
    assert!(asked.lock().unwrap().contains("CONNECT gateway.invalid:443 HTTP/1.1"), "{asked:?}");

    let done = scene.run(&["doctor"]).exits(1);
    let done = done.says(&["407", "http://user:password@host:port"]);
    let told = format!("{}{}", done.out, done.err);
    assert!(!told.contains(PASSWORD), "{told}");
    let steps = scene.run(&["doctor", "--json"]).exits(1).json();
    for step in steps["steps"].as_array().unwrap().iter().filter(|step| step["subject"] != "") {
        let outcome = match step["step"].as_str().unwrap() {
            "proxy" | "names" | "connection" => "passed",
            "tunnel" => "failed",
            _ => "not_tried",
        };
        assert_eq!(step["outcome"], outcome, "{step}");
        let told = step["message"].as_str().unwrap();
        assert!(outcome != "not_tried" || told.contains("way through the proxy failed"), "{step}");
    }
    assert!(asked.lock().unwrap().contains("Proxy-Authorization: Basic "), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_looks_through_the_proxy_and_says_which_it_is() {
    // The way is open, and at its end nobody speaks TLS.
    let (proxy, asked) = tunnel("HTTP/1.1 200 Connection established\r\n\r\nhello, this is no TLS at all");
    let scene = behind(&proxy).await;
    let shown = proxy.replace(&format!("user:{PASSWORD}@"), "");
    let done = scene.run(&["doctor", "--json"]).exits(1);
    assert!(done.out.contains(&shown) && !done.out.contains(PASSWORD), "{}", done.out);
    let steps = done.json();
    let outcome = |step: &str| {
        let steps = steps["steps"].as_array().unwrap();
        let found = steps.iter().find(|one| one["step"] == step && one["subject"] == "main 金蝶");
        found.map(|step| step["outcome"].as_str().unwrap().to_owned())
    };
    assert_eq!(outcome("tunnel").as_deref(), Some("passed"));
    assert_eq!(outcome("tls").as_deref(), Some("failed"));
    assert!(asked.lock().unwrap().contains("CONNECT erp.invalid:443"), "{asked:?}");

    scene.change(&format!("proxy = \"{proxy}\""), "proxy = \"environment\"");
    let mut command = scene.command(&["doctor", "--json"]);
    command.env("HTTPS_PROXY", &proxy).env("NO_PROXY", "gateway.invalid");
    let done = Done::of(command).exits(1);
    assert!(done.out.contains(&format!("{shown}, by the environment")), "{}", done.out);
    assert!(done.out.contains("the environment names none for this host"), "{}", done.out);
    assert!(!done.out.contains(PASSWORD), "{}", done.out);
}

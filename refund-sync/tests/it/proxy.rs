//! Calls go straight to their host unless a proxy is written down, through that one if it is, and never through what the
//! environment happens to name.

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

//! Somebody who visits the page of a supervised pipeline, as a browser or as a script.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use refund_sync::config::{Role, Server, User};
use refund_sync::serve::web::{self, Access, Journal};
use tower::ServiceExt as _;
use url::form_urlencoded;

use crate::serve::house::House;

pub(crate) const TOKEN: &str = "planted-page-token";
const HERE: &str = "127.0.0.1:8617";

/// A page, and the browser that looks at it.
pub(crate) struct Visit {
    pub(crate) router: Router,
    /// What the browser calls the page.
    pub(crate) host: &'static str,
    /// Where it comes from.
    pub(crate) remote: &'static str,
    /// What it sends beside.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Visit {
    /// On this machine, with a token.
    pub(crate) fn with_token(house: &House) -> Self {
        Self::of(house, HERE, Some(TOKEN))
    }

    /// On this machine, without.
    pub(crate) fn read_only(house: &House) -> Self {
        Self::of(house, HERE, None)
    }

    /// From another machine.
    pub(crate) fn from_afar(house: &House) -> Self {
        Self { host: "books.example:8617", ..Self::of(house, "0.0.0.0:8617", Some(TOKEN)) }
    }

    /// On this machine, where several people have tokens of their own.
    pub(crate) fn with_users(house: &House, users: &[(&str, &str, Role)]) -> Self {
        let user = |(name, token, role): &(&str, &str, Role)| User {
            name: (*name).to_owned(),
            token: (*token).to_owned().into(),
            role: *role,
        };
        let users = users.iter().map(user).collect();
        Self::behind(house, Access::of(&Server { users, ..Server::default() }).unwrap())
    }

    fn of(house: &House, listen: &str, token: Option<&str>) -> Self {
        let access =
            Access::new(listen.parse().unwrap(), token.map(|token| token.to_owned().into())).unwrap();
        Self::behind(house, access)
    }

    fn behind(house: &House, access: Access) -> Self {
        let journal = Journal::of(house.store.clone(), house.clock.clone());
        let router = web::router(web::AppState { board: house.board.clone(), journal, access });
        Self { router, host: HERE, remote: "192.0.2.7:50000", headers: Vec::new(), cookie: None }
    }

    pub(crate) fn request(&self, method: Method, path: &str, body: String) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, self.host);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.remote.parse::<SocketAddr>().unwrap()));
        request
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.send(request).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 10_000_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: head.status, headers: head.headers, text }
    }

    /// What a link gives to be kept, whatever is in it.
    pub(crate) async fn file(&self, path: &str) -> Vec<u8> {
        let answer = self.send(self.request(Method::GET, path, String::new())).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        to_bytes(answer.into_body(), 10_000_000).await.unwrap().to_vec()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.answer(self.request(Method::GET, path, String::new())).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.answer(self.request(Method::POST, path, body)).await
    }

    /// Trades the token for a session.
    pub(crate) async fn log_in(&mut self) -> Answer {
        self.log_in_with(TOKEN).await
    }

    /// The same with another one.
    pub(crate) async fn log_in_with(&mut self, token: &str) -> Answer {
        let answer = self.post("/login", &[("token", token), ("back", "/")]).await;
        let set = answer.headers.get(header::SET_COOKIE).unwrap_or_else(|| panic!("{answer:?}"));
        self.cookie = Some(set.to_str().unwrap().split(';').next().unwrap().to_owned());
        answer
    }

    /// The word that the forms of this session carry.
    pub(crate) async fn word(&self) -> String {
        let page = self.get("/").await.text;
        let (_, rest) = page.split_once("name=\"word\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends a form of the page.
    pub(crate) async fn order(&self, action: &str, subject: &str) -> Answer {
        let word = self.word().await;
        let fields =
            [("word", word.as_str()), ("action", action), ("pipeline", "main"), ("subject", subject)];
        self.post("/act", &fields).await
    }

    /// The same as a script.
    pub(crate) fn with_bearer(mut self, token: &str) -> Self {
        self.headers.push(("authorization", format!("Bearer {token}")));
        self
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.text.contains(word), "{word:?} is not in\n{}", self.text);
        }
        self
    }

    #[track_caller]
    pub(crate) fn does_not_say(self, words: &[&str]) -> Self {
        for word in words {
            assert!(!self.text.contains(word), "{word:?} is in\n{}", self.text);
        }
        self
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

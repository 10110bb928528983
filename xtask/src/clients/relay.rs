//! Between a client and a simulator: passes bytes both ways and notes each request in one line, names and layout only,
//! never a value. How a simulator answers is its own.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The requests that were seen, oldest first, one line each.
pub(super) type Seen = Arc<Mutex<Vec<String>>>;

/// A relay on a loopback port. It ends when dropped.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Passes on to `to` and notes what is asked.
    pub(super) async fn start(to: SocketAddr, seen: Seen) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(to).await else { return };
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    let back = tokio::spawn(pass(from_server, to_client, None));
                    pass(from_client, to_server, Some(seen)).await;
                    let _ended = back.await;
                });
            }
        });
        Ok(Self { addr, task })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes what was seen since the last time; the same request several times in a row is one line.
pub(super) fn take(seen: &Seen) -> Vec<String> {
    let requests = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let runs = requests.chunk_by(|one, next| one == next);
    runs.map(|run| if run.len() == 1 { run[0].clone() } else { format!("{} × {}", run.len(), run[0]) })
        .collect()
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, seen: Option<Seen>) {
    let mut piece = vec![0; 16 * 1024];
    let mut pending = Vec::new();
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if let Some(seen) = &seen {
            pending.extend_from_slice(&piece[..length]);
            // Before it is passed on: the answer, and the client's next word, can only come later.
            while let Some((request, rest)) = first_request(&pending) {
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                pending = rest;
            }
        }
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
    let _gone = to.shutdown().await;
}

/// The first whole request in these bytes, in a line, and the bytes after it.
fn first_request(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let values = head.lines().filter_map(|line| line.split_once(':'));
        values.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let body = bytes.get(end..end + length)?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let session = header("kdservice-sessionid")
        .or_else(|| header("cookie").filter(|cookie| cookie.contains("kdservice-sessionid")));
    let layout = || layout(header("content-type").unwrap_or_default(), body);
    let words = [
        Some(format!("{method} {}", short(path))),
        (!query.is_empty()).then(|| format!("query: {}", names(query))),
        header("x-kd-signature").map(|_| "signed".to_owned()),
        session.map(|_| "with a session".to_owned()),
        (length > 0).then(layout),
    ];
    let line = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
    Some((line, bytes[end + length..].to_vec()))
}

/// A path without what is the same for every service of 金蝶.
fn short(path: &str) -> &str {
    let name = path.strip_suffix(".common.kdsvc").unwrap_or(path);
    if name.len() == path.len() { path } else { name.rsplit(['/', '.']).next().unwrap_or(name) }
}

/// The kind of a body and the names in it.
fn layout(kind: &str, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if kind.starts_with("multipart/form-data") {
        let names = text.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next());
        return format!("multipart: {}", listed(names.collect()));
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return format!("form: {}", names(&text));
    }
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(object)) => {
            format!("JSON: {}", object.keys().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => "a body".to_owned(),
    }
}

/// The names of `a=1&b=2`.
fn names(pairs: &str) -> String {
    listed(pairs.split('&').filter_map(|pair| pair.split('=').next()).collect())
}

/// Names in order, since some clients send them in another order each time; TOP's own parameters are only counted.
fn listed(mut names: Vec<&str>) -> String {
    const TOP: [&str; 8] =
        ["app_key", "format", "method", "partner_id", "sign", "sign_method", "timestamp", "v"];
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    let own = names.iter().filter(|name| TOP.contains(name)).count();
    // Of two or three nobody can say whose they are: 旺店通's own gateway has a `sign` and a `timestamp` too.
    if own <= 3 {
        return names.join(" ");
    }
    names.retain(|name| !TOP.contains(name));
    format!("{own} of TOP's {}", names.join(" ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request with this head and body, in a line.
    fn line(head: &str, body: &str) -> String {
        let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        first_request(request.as_bytes()).unwrap().0
    }

    #[test]
    fn a_request_is_one_line_of_names_without_a_value() {
        let form =
            "POST /router/rest?sign=S&method=m HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded";
        assert_eq!(line(form, "sid=x&b=1"), "POST /router/rest, query: method sign, form: b sid");
        let signed = "POST /k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.Save.common.kdsvc HTTP/1.1\r\n\
            X-KD-Signature: s\r\nCookie: kdservice-sessionid=1";
        let json = r#"{"formid":"F","data":1}"#;
        assert_eq!(line(signed, json), "POST Save, signed, with a session, JSON: data formid");
        let parts = "POST /p HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B";
        let body =
            "--B\r\nContent-Disposition: form-data; name=\"sid\"; filename=\"f\"\r\n\r\nx\r\n--B--\r\n";
        assert_eq!(line(parts, body), "POST /p, multipart: sid");
        assert_eq!(line("GET /p HTTP/1.1", ""), "GET /p");
        let all = "GET /p?v=2.0&sid=1&app_key=2&method=m&format=json HTTP/1.1";
        assert_eq!(line(all, ""), "GET /p, query: 4 of TOP's sid");
    }

    #[test]
    fn a_request_counts_when_it_is_whole_and_the_next_one_begins_where_it_ends() {
        let two = b"POST /a HTTP/1.1\r\ncontent-length: 2\r\n\r\nxyGET /b HTTP/1.1\r\n\r\n";
        assert!(first_request(&two[..two.len() - 26]).is_none());
        let (first, rest) = first_request(two).unwrap();
        assert_eq!(first, "POST /a, a body");
        assert_eq!(first_request(&rest).unwrap(), ("GET /b".to_owned(), Vec::new()));
    }

    #[test]
    fn the_same_request_in_a_row_is_one_line() {
        let seen = Seen::default();
        seen.lock().unwrap().extend(["a", "a", "b", "a"].map(str::to_owned));
        assert_eq!(take(&seen), ["2 × a", "b", "a"]);
        assert!(take(&seen).is_empty());
    }
}

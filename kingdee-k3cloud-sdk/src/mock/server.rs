//! The simulated site on a loopback port: as much HTTP/1.1 as a client needs, and the faults that
//! only a wire can have. Inside the process it is reached by `in_memory`.

use std::io;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::faults::Wire;
use super::site::Site;

/// A request larger than this is not read.
const REQUEST_MAX: usize = 64 << 20;

/// A running server. Dropping it closes the port.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What to write as base_url.
    pub fn base_url(&self) -> String {
        format!("http://{}/k3cloud/", self.addr)
    }

    /// Stops accepting. Calls that are running go on.
    pub fn shutdown(self) {}
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Site {
    /// Serves this site on a port. Needs a tokio runtime.
    pub fn serve(&self, listener: TcpListener) -> io::Result<Server> {
        let addr = listener.local_addr()?;
        let site = self.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let site = site.clone();
                // A broken connection concerns its client alone.
                tokio::spawn(async move { connection(&site, stream).await.ok() });
            }
        });
        Ok(Server { addr, accepting })
    }
}

/// Answers requests until the client leaves or a fault ends it.
async fn connection(site: &Site, mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        match site.answer(request).await {
            Wire::Reply(reply) => stream.write_all(&written(&reply)).await?,
            Wire::Cut(reply) => {
                let whole = written(&reply);
                stream.write_all(&whole[..whole.len() - reply.body().len().div_ceil(2)]).await?;
                return stream.shutdown().await;
            }
            Wire::Refuse | Wire::Reset => {
                stream.set_zero_linger()?;
                return Ok(());
            }
            // Until the client gives up.
            Wire::Stall => return stream.read_buf(&mut buffer).await.map(drop),
        }
    }
    Ok(())
}

/// The next request, or none at the end.
async fn read(stream: &mut TcpStream, buffer: &mut BytesMut) -> io::Result<Option<Request<Bytes>>> {
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break buffer.split_to(end + 4);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = std::str::from_utf8(&head).map_err(|_| bad("the head is no text"))?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| bad("no method"))?;
    *request.uri_mut() = target.parse().map_err(|_| bad("no target"))?;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| bad("an odd header"))?;
        let value = HeaderValue::from_str(value.trim()).map_err(|_| bad("an odd header"))?;
        request.headers_mut().append(name, value);
    }
    if request.headers().get("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let length = request.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    let length: usize = length.unwrap_or(0);
    if length > REQUEST_MAX {
        return Err(bad("the request is too large"));
    }
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    *request.body_mut() = buffer.split_to(length).freeze();
    Ok(Some(request))
}

fn written(reply: &Response<Bytes>) -> Vec<u8> {
    let mut text =
        format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", reply.status(), reply.body().len()).into_bytes();
    for (name, value) in reply.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(reply.body());
    text
}

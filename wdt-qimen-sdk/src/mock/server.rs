//! The simulator as a small HTTP/1.1 server on a loopback port (feature `mock-server`), written by hand so that
//! it can also break the wire.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::faults::Fault;
use super::gateway::Gateway;

/// Larger requests are not read.
const LONGEST: usize = 4 * 1024 * 1024;

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The `base_url` for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}/router/qm", self.addr)
    }

    /// The `base_url` for a client of the [native](crate::Protocol::Native) protocol.
    pub fn native_base_url(&self) -> String {
        format!("http://{}/openapi2", self.addr)
    }

    /// Stops it and closes its connections.
    pub fn shutdown(self) {
        self.task.abort();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    /// Serves on this listener until the handle is dropped.
    pub fn serve(&self, listener: TcpListener) -> io::Result<Server> {
        let addr = listener.local_addr()?;
        let gateway = self.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let gateway = gateway.clone();
                connections.spawn(async move {
                    // A broken connection is the client's to notice.
                    let _ended = converse(&gateway, stream).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Server { addr, task })
    }
}

/// Answers requests on one connection until it ends.
async fn converse(gateway: &Gateway, stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let Some((request, keep)) = read_request(&mut stream).await? else { return Ok(()) };
        let fault = gateway.roll();
        let (latency, delay) = gateway.latency();
        tokio::time::sleep(latency).await;
        if matches!(fault, Some(Fault::Refuse | Fault::Reset)) {
            return Ok(());
        }
        let response = gateway.answer(&request, fault);
        let bytes = response_bytes(&response, keep);
        match fault {
            Some(Fault::Lost) => return Ok(()),
            Some(Fault::Cut) => return stream.write_all(&bytes[..bytes.len() * 2 / 3]).await,
            Some(Fault::Slow) => tokio::time::sleep(delay).await,
            _ => {}
        }
        if fault == Some(Fault::Drip) {
            drip(&mut stream, &bytes, delay).await?;
        } else {
            stream.write_all(&bytes).await?;
        }
        stream.flush().await?;
        if !keep {
            return Ok(());
        }
    }
}

/// Writes an answer in twenty pieces over `time`.
async fn drip(stream: &mut BufReader<TcpStream>, bytes: &[u8], time: Duration) -> io::Result<()> {
    for piece in bytes.chunks(bytes.len() / 20 + 1) {
        stream.write_all(piece).await?;
        stream.flush().await?;
        tokio::time::sleep(time / 20).await;
    }
    Ok(())
}

/// One request and whether the connection stays open, or `None` at its end.
async fn read_request(stream: &mut BufReader<TcpStream>) -> io::Result<Option<(Request<Bytes>, bool)>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut keep = version == "HTTP/1.1";
    let mut request = Request::builder().method(method).uri(target);
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                length = value.parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            }
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            "expect" => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?,
            _ => {}
        }
        request = request.header(name, value);
    }
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let request = request.body(Bytes::from(body)).map_err(io::Error::other)?;
    Ok(Some((request, keep)))
}

fn response_bytes(response: &Response<Bytes>, keep: bool) -> Vec<u8> {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        format!("{name}: {}\r\n", value.to_str().unwrap_or_default())
    };
    let headers: String = response.headers().iter().map(header).collect();
    let connection = if keep { "keep-alive" } else { "close" };
    let (status, length) = (response.status(), response.body().len());
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: {connection}\r\n\r\n");
    [head.as_bytes(), response.body()].concat()
}

//! `ready`: asks `serve` on this machine whether it is ready, as a container or a script does. What that means is told by
//! `serve::web`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::context::{Context, Exit};
use super::open;
use crate::config::{self, Server};
use crate::lang::{told, why};

/// Whoever takes longer is not ready.
const WITHIN: Duration = Duration::from_secs(5);
/// More of an answer is not read.
const LONGEST: u64 = 4096;

pub(super) async fn run(context: &mut Context) -> Exit {
    let server = match config::load_to_read(&context.config, open::environment()) {
        Ok(loaded) => loaded.config.server.unwrap_or_default(),
        Err(faults) => {
            context.out.errors(faults.to_string());
            return Exit::Configuration;
        }
    };
    let address = here(server.listen);
    let failed = match tokio::time::timeout(WITHIN, ask(address, &server)).await {
        Ok(Ok(answer)) => match answer.split_once("\r\n\r\n") {
            Some((head, _)) if head.starts_with("HTTP/1.1 200 ") => {
                context.out.line(told!("已就绪", "ready"));
                return Exit::Done;
            }
            Some((_, body)) => body.trim().to_owned(),
            None => told!("没有收到 HTTP 应答", "no HTTP answer"),
        },
        Ok(Err(error)) => told!("没有应答：{}", "no answer: {}", why(&error)),
        Err(_) => told!("5 秒内没有应答", "no answer within 5 s"),
    };
    context.out.errors(told!(
        "未就绪：http://{address}/readyz\n{failed}",
        "not ready: http://{address}/readyz\n{failed}"
    ));
    Exit::Failed
}

/// Where a listener is reached from its own machine.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The whole answer to `/readyz`, its head first.
async fn ask(address: SocketAddr, server: &Server) -> std::io::Result<String> {
    let users = server.everybody();
    // Where the token is kept from this process it is empty: the answer says what is missing.
    let token = users.first().map_or("", |user| user.token.expose_secret().trim());
    let bearer = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\n{bearer}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_asked_on_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:8617", "127.0.0.1:8617"),
            ("[::]:8617", "[::1]:8617"),
            ("127.0.0.1:9", "127.0.0.1:9"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(here(listen.parse().unwrap()), asked.parse().unwrap(), "{listen}");
        }
    }
}

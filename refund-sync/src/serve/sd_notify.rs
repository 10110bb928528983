//! Tells systemd how the service is doing, where a unit of `Type=notify` asks for it, and that it gets on, where the unit
//! has a watchdog.

#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt as _;
#[cfg(target_os = "linux")]
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::serve::StatusBoard;

/// Sends `state` (`READY=1`, `STOPPING=1`) to `$NOTIFY_SOCKET`. Without systemd there is nobody to tell, and nothing
/// is worth failing for.
#[cfg(target_os = "linux")]
pub(crate) fn systemd(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    // A name that begins with @ is in the abstract namespace.
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    let sent = address
        .and_then(|address| Ok((UnixDatagram::unbound()?, address)))
        .and_then(|(socket, address)| socket.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!(%error, state, message_zh = "无法通知 systemd", "systemd could not be told");
    }
}

/// Elsewhere there is no systemd.
#[cfg(not(target_os = "linux"))]
pub(crate) fn systemd(_: &str) {}

/// Says `WATCHDOG=1` as often as the unit asks for it, for ever, and only while every pipeline of the board gets on: one
/// that hangs is worth a new start, which loses nothing.
pub(crate) async fn watchdog(board: StatusBoard) {
    let Some(every) = asked() else { return };
    let mut told = false;
    loop {
        match board.pulses().silent() {
            None => {
                systemd("WATCHDOG=1");
                told = false;
            }
            Some(pipeline) if !told => {
                tracing::error!(
                    pipeline,
                    message_zh = "同步方案无响应，等待 systemd 重启",
                    "hangs: systemd is to start this service anew"
                );
                told = true;
            }
            Some(_) => {}
        }
        tokio::time::sleep(every).await;
    }
}

/// How often: a third of the time after which systemd acts. `None`: it does not watch this process.
fn asked() -> Option<Duration> {
    let variable = |name| std::env::var(name).ok();
    let is_ours = variable("WATCHDOG_PID").is_none_or(|id| id == std::process::id().to_string());
    let micros: u64 = variable("WATCHDOG_USEC")?.parse().ok()?;
    (is_ours && micros > 0).then(|| Duration::from_micros(micros / 3))
}

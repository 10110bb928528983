//! Tells systemd how the service is doing, where a unit of `Type=notify` asks for it.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Sends `state` (`READY=1`, `STOPPING=1`) to `$NOTIFY_SOCKET`. Without systemd there is nobody to tell, and nothing
/// is worth failing for.
pub(super) fn systemd(state: &str) {
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
        tracing::warn!(%error, state, "systemd could not be told");
    }
}

//! How Unix asks a process to end, SIGTERM and SIGINT (Ctrl-C), or to read its configuration again, SIGHUP.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The two signals that ask a process to end.
#[derive(Debug)]
pub(in crate::cli) struct Asked {
    terminate: Signal,
    interrupt: Signal,
}

impl Asked {
    pub(super) fn listen() -> Result<Self, String> {
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A person has changed the configuration.
#[cfg(feature = "serve")]
#[derive(Debug)]
pub(in crate::cli) struct Reloads(Signal);

#[cfg(feature = "serve")]
impl Reloads {
    pub(in crate::cli) fn listen() -> Result<Self, String> {
        listen(SignalKind::hangup()).map(Self)
    }

    pub(in crate::cli) async fn next(&mut self) {
        self.0.recv().await;
    }
}

fn listen(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("signals cannot be received: {error}"))
}

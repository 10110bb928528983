//! How Windows asks a process to end: Ctrl-C, Ctrl-Break, a console that is closed, a machine that goes down, a service
//! that is to stop. Nothing asks it to read its configuration again: that takes a restart.

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};
use tokio::sync::Notify;

/// The service is to stop.
static STOP: Notify = Notify::const_new();

/// Asks this process to end, as whoever controls the service does.
#[cfg(feature = "serve")]
pub(in crate::cli) fn end() {
    STOP.notify_one();
}

/// What asks a process to end.
#[derive(Debug)]
pub(in crate::cli) struct Asked {
    interrupt: CtrlC,
    stop: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Asked {
    pub(super) fn listen() -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("signals cannot be received: {error}");
        Ok(Self {
            interrupt: ctrl_c().map_err(failed)?,
            stop: ctrl_break().map_err(failed)?,
            close: ctrl_close().map_err(failed)?,
            shutdown: ctrl_shutdown().map_err(failed)?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.stop.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
            () = STOP.notified() => {}
        }
    }
}

/// Never.
#[cfg(feature = "serve")]
#[derive(Debug)]
pub(in crate::cli) struct Reloads;

#[cfg(feature = "serve")]
impl Reloads {
    #[allow(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
    pub(in crate::cli) fn listen() -> Result<Self, String> {
        Ok(Self)
    }

    pub(in crate::cli) async fn next(&mut self) {
        std::future::pending().await
    }
}

//! Being asked to end. Whoever sends bills finishes the call that is under way, but not for ever, and asked twice
//! breaks off: the journal knows what was under way.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::worker::{DRAIN_WITHIN, Outcome, Until, Worker};

/// SIGTERM and SIGINT (Ctrl-C), to whoever listens.
#[derive(Debug)]
pub(super) struct Ending {
    terminate: Signal,
    interrupt: Signal,
}

impl Ending {
    /// From now on they do nothing but be told here.
    pub(super) fn listen() -> Result<Self, String> {
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Returns once the process is asked to end; the next time, once it is asked again.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// SIGHUP: a person has changed the configuration.
#[cfg(feature = "serve")]
pub(super) fn reloads() -> Result<Signal, String> {
    listen(SignalKind::hangup())
}

fn listen(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("signals cannot be received: {error}"))
}

/// Runs to the end, or, when the process is asked to end, to the end of the call that is under way.
pub(super) async fn drive(worker: &Worker, until: Until) -> Result<Outcome, String> {
    let run = worker.run(until);
    tokio::pin!(run);
    let told = |error: crate::store::StoreError| error.to_string();
    let mut ending = Ending::listen()?;
    tokio::select! {
        biased;
        outcome = &mut run => return outcome.map_err(told),
        () = ending.asked() => worker.drain(),
    }
    tokio::select! {
        biased;
        outcome = &mut run => outcome.map_err(told),
        () = ending.asked() => Err(BROKEN_OFF.into()),
        () = tokio::time::sleep(DRAIN_WITHIN) => Err(BROKEN_OFF.into()),
    }
}

/// What is said when the call under way was not waited for to its end.
pub(super) const BROKEN_OFF: &str = "broken off; what was under way is looked up at the next start 已强行中止，未完成的调用将在下次启动时查证";

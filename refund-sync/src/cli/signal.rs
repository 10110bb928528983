//! Being asked to end. Whoever sends bills finishes the call that is under way, but not for ever, and asked twice
//! breaks off: the journal knows what was under way.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as system;
#[cfg(windows)]
use self::windows as system;
use crate::lang::Text;
use crate::worker::{DRAIN_WITHIN, Outcome, Until, Worker};

#[cfg(feature = "serve")]
pub(super) use system::Reloads;
#[cfg(all(windows, feature = "serve"))]
pub(super) use system::end;

/// Whatever asks this process to end, to whoever listens.
#[derive(Debug)]
pub(super) struct Ending(system::Asked);

impl Ending {
    /// From now on it does nothing but be told here.
    pub(super) fn listen() -> Result<Self, String> {
        system::Asked::listen().map(Self)
    }

    /// Returns once the process is asked to end; the next time, once it is asked again.
    pub(super) async fn asked(&mut self) {
        self.0.next().await;
    }
}

/// Runs to the end, or, when the process is asked to end, to the end of the call that is under way.
pub(super) async fn drive(worker: &Worker, until: Until) -> Result<Outcome, Text> {
    let run = worker.run(until);
    tokio::pin!(run);
    let told = |error: crate::store::StoreError| error.text();
    let mut ending = Ending::listen().map_err(Text::from)?;
    tokio::select! {
        biased;
        outcome = &mut run => return outcome.map_err(told),
        () = ending.asked() => worker.drain(),
    }
    tokio::select! {
        biased;
        outcome = &mut run => outcome.map_err(told),
        () = ending.asked() => Err(BROKEN_OFF),
        () = tokio::time::sleep(DRAIN_WITHIN) => Err(BROKEN_OFF),
    }
}

/// What is said when the call under way was not waited for to its end.
pub(super) const BROKEN_OFF: Text = Text::new(
    "已强行中止，未完成的调用将在下次启动时查证",
    "broken off; what was under way is looked up at the next start",
);

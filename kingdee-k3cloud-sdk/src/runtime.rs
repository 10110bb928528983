//! What a call needs of the runtime that it is made in.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::thread::LocalKey;
use std::time::Duration;

use tokio::runtime::{Handle, Id};

/// What this thread has found out of a runtime: the one that it was asked about last.
type Known = Cell<Option<(Id, bool)>>;

thread_local! {
    static TIMERS: Known = const { Cell::new(None) };
    #[cfg(feature = "http-transport")]
    static IO: Known = const { Cell::new(None) };
}

/// Why no call can be made here.
pub(crate) fn missing() -> Option<&'static str> {
    let Ok(runtime) = Handle::try_current() else {
        return Some(
            "outside of a tokio runtime: waits need its clock; without one there is `blocking::Client`",
        );
    };
    let has_timers = has(&TIMERS, &runtime, || drop(tokio::time::sleep(Duration::ZERO)));
    (!has_timers).then_some("the tokio runtime has no timers: build it with `enable_all`")
}

/// Says that no connection can be made in this runtime.
#[cfg(feature = "http-transport")]
#[derive(Debug, thiserror::Error)]
#[error("the tokio runtime has no I/O: build it with `enable_all`")]
pub(crate) struct NoIo;

#[cfg(feature = "http-transport")]
impl NoIo {
    /// Itself, where that is so. A socket that cannot be had tells nothing.
    pub(crate) fn here() -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let probe = || {
            let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
            if let Ok(socket) = socket.and_then(|socket| socket.set_nonblocking(true).map(|()| socket)) {
                drop(tokio::net::UdpSocket::from_std(socket));
            }
        };
        (!has(&IO, &runtime, probe)).then_some(Self)
    }
}

/// Whether a runtime has what a probe uses. That cannot be asked: where it is lacking, tokio panics, which is caught. So it
/// is tried once for a runtime and thread, not at each call. (In a program of `panic = "abort"` that ends it: there it
/// cannot be told.)
fn has(known: &'static LocalKey<Known>, runtime: &Handle, probe: fn()) -> bool {
    match known.get() {
        Some((id, has)) if id == runtime.id() => has,
        _ => {
            let has = catch_unwind(probe).is_ok();
            known.set(Some((runtime.id(), has)));
            has
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::missing;

    thread_local! {
        static PANICS: Cell<u32> = const { Cell::new(0) };
    }

    #[test]
    fn no_runtime_and_one_without_timers_are_told_apart_by_one_panic() {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            before(panic);
        }));
        assert!(missing().is_some_and(|why| why.contains("outside of a tokio runtime")));
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let without_timers = builder.build().unwrap();
        for _ in 0..9 {
            assert!(
                without_timers.block_on(async { missing() }).is_some_and(|why| why.contains("enable_all"))
            );
        }
        assert_eq!(PANICS.get(), 1);
        let whole = builder.enable_all().build().unwrap();
        assert_eq!(whole.block_on(async { missing() }), None);
    }

    #[cfg(feature = "http-transport")]
    #[test]
    fn a_runtime_without_io_is_told() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let timers_alone = builder.enable_time().build().unwrap();
        assert!(timers_alone.block_on(async { super::NoIo::here() }).is_some());
        assert_eq!(timers_alone.block_on(async { missing() }), None);
        let whole = builder.enable_all().build().unwrap();
        assert!(whole.block_on(async { super::NoIo::here() }).is_none());
    }
}

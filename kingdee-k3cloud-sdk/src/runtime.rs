//! What a call needs of the runtime that it is made in.

use std::panic::catch_unwind;
use std::time::Duration;

use tokio::runtime::Handle;

/// Why no call can be made here.
pub(crate) fn missing() -> Option<&'static str> {
    if Handle::try_current().is_err() {
        return Some(
            "outside of a tokio runtime: waits need its clock; without one there is `blocking::Client`",
        );
    }
    // Whether a runtime has timers cannot be asked: the first timer panics where it has none. (In a program
    // of `panic = "abort"` that ends it: there a runtime without timers cannot be told.)
    let timer = catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO)));
    timer.err().map(|_| "the tokio runtime has no timers: build it with `enable_all`")
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn no_runtime_and_one_without_timers_are_told_apart() {
        assert!(missing().is_some_and(|why| why.contains("outside of a tokio runtime")));
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let without_timers = builder.build().unwrap();
        assert!(without_timers.block_on(async { missing() }).is_some_and(|why| why.contains("enable_all")));
        let whole = builder.enable_all().build().unwrap();
        assert_eq!(whole.block_on(async { missing() }), None);
    }
}

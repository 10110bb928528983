//! How far a long reading is: a bar where stderr is a terminal, else a line now and then.

use std::io::IsTerminal as _;

use chrono::NaiveDateTime;
use indicatif::{ProgressBar, ProgressStyle};

use crate::lang::told;

/// How far a reading of the past is, in seconds of the past.
pub(super) struct Progress {
    name: String,
    whole: i64,
    /// Hidden where there is no terminal.
    bar: ProgressBar,
    plain: bool,
    /// The last tenth that was told.
    told: Option<i64>,
}

impl Progress {
    pub(super) fn new(name: &str, whole: i64) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let length = u64::try_from(whole).unwrap_or_default();
        let bar = if plain { ProgressBar::hidden() } else { ProgressBar::new(length) };
        if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:40}] {percent}% {msg} ETA {eta}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(name.to_owned());
        Self { name: name.to_owned(), whole, bar, plain, told: None }
    }

    /// `read` of the whole; the next part begins at `at`.
    pub(super) fn show(&mut self, read: i64, at: Option<NaiveDateTime>) {
        let at = at.map(|at| at.to_string()).unwrap_or_default();
        self.bar.set_position(u64::try_from(read).unwrap_or_default());
        self.bar.set_message(at.clone());
        let tenth = read.saturating_mul(10).checked_div(self.whole).unwrap_or(10);
        if self.plain && self.told.is_none_or(|told| told < tenth) {
            self.told = Some(tenth);
            let (name, percent) = (&self.name, tenth * 10);
            anstream::eprintln!("{}", told!("{name}：已读 {percent}% {at}", "{name}: read {percent}% {at}"));
        }
    }

    /// Read to the end.
    pub(super) fn finish(&mut self, whole: i64) {
        self.show(whole, None);
        self.bar.finish();
    }
}

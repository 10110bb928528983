//! What commands print: one place that writes to the terminal. Text from outside steers nothing there, and begins no line
//! of its own.

use std::io::{self, Write};

use serde::Serialize;

use crate::text::{shown, shown_json, shown_lines};

/// The command's answer (stdout) and its complaints (stderr).
pub(crate) struct Out {
    answer: Box<dyn Write + Send>,
    complaint: Box<dyn Write + Send>,
    logs_complaints: bool,
}

impl Out {
    pub(crate) fn standard() -> Self {
        Self { answer: Box::new(io::stdout()), complaint: Box::new(io::stderr()), logs_complaints: false }
    }

    /// Says nothing: the answer comes whole, at the end.
    #[cfg(feature = "tools")]
    pub(crate) fn silent() -> Self {
        Self { answer: Box::new(io::sink()), complaint: Box::new(io::sink()), logs_complaints: false }
    }

    /// Complaints stand in the log, too: where that is kept in files nobody may be looking at the screen.
    pub(crate) fn log_complaints(&mut self) {
        self.logs_complaints = true;
    }

    /// One line of the answer.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        write(&mut self.answer, &shown(text.as_ref()));
    }

    /// Several lines of the answer, as the program parted them: nothing of another system may be in it.
    pub(crate) fn lines(&mut self, text: impl AsRef<str>) {
        write(&mut self.answer, &shown_lines(text.as_ref()));
    }

    /// One line of complaint.
    pub(crate) fn error(&mut self, text: &str) {
        self.log(text);
        write(&mut self.complaint, &shown(text));
    }

    /// Several lines of complaint, as the program parted them: nothing of another system may be in it.
    pub(crate) fn errors(&mut self, text: &str) {
        text.lines().for_each(|line| self.log(line));
        write(&mut self.complaint, &shown_lines(text));
    }

    fn log(&self, complaint: &str) {
        if self.logs_complaints {
            tracing::error!("{complaint}");
        }
    }

    /// The answer as JSON.
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => write(&mut self.answer, &shown_json(&text)),
            Err(error) => self.error(&format!("the answer cannot be written as JSON: {error}")),
        }
    }

    /// Bytes that are ours.
    #[cfg(feature = "tools")]
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // Whoever closed the pipe has seen enough.
        let _ = self.answer.write_all(bytes);
    }
}

fn write(to: &mut dyn Write, text: &str) {
    // Whoever closed the pipe has seen enough.
    let _ = writeln!(to, "{text}");
}

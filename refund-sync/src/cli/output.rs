//! What commands print: one place that writes to the terminal, and that lets no control character from outside through.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

/// The command's answer (stdout) and its complaints (stderr).
pub(crate) struct Out {
    answer: Box<dyn Write + Send>,
    complaint: Box<dyn Write + Send>,
}

impl Out {
    pub(crate) fn standard() -> Self {
        Self { answer: Box::new(io::stdout()), complaint: Box::new(io::stderr()) }
    }

    /// One line of the answer.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        write(&mut self.answer, text.as_ref());
    }

    /// One line of complaint.
    pub(crate) fn error(&mut self, text: &str) {
        write(&mut self.complaint, text);
    }

    /// The answer as JSON.
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => write(&mut self.answer, &text),
            Err(error) => self.error(&format!("the answer cannot be written as JSON: {error}")),
        }
    }

    /// Bytes that are ours.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // Whoever closed the pipe has seen enough.
        let _ = self.answer.write_all(bytes);
    }
}

fn write(to: &mut dyn Write, text: &str) {
    // Whoever closed the pipe has seen enough.
    let _ = writeln!(to, "{}", clean(text));
}

/// The text without control characters (line ends stay): a shop's name must not steer a terminal.
fn clean(text: &str) -> Cow<'_, str> {
    let unsafe_for_terminals = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(unsafe_for_terminals) {
        Cow::Owned(text.replace(unsafe_for_terminals, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_from_outside_does_not_reach_the_terminal() {
        assert_eq!(clean("\u{1b}[2Jgone\u{7}\u{9b}31m"), "\u{fffd}[2Jgone\u{fffd}\u{fffd}31m");
        assert_eq!(clean("退货\tS001\nnext"), "退货\tS001\nnext");
    }
}

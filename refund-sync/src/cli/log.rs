//! Log lines, to stderr or to files of a folder: stdout belongs to the command's answer. One event is one line, whatever
//! another system said in it; a fault of the program is a line like the others.

use std::any::Any;
use std::fmt;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use chrono::SubsecRound as _;
use clap::ValueEnum;
use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::log_files::LogFiles;
use crate::clock::{self, Clock, shanghai};
use crate::lang::Lang;
use crate::text::{is_hidden, shown_json};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Pretty,
    Json,
}

/// What is logged unless `RUST_LOG` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// What the work does.
    Work,
    /// Faults only: those of the demo are on purpose.
    Demo,
    /// What somebody should know.
    Warnings,
}

/// From now on; with a `folder` into files there.
///
/// # Errors
/// No file can be made there.
pub(super) fn init(format: LogFormat, level: Level, folder: Option<&Path>) -> io::Result<()> {
    let today = shanghai(Clock::system().now()).date();
    let files = folder.map(|folder| LogFiles::open(folder, today)).transpose()?;
    let usual = match level {
        Level::Work => "warn,refund_sync=info",
        Level::Demo => "error",
        Level::Warnings => "warn",
    };
    let asked = std::env::var("RUST_LOG").ok().and_then(|asked| asked.parse().ok());
    let filter: Targets = asked.or_else(|| usual.parse().ok()).unwrap_or_default();
    let colours = files.is_none() && AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    let files = files.map(|files| Arc::new(Mutex::new(files)));
    let builder = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_timer(Shanghai)
        .with_ansi(colours)
        .with_writer(OneLine { format, colours, files });
    let installed = match format {
        LogFormat::Pretty => {
            builder.fmt_fields(InOne(Lang::chosen())).with_target(false).finish().with(filter).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).finish().with(filter).try_init(),
    };
    // Only a second call in one process can fail, and then a log is there already.
    drop(installed);
    std::panic::set_hook(Box::new(tell_of_panic));
    Ok(())
}

/// Where the program broke, and why.
fn tell_of_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let why = own_words(panic.payload());
    tracing::error!(place, why, message_zh = "程序内部错误", "a fault of the program");
}

/// What a fault says of itself as far as that is a text of the program's own: one that was put together, as that of a text
/// cut in the middle of a character, may hold somebody's data.
fn own_words(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(not shown)")
}

/// Log lines carry the time of the books.
struct Shanghai;

impl tracing_subscriber::fmt::time::FormatTime for Shanghai {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&clock::rfc3339(Clock::system().now().trunc_subsecs(3)))
    }
}

/// The fields of an event for people: its message in one language, where `message_zh` says it in Chinese, and the others
/// behind it.
struct InOne(Lang);

impl<'a> FormatFields<'a> for InOne {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        let mut found = Fields::default();
        fields.record(&mut found);
        let Fields { message, message_zh, others } = found;
        let told = match self.0 {
            Lang::Chinese => message_zh.or(message),
            Lang::English => message,
        };
        let equals = if writer.has_ansi_escapes() { "\u{1b}[2m=\u{1b}[0m" } else { "=" };
        let others = others.into_iter().map(|(name, value)| format!("{name}{equals}{value}"));
        let words: Vec<_> = told.into_iter().chain(others).collect();
        writer.write_str(&words.join(" "))
    }
}

#[derive(Default)]
struct Fields {
    message: Option<String>,
    message_zh: Option<String>,
    others: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message_zh" => self.message_zh = Some(value.to_owned()),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = Some(format!("{value:?}")),
            // Of several words put together; one text is recorded as such.
            "message_zh" => self.message_zh = Some(format!("{value:?}")),
            name => self.others.push((name, format!("{value:?}"))),
        }
    }
}

/// Where each event goes as one line: the files, else stderr.
#[derive(Debug, Clone)]
struct OneLine {
    format: LogFormat,
    /// Colours are let through, and nothing else that steers a terminal.
    colours: bool,
    files: Option<Arc<Mutex<LogFiles>>>,
}

impl MakeWriter<'_> for OneLine {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Write for OneLine {
    /// Takes a whole event.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = self.line(&String::from_utf8_lossy(event));
        let is_kept = self.files.as_ref().is_some_and(|files| {
            let today = shanghai(Clock::system().now()).date();
            files.lock().unwrap_or_else(PoisonError::into_inner).write(line.as_bytes(), today).is_ok()
        });
        if !is_kept {
            // A disk that is full is no reason to say nothing. Old consoles get no colours that they do not know.
            anstream::stderr().lock().write_all(line.as_bytes())?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl OneLine {
    fn line(&self, event: &str) -> String {
        let event = event.strip_suffix('\n').unwrap_or(event);
        let mut line = String::with_capacity(event.len() + 1);
        match self.format {
            LogFormat::Json => line.push_str(&shown_json(event)),
            LogFormat::Pretty => {
                for (at, c) in event.char_indices() {
                    if is_hidden(c) && !(self.colours && is_colour(&event[at..])) {
                        line.extend(c.escape_default());
                    } else {
                        line.push(c);
                    }
                }
            }
        }
        line.push('\n');
        line
    }
}

/// Whether the text begins with one of the sequences that a log line is coloured with: none of them hides anything.
fn is_colour(text: &str) -> bool {
    let code = text.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m'));
    code.is_some_and(|(code, _)| {
        matches!(code, "0" | "1" | "2" | "3" | "31" | "32" | "33" | "34" | "35" | "36")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What is written to the log by `say`.
    fn all_written(format: LogFormat, colours: bool, lang: Lang, say: impl FnOnce()) -> String {
        #[derive(Clone, Default)]
        struct Kept(Arc<Mutex<Vec<String>>>);
        impl Write for Kept {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().push(String::from_utf8(bytes.to_vec()).unwrap());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Kept::default();
        let to = kept.clone();
        let builder = tracing_subscriber::fmt()
            .with_ansi(colours)
            .with_target(false)
            .without_time()
            .with_writer(move || to.clone());
        match format {
            LogFormat::Pretty => {
                tracing::subscriber::with_default(builder.fmt_fields(InOne(lang)).finish(), say);
            }
            LogFormat::Json => {
                tracing::subscriber::with_default(builder.json().flatten_event(true).finish(), say);
            }
        }
        let line = OneLine { format, colours, files: None };
        kept.0.lock().unwrap().iter().map(|event| line.line(event)).collect()
    }

    /// What is written to the log when 金蝶 says `words`, in this format.
    fn written(words: &str, format: LogFormat, colours: bool) -> String {
        all_written(format, colours, Lang::English, || {
            let _run = tracing::info_span!("run", said = words).entered();
            tracing::info!(error = words, shown = %words, debugged = ?words, "金蝶: {words}");
        })
    }

    const FORGED: &str =
        "busy\n2026-11-28T10:00:00+08:00 ERROR stopped\r\u{1b}]0;x\u{7}\u{1b}[2J\u{1b}[8m\u{202e}gnp\u{2028}";

    #[test]
    fn what_another_system_says_begins_no_line_and_steers_no_terminal() {
        for (format, colours) in
            [(LogFormat::Pretty, false), (LogFormat::Pretty, true), (LogFormat::Json, false)]
        {
            let line = written(FORGED, format, colours);
            assert_eq!(line.matches('\n').count(), 1, "{line:?}");
            assert!(line.ends_with('\n') && line.contains("busy"), "{line:?}");
            for steering in ["\r", "\u{1b}]", "\u{1b}[2J", "\u{1b}[8m", "\u{7}", "\u{202e}", "\u{2028}"] {
                assert!(!line.contains(steering), "{steering:?} is in {line:?}");
            }
        }
    }

    #[test]
    fn a_fault_of_the_program_tells_no_data_that_it_broke_on() {
        let name = "买家张三";
        let cut =
            std::panic::catch_unwind(|| name.get(..1).map_or_else(|| panic!("cut in {name}"), str::len));
        assert_eq!(own_words(&*cut.unwrap_err()), "(not shown)");
        let overflow = std::panic::catch_unwind(|| panic!("attempt to add with overflow"));
        assert_eq!(own_words(&*overflow.unwrap_err()), "attempt to add with overflow");
    }

    #[test]
    fn an_event_is_told_in_the_chosen_language_and_in_json_in_both() {
        let say = || {
            let _run = tracing::info_span!("run", id = 1).entered();
            tracing::info!(pipeline = "main", due = 3, message_zh = "已对账", "reconciled");
            tracing::info!(message = %"of another crate");
        };
        for (lang, message) in [(Lang::Chinese, "已对账"), (Lang::English, "reconciled")] {
            let lines = all_written(LogFormat::Pretty, false, lang, say);
            let wanted = format!(
                " INFO run{{id=1}}: {message} pipeline=\"main\" due=3\n INFO run{{id=1}}: of another crate\n"
            );
            assert_eq!(lines, wanted);
        }
        let lines = all_written(LogFormat::Json, false, Lang::Chinese, say);
        let value: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!((&value["message"], &value["message_zh"]), (&"reconciled".into(), &"已对账".into()));
    }

    #[test]
    fn a_line_of_the_json_log_means_what_was_said() {
        let line = written(FORGED, LogFormat::Json, false);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["error"], FORGED);
    }
}

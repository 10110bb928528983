//! What commands print: one place that writes to the terminal. Text from outside steers nothing there, and begins no line
//! of its own.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::text::{shown, shown_json, shown_lines};

/// The command's answer (stdout) and its complaints (stderr).
pub(crate) struct Out {
    answer: Box<dyn Write + Send>,
    complaint: Box<dyn Write + Send>,
    logs_complaints: bool,
    /// How many columns a line has at most; none where no terminal reads it.
    width: Option<usize>,
}

impl Out {
    pub(crate) fn standard() -> Self {
        let width =
            terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns));
        let width = width.filter(|_| io::stdout().is_terminal());
        Self {
            answer: Box::new(io::stdout()),
            complaint: Box::new(io::stderr()),
            logs_complaints: false,
            width,
        }
    }

    /// Says nothing: the answer comes whole, at the end.
    #[cfg(feature = "tools")]
    pub(crate) fn silent() -> Self {
        Self {
            answer: Box::new(io::sink()),
            complaint: Box::new(io::sink()),
            logs_complaints: false,
            width: None,
        }
    }

    /// Complaints stand in the log, too: where that is kept in files nobody may be looking at the screen.
    pub(crate) fn log_complaints(&mut self) {
        self.logs_complaints = true;
    }

    /// One line of the answer.
    pub(crate) fn line(&mut self, text: impl Display) {
        write(&mut self.answer, &fitted(&shown(&text.to_string()), self.width));
    }

    /// Facts in a row, on as many lines as they need, also where no terminal is: each of them stays in one piece.
    pub(crate) fn facts(&mut self, set_in: usize, facts: &[String]) {
        let width = self.width.unwrap_or(COLUMNS);
        let mut line = String::new();
        for fact in facts.iter().map(|fact| shown(fact)).filter(|fact| !fact.is_empty()) {
            if line.is_empty() {
                line = " ".repeat(set_in);
            } else if line.width() + " · ".width() + fact.width() > width {
                write(&mut self.answer, &fitted(&line, self.width));
                line = " ".repeat(set_in + 2);
            } else {
                line.push_str(" · ");
            }
            line.push_str(&fact);
        }
        write(&mut self.answer, &fitted(&line, self.width));
    }

    /// A page of help: what goes on stands under where its text began.
    pub(crate) fn page(&mut self, text: &str) {
        for line in text.lines() {
            write(&mut self.answer, &set_under(line, self.width));
        }
    }

    /// The same where it was not asked for.
    pub(crate) fn page_of_complaint(&mut self, text: &str) {
        for line in text.lines() {
            write(&mut self.complaint, &set_under(line, self.width));
        }
    }

    /// Several lines of the answer, as the program parted them: nothing of another system may be in it.
    pub(crate) fn lines(&mut self, text: impl Display) {
        for line in shown_lines(&text.to_string()).lines() {
            write(&mut self.answer, &fitted(line, self.width));
        }
    }

    /// One line of complaint.
    pub(crate) fn error(&mut self, text: impl Display) {
        let text = text.to_string();
        self.log(&text);
        write(&mut self.complaint, &fitted(&shown(&text), self.width));
    }

    /// Several lines of complaint, as the program parted them: nothing of another system may be in it.
    pub(crate) fn errors(&mut self, text: impl Display) {
        let text = text.to_string();
        text.lines().for_each(|line| self.log(line));
        for line in shown_lines(&text).lines() {
            write(&mut self.complaint, &fitted(line, self.width));
        }
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
            Err(error) => self.error(format!("the answer cannot be written as JSON: {error}")),
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

/// How wide a line of facts is at most where no terminal says how wide it is.
const COLUMNS: usize = 80;
/// No terminal is so narrow that words are broken into less.
const NARROWEST: usize = 40;

/// A line parted so that nothing of it is wider than the terminal: between words, between Chinese characters, and with
/// what goes on set in by two columns more than its beginning.
fn fitted(line: &str, width: Option<usize>) -> Cow<'_, str> {
    parted(line, width, line.len() - line.trim_start().len() + 2)
}

/// A line of a help page: a name, blanks, and a text that goes on below its own beginning.
fn set_under(line: &str, width: Option<usize>) -> Cow<'_, str> {
    let name = line.len() - line.trim_start().len();
    let gap = line[name..].find("  ").map(|gap| name + gap);
    let text = gap.and_then(|gap| Some(gap + line[gap..].find(|c| c != ' ')?));
    let set_in = text.map_or(name + 2, |text| line[..text].width());
    // Where names leave no room for a text, it stands below them.
    parted(line, width, if width.is_some_and(|width| set_in + 20 > width) { name + 4 } else { set_in })
}

fn parted(line: &str, width: Option<usize>, set_in: usize) -> Cow<'_, str> {
    let Some(width) = width.map(|width| width.max(NARROWEST)).filter(|width| line.width() > *width) else {
        return Cow::Borrowed(line);
    };
    let (mut parted, mut column) = (String::with_capacity(line.len() + 16), 0);
    let mut place = |piece: &str| {
        if column > 0 && column + piece.trim_end().width() > width {
            parted.truncate(parted.trim_end().len());
            parted.push('\n');
            parted.extend(std::iter::repeat_n(' ', set_in));
            column = set_in;
        }
        parted.push_str(piece);
        column += piece.width();
    };
    let mut from = 0;
    for (at, c) in line.char_indices() {
        let end = at + c.len_utf8();
        let next = line[end..].chars().next();
        // After a blank, and beside a wide character unless what follows may begin no line.
        let is_wide = |c: char| c.width() == Some(2);
        let may_begin = next.is_none_or(|next| !"，。；：、）”！？…".contains(next));
        let may_end = !"（“".contains(c);
        let is_over = from + width.saturating_sub(set_in).max(1) <= end;
        if (c == ' ' && line[..at].trim() != "" && !is_one(&line[..at], &line[end..]))
            || (may_begin && may_end && (is_wide(c) || next.is_some_and(is_wide)))
            || is_over
        {
            place(&line[from..end]);
            from = end;
        }
    }
    place(&line[from..]);
    Cow::Owned(parted)
}

/// A blank between these two parts nothing: `¥ 9.00`, `11-28 21:19`.
fn is_one(before: &str, after: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let figure = after.trim_start_matches(['-', '+']);
    let is_time = after.as_bytes().get(2) == Some(&b':') && after.starts_with(is_digit);
    (before.ends_with('¥') && figure.starts_with(is_digit)) || (is_time && before.ends_with(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_moments_stay_in_one_piece() {
        let text = format!(
            "TK1  S001  2026-11-28  ¥ 9,415.48  ¥ -12.00  11-28 21:19  2026-11-28 21:19:54 {}",
            "字".repeat(9)
        );
        for width in NARROWEST..=100 {
            let parted = fitted(&text, Some(width));
            for piece in ["¥ 9,415.48", "¥ -12.00", "11-28 21:19", "2026-11-28 21:19:54"] {
                assert!(parted.lines().any(|line| line.contains(piece)), "{width}: {parted}");
            }
        }
    }

    #[test]
    fn facts_stay_whole_and_go_on_below_where_no_terminal_is_either() {
        #[derive(Clone, Default)]
        struct Kept(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
        impl Write for Kept {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Kept::default();
        let mut out = Out {
            answer: Box::new(kept.clone()),
            complaint: Box::new(io::sink()),
            logs_complaints: false,
            width: None,
        };
        let number = |title: &str| format!("{title} 2611200000001234567");
        out.facts(2, &[number("原始单号"), number("平台退款单号"), String::new(), number("系统订单")]);
        let told = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "  原始单号 2611200000001234567 · 平台退款单号 2611200000001234567",
                "    系统订单 2611200000001234567"
            ]
        );
    }

    #[test]
    fn a_page_of_help_goes_on_under_its_text() {
        let line = "      --until-settled  运行到全部读完且无可推进的单据为止，然后结束";
        let told = set_under(line, Some(50));
        let set_in = "      --until-settled  ".len();
        assert!(told.lines().count() > 1 && told.lines().all(|line| line.width() <= 50), "{told}");
        assert!(told.lines().skip(1).all(|line| line.find(|c| c != ' ') == Some(set_in)), "{told}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_word_of_it_is_lost() {
        let texts = [
            "  TK1: the bill stands in 金蝶 with other goods behind it: look at both and decide which of them is right",
            "  退换单 TK1 的单据在金蝶中与本程序写入的不一致：请查看两边，决定以哪一边为准；处理后用 refund-sync retry 重试。",
            &format!("{}{}", "x".repeat(90), "字".repeat(60)),
        ];
        for text in texts {
            for width in [40, 61, 80] {
                let parted = fitted(text, Some(width));
                assert!(parted.lines().all(|line| line.width() <= width), "{width}: {parted}");
                let bare = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(bare(&parted), bare(text));
                assert!(
                    !parted.lines().any(|line| line.trim_start().starts_with(['，', '。', '：'])),
                    "{parted}"
                );
            }
            assert_eq!(fitted(text, None), text, "a pipe gets the line as it is");
        }
        assert_eq!(fitted("short", Some(10)), "short");
    }
}

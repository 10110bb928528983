//! The stable words of the journal as people read them. A word that another version wrote is shown as it is.

use super::decide;
use super::lang::Lang;
use super::orders::{Order, REFUSED};
use crate::journal::{Event, State};
use crate::lang::Text;
use crate::model::{Cause, FlagKind, RunTrigger, scope_title};

/// What happened to a document.
pub(super) fn event(word: &str, lang: Lang) -> String {
    titled(Event::parse(word).map(Event::title), word, lang)
}

/// Why documents are parked.
pub(super) fn cause(word: &str, lang: Lang) -> String {
    titled(Cause::parse(word).map(Cause::title), word, lang)
}

/// Where a document stands.
pub(super) fn state(word: &str, lang: Lang) -> String {
    titled(State::parse(word).map(State::title), word, lang)
}

/// Type and status of a return that is not in scope, from `4/90`.
pub(super) fn scope(word: &str, lang: Lang) -> String {
    let (kind, status) = word.split_once('/').unwrap_or((word, ""));
    scope_title(kind.parse().ok(), status.parse().ok()).get(lang).to_owned()
}

/// What is noted beside a document that has its bill.
pub(super) fn flag(word: &str, lang: Lang) -> String {
    titled(FlagKind::parse(word).map(FlagKind::title), word, lang)
}

/// What called for a run.
pub(super) fn command(word: &str, lang: Lang) -> String {
    titled(RunTrigger::parse(word).map(RunTrigger::title), word, lang)
}

/// What a person did.
pub(super) fn action(word: &str, lang: Lang) -> String {
    if let Some(word) = word.strip_prefix(REFUSED) {
        let done = action(word, lang);
        return match lang {
            Lang::Chinese => format!("{done}（被拒绝）"),
            Lang::English => format!("{done} (refused)"),
        };
    }
    if let Some(kind) = decide::kind_of(word) {
        return match lang {
            Lang::Chinese => format!("决定：{}", kind.title().zh),
            Lang::English => format!("decided: {}", kind.title().en),
        };
    }
    titled(Order::parse(word).map(Order::title), word, lang)
}

fn titled(title: Option<Text>, word: &str, lang: Lang) -> String {
    title.map_or_else(|| word.to_owned(), |title| title.get(lang).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_another_version_is_shown_as_it_is() {
        for lang in [Lang::Chinese, Lang::English] {
            assert_eq!(
                (cause("strange", lang), event("strange", lang)),
                ("strange".into(), "strange".into())
            );
        }
    }
}

//! The stable words of the journal as people read them. A word that another version wrote is shown as it is.

use std::collections::BTreeMap;

use super::decide;
use super::lang::Lang;
use super::orders::{Order, REFUSED};
use crate::journal::{DecisionKind, Event, Reason, State};
use crate::lang::Text;
use crate::model::{Cause, FlagKind, RunTrigger, scope_title};
use crate::serve::View;
use crate::source::why_left_out;
use crate::store::ListRow;

/// Why a return is not in scope, for one that is not.
pub(super) fn why_out(views: &BTreeMap<String, View>, row: &ListRow) -> Option<Text> {
    let view = views.get(&row.pipeline).filter(|_| row.state == State::Filtered)?;
    Some(why_left_out(&view.settings.wdt, row.kind, row.process_status, &row.shop_no))
}

/// What happened to a document.
pub(super) fn event(word: &str, lang: Lang) -> String {
    titled(Event::parse(word).map(Event::title), word, lang)
}

/// Why documents are parked.
pub(super) fn cause(word: &str, lang: Lang) -> String {
    titled(Cause::parse(word).map(Cause::title), word, lang)
}

/// What to do about it: on this page where it can be done here, else what the reason itself says.
pub(super) fn remedy(reason: &Reason, lang: Lang) -> String {
    let pressed = Cause::parse(&reason.cause).and_then(pressed);
    pressed.as_ref().unwrap_or(&reason.remedy).get(lang).to_owned()
}

/// What is to be pressed here for what the command line does by a command.
fn pressed(cause: Cause) -> Option<Text> {
    Some(match cause {
        Cause::Unmapped => Text::new(
            "在总览填写该编号，或在对照表中补上，再按“重试”",
            "fill the number in on the overview, or add it to the table, then press “Retry”",
        ),
        Cause::UnreadField => Text::new("按“重试”重新读取", "press “Retry”: it is read again"),
        Cause::NoTaxRate => Text::new("改正税率表后按“重试”", "correct the tax table, then press “Retry”"),
        Cause::QuantityGap => Text::new(
            "核对实收数量后，打开该单，在“人工决定”中选“按实收数量入账”或“按申请数量入账”；都按同一办法的，请管理员改 on_quantity_gap",
            "check what arrived, open the return and choose under “Decide by hand”: write what arrived, or what was asked back; where it is always the same, have on_quantity_gap changed",
        ),
        Cause::ClosedPeriod => Text::new(
            "打开该单，在“人工决定”中选“记到第一个可记账日”；或在“月结”页重新打开人工关账的月份；金蝶提示的，反关账后自动继续",
            "open the return and choose under “Decide by hand”: date it on the first open day; or open the month again under “Month end”; if 金蝶 said it, reopen the period there and it goes on by itself",
        ),
        Cause::RemovedInKingdee => Text::new(
            "查操作日志；确认应当入账的，打开该单按“重新写入”",
            "see its log; if it is to be booked, open the return and press “Write again”",
        ),
        _ => return None,
    })
}

/// What a person decided.
pub(super) fn decision(word: &str, lang: Lang) -> String {
    titled(DecisionKind::parse(word).map(DecisionKind::title), word, lang)
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

/// A shop's number, and what it is called.
pub(super) fn named(no: &str, name: Option<&str>) -> String {
    name.map_or_else(|| no.to_owned(), |name| format!("{no} {name}"))
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

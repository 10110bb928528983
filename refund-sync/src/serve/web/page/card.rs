//! One pipeline as a machine: what it does at present, how fast, when next; its runs and windows are folded.
//! What of it waits for a person is in `attention`.

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::Hold;
use rust_decimal::Decimal;

use super::frame::Tone;
use super::lang::{Lang, figure, moment, money, written};
use super::listed::Listed;
use super::plot::{Plot, Span, hour};
use super::reconciled::{Ordered, Reconciled};
use super::run::RunLine;
use super::state::Shown;
use super::words;
use super::words::named;
use crate::clock::{of_shanghai, shanghai};
use crate::journal::State as DocumentState;
use crate::model::{Names, scope_title};
use crate::serve::View;
use crate::store::{Hour, List, PipelineStatus, filtered as scope_word};

/// A server's clock that is off by more is worth a word.
const OFF: f64 = 60.0;
/// A cycle that is late by less is nobody's concern.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// How many groups of what the filter left out are shown.
const FILTERED: usize = 12;

/// One pipeline.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) tone: Tone,
    pub(super) mood: String,
    pub(super) is_stopped: bool,
    pub(super) is_paused: bool,
    /// 旺店通 or 金蝶 wants to be left alone, which a person may overrule.
    pub(super) is_held: bool,
    pub(super) tiles: Vec<Tile>,
    pub(super) plot: Plot,
    pub(super) facts: Vec<Fact>,
    pub(super) flags: Vec<(String, String)>,
    pub(super) runs: Vec<RunLine>,
    pub(super) windows: Vec<WindowLine>,
    pub(super) filtered: Vec<FilteredLine>,
    /// So many groups are on the list alone, and where that is.
    pub(super) filtered_more: Option<(String, String)>,
    pub(super) reconciled: Option<Reconciled>,
    pub(super) ordered: Ordered,
}

/// A figure that is read from afar.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) hint: String,
    pub(super) tone: Tone,
}

#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) tone: Tone,
}

/// What the filter leaves out of a shop, of one type and status.
#[derive(Debug)]
pub(super) struct FilteredLine {
    pub(super) title: String,
    pub(super) count: String,
    pub(super) yuan: String,
    pub(super) link: String,
}

#[derive(Debug)]
pub(super) struct WindowLine {
    pub(super) start: String,
    pub(super) end: String,
    pub(super) state: String,
    pub(super) is_settled: bool,
    pub(super) seen: String,
    pub(super) calls: u32,
    pub(super) note: String,
}

impl Card {
    pub(super) fn of(
        (name, view): (&str, &View),
        shown: &Shown,
        (hours, span): (&[Hour], Span),
        now: DateTime<Utc>,
        lang: Lang,
    ) -> Self {
        let status = shown.statuses.iter().find(|status| status.pipeline == *name);
        let found = view.reconciled.as_ref().zip(shown.differences(name));
        let stopped = status.and_then(|status| status.stopped.as_ref()).or(view.stopped.as_ref());
        let paused = status.and_then(|status| status.paused.as_deref());
        let overdue = view.overdue(now);
        let is_held =
            view.pace.held_until.is_some_and(|until| until > now) || kingdee_hold(view, now).is_some();
        let (tone, mood) = if stopped.is_some() {
            (Tone::Bad, lang.of("已停止", "stopped"))
        } else if view.running.is_some() {
            (Tone::Busy, lang.of("运行中", "running"))
        } else if paused.is_some() {
            (Tone::Warn, lang.of("已暂停", "paused"))
        } else if overdue > LATE {
            (Tone::Warn, lang.of("运行逾期", "overdue"))
        } else if view.settings.kingdee.waits_until(shanghai(now)).is_some() {
            (Tone::Calm, lang.of("暂停写入", "writing waits"))
        } else if is_held {
            (Tone::Warn, lang.of("等待解禁", "waiting for a ban to end"))
        } else {
            (Tone::Good, lang.of("正常", "on duty"))
        };
        let goes_on = view.running.is_some();
        let runs = status.map(|status| status.runs.as_slice()).unwrap_or_default().iter().enumerate();
        Self {
            name: name.to_owned(),
            tone,
            mood: mood.to_owned(),
            is_stopped: stopped.is_some(),
            is_paused: paused.is_some(),
            is_held,
            plot: Plot::of(name, hours, span, now, lang),
            tiles: tiles(status, done_today(name, hours, now), now, lang),
            facts: facts(view, status, paused, now, lang),
            flags: status.map(|status| flags(status, lang)).unwrap_or_default(),
            runs: runs.map(|(place, row)| RunLine::of(row, goes_on && place == 0, lang)).collect(),
            windows: status
                .map(|status| status.windows.iter().map(|row| WindowLine::of(row, lang)).collect())
                .unwrap_or_default(),
            filtered: status.map(|status| filtered(status, shown.names(name), lang)).unwrap_or_default(),
            filtered_more: status.and_then(|status| filtered_more(status, lang)),
            reconciled: found.map(|(verdict, found)| Reconciled::of(verdict, found, lang)),
            ordered: Ordered::of(name, &view.reconciliation, now, lang),
        }
    }
}

/// How many documents came to their end in the last 24 hours.
pub(super) fn done_today(pipeline: &str, hours: &[Hour], now: DateTime<Utc>) -> u64 {
    let since = hour(now) - TimeDelta::hours(23);
    let own = hours.iter().filter(|hour| hour.pipeline == pipeline && hour.start >= since);
    own.map(|hour| hour.confirmed).sum()
}

fn tiles(status: Option<&PipelineStatus>, day: u64, now: DateTime<Utc>, lang: Lang) -> Vec<Tile> {
    let of = |state: DocumentState| {
        status.and_then(|status| status.documents.get(state.as_str()).copied()).unwrap_or_default()
    };
    let moving: u64 = DocumentState::ALL.into_iter().filter(|state| state.is_pending()).map(of).sum();
    let parked = of(DocumentState::Parked);
    let (age, read) = match status.and_then(read_until) {
        Some(until) => (lang.ago(now - until), moment(until)),
        None => ("–".to_owned(), lang.of("尚未读取", "nothing read yet").to_owned()),
    };
    let tile = |label, value, hint: &str, tone| Tile { label, value, hint: hint.to_owned(), tone };
    vec![
        tile(
            lang.of("24 小时完成", "Done in 24 h"),
            figure(day),
            &match lang {
                Lang::Chinese => format!("累计 {}", figure(of(DocumentState::Confirmed))),
                Lang::English => format!("{} in all", figure(of(DocumentState::Confirmed))),
            },
            Tone::Calm,
        ),
        tile(
            lang.of("待处理", "Needs attention"),
            figure(parked),
            lang.of("需要人工", "waits for a person"),
            if parked > 0 { Tone::Warn } else { Tone::Good },
        ),
        tile(
            lang.of("处理中", "In progress"),
            figure(moving),
            lang.of("自动进行", "moves by itself"),
            Tone::Calm,
        ),
        tile(lang.of("数据读到", "Read up to"), age, &read, Tone::Calm),
    ]
}

/// By the books' clock.
fn read_until(status: &PipelineStatus) -> Option<DateTime<Utc>> {
    let text = status.read_until.as_deref()?;
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok().map(of_shanghai)
}

fn facts(
    view: &View,
    status: Option<&PipelineStatus>,
    paused: Option<&str>,
    now: DateTime<Utc>,
    lang: Lang,
) -> Vec<Fact> {
    let none = || "–".to_owned();
    let mut facts = Vec::new();
    let mut say = |chinese, english, value: String, tone| {
        facts.push(Fact { label: lang.of(chinese, english), value, tone });
    };
    if let Some(since) = paused {
        // Whatever the schedule says, nothing comes of it.
        say("暂停自", "Paused since", written(since), Tone::Warn);
    } else if let Some(next) = view.next {
        say("下次运行", "Next run", moment(next), Tone::Calm);
    }
    if let Some(until) = view.settings.kingdee.waits_until(shanghai(now)) {
        say("暂停写入至", "Writing waits until", until.to_string(), Tone::Calm);
    }
    say("计划", "Schedule", view.schedule.clone(), Tone::Calm);
    say("上次成功", "Last success", view.succeeded.map_or_else(none, |at| lang.ago(now - at)), Tone::Calm);
    let settled = status.and_then(|status| status.cursor.as_deref());
    say("已完整读取至", "Fully read up to", settled.map_or_else(none, written), Tone::Calm);
    if let Some(first) = status.and_then(|status| status.short_windows.first()) {
        let count = status.map_or(0, |status| status.short_windows.len());
        let value = format!("{count} ({} … {})", written(&first.start), written(&first.end));
        say("待补读的窗口", "Windows to be read again", value, Tone::Warn);
    }
    let pace = &view.pace;
    let ceiling = format!("{:.0}", pace.ceiling.floor());
    let is_lower = pace.ceiling < f64::from(pace.quota);
    let rate = match lang {
        Lang::Chinese if is_lower => format!("每分钟 {ceiling} 次（合同 {}）", pace.quota),
        Lang::English if is_lower => format!("{ceiling} calls/min (contract {})", pace.quota),
        Lang::Chinese => format!("每分钟 {} 次", pace.quota),
        Lang::English => format!("{} calls/min", pace.quota),
    };
    say("旺店通限速", "旺店通 limit", rate, if is_lower { Tone::Warn } else { Tone::Calm });
    if let Some(until) = pace.held_until.filter(|until| *until > now) {
        say("封禁至", "Banned until", moment(until), Tone::Bad);
        if !pace.said.is_empty() {
            say("旺店通的答复", "旺店通 said", crate::text::shown(&pace.said).into_owned(), Tone::Bad);
        }
    }
    if let Some(hold) = kingdee_hold(view, now) {
        say("金蝶要求等待至", "金蝶 asks to wait until", moment(hold.until), Tone::Bad);
        say("金蝶的答复", "金蝶 said", crate::text::shown(&hold.said).into_owned(), Tone::Bad);
    }
    let offset = status.map(|status| status.clock_offset_seconds).unwrap_or_default();
    let tone = if offset.abs() > OFF { Tone::Bad } else { Tone::Calm };
    say("时钟差", "Clock offset", format!("{offset:+.1} s"), tone);
    if let Some(clock) = status.and_then(|status| status.clock.as_ref()) {
        let tone = if clock.state == "unknown" { Tone::Calm } else { Tone::Bad };
        let words = match (clock.state.as_str(), lang) {
            ("steady", Lang::Chinese) => "本机时钟不准，读取按旺店通时间",
            ("steady", Lang::English) => "this machine's is off; read by 旺店通's",
            ("contradictory", Lang::Chinese) => "旺店通的时间前后矛盾，完整读取按最早的时间",
            ("contradictory", Lang::English) => "旺店通's contradict each other; fully read by the earliest",
            ("impossible", Lang::Chinese) => "本机时钟不可能正确，未读取也未写入",
            ("impossible", Lang::English) => "this machine's cannot be right: nothing is read or written",
            (_, Lang::Chinese) => "旺店通的时间未知，按本机",
            (_, Lang::English) => "旺店通's is not known, this machine's is used",
        };
        say("时钟", "Clocks", words.to_owned(), tone);
    }
    facts
}

/// The pause that 金蝶 asked for, if it lasts.
pub(super) fn kingdee_hold(view: &View, now: DateTime<Utc>) -> Option<&Hold> {
    view.kingdee_hold.as_ref().filter(|hold| hold.until > now)
}

fn flags(status: &PipelineStatus, lang: Lang) -> Vec<(String, String)> {
    let all = status.flags.iter().filter(|(_, count)| **count > 0);
    all.map(|(kind, count)| (words::flag(kind, lang), figure(*count))).collect()
}

fn filtered(status: &PipelineStatus, names: Option<&Names>, lang: Lang) -> Vec<FilteredLine> {
    let told = status.filtered.iter().take(FILTERED).map(|group| {
        let shop = &group.shop_no;
        let name = names.and_then(|names| names.shops.get(shop)).map(String::as_str);
        let what = scope_title(group.kind, group.process_status);
        let list = Listed {
            pipeline: Some(status.pipeline.clone()),
            cause: Some(scope_word(group.kind, group.process_status)),
            shop: Some(shop.clone()),
            ..Listed::plain(List::Filtered)
        };
        FilteredLine {
            title: format!("{} · {}", what.get(lang), named(shop, name)),
            count: figure(group.count),
            yuan: money(group.amount),
            link: list.address(),
        }
    });
    told.collect()
}

/// What is not shown of them.
fn filtered_more(status: &PipelineStatus, lang: Lang) -> Option<(String, String)> {
    let more = status.filtered.len().checked_sub(FILTERED).filter(|more| *more > 0)?;
    let rest = status.filtered.iter().skip(FILTERED);
    let (count, yuan) =
        rest.fold((0, Decimal::ZERO), |(count, yuan), group| (count + group.count, yuan + group.amount));
    let (count, yuan) = (figure(count), money(yuan));
    let said = match lang {
        Lang::Chinese => format!("另有 {more} 组，{count} 张 · {yuan}"),
        Lang::English => format!("{more} more groups, {count} returns · {yuan}"),
    };
    let all = Listed { pipeline: Some(status.pipeline.clone()), ..Listed::plain(List::Filtered) };
    Some((said, all.address()))
}

impl WindowLine {
    fn of(row: &crate::store::WindowRow, lang: Lang) -> Self {
        let is_settled = row.state == "settled";
        let state = if is_settled {
            ("已完整读取", "fully read")
        } else {
            ("已读，待确认完整", "read, not proven whole yet")
        };
        Self {
            start: written(&row.start),
            end: written(&row.end),
            state: lang.of(state.0, state.1).to_owned(),
            is_settled,
            seen: match row.total {
                Some(total) => format!("{} / {}", figure(row.seen), figure(total)),
                None => figure(row.seen),
            },
            calls: row.calls,
            note: row.gap().map(|gap| gap.get(lang).to_owned()).unwrap_or_default(),
        }
    }
}

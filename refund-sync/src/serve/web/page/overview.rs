//! The first page: how every pipeline does, what waits for a person, what persons did.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::Hold;

use super::frame::{Frame, Tone, html};
use super::lang::{Lang, figure, moment, written};
use super::parked::Group;
use super::plot::Plot;
use super::reconciled::Reconciled;
use super::run::RunLine;
use super::state::Page;
use super::visitor::Visitor;
use super::{notice, words};
use crate::clock::of_shanghai;
use crate::journal::State as DocumentState;
use crate::serve::View;
use crate::store::{ActionRow, Hour, PipelineStatus, Stopped, StoreError};

/// How many of the last orders are shown.
const ACTIONS: usize = 12;
/// A server's clock that is off by more is worth a word.
const OFF: f64 = 60.0;
/// A cycle that is late by less is nobody's concern.
const LATE: TimeDelta = TimeDelta::minutes(10);
/// How many groups of what the filter left out are shown.
const FILTERED: usize = 12;

#[derive(Debug, askama::Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    tone: Tone,
    headline: String,
    pipelines: Vec<Card>,
    groups: Vec<Group>,
    actions: Vec<ActionLine>,
}

/// One pipeline.
#[derive(Debug)]
struct Card {
    name: String,
    tone: Tone,
    mood: String,
    stopped: Option<StopNote>,
    is_paused: bool,
    /// 旺店通 or 金蝶 wants to be left alone, which a person may overrule.
    is_held: bool,
    tiles: Vec<Tile>,
    plot: Plot,
    facts: Vec<Fact>,
    flags: Vec<(String, String)>,
    runs: Vec<RunLine>,
    windows: Vec<WindowLine>,
    filtered: Vec<(String, String)>,
    reconciled: Option<Reconciled>,
}

#[derive(Debug)]
struct StopNote {
    since: String,
    reason: String,
    remedy: String,
}

/// A figure that is read from afar.
#[derive(Debug)]
struct Tile {
    label: &'static str,
    value: String,
    hint: String,
    tone: Tone,
}

#[derive(Debug)]
struct Fact {
    label: &'static str,
    value: String,
    tone: Tone,
}

#[derive(Debug)]
struct WindowLine {
    start: String,
    end: String,
    state: String,
    is_settled: bool,
    seen: String,
    calls: u32,
    note: String,
}

#[derive(Debug)]
struct ActionLine {
    at: String,
    what: String,
    pipeline: String,
    subject: String,
    remote: String,
}

pub(super) async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.overview(&visitor).await {
        Ok(overview) => html(&overview),
        Err(error) => notice::of_store(&visitor, &error),
    }
}

impl Page {
    async fn overview(&self, visitor: &Visitor) -> Result<Overview, StoreError> {
        let (lang, now) = (visitor.lang, self.house.board.now());
        let shown = self.shown().await?;
        let views = self.house.board.views();
        let pipelines: Vec<_> = views
            .iter()
            .map(|(name, view)| {
                let status = shown.statuses.iter().find(|status| status.pipeline == *name);
                Card::of(name, view, status, &shown.hours, now, lang)
            })
            .collect();
        let groups = self.groups(&shown.statuses, lang).await?;
        let actions = self.house.journal.store()?.actions(ACTIONS).await?;
        let (tone, headline) = headline(&pipelines, shown.parked(), lang);
        Ok(Overview {
            frame: Frame::live(visitor, lang.of("总览", "Overview"), &shown),
            tone,
            headline,
            pipelines,
            groups,
            actions: actions.iter().map(|row| ActionLine::of(row, lang)).collect(),
        })
    }
}

/// The one sentence that says whether somebody has to do something.
fn headline(pipelines: &[Card], parked: u64, lang: Lang) -> (Tone, String) {
    let stopped = pipelines.iter().filter(|card| card.stopped.is_some()).count();
    let worst = pipelines.iter().map(|card| card.tone).max().unwrap_or(Tone::Calm);
    let done: u64 = pipelines.iter().map(|card| card.plot.total).sum();
    let (parked_figure, done) = (figure(parked), figure(done));
    match lang {
        _ if stopped > 0 => (
            Tone::Bad,
            lang.of("有同步方案已停止，需要您处理", "A pipeline is stopped and needs you").to_owned(),
        ),
        Lang::Chinese if parked > 0 => (Tone::Warn, format!("有 {parked_figure} 张退换单待处理")),
        Lang::English if parked > 0 => (Tone::Warn, format!("{parked_figure} returns need attention")),
        _ if worst >= Tone::Warn => {
            (Tone::Warn, lang.of("有同步方案需要留意", "A pipeline deserves a look").to_owned())
        }
        Lang::Chinese => (Tone::Good, format!("一切正常，过去 24 小时完成 {done} 张")),
        Lang::English => (Tone::Good, format!("All is well: {done} bills done in the last 24 hours")),
    }
}

impl Card {
    fn of(
        name: &str,
        view: &View,
        status: Option<&PipelineStatus>,
        hours: &[Hour],
        now: DateTime<Utc>,
        lang: Lang,
    ) -> Self {
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
            stopped: stopped.map(|stopped| StopNote::of(stopped, lang)),
            is_paused: paused.is_some(),
            is_held,
            plot: Plot::of(name, hours, now, lang),
            tiles: tiles(status, hours.iter().filter(|hour| hour.pipeline == name), now, lang),
            facts: facts(view, status, paused, now, lang),
            flags: status.map(|status| flags(status, lang)).unwrap_or_default(),
            runs: runs.map(|(place, row)| RunLine::of(row, goes_on && place == 0, lang)).collect(),
            windows: status
                .map(|status| status.windows.iter().map(|row| WindowLine::of(row, lang)).collect())
                .unwrap_or_default(),
            filtered: status.map(|status| filtered(status, lang)).unwrap_or_default(),
            reconciled: view.reconciled.as_ref().map(|verdict| Reconciled::of(verdict, lang)),
        }
    }
}

fn tiles<'a>(
    status: Option<&PipelineStatus>,
    hours: impl Iterator<Item = &'a Hour>,
    now: DateTime<Utc>,
    lang: Lang,
) -> Vec<Tile> {
    let of = |state: DocumentState| {
        status.and_then(|status| status.documents.get(state.as_str()).copied()).unwrap_or_default()
    };
    let moving: u64 = DocumentState::ALL.into_iter().filter(|state| state.is_pending()).map(of).sum();
    let parked = of(DocumentState::Parked);
    let day: u64 = hours.map(|hour| hour.confirmed).sum();
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
        say("暂停自", "Paused since", written(since), Tone::Warn);
    }
    let next = view.next.map_or_else(none, moment);
    say("下次运行", "Next run", format!("{next}（{}）", view.schedule), Tone::Calm);
    say("上次成功", "Last success", view.succeeded.map_or_else(none, |at| lang.ago(now - at)), Tone::Calm);
    let settled = status.and_then(|status| status.cursor.as_deref());
    say("已完整读取至", "Fully read up to", settled.map_or_else(none, written), Tone::Calm);
    if let Some(first) = status.and_then(|status| status.short_windows.first()) {
        let count = status.map_or(0, |status| status.short_windows.len());
        let value = format!("{count}（{} … {}）", written(&first.start), written(&first.end));
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
fn kingdee_hold(view: &View, now: DateTime<Utc>) -> Option<&Hold> {
    view.kingdee_hold.as_ref().filter(|hold| hold.until > now)
}

fn flags(status: &PipelineStatus, lang: Lang) -> Vec<(String, String)> {
    let all = status.flags.iter().filter(|(_, count)| **count > 0);
    all.map(|(kind, count)| (words::flag(kind, lang), figure(*count))).collect()
}

fn filtered(status: &PipelineStatus, lang: Lang) -> Vec<(String, String)> {
    let told = status.filtered.iter().take(FILTERED).map(|group| {
        let code = |code: Option<i32>| code.map_or_else(|| "?".to_owned(), |code| code.to_string());
        let (kind, process) = (code(group.kind), code(group.process_status));
        let what = match lang {
            Lang::Chinese => format!("类型 {kind} · 状态 {process} · 店铺 {}", group.shop_no),
            Lang::English => format!("type {kind} · status {process} · shop {}", group.shop_no),
        };
        (what, figure(group.count))
    });
    told.collect()
}

impl StopNote {
    fn of(stopped: &Stopped, lang: Lang) -> Self {
        Self {
            since: written(&stopped.since),
            reason: stopped.reason.clone(),
            remedy: stopped.remedy.get(lang).to_owned(),
        }
    }
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
            note: row.note.clone(),
        }
    }
}

impl ActionLine {
    fn of(row: &ActionRow, lang: Lang) -> Self {
        let subject =
            if row.action == "retry-cause" { words::cause(&row.subject, lang) } else { row.subject.clone() };
        Self {
            at: moment(row.at),
            what: words::action(&row.action, lang),
            pipeline: row.pipeline.clone(),
            subject: subject.clone(),
            remote: if row.by.is_empty() {
                row.remote.clone()
            } else {
                format!("{} ({})", row.by, row.remote)
            },
        }
    }
}

//! The first page: what waits for a person, the money, how every pipeline does, what persons did: in this order.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use rust_decimal::Decimal;

use super::attention::Attention;
use super::card::{Card, done_today};
use super::frame::{Frame, Tone, html};
use super::lang::{Lang, figure, moment, money};
use super::listed::Listed;
use super::plot::Span;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::{notice, words};
use crate::store::{ActionRow, List, StoreError, Sum};

/// How many of the last orders are shown.
const ACTIONS: usize = 12;

#[derive(Debug, askama::Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    tone: Tone,
    headline: String,
    attention: Attention,
    money: Vec<MoneyLine>,
    pipelines: Vec<Card>,
    /// The spans that the charts can show: name, address, whether it is shown.
    spans: Vec<(&'static str, String, bool)>,
    actions: Vec<ActionLine>,
}

#[derive(Debug)]
struct ActionLine {
    at: String,
    what: String,
    pipeline: String,
    subject: String,
    remote: String,
}

/// How many returns are somewhere, and how much money.
#[derive(Debug)]
struct MoneyLine {
    label: String,
    count: String,
    money: String,
    link: String,
    tone: Tone,
}

/// What the headline is made of.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    stopped: usize,
    parked: u64,
    waits: Decimal,
    differ: u64,
    gap: Decimal,
    robots: usize,
    done: u64,
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
        let span = Span::parse(visitor.here.asked("span"));
        let hours = self.hours(&shown, span).await?;
        let pipelines: Vec<_> = views
            .iter()
            .map(|(name, view)| {
                let status = shown.statuses.iter().find(|status| status.pipeline == *name);
                Card::of((name, view), status, (&hours, span), now, lang)
            })
            .collect();
        let attention = self.attention(visitor, &shown).await?;
        let verdicts = || views.values().filter_map(|view| view.reconciled.as_ref());
        let sums = Sums {
            stopped: attention.stops.len(),
            parked: shown.parked(),
            waits: shown.sum(List::Parked).amount,
            differ: verdicts().flat_map(|verdict| verdict.differences.values()).sum(),
            gap: verdicts().map(|verdict| verdict.gap).sum(),
            robots: attention.robots.len(),
            done: views.keys().map(|name| done_today(name, &shown.hours, now)).sum(),
        };
        let (tone, headline) = headline(&pipelines, sums, lang);
        let actions = self.house.journal.store()?.actions(ACTIONS).await?;
        let frame = self.frame(visitor, lang.of("总览", "Overview"), &shown).await?;
        Ok(Overview {
            frame,
            tone,
            headline,
            attention,
            money: money_lines(&shown, sums, lang),
            pipelines,
            spans: Span::ALL
                .map(|one| (one.title(lang), visitor.here.with(&[("span", one.as_str())]), one == span))
                .to_vec(),
            actions: actions.iter().map(|row| ActionLine::of(row, lang)).collect(),
        })
    }
}

/// The money by where it is: what waits, what moves, what has something to be known, what differs from 金蝶.
fn money_lines(shown: &Shown, sums: Sums, lang: Lang) -> Vec<MoneyLine> {
    let of = |list: List, tone| {
        let Sum { count, amount } = shown.sum(list);
        MoneyLine {
            label: list.title().get(lang).to_owned(),
            count: figure(count),
            money: money(amount),
            link: Listed::plain(list).address(),
            tone: if count > 0 { tone } else { Tone::Calm },
        }
    };
    let differ = MoneyLine {
        label: lang.of("对账差异", "Differs from 金蝶").to_owned(),
        count: figure(sums.differ),
        money: money(sums.gap),
        link: "#reconciled-1".to_owned(),
        tone: if sums.differ > 0 { Tone::Warn } else { Tone::Calm },
    };
    let lists = [(List::Parked, Tone::Warn), (List::InProgress, Tone::Calm), (List::Flagged, Tone::Calm)];
    lists.map(|(list, tone)| of(list, tone)).into_iter().chain([differ]).collect()
}

/// The sentence that says whether somebody has to do something, and about how much money.
fn headline(pipelines: &[Card], sums: Sums, lang: Lang) -> (Tone, String) {
    let Sums { stopped, parked, waits, differ, gap, robots, done } = sums;
    let worst = pipelines.iter().map(|card| card.tone).max().unwrap_or(Tone::Calm);
    let mut told = Vec::new();
    if stopped > 0 {
        told.push(lang.of("有同步方案已停止，需要您处理", "A pipeline is stopped and needs you").to_owned());
    }
    if parked > 0 {
        let (count, waits) = (figure(parked), money(waits));
        told.push(match lang {
            Lang::Chinese => format!("有 {count} 张退换单待处理，{waits}"),
            Lang::English => format!("{count} returns need attention, {waits}"),
        });
    }
    if differ > 0 {
        let (count, gap) = (figure(differ), money(gap));
        told.push(match lang {
            Lang::Chinese => format!("对账差异 {count} 张，相差 {gap}"),
            Lang::English => format!("{count} differ from 金蝶, by {gap}"),
        });
    }
    if robots > 0 {
        told.push(lang.of("有报警无法送达", "Alerts do not arrive").to_owned());
    }
    if told.is_empty() && worst >= Tone::Warn {
        told.push(lang.of("有同步方案需要留意", "A pipeline deserves a look").to_owned());
    }
    if !told.is_empty() {
        let tone = if stopped > 0 { Tone::Bad } else { Tone::Warn };
        return (tone, told.join(lang.of("；", "; ")));
    }
    let done = figure(done);
    let all_is_well = match lang {
        Lang::Chinese => format!("一切正常，过去 24 小时完成 {done} 张"),
        Lang::English => format!("All is well: {done} bills done in the last 24 hours"),
    };
    (Tone::Good, all_is_well)
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

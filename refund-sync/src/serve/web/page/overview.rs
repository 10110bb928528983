//! The first page: what waits for a person, the money, how every pipeline does, what persons did: in this order.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::attention::Attention;
use super::card::{Card, done_today};
use super::frame::{Frame, Tone, html};
use super::lang::{Lang, brief, figure, moment, money};
use super::listed::Listed;
use super::orders::{Order, REFUSED};
use super::plot::Span;
use super::state::{Page, Shown};
use super::visitor::Visitor;
use super::{missing, notice, words};
use crate::serve::filling::Filling;
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
    /// When that was seen.
    compared: Option<DateTime<Utc>>,
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
            .map(|(name, view)| Card::of((name, view), &shown, (&hours, span), now, lang))
            .collect();
        let attention = self.attention(visitor, &shown).await?;
        let open = shown.open_differences();
        let compared = views.keys().filter_map(|name| shown.differences(name));
        let sums = Sums {
            stopped: attention.stops.len(),
            parked: shown.parked(),
            waits: shown.sum(List::Parked).amount,
            differ: open.count,
            gap: open.amount,
            compared: compared.filter(|found| found.open.count > 0).map(|found| found.at).min(),
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
            actions: actions
                .iter()
                .map(|row| {
                    let by_customer = views.get(&row.pipeline).and_then(|view| view.filling.as_ref());
                    ActionLine::of(row, by_customer.is_some_and(Filling::by_customer), lang)
                })
                .collect(),
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
    let Sums { stopped, parked, waits, differ, gap, compared, robots, done } = sums;
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
        let at = compared.map(brief).unwrap_or_default();
        told.push(match (lang, parked > 0) {
            (Lang::Chinese, true) => format!("另有对账差异 {count} 张，相差 {gap}（{at} 对账）"),
            (Lang::Chinese, false) => format!("对账差异 {count} 张，相差 {gap}（{at} 对账）"),
            (Lang::English, true) => format!("{count} more differ from 金蝶, by {gap} (compared at {at})"),
            (Lang::English, false) => format!("{count} differ from 金蝶, by {gap} (compared at {at})"),
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
    fn of(row: &ActionRow, by_customer: bool, lang: Lang) -> Self {
        let order = Order::parse(row.action.strip_prefix(REFUSED).unwrap_or(&row.action));
        let subject = match (order, row.subject.split_once(' ')) {
            (Some(Order::RetryCause), _) => words::cause(&row.subject, lang),
            (Some(Order::Fill), Some((table, rest))) => {
                format!("{} {rest}", missing::subject(table, by_customer, lang))
            }
            _ => row.subject.clone(),
        };
        Self {
            at: moment(row.at),
            what: words::action(&row.action, lang),
            pipeline: row.pipeline.clone(),
            subject,
            remote: if row.by.is_empty() {
                row.remote.clone()
            } else {
                format!("{} ({})", row.by, row.remote)
            },
        }
    }
}

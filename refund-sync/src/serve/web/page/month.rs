//! The month on the page: by shop what is written and what is open, one line that says whether it may be closed, and closing
//! it. What is open is `store::month`'s to say.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::frame::{Frame, Tone, html};
use super::lang::{Lang, figure, moment};
use super::state::Page;
use super::visitor::{Fields, Visitor};
use super::words::named;
use super::{link, notice, orders, words};
use crate::answer::{NOT_IN_SCOPE, reconciled};
use crate::clock::shanghai;
use crate::lang::money;
use crate::model::{Month, Names};
use crate::store::{
    self, ActionRow, Closing, MonthMade, MonthOrder, MonthReport, MonthSum, OpenReturn, Request, ShopMonth,
    StoreError,
};

/// How long the page waits for whoever works the pipeline.
const WAIT: Duration = Duration::from_secs(8);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, askama::Template)]
#[template(path = "month.html")]
struct MonthPage {
    frame: Frame,
    month: String,
    before: String,
    after: String,
    heads: [&'static str; 8],
    /// What is counted as not in scope.
    not_in_scope: String,
    pipelines: Vec<Card>,
}

/// One pipeline.
#[derive(Debug)]
struct Card {
    pipeline: String,
    tone: Tone,
    verdict: String,
    why: Vec<String>,
    /// Who closed it and opened it again.
    history: Vec<String>,
    notes: Vec<String>,
    open_from: Option<String>,
    rows: Vec<[String; 8]>,
    total: Option<[String; 8]>,
    has_left_out: bool,
    lists: Vec<(&'static str, Vec<Line>)>,
    can_close: bool,
    can_reopen: bool,
}

#[derive(Debug)]
struct Line {
    refund_no: String,
    link: String,
    shop: String,
    date: String,
    yuan: String,
    cause: String,
}

/// The month that is asked for: by default last month, which is the one to be closed. `None`: it is no month.
fn asked(visitor: &Visitor, today: chrono::NaiveDate) -> Option<Month> {
    match visitor.here.asked("m") {
        Some(month) => month.trim().parse().ok(),
        None => Some(Month::of(today).before()),
    }
}

fn no_month(visitor: &Visitor, asked: &str) -> Response {
    let (zh, en) = (
        format!("“{asked}”不是月份，请写成 2026-11。"),
        format!("{asked} is no month: write it as 2026-11."),
    );
    notice::of(visitor, StatusCode::BAD_REQUEST, &zh, &en)
}

pub(super) async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let Some(month) = asked(&visitor, shanghai(page.house.board.now()).date()) else {
        return no_month(&visitor, visitor.here.asked("m").unwrap_or_default());
    };
    match page.month(month, &visitor).await {
        Ok(month) => html(&month),
        Err(error) => notice::of_store(&visitor, &error),
    }
}

impl Page {
    async fn month(&self, month: Month, visitor: &Visitor) -> Result<MonthPage, StoreError> {
        let lang = visitor.lang;
        let store = self.house.journal.store()?;
        let shown = self.shown().await?;
        let mut pipelines = Vec::new();
        for (name, view) in &self.house.board.views() {
            let Some(row) = store.known_pipeline(name).await? else { continue };
            let mut settings = view.settings.as_ref().clone();
            store::close_months(&mut settings, store.as_ref(), row.id, self.house.board.now()).await?;
            let place = (name.as_str(), row.id);
            let report = MonthReport::read(store.as_ref(), place, &settings.mapping, month).await?;
            let report = reconciled(report, (store.as_ref(), row.id), None).await?;
            pipelines.push(Card::of(&report, &store.names(row.id).await?, lang));
        }
        let place = |month: Month| link::to("/month", &[("m", &month.to_string())]);
        Ok(MonthPage {
            frame: Frame::live(visitor, lang.of("月结", "Month end"), &shown),
            month: month.to_string(),
            before: place(month.before()),
            after: place(month.after()),
            heads: heads(lang),
            not_in_scope: NOT_IN_SCOPE.get(lang).to_owned(),
            pipelines,
        })
    }
}

/// What a form of the month brought.
pub(super) struct Wanted<'a> {
    pub(super) pipeline: &'a str,
    pub(super) month: &'a str,
    pub(super) reopen: bool,
    pub(super) note: &'a str,
}

/// Closes a month or opens it again, and says what became of it.
pub(super) async fn order(page: &Page, wanted: Wanted<'_>, visitor: &Visitor, fields: &Fields) -> Response {
    let Ok(month) = wanted.month.parse::<Month>() else {
        return no_month(visitor, wanted.month);
    };
    match page.order_month(wanted, month, visitor, fields.text("action")).await {
        Err(error) => notice::of_store(visitor, &error),
        Ok(None) => notice::of(
            visitor,
            StatusCode::ACCEPTED,
            "已受理，当前这一轮结束后生效；请稍后刷新查看。",
            "Taken: it holds once the run that goes on is over. Look again in a moment.",
        ),
        Ok(Some(made)) if !made.done => {
            notice::of(visitor, StatusCode::UNPROCESSABLE_ENTITY, &made.message.zh, &made.message.en)
        }
        Ok(Some(made)) if visitor.rights.is_script() => (StatusCode::OK, axum::Json(made)).into_response(),
        Ok(Some(_)) => {
            Redirect::to(&link::done(fields.text("back"), fields.text("action"), None)).into_response()
        }
    }
}

impl Page {
    async fn order_month(
        &self,
        wanted: Wanted<'_>,
        month: Month,
        visitor: &Visitor,
        action: &str,
    ) -> Result<Option<MonthMade>, StoreError> {
        let store = self.house.journal.store()?;
        let Some(row) = store.known_pipeline(wanted.pipeline).await? else { return Ok(None) };
        let now = self.house.board.now();
        let action = ActionRow {
            at: now,
            remote: visitor.remote.to_string(),
            by: visitor.name(),
            action: action.to_owned(),
            pipeline: wanted.pipeline.to_owned(),
            subject: month.to_string(),
        };
        store.record_action(action.clone()).await?;
        let (by, note) = (visitor.by(), wanted.note.trim().to_owned());
        let order = MonthOrder { month, reopen: wanted.reopen, by, note };
        let request = store.leave_request(row.id, Request::Month(order), now).await?;
        let give_up = tokio::time::Instant::now() + WAIT;
        while tokio::time::Instant::now() < give_up {
            if let Some(answer) = store.request_answer(request).await? {
                let made: Option<MonthMade> = serde_json::from_str(&answer).ok();
                if made.as_ref().is_some_and(|made| !made.done) {
                    store.record_action(orders::refused(action, self.house.board.now())).await?;
                }
                return Ok(made);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(None)
    }
}

impl Card {
    fn of(report: &MonthReport, names: &Names, lang: Lang) -> Self {
        let shop = |no: &str| named(no, names.shops.get(no).map(String::as_str));
        let (tone, verdict) = match &report.closed {
            Some(closing) => {
                let at = moment(closing.at);
                let by = &closing.by;
                (
                    Tone::Good,
                    match lang {
                        Lang::Chinese => format!("已关账：{by}，{at}{}", said(&closing.note, lang)),
                        Lang::English => format!("Closed by {by}, {at}{}", said(&closing.note, lang)),
                    },
                )
            }
            None if report.closed_by_rules => {
                let tone = if report.may_close { Tone::Good } else { Tone::Bad };
                (tone, lang.of("已按规则自动关账", "Closed by the rules").to_owned())
            }
            None if report.may_close => (
                Tone::Good,
                lang.of(
                    "可以关账：本月已读完，没有处理中或待处理的单据",
                    "May be closed: all is read, nothing is open",
                )
                .to_owned(),
            ),
            None => (Tone::Bad, lang.of("还不能关账", "May not be closed yet").to_owned()),
        };
        let total = (report.shops.len() > 1).then(|| row(lang.of("合计", "Total"), &report.total));
        let lists = [
            (lang.of("处理中", "In progress"), &report.in_progress),
            (lang.of("待处理", "Needs attention"), &report.parked),
            (lang.of("以前月份的退货，记入本月", "Of an earlier month, booked in this one"), &report.late),
        ];
        let lists = lists.into_iter().filter(|(_, all)| !all.is_empty());
        Self {
            pipeline: report.pipeline.clone(),
            tone,
            verdict,
            why: report.why.iter().map(|why| why.message.get(lang).to_owned()).collect(),
            history: report.history.iter().map(|closing| told(closing, lang)).collect(),
            notes: report.notes.iter().map(|note| note.message.get(lang).to_owned()).collect(),
            open_from: report.open_from.map(|day| day.to_string()),
            rows: report.shops.iter().map(|(shop_no, sums)| row(&shop(shop_no), sums)).collect(),
            total,
            has_left_out: report.total.filtered > 0,
            lists: lists
                .map(|(title, all)| {
                    (title, all.iter().map(|one| Line::of(one, shop(&one.shop_no), lang)).collect())
                })
                .collect(),
            can_close: report.closed.is_none() && !report.closed_by_rules && report.may_close,
            can_reopen: report.closed.as_ref().is_some_and(|closing| closing.month == report.month),
        }
    }
}

/// What the cells of a [`row`] are.
fn heads(lang: Lang) -> [&'static str; 8] {
    [
        lang.of("店铺", "Shop"),
        lang.of("已写入", "Written"),
        lang.of("其中以前月份", "Of these of earlier months"),
        lang.of("月末处理中", "In progress at its end"),
        lang.of("月末待处理", "Needs attention at its end"),
        lang.of("已决定", "Decided"),
        lang.of("差异", "Differs"),
        lang.of("未纳入", "Not in scope"),
    ]
}

fn row(name: &str, shop: &ShopMonth) -> [String; 8] {
    [
        name.to_owned(),
        sum(shop.written),
        sum(shop.late),
        sum(shop.in_progress),
        sum(shop.parked),
        sum(shop.decided),
        sum(shop.differs),
        sum(MonthSum { count: shop.filtered, yuan: shop.filtered_yuan }),
    ]
}

/// Who closed the month or opened it again, when, and why.
fn told(closing: &Closing, lang: Lang) -> String {
    let done =
        if closing.reopened { lang.of("重新打开", "opened again") } else { lang.of("关账", "closed") };
    format!("{} · {done} · {}{}", moment(closing.at), closing.by, said(&closing.note, lang))
}

/// What a person said of it, if anything.
fn said(note: &str, lang: Lang) -> String {
    if note.trim().is_empty() { String::new() } else { format!("{}{note}", lang.of("：", ": ")) }
}

fn sum(MonthSum { count, yuan }: MonthSum) -> String {
    if count == 0 { "–".to_owned() } else { format!("{} · {}", figure(count), money(yuan)) }
}

impl Line {
    fn of(one: &OpenReturn, shop: String, lang: Lang) -> Self {
        let cause = one.cause.as_deref().map(|cause| words::cause(cause, lang));
        Self {
            refund_no: one.refund_no.clone(),
            link: link::refund(&one.refund_no),
            shop,
            date: one.date.to_string(),
            yuan: money(one.yuan),
            cause: cause.unwrap_or_else(|| one.state.title().get(lang).to_owned()),
        }
    }
}

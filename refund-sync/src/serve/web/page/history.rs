//! One return: what `why` tells, for people who would rather read than call.

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::attention;
use super::frame::{Frame, Tone, html};
use super::goods::{EntryLine, GoodsLine, entries, goods};
use super::lang::{Lang, moment, money, written};
use super::state::Page;
use super::visitor::Visitor;
use super::{decide, notice, parked, words};
use crate::answer::NUMBERS;
use crate::clock::{rfc3339, shanghai};
use crate::config::{Kingdee, WebUrl};
use crate::journal::{Number, NumberKind, State as DocumentState, facts_in_words};
use crate::lang::Text;
use crate::model::scope_title;
use crate::serve::View;
use crate::source::why_left_out;
use crate::store::{Life, LifeEvent, StoreError};
use crate::text::shown;

#[derive(Debug, askama::Template)]
#[template(path = "life.html")]
struct HistoryPage {
    frame: Frame,
    refund_no: String,
    lives: Vec<HistoryView>,
}

/// The return in one pipeline.
#[derive(Debug)]
struct HistoryView {
    pipeline: String,
    tone: Tone,
    state: String,
    facts: Vec<Fact>,
    goods: Vec<GoodsLine>,
    lines: Vec<EntryLine>,
    /// Why it is not in scope.
    left_out: Option<String>,
    reasons: Vec<ReasonView>,
    flags: Vec<(String, String)>,
    due_at: Option<String>,
    newer_row_waits: bool,
    /// What keeps it from moving, beside a time of its own.
    waits_for: Option<String>,
    can_retry: bool,
    /// It was confirmed once and is gone from 金蝶: writing it again is a decision of its own.
    can_write_again: bool,
    /// What can be decided about it, and what was.
    form: decide::Form,
    events: Vec<EventView>,
}

#[derive(Debug)]
struct ReasonView {
    title: String,
    message: String,
    remedy: String,
}

#[derive(Debug)]
struct Fact {
    label: String,
    value: String,
    /// A number that people carry to another program.
    can_copy: bool,
    /// Where it is opened in 金蝶.
    link: Option<String>,
}

#[derive(Debug)]
struct EventView {
    at: String,
    tone: Tone,
    what: String,
    /// The facts that people ask for.
    told: String,
    /// All of them, as the journal has them: in English.
    detail: String,
}

pub(super) async fn show(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    in_path: Result<Path<String>, PathRejection>,
) -> Response {
    let lang = visitor.lang;
    let Ok(Path(refund_no)) = in_path else { return notice::no_text(&visitor) };
    let shown = match page.shown().await {
        Ok(shown) => shown,
        Err(error) => return notice::of_store(&visitor, &error),
    };
    let lives = match page.lives(&refund_no).await {
        Ok(lives) => lives,
        Err(error) => return notice::of_store(&visitor, &error),
    };
    if lives.is_empty() {
        return notice::of(
            &visitor,
            StatusCode::NOT_FOUND,
            &format!("没有找到 {refund_no}：不在已读的时间窗口内，或不属于该账号；{}。", NUMBERS.zh),
            &format!(
                "Nothing is known of {refund_no}: not in any window so far, or not of this account; {}.",
                NUMBERS.en
            ),
        );
    }
    let frame = match page.frame(&visitor, &refund_no, &shown).await {
        Ok(frame) => frame,
        Err(error) => return notice::of_store(&visitor, &error),
    };
    let (views, now) = (page.house.board.views(), page.house.board.now());
    let view = |(life, numbers): &(Life, Vec<Number>)| {
        let view = views.get(&life.pipeline);
        let left_out = view.and_then(|view| left_out(life, view)).map(|why| why.get(lang).to_owned());
        let waits_for = view.and_then(|view| waits_for(life, view, now, lang));
        let web_url = view.and_then(|view| view.web_url.as_ref());
        let due_at = due(life, view.map(|view| &view.settings.kingdee), now);
        HistoryView { left_out, due_at, waits_for, ..HistoryView::of(life, numbers, web_url, lang) }
    };
    let lives = lives.iter().map(view).collect();
    html(&HistoryPage { frame, refund_no, lives })
}

impl Page {
    /// Its life in every pipeline, with the numbers that nothing but the index knows of one that is not kept itself.
    async fn lives(&self, refund_no: &str) -> Result<Vec<(Life, Vec<Number>)>, StoreError> {
        let store = self.house.journal.store()?;
        let mut lives = Vec::new();
        for life in store.life(refund_no).await? {
            let numbers = match &life.refund {
                Some(_) => Vec::new(),
                None => store.numbers(&life.pipeline, refund_no).await?,
            };
            lives.push((life, numbers));
        }
        Ok(lives)
    }
}

impl HistoryView {
    fn of(life: &Life, numbers: &[Number], web_url: Option<&WebUrl>, lang: Lang) -> Self {
        let cause = life.reasons.first().map_or("", |reason| reason.cause.as_str());
        let is_parked = life.state == DocumentState::Parked;
        Self {
            pipeline: life.pipeline.clone(),
            tone: match life.state {
                DocumentState::Parked => Tone::Warn,
                DocumentState::Confirmed => Tone::Good,
                DocumentState::Filtered | DocumentState::Decided => Tone::Calm,
                _ => Tone::Busy,
            },
            state: life.state.title().get(lang).to_owned(),
            facts: facts(life, numbers, web_url, lang),
            left_out: None,
            goods: life.refund.iter().flat_map(goods).collect(),
            lines: life.bill.iter().flat_map(entries).collect(),
            reasons: life
                .reasons
                .iter()
                .map(|reason| ReasonView {
                    title: words::cause(&reason.cause, lang),
                    message: reason.message.get(lang).to_owned(),
                    remedy: words::remedy(reason, lang),
                })
                .collect(),
            flags: life
                .flags
                .iter()
                .map(|flag| (words::flag(&flag.kind, lang), flag.told(lang).to_owned()))
                .collect(),
            due_at: None,
            newer_row_waits: life.newer_row_waits,
            waits_for: None,
            can_retry: is_parked && parked::can_retry(cause),
            can_write_again: is_parked && cause == "removed_in_kingdee",
            form: decide::Form::of(life, lang),
            events: life.events.iter().rev().map(|event| EventView::of(event, lang)).collect(),
        }
    }
}

/// When it is moved again; of what waits for a person and is tried again by itself, when that is, if ever.
fn due(life: &Life, kingdee: Option<&Kingdee>, now: DateTime<Utc>) -> Option<String> {
    let due = life.due_at.as_deref()?;
    if life.state != DocumentState::Parked {
        return Some(written(due));
    }
    let due = DateTime::parse_from_rfc3339(due).ok()?.to_utc();
    kingdee?.next_try(due, now).map(|at| written(&rfc3339(at)))
}

/// Why it is not in scope, for one that is not.
fn left_out(life: &Life, view: &View) -> Option<Text> {
    let is_out = life.state == DocumentState::Filtered;
    is_out.then(|| why_left_out(&view.settings.wdt, life.kind, life.process_status, &life.shop_no))
}

/// A stop of its pipeline, a pause that 金蝶 asked for, or hours in which nothing is written.
fn waits_for(life: &Life, view: &View, now: DateTime<Utc>, lang: Lang) -> Option<String> {
    if !life.state.is_pending() {
        return None;
    }
    if let Some(stopped) = &view.stopped {
        let what = lang.of("同步方案已停止，待处理", "Its pipeline is stopped and waits for a person");
        return Some(format!("{what} · {}", attention::stop(stopped.side, lang)));
    }
    if let Some(hold) = view.kingdee_hold.as_ref().filter(|hold| hold.until > now) {
        let (until, said) = (moment(hold.until), shown(&hold.said));
        return Some(match lang {
            Lang::Chinese => format!("金蝶要求等待至 {until}：{said}"),
            Lang::English => format!("金蝶 asks to wait until {until}: {said}"),
        });
    }
    let until = view.settings.kingdee.waits_until(shanghai(now))?;
    Some(format!("{} {until}", lang.of("暂停写入至", "Writing waits until")))
}

fn facts(life: &Life, numbers: &[Number], web_url: Option<&WebUrl>, lang: Lang) -> Vec<Fact> {
    let (bill, refund) = (life.bill.as_ref(), life.refund.as_ref());
    let mut facts = Vec::new();
    let mut say = |chinese: &str, english: &str, value: Option<String>, can_copy| {
        let value = value.filter(|value| !value.is_empty());
        facts.extend(value.map(|value| Fact {
            label: lang.of(chinese, english).to_owned(),
            value,
            can_copy,
            link: None,
        }));
    };
    say("退换单号", "Refund number", Some(life.refund_no.clone()), true);
    say("单据编号", "Bill number", life.bill_no.clone(), true);
    say("内码 FID", "FID", life.fid.clone(), true);
    match bill {
        Some(bill) => say("价税合计", "Amount with tax", Some(money(bill.amount())), false),
        None => say("金额", "Amount", life.amount.map(money), false),
    }
    let scope = scope_title(life.kind, life.process_status);
    say("类型 · 状态", "Type · status", life.kind.map(|_| scope.get(lang).to_owned()), false);
    say("单据日期", "Date", bill.map(|bill| bill.date.to_string()).or_else(|| life.date.clone()), false);
    say("客户", "Customer", bill.map(|bill| bill.customer.clone()), false);
    let shop = life.shop_name.iter().fold(life.shop_no.clone(), |shop, name| format!("{shop} {name}"));
    say("店铺", "Shop", Some(shop), false);
    say("仓库", "Warehouse", refund.map(|refund| refund.warehouse_no.clone()), false);
    say("原始单号", "Platform order", refund.map(|refund| refund.tid.clone()), true);
    say("平台退款单号", "Platform refund", refund.map(|refund| refund.src_no.clone()), true);
    say("系统订单", "Order in 旺店通", refund.map(|refund| refund.sales_tid.clone()), true);
    say("货值", "Value of the goods", refund.and_then(|refund| refund.goods_amount).map(money), false);
    say("实际退款", "Refunded", refund.and_then(|refund| refund.actual_refund_amount).map(money), false);
    say("首次待处理", "First came up", life.first_parked.as_deref().map(written), false);
    say("最近重试", "Last tried", life.last_tried.as_deref().map(written), false);
    let settled = refund.and_then(|refund| refund.finish_time).map(|at| at.to_string());
    say("结算时间", "Settled at", settled, false);
    say("修改时间", "Modified at", life.modified.clone(), false);
    for number in numbers.iter().filter(|number| number.kind != NumberKind::Refund) {
        let Text { zh, en } = number.kind.title();
        say(&zh, &en, Some(number.text.clone()), true);
    }
    let link = life.bill_no.as_deref().and_then(|bill_no| web_url?.of_bill(bill_no, life.fid.as_deref()));
    // Before there is a FID there is no bill to open.
    if let Some(fact) = facts.iter_mut().find(|fact| {
        life.fid.is_some()
            && Some(&fact.value) == life.bill_no.as_ref()
            && fact.label == lang.of("单据编号", "Bill number")
    }) {
        fact.link = link;
    }
    facts
}

impl EventView {
    fn of(event: &LifeEvent, lang: Lang) -> Self {
        let tone = match event.event.as_str() {
            "confirmed" | "saved" | "submitted" | "audited" | "adopted" => Tone::Good,
            "refused" | "rejected" | "conflict" | "read_unreadable" => Tone::Bad,
            "fate_unknown" | "not_sent" | "absent" | "noticed" | "reversed" => Tone::Warn,
            _ => Tone::Calm,
        };
        let detail = match &event.detail {
            // What people ask for is told in words above.
            Value::Object(facts) if !facts.is_empty() && lang == Lang::English => {
                serde_json::to_string_pretty(&event.detail).unwrap_or_default()
            }
            _ => String::new(),
        };
        Self {
            at: written(&event.at),
            tone,
            what: words::event(&event.event, lang),
            told: facts_in_words(&event.detail, lang),
            detail,
        }
    }
}

//! One return: what `why` tells, for people who would rather read than call.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use super::frame::{Frame, Tone, html};
use super::lang::{Lang, moment, written};
use super::state::Page;
use super::visitor::Visitor;
use super::{notice, parked, words};
use crate::journal::State as DocumentState;
use crate::model::ReturnBill;
use crate::serve::View;
use crate::store::{Life, LifeEvent, StoreError};
use crate::text::shown;

#[derive(Debug, askama::Template)]
#[template(path = "life.html")]
struct LifePage {
    frame: Frame,
    refund_no: String,
    lives: Vec<LifeView>,
}

/// The return in one pipeline.
#[derive(Debug)]
struct LifeView {
    pipeline: String,
    tone: Tone,
    state: String,
    facts: Vec<(&'static str, String)>,
    lines: Vec<BillLine>,
    reasons: Vec<ReasonView>,
    flags: Vec<(String, String)>,
    due_at: Option<String>,
    newer_row_waits: bool,
    /// What keeps it from moving, beside a time of its own.
    waits_for: Option<String>,
    can_retry: bool,
    /// It was confirmed once and is gone from 金蝶: writing it again is a decision of its own.
    can_write_again: bool,
    events: Vec<EventView>,
}

#[derive(Debug)]
struct ReasonView {
    title: String,
    message: String,
    remedy: String,
}

#[derive(Debug)]
struct BillLine {
    material: String,
    quantity: String,
    price: String,
    amount: String,
    stock: String,
}

#[derive(Debug)]
struct EventView {
    at: String,
    tone: Tone,
    what: String,
    /// The facts that people ask for.
    told: String,
    /// All of them, as the journal has them.
    detail: String,
}

pub(super) async fn show(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Path(refund_no): Path<String>,
) -> Response {
    let lang = visitor.lang;
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
            &format!("没有读到过退换单 {refund_no}：不在已读的时间窗口内，或不属于该账号。"),
            &format!("{refund_no} was never read: not in any window so far, or not of this account."),
        );
    }
    let frame = Frame::live(&visitor, &refund_no, &shown);
    let (views, now) = (page.house.board.views(), page.house.board.now());
    let view = |life: &Life| {
        let waits_for = views.get(&life.pipeline).and_then(|view| waits_for(life, view, now, lang));
        LifeView { waits_for, ..LifeView::of(life, lang) }
    };
    let lives = lives.iter().map(view).collect();
    html(&LifePage { frame, refund_no, lives })
}

impl Page {
    async fn lives(&self, refund_no: &str) -> Result<Vec<Life>, StoreError> {
        self.house.journal.store()?.life(refund_no).await
    }
}

impl LifeView {
    fn of(life: &Life, lang: Lang) -> Self {
        let cause = life.reasons.first().map_or("", |reason| reason.cause.as_str());
        let is_parked = life.state == DocumentState::Parked;
        Self {
            pipeline: life.pipeline.clone(),
            tone: match life.state {
                DocumentState::Parked => Tone::Warn,
                DocumentState::Confirmed => Tone::Good,
                DocumentState::Filtered => Tone::Calm,
                _ => Tone::Busy,
            },
            state: life.state.title().get(lang).to_owned(),
            facts: facts(life, lang),
            lines: life.bill.iter().flat_map(lines).collect(),
            reasons: life
                .reasons
                .iter()
                .map(|reason| ReasonView {
                    title: words::cause(&reason.cause, lang),
                    message: reason.message.get(lang).to_owned(),
                    remedy: reason.remedy.get(lang).to_owned(),
                })
                .collect(),
            flags: life
                .flags
                .iter()
                .map(|flag| (words::flag(&flag.kind, lang), flag.detail.clone()))
                .collect(),
            due_at: life.due_at.as_deref().map(written),
            newer_row_waits: life.newer_row_waits,
            waits_for: None,
            can_retry: is_parked && parked::can_retry(cause),
            can_write_again: is_parked && cause == "removed_in_kingdee",
            events: life.events.iter().rev().map(|event| EventView::of(event, lang)).collect(),
        }
    }
}

/// A stop of its pipeline, or a pause that 金蝶 asked for.
fn waits_for(life: &Life, view: &View, now: DateTime<Utc>, lang: Lang) -> Option<String> {
    if !life.state.is_pending() {
        return None;
    }
    if let Some(stopped) = &view.stopped {
        let what = lang.of("同步方案已停止，待处理", "Its pipeline is stopped and waits for a person");
        return Some(format!("{what}: {}", stopped.reason));
    }
    let hold = view.kingdee_hold.as_ref().filter(|hold| hold.until > now)?;
    let (until, said) = (moment(hold.until), shown(&hold.said));
    Some(match lang {
        Lang::Chinese => format!("金蝶要求等待至 {until}：{said}"),
        Lang::English => format!("金蝶 asks to wait until {until}: {said}"),
    })
}

fn facts(life: &Life, lang: Lang) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut say = |chinese, english, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (lang.of(chinese, english), value)));
    };
    let (bill, refund) = (life.bill.as_ref(), life.refund.as_ref());
    say("单据编号", "Bill number", life.bill_no.clone());
    say("内码 FID", "FID", life.fid.clone());
    say("价税合计", "Amount with tax", bill.map(|bill| format!("¥ {}", bill.amount())));
    say("记账日期", "Date", bill.map(|bill| bill.date.to_string()).or_else(|| life.date.clone()));
    say("客户", "Customer", bill.map(|bill| bill.customer.clone()));
    say("店铺", "Shop", refund.map(|refund| refund.shop_no.clone()));
    say("仓库", "Warehouse", refund.map(|refund| refund.warehouse_no.clone()));
    say("原始单号", "Order", refund.map(|refund| refund.tid.clone()));
    say("系统订单", "Order in 旺店通", refund.map(|refund| refund.sales_tid.clone()));
    let paid = refund.and_then(|refund| refund.actual_refund_amount);
    say("实际退款", "Refunded", paid.map(yuan));
    say("最后修改", "Last modified", life.modified.clone());
    facts
}

/// With two decimals, or as many as there are.
fn yuan(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    format!("¥ {amount}")
}

fn lines(bill: &ReturnBill) -> impl Iterator<Item = BillLine> {
    bill.lines.iter().map(|line| BillLine {
        material: line.material.clone(),
        quantity: line.quantity.normalize().to_string(),
        price: line.tax_price.normalize().to_string(),
        amount: line.amount.to_string(),
        stock: line.stock.clone(),
    })
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
            Value::Object(facts) if !facts.is_empty() => {
                serde_json::to_string_pretty(&event.detail).unwrap_or_default()
            }
            _ => String::new(),
        };
        Self {
            at: written(&event.at),
            tone,
            what: words::event(&event.event, lang),
            told: told(&event.detail, lang),
            detail,
        }
    }
}

/// What of the facts fits in a line.
fn told(detail: &Value, lang: Lang) -> String {
    let word = |key: &str| match &detail[key] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let reasons = detail["reasons"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut told: Vec<String> = reasons
        .iter()
        .filter_map(|reason| reason[lang.of("message_zh", "message")].as_str())
        .map(str::to_owned)
        .collect();
    told.extend(word("why"));
    told.extend(word("amount").map(|amount| format!("¥ {amount}")));
    told.extend(word("fid").map(|fid| format!("FID {fid}")));
    told.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yuan_have_two_decimals_and_lose_none() {
        let written = ["119.8000", "5", "2.7550"].map(|text| yuan(text.parse().unwrap()));
        assert_eq!(written, ["¥ 119.80", "¥ 5.00", "¥ 2.755"]);
    }

    #[test]
    fn what_an_event_tells_in_one_line_is_what_people_ask_for() {
        let reasons = json!([{ "message": "no row for S9", "message_zh": "没有 S9" }]);
        assert_eq!(told(&json!({ "reasons": reasons }), Lang::Chinese), "没有 S9");
        assert_eq!(told(&json!({ "amount": "5.51", "fid": "100001" }), Lang::English), "¥ 5.51 · FID 100001");
        assert_eq!(told(&json!({}), Lang::English), "");
    }
}

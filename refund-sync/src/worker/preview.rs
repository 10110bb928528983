//! The dry run: everything that is read and mapped, nothing that is written. Works on a copy of the journal.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Trouble, Worker};
use crate::journal::{Document, FoundBill, Identity, Reason, State, answers_for_others, identify};
use crate::lang::Text;
use crate::model::{FlagKind, ReturnBill};
use crate::sink;
use crate::store::StoreError;

/// What would happen to one return.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// 退换单号
    pub refund_no: String,
    /// Will, will not, or cannot tell.
    pub forecast: Forecast,
    /// Why.
    pub why: String,
    /// Why it would be parked.
    pub reasons: Vec<Reason>,
    /// The exact text that BatchSave would carry for it.
    #[serde(serialize_with = "raw")]
    pub bill: Option<String>,
    /// 店铺编号
    #[serde(skip)]
    pub shop_no: String,
    /// 原始单号
    #[serde(skip)]
    pub tid: String,
    /// `why` in Chinese; empty where `reasons` say it.
    #[serde(skip)]
    pub why_zh: Cow<'static, str>,
    /// The bill that the mapping made.
    #[serde(skip)]
    pub mapped: Option<ReturnBill>,
    /// The accounting date that it has by itself, as far as it can be told.
    #[serde(skip)]
    pub date: Option<NaiveDate>,
    /// Its money in yuan, as lists show it.
    #[serde(skip)]
    pub amount: Option<Decimal>,
    /// What a person should know of it.
    #[serde(skip)]
    pub flags: Vec<FlagKind>,
}

/// What would happen to a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Forecast {
    /// It would be written.
    Will,
    /// It would not be written.
    WillNot,
    /// Only 金蝶 can tell.
    CannotTell,
}

#[allow(clippy::ref_option, reason = "serde hands the field over like this")]
fn raw<S: serde::Serializer>(bill: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    bill.as_ref()
        .and_then(|text| serde_json::value::RawValue::from_string(text.clone()).ok())
        .serialize(serializer)
}

impl Worker {
    /// Reads and maps, then tells what a run would do. Sends nothing but look-ups.
    pub async fn preview(&self) -> Result<(Vec<Preview>, Vec<Text>), StoreError> {
        let mut failures = Vec::new();
        for trouble in
            [Box::pin(self.reader.read_cycle()).await.err(), self.map_all().await.err()].into_iter().flatten()
        {
            match trouble {
                Trouble::Stop(stop) => failures.push(stop.reason.then(&stop.remedy)),
                Trouble::Later { message, .. } => failures.push(message),
                Trouble::Store(error) => return Err(error),
            }
        }
        let far = chrono::DateTime::<chrono::Utc>::MAX_UTC;
        let mut documents = self.run.store.due(self.run.row.id, State::Mapped, far, usize::MAX >> 1).await?;
        documents.extend(self.run.store.due(self.run.row.id, State::Intended, far, usize::MAX >> 1).await?);
        let wanted: Vec<_> = documents.iter().filter_map(Document::return_bill).collect();
        let found = match self.writer.sink.look_up(&wanted).await {
            Ok(found) => {
                let strange = answers_for_others(&wanted, &found);
                let is_about_them = strange.is_none();
                failures.extend(strange);
                Some(found).filter(|_| is_about_them)
            }
            Err(error) => {
                failures.push(Text::from(&error).then(&error.advice().into()));
                None
            }
        };
        let mut previews: Vec<_> = documents
            .iter()
            .filter_map(|document| Some(forecast(document, document.return_bill()?, found.as_deref())))
            .collect();
        let rules = &self.run.settings.mapping;
        for document in self.run.store.parked_documents(self.run.row.id, None).await? {
            let date = document.date.or_else(|| document.refund().and_then(|refund| rules.date(refund)));
            let tid = document.refund().map(|refund| refund.tid.clone()).unwrap_or_default();
            let reasons = document.parking.map(|parking| parking.reasons).unwrap_or_default();
            let why = reasons.first().map(|reason| reason.message.clone()).unwrap_or_default();
            previews.push(Preview {
                refund_no: document.refund_no,
                forecast: Forecast::WillNot,
                why: why.en.into_owned(),
                reasons,
                bill: None,
                shop_no: document.shop_no,
                tid,
                why_zh: why.zh,
                mapped: None,
                date,
                amount: document.amount,
                flags: Vec::new(),
            });
        }
        Ok((previews, failures))
    }

    async fn map_all(&self) -> Result<(), Trouble> {
        while self.map_seen().await? {}
        Ok(())
    }
}

fn forecast(document: &Document, bill: &ReturnBill, found: Option<&[FoundBill]>) -> Preview {
    let (forecast, why) = match found.map(|found| identify(bill, found)) {
        None => (Forecast::CannotTell, Text::new("无法查询金蝶", "金蝶 could not be asked")),
        Some(_) if document.state == State::Intended => (
            Forecast::CannotTell,
            Text::new(
                "上次调用没有答复，先查单号",
                "a call that carried it was not answered; it is looked up first",
            ),
        ),
        Some(Identity::Absent) => (
            Forecast::Will,
            Text::new("已生成单据，单号在金蝶中未使用", "mapped, and its number is free in 金蝶"),
        ),
        Some(Identity::Ours { bill, .. }) => (
            Forecast::WillNot,
            Text::of(
                format!("金蝶中已有（内码 {}）", bill.id),
                format!("it stands in 金蝶 already (FID {})", bill.id),
            ),
        ),
        Some(Identity::Foreign { bill }) => (
            Forecast::WillNot,
            Text::of(
                format!("金蝶中已有同样的单据，但没有本程序的标记（内码 {}）：将认领", bill.id),
                format!(
                    "the same bill without our mark stands in 金蝶 (FID {}): it would be adopted",
                    bill.id
                ),
            ),
        ),
        Some(Identity::Illegible { .. }) => (
            Forecast::CannotTell,
            Text::new(
                "金蝶查到单据但不显示单号，本单可能在其中",
                "金蝶 finds bills and does not show their numbers: this one may be among them",
            ),
        ),
        Some(Identity::Unseen { bill, columns }) => {
            let columns = columns.into_iter().collect::<Vec<_>>().join(", ");
            (
                Forecast::CannotTell,
                Text::of(
                    format!("金蝶中已有该编号的单据（内码 {}），但 {columns} 无法读取，无法核对", bill.id),
                    format!(
                        "a bill stands in 金蝶 under its number (FID {}), and {columns} cannot be read: it cannot be compared",
                        bill.id
                    ),
                ),
            )
        }
        Some(_) => (
            Forecast::WillNot,
            Text::new(
                "该单号在金蝶中是另一张单据：将列入待处理",
                "its number stands in 金蝶 with something else behind it: it would be parked",
            ),
        ),
    };
    let text = serde_json::to_string(&sink::wire(bill, document.mark.as_deref())).ok();
    Preview {
        refund_no: document.refund_no.clone(),
        forecast,
        why: why.en.into_owned(),
        reasons: Vec::new(),
        bill: text,
        shop_no: document.shop_no.clone(),
        tid: document.refund().map(|refund| refund.tid.clone()).unwrap_or_default(),
        why_zh: why.zh,
        mapped: Some(bill.clone()),
        date: Some(bill.date),
        amount: Some(bill.amount()),
        flags: document.flags.iter().filter_map(|flag| FlagKind::parse(&flag.kind)).collect(),
    }
}

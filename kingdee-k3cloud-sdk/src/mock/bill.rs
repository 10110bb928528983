//! A bill as the simulated site stores it, and how the fields of a Model are applied to it: one after
//! the other, in the order sent. Whether a Model is accepted is decided in `save`; lines are in `line`.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::json::Json;
use super::line::{Pricing, StoredLine};
use super::meta;
use super::settings::Settings;

/// A stored 销售退货单 (or, by its model alone, any other form).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBill {
    /// The form's id.
    pub form_id: String,
    /// FID.
    pub id: u64,
    /// FBillNo.
    pub number: String,
    /// FDocumentStatus: Z draft, A created, B in audit, C audited, D audited again.
    pub document_status: char,
    /// FCancelStatus B.
    pub cancelled: bool,
    /// FThirdBillNo.
    pub third_bill_no: String,
    /// FThirdSrcType.
    pub third_src_type: String,
    /// FThirdBillId.
    pub third_bill_id: String,
    /// Number of FRetcustId.
    pub customer: String,
    /// FDate.
    pub date: NaiveDate,
    /// Number of FSaleOrgId.
    pub sale_org: String,
    /// Number of FStockOrgId.
    pub stock_org: String,
    /// FHeadNote.
    pub note: String,
    /// FIsIncludedTax: prices include tax. Off unless sent.
    pub is_included_tax: bool,
    /// FCreateDate, Asia/Shanghai.
    pub created: NaiveDateTime,
    /// FModifyDate, Asia/Shanghai; FApproveDate of a bill that is audited.
    pub modified: NaiveDateTime,
    /// The lines.
    pub lines: Vec<StoredLine>,
    /// 价税合计 of the bill.
    pub all_amount: Decimal,
    /// The Model as it last arrived.
    pub model: String,
}

impl Default for StoredBill {
    fn default() -> Self {
        Self {
            form_id: "SAL_RETURNSTOCK".to_owned(),
            id: 0,
            number: String::new(),
            document_status: 'A',
            cancelled: false,
            third_bill_no: String::new(),
            third_src_type: String::new(),
            third_bill_id: String::new(),
            customer: String::new(),
            date: NaiveDate::default(),
            sale_org: String::new(),
            stock_org: String::new(),
            note: String::new(),
            is_included_tax: false,
            created: NaiveDateTime::default(),
            modified: NaiveDateTime::default(),
            lines: Vec::new(),
            all_amount: Decimal::ZERO,
            model: String::new(),
        }
    }
}

impl StoredBill {
    /// Applies a Model, field by field in its order. Lines that it does not send are kept or deleted;
    /// if it sends none at all they stay.
    pub(super) fn apply(&mut self, settings: &Settings, model: &Json, delete_unsent: bool) {
        for (key, value) in model.members() {
            match meta::spelt(
                &[
                    "FBillNo",
                    "FDate",
                    "FSaleOrgId",
                    "FStockOrgId",
                    "FHeadNote",
                    "FRetcustId",
                    "SubHeadEntity",
                    "FEntity",
                    "FNumber",
                ],
                key,
            ) {
                "FBillNo" => self.number = value.scalar(),
                // Base data has no FBillNo.
                "FNumber" if self.is_free() => self.number = value.scalar(),
                "FDate" => self.date = date(&value.scalar()).unwrap_or(self.date),
                "FSaleOrgId" => self.sale_org = value.referred(),
                "FStockOrgId" => self.stock_org = value.referred(),
                "FHeadNote" => self.note = value.scalar(),
                "FRetcustId" => {
                    let customer = value.referred();
                    // Another customer has other prices: 取价 runs again over the lines there are.
                    if customer != self.customer {
                        let pricing = self.pricing(settings);
                        self.lines.iter_mut().for_each(|line| line.price_from_list(&pricing));
                    }
                    self.customer = customer;
                }
                "SubHeadEntity" => self.apply_sub_head(value),
                "FEntity" => self.apply_lines(settings, value, delete_unsent),
                _ => {}
            }
        }
        let pricing = self.pricing(settings);
        self.lines.iter_mut().for_each(|line| line.settle(&pricing));
        self.all_amount = self.lines.iter().map(|line| line.all_amount).sum();
        let kept = if self.is_free() { Json::parse(&self.model).unwrap_or(Json::Null) } else { Json::Null };
        self.model = kept.merged(model).to_string();
    }

    /// Whether its form is one that the site does not know by heart: then its Model is all there is.
    fn is_free(&self) -> bool {
        meta::Form::of(&self.form_id).is_none()
    }

    fn apply_sub_head(&mut self, sub_head: &Json) {
        for (key, value) in sub_head.members() {
            match meta::spelt(&["FThirdBillNo", "FThirdSrcType", "FThirdBillId", "FIsIncludedTax"], key) {
                "FThirdBillNo" => self.third_bill_no = value.scalar(),
                "FThirdSrcType" => self.third_src_type = value.scalar(),
                "FThirdBillId" => self.third_bill_id = value.scalar(),
                "FIsIncludedTax" => self.is_included_tax = value.is_true(),
                _ => {}
            }
        }
    }

    fn apply_lines(&mut self, settings: &Settings, sent: &Json, delete_unsent: bool) {
        let pricing = self.pricing(settings);
        let mut before = std::mem::take(&mut self.lines);
        let mut after = Vec::new();
        for row in sent.items() {
            let id: u64 = row.text("FENTRYID").parse().unwrap_or_default();
            let known = before.iter().position(|line| id != 0 && line.id == id);
            let mut line = known.map(|at| before.remove(at)).unwrap_or_default();
            line.apply(&pricing, row);
            after.push(line);
        }
        if !delete_unsent {
            before.append(&mut after);
            after = before;
        }
        self.lines = after;
    }

    fn pricing<'a>(&self, settings: &'a Settings) -> Pricing<'a> {
        Pricing { settings, is_included_tax: self.is_included_tax }
    }
}

/// A day, with or without a time behind it.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    moment(text).map(|moment| moment.date())
}

/// A moment; a bare day is its midnight.
pub(super) fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim().replacen('T', " ", 1);
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f")
        .ok()
        .or_else(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
}

//! A bill as the simulated site stores it, and how it is read from a Model.
//! Whether a Model is accepted is decided in `save`.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::{Decimal, RoundingStrategy};

use super::builder::{Rounding, Settings};
use super::json::Json;

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
    /// The lines.
    pub lines: Vec<StoredLine>,
    /// 价税合计 of the bill.
    pub all_amount: Decimal,
    /// The Model as it arrived.
    pub model: String,
}

/// A stored line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredLine {
    /// Number of FMaterialId.
    pub material: String,
    /// FRealQty.
    pub qty: Decimal,
    /// FTaxPrice.
    pub tax_price: Decimal,
    /// FEntryTaxRate, in percent.
    pub tax_rate: Option<Decimal>,
    /// 价税合计, as the site computes it.
    pub all_amount: Decimal,
    /// FIsFree.
    pub is_free: bool,
    /// Number of FStockId.
    pub stock: String,
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
            lines: Vec::new(),
            all_amount: Decimal::ZERO,
            model: String::new(),
        }
    }
}

impl StoredBill {
    /// Reads a Model; what it lacks is empty.
    pub(super) fn read(settings: &Settings, form_id: &str, model: &Json) -> Self {
        let sub_head = model.get("SubHeadEntity");
        let third = |key: &str| sub_head.map(|sub| sub.text(key)).unwrap_or_default();
        let lines: Vec<_> =
            model.list("FEntity").iter().map(|line| StoredLine::read(settings, line)).collect();
        Self {
            form_id: form_id.to_owned(),
            number: model.text("FBillNo"),
            third_bill_no: third("FThirdBillNo"),
            third_src_type: third("FThirdSrcType"),
            third_bill_id: third("FThirdBillId"),
            customer: model.number("FRetcustId"),
            date: date(&model.text("FDate")).unwrap_or_else(|| (settings.now)().date_naive()),
            sale_org: model.number("FSaleOrgId"),
            stock_org: model.number("FStockOrgId"),
            note: model.text("FHeadNote"),
            all_amount: lines.iter().map(|line| line.all_amount).sum(),
            lines,
            model: model.to_string(),
            ..Self::default()
        }
    }
}

impl StoredLine {
    fn read(settings: &Settings, line: &Json) -> Self {
        let qty = line.decimal("FRealQty").unwrap_or_default();
        let tax_rate = line.decimal("FEntryTaxRate");
        let is_free = line.flag("FIsFree");
        let with_tax =
            |price: Decimal| price * (Decimal::ONE + tax_rate.unwrap_or_default() / Decimal::ONE_HUNDRED);
        let tax_price = line.decimal("FTaxPrice").or_else(|| line.decimal("FPrice").map(with_tax));
        let tax_price = round(settings, tax_price.unwrap_or_default(), settings.price_digits);
        let amount =
            if is_free { Decimal::ZERO } else { round(settings, qty * tax_price, settings.amount_digits) };
        Self {
            material: line.number("FMaterialId"),
            qty,
            tax_price,
            tax_rate,
            all_amount: amount,
            is_free,
            stock: line.number("FStockId"),
        }
    }
}

/// Rounds as the currency says (舍入类型).
fn round(settings: &Settings, value: Decimal, digits: u32) -> Decimal {
    let strategy = match settings.rounding {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
    };
    value.round_dp_with_strategy(digits, strategy)
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

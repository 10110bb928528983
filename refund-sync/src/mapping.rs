//! The mapping: one return in, one bill out, or every reason why not. Pure: no clock, no I/O, no randomness.
//! Here: the head of the bill. Its lines are in `mapping::lines`, their money in `mapping::cents` and
//! `mapping::price`; what the rules may say is in `mapping::rules`, the tables in `mapping::table`.

pub mod cents;
pub mod clean;
pub mod fields;
pub mod flag;
pub mod form;
mod further;
mod goods;
mod lines;
mod note;
pub mod own_keys;
pub mod price;
pub mod refusal;
pub mod rules;
pub mod table;

use chrono::{Datelike as _, Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::model::{Direction, Quantities, Return, ReturnBill, Stockin};
pub use flag::Flag;
pub use goods::{Defect, STATUS as DEFECT_STATUS};
use refusal::LineRef;
pub use refusal::Refusal;
pub use rules::Rules;
use rules::{ClosedPeriod, CustomerFrom};
use table::{Hit, Miss, Table};

/// A return that became a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// The bill to write.
    pub bill: ReturnBill,
    /// What an accountant should know about it, head first, then by line.
    pub flags: Vec<Flag>,
    /// Lines with quantity 0 and amount 0, which the bill does not have.
    pub left_out: usize,
    /// The accounting date before any closed period: what `map` takes as `fixed_date` from now on.
    pub original_date: NaiveDate,
    /// `refund_amount` − `goods_amount` (邮费、补偿、折让), in yuan: no fault. `None` where either is missing.
    pub refund_minus_goods: Option<Decimal>,
    /// Where a table's default stands in, and which further field was left out because no row has its key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Amounts (yuan) and quantities (pieces) from here on are refused: far above any real figure, and low enough for
/// exact arithmetic everywhere.
const LIMIT: i64 = 10_000_000_000_000;

/// The most characters of a 单据编号.
const LONGEST_NUMBER: usize = 80;

/// Maps one return to one bill, or names every reason why it cannot be one.
///
/// `fixed_date` is the accounting date fixed when the return was first mapped
/// ([`Mapped::original_date`]); `date_from` is not asked again then, closed periods apply as they now stand.
/// Tables are asked as they stood on the accounting date, before any closed period moves it.
///
/// # Errors
/// Every [`Refusal`] at once, head first, then by line; never empty.
pub fn map(refund: &Return, rules: &Rules, fixed_date: Option<NaiveDate>) -> Result<Mapped, Vec<Refusal>> {
    map_as_directed(refund, rules, fixed_date, Direction::default())
}

/// The same, as a person directed where the rules would refuse.
///
/// # Errors
/// As [`map`].
pub fn map_as_directed(
    refund: &Return,
    rules: &Rules,
    fixed_date: Option<NaiveDate>,
    direction: Direction,
) -> Result<Mapped, Vec<Refusal>> {
    map_on(refund, rules, fixed_date, None, direction)
}

/// The same of a return whose bill stands: on that one's day, whether its month is closed by now or not.
///
/// # Errors
/// As [`map`].
pub fn map_standing(
    refund: &Return,
    rules: &Rules,
    fixed_date: Option<NaiveDate>,
    booked_on: NaiveDate,
    direction: Direction,
) -> Result<Mapped, Vec<Refusal>> {
    map_on(refund, rules, fixed_date, Some(booked_on), direction)
}

/// The customer of a return by its table, whatever else the rules refuse; `None` where the table tells none.
pub fn customer_of<'a>(refund: &'a Return, rules: &'a Rules, date: Option<NaiveDate>) -> Option<&'a str> {
    Pass::new(refund, rules, date, Direction::default()).customer()
}

fn map_on(
    refund: &Return,
    rules: &Rules,
    fixed_date: Option<NaiveDate>,
    booked_on: Option<NaiveDate>,
    direction: Direction,
) -> Result<Mapped, Vec<Refusal>> {
    let date = fixed_date.or_else(|| rules.date(refund));
    let mut pass = Pass::new(refund, rules, date, direction);
    let number = pass.number();
    let orgs = pass.orgs();
    let customer = pass.customer();
    let goods = pass.goods(&orgs);
    let open_date = booked_on.or_else(|| pass.open_date(goods.head.as_ref().map(|warehouse| warehouse.org)));
    let (lines, left_out) = pass.lines(&goods);
    let further = pass.further();

    let Pass { refusals, flags, notes, .. } = pass;
    let (Some(original_date), Some(open_date), Some(customer), Some(warehouse), true) =
        (date, open_date, customer, goods.head, refusals.is_empty())
    else {
        return Err(refusals);
    };
    let moved_from = (open_date != original_date).then_some(original_date);
    let bill = ReturnBill {
        number,
        refund_no: refund.refund_no.clone(),
        bill_type: rules.bill_type.clone(),
        date: open_date,
        moved_from,
        sale_org: orgs.sale.to_owned(),
        settle_org: orgs.settle.to_owned(),
        stock_org: warehouse.org.to_owned(),
        owner_org: warehouse.owner.to_owned(),
        customer: customer.to_owned(),
        currency: rules.currency.clone(),
        return_type: rules.return_type.clone(),
        head_note: further
            .note
            .as_deref()
            .map_or_else(|| note::head_note(refund, moved_from), |made| note::made_note(made, moved_from)),
        head: further.head,
        finance: further.finance,
        lines,
    };
    let refund_minus_goods =
        refund.refund_amount.zip(refund.goods_amount).and_then(|(refund, goods)| refund.checked_sub(goods));
    Ok(Mapped { bill, flags, left_out, original_date, refund_minus_goods, notes })
}

/// The same bill on a later day, because the books refuse the day it has. The original date stays in the note.
pub fn move_to(mut mapped: Mapped, refund: &Return, rules: &Rules, day: NaiveDate) -> Mapped {
    if day <= mapped.bill.date {
        return mapped;
    }
    let from = mapped.original_date;
    mapped.bill.date = day;
    mapped.bill.moved_from = Some(from);
    let made = Pass::new(refund, rules, Some(from), Direction::default()).further().note;
    mapped.bill.head_note =
        made.map_or_else(|| note::head_note(refund, Some(from)), |made| note::made_note(&made, Some(from)));
    mapped.flags.retain(|flag| !matches!(flag, Flag::MovedDate { .. }));
    mapped.flags.push(Flag::MovedDate { from, to: day });
    mapped
}

/// The first day after `date`'s month: where a bill goes whose period is closed in 金蝶 although the rules say open.
pub fn next_period(date: NaiveDate) -> Option<NaiveDate> {
    date.checked_add_months(Months::new(1)).and_then(|later| later.with_day(1))
}

/// One return on its way through the rules. Each step gives what it found and notes what it could not.
struct Pass<'a> {
    refund: &'a Return,
    rules: &'a Rules,
    direction: Direction,
    /// The accounting date, before any closed period.
    date: Option<NaiveDate>,
    refusals: Vec<Refusal>,
    flags: Vec<Flag>,
    notes: Vec<String>,
}

/// The organisations that the shop decides.
struct Orgs<'a> {
    sale: &'a str,
    settle: &'a str,
    /// 库存组织 and 货主 of the shop, where its row names them.
    stock: Option<&'a str>,
    owner: Option<&'a str>,
}

/// What a table is asked for, and whose field it is, for the message when it cannot answer.
struct Key<'a> {
    table: &'static str,
    field: &'static str,
    value: &'a str,
    /// The line, where the field is a line's.
    line: Option<usize>,
}

impl<'a> Pass<'a> {
    fn new(refund: &'a Return, rules: &'a Rules, date: Option<NaiveDate>, direction: Direction) -> Self {
        let (refusals, flags, notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut pass = Self { refund, rules, direction, date, refusals, flags, notes };
        if let Some(field) = rules.further.unread(refund) {
            pass.refuse(Refusal::UnreadField { field: field.into() });
        }
        if pass.joins_stockins() && refund.stockins.is_empty() {
            // Its date may be theirs: that it is missing would say nothing more.
            pass.refuse(Refusal::NoStockin);
        } else if date.is_none() {
            let asked = rules.date_from.iter().map(|field| field.key().into()).collect();
            pass.refuse(Refusal::NoDate { asked });
        }
        if refund.amount_unconfirmed() {
            pass.flags.push(Flag::AmountUnconfirmed);
        }
        let of_goods = pass.stockins().iter().map(|stockin| &stockin.trimmed);
        let mut fields: Vec<String> = Vec::new();
        for field in of_goods.chain([&refund.trimmed]).flatten() {
            if !fields.contains(field) {
                fields.push(field.clone());
            }
        }
        if !fields.is_empty() {
            pass.flags.push(Flag::Trimmed { fields });
        }
        pass
    }

    /// Goods stand where their stock-ins say.
    fn joins_stockins(&self) -> bool {
        self.rules.joins_stockins && self.direction.quantities != Some(Quantities::Asked)
    }

    /// What is joined to the return.
    fn stockins(&self) -> &'a [Stockin] {
        if self.joins_stockins() { &self.refund.stockins } else { &[] }
    }

    fn number(&mut self) -> String {
        let number = format!("{}{}", self.rules.bill_no_prefix, self.refund.refund_no);
        let length = number.chars().count();
        if self.refund.refund_no.trim().is_empty() {
            self.refuse(Refusal::NoRefundNo);
        }
        if number.contains(['\'', '"', '<', '>', ';']) || number.contains("--") {
            self.refuse(Refusal::UnsafeNumber { number: number.clone() });
        }
        if length > LONGEST_NUMBER {
            self.refuse(Refusal::NumberTooLong { number: number.clone(), length });
        }
        number
    }

    /// A shop that the table does not name has the defaults; one whose rows leave a gap on that day does not:
    /// a gap is more likely a mistake than a wish.
    fn orgs(&mut self) -> Orgs<'a> {
        let (refund, rules) = (self.refund, self.rules);
        let found = rules.orgs.as_ref().map(|table| table.get(&refund.shop_no, self.day()));
        let hit = match found {
            Some(Ok(hit)) => Some(hit),
            Some(Err(miss)) if miss.gap.is_some() => {
                self.missed(miss);
                None
            }
            Some(Err(_)) | None => None,
        };
        let column = |name| hit.as_ref().and_then(|hit| hit.column(name));
        Orgs {
            sale: column("sale_org").unwrap_or(&rules.sale_org),
            settle: column("settle_org").unwrap_or(&rules.settle_org),
            stock: column("stock_org"),
            owner: column("owner_org"),
        }
    }

    fn customer(&mut self) -> Option<&'a str> {
        let (field, value) = match self.rules.customer_from {
            CustomerFrom::ShopNo => ("shop_no", &self.refund.shop_no),
            CustomerFrom::CustomerNo => ("customer_no", &self.refund.customer_no),
        };
        let key = Key { table: "customers", field, value, line: None };
        self.look_up(&self.rules.customers, &key).map(|hit| hit.to)
    }

    /// The bill's date: the accounting date, or the first open day where the rules move it there.
    fn open_date(&mut self, stock_org: Option<&str>) -> Option<NaiveDate> {
        let date = self.date?;
        let open_from = self.rules.open_from(stock_org).unwrap_or(date);
        if date >= open_from {
            return Some(date);
        }
        let moves = if self.direction.open_day { ClosedPeriod::Move } else { self.rules.closed_period };
        match moves {
            ClosedPeriod::Park => self.refuse(Refusal::ClosedPeriod { date, open_from }),
            ClosedPeriod::Move => self.flags.push(Flag::MovedDate { from: date, to: open_from }),
        }
        Some(open_from)
    }

    fn look_up(&mut self, table: &'a Table, key: &Key<'a>) -> Option<Hit<'a>> {
        if key.value.trim().is_empty() && table.default_to().is_none() {
            let line = key.line.map(|index| self.line_ref(index));
            self.refuse(Refusal::NoKey { line, field: key.field.into(), table: key.table.into() });
            return None;
        }
        let hit = table.get(key.value, self.day()).map_err(|miss| self.missed(miss)).ok()?;
        if hit.is_default {
            self.note(format!("{}: {} → {} (default)", key.table, key.value, hit.to));
        }
        Some(hit)
    }

    /// Notes something once.
    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Notes a miss, unless only a date could tell and there is none: that is refused already.
    fn missed(&mut self, miss: Miss) {
        if self.date.is_some() || miss.gap.is_none() {
            self.refuse(miss.into());
        }
    }

    /// The day that tables are asked for.
    fn day(&self) -> NaiveDate {
        self.date.unwrap_or(NaiveDate::MIN)
    }

    /// Notes a refusal once: the same number may miss on many lines.
    fn refuse(&mut self, refusal: Refusal) {
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    fn line_ref(&self, index: usize) -> LineRef {
        let spec_no = self.refund.lines.get(index).map(|line| line.spec_no.clone()).unwrap_or_default();
        LineRef { index, spec_no }
    }
}

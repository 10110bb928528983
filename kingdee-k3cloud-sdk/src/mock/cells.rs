//! What a cell of a query holds, by its key: fields of bills, of their lines, and of base data. Keys have no case.
//! Which rows are given is decided in `query`; which keys there are, in `meta`.

use rust_decimal::Decimal;

use super::bill::{self, StoredBill};
use super::json::Json;
use super::line::StoredLine;
use super::meta::{Field, Form, Kind};
use super::settings::Settings;
use super::value::Value;

/// What one row is made of.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Bill(&'a StoredBill, Option<&'a StoredLine>),
    Base(Base<'a>),
}

/// One number of base data.
#[derive(Clone, Copy)]
pub(super) struct Base<'a> {
    pub(super) settings: &'a Settings,
    pub(super) form: &'static Form,
    pub(super) number: &'a str,
    /// Forbid or Enable was called for it.
    pub(super) forbidden: Option<bool>,
}

/// A field of this site's own, as `meta` knows those of the template.
static OF_THE_SITE: Field = Field { key: "", name: "", kind: Kind::Ref("BD_Other"), must: false };

/// A key that was found among a form's fields.
#[derive(Debug, Clone)]
pub(super) struct Column {
    field: &'static Field,
    /// Whether it is a field of the rows.
    pub(super) is_line: bool,
    suffix: Suffix,
    /// The key in lower case, as settings name it.
    key: String,
}

/// What follows a key's point: what of a reference is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Suffix {
    /// Nothing: the internal id.
    None,
    Number,
    Name,
    /// The number of one dimension of 仓位 or 辅助属性: `FStocklocId.FF100001.FNumber`.
    Dimension(String),
}

impl Column {
    /// Finds a key: of base data where `base` is given, else of a bill and its lines.
    pub(super) fn of(settings: &Settings, base: Option<&'static Form>, key: &str) -> Option<Self> {
        let lower = key.to_ascii_lowercase();
        let (name, suffix) =
            lower.split_once('.').map_or((lower.as_str(), None), |(name, rest)| (name, Some(rest)));
        let suffix = match suffix {
            None => Suffix::None,
            Some("fnumber") => Suffix::Number,
            Some("fname") => Suffix::Name,
            Some(rest) => Suffix::Dimension(rest.strip_suffix(".fnumber")?.to_owned()),
        };
        let (field, is_line) = match base {
            Some(form) => {
                let own = name.strip_prefix("fbillhead_").unwrap_or(name);
                (form.entities[0].field(own).filter(|_| !settings.absent_fields.contains(&lower))?, false)
            }
            None => of_bill(name).or_else(|| of_the_site(settings, name))?,
        };
        let is_ref = matches!(field.kind, Kind::Ref(_));
        let has_dimensions = ["FStocklocId", "FAuxpropId"].contains(&field.key);
        let can = match suffix {
            _ if field.kind == Kind::Part => false,
            Suffix::None => true,
            Suffix::Number | Suffix::Name => is_ref,
            Suffix::Dimension(_) => has_dimensions,
        };
        can.then_some(Self { field, is_line, suffix, key: lower })
    }
}

impl Column {
    /// The key under which a Model has it: the field's, or that of a field of the site's own.
    fn name<'c>(&'c self, key: &'c str) -> &'c str {
        let own = self.key.strip_prefix("fentity_").unwrap_or(&self.key);
        if key.is_empty() { own.split('.').next().unwrap_or(own) } else { key }
    }

    /// Whether its cells are numbers, which real SQL does not compare with texts.
    pub(super) fn is_number(&self) -> bool {
        let is_ref = matches!(self.field.kind, Kind::Ref(_)) && !self.field.key.is_empty();
        let is_id = is_ref && self.suffix == Suffix::None;
        is_id || matches!(self.field.kind, Kind::Id | Kind::Number)
    }
}

/// A field of a bill's head, sub-head or rows, with or without the part before it.
fn of_bill(name: &str) -> Option<(&'static Field, bool)> {
    let [head, sub_head, entry] = Form::of("SAL_RETURNSTOCK")?.entities else { return None };
    if let Some(own) = name.strip_prefix("subheadentity_") {
        return Some((sub_head.field(own).or_else(|| head.field(own))?, false));
    }
    if let Some(own) = name.strip_prefix("fentity_").filter(|own| *own != "link") {
        return Some((entry.field(own)?, true));
    }
    let above = head.field(name).or_else(|| sub_head.field(name).filter(|field| field.key != "FEntryId"));
    above.map(|field| (field, false)).or_else(|| Some((entry.field(name)?, true)))
}

/// A field of the site's own: where a builder names a part before it, of that part, else of the head.
fn of_the_site(settings: &Settings, name: &str) -> Option<(&'static Field, bool)> {
    let own = name.strip_prefix("fentity_").unwrap_or(name);
    let is_line = settings.custom_fields.contains(&format!("fentity.{own}"));
    let of_head = [own.to_owned(), format!("fbillhead.{own}"), format!("subheadentity.{own}")];
    (is_line || of_head.iter().any(|key| settings.custom_fields.contains(key)))
        .then_some((&OF_THE_SITE, is_line))
}

impl Source<'_> {
    pub(super) fn value(self, column: &Column) -> Value {
        match self {
            Self::Base(base) => base.value(column),
            Self::Bill(bill, _) if !column.is_line => head_value(bill, column),
            Self::Bill(_, Some(line)) => line_value(line, column),
            Self::Bill(_, None) => Value::Null,
        }
    }
}

/// The head's cells, sub-head included.
fn head_value(bill: &StoredBill, column: &Column) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let is_audited = bill.document_status == 'C';
    match column.field.key {
        "FID" | "FEntryId" => Value::Whole(bill.id),
        "FBillNo" => text(&bill.number),
        "FDate" => Value::Date(bill.date.into()),
        "FDocumentStatus" => Value::Text(bill.document_status.to_string()),
        "FCancelStatus" => text(if bill.cancelled { "B" } else { "A" }),
        "FRetcustId" => reference(column, &bill.customer),
        "FSaleOrgId" => reference(column, &bill.sale_org),
        "FStockOrgId" => reference(column, &bill.stock_org),
        "FHeadNote" => text(&bill.note),
        "FThirdBillNo" => text(&bill.third_bill_no),
        "FThirdSrcType" => text(&bill.third_src_type),
        "FThirdBillId" => text(&bill.third_bill_id),
        "FBillAllAmount" => Value::Number(bill.all_amount),
        "FBillAmount" => Value::Number(bill.lines.iter().map(StoredLine::amount).sum()),
        "FBillTaxAmount" => {
            Value::Number(bill.lines.iter().map(|line| line.all_amount - line.amount()).sum())
        }
        "FIsIncludedTax" => Value::Flag(bill.is_included_tax),
        "FCreatorId" | "FModifierId" => reference(column, "api"),
        "FApproverId" => reference(column, if is_audited { "api" } else { "" }),
        "FCreateDate" => Value::Date(bill.created),
        "FModifyDate" => Value::Date(bill.modified),
        "FApproveDate" if is_audited => Value::Date(bill.modified),
        key => {
            let key = column.name(key);
            let model = Json::parse(&bill.model).unwrap_or(Json::Null);
            let sub_head = model.get("SubHeadEntity").cloned().unwrap_or(Json::Null);
            sent(column, model.get(key).or_else(|| sub_head.get(key)))
        }
    }
}

/// The cells of a line.
fn line_value(line: &StoredLine, column: &Column) -> Value {
    match column.field.key {
        "FEntryID" | "FSeq" => Value::Whole(line.id),
        "FMaterialId" => reference(column, &line.material),
        "FStockId" => reference(column, &line.stock),
        "FUnitID" | "FPriceUnitId" | "FSalUnitID" => reference(column, &line.unit),
        "FBaseUnitId" => reference(column, "Pcs"),
        "FRealQty" => Value::Number(line.qty),
        "FBaseunitQty" | "FPriceBaseQty" | "FSalBaseQty" => Value::Number(line.qty * line.unit_factor),
        "FPrice" => Value::Number(line.price),
        "FTaxPrice" => Value::Number(line.tax_price),
        "FEntryTaxRate" => line.tax_rate.map_or(Value::Null, Value::Number),
        "FAllAmount" => Value::Number(line.all_amount),
        "FAmount" => Value::Number(line.amount()),
        "FEntryTaxAmount" => Value::Number(line.all_amount - line.amount()),
        "FIsFree" => Value::Flag(line.is_free),
        key => {
            let row = Json::parse(&line.row).unwrap_or(Json::Null);
            sent(column, row.get(column.name(key)))
        }
    }
}

/// A reference by itself is its internal id; `.FNumber` and `.FName` are its texts.
fn reference(column: &Column, number: &str) -> Value {
    match (&column.suffix, column.field.kind) {
        (Suffix::Number | Suffix::Dimension(_), _) => Value::Text(number.to_owned()),
        (Suffix::Name, _) => Value::Text(name(number)),
        (Suffix::None, Kind::Ref(form)) if !number.is_empty() => Value::Whole(id(form, number)),
        (Suffix::None, _) => Value::Whole(0),
    }
}

/// A field of which the site keeps what was sent.
fn sent(column: &Column, value: Option<&Json>) -> Value {
    let text = value.map(Json::scalar).unwrap_or_default();
    if let Suffix::Dimension(own) = &column.suffix {
        let members = value.map(Json::members).unwrap_or_default();
        let is_own = |key: &str| key.rsplit("__").next().is_some_and(|key| key.eq_ignore_ascii_case(own));
        let found = members.iter().find(|(key, _)| is_own(key));
        return Value::Text(found.map(|(_, value)| value.referred()).unwrap_or_default());
    }
    match column.field.kind {
        // Of a field of its own the site knows what was put there.
        _ if column.field.key.is_empty() && column.suffix == Suffix::None => match value {
            Some(Json::Flag(flag)) => Value::Flag(*flag),
            Some(Json::Number(_)) => Value::Number(Decimal::from_str_exact(&text).unwrap_or_default()),
            _ => Value::Text(text),
        },
        Kind::Ref(_) => reference(column, &value.map(Json::referred).unwrap_or_default()),
        Kind::Id => Value::Whole(text.parse().unwrap_or(0)),
        Kind::Text | Kind::Part => Value::Text(text),
        Kind::Number => Value::Number(Decimal::from_str_exact(&text).unwrap_or_default()),
        Kind::Flag => Value::Flag(value.is_some_and(Json::is_true)),
        Kind::Date => bill::moment(&text).map_or(Value::Null, Value::Date),
    }
}

/// The internal id of a number of base data: the same wherever it is met.
pub(super) fn id(form: &str, number: &str) -> u64 {
    let text = form.bytes().map(|byte| byte.to_ascii_lowercase()).chain(number.bytes());
    let hash = text.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    100_000 + hash % 900_000
}

/// What a number of base data is called.
pub(super) fn name(number: &str) -> String {
    match number {
        "" => String::new(),
        "PRE001" => "人民币".to_owned(),
        number => format!("名称{number}"),
    }
}

impl Base<'_> {
    fn value(self, column: &Column) -> Value {
        if let ("FForbidStatus", Some(forbidden)) = (column.field.key, self.forbidden) {
            return Value::Text(if forbidden { "B" } else { "A" }.to_owned());
        }
        let usual = self.usual(column);
        let place = (self.form.id.to_ascii_lowercase(), self.number.to_owned(), column.key.clone());
        match (self.settings.base_fields.get(&place), &usual) {
            (None, _) => usual,
            (Some(text), Value::Flag(_)) => Value::Flag(text == "true"),
            (Some(text), _) => Value::Text(text.clone()),
        }
    }

    /// Audited, in use, of organisation `100`, without lots and serial numbers.
    fn usual(self, column: &Column) -> Value {
        match (column.field.key, column.field.kind) {
            ("FNumber", _) => Value::Text(self.number.to_owned()),
            ("FName", _) => Value::Text(name(self.number)),
            ("FDocumentStatus", _) => Value::Text("C".to_owned()),
            ("FForbidStatus", _) => Value::Text("A".to_owned()),
            (_, Kind::Ref("BD_UNIT")) => reference(column, "Pcs"),
            // No material is in a group.
            (_, Kind::Ref("BD_Other")) => reference(column, ""),
            (_, Kind::Ref(_)) => reference(column, "100"),
            (_, Kind::Flag) => Value::Flag(false),
            (_, Kind::Text) => Value::Text(String::new()),
            ("FPRICEDIGITS", _) => Value::Number(self.settings.price_digits.into()),
            ("FAMOUNTDIGITS", _) => Value::Number(self.settings.amount_digits.into()),
            _ => Value::Whole(id(self.form.id, self.number)),
        }
    }
}

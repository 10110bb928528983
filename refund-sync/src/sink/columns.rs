//! Which columns a look-up asks for: those that this site turns out not to know are left out from then on.
//! What their cells say is read in `sink::found`.

use std::collections::{BTreeMap, BTreeSet};

use kingdee_k3cloud_sdk::{Cell, Class, Error, ErrorKind, Row};

use crate::mapping::Rules;
use crate::mapping::fields::{FieldRule, FieldValue, quoted};
use crate::mapping::form::Part;
use crate::mapping::rules::ShelfLife;
use crate::mapping::table::Table;
use crate::mapping::{DEFECT_STATUS, Defect};
use crate::model::{BillLine, Field};

/// The head's columns; the first [`KEYS`] every site has.
const HEAD: [&str; 9] = [
    "FID",
    "FBillNo",
    "FDocumentStatus",
    "FCancelStatus",
    "FThirdBillNo",
    "FThirdSrcType",
    "FThirdBillId",
    "FRetcustId.FNumber",
    "FDate",
];

/// FID and FBillNo: without them nothing can be looked up.
const KEYS: usize = 2;

pub(super) const MATERIAL: &str = "FMaterialId.FNumber";
pub(super) const QUANTITY: &str = "FRealQty";
pub(super) const AMOUNT: &str = "FAllAmount";
pub(super) const UNIT: &str = "FUnitID.FNumber";
pub(super) const BASE_QUANTITY: &str = "FBaseunitQty";

/// The columns of an entry without which it cannot be compared.
const ENTRY: [&str; 3] = [MATERIAL, QUANTITY, AMOUNT];
/// Those that tell another unit; a site that does not know them has said nothing.
const UNITS: [&str; 2] = [UNIT, BASE_QUANTITY];

/// How entry columns begin in a query. Sites differ.
const PREFIXES: [&str; 2] = ["FEntity_", ""];

/// The id of an entry: without it in the order, rows of one bill may change places between two pages.
const ENTRY_ID: &str = "FEntryID";

/// The key under which a row has an entry's column, if it has it.
pub(super) fn entry_key<'r>(row: &'r Row, name: &str) -> Option<&'r str> {
    let spelled = |prefix: &str| row.keys().find(|key| key.strip_prefix(prefix) == Some(name));
    PREFIXES.into_iter().find_map(spelled)
}

/// A column of a further field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Further {
    /// It is an entry's.
    is_line: bool,
    /// Its key, without the entry's prefix.
    pub(super) column: String,
    /// How a query spells it is inferred.
    pub(super) is_inferred: bool,
}

/// Why a column of a further field is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Without {
    /// The form has no such field: what was sent there was dropped.
    Absent,
    /// It cannot be asked for, which says nothing.
    Mute,
}

/// Which columns this site can be asked for, learned from its answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// Those of further fields, as the rules name them.
    further: Vec<Further>,
    /// Those of them that are not asked for.
    without: BTreeMap<String, Without>,
    /// Index into [`PREFIXES`]; behind its end no entry column is asked for.
    prefix: usize,
    /// Both spellings came back without a value: that is no matter of spelling.
    tried_both: bool,
    /// Those that it does not know, without their prefix.
    unknown: BTreeSet<&'static str>,
}

/// The columns of the further fields that these rules write.
pub(super) fn further(rules: &Rules) -> Vec<Further> {
    let mut all = Vec::new();
    for (part, fields) in [
        (Part::Head, &rules.further.head),
        (Part::Finance, &rules.further.finance),
        (Part::Line, &rules.further.line),
    ] {
        let cells = fields.iter().map(shape).flat_map(|field| field.cells());
        all.extend(cells.map(|cell| (part == Part::Line, cell)));
    }
    let day = (rules.lots && rules.shelf_life != ShelfLife::None).then_some(chrono::NaiveDate::MIN);
    let of_stockin = BillLine {
        lot: rules.lots.then(String::new),
        produced: day,
        expires: day,
        stock_status: names_status(rules).then(String::new),
        ..BillLine::default()
    };
    all.extend(of_stockin.further_cells().into_iter().map(|cell| (true, cell)));
    let mut further: Vec<Further> = Vec::new();
    for (is_line, cell) in all {
        let (column, is_inferred) = (cell.column, cell.is_inferred);
        // 备注 is a field of our own, whatever it is made of.
        let is_known = column.eq_ignore_ascii_case("FHeadNote")
            || further.iter().any(|known| known.is_line == is_line && known.column == column);
        if !is_known {
            further.push(Further { is_line, column, is_inferred });
        }
    }
    further
}

/// A field as the rule makes it, of whatever value.
fn shape(rule: &FieldRule) -> Field {
    let object = |key: &str, json: &str| format!("{{{}:{json}}}", quoted(key));
    let json = match &rule.value {
        FieldValue::Text(_) | FieldValue::Date(_) => quoted(""),
        FieldValue::Number(_) => object("FNumber", "\"\""),
        FieldValue::Name(_) => object("FName", "\"\""),
        FieldValue::Object(key, _) => object(key, &object("FNumber", "\"\"")),
        FieldValue::Constant(json) => json.clone(),
    };
    Field { key: rule.key.clone(), json }
}

/// `defect_to` of some warehouse names a 库存状态.
fn names_status(rules: &Rules) -> bool {
    let Table::Rows { rows, .. } = &rules.warehouses else { return false };
    let mut cells = rows.values().flatten().filter_map(|row| row.columns.get("defect_to"));
    rules.joins_stockins
        && cells.any(|cell| cell.contains(DEFECT_STATUS) && Defect::read(cell).status.is_some())
}

impl Columns {
    /// With these further fields; what the site taught about columns stays.
    pub(super) fn asking(&mut self, further: Vec<Further>) {
        if self.further != further {
            self.without.clear();
            self.further = further;
        }
    }

    /// Those of further fields of the head, or of an entry; why, if one is not asked for.
    pub(super) fn further(&self, of_line: bool) -> impl Iterator<Item = (&Further, Option<Without>)> {
        let own = self.further.iter().filter(move |further| further.is_line == of_line);
        own.map(|further| (further, self.without.get(&further.id()).copied()))
    }

    /// How a further column is asked for; `None` if it is not.
    fn asked(&self, further: &Further) -> Option<String> {
        if self.without.contains_key(&further.id()) {
            return None;
        }
        let prefix = if further.is_line { self.prefix()? } else { "" };
        Some(format!("{prefix}{}", further.column))
    }

    /// Without those further columns that a refusal is about: of a field that the form does not have whatever was sent was
    /// dropped. Where a refusal names none of them they may still be its cause, so nothing else is taken from a look-up
    /// for their sake: first those go whose spelling is inferred, then all.
    fn without_further(&self, error: &Error, msg_code: i64, messages: &[String]) -> Option<Self> {
        let asked: Vec<&Further> = self.further.iter().filter(|one| self.asked(one).is_some()).collect();
        let named = |further: &&&Further| messages.iter().any(|message| names(message, further.field()));
        let is_about_fields =
            msg_code == 9 || messages.iter().any(|message| message.contains("元数据中标识为"));
        let mut fewer = self.clone();
        if let Some(further) = asked.iter().find(named).filter(|_| is_about_fields) {
            let why = if further.is_inferred { Without::Mute } else { Without::Absent };
            for own in
                asked.iter().filter(|one| one.is_line == further.is_line && one.field() == further.field())
            {
                fewer.without.insert(own.id(), why);
            }
            return Some(fewer);
        }
        let is_of_the_bill = HEAD.into_iter().chain(ENTRY).chain(UNITS).chain([ENTRY_ID]).any(|key| {
            let field = key.split('.').next().unwrap_or(key);
            messages.iter().any(|message| names(message, field))
        });
        let passes = error.objections().iter().any(|one| one.class == Class::Transient);
        if asked.is_empty() || is_of_the_bill || passes || error.is_permanent_for_all() {
            return None;
        }
        let inferred: Vec<_> = asked.iter().filter(|one| one.is_inferred).collect();
        for own in if inferred.is_empty() { asked.iter().collect() } else { inferred } {
            fewer.without.insert(own.id(), Without::Mute);
        }
        Some(fewer)
    }

    /// How entry columns begin; `None` where none is asked for.
    fn prefix(&self) -> Option<&'static str> {
        PREFIXES.get(self.prefix).copied()
    }

    /// Whether this column of the head is asked for.
    pub(super) fn has(&self, key: &str) -> bool {
        !self.unknown.contains(key)
    }

    /// How an entry's column is asked for; `None` if it is not.
    pub(super) fn entry(&self, name: &'static str) -> Option<String> {
        let prefix = self.prefix().filter(|_| !self.unknown.contains(name))?;
        Some(format!("{prefix}{name}"))
    }

    /// Everything that is asked for.
    pub(super) fn keys(&self) -> Vec<String> {
        let head = HEAD.into_iter().filter(|key| self.has(key)).map(str::to_owned);
        let entry = ENTRY.into_iter().chain(UNITS).filter_map(|name| self.entry(name));
        head.chain(entry).chain(self.further.iter().filter_map(|further| self.asked(further))).collect()
    }

    /// An order in which no two rows are equal.
    pub(super) fn order(&self) -> String {
        match self.entry(ENTRY_ID) {
            // Spelled so by every site that was seen, whatever the others look like.
            Some(_) => format!("FID ASC, FEntity_{ENTRY_ID} ASC"),
            None => "FID ASC".to_owned(),
        }
    }

    /// The other spelling, where the entry's columns came back empty on every row: the site may not know them, though it
    /// did not say so. Empty under both, they are asked for as before: a right that is missing now may come back.
    pub(super) fn without_unanswered(&self, rows: &[Row]) -> Option<Self> {
        let unanswered = |key: &str| rows.iter().all(|row| row.by_key(key).is_none_or(Cell::is_null));
        let all_unanswered =
            || ENTRY.into_iter().filter_map(|name| self.entry(name)).all(|key| unanswered(&key));
        if rows.is_empty() || self.tried_both || self.prefix().is_none() || !all_unanswered() {
            return None;
        }
        match self.prefix {
            0 => Some(Self { prefix: 1, ..self.clone() }),
            _ => Some(Self { prefix: 0, tried_both: true, ..self.clone() }),
        }
    }

    /// Without the column that 金蝶 says it does not have. The two keys of a bill are never left out.
    pub(super) fn without_refused(&self, error: &Error) -> Option<Self> {
        let ErrorKind::Refused { code: msg_code, errors } = error.kind() else { return None };
        let messages: Vec<String> = errors.iter().map(|error| error.message.to_ascii_lowercase()).collect();
        if let Some(fewer) = self.without_further(error, *msg_code, &messages) {
            return Some(fewer);
        }
        let named = |key: &str| {
            let field = key.split_once('.').map_or(key, |(field, _)| field).to_ascii_lowercase();
            let is_about = |text: &str| *msg_code == 9 || text.contains("元数据中标识为");
            errors
                .iter()
                .any(|error| is_about(&error.message) && error.message.to_ascii_lowercase().contains(&field))
        };
        let asked = |name: &&'static str| self.entry(name).is_some();
        if let Some(name) = UNITS.into_iter().chain([ENTRY_ID]).filter(asked).find(|name| named(name)) {
            return Some(self.without(name));
        }
        if ENTRY.into_iter().filter(asked).any(named) {
            return Some(Self { prefix: self.prefix + 1, ..self.clone() });
        }
        HEAD[KEYS..].iter().copied().find(|key| self.has(key) && named(key)).map(|key| self.without(key))
    }

    fn without(&self, name: &'static str) -> Self {
        let mut fewer = self.clone();
        fewer.unknown.insert(name);
        fewer
    }
}

impl Further {
    /// Its name among the others.
    fn id(&self) -> String {
        format!("{}{}", if self.is_line { PREFIXES[0] } else { "" }, self.column)
    }

    /// The field, without what of it is asked for.
    fn field(&self) -> &str {
        self.column.split('.').next().unwrap_or(&self.column)
    }
}

/// A message, in lower case, names a field, and not only one that has its name in it.
fn names(message: &str, field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    message.match_indices(&field).any(|(at, _)| {
        let before = message[..at].trim_end_matches("fentity_");
        !before.ends_with(is_key) && !message[at + field.len()..].starts_with(is_key)
    })
}

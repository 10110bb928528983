//! Which columns a look-up asks for: those that this site turns out not to know are left out from then on.
//! What their cells say is read in `sink::found`.

use std::collections::BTreeSet;

use kingdee_k3cloud_sdk::{Cell, Error, ErrorKind, Row};

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
pub(super) fn entry_key(row: &Row, name: &str) -> Option<String> {
    PREFIXES.iter().map(|prefix| format!("{prefix}{name}")).find(|key| row.by_key(key).is_some())
}

/// Which columns this site can be asked for, learned from its answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// Index into [`PREFIXES`]; behind its end no entry column is asked for.
    prefix: usize,
    /// Both spellings came back without a value: that is no matter of spelling.
    tried_both: bool,
    /// Those that it does not know, without their prefix.
    unknown: BTreeSet<&'static str>,
}

impl Columns {
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
        head.chain(ENTRY.into_iter().chain(UNITS).filter_map(|name| self.entry(name))).collect()
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
        let ErrorKind::Refused { msg_code, errors } = error.kind() else { return None };
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

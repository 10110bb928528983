//! Everything a simulated site is told, and what it is when it is told nothing.
//! What each means to a test is said in `builder`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use super::behaviour::{Commit, OwnStep, Rounding, StockQuestion, Uniqueness};
use super::faults::Faults;
use super::meta::Form;
use crate::clock::{self, Clock};

/// Everything a site is told.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "what a site may be like, each by itself")]
pub(super) struct Settings {
    pub(super) acct_id: String,
    pub(super) username: String,
    pub(super) app_id: String,
    pub(super) app_secret: String,
    pub(super) password: String,
    pub(super) customers: Known,
    pub(super) currencies: Known,
    pub(super) materials: Known,
    pub(super) stocks: Known,
    pub(super) orgs: Known,
    pub(super) departments: Known,
    /// Fields of base data that are not as usual, by form, number and key.
    pub(super) base_fields: BTreeMap<(String, String, String), String>,
    /// Rows of base data of forms that the site does not know by heart: form, number, Model.
    pub(super) base_rows: Vec<(String, String, String)>,
    /// What the numbers begin with that the site gives, by form in lower case.
    pub(super) numbering: BTreeMap<String, String>,
    pub(super) absent_fields: BTreeSet<String>,
    pub(super) forms: BTreeSet<String>,
    pub(super) list_prices: BTreeMap<String, Decimal>,
    pub(super) page_cap: Option<usize>,
    pub(super) file_piece: usize,
    pub(super) max_skew: Option<TimeDelta>,
    pub(super) retry_after: Duration,
    pub(super) now: Clock,
    pub(super) uniqueness: Uniqueness,
    pub(super) commit: Commit,
    pub(super) save_time: RangeInclusive<Duration>,
    pub(super) is_success_on_mixed: bool,
    pub(super) shuffle: bool,
    pub(super) renumber: bool,
    pub(super) closed_before: Option<NaiveDate>,
    pub(super) stock_question: Option<StockQuestion>,
    pub(super) workflow: bool,
    pub(super) own_step: OwnStep,
    pub(super) old_answers: bool,
    pub(super) public_gateway: bool,
    pub(super) refuse_unknown_keys: bool,
    pub(super) refuse_unknown_forms: bool,
    pub(super) refuse_quoted_numbers: bool,
    /// Keys of fields that this site has beside the template's, in lower case.
    pub(super) custom_fields: BTreeSet<String>,
    /// Keys of fields that this site requires besides, in lower case; of rows with their part: `fentity.fnote`.
    pub(super) required_fields: BTreeSet<String>,
    /// By material: the unit that a line gets, and how many pieces it holds.
    pub(super) units: BTreeMap<String, (String, Decimal)>,
    pub(super) push_rules: Vec<PushRule>,
    pub(super) rights: Rights,
    pub(super) amount_digits: u32,
    pub(super) price_digits: u32,
    pub(super) rounding: Rounding,
    pub(super) faults: Faults,
    pub(super) seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            acct_id: "65f0c0ffee0001".to_owned(),
            username: "api".to_owned(),
            app_id: "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4".to_owned(),
            app_secret: "simulated-app-secret".to_owned(),
            password: "simulated-password".to_owned(),
            customers: Known::default(),
            materials: Known::default(),
            stocks: Known::default(),
            orgs: Known::from(["100"]),
            departments: Known::default(),
            currencies: Known::from(["PRE001"]),
            base_fields: BTreeMap::new(),
            base_rows: Vec::new(),
            numbering: BTreeMap::new(),
            absent_fields: BTreeSet::new(),
            forms: BTreeSet::new(),
            list_prices: BTreeMap::new(),
            page_cap: None,
            file_piece: 4 << 20,
            max_skew: None,
            retry_after: Duration::from_secs(1),
            now: clock::system(),
            uniqueness: Uniqueness::default(),
            commit: Commit::default(),
            save_time: Duration::ZERO..=Duration::ZERO,
            is_success_on_mixed: false,
            shuffle: true,
            renumber: false,
            closed_before: None,
            stock_question: None,
            workflow: false,
            own_step: OwnStep::default(),
            old_answers: false,
            public_gateway: false,
            refuse_unknown_keys: false,
            refuse_unknown_forms: false,
            refuse_quoted_numbers: false,
            custom_fields: BTreeSet::new(),
            required_fields: BTreeSet::new(),
            units: BTreeMap::new(),
            push_rules: vec![PushRule {
                id: "AR_ReturnToReceivableMap".to_owned(),
                source: "SAL_RETURNSTOCK".to_owned(),
                target: "AR_receivable".to_owned(),
                is_default: true,
            }],
            rights: Rights::default(),
            amount_digits: 2,
            price_digits: 6,
            rounding: Rounding::default(),
            faults: Faults::none(),
            seed: 0,
        }
    }
}

impl Settings {
    /// The numbers of base data of a form that the site knows by heart.
    pub(super) fn known_of(&mut self, form: &str) -> Option<&mut Known> {
        Some(match Form::of(form)?.id {
            "BD_Customer" => &mut self.customers,
            "BD_MATERIAL" => &mut self.materials,
            "BD_STOCK" => &mut self.stocks,
            "BD_Currency" => &mut self.currencies,
            "ORG_Organizations" => &mut self.orgs,
            "BD_Department" => &mut self.departments,
            _ => return None,
        })
    }

    /// Base data of a form that the site knows by heart, with its fields; `None`: it does not.
    pub(super) fn put_base(&mut self, form: &str, number: &str, row: &serde_json::Value) -> Option<()> {
        self.known_of(form)?.add(number);
        for (key, value) in row.as_object().into_iter().flatten() {
            let (key, value) = match value {
                serde_json::Value::Object(inner) => (format!("{key}.FNumber"), inner.get("FNumber")),
                _ => (key.clone(), Some(value)),
            };
            self.put_base_field(form, number, &key, value.map(text_of).unwrap_or_default());
        }
        Some(())
    }

    pub(super) fn put_base_field(&mut self, form: &str, number: &str, key: &str, value: String) {
        let place = (form.to_ascii_lowercase(), number.to_owned(), key.to_ascii_lowercase());
        self.base_fields.insert(place, value);
    }
}

/// A value as a text: a number as it is written.
pub(super) fn text_of(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The numbers that exist; without a list, every number does but those that were removed.
#[derive(Clone, Default)]
pub(super) struct Known {
    listed: Option<BTreeSet<String>>,
    removed: BTreeSet<String>,
}

impl Known {
    pub(super) fn has(&self, number: &str) -> bool {
        !self.removed.contains(number) && self.listed.as_ref().is_none_or(|known| known.contains(number))
    }

    /// Adds one to those that exist; the first makes a list of it.
    pub(super) fn add(&mut self, number: &str) {
        self.removed.remove(number);
        self.listed.get_or_insert_default().insert(number.to_owned());
    }

    /// Takes one away from those that exist; tells whether it did.
    pub(super) fn remove(&mut self, number: &str) -> bool {
        let existed = self.has(number);
        self.removed.insert(number.to_owned());
        existed
    }

    /// The numbers, or those of `asked`, where every one exists.
    pub(super) fn among<'a>(&'a self, asked: Vec<&'a str>) -> Vec<&'a str> {
        let numbers = match &self.listed {
            Some(known) => known.iter().map(String::as_str).collect(),
            None => asked,
        };
        numbers.into_iter().filter(|number| !self.removed.contains(*number)).collect()
    }
}

impl<S: Into<String>, I: IntoIterator<Item = S>> From<I> for Known {
    fn from(numbers: I) -> Self {
        Self { listed: Some(numbers.into_iter().map(Into::into).collect()), removed: BTreeSet::new() }
    }
}

/// A conversion rule (转换规则) of Push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PushRule {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) is_default: bool,
}

/// What a user may do and see.
#[derive(Debug, Clone, Default)]
pub(super) struct Rights {
    /// The user is not among 允许调用WebAPI接口用户.
    pub(super) not_listed: bool,
    /// Queries find nothing.
    pub(super) blind: bool,
    /// Keys whose cells are `***`, in lower case.
    pub(super) masked: BTreeSet<String>,
}

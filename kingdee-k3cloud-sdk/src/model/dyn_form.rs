//! A form that is known at run time only: its id, its number, and fields in the order given.
//! Forms that are known before are types of their own.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};
use serde::{Deserialize, Deserializer};
use serde_json::value::{RawValue, to_raw_value};

use super::base::Number;
use super::form::Form;
use crate::fields;
use crate::fields::members::Members;

/// A bill, or base data, of any form. The server applies fields in the order given.
///
/// ```
/// use kingdee_k3cloud_sdk::{BatchSave, DynForm};
///
/// let line = DynForm::part().refer("FMaterialId", "M001").decimal("FRealQty", "2.50".parse().unwrap());
/// let bill = DynForm::new("SAL_OUTSTOCK")
///     .number("FBillNo", "CK2026110300001")
///     .set("FDate", "2026-11-03")
///     .refer("FSaleOrgId", "100")
///     .set("FEntity", [line]);
/// let body = BatchSave::new(vec![bill]).body().unwrap();
/// assert!(body.contains(r#""FEntity":[{"FMaterialId":{"FNumber":"M001"},"FRealQty":2.50}]"#));
/// ```
#[derive(Debug, Clone, Default)]
pub struct DynForm {
    form_id: String,
    number: Option<String>,
    fields: Vec<(String, Result<Box<RawValue>, String>)>,
}

impl DynForm {
    /// A bill of this form, such as `SAL_OUTSTOCK`.
    pub fn new(form_id: impl Into<String>) -> Self {
        Self { form_id: form_id.into(), ..Self::default() }
    }

    /// A part of a bill: a sub-head or a row.
    pub fn part() -> Self {
        Self::default()
    }

    /// The same as a bill of this form: one that was read has its fields alone.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{DynForm, Form};
    ///
    /// let kept = r#"{"FBillNo":"CK1","FEntity":[{"FRealQty":2.50}]}"#;
    /// let bill = serde_json::from_str::<DynForm>(kept)?.in_form("SAL_OUTSTOCK");
    /// assert_eq!((bill.form_id(), Form::number(&bill)), ("SAL_OUTSTOCK", Some("CK1")));
    /// assert_eq!(serde_json::to_string(&bill)?, kept, "to the last digit");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn in_form(mut self, form_id: impl Into<String>) -> Self {
        self.form_id = form_id.into();
        self
    }

    /// Its number, under the key that the form has for it: `FBillNo` of bills, `FNumber` of base data. Without one
    /// the server gives one, answers are matched by place, and a lost answer cannot be looked up.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::{DynForm, Form};
    /// let material = DynForm::new("BD_MATERIAL").number("FNumber", "M001");
    /// assert_eq!(Form::number(&material), Some("M001"));
    /// ```
    #[must_use]
    pub fn number(mut self, key: impl Into<String>, number: impl Into<String>) -> Self {
        let number = number.into();
        self.number = Some(number.clone());
        self.set(key, number)
    }

    /// A field with any value. One that does not serialise is an error when the bill is sent. Decimals go by
    /// [`decimal`](Self::decimal): a float would lose cents.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.fields.push((key.into(), to_raw_value(&value).map_err(|error| error.to_string())));
        self
    }

    /// A decimal, digit for digit.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::DynForm;
    /// let line = DynForm::part().decimal("FTaxPrice", "2.7550".parse()?);
    /// assert_eq!(serde_json::to_string(&line)?, r#"{"FTaxPrice":2.7550}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn decimal(mut self, key: impl Into<String>, value: Decimal) -> Self {
        self.fields.push((key.into(), fields::raw_decimal(&value).map_err(|error| error.to_string())));
        self
    }

    /// A reference to base data, by number.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::DynForm;
    /// let line = DynForm::part().refer("FMaterialID", "M001");
    /// assert_eq!(serde_json::to_string(&line)?, r#"{"FMaterialID":{"FNumber":"M001"}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn refer(self, key: impl Into<String>, number: impl Into<String>) -> Self {
        self.set(key, Number::from(number.into()))
    }
}

impl DynForm {
    /// Its fields that are texts.
    fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        let text = |value: &RawValue| serde_json::from_str(value.get()).ok();
        self.fields.iter().filter_map(move |(key, value)| Some((key.as_str(), text(value.as_ref().ok()?)?)))
    }
}

impl Serialize for DynForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        let mut before = BTreeSet::new();
        for (key, value) in &self.fields {
            if key.trim().is_empty() {
                return Err(S::Error::custom("a field has no key"));
            }
            if !before.insert(key) {
                return Err(S::Error::custom(format!("{key} is given twice")));
            }
            if key.eq_ignore_ascii_case("FID") {
                return Err(S::Error::custom(
                    "FID replaces the bill that has it: change a bill with an Update",
                ));
            }
            match value {
                Ok(value) => map.serialize_entry(key, value)?,
                Err(why) => return Err(S::Error::custom(format!("{key}: {why}"))),
            }
        }
        map.end()
    }
}

/// Its members as they stand, in their order, of [no form](DynForm::in_form); its number is `FBillNo`, or else `FNumber`, in
/// whatever case. In a batch that is kept it has the form and the number that it had.
impl<'de> Deserialize<'de> for DynForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::read(deserializer)?.rest()?;
        let fields = members.into_iter().map(|(key, value)| (key, Ok(value))).collect();
        let mut bill = Self { form_id: String::new(), number: None, fields };
        let number = |key: &str| bill.texts().find(|(own, _)| own.eq_ignore_ascii_case(key));
        bill.number = number("FBillNo").or_else(|| number("FNumber")).map(|(_, number)| number);
        Ok(bill)
    }
}

impl Form for DynForm {
    fn form_id(&self) -> &str {
        &self.form_id
    }

    fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// A number that no field of it is, is not taken.
    fn kept_as(mut self, form_id: &str, number: Option<&str>) -> Self {
        let is_there = number.is_none_or(|number| self.texts().any(|(_, text)| text == number));
        if is_there {
            self.number = number.map(str::to_owned);
        }
        self.in_form(form_id)
    }
}

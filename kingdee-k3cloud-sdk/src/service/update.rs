//! Updates: bills that exist, named by their id, and what becomes of the rows that are not sent.
//! New bills, which can have no id, are in `batch_save`; the verdicts of both in `verdict`.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::options::{Kept, Kind, SaveOptions, UnsentRows, body, form_of};
use crate::fields::Extra;
use crate::fields::members::Members;
use crate::model::form::Form;
use crate::verdict::Ours;

/// New content for a bill that exists. Fields that are absent keep their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update<F> {
    id: String,
    bill: F,
}

impl<F: Form> Update<F> {
    /// Changes the bill with this internal id (FID), as a [`Verdict`](crate::Verdict) or a query
    /// gives it. A row is changed by its own id, such as [`Entry::entry_id`].
    ///
    /// [`Entry::entry_id`]: crate::model::return_stock::Entry::entry_id
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{BatchUpdate, DynForm, UnsentRows, Update};
    ///
    /// let change = Update::of("100001", DynForm::new("SAL_OUTSTOCK").set("FNote", "checked"));
    /// let batch = BatchUpdate::new(UnsentRows::Keep, vec![change]);
    /// assert!(batch.body()?.contains(r#"{"FID":"100001","FNote":"checked"}"#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of(id: impl Into<String>, bill: F) -> Self {
        Self { id: id.into(), bill }
    }

    /// The bill's internal id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its new content.
    pub fn bill(&self) -> &F {
        &self.bill
    }
}

/// The id leads: the server looks the bill up before it applies the fields.
impl<F: Form> Serialize for Update<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Model<'a, F> {
            #[serde(rename = "FID")]
            id: &'a str,
            #[serde(flatten)]
            bill: &'a F,
        }
        refuse_new(&self.id).map_err(S::Error::custom)?;
        Model { id: &self.id, bill: &self.bill }.serialize(serializer)
    }
}

/// The id, and the other members as the form reads them, to the last digit.
impl<'de, F: DeserializeOwned> Deserialize<'de> for Update<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::read(deserializer)?;
        let id: Box<RawValue> = members.take("FID")?;
        let id = id.get().trim_matches('"').to_owned();
        let bill = serde_json::to_string(&Extra(members.rest()?)).map_err(D::Error::custom)?;
        Ok(Self { id, bill: serde_json::from_str(&bill).map_err(D::Error::custom)? })
    }
}

/// Bills to update in one call (BatchSave with ids). Bills that are submitted or audited (status B
/// or C) refuse.
///
/// ```
/// use kingdee_k3cloud_sdk::{BatchUpdate, Form, UnsentRows, Update};
///
/// #[derive(serde::Serialize)]
/// struct Note {
///     #[serde(rename = "FHeadNote")]
///     note: &'static str,
/// }
///
/// impl Form for Note {
///     const FORM_ID: &'static str = "SAL_RETURNSTOCK";
///     fn number(&self) -> Option<&str> {
///         None
///     }
/// }
///
/// let batch = BatchUpdate::new(UnsentRows::Keep, vec![Update::of("100001", Note { note: "checked" })]);
/// let body = batch.body().unwrap();
/// assert!(body.contains(r#""IsDeleteEntry":false"#));
/// assert!(body.ends_with(r#""Model":[{"FID":"100001","FHeadNote":"checked"}]}}"#));
/// ```
///
/// It is kept with serde, as JSON, with its form and the bills' numbers, and read again to the last digit.
#[derive(Debug, Clone)]
pub struct BatchUpdate<F> {
    updates: Vec<Update<F>>,
    options: SaveOptions,
}

impl<F: Form> BatchUpdate<F> {
    /// These updates, with the default options.
    pub fn new(unsent: UnsentRows, updates: Vec<Update<F>>) -> Self {
        Self { updates, options: SaveOptions::default().for_update(unsent) }
    }

    /// With other options.
    #[must_use]
    pub fn with_options(mut self, options: SaveOptions) -> Self {
        let is_delete_entry = self.options.is_delete_entry;
        self.options = SaveOptions { is_delete_entry, ..options };
        self
    }

    /// The updates, in the order of the verdicts.
    pub fn updates(&self) -> &[Update<F>] {
        &self.updates
    }

    /// The body as it is sent, byte for byte. Fails if an id is empty or 0, or if a form of your own
    /// does not serialise.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        let form = form_of(self.updates.iter().map(Update::bill))?;
        body(form, &self.options, &self.updates)
    }

    pub(crate) fn ours(&self) -> Vec<Ours<'_>> {
        self.updates.iter().map(|update| Ours::updated(&update.id, update.bill.number())).collect()
    }
}

impl<F: Form> Serialize for BatchUpdate<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bills = self.updates.iter().map(Update::bill);
        let kept = Kept::of(Kind::Update, bills, &self.options, &self.updates);
        kept.map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// What becomes of the rows that are not sent must be there: the server's default is to delete them.
impl<'de, F: Form + DeserializeOwned> Deserialize<'de> for BatchUpdate<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut kept = Kept::<SaveOptions, Vec<Update<F>>>::deserialize(deserializer)?;
        kept.is_of(Kind::Update)?;
        for update in &kept.bills {
            refuse_new(&update.id).map_err(D::Error::custom)?;
        }
        if kept.options.is_delete_entry.is_none() {
            return Err(D::Error::missing_field("IsDeleteEntry"));
        }
        let updates = std::mem::take(&mut kept.bills).into_iter().enumerate();
        let as_kept = |(at, Update { id, bill }): (usize, Update<F>)| {
            let bill = bill.kept_as(&kept.form, kept.number(at));
            Update { id, bill }
        };
        let updates: Vec<Update<F>> = updates.map(as_kept).collect();
        kept.check(updates.iter().map(Update::bill))?;
        Ok(Self { updates, options: kept.options })
    }
}

/// Refuses 0 and nothing, which mean a new bill to the server.
fn refuse_new(id: &str) -> Result<(), &'static str> {
    if id.trim_matches('0').is_empty() { Err("an update needs the id of a bill that exists") } else { Ok(()) }
}

//! Save, BatchSave and Draft: new bills with the options the server reads, in the template's order.
//! The bills themselves are in `model`, bills that exist in `update`, the verdicts in `outcome`.

use bon::Builder;
use serde::Serialize;

use super::update::UnsentRows;
use crate::model::Form;
use crate::outcome::Ours;

/// How bills are saved. What is `None` is left to the server, and its default is named. Source:
/// the parameter list of BatchSave in the vendor's Web API manual (V6.0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Builder)]
#[serde(rename_all = "PascalCase")]
#[builder(on(String, into))]
#[allow(clippy::struct_excessive_bools, reason = "the server's own switches")]
pub struct SaveOptions {
    /// Fields to change on an update; empty: all that are sent.
    #[builder(default)]
    pub need_up_date_fields: Vec<String>,
    /// Fields to give back.
    #[builder(default)]
    pub need_return_fields: Vec<String>,
    /// Updates only, which must say it: see [`UnsentRows`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[builder(skip)]
    pub(crate) is_delete_entry: Option<bool>,
    /// Whether unknown base data is refused by name; off, it is silently emptied.
    #[builder(default = true)]
    pub is_verify_base_data_field: bool,
    /// Whether lines are filled in bulk.
    #[builder(default = true)]
    pub is_entry_batch_fill: bool,
    /// Whether the form's checks run. Off, the unique-number check is off too.
    #[builder(default = true)]
    pub validate_flag: bool,
    /// Whether base data is found by number.
    #[builder(default = true)]
    pub number_search: bool,
    /// Whether the server reorders fields. Off, they are applied as sent.
    #[builder(default = false)]
    pub is_auto_adjust_field: bool,
    /// Questions to answer with yes, such as `STK_InvCheckResult` (negative stock); several by
    /// [`interaction_flags`](super::interaction_flags).
    #[serde(rename = "InterationFlags")]
    #[builder(default)]
    pub interaction_flags: String,
    /// Whether questions are passed over. The server's default is true.
    #[serde(rename = "IgnoreInterationFlag", skip_serializing_if = "Option::is_none")]
    pub ignore_interaction_flag: Option<bool>,
    /// Whether the server cuts numbers to the field's precision.
    #[builder(default = false)]
    pub is_control_precision: bool,
    /// Whether the server refuses a body it has seen before.
    #[builder(default = false)]
    pub validate_repeat_json: bool,
    // BatchCount is never sent: with it, DIndex counts inside sub-batches.
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl SaveOptions {
    pub(crate) fn for_update(self, unsent: UnsentRows) -> Self {
        Self { is_delete_entry: Some(unsent == UnsentRows::Delete), ..self }
    }
}

/// New bills to save in one call, at most some hundreds. They can have no id: a "new" bill with the
/// id of another would replace it.
#[derive(Debug, Clone)]
pub struct BatchSave<F> {
    bills: Vec<F>,
    options: SaveOptions,
}

impl<F: Form> BatchSave<F> {
    /// These bills, with the default options.
    pub fn new(bills: Vec<F>) -> Self {
        Self { bills, options: SaveOptions::default() }
    }

    /// With other options.
    #[must_use]
    pub fn with_options(mut self, options: SaveOptions) -> Self {
        self.options = options;
        self
    }

    /// The bills, in the order of the verdicts.
    pub fn bills(&self) -> &[F] {
        &self.bills
    }

    /// The body as it is sent, byte for byte. Fails only if a form of your own does not serialise.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        body::<F>(&self.options, &self.bills)
    }

    pub(crate) fn ours(&self) -> Vec<Ours<'_>> {
        self.bills.iter().map(|bill| Ours::created(bill.number())).collect()
    }
}

/// The body of a save of this form: `model` is one bill or a list of them.
pub(crate) fn body<F: Form>(
    options: &SaveOptions,
    model: impl Serialize,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Named { formid: F::FORM_ID, data: Data { options, model } })
}

#[derive(Serialize)]
struct Named<'a, M> {
    formid: &'static str,
    data: Data<'a, M>,
}

#[derive(Serialize)]
struct Data<'a, M> {
    #[serde(flatten)]
    options: &'a SaveOptions,
    #[serde(rename = "Model")]
    model: M,
}

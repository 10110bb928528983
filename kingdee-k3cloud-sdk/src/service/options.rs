//! How bills are saved: the options that the server reads, and the body that they stand in, in the template's order.

use bon::Builder;
use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::model::form::Form;

/// How bills are saved. What is `None` is left to the server, and its default is named. Source:
/// the parameter list of BatchSave in the vendor's Web API manual (V6.0).
#[skip_serializing_none]
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
    /// [`interaction_flags`](crate::interaction_flags).
    #[serde(rename = "InterationFlags")]
    #[builder(default)]
    pub interaction_flags: String,
    /// Whether questions are passed over. The server's default is true.
    #[serde(rename = "IgnoreInterationFlag")]
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

/// What an update does to the rows of a bill that it does not send (`IsDeleteEntry`). There is no
/// default: the server's is to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnsentRows {
    /// They stay as they are. Rows sent with an id change, rows without one are added.
    Keep,
    /// They are deleted: the bill has the rows that are sent, and no others.
    Delete,
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

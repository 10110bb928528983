//! How bills are saved: the options that the server reads, and the body that they stand in, in the template's order.

use bon::Builder;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_with::skip_serializing_none;

use super::bills::named;
use crate::fields::Extra;
use crate::fields::members::Members;
use crate::model::form::Form;

/// How bills are saved. What is `None` is left to the server, and its default is named. Source:
/// the parameter list of BatchSave in the vendor's Web API manual (V6.0).
///
/// ```
/// use kingdee_k3cloud_sdk::{BatchSave, DynForm, SaveOptions, interaction_flags};
///
/// let options = SaveOptions::builder()
///     .interaction_flags(interaction_flags(["STK_InvCheckResult"]))
///     .creator("zhang")
///     .build();
/// let batch = BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")]).with_options(options);
/// # let _ = batch;
/// ```
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Builder)]
#[serde(rename_all = "PascalCase")]
#[builder(on(String, into))]
#[allow(clippy::struct_excessive_bools, reason = "the server's own switches")]
#[non_exhaustive]
pub struct SaveOptions {
    /// Fields to change on an update; empty: all that are sent.
    #[builder(default, with = |keys: impl IntoIterator<Item = impl Into<String>>| keys.into_iter().map(Into::into).collect())]
    pub need_up_date_fields: Vec<String>,
    /// Fields to give back: [`Client::batch_save_returning`](crate::Client::batch_save_returning) reads them.
    #[builder(default, with = |keys: impl IntoIterator<Item = impl Into<String>>| keys.into_iter().map(Into::into).collect())]
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
    /// Whether the server submits and audits what it saves, in the same call. Left out, it only saves: Submit and Audit
    /// of their own can be resumed where they stopped.
    pub is_auto_submit_and_audit: Option<bool>,
    /// Under whose name the bill is created (`Creator`). Left out, the integration user's.
    pub creator: Option<String>,
    /// The internal id of the organisation that creates (`CreateOrgId`).
    pub create_org_id: Option<u64>,
    /// Any other option that the server reads, as it stands.
    #[serde(flatten)]
    #[builder(default)]
    pub extra: Extra,
    // BatchCount is never sent: with it, DIndex counts inside sub-batches.
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// What is not there is as by [`Default`]; any other member is kept as [`extra`](SaveOptions::extra).
impl<'de> Deserialize<'de> for SaveOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::read(deserializer)?;
        let mut options = Self::default();
        members.put("NeedUpDateFields", &mut options.need_up_date_fields)?;
        members.put("NeedReturnFields", &mut options.need_return_fields)?;
        members.put("IsDeleteEntry", &mut options.is_delete_entry)?;
        members.put("IsVerifyBaseDataField", &mut options.is_verify_base_data_field)?;
        members.put("IsEntryBatchFill", &mut options.is_entry_batch_fill)?;
        members.put("ValidateFlag", &mut options.validate_flag)?;
        members.put("NumberSearch", &mut options.number_search)?;
        members.put("IsAutoAdjustField", &mut options.is_auto_adjust_field)?;
        members.put("InterationFlags", &mut options.interaction_flags)?;
        members.put("IgnoreInterationFlag", &mut options.ignore_interaction_flag)?;
        members.put("IsControlPrecision", &mut options.is_control_precision)?;
        members.put("ValidateRepeatJson", &mut options.validate_repeat_json)?;
        members.put("IsAutoSubmitAndAudit", &mut options.is_auto_submit_and_audit)?;
        members.put("Creator", &mut options.creator)?;
        members.put("CreateOrgId", &mut options.create_org_id)?;
        Ok(Self { extra: Extra(members.rest()?), ..options })
    }
}

impl SaveOptions {
    pub(crate) fn for_update(self, unsent: UnsentRows) -> Self {
        Self { is_delete_entry: Some(unsent == UnsentRows::Delete), ..self }
    }
}

/// What an update does to the rows of a bill that it does not send (`IsDeleteEntry`). There is no
/// default: the server's is to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnsentRows {
    /// They stay as they are. Rows sent with an id change, rows without one are added.
    Keep,
    /// They are deleted: the bill has the rows that are sent, and no others.
    Delete,
}

/// The body of a save of this form: `model` is one bill or a list of them.
pub(crate) fn body(
    form: &str,
    options: &SaveOptions,
    model: impl Serialize,
) -> Result<String, serde_json::Error> {
    named(form, &Data { options, model })
}

/// The one form of several bills: a call saves bills of one form.
pub(crate) fn form_of<'a, F: Form + 'a>(
    bills: impl IntoIterator<Item = &'a F>,
) -> Result<&'a str, serde_json::Error> {
    let mut forms = bills.into_iter().map(Form::form_id);
    let refuse = |why: &str| Err(serde_json::Error::custom(why));
    let Some(form) = forms.next() else { return refuse("there is no bill to save") };
    if forms.all(|other| other == form) { Ok(form) } else { refuse("the bills are of several forms") }
}

/// What a batch does, so that none is read as the other: an update without its ids would make new bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Save,
    Update,
}

/// Bills, or updates of them, as they are kept: with their form and their numbers, which not every bill says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept<O, B> {
    pub(super) kind: Kind,
    pub(super) form: String,
    /// Of each bill.
    pub(super) numbers: Vec<Option<String>>,
    pub(super) options: O,
    pub(super) bills: B,
}

impl<O, B> Kept<O, B> {
    /// These bills, which are of one form.
    pub(super) fn of<'a, F: Form + 'a>(
        kind: Kind,
        models: impl IntoIterator<Item = &'a F> + Clone,
        options: O,
        bills: B,
    ) -> Result<Self, serde_json::Error> {
        let form = form_of(models.clone())?.to_owned();
        let numbers = models.into_iter().map(|bill| bill.number().map(str::to_owned)).collect();
        Ok(Self { kind, form, numbers, options, bills })
    }

    /// Refuses what was kept as something else.
    pub(super) fn is_of<E: serde::de::Error>(&self, kind: Kind) -> Result<(), E> {
        if self.kind == kind {
            Ok(())
        } else {
            Err(E::custom(format_args!("what was kept is no {kind:?}, but of the kind {:?}", self.kind)))
        }
    }

    /// The number that the bill at this place was kept with.
    pub(super) fn number(&self, place: usize) -> Option<&str> {
        self.numbers.get(place)?.as_deref()
    }

    /// Refuses what is of another form than it was kept with, and bills without the numbers that they had: by these they are
    /// looked up.
    pub(super) fn check<'a, F: Form + 'a, E: serde::de::Error>(
        &self,
        bills: impl IntoIterator<Item = &'a F> + Clone,
    ) -> Result<(), E> {
        match form_of(bills.clone()).map_err(E::custom)? {
            own if own == self.form => {}
            own => {
                let form = &self.form;
                return Err(E::custom(format_args!("what was kept is of the form {form}, and not {own}")));
            }
        }
        let numbers: Vec<Option<&str>> = bills.into_iter().map(Form::number).collect();
        let kept: Vec<Option<&str>> = self.numbers.iter().map(Option::as_deref).collect();
        let apart = numbers.iter().zip(&kept).find(|(own, kept)| own != kept);
        match apart {
            Some((own, kept)) => {
                let (own, kept) = (own.unwrap_or("none"), kept.unwrap_or("none"));
                Err(E::custom(format_args!("a bill was kept with the number {kept}, and has {own}")))
            }
            None if numbers.len() != kept.len() => {
                Err(E::invalid_length(kept.len(), &"a number for each bill"))
            }
            None => Ok(()),
        }
    }
}

#[derive(Serialize)]
struct Data<'a, M> {
    #[serde(flatten)]
    options: &'a SaveOptions,
    #[serde(rename = "Model")]
    model: M,
}

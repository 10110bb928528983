//! Bills that exist, as the operations on them name them: by number, or by internal id.
//! The operations are in `client`, their verdicts in `verdict`.

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

use crate::fields::Extra;
use crate::fields::members::Members;
use crate::fields::once;
use crate::verdict::Ours;

/// Bills that exist, in the order of the verdicts.
///
/// Two bills can have one number: what is done by number is done to both. The ids of
/// [`Resolution::Doubled`](crate::Resolution::Doubled) tell them apart.
///
/// ```
/// use kingdee_k3cloud_sdk::{Bills, Resolution};
///
/// /// All but the oldest, to be deleted.
/// fn surplus(resolution: Resolution) -> Option<Bills> {
///     let Resolution::Doubled { ids } = resolution else { return None };
///     Some(Bills::ids(ids.into_iter().skip(1)))
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bills {
    names: Vec<String>,
    by: By,
    created_in: Option<String>,
    interaction_flags: Option<String>,
    extra: Extra,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum By {
    #[default]
    Number,
    Id,
}

impl Bills {
    /// The bills with these numbers.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Bills;
    /// assert_eq!(Bills::numbers(["TK1", "TK2"]).as_slice(), ["TK1", "TK2"]);
    /// ```
    pub fn numbers<N: Into<String>>(numbers: impl IntoIterator<Item = N>) -> Self {
        numbers.into_iter().collect()
    }

    /// The bills with these internal ids (FID), as a [`Verdict`](crate::Verdict), a
    /// [`Resolution`](crate::Resolution) or a query gives them.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Bills;
    /// assert_eq!(Bills::ids([100_001, 100_002]).as_slice(), ["100001", "100002"]);
    /// ```
    pub fn ids<I: ToString>(ids: impl IntoIterator<Item = I>) -> Self {
        let names = ids.into_iter().map(|id| id.to_string()).collect();
        Self { names, by: By::Id, ..Self::default() }
    }

    /// Of those with these numbers only the ones that were created in the organisation with this internal id
    /// (`CreateOrgId`, 创建组织内码; not its number): organisations may use one number each for base data of their own.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Bills;
    ///
    /// // Of the materials M001 of several organisations the one of the organisation with the internal id 100002:
    /// let materials = Bills::numbers(["M001"]).created_in(100_002);
    /// # let _ = materials;
    /// ```
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "a number or a text, as the caller has it")]
    pub fn created_in(mut self, org_id: impl ToString) -> Self {
        self.created_in = Some(org_id.to_string());
        self
    }

    /// Answers questions of the server with yes, such as `STK_InvCheckResult` (negative stock); several by
    /// [`interaction_flags`](crate::interaction_flags). Submit and Audit ask.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::{Bills, interaction_flags};
    /// let bills = Bills::numbers(["TK1"]).with_interaction_flags(interaction_flags(["STK_InvCheckResult"]));
    /// # let _ = bills;
    /// ```
    #[must_use]
    pub fn with_interaction_flags(mut self, flags: impl Into<String>) -> Self {
        self.interaction_flags = Some(flags.into());
        self
    }

    /// With further parameters of the operation, as they stand: an Audit of bills in a workflow may want
    /// `IsVerifyProcInst` to be false.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Bills;
    /// use kingdee_k3cloud_sdk::fields::Extra;
    ///
    /// // Bills in a workflow, audited past it:
    /// let bills = Bills::numbers(["CK1"]).with_extra(Extra::new().with_bool("IsVerifyProcInst", false));
    /// # let _ = bills;
    /// ```
    #[must_use]
    pub fn with_extra(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    /// The numbers or ids.
    pub fn as_slice(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn ours(&self) -> Vec<Ours<'_>> {
        let names = self.names.iter().map(String::as_str);
        match self.by {
            By::Number => names.map(|number| Ours::created(Some(number))).collect(),
            By::Id => names.map(|id| Ours::updated(id, None)).collect(),
        }
    }

    /// The body of an operation on them.
    pub(crate) fn body(&self, form: &str) -> Result<String, serde_json::Error> {
        named(form, &self.data()?)
    }

    /// The body of an operation by its number.
    pub(crate) fn body_of(&self, form: &str, operation: &str) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Named<'a, D> {
            formid: &'a str,
            op_number: &'a str,
            data: D,
        }
        if operation.trim().is_empty() {
            return Err(serde_json::Error::custom("the operation has no number, such as Cancel"));
        }
        written(&Named { formid: of_form(form)?, op_number: operation, data: self.data()? })
    }

    fn data(&self) -> Result<impl Serialize, serde_json::Error> {
        #[skip_serializing_none]
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Data<'a> {
            #[serde(flatten)]
            selected: Selected<'a>,
            #[serde(rename = "InterationFlags")]
            interaction_flags: Option<&'a str>,
            network_ctrl: &'a str,
            #[serde(rename = "IgnoreInterationFlag")]
            ignore_interaction_flag: &'a str,
            #[serde(flatten)]
            extra: &'a Extra,
        }
        Ok(Data {
            selected: self.selected()?,
            interaction_flags: self.interaction_flags.as_deref(),
            network_ctrl: "",
            ignore_interaction_flag: "",
            extra: &self.extra,
        })
    }

    /// How they are named in a body. Refuses what would name nothing, or something else.
    pub(crate) fn selected(&self) -> Result<Selected<'_>, serde_json::Error> {
        let refuse = |why: &str| Err(serde_json::Error::custom(why));
        if self.names.is_empty() {
            return refuse("no bill is named: an operation on nothing is no success");
        }
        if self.names.iter().any(|name| name.trim().is_empty()) {
            return refuse("a bill's number or id is empty");
        }
        let is_id = |id: &String| !id.contains(',') && !id.trim_matches('0').is_empty();
        if self.by == By::Id && !self.names.iter().all(is_id) {
            return refuse("0, or a list, is no bill's id");
        }
        let create_org_id = match self.created_in.as_deref().map(str::parse) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return refuse("created_in wants the organisation's internal id, a whole number"),
        };
        Ok(match self.by {
            By::Number => Selected { create_org_id, numbers: &self.names, ids: String::new() },
            By::Id => Selected { create_org_id, numbers: &[], ids: self.names.join(",") },
        })
    }
}

/// As an operation sends it. What would name nothing, or something else, is an error.
impl Serialize for Bills {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.data().map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// What an operation sends: `Numbers` or `Ids`, with its parameters; any other member is a further one.
impl<'de> Deserialize<'de> for Bills {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::read(deserializer)?;
        let numbers: Vec<String> = members.take("Numbers")?;
        let ids: Option<String> = members.take("Ids")?;
        let created_in: Option<u64> = members.take("CreateOrgId")?;
        let interaction_flags = members.take("InterationFlags")?;
        let mut further = members.rest()?;
        // What every operation sends, and says nothing.
        let is_blank = |key: &str, value: &RawValue| {
            matches!(key, "NetworkCtrl" | "IgnoreInterationFlag") && value.get() == "\"\""
        };
        further.retain(|(key, value)| !is_blank(key, value));
        let bills = match ids.filter(|ids| !ids.is_empty()) {
            Some(_) if !numbers.is_empty() => {
                return Err(serde::de::Error::custom("bills are named by Numbers or by Ids, not by both"));
            }
            Some(ids) => Self::ids(ids.split(',')),
            None => Self::numbers(numbers),
        };
        let created_in = created_in.map(|id| id.to_string());
        Ok(Self { created_in, interaction_flags, extra: Extra(further), ..bills })
    }
}

/// How bills are named in a body.
#[skip_serializing_none]
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Selected<'a> {
    create_org_id: Option<u64>,
    numbers: &'a [String],
    ids: String,
}

/// The body of a call on a form.
pub(crate) fn named(form: &str, data: &impl Serialize) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Named<'a, D> {
        formid: &'a str,
        data: D,
    }
    written(&Named { formid: of_form(form)?, data })
}

/// A body, unless it says something twice.
fn written(body: &impl Serialize) -> Result<String, serde_json::Error> {
    once::checked(serde_json::to_string(body)?)
}

/// The id of a form, unless it is none.
fn of_form(form: &str) -> Result<&str, serde_json::Error> {
    if form.trim().is_empty() { Err(serde_json::Error::custom(NO_FORM)) } else { Ok(form) }
}

/// What to say where a form has no id.
pub(crate) const NO_FORM: &str = "the form has no id: name it by FORM_ID or form_id";

impl<N: Into<String>> FromIterator<N> for Bills {
    fn from_iter<I: IntoIterator<Item = N>>(numbers: I) -> Self {
        Self { names: numbers.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

//! Submit, Audit, UnAudit and Delete: operations on bills that exist, named by their numbers.
//! Their verdicts are in `verdict`.

use serde::Serialize;
use serde_with::skip_serializing_none;

/// Bills that exist, by number, in the order of the verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bills {
    numbers: Vec<String>,
    interaction_flags: Option<String>,
}

impl Bills {
    /// The bills with these numbers.
    pub fn numbers<N: Into<String>>(numbers: impl IntoIterator<Item = N>) -> Self {
        numbers.into_iter().collect()
    }

    /// Answers questions of the server with yes, such as `STK_InvCheckResult` (negative stock); several by
    /// [`interaction_flags`](crate::interaction_flags). Submit and Audit ask.
    #[must_use]
    pub fn with_interaction_flags(mut self, flags: impl Into<String>) -> Self {
        self.interaction_flags = Some(flags.into());
        self
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[String] {
        &self.numbers
    }

    pub(crate) fn body(&self, form: &str) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Named<'a> {
            formid: &'a str,
            data: Data<'a>,
        }
        #[skip_serializing_none]
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Data<'a> {
            numbers: &'a [String],
            ids: &'a str,
            #[serde(rename = "InterationFlags")]
            interaction_flags: Option<&'a str>,
            network_ctrl: &'a str,
            #[serde(rename = "IgnoreInterationFlag")]
            ignore_interaction_flag: &'a str,
        }
        let data = Data {
            numbers: &self.numbers,
            ids: "",
            interaction_flags: self.interaction_flags.as_deref(),
            network_ctrl: "",
            ignore_interaction_flag: "",
        };
        serde_json::to_string(&Named { formid: form, data })
    }
}

impl<N: Into<String>> FromIterator<N> for Bills {
    fn from_iter<I: IntoIterator<Item = N>>(numbers: I) -> Self {
        Self { numbers: numbers.into_iter().map(Into::into).collect(), interaction_flags: None }
    }
}

//! The answer to a call by name: its JSON, and what it says about the bills.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::envelope::Answer;
use crate::error::{Error, ErrorKind};
use crate::service::{Replay, Service};
use crate::verdict::{self, Verdict};

/// A raw call's answer. That it came does not mean that the service did what it was asked to: see
/// [`verdicts`](Self::verdicts) and [`read`](Self::read).
#[derive(Debug, Clone)]
#[must_use = "the service may have refused: `verdicts` and `read` tell"]
pub struct RawAnswer {
    operation: String,
    is_read: bool,
    answer: Answer,
}

impl RawAnswer {
    pub(crate) fn new(service: &Service, answer: Answer) -> Self {
        Self { operation: service.short().to_owned(), is_read: service.replay == Replay::Safe, answer }
    }

    /// The whole body, as the server wrote it.
    pub fn text(&self) -> &str {
        self.answer.json.get()
    }

    /// The JSON as a type of your own, unless the answer's ResponseStatus says that the call failed: that is an
    /// error, as of any other call.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if let Some(status) = self.answer.status.as_ref().filter(|status| !status.is_success) {
            return Err(self.error(status.clone().into_refusal()));
        }
        serde_json::from_str(self.text())
            .map_err(|error| self.error(ErrorKind::Unreadable(error.to_string())))
    }

    /// What became of each bill that the answer speaks of, in the order of its places: those that got through, and the
    /// objections to those that did not. Which bill of yours is meant, numbers and ids tell.
    ///
    /// An error is a refusal of the call as a whole (no permission, no such form), and an answer that has no
    /// ResponseStatus.
    pub fn verdicts(&self) -> Result<Vec<Verdict>, Error> {
        let status = self.answer.clone().into_status().and_then(|status| status.per_bill(1));
        let status = status.map_err(|kind| self.error(kind))?;
        let verdicts = verdict::of_answer(&self.operation, &status);
        if verdicts.is_empty() && !status.is_success {
            return Err(self.error(status.into_refusal()));
        }
        Ok(verdicts)
    }

    /// What the answer to a save gives back of each bill, in their order (`NeedReturnData`): the fields that
    /// [`SaveOptions::need_return_fields`](crate::SaveOptions::need_return_fields) asked for. Call such a save by name with the
    /// [body](crate::BatchSave::body) of a batch. Whether the places are those of the bills is not documented.
    pub fn return_data<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        #[derive(Deserialize)]
        struct Outer<T> {
            #[serde(rename = "Result")]
            result: Inner<T>,
        }
        #[derive(Deserialize)]
        struct Inner<T> {
            #[serde(rename = "NeedReturnData")]
            data: Option<Vec<T>>,
        }
        let outer: Outer<T> = serde_json::from_str(self.text())
            .map_err(|error| self.error(ErrorKind::Unreadable(error.to_string())))?;
        Ok(outer.result.data.unwrap_or_default())
    }

    fn error(&self, kind: ErrorKind) -> Error {
        let error = Error::new(&self.operation, kind);
        if self.is_read { error.of_a_read() } else { error }
    }
}

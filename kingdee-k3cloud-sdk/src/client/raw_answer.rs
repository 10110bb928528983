//! The answer to a call by name: its JSON, and what it says about the bills.

use std::fmt;

use bytes::Bytes;
use http::Response;
use serde::de::DeserializeOwned;

use super::returned::return_data;
use crate::envelope::{self, Answer, ResponseStatus};
use crate::error::{Error, ErrorKind};
use crate::service::{Replay, Service};
use crate::text::Text;
use crate::verdict::{self, Verdict};

/// A raw call's answer. That it came does not mean that the service did what it was asked to: see
/// [`verdicts`](Self::verdicts) and [`read`](Self::read). Its `Debug` shows no content: that may be anybody's name.
#[derive(Clone)]
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

    /// What the client makes of an answer with this body to an operation: for tests of code that reads answers. Fails as a
    /// call does, where the body is no answer (`response_error:`, a web page).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Error, RawAnswer, Verdict};
    ///
    /// let body = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":7,"Number":"M001"}]}}}"#;
    /// let answer = RawAnswer::of("Allocate", body)?;
    /// assert!(matches!(&answer.verdicts()?[..], [Verdict::Saved { number, .. }] if number == "M001"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of(operation: &str, body: impl Into<String>) -> Result<Self, Error> {
        let answer = envelope::read(&Response::new(Bytes::from(body.into())));
        let answer = answer.map_err(|kind| Error::of(operation, kind))?;
        Ok(Self { operation: operation.to_owned(), is_read: false, answer })
    }

    /// The whole body, as the server wrote it.
    pub fn text(&self) -> &str {
        self.answer.json.get()
    }

    /// The JSON as a type of your own, unless the answer's ResponseStatus says that the call failed: that is an
    /// error, as of any other call. Of a call that may write its [fate](Error::fate) is unknown where the answer names bills that
    /// got through, or gives an error a place and says nothing of the other places: [`verdicts`](Self::verdicts) tell each.
    ///
    /// ```
    /// # async fn f(client: &kingdee_k3cloud_sdk::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// use kingdee_k3cloud_sdk::Replay;
    /// use serde_json::json;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Price {
    ///     material: String,
    ///     price: String,
    /// }
    ///
    /// // A service of the site's own, whose answer is a list.
    /// let answer = client.call_as(Replay::Safe, "Our.WebApi.Prices.Get", json!({ "org": "100" })).await?;
    /// for Price { material, price } in answer.read::<Vec<Price>>()? {
    ///     println!("{material}: {price}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if let Some(status) = self.answer.status.as_ref().filter(|status| !status.is_success) {
            let error = self.error(status.clone().into_refusal());
            return Err(if status.leaves_open() { error.whose_fate_is_unknown() } else { error });
        }
        serde_json::from_str(self.text())
            .map_err(|error| self.error(ErrorKind::Unreadable(Text::of_json(&error))))
    }

    /// What became of each bill that the answer speaks of, in the order of its places: those that got through, and the
    /// objections to those that did not. Which bill of yours is meant, numbers and ids tell.
    ///
    /// An error is a refusal of the call as a whole (no permission, no such form), and an answer that has no
    /// ResponseStatus. Where an error has a place and no list says who got through (`SuccessEntitys`), nothing is a refusal of the
    /// whole, whatever the error says, and there is no verdict on the other places: what is not there is
    /// [unknown](Verdict::Unknown).
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::Verdict;
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # site.on("WorkflowAudit", |_| json!({ "Result": { "ResponseStatus": { "IsSuccess": false, "Errors": [{ "Message": "审批人不正确", "DIndex": 0 }] } } }));
    /// # let client = site.client()?;
    /// let answer = client.call("WorkflowAudit", json!({ "formid": "SAL_RETURNSTOCK", "data": { "Numbers": ["TK1"] } })).await?;
    /// for verdict in answer.verdicts()? {
    ///     if let Verdict::Rejected { errors } = verdict {
    ///         println!("{}: {}", errors[0].message, errors[0].advice());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn verdicts(&self) -> Result<Vec<Verdict>, Error> {
        let status = self.answer.clone().into_status().and_then(ResponseStatus::per_place);
        let status = status.map_err(|kind| self.error(kind))?;
        let verdicts = verdict::of_answer(&self.operation, &status);
        if verdicts.is_empty() && !status.is_success {
            return Err(self.error(status.into_refusal()));
        }
        Ok(verdicts)
    }

    /// What the answer to a save gives back of each bill (`NeedReturnData`), as
    /// [`Client::batch_save_returning`](crate::Client::batch_save_returning) does it for a batch. Whether the places are those of
    /// the bills is not documented.
    pub fn return_data<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        return_data(self.text()).map_err(|error| self.error(ErrorKind::Unreadable(Text::of_json(&error))))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        let error = Error::new(&self.operation, kind);
        if self.is_read { error.of_a_read() } else { error }
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAnswer")
            .field("operation", &self.operation)
            .field("bytes", &self.text().len())
            .field("is_success", &self.answer.status.as_ref().map(|status| status.is_success))
            .finish_non_exhaustive()
    }
}

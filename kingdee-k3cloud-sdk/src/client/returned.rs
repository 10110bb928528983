//! What a save gives back of its bills, beside their verdicts.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::text::Text;
use crate::verdict::Verdict;

/// What became of the bills of a batch, and the fields that the server gave back of them
/// ([`Client::batch_save_returning`](crate::Client::batch_save_returning)). Fields that cannot be read hide no verdict.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "a bill may be rejected: its verdict tells"]
pub struct Returned {
    /// One verdict per bill, in the order given.
    pub verdicts: Vec<Verdict>,
    json: Box<RawValue>,
}

impl Returned {
    pub(super) fn new(verdicts: Vec<Verdict>, json: Box<RawValue>) -> Self {
        Self { verdicts, json }
    }

    /// The fields of each bill (`NeedReturnData`), in the answer's order. Whether its places are those of the bills is not
    /// documented: ask for `FBillNo` among them, and go by that.
    pub fn data<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        return_data(self.json.get())
            .map_err(|error| Error::of("BatchSave", ErrorKind::Unreadable(Text::of_json(&error))))
    }
}

/// `NeedReturnData` of an answer to a save.
pub(super) fn return_data<T: DeserializeOwned>(json: &str) -> Result<Vec<T>, serde_json::Error> {
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
    let outer: Outer<T> = serde_json::from_str(json)?;
    Ok(outer.result.data.unwrap_or_default())
}

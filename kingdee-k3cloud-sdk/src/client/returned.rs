//! What a save gives back of its bills, beside their verdicts.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Error, ErrorKind};
use crate::text::Text;
use crate::verdict::Verdict;

/// What became of the bills of a batch, and the fields that the server gave back of them
/// ([`Client::batch_save_returning`](crate::Client::batch_save_returning)). Fields that cannot be read hide no verdict. Its
/// `Debug` shows the verdicts alone: fields may be anybody's name.
#[derive(Clone)]
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

    /// These verdicts, and what the server gave back of each bill: for tests of code that reads it.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Returned, Verdict};
    /// use serde_json::{Value, json};
    ///
    /// let saved = Verdict::Saved { id: "100001".to_owned(), number: "XSCK000001".to_owned() };
    /// let returned = Returned::of(vec![saved], [json!({ "FBillNo": "XSCK000001" })])?;
    /// assert_eq!(returned.data::<Value>().unwrap()[0]["FBillNo"], "XSCK000001");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of<T: Serialize>(
        verdicts: Vec<Verdict>,
        data: impl IntoIterator<Item = T>,
    ) -> Result<Self, serde_json::Error> {
        let data: Vec<T> = data.into_iter().collect();
        let json = to_raw_value(&Outer { result: Inner { data: Some(data) } })?;
        Ok(Self { verdicts, json })
    }

    /// The fields of each bill (`NeedReturnData`), in the answer's order. Whether its places are those of the bills is not
    /// documented: ask for `FBillNo` among them, and go by that.
    pub fn data<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        return_data(self.json.get())
            .map_err(|error| Error::of("BatchSave", ErrorKind::Unreadable(Text::of_json(&error))))
    }
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returned").field("verdicts", &self.verdicts).finish_non_exhaustive()
    }
}

/// Where an answer to a save has them.
#[derive(Serialize, Deserialize)]
struct Outer<T> {
    #[serde(rename = "Result")]
    result: Inner<T>,
}

#[derive(Serialize, Deserialize)]
struct Inner<T> {
    #[serde(rename = "NeedReturnData")]
    data: Option<Vec<T>>,
}

/// `NeedReturnData` of an answer to a save.
pub(super) fn return_data<T: DeserializeOwned>(json: &str) -> Result<Vec<T>, serde_json::Error> {
    let outer: Outer<T> = serde_json::from_str(json)?;
    Ok(outer.result.data.unwrap_or_default())
}

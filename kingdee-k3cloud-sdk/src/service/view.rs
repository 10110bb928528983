//! View: one bill with everything in it, as the server keeps it.
//! Reading chosen fields of many bills is `query`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::ErrorKind;

pub(crate) fn body(form: &str, number: &str) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Named<'a> {
        formid: &'a str,
        data: Data<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Data<'a> {
        number: &'a str,
        id: &'a str,
    }
    serde_json::to_string(&Named { formid: form, data: Data { number, id: "" } })
}

/// The bill inside `{"Result":{"ResponseStatus":…,"Result":{…}}}`.
pub(crate) fn bill(json: &RawValue) -> Result<Box<RawValue>, ErrorKind> {
    #[derive(Deserialize)]
    struct Outer {
        #[serde(rename = "Result")]
        result: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        #[serde(rename = "Result")]
        result: Box<RawValue>,
    }
    let outer: Outer =
        serde_json::from_str(json.get()).map_err(|error| ErrorKind::Malformed(error.to_string()))?;
    Ok(outer.result.result)
}

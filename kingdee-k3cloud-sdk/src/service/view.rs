//! View: one bill with everything in it, as the server keeps it; QueryBusinessInfo: what its form is made of.
//! Reading chosen fields of many bills is `query`.

use serde::ser::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::bills::named;
use crate::error::ErrorKind;
use crate::model::business_info::BusinessInfo;
use crate::text::Text;

/// Which bill to view.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    Number(&'a str),
    Id(&'a str),
}

pub(crate) fn body(form: &str, which: Which<'_>) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Data<'a> {
        number: &'a str,
        id: &'a str,
    }
    let data = match which {
        Which::Number(name) | Which::Id(name) if name.trim().is_empty() => {
            return Err(serde_json::Error::custom("a bill's number or id is empty"));
        }
        Which::Number(number) => Data { number, id: "" },
        Which::Id(id) => Data { number: "", id },
    };
    named(form, &data)
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
        serde_json::from_str(json.get()).map_err(|error| ErrorKind::Unreadable(Text::of_json(&error)))?;
    Ok(outer.result.result)
}

pub(crate) fn info_body(form: &str) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(rename = "FormId")]
        form_id: &'a str,
    }
    named(form, &Data { form_id: form })
}

/// The form inside `{"Result":{"ResponseStatus":…,"NeedReturnData":{…}}}`.
pub(crate) fn info(json: &RawValue) -> Result<BusinessInfo, ErrorKind> {
    #[derive(Deserialize)]
    struct Outer {
        #[serde(rename = "Result")]
        result: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        #[serde(rename = "NeedReturnData")]
        info: BusinessInfo,
    }
    let outer: Outer =
        serde_json::from_str(json.get()).map_err(|error| ErrorKind::Unreadable(Text::of_json(&error)))?;
    Ok(outer.result.info)
}

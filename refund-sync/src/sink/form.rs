//! The form as this site has it (QueryBusinessInfo), and base data of whatever kind its fields refer to. 金蝶 drops keys
//! that the form does not have in silence, so nothing else would tell.

use std::collections::BTreeSet;

use kingdee_k3cloud_sdk::model::return_stock::ReturnStock;
use kingdee_k3cloud_sdk::{Error, ErrorKind, Filter, Form as _, Query};
use serde::{Deserialize, Serialize};

use super::Sink;
use super::base::{BaseRecord, BaseRow};
use crate::mapping::form::Part;

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// The part of the form that has it, by its key.
    pub part: String,
    /// Its key, as the site spells it.
    pub key: String,
    /// Its Chinese name.
    pub name: String,
    /// Its type, in the site's own words.
    pub kind: String,
    /// 必录.
    pub required: bool,
    /// The base data that it refers to.
    pub refers_to: Option<String>,
}

/// What can be written into a field, as far as its type tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Base data.
    BaseData,
    /// A text.
    Text,
    /// true or false.
    Flag,
    /// A day, or a time.
    Day,
    /// A figure.
    Number,
    /// Whatever its type is, it is not known here.
    Anything,
}

impl FormField {
    /// It is a field of this part. Keys have no case.
    pub fn is_in(&self, part: Part) -> bool {
        self.part.eq_ignore_ascii_case(part.key())
    }

    /// It has this key.
    pub fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// What it takes.
    pub fn takes(&self) -> Takes {
        let kind = self.kind.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        if self.refers_to.is_some() || has(&["basedata", "assistant", "flex"]) {
            Takes::BaseData
        } else if has(&["text", "note"]) {
            Takes::Text
        } else if has(&["checkbox"]) {
            Takes::Flag
        } else if has(&["date"]) {
            Takes::Day
        } else if has(&["integer", "long", "decimal", "qty", "price", "amount"]) {
            Takes::Number
        } else {
            Takes::Anything
        }
    }
}

impl Sink {
    /// Every field of the form at this site, in its order.
    pub async fn form_fields(&self) -> Result<Vec<FormField>, Error> {
        let info = self.client.business_info(ReturnStock::FORM_ID).await?;
        let fields = info.entities.into_iter().flat_map(|entity| {
            let part = entity.key;
            entity.fields.into_iter().map(move |field| FormField {
                part: part.clone(),
                name: field.name.of(2052).unwrap_or_default().to_owned(),
                key: field.key,
                kind: field.field_type,
                required: field.must_input,
                refers_to: field.look_up_form,
            })
        });
        Ok(fields.collect())
    }

    /// The rows of `numbers` of any kind of base data that exist, in `org` or in any. Not every kind has organisations or
    /// statuses: what it does not have is not asked.
    pub async fn base_of(
        &self,
        form: &str,
        numbers: &BTreeSet<&str>,
        org: Option<&str>,
    ) -> Result<Vec<BaseRow>, Error> {
        const STATUSES: [&str; 4] = ["FNumber", "FDocumentStatus", "FForbidStatus", "FUseOrgId.FNumber"];
        let query = |keys: &[&str], filter: Option<Filter>| {
            Query::builder().form_id(form).field_keys(keys.to_vec()).maybe_filter(filter).build()
        };
        let of_org = org.map(|org| Filter::eq("FUseOrgId.FNumber", org));
        let asked = || numbers.iter().copied();
        let rows = match self.client.look_up(&query(&STATUSES, of_org), "FNumber", asked()).await {
            Err(error) if matches!(error.kind(), ErrorKind::Refused { code: 9, .. }) => {
                self.client.look_up(&query(&STATUSES[..1], None), "FNumber", asked()).await?
            }
            rows => rows?,
        };
        let text =
            |row: &kingdee_k3cloud_sdk::Row, key: &str| row.by_key(key).map(|cell| cell.text().to_owned());
        let rows = rows.iter().map(|row| BaseRow {
            number: text(row, "FNumber").unwrap_or_default(),
            org: text(row, "FUseOrgId.FNumber").filter(|org| !org.is_empty()),
            record: BaseRecord {
                document_status: text(row, "FDocumentStatus").unwrap_or_else(|| "C".to_owned()),
                forbid_status: text(row, "FForbidStatus").unwrap_or_else(|| "A".to_owned()),
                needs: BTreeSet::new(),
                units: Vec::new(),
            },
        });
        Ok(rows.collect())
    }
}

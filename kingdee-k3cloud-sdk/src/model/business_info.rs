//! What a form is made of at a site (QueryBusinessInfo): its parts and their fields, custom ones included.
//! Forms to be written are types of their own.

use serde::Deserialize;
use serde_with::{DefaultOnNull, NoneAsEmptyString, serde_as};

use crate::scalar::{AnyFlag, AnyText};

/// A form as a site has it. A save drops keys that the form does not have, in silence: this is the way to check a
/// mapping before. Source: the shape that three independent readers rely on.
///
/// ```
/// use kingdee_k3cloud_sdk::{Client, Error};
///
/// /// The fields of a mapping that a site does not have.
/// async fn absent(client: &Client, form: &str, keys: &[&str]) -> Result<Vec<String>, Error> {
///     let info = client.business_info(form).await?;
///     Ok(keys.iter().filter(|key| info.field(key).is_none()).map(|key| (*key).to_owned()).collect())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct BusinessInfo {
    /// The form's id, as the site spells it.
    pub id: String,
    /// Its names by language.
    #[serde(default)]
    pub name: Names,
    /// Its parts: head, sub-heads, rows.
    #[serde(rename = "Entrys", default)]
    pub entities: Vec<Entity>,
    /// What can be done with its bills, by ExecuteOperation.
    #[serde(default)]
    pub operations: Vec<Operation>,
}

/// A part of a form (单据头, 单据体).
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Entity {
    /// Its key, such as `FEntity`; a query asks for its fields as `FEntity_FQty`.
    #[serde_as(as = "DefaultOnNull<AnyText>")]
    #[serde(default)]
    pub key: String,
    /// Its names by language.
    #[serde(default)]
    pub name: Names,
    /// Its fields.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A field of a form.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Field {
    /// Its key, such as `FMaterialId`: what a Model and a query call it.
    pub key: String,
    /// Its names by language.
    #[serde(default)]
    pub name: Names,
    /// Whether a bill cannot be saved without it (必录).
    #[serde_as(as = "AnyFlag")]
    #[serde(default)]
    pub must_input: bool,
    /// Its kind, in the site's own words.
    #[serde_as(as = "DefaultOnNull<AnyText>")]
    #[serde(default)]
    pub field_type: String,
    /// The base data that it refers to, such as `BD_MATERIAL`.
    #[serde_as(as = "NoneAsEmptyString")]
    #[serde(rename = "LookUpObjectFormId", default)]
    pub look_up_form: Option<String>,
}

/// An operation of a form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Operation {
    /// Its number, such as `Audit`.
    #[serde(rename = "OperationNumber")]
    pub number: String,
}

/// A name in the languages of a site.
#[serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Names(#[serde_as(as = "DefaultOnNull")] Vec<LocalName>);

#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LocalName {
    #[serde_as(as = "AnyText")]
    key: String,
    #[serde_as(as = "DefaultOnNull<AnyText>")]
    value: String,
}

impl Names {
    /// The name in a language, such as 2052 for simplified Chinese; in any other, where it has none in that.
    pub fn of(&self, lcid: u32) -> Option<&str> {
        let lcid = lcid.to_string();
        let own = self.0.iter().find(|name| name.key == lcid);
        own.or(self.0.first()).map(|name| name.value.as_str())
    }
}

impl BusinessInfo {
    /// The part with this key; keys have no case.
    pub fn entity(&self, key: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.key.eq_ignore_ascii_case(key))
    }

    /// The field with this key, in whatever part it is, and that part. Keys have no case.
    pub fn field(&self, key: &str) -> Option<(&Entity, &Field)> {
        self.entities.iter().find_map(|entity| Some((entity, entity.field(key)?)))
    }
}

impl Entity {
    /// The field with this key; keys have no case.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key.eq_ignore_ascii_case(key))
    }
}

//! Base data of 金蝶 by a part of its number or name: what a person chooses from when a mapping table lacks a number.

use kingdee_k3cloud_sdk::model::base_data::BaseData;
use kingdee_k3cloud_sdk::{Error, Filter, Query, row};

use super::Sink;
use super::base::Kind;

/// So many are offered at most.
pub const MOST: u32 = 20;
/// What a person types is cut after so many characters.
const LONGEST: usize = 40;

/// Base data that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its number.
    pub number: String,
    /// Its name; empty where the site tells none.
    pub name: String,
}

row! {
    /// What every kind of base data has.
    struct Named {
        /// 编码
        number: String = "FNumber",
        /// 名称
        name: Option<String> = "FName",
    }
}

impl Sink {
    /// What of `kind` has `text` in its number or name, is audited and not forbidden, and can be used in `org`: by number, at
    /// most [`MOST`]. Nothing is asked for an empty text.
    ///
    /// # Errors
    /// What 金蝶 or the way to it fails with.
    pub async fn search(&self, kind: Kind, org: &str, text: &str) -> Result<Vec<Candidate>, Error> {
        let text: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.client.query_as::<Named>(&query(kind, org, &text)).await?;
        Ok(rows
            .into_iter()
            .map(|row| Candidate { number: row.number, name: row.name.unwrap_or_default() })
            .collect())
    }
}

fn query(kind: Kind, org: &str, text: &str) -> Query {
    use kingdee_k3cloud_sdk::model::base_data::{Customer, Material, Organization, Stock};
    let (form, org_key) = match kind {
        Kind::Org => (Organization::FORM_ID, Organization::ORG_KEY),
        Kind::Customer => (Customer::FORM_ID, Customer::ORG_KEY),
        Kind::Warehouse => (Stock::FORM_ID, Stock::ORG_KEY),
        Kind::Material => (Material::FORM_ID, Material::ORG_KEY),
    };
    let found = Filter::contains("FNumber", text).or(Filter::contains("FName", text));
    let usable = Filter::eq("FDocumentStatus", "C").and(Filter::eq("FForbidStatus", "A"));
    let mut filter = found.and(usable);
    if let Some(key) = org_key.filter(|_| !org.is_empty()) {
        filter = filter.and(Filter::eq(key, org));
    }
    Query::builder()
        .form_id(form)
        .field_keys(["FNumber", "FName"])
        .filter(filter)
        .order("FNumber ASC")
        .limit(MOST)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_stays_a_value_whatever_it_holds() {
        let query = query(Kind::Customer, "100", "o'店%' or 1=1 --");
        let filter = query.filter.unwrap().render().unwrap();
        assert!(filter.contains("like '%o''店[%]'' or 1=1 --%'"), "{filter}");
        assert!(filter.contains("FUseOrgId.FNumber = '100'"), "{filter}");
        assert_eq!((query.form_id.as_str(), query.limit), ("BD_Customer", Some(20)));
    }
}

//! Rows gathered by bill: a query for fields of the lines gives one row a line.

use std::collections::BTreeMap;

use super::Row;
use crate::cell::Cell;

/// The rows of one bill.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BillRows {
    /// FID; empty where it was not asked for.
    pub id: String,
    /// FBillNo; empty where it was not asked for.
    pub number: String,
    /// Its rows, in their order; never empty.
    pub rows: Vec<Row>,
}

impl BillRows {
    /// The bills of some rows, each at the place of its first row. Rows are of one bill if both id and number are the same:
    /// where one of them is masked, the other still keeps bills apart. A bill may go on with the next page, so gather all
    /// pages at once, or put the rows of the last bill before those of the next page.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// use kingdee_k3cloud_sdk::{BillRows, Query};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let lines = || [1, 2].map(|n| DynForm::part().refer("FMaterialID", format!("M{n}")));
    /// # let _ = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1").set("FEntity", lines())])).await?;
    /// let query = Query::builder()
    ///     .form_id("SAL_OUTSTOCK")
    ///     .field_keys(["FID", "FBillNo", "FEntity_FMaterialID.FNumber"])
    ///     .order("FID ASC, FEntity_FEntryID ASC")
    ///     .build();
    /// for bill in BillRows::gather(client.query(&query).await?) {
    ///     println!("{} has {} lines", bill.number, bill.rows.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn gather(rows: impl IntoIterator<Item = Row>) -> Vec<Self> {
        let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut bills: Vec<Self> = Vec::new();
        for row in rows {
            let text = |key| row.by_key(key).map(Cell::text).unwrap_or_default();
            let (id, number) = (text("FID"), text("FBillNo"));
            // The rows of a bill mostly follow each other.
            if let Some(last) = bills.last_mut().filter(|last| last.id == id && last.number == number) {
                last.rows.push(row);
                continue;
            }
            let (id, number) = (id.to_owned(), number.to_owned());
            let place = *places.entry((id.clone(), number.clone())).or_insert_with(|| {
                bills.push(Self { id, number, rows: Vec::new() });
                bills.len() - 1
            });
            bills[place].rows.push(row);
        }
        bills
    }

    /// Whether its number could be read: it is there, and not masked.
    pub fn has_number(&self) -> bool {
        let number = self.number.trim();
        !number.is_empty() && !number.bytes().all(|byte| byte == b'*')
    }

    /// A row for what all of them say alike: the head.
    pub fn head(&self) -> &Row {
        &self.rows[0]
    }
}

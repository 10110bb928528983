//! Rows of methods that this crate has no type for, as raw JSON text.

use std::fmt;

use serde_json::value::RawValue;

use crate::row_key::RowKey;
use crate::wire::{FieldFault, Row, mask, read_row};

/// A row as its JSON text, exactly as it came. `Debug` shows it without its people.
#[derive(Clone)]
pub struct RawRow(Box<RawValue>);

impl RawRow {
    pub(crate) fn of(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Reads it as a row declared with [`row!`](crate::row); every fault is named.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use wdt_qimen_sdk::mock::{Gateway, MockRefund};
    /// wdt_qimen_sdk::row! {
    ///     /// What is needed of a shop.
    ///     pub struct ShopName {
    ///         /// Its number.
    ///         pub shop_no: String,
    ///         /// Its name.
    ///         pub shop_name: String,
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let gateway = Gateway::builder().build();
    /// # gateway.world().put("wdt.shop.query", MockRefund::from(serde_json::json!({"shop_no": "S009", "shop_name": "旗舰店"})));
    /// # let client = gateway.client()?;
    /// let shops = client.list_raw("wdt.shop.query", "shoplist", ()).collect_latest().await?;
    /// for shop in shops.rows.values() {
    ///     match shop.read::<ShopName>() {
    ///         Ok(shop) => assert_eq!(shop.shop_name, "旗舰店"),
    ///         Err(faults) => eprintln!("{faults:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn read<R: Row>(&self) -> Result<R, Vec<FieldFault>> {
        read_row(self.text())
    }

    pub(crate) fn key(&self) -> RowKey {
        RowKey::of("", None, || self.text().to_owned())
    }
}

impl PartialEq for RawRow {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for RawRow {}

impl fmt::Debug for RawRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawRow").field(&mask::mask_json(self.text())).finish()
    }
}

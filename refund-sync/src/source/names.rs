//! What shops and warehouses are called in 旺店通, for whoever fills a mapping table in.

use futures_util::TryStreamExt as _;
use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
use wdt_qimen_sdk::method::warehouse::{WarehouseParams, WarehouseQuery};
use wdt_qimen_sdk::{Error, Listed, Method};

use super::Source;
use crate::model::Names;

impl Source {
    /// The names of every shop and every warehouse.
    pub async fn names(&self) -> Result<Names, Error> {
        let shops = self.listed::<ShopQuery>(ShopParams::builder().build()).await?;
        let warehouses = self.listed::<WarehouseQuery>(WarehouseParams::builder().build()).await?;
        Ok(Names {
            shops: shops.into_iter().map(|shop| (shop.shop_no, shop.shop_name)).collect(),
            warehouses: warehouses.into_iter().map(|house| (house.warehouse_no, house.name)).collect(),
        })
    }

    /// Every row that can be read; a name that cannot is not missed.
    async fn listed<M: Method>(&self, params: M::Params) -> Result<Vec<M::Row>, Error> {
        let mut pages = self.client.list::<M>(params).pages();
        let mut rows = Vec::new();
        while let Some(listed) = pages.try_next().await? {
            if let Listed::Page(listed) = listed {
                rows.extend(listed.page.rows.into_iter().flatten());
            }
        }
        Ok(rows)
    }
}

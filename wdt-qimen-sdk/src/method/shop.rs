//! `wdt.shop.query` 店铺查询: master data for mapping tables. Names after the protocol notes, section 7, and the
//! vendor's page `shop.php`.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{flag, sent};
use crate::row_key::RowKey;
use crate::wire::{FieldFault, read_row};

/// `wdt.shop.query`: shops (店铺). 1..=100 rows a page; no span, and no total has been documented.
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
///
/// let open = ShopParams::builder().is_disabled(false).build();
/// for shop in client.list::<ShopQuery>(open).collect_latest().await?.rows.values() {
///     println!("{} {}", shop.shop_no, shop.shop_name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ShopQuery;

/// What [`ShopQuery`] can be asked. Everything is optional.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ShopParams {
    /// Only this shop.
    pub shop_no: Option<String>,
    /// Only this platform.
    pub platform: Option<i32>,
    /// 已停用: only disabled shops, or only those in use.
    pub is_disabled: Option<bool>,
}

impl Method for ShopQuery {
    const NAME: &'static str = "wdt.shop.query";
    const LIST_KEY: &'static str = "shoplist";
    const PAGE: PageRule = PageRule::new(100, 40);
    const NUMBER: &'static str = "shop_no";
    const ID: &'static str = "shop_id";

    type Params = ShopParams;
    type Row = Shop;

    fn params(params: &ShopParams) -> Vec<(&'static str, String)> {
        sent([
            ("shop_no", params.shop_no.clone()),
            ("platform", params.platform.map(|code| code.to_string())),
            ("is_disabled", params.is_disabled.map(flag)),
        ])
    }

    fn key(row: &Shop) -> RowKey {
        RowKey::of(&row.shop_no, row.shop_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn read(text: &str) -> Result<Shop, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 店铺: one shop on one platform.
    pub struct Shop {
        /// Primary key.
        pub shop_id: Option<i64>,
        /// 店铺编号: the identity of a shop.
        pub shop_no: String,
        /// 店铺名称.
        pub shop_name: String,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 子平台.
        pub sub_platform_id: Option<i32>,
        /// 平台授权账号主键.
        pub account_id: String,
        /// 平台授权账号. Personal.
        pub account_nick: String,
        /// 省.
        pub province_name: String,
        /// 市.
        pub city_name: String,
        /// 区.
        pub district_name: String,
        /// 地址. Personal.
        pub address: String,
        /// 联系人. Personal.
        pub contact: String,
        /// 手机. Personal.
        pub mobile: String,
        /// 电话. Personal.
        pub telno: String,
        /// 邮编.
        pub zip: String,
        /// 是否停用.
        pub is_disabled: Option<bool>,
        /// 备注.
        pub remark: String,
    }
}

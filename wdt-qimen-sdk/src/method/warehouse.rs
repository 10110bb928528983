//! `wdt.warehouse.query` 仓库查询: master data for mapping tables. Names after the protocol notes, section 7, and the
//! vendor's page `warehouse_query.php`.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{flag, sent};
use crate::row_key::RowKey;
use crate::wire::{FieldFault, read_row};

/// `wdt.warehouse.query`: warehouses (仓库). 1..=100 rows a page, no span.
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::warehouse::{WarehouseParams, WarehouseQuery};
///
/// let warehouses = client.list::<WarehouseQuery>(WarehouseParams::default()).collect_latest().await?;
/// for warehouse in warehouses.rows.values() {
///     println!("{} {}", warehouse.warehouse_no, warehouse.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct WarehouseQuery;

/// What [`WarehouseQuery`] can be asked. Everything is optional.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct WarehouseParams {
    /// Only this warehouse.
    pub warehouse_no: Option<String>,
    /// 仓库类型: 1 普通仓库, 3 京东仓储, 11 奇门仓储, 127 其它, …
    pub warehouse_type: Option<i32>,
    /// 已停用; only those in use if not given.
    pub is_disabled: Option<bool>,
}

impl Method for WarehouseQuery {
    const NAME: &'static str = "wdt.warehouse.query";
    const LIST_KEY: &'static str = "warehouses";
    const PAGE: PageRule = PageRule::new(100, 40);
    const NUMBER: &'static str = "warehouse_no";
    const ID: &'static str = "warehouse_id";

    type Params = WarehouseParams;
    type Row = Warehouse;

    fn params(params: &WarehouseParams) -> Vec<(&'static str, String)> {
        sent([
            ("warehouse_no", params.warehouse_no.clone()),
            ("warehouse_type", params.warehouse_type.map(|code| code.to_string())),
            ("is_disabled", params.is_disabled.map(flag)),
        ])
    }

    fn key(row: &Warehouse) -> RowKey {
        RowKey::of(&row.warehouse_no, row.warehouse_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn read(text: &str) -> Result<Warehouse, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 仓库: one warehouse.
    pub struct Warehouse {
        /// Primary key.
        pub warehouse_id: Option<i64>,
        /// 仓库编号: the identity of a warehouse.
        pub warehouse_no: String,
        /// 仓库名称.
        pub name: String,
        /// 仓库类型: 1 普通仓库, 3 京东仓储, 11 奇门仓储, 127 其它, …
        pub kind: Option<i32> = "type",
        /// 仓库子类型.
        pub sub_type: Option<i32>,
        /// 外部仓库编号.
        pub ext_warehouse_no: String,
        /// 省.
        pub province: String,
        /// 市.
        pub city: String,
        /// 区.
        pub district: String,
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
        /// 是否残次品仓.
        pub is_defect: Option<bool>,
        /// 对应的残次品仓或正品仓.
        pub match_warehouse_id: Option<i64>,
        /// 是否停用.
        pub is_disabled: Option<bool>,
        /// 备注.
        pub remark: String,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
    }
}

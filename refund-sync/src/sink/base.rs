//! Base data (基础资料) as the live check asks for it: whether a number can be used, and what a line of it needs.

use std::collections::BTreeSet;

use kingdee_k3cloud_sdk::model::base_data::{BaseData, Customer, Material, Organization, Stock};
use kingdee_k3cloud_sdk::{Error, ErrorKind, row};
use serde::{Deserialize, Serialize};

use super::Sink;

/// A kind of base data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 组织
    Org,
    /// 客户
    Customer,
    /// 仓库
    Warehouse,
    /// 物料
    Material,
}

/// One number of base data that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRecord {
    /// FDocumentStatus: `C` is audited.
    pub document_status: String,
    /// FForbidStatus: `A` is in use.
    pub forbid_status: String,
    /// What a line needs besides: only of materials, as far as the site tells.
    pub needs: BTreeSet<Need>,
    /// 基本单位, 库存单位 and 销售单位, where they are not all the same.
    pub units: Vec<String>,
}

/// What a line of a material needs besides its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// 批号
    Lot,
    /// 保质期
    ShelfLife,
    /// 序列号
    Serial,
}

impl Kind {
    /// Its Chinese name.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Org => "组织",
            Self::Customer => "客户",
            Self::Warehouse => "仓库",
            Self::Material => "物料",
        }
    }

    /// Its English name.
    pub fn english(self) -> &'static str {
        match self {
            Self::Org => "organisation",
            Self::Customer => "customer",
            Self::Warehouse => "warehouse",
            Self::Material => "material",
        }
    }
}

impl Need {
    /// Its names in Chinese and English.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Lot => ("批号", "a lot"),
            Self::ShelfLife => ("保质期", "a shelf life"),
            Self::Serial => ("序列号", "serial numbers"),
        }
    }
}

/// One number in one organisation.
#[derive(Debug, Clone)]
pub struct BaseRow {
    /// Its number, exactly.
    pub number: String,
    /// The organisation that uses it, where rows are per organisation.
    pub org: Option<String>,
    /// How it stands there.
    pub record: BaseRecord,
}

row! {
    /// A material of a site that does not know every field of [`Material`].
    struct PlainMaterial {
        /// 编码
        number: String = "FNumber",
        /// 数据状态
        document_status: String = "FDocumentStatus",
        /// 禁用状态
        forbid_status: String = "FForbidStatus",
        /// 使用组织
        use_org: Option<String> = "FUseOrgId.FNumber",
    }
}

impl BaseData for PlainMaterial {
    const FORM_ID: &'static str = "BD_MATERIAL";
}

impl Sink {
    /// The rows of `numbers` that exist, in `org` or in any; and whether the site told what materials need.
    pub async fn base(
        &self,
        kind: Kind,
        numbers: &BTreeSet<&str>,
        org: Option<&str>,
    ) -> Result<(Vec<BaseRow>, bool), Error> {
        let asked = || numbers.iter().copied();
        let rows = match kind {
            Kind::Org => {
                let rows = self.client.base_data::<Organization>(asked(), None).await?;
                rows.into_iter()
                    .map(|row| plain(row.number, None, row.document_status, row.forbid_status))
                    .collect()
            }
            Kind::Customer => {
                let rows = self.client.base_data::<Customer>(asked(), org).await?;
                let row =
                    |row: Customer| plain(row.number, row.use_org, row.document_status, row.forbid_status);
                rows.into_iter().map(row).collect()
            }
            Kind::Warehouse => {
                let rows = self.client.base_data::<Stock>(asked(), org).await?;
                let row = |row: Stock| plain(row.number, row.use_org, row.document_status, row.forbid_status);
                rows.into_iter().map(row).collect()
            }
            Kind::Material => match self.client.base_data::<Material>(asked(), org).await {
                Ok(rows) => rows.into_iter().map(material).collect(),
                // The keys of what a material needs are inferred: a site may lack one, or answer it otherwise.
                Err(error)
                    if matches!(error.kind(), ErrorKind::Refused { code: 9, .. } | ErrorKind::Cell(_)) =>
                {
                    let rows = self.client.base_data::<PlainMaterial>(asked(), org).await?;
                    let row = |row: PlainMaterial| {
                        plain(row.number, row.use_org, row.document_status, row.forbid_status)
                    };
                    return Ok((rows.into_iter().map(row).collect(), false));
                }
                Err(error) => return Err(error),
            },
        };
        Ok((rows, true))
    }
}

fn plain(number: String, org: Option<String>, document_status: String, forbid_status: String) -> BaseRow {
    let record = BaseRecord { document_status, forbid_status, needs: BTreeSet::new(), units: Vec::new() };
    BaseRow { number, org, record }
}

fn material(row: Material) -> BaseRow {
    let is = |flag: Option<bool>| flag.unwrap_or_default();
    let needs = [
        (Need::Lot, is(row.needs_lot)),
        (Need::ShelfLife, is(row.needs_shelf_life)),
        (Need::Serial, is(row.needs_serial)),
    ];
    let mut units: Vec<String> = Vec::new();
    for unit in [row.base_unit, row.store_unit, row.sale_unit].into_iter().flatten() {
        if !unit.is_empty() && !units.contains(&unit) {
            units.push(unit);
        }
    }
    let record = BaseRecord {
        document_status: row.document_status,
        forbid_status: row.forbid_status,
        needs: needs.into_iter().filter_map(|(need, is)| is.then_some(need)).collect(),
        units,
    };
    BaseRow { number: row.number, org: row.use_org, record }
}

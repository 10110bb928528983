//! Base data (基础资料) to look up: materials, customers, warehouses, organisations. How a bill refers
//! to them is in `base`; the asking is in `client`.

use serde::{Deserialize, Serialize};

use crate::query::typed::FromRow;
use crate::row;

/// A kind of base data. Open: declare the fields you need with [`row!`](crate::row) and name the
/// form.
///
/// ```
/// use kingdee_k3cloud_sdk::model::base_data::BaseData;
///
/// kingdee_k3cloud_sdk::row! {
///     /// 供应商.
///     struct Supplier {
///         number: String = "FNumber",
///         name: Option<String> = "FName",
///     }
/// }
///
/// impl BaseData for Supplier {
///     const FORM_ID: &'static str = "BD_Supplier";
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kind of base data",
    note = "declare it with `kingdee_k3cloud_sdk::row! {{ … }}` and implement `BaseData`, which names its form"
)]
pub trait BaseData: FromRow {
    /// The form's id, such as `BD_MATERIAL`.
    const FORM_ID: &'static str;

    /// The key of the organisation that uses a row, if rows are per organisation.
    const ORG_KEY: Option<&'static str> = Some("FUseOrgId.FNumber");
}

row! {
    /// 物料 (material, `BD_MATERIAL`). Source: the form's field list; which of the flags matter for
    /// a bill is told by 库存 settings of the material.
    #[derive(Serialize, Deserialize)]
    #[non_exhaustive]
    pub struct Material {
        /// 编码 (number).
        pub number: String = "FNumber",
        /// 名称 (name).
        pub name: Option<String> = "FName",
        /// 数据状态: `C` is audited, and only then can it be used.
        pub document_status: String = "FDocumentStatus",
        /// 禁用状态: `A` is in use, `B` forbidden.
        pub forbid_status: String = "FForbidStatus",
        /// 使用组织 (organisation that uses it).
        pub use_org: Option<String> = "FUseOrgId.FNumber",
        /// 基本单位 (base unit).
        pub base_unit: Option<String> = "FBaseUnitId.FNumber",
        /// 库存单位 (stock unit).
        pub store_unit: Option<String> = "FStoreUnitID.FNumber",
        /// 销售单位 (sales unit).
        pub sale_unit: Option<String> = "FSaleUnitId.FNumber",
        /// 启用批号管理: a line needs a lot.
        pub needs_lot: Option<bool> = "FIsBatchManage",
        /// 启用保质期管理: a line needs the date of manufacture.
        pub needs_shelf_life: Option<bool> = "FIsKFPeriod",
        /// 启用序列号管理: a line needs serial numbers.
        pub needs_serial: Option<bool> = "FIsSNManage",
    }
}

row! {
    /// 客户 (customer, `BD_Customer`).
    #[derive(Serialize, Deserialize)]
    #[non_exhaustive]
    pub struct Customer {
        /// 编码 (number).
        pub number: String = "FNumber",
        /// 名称 (name).
        pub name: Option<String> = "FName",
        /// 数据状态: `C` is audited, and only then can it be used.
        pub document_status: String = "FDocumentStatus",
        /// 禁用状态: `A` is in use, `B` forbidden.
        pub forbid_status: String = "FForbidStatus",
        /// 使用组织 (organisation that uses it).
        pub use_org: Option<String> = "FUseOrgId.FNumber",
    }
}

row! {
    /// 仓库 (warehouse, `BD_STOCK`).
    #[derive(Serialize, Deserialize)]
    #[non_exhaustive]
    pub struct Stock {
        /// 编码 (number).
        pub number: String = "FNumber",
        /// 名称 (name).
        pub name: Option<String> = "FName",
        /// 数据状态: `C` is audited, and only then can it be used.
        pub document_status: String = "FDocumentStatus",
        /// 禁用状态: `A` is in use, `B` forbidden.
        pub forbid_status: String = "FForbidStatus",
        /// 使用组织 (organisation that uses it).
        pub use_org: Option<String> = "FUseOrgId.FNumber",
    }
}

row! {
    /// 组织机构 (organisation, `ORG_Organizations`).
    #[derive(Serialize, Deserialize)]
    #[non_exhaustive]
    pub struct Organization {
        /// 编码 (number).
        pub number: String = "FNumber",
        /// 名称 (name).
        pub name: Option<String> = "FName",
        /// 数据状态: `C` is audited, and only then can it be used.
        pub document_status: String = "FDocumentStatus",
        /// 禁用状态: `A` is in use, `B` forbidden.
        pub forbid_status: String = "FForbidStatus",
    }
}

impl BaseData for Organization {
    const FORM_ID: &'static str = "ORG_Organizations";
    const ORG_KEY: Option<&'static str> = None;
}

macro_rules! of_form {
    ($($kind:ident = $form:literal),*) => {$(
        impl BaseData for $kind {
            const FORM_ID: &'static str = $form;
        }
    )*};
}

of_form! { Material = "BD_MATERIAL", Customer = "BD_Customer", Stock = "BD_STOCK" }

macro_rules! usable {
    ($($kind:ident),*) => {$(
        impl $kind {
            /// Whether bills can use it: audited and not forbidden.
            pub fn is_usable(&self) -> bool {
                self.document_status == "C" && self.forbid_status == "A"
            }
        }
    )*};
}

usable! { Material, Customer, Stock, Organization }

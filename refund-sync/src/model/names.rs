//! What shops and warehouses are called in 旺店通. Asking for them is `source`'s, keeping them `store`'s.

use std::collections::BTreeMap;

/// Names by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// 店铺
    pub shops: BTreeMap<String, String>,
    /// 仓库
    pub warehouses: BTreeMap<String, String>,
}

//! What both systems say about a configuration: asked once by `check --live`, kept as a file if wished, judged without a
//! network. Here: the facts. Asking is `live::ask`'s, what has to be asked `live::wanted`'s, judging `live::judge`'s.

mod ask;
mod judge;
mod required_data;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use ask::ask;
pub use judge::{Finding, Severity, judge};
pub use survey::{Group, MOST_PAGES, Survey};

/// What was kept of a live check. It holds numbers and counts; nobody's name, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// When the systems were asked (RFC 3339, +08:00).
    pub at: String,
    /// What they said, by pipeline.
    pub pipelines: BTreeMap<String, Facts>,
}

/// What both systems said to one pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Why 旺店通 could not be asked; null when it answered.
    pub wdt: Option<Failure>,
    /// Why 金蝶 could not be asked; null when it answered.
    pub kingdee: Option<Failure>,
    /// Server time of 旺店通 minus local time, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// The returns of the last days.
    pub survey: Option<Survey>,
    /// Base data by kind, organisation (empty: any) and number.
    pub base: BTreeMap<Kind, BTreeMap<String, BTreeMap<String, Standing>>>,
    /// Numbers that were not asked for, because there are too many, by kind.
    pub not_asked: BTreeMap<Kind, u64>,
    /// Whether 金蝶 tells what a material needs besides its number.
    pub needs_told: bool,
}

/// Why a system could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it said.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// It may pass by itself.
    pub passing: bool,
}

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

/// How a number stands in 金蝶.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does not exist in the organisation, but in these.
    Absent(BTreeSet<String>),
    /// It exists.
    Present(Thing),
}

/// One number of base data that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
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

//! How a person wants one return to be booked where the rules would park it. Who may say so is `journal::decision`'s;
//! what comes of it, `mapping`'s.

use serde::{Deserialize, Serialize};

/// How a person wants one return to be booked. The default leaves everything to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Direction {
    /// Which quantities are written where asked and arrived differ; `None`: as the rules say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantities: Option<Quantities>,
    /// A date in a closed period moves to the first open day, whatever the rules say.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open_day: bool,
}

/// Which quantities are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantities {
    /// What arrived. The money stays what the buyer got back.
    Arrived,
    /// What was asked back, in the warehouse that the return names: stock-ins are not looked at.
    Asked,
}

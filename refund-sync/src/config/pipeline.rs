//! `[[pipeline]]`: one way from a 旺店通 account into a 金蝶 account.

use chrono::NaiveDateTime;
use croner::Cron;

use super::{Kingdee, Wdt};
use crate::mapping::Rules;

/// One way from a 旺店通 account into a 金蝶 account.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name: in the journal, in messages, in environment variables.
    pub name: String,
    /// When `serve` runs it, Asia/Shanghai; default every five minutes.
    pub schedule: Cron,
    /// Where reading starts when the ledger is empty, Asia/Shanghai; only an existing ledger can do without.
    pub start_from: Option<NaiveDateTime>,
    /// The source.
    pub wdt: Wdt,
    /// The target.
    pub kingdee: Kingdee,
    /// The mapping between them, tables loaded.
    pub mapping: Rules,
}

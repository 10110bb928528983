//! The configuration as the program uses it: typed, checked, defaults filled in, tables and secrets loaded.
//! One concern a file; each holds a part's type and the reading of its keys. The walk they share is in
//! `config::section`, what can be wrong in `config::fault`.

mod alert;
mod kingdee;
mod pipeline;
mod server;
mod store;
mod wdt;

pub use alert::{Alert, AlertKind};
pub use kingdee::{AfterSync, CaFile, Credentials, Finish, Kingdee, Verify, WriteHours};
pub use pipeline::Pipeline;
pub use server::Server;
pub use store::{StoreConfig, StoreUrl};
pub use wdt::{AskStatus, Enrich, SignMethod, Wdt};

/// Everything that `refund-sync.toml` says.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[store]`: where the journal is kept.
    pub store: StoreConfig,
    /// `[server]`: the status page; `None` where the section is absent.
    pub server: Option<Server>,
    /// `[[pipeline]]`: at least one, names distinct.
    pub pipelines: Vec<Pipeline>,
    /// `[[alert]]`: where to tell people.
    pub alerts: Vec<Alert>,
}

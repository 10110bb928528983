//! The configuration as the program uses it: typed, checked, defaults filled in, tables and secrets loaded.
//! One concern a file; each holds a part's type and the reading of its keys. The walk they share is in
//! `config::reader`.

mod address;
mod alert;
mod csv_table;
mod field_template;
mod fields;
mod kingdee;
mod leftover;
mod load;
mod mapping;
mod pipeline;
mod proxy;
mod reader;
mod reread;
mod schema;
mod server;
mod store;
mod table_edit;
mod table_file;
mod table_form;
mod table_text;
mod tables;
mod template;
mod time;
mod user;
mod version;
mod wdt;
mod weak;
mod web_url;

use reader::{Section, Setting};

pub use alert::{Alert, AlertKind, AlertLimits};
pub use kingdee::{CaFile, Credentials, Finish, Kingdee, OnUnverified, RetryParked, Verify};
pub use load::{Loaded, load, load_to_read};
pub use pipeline::Pipeline;
pub use proxy::Proxy;
pub use reader::{Fault, Faults, Place, Position};
pub use schema::schema;
pub use server::{ListenerLimits, Server};
pub use store::{NoStore, StoreConfig, StoreUrl};
pub use table_edit::{EditFault, with_row};
pub use table_file::{FillError, Filled, TableFile};
pub use template::{Template, template, templates};
pub use time::{Freeze, WriteHours};
pub use user::{Role, User};
pub use version::close_months;
pub use version::learn;
pub use wdt::{AskStatus, Enrich, SignMethod, Wdt};
pub use web_url::WebUrl;

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

impl Config {
    /// Reads the whole file; every fault goes to the walk, and `None` means that there was one.
    fn read(root: &Section<'_>) -> Option<Self> {
        let store_section = root.section("store");
        let store = StoreConfig::read(&store_section);
        let keep = store.as_ref().and_then(|store| store.keep);
        let server_section = root.section("server");
        let server = server_section.is_present().then(|| Server::read(&server_section));
        let mut pipeline_sections = root.sections("pipeline");
        let pipelines: Vec<_> =
            pipeline_sections.iter_mut().map(|section| Pipeline::read(section, keep)).collect();
        let is_empty = |entry: Setting<'_>| entry.value().as_array().is_some_and(|items| items.is_empty());
        if root.in_file("pipeline").is_none_or(is_empty) {
            root.fault(
                "pipeline",
                "there is none: nothing to do",
                "没有任何同步方案，无事可做",
                "[[pipeline]]",
            );
        }
        pipeline::check_distinct(&pipeline_sections, &pipelines);
        // A pipeline with a fault is a pipeline all the same.
        let there_are: Vec<_> = pipeline_sections.iter().map(pipeline::name_of).collect();
        let names = there_are.iter().map(String::as_str).collect();
        let alerts: Vec<_> = root.sections("alert").iter().map(|alert| Alert::read(alert, &names)).collect();
        root.finish();
        Some(Self {
            store: store?,
            server: match server {
                Some(server) => Some(server?),
                None => None,
            },
            pipelines: pipelines.into_iter().collect::<Option<_>>()?,
            alerts: alerts.into_iter().collect::<Option<_>>()?,
        })
    }
}

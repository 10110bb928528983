//! The configuration as the program uses it: typed, checked, defaults filled in, tables and secrets loaded.
//! One concern a file; each holds a part's type and the reading of its keys. The walk they share is in
//! `config::reader`.

mod address;
#[cfg(feature = "console")]
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
#[cfg(feature = "tools")]
mod schema;
#[cfg(feature = "console")]
mod server;
mod store;
#[cfg(feature = "serve")]
mod table_edit;
mod table_file;
#[cfg(feature = "serve")]
mod table_fill;
mod table_form;
mod table_text;
mod tables;
mod template;
mod time;
#[cfg(feature = "console")]
mod user;
mod version;
mod wdt;
#[cfg(feature = "console")]
mod weak;
#[cfg(feature = "console")]
mod web_url;

use crate::lang::Text;
use reader::{Section, Setting};

#[cfg(feature = "console")]
pub use alert::{Alert, AlertKind, AlertLimits};
pub use kingdee::{CaFile, Credentials, Finish, Kingdee, OnUnverified, RetryParked, Verify};
pub use load::{Loaded, load, load_to_read};
pub use pipeline::Pipeline;
pub use proxy::Proxy;
pub use reader::{Fault, Faults, Notes, Place, Position};
#[cfg(feature = "tools")]
pub use schema::schema;
#[cfg(feature = "console")]
pub use server::{ListenerLimits, Server};
pub use store::{NoStore, StoreConfig, StoreUrl};
#[cfg(feature = "serve")]
pub use table_edit::{EditFault, with_row};
pub use table_file::TableFile;
#[cfg(feature = "serve")]
pub use table_fill::{FillError, Filled};
pub use template::{Template, template, templates};
pub use time::{Freeze, WriteHours};
#[cfg(feature = "console")]
pub use user::{Role, User};
pub use version::close_months;
pub use version::learn;
pub use wdt::{AskStatus, Enrich, Wdt};
pub use wdt_qimen_sdk::SignMethod;
#[cfg(feature = "console")]
pub use web_url::WebUrl;

/// Everything that `refund-sync.toml` says.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[store]`: where the journal is kept.
    pub store: StoreConfig,
    /// `[server]`: the status page; `None` where the section is absent.
    #[cfg(feature = "console")]
    pub server: Option<Server>,
    /// `[[pipeline]]`: at least one, names distinct.
    pub pipelines: Vec<Pipeline>,
    /// `[[alert]]`: where to tell people.
    #[cfg(feature = "console")]
    pub alerts: Vec<Alert>,
}

impl Config {
    /// Reads the whole file; every fault goes to the walk, and `None` means that there was one.
    fn read(root: &Section<'_>) -> Option<Self> {
        let store_section = root.section("store");
        let store = StoreConfig::read(&store_section);
        let keep = store.as_ref().and_then(|store| store.keep);
        #[cfg(feature = "console")]
        let server = {
            let section = root.section("server");
            section.is_present().then(|| Server::read(&section))
        };
        #[cfg(not(feature = "console"))]
        root.skip(&["server", "alert"]);
        let mut pipeline_sections = root.sections("pipeline");
        let pipelines: Vec<_> =
            pipeline_sections.iter_mut().map(|section| Pipeline::read(section, keep)).collect();
        let is_empty = |entry: Setting<'_>| entry.value().as_array().is_some_and(|items| items.is_empty());
        if root.in_file("pipeline").is_none_or(is_empty) {
            root.fault(
                "pipeline",
                Text::new("没有任何同步方案，无事可做", "there is none: nothing to do"),
                "[[pipeline]]",
            );
        }
        pipeline::check_distinct(&pipeline_sections, &pipelines);
        #[cfg(feature = "console")]
        let alerts: Vec<_> = {
            // A pipeline with a fault is a pipeline all the same.
            let there_are: Vec<_> = pipeline_sections.iter().map(pipeline::name_of).collect();
            let names = there_are.iter().map(String::as_str).collect();
            root.sections("alert").iter().map(|alert| Alert::read(alert, &names)).collect()
        };
        root.finish();
        Some(Self {
            store: store?,
            #[cfg(feature = "console")]
            server: match server {
                Some(server) => Some(server?),
                None => None,
            },
            pipelines: pipelines.into_iter().collect::<Option<_>>()?,
            #[cfg(feature = "console")]
            alerts: alerts.into_iter().collect::<Option<_>>()?,
        })
    }
}

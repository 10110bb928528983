//! `[store]`: where the journal is kept. Opening it is `store`'s.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use super::address::may_hold_secret;
use super::reader::json_schema as schema;
use super::reader::secret::{self, Literal};
use super::reader::{Place, Section, Setting, Shape};
use crate::lang::Text;

/// Where the journal is kept.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `url`, default `sqlite:refund-sync.db`.
    pub url: StoreUrl,
    /// Where `url` is written; `None` where the default holds.
    pub url_at: Option<Place>,
    /// `keep_days`, default 400: how long the history of what is over stays; 0, `None`: for ever.
    pub keep: Option<TimeDelta>,
}

/// A store's address.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// `sqlite:PATH`; a relative path is relative to the configuration file.
    Sqlite(PathBuf),
    /// `postgres://user@host/db`; may hold a password, so it is a secret.
    #[cfg(feature = "postgres")]
    Postgres(SecretString),
}

/// Why a text is no address of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStore {
    /// SQLite without a file.
    NoFile,
    /// PostgreSQL, which this program was built without.
    NoPostgres,
    /// Neither of the two.
    Unknown,
}

const DEFAULT: &str = "sqlite:refund-sync.db";

impl StoreConfig {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        section.describe("url", schema::secret());
        let setting = section.get("url", Shape::Table);
        let keep_days = section.number("keep_days", &(0..=36_500), 400);
        section.finish();
        let url_at = setting.as_ref().map(|setting| setting.place().clone());
        let url = match setting {
            None => StoreUrl::Sqlite(section.walk.resolve("refund-sync.db")),
            Some(setting) => read_url(&setting.hide_if(may_hold_secret))?,
        };
        let keep = (keep_days > 0).then(|| TimeDelta::days(keep_days.into()));
        Some(Self { url, url_at, keep })
    }
}

impl StoreUrl {
    /// The journal at `address`; a relative path is relative to `folder`.
    ///
    /// # Errors
    /// Why it is none. Nothing of the address is in it: that may hold a password.
    pub fn parse(address: &SecretString, folder: &Path) -> Result<Self, NoStore> {
        let text = address.expose_secret();
        match text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            Some("" | ":memory:") => Err(NoStore::NoFile),
            Some(path) => Ok(Self::Sqlite(folder.join(path))),
            #[cfg(feature = "postgres")]
            None if is_postgres(text) => Ok(Self::Postgres(address.clone())),
            #[cfg(not(feature = "postgres"))]
            None if is_postgres(text) => Err(NoStore::NoPostgres),
            None => Err(NoStore::Unknown),
        }
    }
}

fn is_postgres(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

impl NoStore {
    /// What is wrong.
    pub fn told(self) -> Text {
        match self {
            Self::NoFile => Text::new("同步台账必须是一个文件", "the journal needs a file"),
            Self::NoPostgres => {
                Text::new("本程序编译时未包含 PostgreSQL", "this program was built without PostgreSQL")
            }
            Self::Unknown => {
                Text::new("须以 sqlite: 或 postgres:// 开头", "must begin with sqlite: or postgres://")
            }
        }
    }
}

fn read_url(setting: &Setting<'_>) -> Option<StoreUrl> {
    let url = secret::read(setting, Literal::Usual)?;
    let why = match StoreUrl::parse(&url, &setting.walk.resolve("")) {
        Ok(url) => return Some(url),
        Err(why) => why,
    };
    let fix = match why {
        NoStore::NoPostgres => Text::new("编译时加 --features postgres", "build it with --features postgres"),
        NoStore::NoFile | NoStore::Unknown => setting.write(format!("{DEFAULT:?}")).into(),
    };
    setting.fault(why.told(), fix);
    None
}

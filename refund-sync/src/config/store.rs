//! `[store]`: where the journal is kept. Opening it is `store`'s.

use std::path::PathBuf;

use chrono::TimeDelta;
use secrecy::ExposeSecret;
#[cfg(feature = "postgres")]
use secrecy::SecretString;

use super::address::may_hold_secret;
use super::reader::json_schema as schema;
use super::reader::secret::{self, Literal};
use super::reader::{Section, Setting, Shape};

/// Where the journal is kept.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `url`, default `sqlite:refund-sync.db`.
    pub url: StoreUrl,
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

const DEFAULT: &str = "sqlite:refund-sync.db";

impl StoreConfig {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        section.describe("url", schema::secret());
        let setting = section.get("url", Shape::Table);
        let keep_days = section.number("keep_days", &(0..=36_500), 400);
        section.finish();
        let url = match setting {
            None => StoreUrl::Sqlite(section.walk.resolve("refund-sync.db")),
            Some(setting) => read_url(&setting.hide_if(may_hold_secret))?,
        };
        let keep = (keep_days > 0).then(|| TimeDelta::days(keep_days.into()));
        Some(Self { url, keep })
    }
}

fn read_url(setting: &Setting<'_>) -> Option<StoreUrl> {
    let url = secret::read(setting, Literal::Usual)?;
    let text = url.expose_secret();
    let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
    match path {
        Some("" | ":memory:") => setting.fault(
            "the journal needs a file",
            "同步台账必须是一个文件",
            setting.write(format!("{DEFAULT:?}")),
        ),
        Some(path) => return Some(StoreUrl::Sqlite(setting.walk.resolve(path))),
        None if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
            #[cfg(feature = "postgres")]
            return Some(StoreUrl::Postgres(url));
            #[cfg(not(feature = "postgres"))]
            setting.fault(
                "this program was built without PostgreSQL",
                "本程序编译时未包含 PostgreSQL",
                "build it with --features postgres · 编译时加 --features postgres",
            );
        }
        None => setting.fault(
            "must begin with sqlite: or postgres://",
            "须以 sqlite: 或 postgres:// 开头",
            setting.write(format!("{DEFAULT:?}")),
        ),
    }
    None
}

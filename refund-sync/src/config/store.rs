//! `[store]`: where the journal is kept. Opening it is `store`'s.

use std::path::PathBuf;

use secrecy::SecretString;

/// Where the journal is kept.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `url`, default `sqlite:refund-sync.db`.
    pub url: StoreUrl,
}

/// A store's address.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// `sqlite:PATH`; a relative path is relative to the configuration file.
    Sqlite(PathBuf),
    /// `postgres://user@host/db`; may hold a password, so it is a secret.
    Postgres(SecretString),
}

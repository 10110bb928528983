//! `[store] url` of PostgreSQL: what is accepted of it, how the server is called, and what its refusals mean.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, NoTls, Socket};

use super::tls::Tls;
use crate::lang::told;
use crate::store::StoreError;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A database, and how people are told of it.
#[derive(Debug, Clone)]
pub(super) struct Address {
    config: Config,
    /// Without user and password.
    pub(super) place: String,
}

/// A connection, and the last words of the server on it.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) last_words: Arc<OnceLock<String>>,
}

impl Address {
    /// Reads the URL. What is wrong with it is said without showing it: a password may be where it does not belong.
    pub(super) fn parse(url: &SecretString) -> Result<Self, StoreError> {
        let unreadable = || {
            StoreError::Unsupported(told!(
                "[store] url 不是 PostgreSQL 地址：请写 postgres://user:password@host:5432/database，密码中的 @ 写成 %40、/ 写成 %2F、: 写成 %3A、? 写成 %3F、# 写成 %23；? 之后不支持 libpq 的证书选项",
                "[store] url is no address of a PostgreSQL database: write postgres://user:password@host:5432/database, in the password %40 for @, %2F for /, %3A for :, %3F for ? and %23 for #; of the options after ? those of libpq that concern certificates are not known"
            ))
        };
        let mut config: Config = url.expose_secret().parse().map_err(|_| unreadable())?;
        let name = config.get_dbname().or(config.get_user()).unwrap_or_default().to_owned();
        if config.get_hosts().is_empty() || name.contains('@') {
            return Err(unreadable());
        }
        secure(&mut config);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        };
        let hosts: Vec<_> = config.get_hosts().iter().map(host).collect();
        let ports = match config.get_ports() {
            [] => "5432".to_owned(),
            ports => ports.iter().map(u16::to_string).collect::<Vec<_>>().join(","),
        };
        let place = format!("postgres://{}:{ports}/{name}", hosts.join(","));
        Ok(Self { config, place })
    }

    /// Connects as `who`, the name that the server's administrator sees.
    pub(super) async fn connect(&self, who: &str) -> Result<Connection, StoreError> {
        let mut config = self.config.clone();
        if config.get_application_name().is_none() {
            config.application_name(who);
        }
        let connected = if config.get_ssl_mode() == SslMode::Disable {
            begin(&config, NoTls).await
        } else {
            let tls = Tls::new().map_err(|error| StoreError::Unreachable {
                journal: self.place.clone(),
                reason: error.to_string(),
            })?;
            begin(&config, tls).await
        };
        connected.map_err(|error| classed(&self.place, &error))
    }
}

async fn begin<T>(config: &Config, tls: T) -> Result<Connection, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let last_words = Arc::new(OnceLock::new());
    let heard = Arc::clone(&last_words);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Nobody else sets it.
            let _ = heard.set(words(&error));
        }
    });
    Ok(Connection { client, last_words })
}

/// Beyond this machine a link that others could read must be asked for by name; what asks for TLS gets it wherever the
/// server is.
fn secure(config: &mut Config) {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    if config.get_ssl_mode() == SslMode::Prefer {
        let is_local = config.get_hosts().iter().all(is_here);
        config.ssl_mode(if is_local { SslMode::Disable } else { SslMode::Require });
    }
}

/// What an error of PostgreSQL means for the journal as a whole.
pub(super) fn classed(place: &str, error: &Error) -> StoreError {
    let (journal, reason) = (place.to_owned(), words(error));
    let Some(code) = error.code() else { return StoreError::Unreachable { journal, reason } };
    match code {
        &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            StoreError::Refused { journal, reason }
        }
        &SqlState::INVALID_CATALOG_NAME => StoreError::NoDatabase { journal, reason },
        &SqlState::INSUFFICIENT_PRIVILEGE => StoreError::NoRights { journal, reason },
        &SqlState::DISK_FULL => StoreError::Full { journal },
        &SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::OnlyToRead { journal, reason },
        // A statement that this session prepared is not there, or one of another session is.
        &SqlState::INVALID_SQL_STATEMENT_NAME | &SqlState::DUPLICATE_PSTATEMENT => {
            StoreError::Pooled { journal, reason }
        }
        _ if ends_session(error) => StoreError::Unreachable { journal, reason },
        _ => StoreError::Other { journal, reason: format!("{reason} ({})", code.code()) },
    }
}

/// After this error nothing more comes from the session: no answer at all, or one of the classes 08 (connection), 57P0
/// (ended by the operator), 53300 (too many) and the two time-outs of idle sessions.
pub(super) fn ends_session(error: &Error) -> bool {
    let Some(code) = error.code() else { return error.is_closed() || is_io(error) };
    let code = code.code();
    code.starts_with("08") || code.starts_with("57P0") || matches!(code, "53300" | "25P03")
}

fn is_io(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// What the server said, without its DETAIL: that may quote rows.
pub(super) fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

//! The schema `refund_sync`: its migrations, forward only, and the copy of it that a dry run works on.

use tokio_postgres::{Client, GenericClient, Transaction};

use super::address::classed;
use crate::lang::told;
use crate::store::StoreError;

/// Every schema this program knows, oldest first; the table `migration` says which are applied.
const MIGRATIONS: [&str; 8] = [
    include_str!("../migrations/postgres/001.sql"),
    include_str!("../migrations/postgres/002.sql"),
    include_str!("../migrations/postgres/003.sql"),
    include_str!("../migrations/postgres/004.sql"),
    include_str!("../migrations/postgres/005.sql"),
    include_str!("../migrations/postgres/006.sql"),
    include_str!("../migrations/postgres/007.sql"),
    include_str!("../migrations/postgres/008.sql"),
];

/// What a dry run looks at. It adds runs and events of its own, but asks for none.
const COPIED: [&str; 5] = ["pipeline", "batch", "document", "content", "stockin"];

/// The advisory lock of those who migrate: "refund-s" as a number.
const MIGRATING: i64 = i64::from_be_bytes(*b"refund-s");

/// The oldest server that ends an idle session by itself (`idle_session_timeout`).
const OLDEST_SERVER: i32 = 140_000;

/// Refuses a server on which the journal would not be safe.
pub(super) async fn check_server(client: &Client, place: &str) -> Result<(), StoreError> {
    let failed = |error| classed(place, &error);
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                 current_setting('server_encoding')",
            &[],
        )
        .await
        .map_err(failed)?;
    let (number, version, encoding): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
    if number < OLDEST_SERVER {
        return Err(StoreError::Unsupported(told!(
            "同步台账 {place} 在 PostgreSQL {version} 上：需要 14 或更高版本，才能结束卡住的会话",
            "the journal {place} is on PostgreSQL {version}: 14 or newer is needed, which ends the session of a worker that froze"
        )));
    }
    if encoding != "UTF8" {
        return Err(StoreError::Unsupported(told!(
            "同步台账 {place} 的编码是 {encoding}：请以 ENCODING 'UTF8' 建库",
            "the journal {place} has the encoding {encoding}: make a database with ENCODING 'UTF8'"
        )));
    }
    Ok(())
}

/// Refuses a database that can only be read: nobody could work the journal there.
pub(super) async fn refuse_read_only(client: &Client, place: &str) -> Result<(), StoreError> {
    let asked = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')";
    let row = client.query_one(asked, &[]).await.map_err(|error| classed(place, &error))?;
    let (is_standby, read_only): (bool, String) = (row.get(0), row.get(1));
    let reason = match (is_standby, read_only.as_str()) {
        (true, _) => "the server is a standby",
        (false, "on") => "default_transaction_read_only is on",
        (false, _) => return Ok(()),
    };
    Err(StoreError::OnlyToRead { journal: place.to_owned(), reason: reason.to_owned() })
}

/// How many migrations the database has seen; `None`: there is no journal in it. Refuses a newer one.
pub(super) async fn version(client: &impl GenericClient, place: &str) -> Result<Option<usize>, StoreError> {
    let failed = |error| classed(place, &error);
    let found = "SELECT to_regclass('refund_sync.migration') IS NOT NULL";
    if !client.query_one(found, &[]).await.map_err(failed)?.get::<_, bool>(0) {
        return Ok(None);
    }
    let newest = "SELECT coalesce(max(number), 0) FROM refund_sync.migration";
    let found: i32 = client.query_one(newest, &[]).await.map_err(failed)?.get(0);
    match usize::try_from(found) {
        Ok(applied) if applied <= MIGRATIONS.len() => Ok(Some(applied)),
        _ => Err(StoreError::Newer {
            journal: place.to_owned(),
            found: found.into(),
            known: i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX),
        }),
    }
}

/// Whether there is a journal that can be read. Refuses one that whoever works it next will bring up to date first.
pub(super) async fn is_there(client: &Client, place: &str) -> Result<bool, StoreError> {
    match version(client, place).await? {
        None => Ok(false),
        Some(applied) if applied == MIGRATIONS.len() => Ok(true),
        Some(_) => Err(StoreError::Older { journal: place.to_owned() }),
    }
}

/// How many migrations this program knows.
pub(super) fn known() -> usize {
    MIGRATIONS.len()
}

/// The size of the database in bytes, and the names of the sessions that hold locks of workers.
pub(super) async fn size_and_holders(
    client: &impl GenericClient,
) -> Result<(i64, Vec<String>), tokio_postgres::Error> {
    let size = client.query_one("SELECT pg_database_size(current_database())", &[]).await?.get(0);
    let holders = client
        .query(
            "SELECT DISTINCT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
             WHERE locktype = 'advisory' AND granted AND datname = current_database() AND pid <> pg_backend_pid()
             ORDER BY 1",
            &[],
        )
        .await?;
    Ok((size, holders.iter().map(|row| row.get(0)).collect()))
}

/// Makes the schema or brings it up to date; whoever else wants to waits.
pub(super) async fn migrate(client: &mut Client, place: &str) -> Result<(), StoreError> {
    if version(&*client, place).await? == Some(MIGRATIONS.len()) {
        return Ok(());
    }
    let failed = |error| classed(place, &error);
    // Before the transaction: inside one that is under way the server may not see what somebody else has made meanwhile.
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATING]).await.map_err(failed)?;
    let tx = client.transaction().await.map_err(failed)?;
    let applied = version(&tx, place).await?.unwrap_or(0);
    apply(&tx, applied).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    client.execute("SELECT pg_advisory_unlock($1)", &[&MIGRATING]).await.map_err(failed)?;
    Ok(())
}

async fn apply(tx: &Transaction<'_>, applied: usize) -> Result<(), tokio_postgres::Error> {
    // Asked first: making a schema that exists takes a right that its owner need not have.
    let exists = tx.query_one("SELECT to_regnamespace('refund_sync') IS NOT NULL", &[]).await?;
    if !exists.get::<_, bool>(0) {
        tx.batch_execute("CREATE SCHEMA refund_sync").await?;
    }
    tx.batch_execute(
        "SET LOCAL search_path = refund_sync;
         CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now())",
    )
    .await?;
    for (number, sql) in (1_i32..).zip(MIGRATIONS).skip(applied) {
        tx.batch_execute(sql).await?;
        tx.execute("INSERT INTO migration (number) VALUES ($1)", &[&number]).await?;
    }
    Ok(())
}

/// Gives this session a copy of the journal in temporary tables that hide the real ones, then takes its right to write
/// anything else away. The copy vanishes with the session.
pub(super) async fn copy(client: &mut Client, place: &str) -> Result<(), StoreError> {
    let applied = version(&*client, place).await?;
    let failed = |error| classed(place, &error);
    let tx = client.transaction().await.map_err(failed)?;
    copy_in(&tx, applied).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    client
        .batch_execute("SET search_path = pg_temp; SET default_transaction_read_only = on")
        .await
        .map_err(failed)
}

async fn copy_in(tx: &Transaction<'_>, applied: Option<usize>) -> Result<(), tokio_postgres::Error> {
    tx.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL search_path = pg_temp")
        .await?;
    let (old, new) = MIGRATIONS.split_at(applied.unwrap_or(0));
    for sql in old {
        tx.batch_execute(sql).await?;
    }
    for table in COPIED {
        // An older journal has not all of them.
        let exists = format!("SELECT to_regclass('refund_sync.{table}') IS NOT NULL");
        if !tx.query_one(&exists, &[]).await?.get::<_, bool>(0) {
            continue;
        }
        tx.batch_execute(&format!("INSERT INTO pg_temp.{table} SELECT * FROM refund_sync.{table}")).await?;
        // A text goes by the number of its document.
        if table != "content" {
            tx.batch_execute(&format!(
                "SELECT setval(pg_get_serial_sequence('pg_temp.{table}', 'id'), max(id)) FROM pg_temp.{table}"
            ))
            .await?;
        }
    }
    for sql in new {
        tx.batch_execute(sql).await?;
    }
    Ok(())
}

//! The roll of the workers of a journal: who else could work the same groups, and which of them are worked. It lives in
//! advisory locks alone, so that whoever dies, freezes or is cut off has left it.

use std::collections::BTreeSet;

use secrecy::SecretString;
use tokio::time::timeout;
use tokio_postgres::Client;

use super::address::{Address, classed};
use super::session::{self, PATIENCE, SETTINGS, SILENT, WORKING};
use super::{answered, open, schema};
use crate::store::{RollCall, StoreError};

/// Every advisory lock of the database: its number, and whether it is shared.
const LOCKS: &str = "
    SELECT (classid::bigint << 32) | objid::bigint, mode = 'ShareLock', pg_backend_pid()
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// This worker's entry, for as long as it is kept. The server strikes out whoever is silent for 15 s.
pub struct Roll {
    client: Client,
    place: String,
    /// The lock that all share who can work the same groups.
    kind: i64,
}

impl Roll {
    /// Enters this worker among those of its `kind`.
    ///
    /// # Errors
    /// What [`Postgres::work`](super::Postgres::work) fails with, but for a holder.
    pub async fn join(url: &SecretString, kind: i64, who: &str) -> Result<Self, StoreError> {
        let (place, mut connection) = open(url, who).await?;
        let client = &mut connection.client;
        let beside = async { Address::parse(url)?.connect(who).await };
        session::refuse_pooler(client, &place, beside).await?;
        schema::migrate(client, &place).await?;
        let client = connection.client;
        let joined = async {
            client.batch_execute(SETTINGS).await?;
            client.batch_execute(WORKING).await?;
            client.execute("SELECT pg_advisory_lock_shared($1)", &[&kind]).await
        };
        answered(&place, async { joined.await.map_err(|error| classed(&place, &error)) }).await?;
        Ok(Self { client, place, kind })
    }

    /// Who is there. A sign of life, too: asked less often than every 15 s, this worker is struck out.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], after which this entry is gone.
    pub async fn call(&self) -> Result<RollCall, StoreError> {
        let failed = |reason: String| StoreError::Unreachable { journal: self.place.clone(), reason };
        let rows = timeout(PATIENCE, self.client.query(LOCKS, &[]))
            .await
            .map_err(|_| failed(SILENT.to_owned()))?
            .map_err(|error| failed(super::address::words(&error)))?;
        let mut call = RollCall { me: 0, workers: 0, held: BTreeSet::new() };
        for row in rows {
            let (lock, is_shared): (i64, bool) = (row.get(0), row.get(1));
            call.me = row.get(2);
            if lock == self.kind {
                call.workers += 1;
            } else if !is_shared {
                call.held.insert(lock);
            }
        }
        Ok(call)
    }
}

impl std::fmt::Debug for Roll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roll").field("place", &self.place).finish_non_exhaustive()
    }
}

//! A journal that is moved between two cycles, as an operator does it: into PostgreSQL by the program's own code, and back
//! into a file that takes the place of the old one.

#[allow(dead_code, reason = "the integration tests ask more of it")]
#[path = "../it/postgres/cluster.rs"]
pub(crate) mod cluster;

use std::path::Path;

use refund_sync::config::StoreUrl;
use refund_sync::store::{StoreError, move_journal};

use crate::process::Process;
use cluster::Database;

/// What the log of such a world says.
pub(crate) const NOTE: &str = "the journal was moved to the other store and back";

impl Process {
    /// Between two cycles, once it is time for that; while somebody else works the journal it waits for another time.
    pub(crate) fn moves_journal(&mut self) {
        let Some(at) = self.climate.moved else { return };
        if self.record.elapsed() < at || !self.path.exists() {
            return;
        }
        self.ends();
        let back = self.path.with_extension("back");
        // In a time of its own: the world's stands still meanwhile.
        let (from, to) = (self.path.clone(), back.clone());
        let done = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(there_and_back(&from, &to))
        });
        match done.join().unwrap() {
            Ok(documents) => {
                for end in ["", "-wal", "-shm"] {
                    // Not every one of them is there.
                    let _ = std::fs::remove_file(format!("{}{end}", self.path.display()));
                }
                std::fs::rename(back, &self.path).unwrap();
                self.climate.moved = None;
                self.record.note(format_args!("{NOTE}: {documents} documents"));
            }
            Err(StoreError::Held { .. }) => {
                self.record.note("somebody else has the journal: it is moved later");
            }
            Err(error) => panic!("seed {}: {error}", self.climate.seed),
        }
    }
}

/// How many documents came back, the same as went.
async fn there_and_back(from: &Path, to: &Path) -> Result<u64, StoreError> {
    let database = Database::make().await.unwrap();
    let server = StoreUrl::Postgres(database.url());
    let went = move_journal(&StoreUrl::Sqlite(from.to_owned()), &server).await?;
    let came = move_journal(&server, &StoreUrl::Sqlite(to.to_owned())).await?;
    assert_eq!(went.tables, came.tables);
    let documents = came.tables.iter().find(|table| table.table == "document");
    Ok(documents.map_or(0, |table| table.rows))
}

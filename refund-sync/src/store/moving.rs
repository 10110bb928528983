//! The whole journal from one store into the other: every table by its columns, counted and compared before it is kept.
//! Nothing is switched here: the configuration alone says which journal is worked.

use std::path::Path;

use secrecy::SecretString;
use serde::Serialize;
use tokio::sync::mpsc;

use super::lock::Holder;
use super::place::{Place, blocking, refuse_in_the_way};
use super::postgres::{Copying, Filling};
use super::table::{Course, Sum, Table, plan};
use super::{Sqlite, StoreError};
use crate::config::StoreUrl;
use crate::lang::{both, told};

/// How the session is called on the server.
const WHO: &str = "refund-sync journal move";
/// How many parts of [`AT_ONCE`](super::table::AT_ONCE) rows wait to be written.
const WAITING: usize = 8;

/// A journal that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Where it was, and still is.
    pub from: String,
    /// Where it is as well now.
    pub to: String,
    /// What it holds.
    pub tables: Vec<MovedTable>,
}

/// A table, the same in both places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedTable {
    /// Its name.
    pub table: String,
    /// How many rows.
    pub rows: u64,
    /// A SHA-256 of all that is in them, the first half.
    pub digest: String,
}

/// Copies the journal at `from` into the empty one at `to`, of the other kind. Nobody may work either meanwhile. Until the
/// whole was compared there is nothing at `to`.
///
/// # Errors
/// [`StoreError::Held`] while somebody works one of the two; [`StoreError::Refuses`] where `to` holds something already, or
/// is of the same kind; [`StoreError::Older`] for a journal of an older schema; what either store fails with.
pub async fn move_journal(from: &StoreUrl, to: &StoreUrl) -> Result<Moved, StoreError> {
    match (from, to) {
        (StoreUrl::Sqlite(from), StoreUrl::Postgres(to)) => to_server(from, to).await,
        (StoreUrl::Postgres(from), StoreUrl::Sqlite(to)) => to_file(from, to).await,
        (StoreUrl::Sqlite(_), StoreUrl::Sqlite(_)) => Err(StoreError::Refuses(both!(
            "两个都是 SQLite 文件：请用 backup 复制后修改 [store] url",
            "both journals are SQLite files: take a `backup`, and name that file in [store] url"
        ))),
        (StoreUrl::Postgres(_), StoreUrl::Postgres(_)) => Err(StoreError::Refuses(both!(
            "两个都在 PostgreSQL：请用 pg_dump --schema=refund_sync 和 pg_restore 迁移后修改 [store] url",
            "both journals are in PostgreSQL: use pg_dump --schema=refund_sync and pg_restore, then name the other in [store] url"
        ))),
    }
}

async fn to_server(from: &Path, to: &SecretString) -> Result<Moved, StoreError> {
    if !from.exists() {
        return Err(StoreError::Refuses(both!(
            "{} 还没有同步台账可迁移",
            "there is no journal at {} yet",
            from.display()
        )));
    }
    let _holder = Holder::take(from, "journal move")?;
    let source = Sqlite::open_read_only(from)?.refuse_older()?;
    let mut target = Filling::open(to, WHO).await?;
    let courses = courses(&source.tables()?, &target.tables().await?)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let (told, of) = (source.clone(), courses.clone());
    let telling = tokio::spawn(blocking(move || told.tell(&of, |rows| sender.blocking_send(rows).is_ok())));
    let place = target.place.clone();
    let mut tables = Vec::new();
    target
        .fill(&courses, receiver, async |found| {
            tables = compared(&courses, joined(telling.await, &place)?, found, &place)?;
            Ok(true)
        })
        .await?;
    Ok(Moved { from: from.display().to_string(), to: place, tables })
}

async fn to_file(from: &SecretString, to: &Path) -> Result<Moved, StoreError> {
    refuse_in_the_way(to)?;
    let place = Place::beside(to, "moving")?;
    let (from, tables) = copy(from, &place, true).await?;
    place.give_name(to)?;
    Ok(Moved { from, to: to.display().to_string(), tables })
}

/// Writes the journal in a database, as it is at one moment, into the empty file at `to`. Whoever works it goes on.
pub(super) async fn write_to(from: &SecretString, to: &Path) -> Result<(), StoreError> {
    copy(from, to, false).await.map(drop)
}

async fn copy(from: &SecretString, to: &Path, alone: bool) -> Result<(String, Vec<MovedTable>), StoreError> {
    let mut source = Copying::open(from, WHO, alone).await?;
    let target = Sqlite::open(to)?;
    let courses = courses(&target.tables()?, &source.tables().await?)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let (filled, of) = (target.clone(), courses.clone());
    let filling = tokio::spawn(blocking(move || filled.fill(&of, receiver)));
    let told = source.tell(&courses, alone, async |rows| sender.send(rows).await.is_ok()).await;
    drop(sender);
    let written = joined(filling.await, &source.place);
    // What ended the writing is why nobody listened any more.
    written?;
    let told = told?;
    let (found, of) = (target.clone(), courses.clone());
    let found = blocking(move || found.tell(&of, |_| true)).await?;
    let tables = compared(&courses, told, found, &source.place)?;
    let to = to.to_path_buf();
    blocking(move || target.close()).await.map_err(|error| match error {
        StoreError::Locked { .. } => StoreError::Locked { path: to },
        error => error,
    })?;
    Ok((source.place, tables))
}

fn courses(file: &[Table], server: &[Table]) -> Result<Vec<Course>, StoreError> {
    plan(file, server).map_err(|reason| {
        StoreError::Unsupported(told!(
            "两种存储的表结构不一致：{reason}。这是程序缺陷，没有迁移",
            "the two stores do not hold the same: {reason}. This is a fault of the program: nothing was moved"
        ))
    })
}

fn compared(
    courses: &[Course],
    told: Vec<Sum>,
    found: Vec<Sum>,
    place: &str,
) -> Result<Vec<MovedTable>, StoreError> {
    let mut tables = Vec::with_capacity(courses.len());
    for ((course, told), found) in courses.iter().zip(told).zip(found) {
        let ((rows, digest), (there, differently)) = (told.told(), found.told());
        if (rows, &digest) != (there, &differently) {
            return Err(StoreError::Other {
                journal: place.to_owned(),
                reason: told!(
                    "{} 迁移后核对不一致：原有 {rows} 行，迁到 {there} 行；已放弃",
                    "{} came to {there} rows where there are {rows}, or to others: nothing was kept",
                    course.table
                ),
            });
        }
        tables.push(MovedTable { table: course.table.clone(), rows, digest });
    }
    Ok(tables)
}

fn joined<T>(
    done: Result<Result<T, StoreError>, tokio::task::JoinError>,
    place: &str,
) -> Result<T, StoreError> {
    done.unwrap_or_else(|error| {
        Err(StoreError::Other { journal: place.to_owned(), reason: error.to_string() })
    })
}

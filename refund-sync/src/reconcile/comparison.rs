//! Both sides of a reconciliation, side by side in a temporary SQLite file: memory stays flat however many there are.
//! What is written here is gone with the value; the journal is not touched.

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::{DecidedRow, ExpectedBill, Finding};
use crate::journal::FoundBill;
use crate::lang::told;

const SCHEMA: &str = "
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -4096;
CREATE TABLE due (refund_no TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE filtered (refund_no TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE found (refund_no TEXT, fid TEXT, entry TEXT NOT NULL, PRIMARY KEY (refund_no, fid)) STRICT, WITHOUT ROWID;
CREATE TABLE decided (refund_no TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE finding (kind TEXT, refund_no TEXT, entry TEXT NOT NULL, PRIMARY KEY (kind, refund_no)) STRICT, WITHOUT ROWID;
BEGIN";

/// Both sides of a reconciliation.
#[derive(Debug)]
pub struct Comparison {
    connection: Connection,
    _folder: TempDir,
}

/// The temporary file failed: no space, no right to write there.
#[derive(Debug, thiserror::Error)]
#[error("{}", told!(
    "对账的临时文件不可用：{}。请检查磁盘空间和 TMPDIR",
    "the temporary file of the comparison cannot be used: {}. Check the space left and TMPDIR",
    .0
))]
pub struct ComparisonError(String);

/// What stands on both sides under one refund number.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) refund_no: String,
    pub(super) due: Option<ExpectedBill>,
    pub(super) found: Vec<FoundBill>,
}

impl From<rusqlite::Error> for ComparisonError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl Comparison {
    /// Empty books.
    ///
    /// # Errors
    /// When there is no temporary folder to write in.
    pub fn new() -> Result<Self, ComparisonError> {
        let folder = tempfile::tempdir().map_err(|error| ComparisonError(error.to_string()))?;
        let connection = Connection::open(folder.path().join("books.db"))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection, _folder: folder })
    }

    /// A return that is due. The first word on a number counts.
    pub(super) fn put_due(&mut self, due: &ExpectedBill) -> Result<(), ComparisonError> {
        let sql =
            "INSERT INTO due SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM filtered WHERE refund_no = ?1)
                   ON CONFLICT DO NOTHING";
        self.connection.prepare_cached(sql)?.execute(params![due.refund_no, json(due)?])?;
        Ok(())
    }

    /// A return that the filter leaves out. Says whether that is news.
    pub(super) fn put_filtered(&mut self, refund_no: &str) -> Result<bool, ComparisonError> {
        let sql = "INSERT INTO filtered VALUES (?1) ON CONFLICT DO NOTHING";
        Ok(self.connection.prepare_cached(sql)?.execute(params![refund_no])? > 0)
    }

    /// 旺店通 says that the filter leaves it out.
    pub(super) fn is_filtered(&self, refund_no: &str) -> Result<bool, ComparisonError> {
        let sql = "SELECT count(*) > 0 FROM filtered WHERE refund_no = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![refund_no], |row| row.get(0))?)
    }

    /// A bill that stands in 金蝶 under this refund number.
    pub(super) fn put_found(&mut self, refund_no: &str, bill: &FoundBill) -> Result<(), ComparisonError> {
        let sql = "INSERT INTO found VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.connection.prepare_cached(sql)?.execute(params![refund_no, bill.id, json(bill)?])?;
        Ok(())
    }

    /// A return about which a person decided.
    pub(super) fn put_decided(&mut self, row: &DecidedRow) -> Result<(), ComparisonError> {
        let sql = "INSERT INTO decided VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.connection.prepare_cached(sql)?.execute(params![row.due.refund_no, json(row)?])?;
        Ok(())
    }

    /// Hands every return over about which a person decided, by number.
    ///
    /// # Errors
    /// When the temporary file fails.
    pub fn decided(&self, mut take: impl FnMut(DecidedRow)) -> Result<(), ComparisonError> {
        let mut statement = self.connection.prepare("SELECT entry FROM decided ORDER BY refund_no")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(parse(&row.get::<_, String>(0)?)?);
        }
        Ok(())
    }

    /// Something that differs.
    pub(super) fn put_finding(&mut self, finding: &Finding) -> Result<(), ComparisonError> {
        let sql = "INSERT INTO finding VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET entry = excluded.entry";
        let values = params![finding.kind.as_str(), finding.refund_no, json(finding)?];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The next pairs after a refund number, in their order: both tables are sorted by it, so this is a merge.
    pub(super) fn pairs(&mut self, after: &str, limit: usize) -> Result<Vec<Pair>, ComparisonError> {
        let mut statement = self.connection.prepare_cached(
            "WITH number AS (SELECT refund_no FROM (SELECT refund_no FROM due WHERE refund_no > ?1 ORDER BY 1 LIMIT ?2)
                             UNION
                             SELECT refund_no FROM (SELECT DISTINCT refund_no FROM found WHERE refund_no > ?1
                                                    ORDER BY 1 LIMIT ?2)
                             ORDER BY 1 LIMIT ?2)
             SELECT refund_no, due.entry, found.entry FROM number LEFT JOIN due USING (refund_no)
                 LEFT JOIN found USING (refund_no) ORDER BY refund_no, fid",
        )?;
        let mut rows = statement.query(params![after, limit])?;
        let mut pairs: Vec<Pair> = Vec::new();
        while let Some(row) = rows.next()? {
            let refund_no: String = row.get(0)?;
            if pairs.last().is_none_or(|pair| pair.refund_no != refund_no) {
                let due: Option<String> = row.get(1)?;
                let due = due.as_deref().map(parse).transpose()?;
                pairs.push(Pair { refund_no, due, found: Vec::new() });
            }
            let found: Option<String> = row.get(2)?;
            if let (Some(pair), Some(text)) = (pairs.last_mut(), found) {
                pair.found.push(parse(&text)?);
            }
        }
        Ok(pairs)
    }

    /// Hands every finding over, by kind and number.
    ///
    /// # Errors
    /// When the temporary file fails.
    pub fn findings(&self, mut take: impl FnMut(Finding)) -> Result<(), ComparisonError> {
        let mut statement = self.connection.prepare("SELECT entry FROM finding ORDER BY kind, refund_no")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(parse(&row.get::<_, String>(0)?)?);
        }
        Ok(())
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, ComparisonError> {
    serde_json::to_string(value).map_err(|error| ComparisonError(error.to_string()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ComparisonError> {
    serde_json::from_str(text).map_err(|error| ComparisonError(error.to_string()))
}

//! The tables of a journal as a move sees them: by their columns, whatever these are, so that a column that is added later
//! is moved without anybody thinking of it. What differs between the two stores is named here and nowhere else. Pure.

use sha2::{Digest as _, Sha256};

/// A table of one of the two stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of its primary key.
    pub(super) key: Vec<String>,
}

/// A column that is written, and not computed by its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What a column holds. SQLite has no word for what is true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Boolean,
    Text,
}

/// A table that is moved: its columns, and the order in which both stores tell its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) table: String,
    pub(super) columns: Vec<Column>,
    pub(super) key: Vec<Column>,
}

/// A row: every cell as text.
pub(super) type Cells = Vec<Option<String>>;

/// Some rows of one table: its place in the plan, and they.
pub(super) type Rows = (usize, Vec<Cells>);

/// So many rows go from hand to hand at once.
pub(super) const AT_ONCE: usize = 500;

/// Tables that say something of the place, and nothing of the work.
const OF_THE_SERVER: [&str; 2] = ["migration", "holder"];

/// When a call must be over is asked only where another worker may take over: `batch.over_at` of PostgreSQL.
pub(super) const OVER_AT: (&str, &str) = ("batch", "over_at");

/// What is moved, and in which order: `file` has its tables so that what others refer to comes first.
///
/// # Errors
/// What one of the two has that the other has not. That is a fault of this program.
pub(super) fn plan(file: &[Table], server: &[Table]) -> Result<Vec<Course>, String> {
    let known = |table: &&Table| {
        OF_THE_SERVER.contains(&table.name.as_str()) || file.iter().any(|other| other.name == table.name)
    };
    if let Some(table) = server.iter().find(|table| !known(table)) {
        return Err(format!("SQLite has no table {}", table.name));
    }
    file.iter().map(|table| course(table, server)).collect()
}

fn course(table: &Table, server: &[Table]) -> Result<Course, String> {
    let name = &table.name;
    let other = server.iter().find(|other| other.name == *name);
    let other = other.ok_or_else(|| format!("PostgreSQL has no table {name}"))?;
    let column = |table: &Table, name: &str| table.columns.iter().find(|column| column.name == name).cloned();
    for theirs in &other.columns {
        if column(table, &theirs.name).is_none() && (name.as_str(), theirs.name.as_str()) != OVER_AT {
            return Err(format!("SQLite has no column {name}.{}", theirs.name));
        }
    }
    let mut columns = Vec::with_capacity(table.columns.len());
    for ours in &table.columns {
        // The server tells more exactly what a column holds.
        let theirs = column(other, &ours.name)
            .ok_or_else(|| format!("PostgreSQL has no column {name}.{}", ours.name))?;
        if (theirs.kind == Kind::Text) != (ours.kind == Kind::Text) {
            return Err(format!("{name}.{} is text in one store and a number in the other", ours.name));
        }
        columns.push(theirs);
    }
    let key: Vec<_> = table
        .key
        .iter()
        .filter_map(|key| columns.iter().find(|column| column.name == *key).cloned())
        .collect();
    if key.is_empty() {
        Err(format!("{name} has no primary key"))
    } else {
        Ok(Course { table: name.clone(), columns, key })
    }
}

/// A name as both stores quote it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How many rows a table has, and one figure for all that is in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    rows: u64,
    digest: Sha256,
}

impl Sum {
    pub(super) fn add(&mut self, cells: &[Option<String>]) {
        self.rows += 1;
        for cell in cells {
            match cell {
                None => self.digest.update([0]),
                Some(text) => {
                    self.digest.update([1]);
                    self.digest.update(text.len().to_le_bytes());
                    self.digest.update(text);
                }
            }
        }
    }

    /// The rows, and the first half of their SHA-256 in hexadecimal digits.
    pub(super) fn told(self) -> (u64, String) {
        let digest = self.digest.finalize();
        (self.rows, base16ct::lower::encode_string(&digest[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: (*name).to_owned(), kind: Kind::Integer };
        Table {
            name: name.to_owned(),
            columns: columns.iter().map(column).collect(),
            key: vec!["id".to_owned()],
        }
    }

    #[test]
    fn a_table_or_a_column_that_one_store_has_alone_is_refused_by_name() {
        let file = [table("run", &["id", "at"])];
        assert_eq!(plan(&file, &[]).unwrap_err(), "PostgreSQL has no table run");
        assert_eq!(plan(&[], &file).unwrap_err(), "SQLite has no table run");
        let more = [table("run", &["id", "at", "by"])];
        assert_eq!(plan(&file, &more).unwrap_err(), "SQLite has no column run.by");
        assert_eq!(plan(&more, &file).unwrap_err(), "PostgreSQL has no column run.by");
        let text = Column { name: "at".to_owned(), kind: Kind::Text };
        let other = [Table { columns: vec![file[0].columns[0].clone(), text], ..file[0].clone() }];
        assert!(plan(&file, &other).unwrap_err().contains("run.at is text in one store"));
        let keyless = [Table { key: Vec::new(), ..file[0].clone() }];
        assert_eq!(plan(&keyless, &file).unwrap_err(), "run has no primary key");
    }

    #[test]
    fn what_belongs_to_the_server_alone_is_left_there() {
        let file = [table("batch", &["id"])];
        let server =
            [table("batch", &["id", "over_at"]), table("holder", &["lock"]), table("migration", &["n"])];
        let plan = plan(&file, &server).unwrap();
        assert_eq!((plan.len(), plan[0].columns.len()), (1, 1));
    }

    #[test]
    fn the_figure_of_a_table_tells_nothing_from_empty_and_one_cell_from_two() {
        let of = |cells: &[&[Option<&str>]]| {
            let mut sum = Sum::default();
            for row in cells {
                sum.add(&row.iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>());
            }
            sum.told().1
        };
        let all = [
            of(&[&[None, Some("a")]]),
            of(&[&[Some(""), Some("a")]]),
            of(&[&[Some("a"), None]]),
            of(&[&[Some("ab"), Some("")]]),
            of(&[&[Some("a"), Some("b")]]),
            of(&[&[Some("b"), Some("a")]]),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}

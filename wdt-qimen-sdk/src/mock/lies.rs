//! What the simulator's answers say that is not so, and the text of an answer with rows. What fails outright is
//! `faults.rs`; how its bytes are spoiled, `dirt.rs`.

use chrono::{DateTime, Utc};

use super::dirt::Dirt;
use super::query::Listed;

/// What answers with rows say that is not so. Nothing by default. Set by
/// [`GatewayBuilder::lies`](super::GatewayBuilder::lies), changed by [`Gateway::set_lies`](super::Gateway::set_lies).
///
/// ```
/// use wdt_qimen_sdk::mock::{Gateway, Lies, TotalLie};
/// let gateway = Gateway::builder().lies(Lies { total: TotalLie::High(3), ..Lies::default() }).build();
/// gateway.set_lies(Lies::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lies {
    /// About `total_count`.
    pub total: TotalLie,
    /// About the list.
    pub list: ListLie,
    /// How the text of rows is spoiled.
    pub dirt: Option<Dirt>,
    /// Until when, by the simulator's clock; `None`: as long as they are set.
    pub until: Option<DateTime<Utc>>,
}

/// What `total_count` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TotalLie {
    /// How many rows there are.
    #[default]
    True,
    /// So many more than there are, in every span.
    High(u64),
    /// So many fewer, at least 0.
    Low(u64),
    /// How many rows this page has.
    Page,
    /// This number, whatever is listed; −1 and 0 have been seen.
    Fixed(i64),
    /// Nothing: the key is left out.
    Missing,
}

/// What stands where the list should.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListLie {
    /// The rows.
    #[default]
    True,
    /// An empty list, though the total counts its rows: a list that lags behind its count.
    Late,
    /// Nothing: the key is left out, though the total counts its rows.
    Missing,
    /// `null`, though the total counts its rows.
    Null,
    /// The rows, and behind them the same key with an empty list.
    Twice,
    /// The answer, and behind it the same `response` (the same total, for the native protocol) without a row.
    ResponseTwice,
    /// The rows under two totals, the second one 0.
    TotalTwice,
    /// The rows, about every third of them without anything that tells which it is; of each row the same is left always.
    Nameless,
}

impl Lies {
    /// What is left of them at `now`.
    pub(super) fn at(&self, now: DateTime<Utc>) -> Self {
        if self.until.is_some_and(|until| now >= until) { Self::default() } else { self.clone() }
    }

    /// An answer with rows; no list at all where there are none and none are counted, no total but on the first page.
    /// The native one is bare, with its total as a text.
    pub(super) fn write(&self, listed: &Listed, native: bool) -> Vec<u8> {
        let counted = self.total_of(listed).is_some_and(|total| total > 0);
        let key = listed.list_key;
        let checksum =
            |row: &str| row.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let text = |row: &String| match (self.list, checksum(row)) {
            (ListLie::Nameless, sum) if sum % 3 == 0 => format!("[{sum}]"),
            _ => Dirt::escaped(self.dirt, row),
        };
        let rows: Vec<_> = listed.rows.iter().map(text).collect();
        let rows = match (rows.join(","), self.list) {
            (_, ListLie::Missing) => String::new(),
            (_, ListLie::Null) => format!(r#","{key}":null"#),
            (_, ListLie::Late) => format!(r#","{key}":[]"#),
            (rows, _) if rows.is_empty() && !counted => String::new(),
            (rows, ListLie::Twice) => format!(r#","{key}":[{rows}],"{key}":[]"#),
            (rows, _) => format!(r#","{key}":[{rows}]"#),
        };
        let (code, quote) = if native { ("code", "\"") } else { ("errorcode", "") };
        let total = |total: i128| format!(r#","total_count":{quote}{total}{quote}"#);
        let totals = match (self.total_of(listed), self.list) {
            (None, _) => String::new(),
            (Some(number), ListLie::TotalTwice) => total(number) + &total(0),
            (Some(number), _) => total(number),
        };
        let answer = format!(r#"{{"{code}":0,"message":""{totals}{rows}}}"#);
        let empty = format!(r#"{{"{code}":0,"message":""{},"{key}":[]}}"#, total(0));
        let answer = match (native, self.list == ListLie::ResponseTwice) {
            (true, false) => answer,
            (true, true) => format!("{},{}", &answer[..answer.len() - 1], &empty[1..]),
            (false, false) => format!(r#"{{"response":{answer}}}"#),
            (false, true) => format!(r#"{{"response":{answer},"response":{empty}}}"#),
        };
        Dirt::raw(self.dirt, &answer)
    }

    fn total_of(&self, listed: &Listed) -> Option<i128> {
        let (total, rows) = (listed.total? as u64, listed.rows.len() as u64);
        Some(match self.total {
            TotalLie::True => total.into(),
            TotalLie::High(more) => i128::from(total) + i128::from(more),
            TotalLie::Low(fewer) => total.saturating_sub(fewer).into(),
            TotalLie::Page => rows.into(),
            TotalLie::Fixed(number) => number.into(),
            TotalLie::Missing => return None,
        })
    }
}

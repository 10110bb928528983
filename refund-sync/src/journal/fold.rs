//! How a row that was read changes the document of its number: the newer row wins, a bill that exists stays.
//! Pure. The transaction around it is `store`'s.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::document::{Document, Log, Version};
use super::kept::Kept;
use super::number::Number;
use super::parking::{Parking, Reason};
use super::state::{Event, Illegal, State};
use crate::model::FlagKind;
use crate::model::Return;

/// One row as the source adapter hands it over: sorted by the filter, free of personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// The filter takes it.
    Accepted(Box<Return>),
    /// The filter does not take it.
    Filtered {
        /// 退换单号
        refund_no: String,
        /// 类型
        kind: i32,
        /// 处理状态
        process_status: i32,
        /// 店铺编号
        shop_no: String,
        /// 最后修改时间
        modified: Option<NaiveDateTime>,
        /// Its money in yuan, for lists.
        #[serde(default)]
        amount: Option<Decimal>,
        /// What it is looked for by.
        #[serde(default)]
        numbers: Vec<Number>,
    },
    /// It cannot be understood.
    Unreadable {
        /// 退换单号, or the key that the row counts by.
        refund_no: String,
        /// 最后修改时间, if that much was readable.
        modified: Option<NaiveDateTime>,
        /// What is wrong with it.
        reasons: Vec<Reason>,
        /// The row's text with personal data masked.
        raw: String,
    },
}

/// What a row did to its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folded {
    /// Nothing new: an older row, or the same one again.
    Unchanged,
    /// Only the version moved: nothing that a bill could show.
    Touched(Document),
    /// The document changed.
    Changed(Document, Log),
}

impl Row {
    /// 退换单号, or the key the row counts by.
    pub fn refund_no(&self) -> &str {
        match self {
            Self::Accepted(refund) => &refund.refund_no,
            Self::Filtered { refund_no, .. } | Self::Unreadable { refund_no, .. } => refund_no,
        }
    }

    /// 最后修改时间
    pub fn modified(&self) -> Option<NaiveDateTime> {
        match self {
            Self::Accepted(refund) => refund.modified,
            Self::Filtered { modified, .. } | Self::Unreadable { modified, .. } => *modified,
        }
    }

    /// What it is in the life of its document.
    pub(crate) fn event(&self) -> Event {
        match self {
            Self::Accepted(_) => Event::Read,
            Self::Filtered { .. } => Event::ReadFiltered,
            Self::Unreadable { .. } => Event::ReadUnreadable,
        }
    }
}

/// What `row` does to `existing`, the document of its number.
pub fn fold(existing: Option<Document>, row: Row, version: Version) -> Result<Folded, Illegal> {
    let Some(mut document) = existing else {
        let mut document = Document::new(row.refund_no().to_owned(), version);
        let log = take(&mut document, row, version)?;
        return Ok(Folded::Changed(document, log));
    };
    if version <= document.version {
        return Ok(Folded::Unchanged);
    }
    if same_substance(&document, &row) && document.pending.is_none() {
        let completed = complete(&mut document, &row);
        if version.modified == document.version.modified && !completed {
            return Ok(Folded::Unchanged);
        }
        document.version = version;
        return Ok(Folded::Touched(document));
    }
    if matches!(document.state, State::Intended | State::Decided) || document.has_bill() {
        document.version = version;
        document.pending = serde_json::to_string(&row).ok();
        let log = document.apply(Event::Waiting, json!({ "row": row.event() }))?;
        return Ok(Folded::Changed(document, log));
    }
    let log = take(&mut document, row, version)?;
    Ok(Folded::Changed(document, log))
}

/// Lets a waiting row take its place after all: its document turned out to have no bill.
pub fn fold_pending(document: &mut Document) -> Result<Option<Log>, Illegal> {
    let Some(row) = document.pending.take().and_then(|text| serde_json::from_str::<Row>(&text).ok()) else {
        return Ok(None);
    };
    let version = document.version;
    take(document, row, version).map(Some)
}

/// What may be stored of `moved`, a document as the writer leaves it, now that the journal holds `stored`: reading goes
/// on beside writing, so a newer row may have come since the writer took its copy.
///
/// A bill that stands, or may stand, stays the writer's, and the row waits for it. Without one whatever was decided on
/// the older row is void: `None`.
pub fn rebase(stored: &Document, mut moved: Document) -> Option<Document> {
    if stored.version == moved.version {
        return Some(moved);
    }
    if stored.state != State::Intended && !stored.has_bill() {
        return None;
    }
    moved.version = stored.version;
    moved.pending.clone_from(&stored.pending);
    Some(moved)
}

/// Puts `row` in the place of whatever the document stood on.
fn take(document: &mut Document, row: Row, version: Version) -> Result<Log, Illegal> {
    document.version = version;
    // What was decided, was decided on the row before.
    let lapsed = document.decision.take();
    let mut log = take_row(document, row)?;
    if let Some(decision) = lapsed {
        if decision.direction.open_day {
            document.moved_to = None;
        }
        log.detail["decision_lapsed"] = json!(decision.wish.kind);
    }
    Ok(log)
}

fn take_row(document: &mut Document, row: Row) -> Result<Log, Illegal> {
    let event = row.event();
    let detail = match row {
        Row::Accepted(refund) => {
            document.kind = Some(refund.kind);
            document.process_status = Some(refund.process_status);
            document.shop_no.clone_from(&refund.shop_no);
            document.amount = refund.money();
            document.numbers.extend(Number::of(&refund));
            let mut detail = json!({ "modified": refund.modified });
            if !refund.stockins.is_empty() {
                let numbers: Vec<_> = refund.stockins.iter().map(|stockin| &stockin.stockin_no).collect();
                detail["stockins"] = json!(numbers);
            }
            document.source = Kept::new(*refund);
            detail
        }
        Row::Filtered { kind, process_status, shop_no, modified, amount, numbers, .. } => {
            document.kind = Some(kind);
            document.process_status = Some(process_status);
            document.shop_no = shop_no;
            document.amount = amount;
            document.numbers.extend(numbers);
            document.source.clear();
            json!({ "modified": modified, "type": kind, "process_status": process_status })
        }
        Row::Unreadable { reasons, raw, modified, .. } => {
            document.source.clear();
            document.amount = None;
            let log = document.park(Event::ReadUnreadable, Parking::of(reasons.clone()))?;
            return Ok(Log {
                detail: json!({ "modified": modified, "reasons": reasons, "raw": raw }),
                ..log
            });
        }
    };
    document.apply(event, detail)
}

/// Takes from a row that says the same what was not asked for when the document was read. Says whether there was any.
fn complete(document: &mut Document, row: &Row) -> bool {
    if let (Row::Filtered { amount: Some(amount), numbers, .. }, None) = (row, document.amount) {
        document.amount = Some(*amount);
        document.numbers.extend(numbers.iter().cloned());
        return true;
    }
    let (Row::Accepted(refund), Some(known)) = (row, document.refund()) else { return false };
    if known.is_asked_all_of(refund) {
        return false;
    }
    let mut known = known.clone();
    known.complete(refund);
    document.source = Kept::new(known);
    true
}

/// The row says nothing new besides its time of change.
fn same_substance(document: &Document, row: &Row) -> bool {
    match row {
        // A return that was reversed stands on its accepted row still, but on another state.
        Row::Accepted(refund) if document.process_status != Some(refund.process_status) => false,
        Row::Accepted(refund) => document.refund().is_some_and(|known| known.says_the_same(refund)),
        Row::Filtered { kind, process_status, .. } => {
            // A return with a bill keeps its state: that it left the filter is a flag.
            (document.state == State::Filtered || document.is_flagged(FlagKind::Reversed))
                && document.kind == Some(*kind)
                && document.process_status == Some(*process_status)
        }
        Row::Unreadable { reasons, .. } => document.parking.as_ref().is_some_and(|p| p.reasons == *reasons),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn at(second: i64) -> Version {
        let asked_at = DateTime::<Utc>::from_timestamp(1_000_000 + second, 0).unwrap();
        Version { modified: DateTime::from_timestamp(second, 0).map(|t| t.naive_utc()), asked_at }
    }

    fn accepted(version: Version, shop: &str) -> Row {
        Row::Accepted(Box::new(Return {
            refund_no: "TK1".into(),
            kind: 2,
            process_status: 90,
            shop_no: shop.into(),
            customer_no: String::new(),
            warehouse_no: "WH01".into(),
            created: None,
            modified: version.modified,
            finish_time: None,
            check_time: None,
            goods_amount: None,
            refund_amount: None,
            actual_refund_amount: None,
            tid: String::new(),
            src_no: String::new(),
            sales_tid: String::new(),
            return_mask: 0,
            lines: Vec::new(),
            stockins: Vec::new(),
            trimmed: Vec::new(),
            further: None,
        }))
    }

    fn filtered(version: Version) -> Row {
        Row::Filtered {
            refund_no: "TK1".into(),
            kind: 2,
            process_status: 20,
            shop_no: "S1".into(),
            modified: version.modified,
            amount: None,
            numbers: Vec::new(),
        }
    }

    fn document(state: State) -> Document {
        let Ok(Folded::Changed(mut document, _)) = fold(None, accepted(at(10), "S1"), at(10)) else {
            panic!("a first row makes a document")
        };
        document.state = state;
        document
    }

    #[test]
    fn an_older_row_changes_nothing_in_any_state() {
        for state in State::ALL {
            assert_eq!(fold(Some(document(state)), filtered(at(9)), at(9)), Ok(Folded::Unchanged), "{state}");
        }
    }

    #[test]
    fn on_equal_times_the_later_request_wins() {
        let tie = Version { modified: at(10).modified, asked_at: at(11).asked_at };
        let Ok(Folded::Changed(after, _)) = fold(Some(document(State::Seen)), accepted(tie, "S2"), tie)
        else {
            panic!("the later request must win")
        };
        assert_eq!(after.shop_no, "S2");
    }

    #[test]
    fn a_row_that_only_moved_in_time_touches_and_raises_nothing() {
        for state in
            [State::Seen, State::Mapped, State::Parked, State::Intended, State::Saved, State::Confirmed]
        {
            let mut known = document(state);
            known.fid = matches!(state, State::Saved | State::Confirmed).then(|| "1".to_owned());
            let Ok(Folded::Touched(after)) = fold(Some(known), accepted(at(20), "S1"), at(20)) else {
                panic!("{state}: a touched row must not be news")
            };
            assert_eq!(after.state, state);
            assert_eq!(after.pending, None);
        }
    }

    #[test]
    fn a_newer_row_waits_while_the_fate_of_the_bill_is_unknown() {
        for row in [accepted(at(20), "S2"), filtered(at(20))] {
            let Ok(Folded::Changed(after, log)) = fold(Some(document(State::Intended)), row, at(20)) else {
                panic!("it must wait")
            };
            assert_eq!(after.state, State::Intended);
            assert_eq!(after.shop_no, "S1", "what was sent still stands");
            assert!(after.pending.is_some());
            assert_eq!(log.event, Event::Waiting);
        }
    }

    #[test]
    fn a_newer_row_never_displaces_a_bill_even_of_a_parked_document() {
        for state in [State::Saved, State::Submitted, State::Audited, State::Confirmed, State::Parked] {
            let mut known = document(state);
            known.fid = Some("100001".into());
            let Ok(Folded::Changed(after, _)) = fold(Some(known), filtered(at(20)), at(20)) else {
                panic!("{state}")
            };
            assert_eq!(after.state, state);
            assert!(after.pending.is_some());
        }
    }

    /// A confirmed document whose return was reversed after its bill, as the worker leaves it.
    fn reversed() -> Document {
        let mut known = document(State::Confirmed);
        known.fid = Some("100001".into());
        known.process_status = Some(20);
        known.version = at(20);
        known.flag(FlagKind::Reversed, "process_status 20");
        known
    }

    #[test]
    fn a_reversed_return_that_is_finished_again_is_news_though_its_row_is_the_one_of_the_bill() {
        let Ok(Folded::Changed(after, log)) = fold(Some(reversed()), accepted(at(30), "S1"), at(30)) else {
            panic!("it must be told that the return stands again")
        };
        assert!(after.pending.is_some());
        assert_eq!(log.event, Event::Waiting);
    }

    #[test]
    fn a_row_that_came_while_the_writer_held_its_copy_is_kept() {
        let held = document(State::Intended);
        let Ok(Folded::Changed(stored, _)) = fold(Some(held.clone()), filtered(at(20)), at(20)) else {
            panic!("it must wait")
        };
        let saved = Document { state: State::Saved, fid: Some("100001".into()), ..held };
        let kept = rebase(&stored, saved).unwrap();
        assert_eq!((kept.state, kept.version), (State::Saved, at(20)));
        assert_eq!(kept.pending, stored.pending);
        assert!(kept.pending.is_some());
    }

    #[test]
    fn what_was_decided_on_an_older_row_is_void_while_there_is_no_bill() {
        let held = document(State::Mapped);
        let Ok(Folded::Changed(stored, _)) = fold(Some(held.clone()), filtered(at(20)), at(20)) else {
            panic!("it must be filtered")
        };
        let intended = Document { state: State::Intended, ..held };
        assert_eq!(rebase(&stored, intended), None);
    }

    #[test]
    fn a_waiting_row_takes_its_place_when_there_is_no_bill_after_all() {
        let Ok(Folded::Changed(mut after, _)) =
            fold(Some(document(State::Intended)), filtered(at(20)), at(20))
        else {
            panic!("it must wait")
        };
        after.apply(Event::NotSent, json!({})).unwrap();
        let log = fold_pending(&mut after).unwrap().unwrap();
        assert_eq!((after.state, log.event), (State::Filtered, Event::ReadFiltered));
        assert_eq!(after.pending, None);
    }

    #[test]
    fn a_return_that_is_known_to_be_reversed_is_no_news_again() {
        let mut known = document(State::Confirmed);
        known.fid = Some("100001".into());
        known.process_status = Some(20);
        known.flag(FlagKind::Reversed, "type 2, process_status 20");
        let again = Version { modified: at(10).modified, asked_at: at(30).asked_at };
        assert_eq!(fold(Some(known), filtered(again), again), Ok(Folded::Unchanged));
    }

    #[test]
    fn a_parked_document_is_freed_by_a_row_that_says_something_else() {
        let Ok(Folded::Changed(after, _)) =
            fold(Some(document(State::Parked)), accepted(at(20), "S2"), at(20))
        else {
            panic!("it must be read anew")
        };
        assert_eq!((after.state, after.parking), (State::Seen, None));
    }
}

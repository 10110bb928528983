//! From a body to the rows of a page: read strictly at first, and mended where that fails, so that a broken row costs
//! one row. How text is mended is `repair.rs`.

use super::answer::{Rows, accept_list, contradiction, twice, unreadable};
use crate::envelope::{Envelope, Keys, RawRows, doubled, open};
use crate::error::{ErrorKind, Refusal};
use crate::method::definition::Method;
use crate::method::raw::RawRow;
use crate::page::{Naming, RowError};
use crate::repair::{clean, cut, refusal_of};
use crate::wire::{FieldFault, OneOrMany};

/// Rows at their first go all at once; where one does not come through, each by itself.
#[allow(clippy::result_large_err, reason = "a row that cannot be read is rare and kept whole")]
pub(super) fn read_rows<M: Method>(body: &[u8], page_no: u32) -> Result<Rows<M::Row>, ErrorKind> {
    if let Ok(envelope) = open::<OneOrMany<M::Row>>(body, M::LIST_KEY, Keys::Once) {
        let (total, rows) = accept_list(envelope, body, M::LIST_KEY, page_no)?;
        if !rows.rows.iter().any(|row| M::key(row).names_nothing()) {
            return Ok(Rows { total, rows: rows.rows.into_iter().map(Ok).collect() });
        }
    }
    let naming = Naming::of::<M>();
    read_each(body, (M::LIST_KEY, naming), page_no, |raw| {
        let row = M::read(raw)
            .and_then(|row| if M::key(&row).names_nothing() { Err(nameless::<M>()) } else { Ok(row) });
        row.map_err(|faults| RowError::of(raw, naming, faults))
    })
}

/// What is wrong with a row whose key is empty: several of them would count as one.
fn nameless<M: Method>() -> Vec<FieldFault> {
    vec![FieldFault::new(M::NUMBER, "nothing", "what the row counts by")]
}

/// Rows as raw texts.
#[allow(clippy::result_large_err, reason = "a row that cannot be read is rare and kept whole")]
pub(super) fn read_raw_rows(body: &[u8], list_key: &str, page_no: u32) -> Result<Rows<RawRow>, ErrorKind> {
    read_each(body, (list_key, Naming::NONE), page_no, |raw| {
        serde_json::from_str(raw).map(RawRow::of).map_err(|_| RowError::broken(raw, Naming::NONE))
    })
}

/// Each row by itself: of the text as it came, else of the cleaned text, else cut out of it.
#[allow(clippy::result_large_err, reason = "a row that cannot be read is rare and kept whole")]
fn read_each<R>(
    body: &[u8],
    (list_key, naming): (&str, Naming),
    page_no: u32,
    read: impl Fn(&str) -> Result<R, RowError>,
) -> Result<Rows<R>, ErrorKind> {
    let accept = |envelope: Envelope<RawRows<'_>>| {
        let (total, raws) = accept_list(envelope, body, list_key, page_no)?;
        Ok(Rows { total, rows: raws.rows.into_iter().map(|raw| read(raw.get())).collect() })
    };
    if let Ok(envelope) = open::<RawRows<'_>>(body, list_key, Keys::Once) {
        return accept(envelope);
    }
    if let Some(refused) = refusal_of(body) {
        return Err(ErrorKind::Refused(Box::new(Refusal::new(refused))));
    }
    let text = clean(body);
    if !text.trim_start().starts_with('{') {
        return Err(unreadable(body));
    }
    if let Some(key) = doubled(&text, list_key) {
        return Err(contradiction(twice(&key), body));
    }
    if let Ok(envelope) = open::<RawRows<'_>>(text.as_bytes(), list_key, Keys::Twice) {
        return accept(envelope);
    }
    let Some(cut) = cut(&text, list_key) else { return Err(unreadable(body)) };
    if let Some(key) = doubled(&cut.envelope, list_key) {
        return Err(contradiction(twice(&key), body));
    }
    let envelope =
        open::<RawRows<'_>>(cut.envelope.as_bytes(), list_key, Keys::Twice).map_err(|_| unreadable(body))?;
    let (total, _) = accept_list(envelope, body, list_key, page_no)?;
    let rows = cut.rows.into_iter().map(|row| match row {
        Ok(raw) => read(raw),
        Err(broken) => Err(RowError::broken(broken, naming)),
    });
    Ok(Rows { total, rows: rows.collect() })
}

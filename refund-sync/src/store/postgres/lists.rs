//! What the status page asks of the journal: lists that stay short however long the journal is, and whether anything
//! changed. What `status`, `why` and `parked` ask is in `reports`.

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

use super::documents::{long, storable};
use super::listing;
use super::rows::count;
use super::session::{Failure, Tx};
use crate::journal::State;
use crate::model::{MissingCount, MissingKey};
use crate::store::column::{instant, micros, text, time};
use crate::store::{ActionRow, Hour, MonthSum, ParkedDocument, ParkedPage, ParkedQuery, Walked, WindowState};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// A window whose ends are no times: the journal was changed by hand.
const UNREADABLE: &str = "a window in the journal has no times that this program can read";

pub(super) async fn parked(tx: &Tx<'_>, query: ParkedQuery) -> Result<ParkedPage, Failure> {
    let sql = "SELECT document.id FROM document JOIN pipeline ON pipeline.id = document.pipeline
         WHERE state = 'parked' AND document.id > $1
             AND ($2::text IS NULL OR pipeline.name = $2)
             AND ($3::text IS NULL OR coalesce(parking::json ->> 'cause', 'unknown') = $3)
         ORDER BY document.id LIMIT $4";
    // One more than asked: whether there is a next page.
    let limit = long(query.limit).saturating_add(1);
    let mut ids = Vec::new();
    for row in tx.rows(sql, &[&query.after, &query.pipeline, &query.cause, &limit]).await? {
        ids.push(row.try_get(0)?);
    }
    let has_more = ids.len() > query.limit;
    ids.truncate(query.limit);
    let next = ids.last().copied().filter(|_| has_more);
    let rows = listing::rows(tx, &ids).await?;
    Ok(ParkedPage { documents: rows.into_iter().map(ParkedDocument::of).collect(), next })
}

pub(super) async fn missing(tx: &Tx<'_>) -> Result<Vec<MissingCount>, Failure> {
    let sql = "WITH lacking AS MATERIALIZED (
             SELECT document.id, pipeline, amount, refund_no, reason -> 'missing' ->> 'table' AS lacks,
                 reason -> 'missing' ->> 'key' AS key,
                 bool_or(coalesce((reason -> 'missing' ->> 'out_of_validity')::boolean, false)) AS expired
             FROM document, json_array_elements(parking::json -> 'reasons') AS reason
             WHERE state = 'parked' AND reason -> 'missing' ->> 'key' IS NOT NULL
             GROUP BY document.id, lacks, key),
         several AS MATERIALIZED (SELECT id FROM lacking GROUP BY id HAVING count(*) > 1)
         SELECT pipeline.name, lacks, key, bool_or(expired), count(*), sum(amount)::bigint, min(refund_no),
             count(*) FILTER (WHERE lacking.id IN (SELECT id FROM several))
         FROM lacking JOIN pipeline ON pipeline.id = pipeline
         GROUP BY 1, 2, 3 ORDER BY 6 DESC NULLS LAST, 5 DESC, 1, 2, 3";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[]).await? {
        let units: Option<i64> = row.try_get(5)?;
        let (table, key, out_of_validity) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        found.push(MissingCount {
            pipeline: row.try_get(0)?,
            missing: MissingKey { table, key, out_of_validity },
            returns: count(&row, 4)?,
            yuan: Decimal::new(units.unwrap_or_default(), 4),
            example: row.try_get(6)?,
            shared: count(&row, 7)?,
        });
    }
    Ok(found)
}

pub(super) async fn hours(tx: &Tx<'_>, since: DateTime<Utc>) -> Result<Vec<Hour>, Failure> {
    let sql = "SELECT pipeline.name, event.at / $2, count(*)
         FROM event JOIN document ON document.id = event.document JOIN pipeline ON pipeline.id = document.pipeline
         WHERE event.event = 'confirmed' AND event.at >= $1 GROUP BY 1, 2 ORDER BY 1, 2";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[&micros(since), &HOUR]).await? {
        let hour: i64 = row.try_get(1)?;
        found.push(Hour {
            pipeline: row.try_get(0)?,
            start: instant(hour * HOUR),
            confirmed: count(&row, 2)?,
        });
    }
    Ok(found)
}

pub(super) async fn states(
    tx: &Tx<'_>,
    pipeline: i64,
    numbers: Vec<String>,
) -> Result<Vec<(State, u64)>, Failure> {
    let sql =
        "SELECT state, count(*) FROM document WHERE pipeline = $1 AND refund_no = ANY($2) GROUP BY state";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[&pipeline, &numbers]).await? {
        if let Some(state) = State::parse(row.try_get(0)?) {
            found.push((state, count(&row, 1)?));
        }
    }
    Ok(found)
}

pub(super) async fn record(tx: &Tx<'_>, action: ActionRow) -> Result<(), Failure> {
    let ActionRow { at, remote, by, action, pipeline, subject } = action;
    let sql =
        "INSERT INTO action (at, remote, action, pipeline, subject, person) VALUES ($1, $2, $3, $4, $5, $6)";
    let (pipeline, subject) = (storable(&pipeline), storable(&subject));
    tx.execute(sql, &[&micros(at), &remote, &action, &pipeline, &subject, &storable(&by)]).await?;
    Ok(())
}

pub(super) async fn actions(tx: &Tx<'_>, limit: i64) -> Result<Vec<ActionRow>, Failure> {
    let sql = "SELECT at, remote, action, pipeline, subject, person FROM action ORDER BY id DESC LIMIT $1";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[&limit]).await? {
        found.push(ActionRow {
            at: instant(row.try_get(0)?),
            remote: row.try_get(1)?,
            action: row.try_get(2)?,
            pipeline: row.try_get(3)?,
            subject: row.try_get(4)?,
            by: row.try_get(5)?,
        });
    }
    Ok(found)
}

/// A run ends after it began: the last few are looked at, so that the table may grow.
pub(super) async fn revision(tx: &Tx<'_>) -> Result<String, Failure> {
    let sql = "SELECT concat_ws('-',
             (SELECT sum(events) FROM pipeline),
             (SELECT max(id) FROM \"window\"),
             (SELECT max(id) FROM action),
             (SELECT count(*) FROM request WHERE NOT taken),
             (SELECT concat(max(id), '/', max(ended)) FROM run WHERE id > (SELECT max(id) FROM run) - 50),
             (SELECT string_agg(concat(read_until, '/', coalesce(stopped::json ->> 'since', ''), '/', paused_at), '-' ORDER BY id)
              FROM pipeline))";
    Ok(tx.row(sql, &[]).await?.try_get(0)?)
}

pub(super) async fn filtered_between(
    tx: &Tx<'_>,
    pipeline: i64,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<(String, MonthSum)>, Failure> {
    let sql = "SELECT shop_no, count(*), sum(amount)::bigint FROM document
        WHERE pipeline = $1 AND state = 'filtered' AND modified >= $2 AND modified < $3 GROUP BY 1 ORDER BY 1";
    let rows = tx.rows(sql, &[&pipeline, &text(from), &text(to)]).await?;
    let sum = |row: &tokio_postgres::Row| {
        let units: Option<i64> = row.try_get(2)?;
        let yuan = Decimal::new(units.unwrap_or_default(), 4);
        Ok((row.try_get(0)?, MonthSum { count: count(row, 1)?, yuan }))
    };
    rows.iter().map(sum).collect()
}

pub(super) async fn walked(
    tx: &Tx<'_>,
    pipeline: i64,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<Walked>, Failure> {
    let sql = "SELECT start, \"end\", state, at FROM \"window\"
         WHERE pipeline = $1 AND \"end\" >= $2 AND start <= $3 ORDER BY start, id";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[&pipeline, &text(from), &text(to)]).await? {
        let second = |column| time(row.try_get(column).ok()?);
        found.push(Walked {
            start: second(0).ok_or(Failure::Damaged(UNREADABLE))?,
            end: second(1).ok_or(Failure::Damaged(UNREADABLE))?,
            state: if row.try_get::<_, &str>(2)? == "settled" {
                WindowState::Settled
            } else {
                WindowState::Read
            },
            at: instant(row.try_get(3)?),
        });
    }
    Ok(found)
}

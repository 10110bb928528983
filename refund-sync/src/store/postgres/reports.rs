//! What people ask of the journal: `status`, `why`, `parked`.

use std::collections::BTreeMap;

use super::documents::{self, COLUMNS, DOCUMENTS, storable};
use super::rows::count;
use super::search;
use super::session::{Failure, Tx};
use crate::journal::State;
use crate::store::column::{rfc3339, seconds, yuan};
use crate::store::short::{SHORT_WINDOWS, ShortRow, ShortWindow};
use crate::store::{
    ClockNote, FilteredCount, Life, LifeEvent, ListRow, ParkedDocument, PipelineStatus, RunRow, WindowRow,
};

/// How many windows and runs `status` shows.
const LATEST: i64 = 10;

pub(super) async fn status(tx: &Tx<'_>) -> Result<Vec<PipelineStatus>, Failure> {
    let sql = "SELECT id, name, cursor, read_until, clock_offset_ms, stopped, paused_at,
             (SELECT text FROM note WHERE note.pipeline = pipeline.id AND topic = 'clock')
         FROM pipeline ORDER BY name";
    let mut pipelines = Vec::new();
    for row in tx.rows(sql, &[]).await? {
        let stopped: Option<&str> = row.try_get(5)?;
        pipelines.push(PipelineStatus {
            cursor: row.try_get(2)?,
            read_until: row.try_get(3)?,
            clock_offset_seconds: seconds(row.try_get(4)?),
            clock: ClockNote::kept(row.try_get(7)?),
            stopped: stopped.and_then(|text| serde_json::from_str(text).ok()),
            paused: row.try_get::<_, Option<i64>>(6)?.map(rfc3339),
            ..fill(tx, row.try_get(0)?, PipelineStatus::named(row.try_get(1)?)).await?
        });
    }
    Ok(pipelines)
}

async fn fill(tx: &Tx<'_>, id: i64, mut status: PipelineStatus) -> Result<PipelineStatus, Failure> {
    let by_state = "SELECT state, count(*) FROM document WHERE pipeline = $1 GROUP BY 1";
    for (state, count) in counts(tx, by_state, id).await? {
        if let Some(state) = State::parse(&state) {
            status.documents.insert(state.as_str(), count);
        }
    }
    status.flags = counts(
        tx,
        "SELECT flag ->> 'kind', count(*) FROM document, json_array_elements(flags::json) AS flag
         WHERE pipeline = $1 AND flags IS NOT NULL GROUP BY 1",
        id,
    )
    .await?;
    let parked =
        "SELECT coalesce(parking::json ->> 'cause', 'unknown'), count(*), coalesce(sum(amount), 0)::bigint
         FROM document WHERE pipeline = $1 AND state = 'parked' GROUP BY 1";
    for row in tx.rows(parked, &[&id]).await? {
        let cause: String = row.try_get(0)?;
        status.parked.insert(cause.clone(), count(&row, 1)?);
        status.parked_yuan.insert(cause, yuan(row.try_get(2)?));
    }
    status.decided = counts(
        tx,
        "SELECT coalesce(decision::json ->> 'as', 'unknown'), count(*) FROM document
         WHERE pipeline = $1 AND state = 'decided' GROUP BY 1",
        id,
    )
    .await?;
    let filtered =
        "SELECT kind, process_status, shop_no, count(*), coalesce(sum(amount), 0)::bigint FROM document
         WHERE pipeline = $1 AND state = 'filtered' GROUP BY 1, 2, 3
         ORDER BY 4 DESC, 1 NULLS FIRST, 2 NULLS FIRST, 3";
    for row in tx.rows(filtered, &[&id]).await? {
        status.filtered.push(FilteredCount {
            kind: row.try_get(0)?,
            process_status: row.try_get(1)?,
            shop_no: row.try_get(2)?,
            count: count(&row, 3)?,
            amount: yuan(row.try_get(4)?),
        });
    }
    let short = super::ledger::note(tx, id, SHORT_WINDOWS).await?;
    status.short_windows = ShortWindow::all(short.as_deref()).into_iter().map(ShortRow::from).collect();
    let windows = "SELECT start, \"end\", state, total, seen, calls, note FROM \"window\"
         WHERE pipeline = $1 ORDER BY \"end\" DESC, id DESC LIMIT $2";
    for row in tx.rows(windows, &[&id, &LATEST]).await? {
        let total: Option<i64> = row.try_get(3)?;
        status.windows.push(WindowRow {
            start: row.try_get(0)?,
            end: row.try_get(1)?,
            state: row.try_get(2)?,
            total: total.map(i64::unsigned_abs),
            seen: count(&row, 4)?,
            calls: u32::try_from(count(&row, 5)?).unwrap_or(u32::MAX),
            note: row.try_get(6)?,
        });
    }
    let runs =
        "SELECT command, started, ended, outcome FROM run WHERE pipeline = $1 ORDER BY id DESC LIMIT $2";
    for row in tx.rows(runs, &[&id, &LATEST]).await? {
        let outcome: Option<&str> = row.try_get(3)?;
        status.runs.push(RunRow {
            command: row.try_get(0)?,
            started: rfc3339(row.try_get(1)?),
            ended: row.try_get::<_, Option<i64>>(2)?.map(rfc3339),
            outcome: outcome.and_then(|text| serde_json::from_str(text).ok()),
        });
    }
    Ok(status)
}

async fn counts(tx: &Tx<'_>, sql: &str, id: i64) -> Result<BTreeMap<String, u64>, Failure> {
    let mut found = BTreeMap::new();
    for row in tx.rows(sql, &[&id]).await? {
        found.insert(row.try_get(0)?, count(&row, 1)?);
    }
    Ok(found)
}

pub(super) async fn life(tx: &Tx<'_>, refund_no: String) -> Result<Vec<Life>, Failure> {
    let sql = format!(
        "SELECT {COLUMNS}, pipeline.name, pruned_until, pipeline.id FROM {DOCUMENTS} JOIN pipeline ON pipeline.id = document.pipeline
         WHERE document.pipeline = ANY (SELECT id FROM pipeline) AND refund_no = $1 ORDER BY pipeline.name",
    );
    let mut lives = Vec::new();
    for row in tx.rows(&sql, &[&storable(&refund_no)]).await? {
        let document = documents::read(&row)?;
        let mut events = Vec::new();
        let sql = "SELECT at, run, event, detail FROM event WHERE document = $1 ORDER BY n";
        for row in tx.rows(sql, &[&document.id]).await? {
            let detail: &str = row.try_get(3)?;
            events.push(LifeEvent {
                at: rfc3339(row.try_get(0)?),
                run: row.try_get(1)?,
                event: row.try_get(2)?,
                detail: serde_json::from_str(detail).unwrap_or_default(),
            });
        }
        let (pipeline, pruned_until) = (row.try_get(documents::WIDTH)?, row.try_get(documents::WIDTH + 1)?);
        let names = search::names(tx, row.try_get(documents::WIDTH + 2)?).await?;
        lives.push(Life::of(pipeline, &names, document, pruned_until, events));
    }
    Ok(lives)
}

pub(super) async fn parked(tx: &Tx<'_>) -> Result<Vec<ParkedDocument>, Failure> {
    let mut found = Vec::new();
    for row in tx.rows("SELECT id, name FROM pipeline", &[]).await? {
        let (id, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let names = search::names(tx, id).await?;
        let documents = documents::parked(tx, id, None).await?;
        found.extend(documents.iter().map(|one| ParkedDocument::of(ListRow::of(&name, one, &names))));
    }
    Ok(ParkedDocument::in_order(found))
}

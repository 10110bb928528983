//! The journal as a simulated world has it: every statement is an await at which the program can die, before it or
//! after; now and then the disk refuses one; a session that is lost writes nothing more; and a planted bug may hold an
//! intent back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use refund_sync::journal::{Document, Log, Number, State};
use refund_sync::model::MissingCount;
use refund_sync::model::Names;
use refund_sync::store::{
    ActionRow, Answer, Asked, ClosedMonths, Found, Hour, Life, ListPage, ListQuery, MapNow, MonthSum, Origin,
    PageCommit, PageOutcome, ParkedDocument, ParkedPage, ParkedQuery, Pending, PipelineRow, PipelineStatus,
    PrunedTo, Queries, Request, SEND_WITHIN, SetAside, Shown, Sqlite, StockinCommit, StockinOutcome, Stopped,
    Store, StoreError, Unanswered, Walked, WindowRecord,
};

use crate::climate::Climate;
use crate::plant::Plant;
use crate::record::Record;
use crate::rng::Rng;
use crate::shop_wire::ShopWire;

/// An intent as the worker hands it over.
type Intent = (Origin, Duration, Vec<(Document, Vec<Log>)>);

/// A journal in a file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Sqlite,
    disk: Mutex<(Rng, u64)>,
    plant: Option<Plant>,
    held_back: Mutex<Vec<Intent>>,
    lost: AtomicBool,
    last_call: LastCall,
    clocks: Clocks,
}

/// The two clocks that the program knows of.
#[derive(Debug, Clone)]
pub(crate) struct Clocks {
    pub(crate) climate: Climate,
    pub(crate) record: Record,
    pub(crate) shop: ShopWire,
}

impl Clocks {
    /// How far they are apart: this machine's, and what the last `Date` header said.
    fn apart(&self) -> TimeDelta {
        let here = TimeDelta::seconds(self.climate.off(self.record.elapsed()));
        (self.shop.heard().unwrap_or(here) - here).abs()
    }
}

/// When the last call that any worker meant to begin must be over; `None` where a new worker proves the old one dead.
pub(crate) type LastCall = Option<Arc<Mutex<DateTime<Utc>>>>;

impl Journal {
    pub(crate) fn new(
        file: Sqlite,
        disk: (Rng, u64),
        plant: Option<Plant>,
        last_call: LastCall,
        clocks: Clocks,
    ) -> Arc<Self> {
        let (held_back, lost) = (Mutex::default(), AtomicBool::new(false));
        Arc::new(Self { file, disk: Mutex::new(disk), plant, held_back, lost, last_call, clocks })
    }

    /// The session ends, whatever its worker believes.
    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// One statement, with an await on both sides.
    async fn step<T>(&self, statement: Answer<'_, T>) -> Result<T, StoreError> {
        tokio::task::yield_now().await;
        if self.lost.load(Ordering::Relaxed) {
            let reason = "another worker has it".to_owned();
            return Err(StoreError::Lost { journal: "journal.db".to_owned(), reason });
        }
        if self.refuses() {
            return Err(StoreError::Full { journal: "journal.db".into() });
        }
        let done = statement.await;
        tokio::task::yield_now().await;
        done
    }

    fn refuses(&self) -> bool {
        let (rng, permille) = &mut *self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        rng.chance(*permille)
    }

    /// The first day that is not closed, whatever a planted bug makes of it.
    pub(crate) async fn closed_before(&self, pipeline: i64) -> Option<NaiveDate> {
        ClosedMonths::kept(&self.file, pipeline).await.unwrap().before()
    }

    fn held_back(&self) -> Vec<Intent> {
        std::mem::take(&mut self.held_back.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

macro_rules! steps {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {$(
        fn $name<'a>(&'a self, $($argument: $kind),*) -> Answer<'a, $answer> {
            Box::pin(self.step(self.file.$name($($argument),*)))
        }
    )*};
}

impl Store for Journal {
    fn intend(
        &self,
        origin: Origin,
        limit: Duration,
        moves: Vec<(Document, Vec<Log>)>,
    ) -> Answer<'_, Vec<Document>> {
        if let Some(last_call) = &self.last_call {
            let mut over = last_call.lock().unwrap_or_else(PoisonError::into_inner);
            *over = (*over).max(origin.at + SEND_WITHIN + limit);
        }
        if self.plant != Some(Plant::IntentAfterCall) {
            return Box::pin(self.step(self.file.intend(origin, limit, moves)));
        }
        let documents = moves.iter().map(|(document, _)| document.clone()).collect();
        self.held_back.lock().unwrap_or_else(PoisonError::into_inner).push((origin, limit, moves));
        Box::pin(async move { Ok(documents) })
    }

    fn recover(&self, origin: Origin) -> Answer<'_, u64> {
        let over = self.last_call.as_ref().map(|last| *last.lock().unwrap_or_else(PoisonError::into_inner));
        let at = over.map_or(origin.at, |over| over.max(origin.at));
        Box::pin(self.step(self.file.recover(Origin { at, ..origin })))
    }

    fn save(&self, origin: Origin, moves: Vec<(Document, Vec<Log>)>) -> Answer<'_, Vec<i64>> {
        let held_back = self.held_back();
        Box::pin(async move {
            for (origin, limit, intent) in held_back {
                self.file.intend(origin, limit, intent).await?;
            }
            self.step(self.file.save(origin, moves)).await
        })
    }

    fn record_window(
        &self,
        origin: Origin,
        window: WindowRecord,
        cursor: Option<NaiveDateTime>,
    ) -> Answer<'_, ()> {
        let beyond = self.plant == Some(Plant::CursorBeyond);
        let cursor = cursor.map(|cursor| if beyond { cursor + self.clocks.apart() } else { cursor });
        Box::pin(self.step(self.file.record_window(origin, window, cursor)))
    }

    fn shown(&self, future: NaiveDateTime) -> Answer<'_, Vec<Shown>> {
        if self.plant == Some(Plant::CursorBeyond) {
            return Box::pin(async { Ok(Vec::new()) });
        }
        Box::pin(self.step(self.file.shown(future)))
    }

    fn note(&self, pipeline: i64, topic: &'static str) -> Answer<'_, Option<String>> {
        if self.plant == Some(Plant::OpenMonths) && topic == "months" {
            return Box::pin(async { Ok(None) });
        }
        Box::pin(self.step(self.file.note(pipeline, topic)))
    }

    fn broken(&self, pipeline: i64) -> Answer<'_, Vec<SetAside>> {
        self.file.broken(pipeline)
    }

    // Asked at the start of a run, and nothing is found: no step of its own.
    fn set_aside(&self, origin: Origin) -> Answer<'_, Vec<SetAside>> {
        self.file.set_aside(origin)
    }

    steps! {
        rename(pipeline: i64, to: String) -> ();
        set_back(
            pipeline: i64,
            began: Option<NaiveDateTime>,
            cursor: Option<NaiveDateTime>,
            future: NaiveDateTime
        ) -> ();
        pipeline(name: &'a str) -> PipelineRow;
        known_pipeline(name: &'a str) -> Option<PipelineRow>;
        remember(pipeline: i64, clock_offset_ms: i64, limiter: Option<String>) -> ();
        watched(pipeline: i64, at: DateTime<Utc>) -> ();
        set_stopped(pipeline: i64, stopped: Option<Stopped>) -> ();
        set_note(pipeline: i64, topic: &'static str, text: String) -> ();
        begin_run(pipeline: i64, command: &'a str, at: DateTime<Utc>) -> i64;
        end_run(run: i64, at: DateTime<Utc>, outcome: String) -> ();
        end_firing(run: i64, firing: DateTime<Utc>, at: DateTime<Utc>, outcome: String) -> ();
        commit_mapped(origin: Origin, page: PageCommit, map: MapNow) -> PageOutcome;
        commit_stockins(origin: Origin, commit: StockinCommit) -> StockinOutcome;
        without_stockin(pipeline: i64, limit: usize) -> Vec<String>;
        due(pipeline: i64, state: State, now: DateTime<Utc>, limit: usize) -> Vec<Document>;
        waiting(pipeline: i64, limit: usize) -> Vec<Document>;
        unanswered(pipeline: i64, now: DateTime<Utc>, limit: usize) -> Vec<Unanswered>;
        batches_appeared(batches: Vec<i64>, at: DateTime<Utc>) -> ();
        restart_waits(origin: Origin, longest: Duration, anew: bool) -> u64;
        remap(origin: Origin, rules: &'a str) -> u64;
        pending(pipeline: i64, now: DateTime<Utc>) -> Pending;
        parked_due(pipeline: i64, now: DateTime<Utc>, limit: usize) -> Vec<Document>;
        parked_documents(pipeline: i64, numbers: Option<&'a [String]>) -> Vec<Document>;
        documents(pipeline: i64, numbers: Vec<String>) -> Vec<Document>;
        leave_request(pipeline: i64, request: Request, at: DateTime<Utc>) -> i64;
        open_requests(pipeline: i64) -> Vec<Asked>;
        answer_request(request: i64, answer: String) -> ();
        request_answer(request: i64) -> Option<String>;
        status() -> Vec<PipelineStatus>;
        life(refund_no: &'a str) -> Vec<Life>;
        parked() -> Vec<ParkedDocument>;
        names(pipeline: i64) -> Names;
    }
}

impl Queries for Journal {
    steps! {
        set_paused(pipeline: i64, at: Option<DateTime<Utc>>) -> ();
        fired(pipeline: i64, at: DateTime<Utc>) -> ();
        walked(pipeline: i64, span: (NaiveDateTime, NaiveDateTime)) -> Vec<Walked>;
        decided(pipeline: i64, after: i64, limit: usize) -> Vec<Document>;
        dated(pipeline: i64, days: (NaiveDate, NaiveDate), after: i64, limit: usize) -> Vec<Document>;
        returns(pipeline: i64, after: i64, limit: usize) -> Vec<Document>;
        prune(origin: Origin, until: DateTime<Utc>, after: PrunedTo) -> Option<PrunedTo>;
        filtered_between(pipeline: i64, from: NaiveDateTime, to: NaiveDateTime) -> Vec<(String, MonthSum)>;
        states(pipeline: i64, numbers: Vec<String>) -> Vec<(State, u64)>;
        parked_page(query: ParkedQuery) -> ParkedPage;
        missing() -> Vec<MissingCount>;
        hours(since: DateTime<Utc>) -> Vec<Hour>;
        list(query: ListQuery) -> ListPage;
        find(text: &'a str, limit: usize) -> Vec<Found>;
        numbers(pipeline: &'a str, refund_no: &'a str) -> Vec<Number>;
        learn_names(pipeline: i64, names: Names) -> ();
        record_action(action: ActionRow) -> ();
        actions(limit: usize) -> Vec<ActionRow>;
        revision() -> String;
    }
}

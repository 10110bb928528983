//! The program in a simulated world: cycles of the whole worker, each of which may be cut off at any await.
//! What is lost with it is what a killed process loses: everything but the journal's file.

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use refund_sync::clock::Clock;
use refund_sync::config::Pipeline;
use refund_sync::model::RunTrigger;
use refund_sync::sink::{self, Sink};
use refund_sync::source::{self, Source};
use refund_sync::store::lock::Holder;
use refund_sync::store::{Sqlite, Store, StoreError};
use refund_sync::worker::{Outcome, Until, Worker};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::books_wire::BooksWire;
use crate::climate::Climate;
use crate::journal::{Clocks, Journal, LastCall};
use crate::plant::Plant;
use crate::record::Record;
use crate::rng::Rng;
use crate::shop_wire::ShopWire;

/// The program, running or not.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) climate: Climate,
    pub(crate) pipeline: Pipeline,
    pub(crate) path: PathBuf,
    pub(crate) record: Record,
    pub(crate) shop: ShopWire,
    pub(crate) books: BooksWire,
    pub(crate) plant: Option<Plant>,
    pub(crate) rng: Rng,
    journal: Option<Arc<Journal>>,
    /// The right to work it, where a world has somebody else who may want it.
    holder: Option<Holder>,
    last_call: LastCall,
    starts: u64,
    calm: bool,
}

/// How long a sleeping worker keeps its session at the most: the time-out of idle sessions.
const IDLE: Duration = Duration::from_secs(15);
/// How long it sleeps at the most.
const NAP: Duration = Duration::from_mins(10);

/// How a cycle ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// By itself.
    Done(Box<Outcome>),
    /// With an error: the process exits.
    Failed(String),
    /// It was cut off.
    Killed,
}

impl Process {
    pub(crate) fn new(
        climate: Climate,
        pipeline: Pipeline,
        path: PathBuf,
        record: Record,
        wires: (ShopWire, BooksWire),
        plant: Option<Plant>,
    ) -> Self {
        let rng = Rng::of(climate.seed, "process");
        let (shop, books) = wires;
        let (journal, holder, starts, calm) = (None, None, 0, false);
        let last_call = climate.rivals.then(Arc::default);
        Self {
            climate,
            pipeline,
            path,
            record,
            shop,
            books,
            plant,
            rng,
            journal,
            holder,
            last_call,
            starts,
            calm,
        }
    }

    /// The same program, started by somebody who comes to the journal by a symbolic link. It is never cut off.
    pub(crate) fn by_another_path(&self) -> Self {
        let path = self.path.with_file_name("by-another-path.db");
        std::os::unix::fs::symlink(&self.path, &path).unwrap();
        let climate =
            Climate { crash_permille: 0, disk_permille: 0, lost: None, moved: None, ..self.climate.clone() };
        let wires = (self.shop.clone(), self.books.clone());
        let (pipeline, record) = (self.pipeline.clone(), self.record.clone());
        let rng = Rng::of(self.climate.seed, "second path");
        Self { rng, starts: 50_000, ..Self::new(climate, pipeline, path, record, wires, self.plant) }
    }

    /// The process is gone, and with it all but the file.
    pub(crate) fn ends(&mut self) {
        (self.journal, self.holder) = (None, None);
    }

    /// Nothing is cut off or refused any more.
    pub(crate) fn calm(&mut self) {
        self.calm = true;
        self.ends();
        self.books.calm();
    }

    /// Between two cycles the journal is lost, or an older copy of it comes back, once it is time for that.
    pub(crate) async fn loses_journal(&mut self) {
        let Some((at, comes_back)) = self.climate.lost else { return };
        let copy = self.path.with_extension("copy");
        if comes_back
            && !copy.exists()
            && self.record.elapsed() >= at / 2
            && let Ok(journal) = Sqlite::open_read_only(&self.path)
        {
            journal.copy_to(&copy).unwrap();
        }
        if self.record.elapsed() < at {
            return;
        }
        self.climate.lost = None;
        self.ends();
        self.books.forget();
        self.record.note(format_args!("the journal is lost, an older one comes back: {}", copy.exists()));
        for end in ["", "-wal", "-shm"] {
            // Not every one of them is there.
            let _ = std::fs::remove_file(format!("{}{end}", self.path.display()));
        }
        if copy.exists() {
            std::fs::rename(&copy, &self.path).unwrap();
        }
        // As the README says: the last call may still be running in 金蝶.
        tokio::time::sleep(Climate::resend_after()).await;
    }

    /// One cycle of the worker, or as much of it as is allowed to happen.
    pub(crate) async fn cycle(&mut self, until: Until) -> Ended {
        self.shop.pace().rests();
        if self.climate.rivals && !self.calm && self.rng.chance(400) {
            let ended = self.doze(until).await;
            self.ends();
            self.note(&ended);
            return ended;
        }
        let dies = !self.calm && self.rng.chance(self.climate.crash_permille);
        let in_a_save = dies && self.rng.chance(500);
        self.books.arm(in_a_save);
        let mut polls_left = (dies && !in_a_save).then(|| self.rng.below(400));
        let calm = self.calm;
        let books = self.books.clone();
        let ended = {
            let mut run = pin!(self.run(until));
            let run = poll_fn(|context| {
                if polls_left == Some(0) {
                    return std::task::Poll::Ready(Ended::Killed);
                }
                polls_left = polls_left.map(|left| left - 1);
                run.as_mut().poll(context)
            });
            tokio::select! {
                biased;
                () = books.unplugged(), if !calm => Ended::Killed,
                ended = run => ended,
            }
        };
        if !matches!(ended, Ended::Done(_)) || self.climate.by_timer {
            self.ends();
        }
        self.note(&ended);
        ended
    }

    /// A cycle whose worker falls asleep at any await, loses its session, and later goes on as if nothing had been.
    async fn doze(&mut self, until: Until) -> Ended {
        let worker = match self.begin().await {
            Ok(worker) => worker,
            Err(why) => return Ended::Failed(why),
        };
        let mut polls_left = self.rng.below(400);
        let nap = self.rng.between(Duration::ZERO, NAP);
        let session = self.journal.take();
        let (asleep, falls_asleep) = oneshot::channel();
        let mut asleep = Some(asleep);
        let record = self.record.clone();
        let at_work = tokio::spawn(async move {
            let mut run = pin!(worker.run(until));
            let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
            poll_fn(|context| {
                if polls_left > 0 {
                    polls_left -= 1;
                    return run.as_mut().poll(context);
                }
                if let Some(asleep) = asleep.take() {
                    sleep.as_mut().reset(Instant::now() + nap);
                    record.note(format_args!("worker asleep for {nap:?}"));
                    // Nobody listens once the cycle is over.
                    let _ = asleep.send(());
                }
                std::task::ready!(sleep.as_mut().poll(context));
                run.as_mut().poll(context)
            })
            .await
        });
        tokio::select! {
            biased;
            Ok(()) = falls_asleep => {
                tokio::time::sleep(self.rng.between(Duration::ZERO, IDLE)).await;
                if let Some(session) = session {
                    session.lose();
                }
                Ended::Killed
            }
            ended = at_work => match ended.unwrap() {
                Ok(outcome) => Ended::Done(Box::new(outcome)),
                Err(error) => Ended::Failed(error.to_string()),
            },
        }
    }

    async fn run(&mut self, until: Until) -> Ended {
        let worker = match self.begin().await {
            Ok(worker) => worker,
            Err(why) => return Ended::Failed(why),
        };
        match worker.run(until).await {
            Ok(outcome) => Ended::Done(Box::new(outcome)),
            Err(error) => Ended::Failed(error.to_string()),
        }
    }

    /// The journal, opened if it is not.
    pub(crate) fn journal(&mut self) -> Result<Arc<Journal>, String> {
        if let Some(journal) = &self.journal {
            return Ok(Arc::clone(journal));
        }
        let by_its_path = self.plant == Some(Plant::LockByPath) && self.path.is_symlink();
        if self.climate.second_path && !by_its_path {
            // Who has it says where it is, and that is another folder in each run.
            let holder = Holder::take(&self.path, "simulation").map_err(|error| match error {
                StoreError::Held { .. } => "somebody else has the journal".to_owned(),
                error => error.to_string(),
            });
            self.holder = Some(holder?);
        }
        let file = Sqlite::open(&self.path).map_err(|error| error.to_string())?.inline();
        let disk = Rng::of(self.rng.next(), "disk");
        let permille = if self.calm { 0 } else { self.climate.disk_permille };
        let clocks =
            Clocks { climate: self.climate.clone(), record: self.record.clone(), shop: self.shop.clone() };
        let journal = Journal::new(file, (disk, permille), self.plant, self.last_call.clone(), clocks);
        self.journal = Some(Arc::clone(&journal));
        Ok(journal)
    }

    /// What the program's own start does, over the simulated wires and by the simulated clock.
    async fn begin(&mut self) -> Result<Worker, String> {
        let store: Arc<dyn Store> = self.journal()?;
        self.starts += 1;
        let seed = self.climate.seed.wrapping_mul(100_003).wrapping_add(self.starts);
        let clock = self.clock();
        let row = store.pipeline(&self.pipeline.name).await.map_err(|error| error.to_string())?;
        let mut wdt = source::client(&self.pipeline.wdt, &clock).transport(self.shop.clone()).seed(seed);
        if let Some(snapshot) = row.limiter.and_then(|text| serde_json::from_str(&text).ok()) {
            wdt = wdt.resume(snapshot);
        }
        let wdt = wdt.build().map_err(|error| error.to_string())?;
        let kingdee = sink::client(&self.pipeline.kingdee, &clock)
            .transport(self.books.clone())
            .seed(seed)
            .build()
            .map_err(|error| error.to_string())?;
        let source = Source::new(wdt, self.pipeline.wdt.clone());
        let sink = Sink::new(kingdee);
        let worker = Worker::begin(self.pipeline.clone(), store, source, sink, clock, RunTrigger::Run)
            .await
            .map_err(|error| error.to_string())?;
        // From here on nothing of a month that this start has closed may be sent.
        if let Some(journal) = &self.journal {
            self.books.closes(journal.closed_before(row.id).await);
        }
        Ok(worker)
    }

    /// This machine's clock, set as the world has it; and as a planted bug reads it.
    fn clock(&self) -> Clock {
        let (record, climate, shop) = (self.record.clone(), self.climate.clone(), self.shop.clone());
        let trusts = self.plant == Some(Plant::TrustTheHeader);
        let wall = move || match shop.heard().filter(|_| trusts) {
            Some(off) => record.now() + off,
            None => record.now() + TimeDelta::seconds(climate.off(record.elapsed())),
        };
        if self.plant == Some(Plant::WallClockWaits) {
            return Clock::shared(wall.clone(), wall);
        }
        Clock::of(wall)
    }

    fn note(&self, ended: &Ended) {
        match ended {
            Ended::Done(outcome) => self.record.note(format_args!(
                "cycle done, left {:?}, failures {:?}, tally {:?}, short {:?}",
                outcome.left, outcome.failures, outcome.tally, outcome.short
            )),
            Ended::Failed(why) => self.record.note(format_args!("cycle failed: {why}")),
            Ended::Killed => self.record.note("cycle killed"),
        }
    }
}

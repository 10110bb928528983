//! Tells people, by robot or webhook, what is wrong with a pipeline, and when it is over.
//! What is seen is in `alert::sight`, what is worth telling in `condition`, what is news in `told`, the message in
//! `letter`, the sending in `receiver`. Nothing here holds up a run: at worst, an alert comes late.

mod condition;
mod message;
mod notification;
mod outage;
mod receiver;
mod snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use condition::{AlertState, Condition, Kind, conditions};
pub use notification::{Notification, NotificationState, Transition};
pub use outage::Outage;
pub use snapshot::{Activity, Counts, History, Snapshot, Yuan};

use crate::clock::Clock;
use crate::config::Alert;
use crate::serve::StatusBoard;
use crate::store::{Store, StoreError};
use crate::tls::NoClient;
use receiver::{Failure, Receiver};

/// How often a watch looks. Twice a minute is far below the twenty messages a minute that the robots take.
pub const EVERY: Duration = Duration::from_secs(30);
/// How long a receiver that failed is left alone at most.
const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// What the journal files the memory under.
const TOPIC: &str = "alert";

/// Looks at pipelines and tells the receivers what is news.
#[derive(Debug)]
pub struct Watch {
    receivers: Vec<(Receiver, Patience)>,
    journals: Vec<Journal>,
    pipelines: BTreeMap<String, Memory>,
    board: StatusBoard,
}

/// How a receiver is doing: one that fails is tried again after ever longer pauses.
#[derive(Debug, Default)]
struct Patience {
    failures: u32,
    not_before: Option<Instant>,
}

/// One journal, of one pipeline or several.
#[derive(Debug)]
struct Journal {
    store: Arc<dyn Store>,
    /// As it was when the board last took it in.
    revision: Option<String>,
    /// It could not be read.
    fails: bool,
}

/// What is remembered of a pipeline, here and in its journal.
#[derive(Debug)]
struct Memory {
    store: Arc<dyn Store>,
    /// The pipeline's row and what is remembered; `None` until the journal could be read.
    kept: Option<(i64, Note)>,
    /// What the journal holds of it.
    saved: String,
    fails: bool,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Note {
    history: History,
    /// By receiver.
    told: BTreeMap<String, NotificationState>,
}

impl Watch {
    /// A watch over these pipelines of the board for these receivers; how they are doing is shown there, too.
    ///
    /// # Errors
    /// When this machine has no usable TLS.
    pub fn new(
        alerts: &[Alert],
        pipelines: impl IntoIterator<Item = (String, Arc<dyn Store>)>,
        board: StatusBoard,
    ) -> Result<Self, NoClient> {
        let receivers = receiver::receivers(alerts)?;
        board.deliveries().keep(receivers.iter().map(|receiver| receiver.name.as_str()));
        let memory = |store| Memory { store, kept: None, saved: String::new(), fails: false };
        let pipelines: BTreeMap<_, _> =
            pipelines.into_iter().map(|(name, store)| (name, memory(store))).collect();
        let mut journals: Vec<Journal> = Vec::new();
        for Memory { store, .. } in pipelines.values() {
            if !journals.iter().any(|journal| Arc::ptr_eq(&journal.store, store)) {
                journals.push(Journal { store: Arc::clone(store), revision: None, fails: false });
            }
        }
        Ok(Self {
            receivers: receivers.into_iter().map(|receiver| (receiver, Patience::default())).collect(),
            journals,
            pipelines,
            board,
        })
    }

    /// Looks at the board [every half minute](EVERY), for ever; not at all where nobody is to be told.
    pub async fn keep(mut self) {
        while !self.receivers.is_empty() {
            tokio::time::sleep(EVERY).await;
            self.look_at_board().await;
        }
    }

    /// One look at the board, which takes in the journals where they have changed.
    pub async fn look_at_board(&mut self) {
        for journal in &mut self.journals {
            let taken_in = journal.take_in(&self.board).await;
            // Whoever works the journal says so in the log.
            journal.fails = taken_in.is_err();
        }
        let now = self.board.now();
        let sight = |(name, view)| {
            let memory = self.pipelines.get(&name)?;
            let fails = |journal: &&Journal| journal.fails && Arc::ptr_eq(&journal.store, &memory.store);
            let journal_fails = self.journals.iter().any(|journal| fails(&journal));
            Some((name, Snapshot { journal_fails, ..Snapshot::of(&view, now)? }))
        };
        let sights = self.board.views().into_iter().filter_map(sight).collect();
        self.look(sights).await;
    }

    /// One look: tells what is news in `sights`, which are by pipeline.
    pub async fn look(&mut self, mut sights: BTreeMap<String, Snapshot>) {
        let now = self.board.now();
        for (name, memory) in &mut self.pipelines {
            memory.load(name).await;
            if let (Some(sight), Some((_, note))) = (sights.get_mut(name), &mut memory.kept) {
                sight.journal_fails |= memory.fails;
                note.history.observe(sight, now);
            }
        }
        let pipelines = &mut self.pipelines;
        let tried = self.receivers.iter().enumerate().map(|(at, (receiver, patience))| {
            let news = news(receiver, pipelines, &sights, now);
            let waits = patience.not_before.is_some_and(|at| at > Instant::now());
            async move {
                let notices = message::fit(&news);
                if notices.is_empty() || waits {
                    return None;
                }
                Some((at, notices.to_vec(), receiver.send(notices, now).await))
            }
        });
        let tried = join_all(tried).await;
        for (at, notices, sent) in tried.into_iter().flatten() {
            self.take(at, &notices, sent, now);
        }
        for (name, memory) in &mut self.pipelines {
            memory.save(name).await;
        }
    }

    /// Remembers what a receiver took, or leaves one alone for a while that did not.
    fn take(&mut self, at: usize, notices: &[Notification], sent: Result<(), Failure>, now: DateTime<Utc>) {
        let Some((receiver, patience)) = self.receivers.get_mut(at) else { return };
        let name = &receiver.name;
        if sent.is_ok() {
            for notice in notices {
                let kept = self.pipelines.get_mut(&notice.pipeline).and_then(|memory| memory.kept.as_mut());
                if let Some((_, note)) = kept {
                    note.told.entry(name.clone()).or_default().take(notice);
                }
            }
            *patience = Patience::default();
        } else {
            let pause = EVERY.saturating_mul(1 << patience.failures.min(5)).min(LONGEST_PAUSE);
            patience.failures = patience.failures.saturating_add(1);
            patience.not_before = Some(Instant::now() + pause);
        }
        self.board.deliveries().note(name, sent, now);
    }
}

/// Sends every receiver a message that says that it is a test: each by its name, with what it was refused for, free of
/// secrets.
///
/// # Errors
/// When this machine has no usable TLS.
pub async fn test(alerts: &[Alert], clock: &Clock) -> Result<Vec<(String, Result<(), String>)>, NoClient> {
    let receivers = receiver::receivers(alerts)?;
    let tested = receivers.into_iter().map(async |receiver| {
        let sent = receiver.test(clock.now()).await.map_err(|failure| failure.to_string());
        (receiver.name, sent)
    });
    Ok(join_all(tested).await)
}

/// What this receiver does not know yet.
fn news(
    receiver: &Receiver,
    pipelines: &mut BTreeMap<String, Memory>,
    sights: &BTreeMap<String, Snapshot>,
    now: DateTime<Utc>,
) -> Vec<Notification> {
    let limits = &receiver.alert.limits;
    let mut news = Vec::new();
    for (name, memory) in pipelines.iter_mut().filter(|(name, _)| receiver.cares_for(name)) {
        let (Some(sight), Some((_, note))) = (sights.get(name), &mut memory.kept) else { continue };
        let conditions = conditions(sight, &note.history, limits, now);
        let told = note.told.entry(receiver.name.clone()).or_default();
        told.observe(&conditions, now, limits.quiet);
        news.extend(told.news(name, &conditions, now, limits.quiet));
    }
    news
}

impl Journal {
    async fn take_in(&mut self, board: &StatusBoard) -> Result<(), StoreError> {
        let revision = self.store.revision().await?;
        if self.revision.as_ref() != Some(&revision) {
            board.refresh(self.store.as_ref()).await?;
            self.revision = Some(revision);
        }
        Ok(())
    }
}

impl Memory {
    /// Reads once what the journal holds. What was told before must not be told again.
    async fn load(&mut self, name: &str) {
        if self.kept.is_some() {
            return;
        }
        let read = async {
            let id = self.store.pipeline(name).await?.id;
            Ok::<_, StoreError>((id, self.store.note(id, TOPIC).await?))
        };
        match read.await {
            Ok((id, text)) => {
                self.saved = text.unwrap_or_default();
                self.kept = Some((id, serde_json::from_str(&self.saved).unwrap_or_default()));
            }
            // Whoever works the journal says so.
            Err(error) => tracing::debug!(pipeline = name, %error, "the memory of alerts is not read yet"),
        }
    }

    /// Writes what changed. A journal that fails is told of at the next look.
    async fn save(&mut self, name: &str) {
        let Some((id, note)) = &self.kept else { return };
        let Ok(text) = serde_json::to_string(note) else { return };
        if text == self.saved {
            self.fails = false;
            return;
        }
        match self.store.set_note(*id, TOPIC, text.clone()).await {
            Ok(()) => (self.saved, self.fails) = (text, false),
            Err(error) => {
                tracing::debug!(pipeline = name, %error, "the memory of alerts is not written");
                self.fails = true;
            }
        }
    }
}

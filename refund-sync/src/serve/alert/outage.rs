//! A journal that cannot be reached is told without it: what was told is remembered no longer than the process lasts.
//! What a journal that can be read has to tell is the watch's, in the parent module.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::EVERY;
use super::condition::{Condition, journal};
use super::notification::NotificationState;
use super::receiver::{self, Receiver};
use super::{AlertState, StatusBoard};
use crate::config::Alert;
use crate::lang::told;
use crate::tls::NoClient;

/// A link that is back within this time is not worth a word.
const BLINK: TimeDelta = TimeDelta::minutes(1);

/// Tells that the journal of some pipelines cannot be reached, and that it can again.
#[derive(Debug)]
pub struct Outage {
    receivers: Vec<(Receiver, NotificationState)>,
    pipelines: Vec<String>,
    board: StatusBoard,
    since: Option<DateTime<Utc>>,
    /// When it is looked at again: receivers are not knocked at all the time.
    next: Option<Instant>,
}

impl Outage {
    /// Nothing is out yet.
    ///
    /// # Errors
    /// When this machine has no usable TLS.
    pub fn new(alerts: &[Alert], pipelines: Vec<String>, board: StatusBoard) -> Result<Self, NoClient> {
        let receivers =
            receiver::receivers(alerts)?.into_iter().map(|receiver| (receiver, NotificationState::default()));
        Ok(Self { receivers: receivers.collect(), pipelines, board, since: None, next: None })
    }

    /// The journal cannot be reached at this moment.
    pub async fn lasts(&mut self) {
        let now = self.board.now();
        let since = *self.since.get_or_insert(now);
        let is_early = self.next.is_some_and(|next| Instant::now() < next);
        if now - since >= BLINK && !is_early {
            self.next = Some(Instant::now() + EVERY);
            self.tell(&[journal(AlertState::On)], now).await;
        }
    }

    /// It can be reached again, or somebody else has reached it.
    pub async fn ends(mut self) {
        let now = self.board.now();
        self.tell(&[journal(AlertState::Off)], now).await;
    }

    async fn tell(&mut self, conditions: &[Condition], now: DateTime<Utc>) {
        let (pipelines, deliveries) = (&self.pipelines, self.board.deliveries());
        let tried = self.receivers.iter_mut().map(async |(receiver, told)| {
            let cared_for = pipelines.iter().filter(|name| receiver.cares_for(name));
            let names = cared_for.map(String::as_str).collect::<Vec<_>>().join(&told!("、", ", "));
            let quiet = receiver.alert.limits.quiet;
            told.observe(conditions, now, quiet);
            let news = told.news(&names, conditions, now, quiet);
            if names.is_empty() || news.is_empty() {
                return;
            }
            let sent = receiver.send(&news, now).await;
            if sent.is_ok() {
                for notice in &news {
                    told.take(notice);
                }
            }
            deliveries.note(&receiver.name, sent, now);
        });
        join_all(tried).await;
    }
}

//! The person who decides about returns that wait: at random moments, upon what the journal showed, beside whatever the
//! program is doing. Decisions of a journal that is lost are lost with it, so nobody decides in such a world.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
use refund_sync::journal::{DecisionKind, State, Wish};
use refund_sync::store::{Choice, Decide, Queries as _, Request, Sqlite, Store};

use crate::clerk::typed;
use crate::climate::Climate;
use crate::record::Record;
use crate::rng::Rng;
use crate::shop::History;

/// How the numbers of bills begin that are typed because the program could not write them.
pub(crate) const BY_HAND: &str = "HAND-";
/// So many decisions at the most.
const MOST: u64 = 12;

/// The person.
#[derive(Debug)]
pub(crate) struct Operator {
    record: Record,
    site: Site,
    history: Arc<Mutex<History>>,
    path: PathBuf,
    pipeline: String,
    rng: Rng,
    hours: Vec<Duration>,
}

impl Operator {
    pub(crate) fn employ(
        climate: &Climate,
        record: &Record,
        site: &Site,
        history: &Arc<Mutex<History>>,
        (path, pipeline): (PathBuf, String),
    ) -> Self {
        let mut rng = Rng::of(climate.seed, "operator");
        let most = if climate.lost.is_none() { rng.below(MOST) } else { 0 };
        let mut hours: Vec<_> =
            (0..most).map(|_| rng.between(Duration::from_mins(2), climate.span)).collect();
        hours.sort_unstable();
        let (record, site, history) = (record.clone(), site.clone(), Arc::clone(history));
        Self { record, site, history, path, pipeline, rng, hours }
    }

    /// Goes to work.
    pub(crate) async fn work(mut self) {
        for hour in std::mem::take(&mut self.hours) {
            tokio::time::sleep_until(self.record.instant(hour)).await;
            // Before the first start there is nothing to decide about.
            if self.path.exists()
                && let Ok(journal) = Sqlite::open(&self.path)
            {
                self.decide(&journal.inline()).await;
            }
        }
    }

    async fn decide(&mut self, journal: &Sqlite) {
        let Ok(Some(row)) = journal.known_pipeline(&self.pipeline).await else { return };
        let parked = journal.parked_documents(row.id, None).await.unwrap();
        let decided = journal.decided(row.id, 0, 1_000).await.unwrap();
        let takes_back = !decided.is_empty() && (parked.is_empty() || self.rng.chance(300));
        let among = if takes_back { decided } else { parked };
        if among.is_empty() {
            return;
        }
        let document = self.rng.pick(&among);
        let kind = if takes_back {
            assert_eq!(document.state, State::Decided);
            DecisionKind::Undo
        } else {
            self.rng.pick(&[DecisionKind::Ignored, DecisionKind::Asked, DecisionKind::Booked])
        };
        let number = &document.refund_no;
        let bill = format!("{BY_HAND}{number}");
        if kind == DecisionKind::Booked
            && let Some(typed) = self.typed(number)
        {
            self.site.insert(StoredBill { number: bill.clone(), ..typed });
        }
        let note = if self.rng.chance(500) { "as agreed" } else { "" }.to_owned();
        let wish = Wish { kind, bill: Some(bill), note, by: "operator".to_owned() };
        let seen = journal.life(number).await.unwrap().remove(0).seen;
        let returns = vec![Choice { refund_no: number.clone(), seen }];
        self.record.note(format_args!("operator {number} {kind}"));
        let request = Request::Decide(Decide { wish, returns });
        journal.leave_request(row.id, request, self.record.now()).await.unwrap();
    }

    /// The bill that a person would type for a return as it is now, once.
    fn typed(&self, number: &str) -> Option<StoredBill> {
        let bill = format!("{BY_HAND}{number}");
        if self.site.bills().iter().any(|known| known.number == bill) {
            return None;
        }
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        typed(history.get(number)?.last()?)
    }
}

//! All lanes of one process, by seller and method.

use super::{Hold, Lane, LaneSnapshot, LimiterSnapshot, Pace, Quota};
use crate::protocol::known_by;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A limiter: a lane for each method of each 卖家账号 (sid), by whichever of its names the method is called:
/// `wdt.shop.query`, `hu3cgwt0tc.wdt.shop.query` and `shop.php` are one.
///
/// A client has its own unless it is given one by [`ClientBuilder::limiter`](crate::ClientBuilder::limiter);
/// clones share it, and so do clients that were given the same.
///
/// ```
/// use wdt_qimen_sdk::{Limiter, Quota};
///
/// # fn f(now: chrono::DateTime<chrono::Utc>) {
/// let limiter = Limiter::new(Quota::per_minute(60));
/// // … given to clients by `ClientBuilder::limiter`, and looked at from outside:
/// for (method, pace) in limiter.paces("shop2", now) {
///     println!("{method}: {:.1} calls a minute", pace.per_minute);
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Limiter {
    contract: Quota,
    lanes: Arc<Mutex<Lanes>>,
}

#[derive(Default)]
struct Lanes {
    live: BTreeMap<Key, Named<Arc<Lane>>>,
    /// What an earlier limiter knew of methods that were not called yet.
    resumed: BTreeMap<Key, Named<LaneSnapshot>>,
}

/// A sid, and what the method is known by whichever of its names is used.
type Key = (String, String);

/// Something of a method, with the name that people are told.
type Named<T> = (String, T);

fn key(sid: &str, method: &str) -> Key {
    (sid.to_owned(), known_by(method))
}

impl Limiter {
    /// A limiter whose every lane keeps this contract.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Client, Limiter, Quota};
    ///
    /// // Two accounts of one contract, each method of each with a pace of its own:
    /// let limiter = Limiter::new(Quota::per_minute(60));
    /// let builder = Client::builder().limiter(limiter.clone());
    /// # let _ = builder;
    /// assert_eq!(limiter.contract(), Quota::per_minute(60));
    /// ```
    pub fn new(contract: Quota) -> Self {
        Self { contract, lanes: Arc::default() }
    }

    /// The contract.
    pub fn contract(&self) -> Quota {
        self.contract
    }

    /// Takes up what is known of a seller's methods. One that was called already keeps what it knows itself, and the longer
    /// hold; of two names for one method, and of two snapshots, the one that is held longer counts.
    pub fn resume(&self, sid: &str, snapshot: LimiterSnapshot) {
        let resumed = &mut self.lanes().resumed;
        for (method, lane) in snapshot.lanes {
            let (_, before) = resumed.entry(key(sid, &method)).or_insert_with(|| (method, lane.clone()));
            if (lane.held_until, lane.next_call) > (before.held_until, before.next_call) {
                *before = lane;
            }
        }
    }

    pub(crate) fn lane(&self, sid: &str, method: &str, wall: DateTime<Utc>) -> Arc<Lane> {
        let lanes = &mut *self.merged(wall);
        let key = key(sid, method);
        if let Some((_, lane)) = lanes.live.get(&key) {
            return Arc::clone(lane);
        }
        let (_, before) = lanes.resumed.remove(&key).unwrap_or_default();
        let lane = Arc::new(Lane::new(self.contract, &before, wall));
        lanes.live.insert(key, (method.to_owned(), Arc::clone(&lane)));
        lane
    }

    /// The holds of a seller's methods, those that were not called yet included.
    pub(crate) fn holds(&self, sid: &str, wall: DateTime<Utc>) -> BTreeMap<String, Hold> {
        let lanes = self.merged(wall);
        let resumed = lanes.resumed.iter().filter_map(|((owner, _), (method, before))| {
            let until = before.held_until.filter(|until| *until > wall)?;
            Some((owner, method, Hold { until, said: before.said.clone().unwrap_or_default() }))
        });
        let live = lanes.live.iter();
        let live = live.filter_map(|((owner, _), (method, lane))| Some((owner, method, lane.held(wall)?)));
        let own = resumed.chain(live).filter(|(owner, ..)| *owner == sid);
        own.map(|(_, method, hold)| (method.clone(), hold)).collect()
    }

    /// Ends every hold of a seller's methods, and says how many there were.
    pub(crate) fn lift(&self, sid: &str, wall: DateTime<Utc>) -> usize {
        let held = self.holds(sid, wall).len();
        let lanes = &mut *self.merged(wall);
        for ((owner, _), (_, before)) in &mut lanes.resumed {
            if owner == sid {
                (before.held_until, before.said) = (None, None);
            }
        }
        lanes.live.iter().filter(|((owner, _), _)| owner == sid).for_each(|(_, (_, lane))| lane.lift());
        held
    }

    /// How each method of a seller that was called runs at `wall`, by name.
    pub fn paces(&self, sid: &str, wall: DateTime<Utc>) -> BTreeMap<String, Pace> {
        let lanes = self.merged(wall);
        let live = lanes.live.iter().filter(|((owner, _), _)| owner == sid);
        live.map(|(_, (method, lane))| (method.clone(), lane.pace(wall))).collect()
    }

    /// What is known of a seller's methods at `wall`, by the clock of the clients that share the limiter: to be kept, and
    /// given to [`resume`](Self::resume).
    ///
    /// ```
    /// use wdt_qimen_sdk::{Limiter, Quota};
    /// # fn f(now: chrono::DateTime<chrono::Utc>) -> Result<(), serde_json::Error> {
    /// let limiter = Limiter::new(Quota::per_minute(60));
    /// let kept = serde_json::to_string(&limiter.snapshot("shop2", now))?;
    /// Limiter::new(Quota::per_minute(60)).resume("shop2", serde_json::from_str(&kept)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot(&self, sid: &str, wall: DateTime<Utc>) -> LimiterSnapshot {
        let lanes = self.merged(wall);
        let resumed =
            lanes.resumed.iter().map(|((owner, _), (method, before))| (owner, method, before.clone()));
        let live = lanes.live.iter().map(|((owner, _), (method, lane))| (owner, method, lane.snapshot(wall)));
        let own = resumed.chain(live).filter(|(owner, ..)| *owner == sid);
        LimiterSnapshot { lanes: own.map(|(_, method, lane)| (method.clone(), lane)).collect() }
    }

    /// The lanes, those that are live with what was resumed of them since: which moment a hold ends at, only a clock tells.
    fn merged(&self, wall: DateTime<Utc>) -> MutexGuard<'_, Lanes> {
        let mut lanes = self.lanes();
        let Lanes { live, resumed } = &mut *lanes;
        resumed.retain(|key, (_, before)| {
            let lane = live.get(key);
            lane.inspect(|(_, lane)| lane.resume(before, wall)).is_none()
        });
        lanes
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("contract", &self.contract).finish_non_exhaustive()
    }
}

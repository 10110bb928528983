//! The wire between the worker and the simulated 金蝶: latency, answers lost while the site is still at work, the
//! log, and the watch over two rules: one number, one live call; never more calls a minute than the contract says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use kingdee_k3cloud_sdk::mock::{InMemory, Site};
use kingdee_k3cloud_sdk::transport::BoxError;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tower_service::Service;

use crate::climate::Climate;
use crate::plant::Plant;
use crate::record::{Record, digest};
use crate::rng::Rng;

/// The contract with 金蝶, in calls a minute.
pub(crate) const BOOKS_QUOTA: usize = 60;
/// No exchange of the simulated wire takes longer on the way.
const LATENCY: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(300));

/// A transport to the simulated site.
#[derive(Debug, Clone)]
pub(crate) struct BooksWire {
    site: InMemory,
    record: Record,
    plant: Option<Plant>,
    slowest_save: Duration,
    quota: usize,
    state: Arc<Mutex<State>>,
    pull_the_plug: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    lost_permille: u64,
    /// The next save is cut off in its middle, and the program with it.
    armed: bool,
    /// Numbers that this journal has sent.
    sent: BTreeSet<String>,
    /// How many calls now at work in 金蝶 carry a number.
    live: BTreeMap<String, u32>,
    /// When the calls of the last minute left.
    minute: VecDeque<Duration>,
    saves: u64,
    /// The first day that the program knows to be open.
    open_from: Option<NaiveDate>,
}

impl BooksWire {
    pub(crate) fn new(site: &Site, record: &Record, climate: &Climate, plant: Option<Plant>) -> Self {
        let state = State {
            rng: Rng::of(climate.seed, "books wire"),
            lost_permille: climate.lost_permille,
            armed: false,
            sent: BTreeSet::new(),
            live: BTreeMap::new(),
            minute: VecDeque::new(),
            saves: 0,
            open_from: None,
        };
        Self {
            site: site.service(),
            record: record.clone(),
            plant,
            slowest_save: climate.slowest_save,
            // One that wakes up does not know what its successor has called.
            quota: if climate.rivals { 2 * BOOKS_QUOTA } else { BOOKS_QUOTA },
            state: Arc::new(Mutex::new(state)),
            pull_the_plug: Arc::default(),
        }
    }

    /// From now on answers are lost no more.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        (state.lost_permille, state.armed) = (0, false);
    }

    /// The journal is another one: it has sent nothing.
    pub(crate) fn forget(&self) {
        self.state().sent.clear();
    }

    /// From now on nothing may be sent that is dated before that day; `None`: no month is closed.
    pub(crate) fn closes(&self, before: Option<NaiveDate>) {
        let mut state = self.state();
        if state.open_from != before {
            self.record.note(format_args!("closed before {before:?}"));
        }
        state.open_from = before;
    }

    /// Arms the plug: it is pulled while the next save is at work.
    pub(crate) fn arm(&self, armed: bool) {
        self.state().armed = armed;
    }

    /// Resolves when the plug is pulled.
    pub(crate) async fn unplugged(&self) {
        self.pull_the_plug.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let path = request.uri().path();
        let service =
            path.trim_end_matches(".common.kdsvc").rsplit('.').next().unwrap_or_default().to_owned();
        let saves = service == "BatchSave";
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let numbers = if saves { numbers(&body) } else { Vec::new() };
        self.record.note(format_args!(
            "-> 金蝶 {service} {} {:016x}",
            numbers.join(" "),
            digest(request.body())
        ));
        self.count();
        if saves {
            self.judge_dates(&body);
        }
        self.state().sent.extend(numbers.iter().cloned());
        let latency = self.state().rng.between(LATENCY.0, LATENCY.1);
        tokio::time::sleep(latency / 2).await;
        let (done, answer) = oneshot::channel();
        // The site goes on with what it has begun, whoever is still listening.
        tokio::spawn(self.clone().serve(request, numbers, done));
        let lost = if saves { self.draw_loss() } else { None };
        let answer = tokio::select! {
            biased;
            answer = answer => answer.unwrap_or_else(|_| Err(reset())),
            () = wait(lost) => Err(reset()),
        };
        tokio::time::sleep(latency / 2).await;
        match &answer {
            Ok(answer) => self.record.note(format_args!(
                "<- 金蝶 {service} {} {:016x}",
                answer.status(),
                digest(answer.body())
            )),
            Err(error) => self.record.note(format_args!("<- 金蝶 {service} {error}")),
        }
        answer.map(|answer| match self.plant {
            Some(Plant::AdoptVoided) => raise(answer, &body),
            Some(Plant::NoFirstLook) => hide(answer, &body, &self.state().sent),
            _ => answer,
        })
    }

    /// The site's own side of a call: it ends when the site is done with it.
    async fn serve(
        mut self,
        request: Request<Bytes>,
        numbers: Vec<String>,
        done: oneshot::Sender<Result<Response<Bytes>, BoxError>>,
    ) {
        for number in &numbers {
            let mut state = self.state();
            let live = state.live.entry(number.clone()).or_default();
            *live += 1;
            if *live > 1 {
                drop(state);
                self.record.offence(format!("sent while live: {number}"));
            }
        }
        // A stalled answer never comes, but the work behind it ends.
        let longest = self.slowest_save + Duration::from_secs(1);
        let answer = tokio::time::timeout(longest, self.site.call(request)).await;
        for number in &numbers {
            if let Some(live) = self.state().live.get_mut(number) {
                *live -= 1;
            }
        }
        match answer {
            // Nobody may be waiting any more.
            Ok(answer) => drop(done.send(answer)),
            Err(_) => std::future::pending().await,
        }
    }

    /// Whether this save's answer is lost on the way, and when; and whether the program is cut off with it.
    fn draw_loss(&self) -> Option<Duration> {
        let mut state = self.state();
        state.saves += 1;
        let most = self.slowest_save.max(Duration::from_millis(50));
        let after = state.rng.between(Duration::ZERO, most);
        if std::mem::take(&mut state.armed) {
            let plug = Arc::clone(&self.pull_the_plug);
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                plug.notify_one();
            });
            return None;
        }
        let permille = state.lost_permille;
        state.rng.chance(permille).then_some(after)
    }

    /// No bill is dated in a month that was closed before it was sent.
    fn judge_dates(&self, body: &Value) {
        let Some(open_from) = self.state().open_from else { return };
        for bill in body["data"]["Model"].as_array().into_iter().flatten() {
            let day = bill["FDate"].as_str().and_then(|date| date.get(..10)?.parse::<NaiveDate>().ok());
            if day.is_none_or(|day| day < open_from) {
                self.record
                    .offence(format!("{} is dated {day:?}, closed before {open_from}", bill["FBillNo"]));
            }
        }
    }

    fn count(&self) {
        let now = self.record.elapsed();
        let mut state = self.state();
        state.minute.push_back(now);
        while state.minute.front().is_some_and(|first| now - *first >= Duration::from_mins(1)) {
            state.minute.pop_front();
        }
        let calls = state.minute.len();
        drop(state);
        if calls > self.quota {
            self.record.offence(format!("{calls} calls to 金蝶 within a minute"));
        }
    }
}

impl Service<Request<Bytes>> for BooksWire {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}

async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

fn reset() -> BoxError {
    std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()
}

fn numbers(body: &Value) -> Vec<String> {
    let bills = body["data"]["Model"].as_array().into_iter().flatten();
    bills.filter_map(|bill| bill["FBillNo"].as_str()).map(str::to_owned).collect()
}

/// The planted bug: a look-up finds only what this journal has sent.
fn hide(answer: Response<Bytes>, asked: &Value, sent: &BTreeSet<String>) -> Response<Bytes> {
    let keys = asked["data"]["FieldKeys"].as_str().unwrap_or_default();
    let Some(column) = keys.split(',').position(|key| key == "FBillNo") else { return answer };
    let Ok(Value::Array(mut rows)) = serde_json::from_slice(answer.body()) else { return answer };
    rows.retain(|row| row[column].as_str().is_some_and(|number| sent.contains(number)));
    answer.map(|_| Bytes::from(Value::Array(rows).to_string()))
}

/// The planted bug: every voided bill of a look-up stands again.
fn raise(answer: Response<Bytes>, asked: &Value) -> Response<Bytes> {
    let keys = asked["data"]["FieldKeys"].as_str().unwrap_or_default();
    let Some(column) = keys.split(',').position(|key| key == "FCancelStatus") else { return answer };
    let Ok(Value::Array(mut rows)) = serde_json::from_slice(answer.body()) else { return answer };
    for row in &mut rows {
        if row[column] == "B" {
            row[column] = "A".into();
        }
    }
    answer.map(|_| Bytes::from(Value::Array(rows).to_string()))
}

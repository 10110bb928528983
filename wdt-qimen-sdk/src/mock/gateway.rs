//! The simulated gateway: settings, state, and the one transport-free handler that everything goes through.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};

use super::checks;
use super::dates::{Dates, Teller};
use super::faults::{Fault, Faults};
use super::lies::Lies;
use super::query::{Listed, Query};
use super::quota::{QuotaRule, QuotaState};
use super::refuse::Refuse;
use super::request::{Address, Params, plain_method};
use super::rng::Rng;
use super::seen::{MOST_KEPT, SeenRequest};
use super::settings::Settings;
use super::tables::Table;
use super::world::World;
use super::writes::{Writes, Written};

/// A simulated gateway. Cheap to clone; clones share everything.
///
/// ```
/// use wdt_qimen_sdk::mock::{self, Gateway};
/// let gateway = Gateway::builder().seed(7).build();
/// gateway.world().push(serde_json::json!({"refund_no": "TK1", "modified": "2026-11-20 10:00:00"}));
/// let client = wdt_qimen_sdk::Client::builder()
///     .sid(mock::SID)
///     .app_key(mock::APP_KEY)
///     .app_secret(mock::APP_SECRET)
///     .transport(gateway.service())
///     .build()?;
/// # Ok::<(), wdt_qimen_sdk::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) world: World,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) rng: Rng,
    pub(super) quota: Option<QuotaRule>,
    pub(super) faults: Faults,
    pub(super) lies: Lies,
    pub(super) dates: Teller,
    pub(super) lanes: BTreeMap<String, QuotaState>,
    pub(super) counts: Counts,
    pub(super) last_arrival: Option<DateTime<Utc>>,
    /// What goes wrong next, whatever the rates say.
    pub(super) planned: VecDeque<Fault>,
    pub(super) seen: VecDeque<SeenRequest>,
    pub(super) writes: Writes,
}

/// What an accepted request comes to.
enum Outcome {
    Listed(Listed),
    Written(Written),
}

/// What the simulator has seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests that arrived, refused ones included.
    pub arrivals: u64,
    /// Answers with rows (or with none to show).
    pub answered: u64,
    /// Refusals by code.
    pub refused: BTreeMap<i64, u64>,
    /// Those of them that its own limit caused, a [`QuotaRule`]: the others with code 7 fell by chance.
    pub over_limit: u64,
    /// Exchanges that were broken on purpose.
    pub broken: u64,
    /// The least time between two arrivals.
    pub closest: Option<Duration>,
}

impl Gateway {
    pub(super) fn new(settings: Settings, further: Vec<Table>, state: State) -> Self {
        let world = World::with(further);
        Self { shared: Arc::new(Shared { settings, world, state: Mutex::new(state) }) }
    }

    /// The rows it holds.
    pub fn world(&self) -> World {
        self.shared.world.clone()
    }

    /// What it has seen so far.
    ///
    /// ```
    /// # use wdt_qimen_sdk::mock::{Faults, Gateway};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Gateway::builder().faults(Faults { lost: 1.0, ..Faults::none() }).build();
    /// let error = gateway.client()?.call("wdt.trade.push", [("shop_no", "S001")]).await.unwrap_err();
    /// assert!(!error.may_resend());
    /// assert_eq!(gateway.counts().arrivals, 1, "a write is sent once");
    /// # Ok(())
    /// # }
    /// ```
    pub fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    /// Lets the next exchange fail in this way, whatever the rates say; asked again before that, the one after it, too.
    ///
    /// ```
    /// use wdt_qimen_sdk::mock::{Fault, Gateway};
    ///
    /// let gateway = Gateway::builder().build();
    /// // The next answer is lost, the one after it comes:
    /// gateway.fail_next(Fault::Lost);
    /// ```
    pub fn fail_next(&self, fault: Fault) {
        self.state().planned.push_back(fault);
    }

    /// The requests that arrived, refused ones included, the latest ten thousand in their order.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Replay;
    /// use wdt_qimen_sdk::mock::Gateway;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Gateway::builder().build();
    /// gateway.client()?.call_as(Replay::Safe, "wdt.shop.query", [("shop_no", "S001")]).await?;
    /// let [asked] = &gateway.requests()[..] else { panic!("one request") };
    /// assert_eq!((asked.method.as_str(), asked.param("shop_no")), ("wdt.shop.query", "S001"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.state().seen.iter().cloned().collect()
    }

    /// What was written by a method, as `wdt.trade.push`: each thing as it was last, or each call where a thing has no key.
    ///
    /// ```
    /// # use wdt_qimen_sdk::mock::Gateway;
    /// use wdt_qimen_sdk::method::write::{PushedOrder, PushedTrade, TradePush};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Gateway::builder().build();
    /// let line = PushedOrder::builder().oid("T1-1").spec_no("A001").num("2".parse()?).price("9.90".parse()?).build();
    /// let trade = PushedTrade::builder().tid("T1").paid("19.80".parse()?).order_list(vec![line]).build();
    /// gateway.client()?.write(&TradePush::builder().shop_no("S001").trade_list(vec![trade]).build()).await?;
    /// assert_eq!(gateway.written("wdt.trade.push")[0]["paid"], "19.80");
    /// # Ok(())
    /// # }
    /// ```
    pub fn written(&self, method: &str) -> Vec<serde_json::Value> {
        self.state().writes.of(method)
    }

    /// Changes the limit while a client runs. What was counted so far counts on, and a ban stays.
    ///
    /// ```
    /// use wdt_qimen_sdk::chrono::TimeDelta;
    /// use wdt_qimen_sdk::mock::{Gateway, QuotaRule};
    ///
    /// let gateway = Gateway::builder().build();
    /// // From now on 20 calls within any minute, and half a minute of silence for who calls more:
    /// gateway.set_quota(Some(QuotaRule::sliding(20, TimeDelta::minutes(1)).ban(TimeDelta::seconds(30))));
    /// ```
    pub fn set_quota(&self, quota: Option<QuotaRule>) {
        self.state().quota = quota;
    }

    /// Changes what goes wrong while a client runs.
    ///
    /// ```
    /// use wdt_qimen_sdk::mock::{Faults, Gateway};
    ///
    /// let gateway = Gateway::builder().build();
    /// // The gateway goes down, and comes back:
    /// gateway.set_faults(Faults { status: 1.0, ..Faults::none() });
    /// gateway.set_faults(Faults::none());
    /// ```
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// Changes what answers say that is not so, while a client runs.
    pub fn set_lies(&self, lies: Lies) {
        self.state().lies = lies;
    }

    /// Changes what its `Date` header says while a client runs.
    pub fn set_dates(&self, dates: Dates) {
        self.state().dates = Teller::of(dates);
    }

    /// Lets its `Date` header say this in the next answers, and after them again what it said before.
    pub fn set_dates_for(&self, answers: u32, dates: Dates) {
        self.state().dates.for_the_next(answers, dates);
    }

    /// Answers one request. Of the faults those that are answers happen here (HTML, statuses, redirects,
    /// refusals); those of the wire are for the adapters.
    ///
    /// ```
    /// use wdt_qimen_sdk::bytes::Bytes;
    /// use wdt_qimen_sdk::http;
    /// use wdt_qimen_sdk::mock::Gateway;
    ///
    /// /// Behind a server of your own: one function from request to response.
    /// fn serve(gateway: &Gateway, request: &http::Request<Bytes>) -> http::Response<Bytes> {
    ///     gateway.handle(request)
    /// }
    /// ```
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let fault = self.roll();
        self.answer(request, fault)
    }

    /// Draws what goes wrong with the next exchange.
    pub(super) fn roll(&self) -> Option<Fault> {
        let state = &mut *self.state();
        let rolled = state.faults.roll(&mut state.rng);
        let fault = state.planned.pop_front().or(rolled);
        state.counts.broken += u64::from(fault.is_some());
        fault
    }

    /// What it was told, for who makes a client of it.
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(super) fn latency(&self) -> (Duration, Duration) {
        let state = self.state();
        (state.faults.latency, state.faults.delay)
    }

    pub(super) fn answer(&self, request: &Request<Bytes>, fault: Option<Fault>) -> Response<Bytes> {
        let now = (self.shared.settings.now)();
        let address = Address::of(request);
        self.count_arrival(SeenRequest::of(address, Params::of(request), now));
        let json = |text: Vec<u8>| self.response(StatusCode::OK, "application/json;charset=utf-8", text, now);
        let page = |status, text: &str| self.response(status, "text/html", text.into(), now);
        match fault {
            Some(Fault::Html) => {
                return page(StatusCode::OK, "<html><body>访问受限，系统维护中</body></html>");
            }
            Some(Fault::Status) => {
                let mut response = page(StatusCode::SERVICE_UNAVAILABLE, "<html>503</html>");
                if let Some(time) = self.state().faults.retry_after {
                    response.headers_mut().insert(RETRY_AFTER, time.as_secs().into());
                }
                return response;
            }
            Some(Fault::Redirect) => {
                let mut response = page(StatusCode::TEMPORARY_REDIRECT, "");
                let elsewhere = HeaderValue::from_static("http://elsewhere.invalid/router/qm");
                response.headers_mut().insert(LOCATION, elsewhere);
                return response;
            }
            _ => {}
        }
        if self.is_nowhere(address) {
            return page(StatusCode::NOT_FOUND, "<html><body>404 Not Found</body></html>");
        }
        let native = matches!(address, Address::Native(_));
        let result = match fault {
            Some(Fault::Busy) => Err(Refuse::gateway(10, "Service Currently Unavailable")),
            Some(Fault::Remote) => Err(Refuse::error(
                15,
                "Remote service error",
                "isp.remote-service-timeout",
                "remote service timeout",
            )),
            Some(Fault::Limited) => Err(Refuse::limited(1)),
            _ => self.judge(request, address, now),
        };
        match result {
            Ok(outcome) => {
                self.state().counts.answered += 1;
                let lies = self.state().lies.at(now);
                json(match outcome {
                    Outcome::Listed(listed) => lies.write(&listed, native),
                    Outcome::Written(written) => written.answer(native),
                })
            }
            Err(refuse) => {
                let refuse = if native { refuse.native() } else { refuse };
                *self.state().counts.refused.entry(refuse.code).or_default() += 1;
                json(refuse.body.to_string().into())
            }
        }
    }

    /// A path that no gateway listens on, or a page that the native one does not have.
    fn is_nowhere(&self, address: Address<'_>) -> bool {
        match address {
            Address::Qimen => false,
            Address::Native(page) => {
                self.shared.world.table(page).is_none_or(|table| table.method == page)
                    && self.state().writes.name(page, true).is_none_or(|method| method == page)
            }
            Address::Nowhere => true,
        }
    }

    fn judge(
        &self,
        request: &Request<Bytes>,
        address: Address<'_>,
        now: DateTime<Utc>,
    ) -> Result<Outcome, Refuse> {
        let settings = &self.shared.settings;
        let params = Params::of(request);
        let (method, native) = if let Address::Native(page) = address {
            checks::check_native(settings, &params, now + settings.skew)?;
            (page, true)
        } else {
            checks::check(settings, request, &params, now + settings.skew)?;
            (plain_method(params.get("method").unwrap_or_default()).0, false)
        };
        let state = &mut *self.state();
        if let Some(rule) = &state.quota {
            let lane = state.lanes.entry(method.to_owned()).or_default();
            if let Err(seconds) = lane.arrive(rule, now) {
                state.counts.over_limit += 1;
                return Err(Refuse::limited(seconds));
            }
        }
        match params.get("sid") {
            None => {
                return Err(
                    Refuse::gateway(40, "Missing required arguments").sub("isv.missing-parameter", "sid")
                );
            }
            Some(sid) if sid != settings.sid => return Err(Refuse::erp(2010, "卖家账号不存在")),
            Some(_) => {}
        }
        if let Some(method) = state.writes.name(method, native) {
            return state.writes.write(&method, &params).map(Outcome::Written);
        }
        let world = &self.shared.world;
        let Some(table) = world.table(method).filter(|table| native || table.method == method) else {
            return Err(Refuse::gateway(22, "Invalid Method"));
        };
        let query = Query::of(table, &params)?;
        let (order, page_cap) = (settings.order, settings.page_cap);
        let listed = world.read(method, |rows| query.answer(rows, order, page_cap, now, &mut state.rng));
        Ok(Outcome::Listed(listed))
    }

    fn count_arrival(&self, request: SeenRequest) {
        let state = &mut *self.state();
        let now = request.at;
        if state.seen.len() == MOST_KEPT {
            state.seen.pop_front();
        }
        state.seen.push_back(request);
        state.counts.arrivals += 1;
        if let Some(last) = state.last_arrival.replace(now) {
            let gap = (now - last).to_std().unwrap_or_default();
            state.counts.closest = Some(state.counts.closest.map_or(gap, |closest| closest.min(gap)));
        }
    }

    fn response(
        &self,
        status: StatusCode,
        kind: &'static str,
        text: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        for date in self.state().dates.next(now + self.shared.settings.skew) {
            headers.append(DATE, date);
        }
        response
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("rows", &self.world().len()).field("counts", &self.counts()).finish()
    }
}

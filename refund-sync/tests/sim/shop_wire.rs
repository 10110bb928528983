//! The wire between the worker and the simulated 旺店通: it writes the log, and bends answers where a bug is planted.
//! What breaks on it is the simulator's own (`wdt_qimen_sdk::mock::Faults`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{Request, Response};
use serde_json::{Value, json};
use tower_service::Service;
use wdt_qimen_sdk::mock::{self, Gateway, InMemory};
use wdt_qimen_sdk::transport::BoxError;
use wdt_qimen_sdk::{Client, Quota};

use crate::plant::Plant;
use crate::planted::{Asked, Hold, Planted, hold_of, rows_of};
use crate::record::{Record, digest};
use crate::refusals::Pace;

/// How long an answer can hold calls up, if it says that the server is busy.
const LONGEST_BUSY: Duration = Duration::from_mins(5);

/// Rows by the window that was asked for.
type Walked = BTreeMap<(String, String), Vec<Value>>;

/// A transport to the simulated gateway.
#[derive(Debug, Clone)]
pub(crate) struct ShopWire {
    gateway: InMemory,
    record: Record,
    plant: Option<Plant>,
    planted: Arc<Mutex<Planted>>,
    pace: Arc<Mutex<Pace>>,
    /// What walking forward brought, by window: only a planted bug asks.
    walked: Arc<Mutex<Walked>>,
    pager: Option<Client>,
    /// By how much the last `Date` header was ahead of true time.
    heard: Arc<Mutex<Option<TimeDelta>>>,
}

impl ShopWire {
    pub(crate) fn new(gateway: &Gateway, record: &Record, plant: Option<Plant>) -> Self {
        let clock = record.clone();
        let pager = (plant == Some(Plant::ForwardPaging)).then(|| {
            Client::builder()
                .sid(mock::SID)
                .app_key(mock::APP_KEY)
                .app_secret(mock::APP_SECRET)
                .quota(Quota::per_minute(60))
                .clock(move || clock.now())
                .seed(0)
                .transport(gateway.service())
                .build()
                .unwrap()
        });
        let (gateway, record) = (gateway.service(), record.clone());
        let (planted, pace, walked, heard) = Default::default();
        Self { gateway, record, plant, planted, pace, walked, pager, heard }
    }

    async fn exchange(mut self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let parameters: Asked = url::form_urlencoded::parse(request.body()).into_owned().collect();
        let asked = |key: &str| parameters.get(key).cloned().unwrap_or_default();
        let (start, end, page) = (asked("start_time"), asked("end_time"), asked("page_no"));
        let name = format!("旺店通 {start} … {end} page {page}{}", asked("refund_no"));
        let kept_back = self.planted().keeps_back(self.plant, self.record.elapsed());
        let Some(kept_back) = kept_back else {
            return Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into());
        };
        if !kept_back.is_zero() {
            tokio::time::sleep(kept_back).await;
        }
        self.pace().leaves(self.record.elapsed());
        self.record.note(format_args!("-> {name} {:016x}", digest(request.body())));
        let answer = match (&self.pager, self.plant) {
            (Some(pager), _) if !start.is_empty() => {
                let size = asked("page_size").parse().unwrap_or(40);
                self.walk_forward(pager, &start, &end, page.parse().unwrap_or(0), size).await
            }
            _ => self.gateway.call(request).await,
        };
        let now = self.record.elapsed();
        let hold = answer.as_ref().ok().and_then(hold_of);
        self.planted().learns(hold, now);
        let silence = match hold {
            Some(Hold::Limited(ban)) => ban + Duration::from_secs(1),
            Some(Hold::Busy(time)) => time.min(LONGEST_BUSY),
            None => Duration::ZERO,
        };
        self.pace().arrives(now, silence);
        let answer = answer.map(|answer| match self.plant {
            Some(plant) => self.planted().bends(plant, &parameters, answer),
            None => answer,
        });
        match &answer {
            Ok(answer) => {
                self.hear(answer);
                self.record.note(format_args!(
                    "<- {name} {} {:016x}",
                    answer.status(),
                    digest(answer.body())
                ));
            }
            Err(error) => self.record.note(format_args!("<- {name} {error}")),
        }
        answer
    }

    /// How calls followed each other.
    pub(crate) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn planted(&self) -> MutexGuard<'_, Planted> {
        self.planted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By how much the last `Date` header was ahead of true time.
    pub(crate) fn heard(&self) -> Option<TimeDelta> {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, answer: &Response<Bytes>) {
        let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
        if let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
            let off = date.to_utc() - self.record.now();
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(off);
        }
    }

    /// The planted pager: page 0 walks the window forward, later pages come out of what that brought.
    async fn walk_forward(
        &self,
        pager: &Client,
        start: &str,
        end: &str,
        page: usize,
        size: usize,
    ) -> Result<Response<Bytes>, BoxError> {
        let window = (start.to_owned(), end.to_owned());
        if page == 0 {
            let mut all: Vec<Value> = Vec::new();
            for number in 0.. {
                let params = [
                    ("start_time", start.to_owned()),
                    ("end_time", end.to_owned()),
                    ("page_no", number.to_string()),
                    ("page_size", size.to_string()),
                ];
                let answer = pager.call("wdt.refund.query", &params).await?;
                let rows = rows_of(&serde_json::from_str(answer.text())?);
                let last = rows.is_empty();
                for row in rows {
                    if !all.iter().any(|known| known["refund_no"] == row["refund_no"]) {
                        all.push(row);
                    }
                }
                if last {
                    break;
                }
            }
            self.walked().insert(window.clone(), all);
        }
        let walked = self.walked();
        let all = walked.get(&window).map(Vec::as_slice).unwrap_or_default();
        let rows: Vec<_> = all.iter().skip(page * size).take(size).collect();
        let body = json!({ "response": { "errorcode": 0, "total_count": all.len(), "refunds": rows } });
        let date = self.record.now().with_timezone(&Utc).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        Ok(Response::builder().header(http::header::DATE, date).body(Bytes::from(body.to_string()))?)
    }

    fn walked(&self) -> MutexGuard<'_, Walked> {
        self.walked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service<Request<Bytes>> for ShopWire {
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

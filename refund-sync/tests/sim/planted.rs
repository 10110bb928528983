//! Planted bugs that live on the wire to 旺店通: what each of them makes of an answer, or of a call. Which one is in a
//! world is `plant`'s; the wire itself is `shop_wire`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use serde_json::{Value, json};

use crate::plant::Plant;
use crate::shop::figure;

/// The slowest that a limiter becomes that takes every refusal for the limit's.
const FLOOR: Duration = Duration::from_mins(1);

/// What a planted bug remembers from call to call.
#[derive(Debug, Default)]
pub(crate) struct Planted {
    /// Windows whose first page was taken for all of them.
    believed: BTreeSet<Asked>,
    /// The time between calls that was learned from refusals, and when the last one left.
    spacing: Duration,
    left: Duration,
    /// Until when nothing is called.
    held_until: Duration,
}

/// What a call asks for: parameters and values.
pub(crate) type Asked = BTreeMap<String, String>;

/// What an answer asked for: so much silence, because of a limit or for another reason.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hold {
    Limited(Duration),
    Busy(Duration),
}

impl Planted {
    /// How long a call is kept back; `None`: it is not made at all.
    pub(crate) fn keeps_back(&mut self, plant: Option<Plant>, now: Duration) -> Option<Duration> {
        match plant {
            Some(Plant::EndlessHold) if now < self.held_until => None,
            Some(Plant::LimiterFloor) => {
                let at = now.max(self.left + self.spacing);
                self.left = at;
                Some(at - now)
            }
            _ => Some(Duration::ZERO),
        }
    }

    /// Learns from what an answer asks for.
    pub(crate) fn learns(&mut self, hold: Option<Hold>, now: Duration) {
        match hold {
            Some(Hold::Limited(_)) => {
                self.spacing = (self.spacing * 2).clamp(Duration::from_secs(2), FLOOR);
            }
            Some(Hold::Busy(time)) => self.held_until = self.held_until.max(now.saturating_add(time)),
            // It climbs, as fast as one dares to whose limit is a minute's.
            None => self.spacing = self.spacing.mul_f64(0.99),
        }
    }

    /// What the program is given to read.
    pub(crate) fn bends(&mut self, plant: Plant, asked: &Asked, answer: Response<Bytes>) -> Response<Bytes> {
        let start = asked.get("start_time").map(String::as_str).unwrap_or_default();
        match plant {
            Plant::StrictBoundary => bend(answer, |rows| {
                rows.retain(|row| start.is_empty() || row["modified"].as_str() != Some(start));
            }),
            Plant::RoundEachLine => bend(answer, |rows| rows.iter_mut().for_each(round_lines)),
            Plant::TrustTheTotal => self.believe(asked, answer),
            Plant::DuplicateKey => last_key_wins(answer),
            Plant::RowRefusesPage => whole_or_nothing(answer),
            _ => answer,
        }
    }

    /// A first page whose total its rows reach is all there is, full or not; what is asked behind it is not there.
    fn believe(&mut self, asked: &Asked, answer: Response<Bytes>) -> Response<Bytes> {
        let Ok(mut body) = serde_json::from_slice::<Value>(answer.body()) else { return answer };
        let mut window = asked.clone();
        window
            .retain(|key, _| ["method", "start_time", "end_time", "process_status"].contains(&key.as_str()));
        let Some(rows) = body["response"]["refunds"].as_array() else { return answer };
        let shown = rows.len() as u64;
        if asked.get("page_no").is_none_or(|page| page == "0") {
            if body["response"]["total_count"].as_u64().is_none_or(|total| total > shown) {
                self.believed.remove(&window);
                return answer;
            }
            self.believed.insert(window);
            body["response"]["total_count"] = shown.into();
        } else if self.believed.contains(&window) {
            body["response"]["refunds"] = json!([]);
        }
        answer.map(|_| Bytes::from(body.to_string()))
    }
}

/// What an answer asks for.
pub(crate) fn hold_of(answer: &Response<Bytes>) -> Option<Hold> {
    if !answer.status().is_success() {
        let said = answer.headers().get(http::header::RETRY_AFTER)?.to_str().ok()?;
        return said.parse().ok().map(Duration::from_secs).map(Hold::Busy);
    }
    let body = std::str::from_utf8(answer.body()).ok()?;
    let seconds = body.split_once("ban will last for ")?.1.split(' ').next()?;
    seconds.parse().ok().map(Duration::from_secs).map(Hold::Limited)
}

/// Of a key that stands twice the last one counts: an empty list, and nothing that is counted.
fn last_key_wins(answer: Response<Bytes>) -> Response<Bytes> {
    let is_twice = std::str::from_utf8(answer.body()).is_ok_and(|text| {
        ["\"refunds\":", "\"response\":", "\"total_count\":"].iter().any(|key| text.matches(key).count() > 1)
    });
    if !is_twice {
        return answer;
    }
    let empty = json!({ "response": { "errorcode": 0, "total_count": 0, "refunds": [] } });
    answer.map(|_| Bytes::from(empty.to_string()))
}

/// A page is read whole, or not at all.
fn whole_or_nothing(answer: Response<Bytes>) -> Response<Bytes> {
    let is_page = answer.body().windows(9).any(|bytes| bytes == b"\"refunds\"");
    if !is_page || serde_json::from_slice::<serde::de::IgnoredAny>(answer.body()).is_ok() {
        return answer;
    }
    answer.map(|_| Bytes::from_static(b"{}"))
}

pub(crate) fn rows_of(answer: &Value) -> Vec<Value> {
    let body = answer.get("response").unwrap_or(answer);
    body["refunds"].as_array().cloned().unwrap_or_default()
}

/// Rewrites the rows of an answer; what left it is no longer counted.
fn bend(answer: Response<Bytes>, change: impl FnOnce(&mut Vec<Value>)) -> Response<Bytes> {
    let Ok(mut body) = serde_json::from_slice::<Value>(answer.body()) else { return answer };
    let Some(rows) = body["response"]["refunds"].as_array_mut() else { return answer };
    let before = rows.len();
    change(rows);
    let left = before - rows.len();
    if let Some(total) = body["response"]["total_count"].as_u64() {
        body["response"]["total_count"] = total.saturating_sub(left as u64).into();
    }
    answer.map(|_| Bytes::from(body.to_string()))
}

fn round_lines(row: &mut Value) {
    for line in row["refund_order_list"].as_array_mut().into_iter().flatten() {
        if let Some(share) = figure(&line["refund_order_amount"]) {
            line["refund_order_amount"] =
                share.round_dp_with_strategy(2, MidpointAwayFromZero).to_string().into();
        }
    }
}

//! `/healthz`: the process answers. `/readyz`: the journal answers, and every pipeline's last cycle is young enough.
//! `/metrics`: how everything is doing, for Prometheus; what is told there is `metrics`'.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use chrono::TimeDelta;

use super::app_state::AppState;
use crate::lang::told;
use crate::serve::View;
use crate::serve::metrics::{self, Scrape};
use crate::text::shown;
use crate::worker::CLOCK_TROUBLE;

/// A cycle may be this late before that is a reason to call us not ready: a failed one is tried again by then.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(house): State<AppState>) -> (StatusCode, String) {
    let mut faults = String::new();
    let asked = async { house.journal.store()?.status().await };
    if let Err(error) = asked.await {
        // Writing to a String cannot fail.
        let (why, error) = (told!("同步台账无响应", "the journal does not answer"), error.to_string());
        let _ = writeln!(faults, "{why}: {}", shown(&error));
    }
    let now = house.board.now();
    for (name, view) in house.board.views() {
        let overdue = view.overdue(now);
        if overdue > PATIENCE {
            let minutes = overdue.num_minutes();
            let mut fault =
                told!("已 {minutes} 分钟没有成功的运行", "no complete cycle for {minutes} minutes");
            if is_a_clock(&view) {
                let _ = write!(fault, " ({CLOCK_TROUBLE})");
            }
            let _ = writeln!(faults, "{name}: {fault}");
        }
    }
    if faults.is_empty() {
        (StatusCode::OK, "ok\n".into())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, faults)
    }
}

/// The last run came to nothing because of this machine's clock.
fn is_a_clock(view: &View) -> bool {
    let status = view.status.as_ref();
    let outcome = status.and_then(|status| status.runs.first()?.outcome.as_ref());
    let failure = outcome.and_then(|outcome| outcome.get("failures")?.get(0)?.as_str());
    failure.is_some_and(|failure| {
        [&CLOCK_TROUBLE.zh, &CLOCK_TROUBLE.en].iter().any(|word| failure.starts_with(word.as_ref()))
    })
}

pub(super) async fn metrics(State(house): State<AppState>) -> impl IntoResponse {
    let board = &house.board;
    let sight = Scrape { now: board.now(), views: board.views(), deliveries: board.deliveries().views() };
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render(&sight))
}

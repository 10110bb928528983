//! The status page: what people see of the pipelines, and what they may order there. One concern a file: `gate` lets
//! in, `overview`, `parked` and `life` show, `action` takes orders, `live` keeps open pages true.
//! Everything is escaped by the templates, and nothing is loaded from anywhere else.

mod action;
mod assets;
mod frame;
mod gate;
mod lang;
mod life;
mod link;
mod live;
mod login;
mod notice;
mod overview;
mod parked;
mod plot;
mod reconciled;
mod run;
mod session;
mod words;

use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, Semaphore};

use super::House;
use crate::store::{Hour, PipelineStatus, StoreError};
use gate::Visitor;
use session::Seal;

/// What every handler of the page works with.
#[derive(Debug, Clone)]
struct Page {
    house: House,
    /// `None`: there is no token, and nobody acts.
    seal: Option<Arc<Seal>>,
    /// One for each stream of `live`.
    places: Arc<Semaphore>,
    seen: Arc<Mutex<Seen>>,
    shown: Arc<Mutex<Shown>>,
}

/// What there was to see, and when that was looked up.
type Seen = Option<(DateTime<Utc>, String)>;

/// What the journal said when there was last something new, for whoever asks until there is something newer.
#[derive(Debug, Clone, Default)]
struct Shown {
    seen: String,
    hour: DateTime<Utc>,
    statuses: Arc<Vec<PipelineStatus>>,
    hours: Arc<Vec<Hour>>,
}

/// How long one look at the journal serves all open pages.
const FRESH: TimeDelta = TimeDelta::milliseconds(500);
/// How far the plot reaches back.
const PLOTTED: TimeDelta = TimeDelta::hours(23);

/// The pages and their actions.
pub(super) fn router(house: House) -> Router {
    let page = Page {
        seal: house.access.token().map(|token| Arc::new(Seal::new(token))),
        house,
        places: Arc::new(Semaphore::new(live::MOST)),
        seen: Arc::default(),
        shown: Arc::default(),
    };
    Router::new()
        .route("/", get(overview::show))
        .route("/parked", get(parked::show))
        .route("/refund/{refund_no}", get(life::show))
        .route("/find", get(life::find))
        .route("/events", get(live::events))
        .route("/act", post(action::act))
        .route("/login", get(login::form).post(login::log_in))
        .route("/logout", post(login::log_out))
        .fallback(async |Extension(visitor): Extension<Visitor>| notice::nowhere(&visitor))
        .layer(middleware::from_fn_with_state(page.clone(), gate::gate))
        .with_state(page)
        // What has no secret needs no door.
        .merge(assets::router())
        .layer(middleware::map_response(sealed))
}

impl Page {
    /// A word that is another one whenever there is something new to see.
    async fn seen(&self) -> Result<String, StoreError> {
        let now = self.house.board.now();
        let mut seen = self.seen.lock().await;
        if let Some((at, word)) = &*seen
            && (TimeDelta::zero()..FRESH).contains(&(now - *at))
        {
            return Ok(word.clone());
        }
        let mut digest = Sha256::new_with_prefix(self.house.journal.store()?.revision().await?);
        for (name, view) in self.house.board.views() {
            let held_until = view.pace.held_until.filter(|until| *until > now);
            let paused = view.kingdee_hold.map(|hold| hold.until).filter(|until| *until > now);
            let reconciled = view.reconciled.map(|verdict| verdict.at);
            let shown = (name, view.schedule, view.next, view.running, view.stopped, held_until, reconciled);
            digest.update(format!("{shown:?} {:?}", paused.map(|until| until.timestamp())));
        }
        let word = base16ct::lower::encode_string(&digest.finalize()[..8]);
        *seen = Some((now, word.clone()));
        Ok(word)
    }

    /// What the journal says, read anew when there is something new.
    async fn shown(&self) -> Result<Shown, StoreError> {
        let seen = self.seen().await?;
        let hour = plot::hour(self.house.board.now());
        let mut shown = self.shown.lock().await;
        if shown.seen != seen || shown.hour != hour {
            let store = self.house.journal.store()?;
            let statuses = Arc::new(store.status().await?);
            let hours = Arc::new(store.hours(hour - PLOTTED).await?);
            *shown = Shown { seen, hour, statuses, hours };
        }
        Ok(shown.clone())
    }
}

impl Shown {
    /// How many documents wait for a person.
    fn parked(&self) -> u64 {
        self.statuses.iter().flat_map(|status| status.parked.values()).sum()
    }
}

/// Nothing is loaded, framed or sent elsewhere, whatever a text on the page tries.
async fn sealed(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // With none at all a browser would not say where a form of ours comes from.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

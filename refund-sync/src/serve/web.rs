//! The listener of `serve`: who may see and do what, health, metrics. What people look at is in `web::page`.
//! What is shown is the board's and the journal's; what a person orders goes into the journal, like everybody's.

mod access;
mod address;
mod health;
mod journal;
mod listener;
mod minutely;
mod page;
mod stream;
mod throttle;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;

pub use access::{Access, Unprotected};
pub use journal::{Journal, Reached};
pub use listener::serve;

use crate::serve::Board;

/// What every handler works with: a house that is looked at, and orders left at its door.
///
/// An order is a request in the journal ([`leave_request`](crate::store::Store::leave_request) with `Run` or `Retry`,
/// [`set_paused`](crate::store::Store::set_paused)): the
/// task of the pipeline takes it up within a second, whichever process that is.
#[derive(Debug, Clone)]
pub struct House {
    /// What the pipelines show while they work. Its clock is everybody's.
    pub board: Board,
    /// The journal, to read and to leave orders in; never to work it.
    pub journal: Journal,
    /// Who may see and do what.
    pub access: Access,
}

/// Everything that the listener answers.
pub fn router(house: House) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route_layer(middleware::from_fn_with_state(house.clone(), access::see))
        .layer(middleware::map_response(quiet))
        .with_state(house.clone())
        .merge(page::router(house))
}

/// Nothing of ours is for a cache, a frame or a guess.
async fn quiet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

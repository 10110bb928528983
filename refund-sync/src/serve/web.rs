//! The listener of `serve`: who may see and do what, health, metrics. What people look at is in `web::page`, what programs
//! ask in `web::api`.
//! What is shown is the board's and the journal's; what a person orders goes into the journal, like everybody's.

mod access;
mod address;
mod api;
mod app_state;
mod guard;
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
pub use api::openapi;
pub use app_state::AppState;
pub use journal::{Journal, Reached};
pub use listener::serve;

/// Everything that the listener answers.
pub fn router(house: AppState) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route_layer(middleware::from_fn_with_state(house.clone(), guard::see))
        .layer(middleware::map_response(quiet))
        .with_state(house.clone())
        .merge(api::router(house.clone()).layer(middleware::map_response(quiet)))
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

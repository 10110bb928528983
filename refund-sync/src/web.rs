//! The listener of `serve`: who may see and do what, health, metrics. What people look at is in `web::page`.
//! What is shown is the board's and the journal's; what a person orders goes into the journal, like everybody's.

mod access;
mod health;
mod page;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use access::{Access, Unprotected};

use crate::store::Store;
use crate::supervise::Board;

/// How long open answers are waited for when the listener ends; a stream of events never ends by itself.
const GRACE: Duration = Duration::from_secs(3);

/// What every handler works with: a house that is looked at, and orders left at its door.
///
/// An order is a request in the journal ([`Store::leave_request`] with `Run` or `Retry`, [`Store::set_paused`]): the
/// task of the pipeline takes it up within a second, whichever process that is.
#[derive(Debug, Clone)]
pub struct House {
    /// What the pipelines show while they work. Its clock is everybody's.
    pub board: Board,
    /// The journal, to read and to leave orders in; never to work it.
    pub store: Arc<dyn Store>,
    /// Who may see and do what.
    pub access: Access,
}

/// Everything that the listener answers.
pub fn router(house: House) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route_layer(middleware::from_fn_with_state(house.access.clone(), access::see))
        .layer(middleware::map_response(quiet))
        .with_state(house.clone())
        .merge(page::router(house))
}

/// Answers until `ending` says true; then open answers have a few seconds.
///
/// # Errors
/// What the listener fails with.
pub async fn serve(
    listener: TcpListener,
    house: House,
    ending: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let app = router(house).into_make_service_with_connect_info::<SocketAddr>();
    let ended = |mut ending: watch::Receiver<bool>| async move {
        // A sender that is gone is an end too.
        let _ = ending.wait_for(|ending| *ending).await;
    };
    let graceful = axum::serve(listener, app).with_graceful_shutdown(ended(ending.clone()));
    tokio::select! {
        biased;
        served = graceful => served,
        () = async {
            ended(ending).await;
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
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

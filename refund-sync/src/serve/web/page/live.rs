//! Tells open pages that something has changed, by server-sent events. What changed they ask for themselves: the stream
//! carries one word, the [`Page::seen`] of now, and nothing of anybody's business.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;

use super::notice;
use super::state::Page;
use super::visitor::Visitor;

/// How often the journal is looked at; the board tells by itself.
const LOOK: Duration = Duration::from_secs(1);
/// How often a word is sent although nothing changed, so that proxies keep the line.
const ALIVE: Duration = Duration::from_secs(15);

/// One open page.
struct Watcher {
    page: Page,
    told: Option<String>,
    _place: OwnedSemaphorePermit,
}

/// The stream.
pub(super) async fn events(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let Ok(place) = Arc::clone(&page.places).try_acquire_owned() else {
        return notice::of(
            &visitor,
            StatusCode::SERVICE_UNAVAILABLE,
            "打开的页面过多，请手动刷新。",
            "Too many pages are open: reload by hand.",
        );
    };
    let watcher = Watcher { page, told: None, _place: place };
    let words = stream::unfold(watcher, |mut watcher| async {
        let seen = watcher.next().await;
        Some((Ok::<_, Infallible>(Event::default().event("seen").data(seen)), watcher))
    });
    Sse::new(words).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

impl Watcher {
    /// What there is to see, once it is another thing than was told last; at once for the first time.
    async fn next(&mut self) -> String {
        loop {
            // While the journal does not answer there is nothing to tell.
            if let Ok(seen) = self.page.seen().await
                && self.told.as_ref() != Some(&seen)
            {
                self.told = Some(seen.clone());
                return seen;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

//! The listener, for as long as the process serves. What is answered is `web`'s.

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::station::{LOOK, ended};
use crate::config::StoreUrl;
use crate::store::{self, Store};
use crate::web::{self, House};

/// Answers until `ends`. The journal's connection is another one than the workers', and opened anew when it breaks.
pub(super) async fn answer(
    listener: TcpListener,
    mut house: House,
    url: StoreUrl,
    mut ends: watch::Receiver<bool>,
) {
    let Ok(listener) = listener.into_std() else { return };
    loop {
        let Ok(listener) = listener.try_clone().and_then(TcpListener::from_std) else { return };
        let (end, page_ends) = watch::channel(false);
        let serving = tokio::spawn(web::serve(listener, house.clone(), page_ends));
        let is_over = tokio::select! {
            biased;
            () = ended(&mut ends) => true,
            () = broken(house.store.as_ref()) => false,
        };
        end.send_replace(true);
        if let Ok(Err(error)) = serving.await {
            tracing::error!(%error, "the listener failed");
        }
        if is_over {
            return;
        }
        while !*ends.borrow() {
            match store::ask(&url, "serve").await {
                Ok((store, _)) => {
                    house.store = store;
                    break;
                }
                Err(error) => tracing::warn!(%error, "the page has no journal; tried again"),
            }
            // Either is a reason to go on.
            let _ = tokio::time::timeout(LOOK, ended(&mut ends)).await;
        }
    }
}

/// Returns once the connection is of no use any more.
async fn broken(store: &dyn Store) {
    // Any question tells.
    while !store.open_requests(0).await.is_err_and(|error| error.ends_connection()) {
        tokio::time::sleep(LOOK).await;
    }
}

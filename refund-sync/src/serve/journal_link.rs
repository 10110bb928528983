//! The listener's own connection to the journal: another one than the workers', and opened anew when it breaks. While it
//! is away the listener says so.

use tokio::sync::watch;

use super::sharing::LOOK;
use super::standby::ended;
use super::web::Reached;
use crate::config::StoreUrl;
use crate::lang::Text;
use crate::store::{self, Store};

/// What is told to the listener: the journal, or why it is away.
pub(crate) type Link = watch::Sender<Result<Reached, Text>>;

/// Keeps the link true until `ends`.
pub(crate) async fn keep(url: StoreUrl, link: Link, mut ends: watch::Receiver<bool>) {
    loop {
        let reached = link.borrow().as_ref().ok().map(|reached| reached.store.clone());
        if let Some(store) = reached {
            let error = tokio::select! {
                biased;
                () = ended(&mut ends) => return,
                error = broken(store.as_ref()) => error,
            };
            tracing::warn!(
                %error,
                message_zh = "状态页无法连接同步台账，稍后重试",
                "the page has no journal; tried again"
            );
            drop(link.send_replace(Err(error)));
        }
        let asked = tokio::select! {
            biased;
            () = ended(&mut ends) => return,
            asked = store::open_for_requests(&url, "serve") => asked,
        };
        match asked {
            Ok((store, clock)) => {
                tracing::info!(message_zh = "状态页已连接同步台账", "the page has the journal");
                drop(link.send_replace(Ok(Reached { store, clock })));
            }
            Err(error) => {
                let reason = error.text();
                let known = link.borrow().as_ref().err() == Some(&reason);
                if !known {
                    tracing::warn!(
                        error = %reason,
                        message_zh = "状态页无法连接同步台账，稍后重试",
                        "the page has no journal; tried again"
                    );
                    drop(link.send_replace(Err(reason)));
                }
                // Either is a reason to go on.
                let _ = tokio::time::timeout(LOOK, ended(&mut ends)).await;
            }
        }
    }
}

/// Returns once the connection is of no use any more.
async fn broken(store: &dyn Store) -> Text {
    loop {
        // Any question tells.
        match store.open_requests(0).await {
            Err(error) if error.ends_connection() => return error.text(),
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

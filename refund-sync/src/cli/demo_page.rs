//! The demo goes on: its page is served, and the simulated shop takes back more.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wdt_qimen_sdk::{Span, mock as shop};

use crate::clock::shanghai;
use crate::config::ListenerLimits;
use crate::demo::Stage;
use crate::serve::web::{self, Access, AppState, Journal};
use crate::serve::{StatusBoard, Supervisor};

/// Opens the actions of the demo's page; there is nothing behind it but the simulators.
pub(super) const TOKEN: &str = "demo";
/// Where the page is when the port is free.
const PORT: u16 = 8617;
/// How often the simulated shop finishes a return.
const SALE: Duration = Duration::from_secs(7);
/// So many it has after the first ones.
const STOCK: usize = 20_000;
/// How long the last call is waited for.
const DRAIN: Duration = Duration::from_secs(5);

/// Works every minute what the shop goes on to finish, and serves the page until `ending` is over. `opened` is
/// told where.
///
/// # Errors
/// A message when nothing can be listened on.
pub(super) async fn serve(
    stage: &Stage,
    opened: impl FnOnce(SocketAddr),
    ending: impl Future<Output = ()>,
) -> Result<(), String> {
    let bind = async |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = match bind(PORT).await {
        Ok(listener) => listener,
        Err(_) => bind(0).await.map_err(|error| error.to_string())?,
    };
    let listen = listener.local_addr().map_err(|error| error.to_string())?;
    let access = Access::new(listen, Some(SecretString::from(TOKEN))).map_err(|error| error.to_string())?;

    let mut context = stage.context().clone();
    let settings = &mut context.settings;
    settings.schedule = "* * * * *".parse().map_err(|_| "the demo's schedule")?;
    // Nothing comes late here.
    (settings.wdt.lag, settings.wdt.overlap) = (Duration::from_secs(2), Duration::from_secs(2));
    let board = StatusBoard::new(context.clock.clone());
    let journal = Journal::of(Arc::clone(&context.store), context.clock.clone());
    let house = AppState { board: board.clone(), journal, access };
    let supervisor = Supervisor::start(vec![context.clone()], &board);
    let (end, ended) = watch::channel(false);
    let page = tokio::spawn(web::serve(listener, house, ListenerLimits::default(), ended));
    opened(listen);
    tokio::select! {
        biased;
        () = ending => {}
        () = takes_back_more(stage) => {}
    }
    end.send_replace(true);
    supervisor.drain(DRAIN).await;
    // How its last answers ended is of no account any more.
    let _ = page.await;
    Ok(())
}

/// A return every few seconds, finished just now.
async fn takes_back_more(stage: &Stage) {
    let now = || shanghai(stage.context().clock.now());
    let span = Span::new(now() - TimeDelta::seconds(1), now());
    let stock = span.map(|span| shop::fill(stage.settings().seed + 1, STOCK, span)).unwrap_or_default();
    for mut row in stock {
        tokio::time::sleep(SALE).await;
        row.touch(now());
        stage.gateway().world().push(row);
    }
    std::future::pending::<()>().await;
}

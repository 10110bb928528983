//! `serve`: works every pipeline by its schedule and answers the listener until it is asked to end; SIGHUP, and a
//! mapping table that somebody edits, have the configuration read again. Who has the right to work what is in
//! `serve::standby`, what is answered in `web`.

use std::io;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::context::{Context, Exit};
use super::signal::{BROKEN_OFF, Ending, Reloads};
use super::{open, run};
use crate::config::{Config, Fault, Loaded, Server, StoreUrl, TableFile};
use crate::lang::{Lang, Text, told, why};
use crate::serve::web::{self, Access, AppState, Journal, Reached};
use crate::serve::{self, OpenJournals, Standbys, StatusBoard, sd_notify};
use crate::store::{self, Request, StoreError};
use crate::worker::PipelineContext;

pub(super) async fn run(context: &mut Context) -> Exit {
    serve(context).await.unwrap_or_else(|exit| exit)
}

async fn serve(context: &mut Context) -> Result<Exit, Exit> {
    let mut ending = Ending::listen().map_err(|error| open::failed(context, &error))?;
    let mut reloads = Reloads::listen().map_err(|error| open::failed(context, &error))?;
    let Loaded { config, weak, left, .. } = open::loaded(context)?;
    for Fault { key, place, message, fix, .. } in weak.iter().chain(&left) {
        tracing::warn!(key, %place, fix = fix.get(Lang::chosen()), "{message}");
    }
    let mut config = Arc::new(config);
    let server = config.server.clone().unwrap_or_default();
    let access = Access::of(&server).map_err(|error| {
        context.out.error(error);
        Exit::Configuration
    })?;
    buildable(context, &config)?;
    let (desks, reached) = begin(context, &config).await?;
    let mut unchecked = reached.is_err();
    let listener =
        TcpListener::bind(server.listen).await.map_err(|error| not_bound(context, &server, &error))?;
    let listen = listener.local_addr().unwrap_or(server.listen);
    let link = watch::Sender::new(reached);
    let mut journal = Journal::following(&link);
    let board = StatusBoard::new(journal.clock());
    let (end_page, page_ends) = watch::channel(false);
    let house = AppState { board: board.clone(), journal: journal.clone(), access };
    let link = tokio::spawn(serve::keep_link(config.store.url.clone(), link, page_ends.clone()));
    let page = tokio::spawn(web::serve(listener, house, server.limits(), page_ends));
    let mut stations = Standbys::start(&config, &board, desks, false);
    context.out.line(told!(
        "已启动，状态页 http://{listen}/ · 按 Ctrl-C 结束",
        "serving http://{listen}/ · Ctrl-C ends it"
    ));
    sd_notify::systemd("READY=1");
    let watchdog = tokio::spawn(sd_notify::watchdog(board.clone()));
    let mut refused = None;
    loop {
        let of_a_table = tokio::select! {
            biased;
            () = ending.asked() => break,
            () = reloads.next() => false,
            () = board.reread().notified() => true,
            Some(store) = journal.reached(), if unchecked => {
                unchecked = false;
                refused = check(context, &config, store.as_ref()).await.err();
                if refused.is_some() {
                    break;
                }
                continue;
            }
        };
        board.reread().begins();
        let new = match reload(context, &config).await {
            Ok(new) => new,
            Err(refusal) => {
                board.reread().refused(refusal == Refusal::Journal);
                continue;
            }
        };
        // A table that was filled in here is seen by who is about to run as well.
        if of_a_table && tables_of(&new).eq(tables_of(&config)) {
            board.reread().done();
            continue;
        }
        let (_, desks) = stations.drain().await;
        board.reread().done();
        config = Arc::new(new);
        stations = Standbys::start(&config, &board, desks, true);
        tracing::info!(
            pipelines = config.pipelines.len(),
            message_zh = "配置已重新载入",
            "the configuration was read again"
        );
        if of_a_table {
            go_on(&config, &journal, &board).await;
        }
    }
    sd_notify::systemd("STOPPING=1");
    tracing::info!(
        message_zh = "正在收尾，再次 Ctrl-C 立即退出",
        "asked to end: the call under way is finished first"
    );
    let in_time = tokio::select! {
        biased;
        (in_time, _) = stations.drain() => in_time,
        () = ending.asked() => false,
    };
    end_page.send_replace(true);
    // Its streams have a moment to end; how they did is of no account any more.
    let _ = (page.await, link.await);
    watchdog.abort();
    match refused {
        Some(exit) => Err(exit),
        None if in_time => Ok(Exit::Done),
        None => Err(open::failed(context, BROKEN_OFF)),
    }
}

fn not_bound(context: &mut Context, Server { listen, .. }: &Server, error: &io::Error) -> Exit {
    open::failed(
        context,
        told!(
            "[server] 无法监听 {listen}：{}。请更换 listen",
            "[server] cannot listen on {listen}: {}. Name another `listen`",
            why(error)
        ),
    )
}

/// The files of all tables, with what they held.
fn tables_of(config: &Config) -> impl Iterator<Item = &TableFile> {
    config.pipelines.iter().flat_map(|pipeline| &pipeline.tables)
}

/// What waited for a table that was filled in or edited does not wait for the schedule too. A pipeline that is paused or stopped does.
async fn go_on(config: &Config, journal: &Journal, board: &StatusBoard) {
    let Ok(store) = journal.store() else { return };
    for pipeline in &config.pipelines {
        let Ok(row) = store.pipeline(&pipeline.name).await else { continue };
        if row.paused_at.is_none() && row.stopped.is_none() {
            // Where the journal fails, the schedule comes by and by.
            let _ = store.leave_request(row.id, Request::Run, board.now()).await;
        }
    }
}

/// The rights to work that can be had at the start, and the listener's own connection to the journal. A database that is
/// down is waited for, with the listener open, which says so; whatever else is wrong with a journal ends the start.
async fn begin(
    context: &mut Context,
    config: &Config,
) -> Result<(OpenJournals, Result<Reached, Text>), Exit> {
    let is_down = |error: &StoreError| matches!((error, &config.store.url), (StoreError::Unreachable { .. }, url) if !matches!(url, StoreUrl::Sqlite(_)));
    let begun = async {
        let desks = serve::take(config).await?;
        let (store, clock) = store::open_for_requests(&config.store.url, "serve").await?;
        Ok((desks, Reached { store, clock }))
    };
    match begun.await {
        Ok((desks, reached)) => {
            check(context, config, reached.store.as_ref()).await?;
            Ok((desks, Ok(reached)))
        }
        Err(error) if is_down(&error) => {
            tracing::warn!(%error, message_zh = "等待同步台账的数据库", "waiting for the journal");
            Ok((OpenJournals::new(), Err(error.text())))
        }
        Err(error) => Err(open::complain(context, &error)),
    }
}

/// Every client can be built.
fn buildable(context: &mut Context, config: &Config) -> Result<(), Exit> {
    for pipeline in &config.pipelines {
        PipelineContext::check(pipeline).map_err(|error| {
            context.out.error(error);
            Exit::Configuration
        })?;
    }
    Ok(())
}

/// What the journal alone shows: every pipeline knows where to begin.
async fn check(context: &mut Context, config: &Config, store: &dyn store::Store) -> Result<(), Exit> {
    let pipelines: Vec<_> = config.pipelines.iter().collect();
    run::refuse_silent_start(context, &pipelines, store).await
}

/// Why the old configuration goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Faulty,
    /// The journal cannot be asked, which passes.
    Journal,
}

/// The configuration as it is now, if it can take the place of the old one. Every fault is told.
async fn reload(context: &mut Context, old: &Config) -> Result<Config, Refusal> {
    let Ok(new) = open::configuration(context) else {
        tracing::error!(
            message_zh = "配置有误，未重新载入，沿用旧配置",
            "the configuration was not reloaded, the old one goes on"
        );
        return Err(Refusal::Faulty);
    };
    if !is_same(&old.store.url, &new.store.url) {
        tracing::error!(
            message_zh = "更改 [store] 需要重启，未重新载入，沿用旧配置",
            "[store] url changed, that takes a restart: the old configuration goes on"
        );
        return Err(Refusal::Faulty);
    }
    let checked = match store::open_for_requests(&new.store.url, "serve").await {
        Ok((store, _)) => match buildable(context, &new) {
            Ok(()) => check(context, &new, store.as_ref()).await.map_err(|_| Refusal::Faulty),
            Err(_) => Err(Refusal::Faulty),
        },
        Err(error) => {
            open::complain(context, &error);
            Err(Refusal::Journal)
        }
    };
    if let Err(refusal) = checked {
        tracing::error!(
            message_zh = "配置有误，未重新载入，沿用旧配置",
            "the configuration was not reloaded, the old one goes on"
        );
        return Err(refusal);
    }
    if listens(old.server.as_ref()) != listens(new.server.as_ref()) {
        tracing::warn!(
            message_zh = "更改 [server] 需要重启后生效",
            "[server] changed: that takes effect at the next start"
        );
    }
    Ok(new)
}

fn is_same(one: &StoreUrl, other: &StoreUrl) -> bool {
    match (one, other) {
        (StoreUrl::Sqlite(one), StoreUrl::Sqlite(other)) => one == other,
        #[cfg(feature = "postgres")]
        (StoreUrl::Postgres(one), StoreUrl::Postgres(other)) => one.expose_secret() == other.expose_secret(),
        #[cfg(feature = "postgres")]
        _ => false,
    }
}

fn listens(server: Option<&Server>) -> (std::net::SocketAddr, Option<String>, [u32; 2]) {
    let server = server.cloned().unwrap_or_default();
    let limits = [server.connections, server.connections_per_address];
    (server.listen, server.token.map(|token| token.expose_secret().to_owned()), limits)
}

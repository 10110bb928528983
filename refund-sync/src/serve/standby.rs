//! One share of the work: its right to be worked is taken, waited for while somebody else has it, and taken again when
//! it was lost. How the pipelines of a share are worked is `serve::supervisor`'s.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::alert::{Outage, Watch};
#[cfg(feature = "postgres")]
use super::sharing;
use super::sharing::{AT_ONCE, LOOK, Sharing};
use super::{StatusBoard, Supervisor};
use crate::config::{Config, StoreUrl};
use crate::store::{self, Group, OpenJournal, StoreError};
use crate::worker::{DRAIN_WITHIN, PipelineContext};

/// How often the board takes in what the journal says, also while a long run goes on.
const REFRESH: Duration = Duration::from_secs(30);

/// A right to work, by the locks that it stands for.
type Right = (Vec<i64>, OpenJournal);
/// The rights to work that this process has.
pub(crate) type OpenJournals = Vec<Right>;

/// All shares of a configuration, each in a task of its own.
#[derive(Debug)]
pub(crate) struct Standbys {
    ending: watch::Sender<bool>,
    tasks: JoinSet<(bool, Option<Right>)>,
    /// Divides the shares with other workers, where there may be some.
    dividing: Option<JoinHandle<()>>,
}

impl Drop for Standbys {
    fn drop(&mut self) {
        if let Some(dividing) = &self.dividing {
            dividing.abort();
        }
    }
}

/// Takes what is this worker's to have. A file has one holder, and whoever comes second is told so; what somebody else works
/// in PostgreSQL is stood by for.
pub(crate) async fn take(config: &Config) -> Result<OpenJournals, StoreError> {
    let shares = store::shares(config);
    let may = match &config.store.url {
        StoreUrl::Sqlite(_) => vec![true; shares.len()],
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(url) => sharing::first(url, &shares).await?,
    };
    let allowed = shares.into_iter().zip(may).filter(|(_, may)| *may);
    let taken = futures_util::stream::iter(allowed).map(async |(share, _)| {
        match OpenJournal::acquire(&config.store.url, &share, "serve").await {
            Ok(desk) => Ok(Some((locks(config, &share), desk))),
            #[cfg(feature = "postgres")]
            Err(StoreError::Held { .. }) if matches!(config.store.url, StoreUrl::Postgres(_)) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let taken: Vec<_> = taken.buffered(AT_ONCE).try_collect().await?;
    Ok(taken.into_iter().flatten().collect())
}

/// What a share's right to work is known by; a file has only one.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "a file has one group"))]
fn locks(config: &Config, share: &Group<'_>) -> Vec<i64> {
    match config.store.url {
        StoreUrl::Sqlite(_) => Vec::new(),
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(_) => share.locks(),
    }
}

impl Standbys {
    /// Begins to work every share. Rights in `desks` that none of them needs any more are given up.
    pub(crate) fn start(
        config: &Arc<Config>,
        board: &StatusBoard,
        mut desks: OpenJournals,
        is_mended: bool,
    ) -> Self {
        let ending = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        board.keep(|name| config.pipelines.iter().any(|pipeline| pipeline.name == name));
        let shares = store::shares(config);
        let shares_desks: Vec<_> = shares
            .iter()
            .map(|share| {
                let locks = locks(config, share);
                let desk = desks.iter().position(|(held, _)| *held == locks);
                (locks, desk.map(|at| desks.swap_remove(at).1))
            })
            .collect();
        let (sharing, dividing) = match &config.store.url {
            StoreUrl::Sqlite(_) => (Sharing::all(shares.len()), None),
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(url) => {
                let has = shares_desks.iter().map(|(_, desk)| desk.is_some()).collect();
                let (sharing, dividing) = sharing::divide(url.clone(), &shares, has);
                (sharing, Some(dividing))
            }
        };
        for (at, (locks, desk)) in shares_desks.into_iter().enumerate() {
            let (config, board, sharing) = (Arc::clone(config), board.clone(), sharing.of(at));
            let station = Standby { config, at, board, sharing, is_mended };
            let ending = ending.subscribe();
            tasks.spawn(async move {
                let (in_time, desk) = station.run_on(desk, ending).await;
                (in_time, desk.map(|desk| (locks, desk)))
            });
        }
        Self { ending, tasks, dividing }
    }

    /// Ends the work after the calls that are under way. Says whether they ended in time, and gives back the rights.
    pub(crate) async fn drain(mut self) -> (bool, OpenJournals) {
        self.ending.send_replace(true);
        let (mut all_in_time, mut desks) = (true, OpenJournals::new());
        while let Some(ended) = self.tasks.join_next().await {
            let Ok((in_time, desk)) = ended else { continue };
            all_in_time &= in_time;
            desks.extend(desk);
        }
        (all_in_time, desks)
    }
}

/// One share.
struct Standby {
    config: Arc<Config>,
    /// Its place among the shares of the configuration.
    at: usize,
    board: StatusBoard,
    sharing: Sharing,
    is_mended: bool,
}

impl Standby {
    /// Works the share, also after a fault of the program.
    async fn run_on(
        &self,
        mut desk: Option<OpenJournal>,
        mut ending: watch::Receiver<bool>,
    ) -> (bool, Option<OpenJournal>) {
        loop {
            let manned = AssertUnwindSafe(Box::pin(self.run(desk.take(), ending.clone())));
            if let Ok(ended) = manned.catch_unwind().await {
                return ended;
            }
            tracing::error!(
                message_zh = "程序内部错误，稍后重新接手",
                "a fault of the program; the work is taken up anew"
            );
            let _ = tokio::time::timeout(REFRESH, ended(&mut ending)).await;
        }
    }

    /// Works the share until it is to end. Says whether the calls under way ended in time, and returns the right.
    async fn run(
        &self,
        mut desk: Option<OpenJournal>,
        mut ending: watch::Receiver<bool>,
    ) -> (bool, Option<OpenJournal>) {
        let shares = store::shares(&self.config);
        let Some(share) = shares.get(self.at) else { return (true, desk) };
        let mut sharing = self.sharing.clone();
        loop {
            sharing.works(desk.is_some());
            let held = tokio::select! {
                biased;
                () = ended(&mut ending) => return (true, desk),
                held = self.hold(share, &mut desk) => held,
            };
            sharing.works(true);
            let posts = match self.posts(share, &held).await {
                Ok(posts) => posts,
                Err(error) => {
                    tracing::error!(
                        error,
                        message_zh = "同步方案无法启动，稍后重试",
                        "a pipeline cannot be begun; tried again"
                    );
                    // Sleeping on the right to work is no harm, nobody else could begin it either: unless it is lost.
                    match held.store.open_requests(0).await {
                        Err(gone @ StoreError::Gone { .. }) => {
                            return self.lay_down(share, held, &gone, &mut ending).await;
                        }
                        Err(error) if error.ends_connection() => {}
                        _ => desk = Some(held),
                    }
                    let _ = tokio::time::timeout(LOOK, ended(&mut ending)).await;
                    continue;
                }
            };
            let _alerts = self.tell_of(&posts);
            let supervisor = Supervisor::start(posts, &self.board);
            tokio::select! {
                biased;
                () = ended(&mut ending) => {
                    return (supervisor.drain(DRAIN_WITHIN).await, Some(held));
                }
                () = sharing.given_away() => {
                    tracing::info!(
                        message_zh = "移交给其他机器：先完成正在进行的调用",
                        "others are to work these from now on: the call under way is finished first"
                    );
                    supervisor.drain(DRAIN_WITHIN).await;
                    self.forget(share);
                }
                error = self.lost(&held) => {
                    tracing::error!(%error, message_zh = "已失去执行权", "the right to work is lost");
                    drop(supervisor);
                    self.forget(share);
                    if matches!(error, StoreError::Gone { .. }) {
                        return self.lay_down(share, held, &error, &mut ending).await;
                    }
                }
            }
        }
    }

    /// The board shows what this process works.
    fn forget(&self, share: &Group<'_>) {
        let names: Vec<_> = share.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
        self.board.keep(|name| !names.contains(&name));
    }

    /// The journal's file is not what it was. Nothing is begun on whatever stands in its place, and nobody else is let at it,
    /// before a person has put it right and starts the program again; that is told until then.
    async fn lay_down(
        &self,
        share: &Group<'_>,
        mut desk: OpenJournal,
        gone: &StoreError,
        ending: &mut watch::Receiver<bool>,
    ) -> (bool, Option<OpenJournal>) {
        tracing::error!(error = %gone, message_zh = "已停止写入", "nothing is written any more");
        desk.tell_gone(gone);
        let mut outage = None;
        while !*ending.borrow() {
            outage = self.tell_of_outage(outage, share, Some(gone)).await;
            let _ = tokio::time::timeout(LOOK, ended(ending)).await;
        }
        (true, Some(desk))
    }

    /// The right to work the share, however long somebody else has it, or is to have it.
    async fn hold(&self, share: &Group<'_>, desk: &mut Option<OpenJournal>) -> OpenJournal {
        let mut told = String::new();
        let mut outage = None;
        let mut sharing = self.sharing.clone();
        loop {
            if let Some(desk) = desk.take()
                && sharing.may_work()
            {
                return desk;
            }
            sharing.works(false);
            if !sharing.may_work() {
                // Who decides that has reached the journal.
                outage = self.tell_of_outage(outage, share, None).await;
                sharing.wait().await;
            }
            let turn = sharing.turn().await;
            // From the first lock on nobody else can have it, and it counts as this worker's.
            sharing.works(true);
            let taken = OpenJournal::acquire(&self.config.store.url, share, "serve").await;
            drop(turn);
            sharing.works(taken.is_ok());
            outage = self.tell_of_outage(outage, share, taken.as_ref().err()).await;
            match taken {
                Ok(taken) => return taken,
                Err(error) => {
                    let error = error.to_string();
                    if error != told {
                        tracing::warn!(error, message_zh = "待命", "standing by");
                        told = error;
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Tells people of a journal that cannot be reached, and of its return. What somebody else works is no outage.
    async fn tell_of_outage(
        &self,
        outage: Option<Outage>,
        share: &Group<'_>,
        error: Option<&StoreError>,
    ) -> Option<Outage> {
        if matches!(error, None | Some(StoreError::Held { .. })) {
            // Nobody waits for it: the work goes on.
            outage.map(|outage| tokio::spawn(outage.ends()));
            return None;
        }
        let names = || share.pipelines.iter().map(|pipeline| pipeline.name.clone()).collect();
        let begins = || Outage::new(&self.config.alerts, names(), self.board.clone()).ok();
        let mut outage = outage.or_else(begins)?;
        outage.lasts().await;
        Some(outage)
    }

    /// Tells people what is wrong with these pipelines, for as long as the task is kept.
    fn tell_of(&self, posts: &[PipelineContext]) -> JoinSet<()> {
        let pipelines: Vec<_> =
            posts.iter().map(|post| (post.settings.name.clone(), Arc::clone(&post.store))).collect();
        let (config, board) = (Arc::clone(&self.config), self.board.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                let watch = match Watch::new(&config.alerts, pipelines.clone(), board.clone()) {
                    Ok(watch) => watch,
                    Err(error) => {
                        return tracing::error!(%error, message_zh = "无法发送报警", "no alert can be sent");
                    }
                };
                if AssertUnwindSafe(Box::pin(watch.keep())).catch_unwind().await.is_ok() {
                    return;
                }
                tracing::error!(
                    message_zh = "程序内部错误，报警将重新开始",
                    "a fault of the program; alerts go on"
                );
                tokio::time::sleep(REFRESH).await;
            }
        });
        task
    }

    async fn posts(&self, share: &Group<'_>, desk: &OpenJournal) -> Result<Vec<PipelineContext>, String> {
        let mut posts = Vec::new();
        for pipeline in &share.pipelines {
            let post = PipelineContext::open(pipeline, desk).await?;
            posts.push(PipelineContext { is_mended: self.is_mended, ..post });
        }
        Ok(posts)
    }

    /// Returns once the right to work is lost; keeps the board in step until then.
    async fn lost(&self, desk: &OpenJournal) -> StoreError {
        let mut refreshed = tokio::time::Instant::now();
        loop {
            // Any question tells.
            if let Err(error) = desk.store.open_requests(0).await
                && error.ends_connection()
            {
                return error;
            }
            if refreshed.elapsed() >= REFRESH {
                // A journal that fails is told by whoever works it.
                let _ = self.board.refresh(desk.store.as_ref()).await;
                refreshed = tokio::time::Instant::now();
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Returns once it is to end; a sender that is gone is an end too.
pub(crate) async fn ended(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|ending| *ending).await;
}

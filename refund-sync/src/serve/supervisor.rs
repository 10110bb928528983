//! Pipelines side by side, each in a task of its own: what one does, waits for or breaks is nobody else's.
//! What a task does is in `serve::scheduler`, what another one beside it compares in `serve::reconciler`, what others may
//! see of both in `serve::board`.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::board::{StatusBoard, Task};
use super::drain::Drain;
use super::{reconciler, scheduler};
use crate::worker::PipelineContext;

/// How long a task that broke rests before it is begun anew: twice as long each time until a cycle is complete, and at the
/// most.
const REST: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(1));

/// How often a task that rests gives a sign of life.
const BEAT: Duration = Duration::from_mins(1);

/// The running tasks. Dropped, it ends them at once.
#[derive(Debug)]
pub struct Supervisor {
    draining: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Supervisor {
    /// Starts a task for each post.
    pub fn start(posts: Vec<PipelineContext>, board: &StatusBoard) -> Self {
        let draining = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        board.open(&posts);
        for post in posts {
            let (name, drain) = (post.settings.name.clone(), Drain::new(&draining));
            let audit = {
                let (post, board, drain) = (post.clone(), board.clone(), drain.clone());
                move || reconciler::run(post.clone(), board.clone(), drain.clone())
            };
            tasks.spawn(watch_over((name.clone(), Task::Reconcile), board.clone(), drain.clone(), audit));
            let work = {
                let (board, drain) = (board.clone(), drain.clone());
                move || scheduler::run(post.clone(), board.clone(), drain.clone())
            };
            tasks.spawn(watch_over((name, Task::Sync), board.clone(), drain, work));
        }
        Self { draining, tasks }
    }

    /// Ends every task after the call it has under way. Says whether all of them ended in time; those that did not are
    /// broken off, and what they had under way is looked up at the next start.
    pub async fn drain(mut self, within: Duration) -> bool {
        self.draining.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(within, all).await.is_ok()
    }
}

/// A task that panics is a fault of ours: counted, told, and begun anew, since the journal says where. The other pipelines
/// know nothing of it.
async fn watch_over<T: Future<Output = ()>>(
    (name, task): (String, Task),
    board: StatusBoard,
    mut drain: Drain,
    begin: impl Fn() -> T,
) {
    while !drain.is_asked() {
        if AssertUnwindSafe(Box::pin(begin())).catch_unwind().await.is_ok() {
            return;
        }
        let in_a_row = board.broke(&name, task);
        let rest = REST.0.saturating_mul(1 << in_a_row.saturating_sub(1).min(16)).min(REST.1);
        tracing::error!(
            pipeline = name,
            ?task,
            in_a_row,
            rest = rest.as_secs(),
            message_zh = "程序内部错误，稍后自动重启该任务",
            "a task of this pipeline broke (a fault of the program) and is begun anew"
        );
        let again = Instant::now() + rest;
        // It rests on purpose, and says so.
        while Instant::now() < again && !drain.is_asked() {
            if task == Task::Sync {
                board.pulses().beat(&name);
            }
            drain.sleep(BEAT.min(again - Instant::now())).await;
        }
    }
}

//! Pipelines side by side, each in a task of its own: what one does, waits for or breaks is nobody else's.
//! What a task does is in `supervise::keeper`, what another one beside it compares is in `supervise::auditor`, what others may see of it in `supervise::board`.

mod auditor;
mod board;
mod keeper;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use board::{Board, Ending, Running, View};

use crate::clock::Clock;
use crate::config::Pipeline;
use crate::sink::Sink;
use crate::source::Source;
use crate::store::Store;

/// How long a task that broke rests before it is begun anew.
const REST: Duration = Duration::from_mins(1);

/// One pipeline with everything that it works with.
#[derive(Debug, Clone)]
pub struct Post {
    /// What the configuration says of it.
    pub settings: Pipeline,
    /// The journal; its right to write is held by whoever starts the supervisor.
    pub store: Arc<dyn Store>,
    /// 旺店通, with its limiter.
    pub source: Source,
    /// 金蝶, with its session.
    pub sink: Sink,
    /// Wall time.
    pub clock: Clock,
    /// When the journal's lock was taken.
    pub held_since: Instant,
    /// A person has just changed something: if the pipeline is stopped, it asks at once whether it may go on.
    pub is_mended: bool,
}

/// The running tasks. Dropped, it ends them at once.
#[derive(Debug)]
pub struct Supervisor {
    draining: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Supervisor {
    /// Starts a task for each post.
    pub fn start(posts: Vec<Post>, board: &Board) -> Self {
        let draining = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        board.open(&posts);
        for post in posts {
            tasks.spawn(auditor::audit(post.clone(), board.clone(), Drain(draining.subscribe())));
            tasks.spawn(watch_over(post, board.clone(), Drain(draining.subscribe())));
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

/// A task's view of the wish that it end.
#[derive(Debug, Clone)]
struct Drain(watch::Receiver<bool>);

impl Drain {
    fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it is asked.
    async fn asked(&mut self) {
        // A supervisor that is gone ends its tasks anyway.
        let _ = self.0.wait_for(|asked| *asked).await;
    }

    /// Sleeps, unless it is asked.
    async fn sleep(&mut self, time: Duration) {
        // Either is a reason to go on.
        let _ = tokio::time::timeout(time, self.asked()).await;
    }
}

/// A task that panics is a fault of ours. It is told, and begun anew: the journal says where.
async fn watch_over(post: Post, board: Board, mut drain: Drain) {
    let name = post.settings.name.clone();
    while !drain.is_asked() {
        let task = keeper::keep(post.clone(), board.clone(), drain.clone());
        if AssertUnwindSafe(Box::pin(task)).catch_unwind().await.is_ok() {
            return;
        }
        board.change(&name, |view| view.running = None);
        tracing::error!(pipeline = name, "the task of this pipeline broke; it is begun anew in a minute");
        drain.sleep(REST).await;
    }
}

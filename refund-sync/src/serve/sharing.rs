//! Which shares this process may work. A file's are all of one worker; those of a PostgreSQL journal are divided among all
//! who can work them, by the rule of `serve::spread`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
#[cfg(feature = "postgres")]
use {
    super::spread::Spread,
    crate::store::{Group, Roll, StoreError, kind, who},
    secrecy::SecretString,
    tokio::task::JoinHandle,
    tokio::time::Instant,
};

/// How often whoever stands by asks for the right to work, and whoever has it whether that still holds.
pub(crate) const LOOK: Duration = Duration::from_secs(5);

/// How many are taken at the same time.
pub(crate) const AT_ONCE: usize = 8;

/// One share among those of this process.
#[derive(Debug, Clone)]
pub(crate) struct Sharing {
    may: watch::Receiver<Vec<bool>>,
    /// Which of them this process works.
    works: Arc<Vec<AtomicBool>>,
    /// So many are taken at the same time: each takes two connections for a moment.
    taking: Arc<Semaphore>,
    at: usize,
}

impl Sharing {
    /// Of `count` shares, all of which this process may work.
    pub(crate) fn all(count: usize) -> Self {
        let (_, may) = watch::channel(vec![true; count]);
        Self { may, works: works(vec![false; count]), taking: taking(), at: 0 }
    }

    /// The one that stands at `at`.
    pub(crate) fn of(&self, at: usize) -> Self {
        Self { at, ..self.clone() }
    }

    /// This process works it from now on, or no more.
    pub(crate) fn works(&self, does: bool) {
        if let Some(works) = self.works.get(self.at) {
            works.store(does, Ordering::Relaxed);
        }
    }

    /// A turn to take it, until it is dropped.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.taking.acquire().await.ok()
    }

    /// Whether it may be worked at present.
    pub(crate) fn may_work(&self) -> bool {
        self.may.borrow().get(self.at).copied().unwrap_or(true)
    }

    /// Returns once it may be worked.
    pub(crate) async fn wait(&mut self) {
        self.until(true).await;
    }

    /// Returns once it is another worker's to have.
    pub(crate) async fn given_away(&mut self) {
        self.until(false).await;
    }

    async fn until(&mut self, may_work: bool) {
        let at = self.at;
        let is_so = |may: &Vec<bool>| may.get(at).copied().unwrap_or(true) == may_work;
        if self.may.wait_for(is_so).await.is_err() {
            // Nobody decides any more: it stays as it is.
            std::future::pending::<()>().await;
        }
    }
}

fn taking() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_ONCE))
}

fn works(works: Vec<bool>) -> Arc<Vec<AtomicBool>> {
    Arc::new(works.into_iter().map(AtomicBool::new).collect())
}

/// Which of the groups a worker takes that has none yet.
///
/// # Errors
/// What the journal cannot be worked for.
#[cfg(feature = "postgres")]
pub(crate) async fn first(url: &SecretString, groups: &[Group<'_>]) -> Result<Vec<bool>, StoreError> {
    let roll = Roll::join(url, kind(groups), &who("serve")).await?;
    let call = roll.call().await?;
    Ok(Spread::of(groups.iter().map(Group::locks)).decide(Duration::ZERO, &call, &vec![false; groups.len()]))
}

/// Divides `groups` with whoever else can work them, for as long as the task runs. `has` are those that this process works.
#[cfg(feature = "postgres")]
pub(crate) fn divide(url: SecretString, groups: &[Group<'_>], has: Vec<bool>) -> (Sharing, JoinHandle<()>) {
    let (decided, may) = watch::channel(has.clone());
    let sharing = Sharing { may, works: works(has), taking: taking(), at: 0 };
    let works = Arc::clone(&sharing.works);
    let (kind, spread) = (kind(groups), Spread::of(groups.iter().map(Group::locks)));
    (sharing, tokio::spawn(follow(url, kind, spread, works, decided)))
}

#[cfg(feature = "postgres")]
async fn follow(
    url: SecretString,
    kind: i64,
    mut spread: Spread,
    works: Arc<Vec<AtomicBool>>,
    decided: watch::Sender<Vec<bool>>,
) {
    let began = Instant::now();
    let mut roll = None;
    loop {
        let called = async {
            let joined = match roll.take() {
                Some(joined) => joined,
                None => Roll::join(&url, kind, &who("serve")).await?,
            };
            let call = joined.call().await?;
            Ok::<_, StoreError>((joined, call))
        };
        let may = match called.await {
            Ok((joined, call)) => {
                roll = Some(joined);
                let works: Vec<_> = works.iter().map(|works| works.load(Ordering::Relaxed)).collect();
                spread.decide(began.elapsed(), &call, &works)
            }
            // Whoever tries to take one is told what is wrong, and tells it; nobody keeps a right by this.
            Err(_) => vec![true; works.len()],
        };
        // Woken are only those whose answer is another one.
        decided.send_if_modified(|known| std::mem::replace(known, may.clone()) != may);
        tokio::time::sleep(LOOK).await;
    }
}

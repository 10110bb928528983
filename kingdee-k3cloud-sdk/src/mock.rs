//! A strict 金蝶 site in memory, for contract tests: it checks signatures, fields, base data and
//! numbers as the real one does, and can misbehave by seed. What it stores is in `bill`; how it is
//! reached is in `in_memory`, `responder` and `server`.

#![allow(clippy::result_large_err, reason = "a refusal is a whole reply")]

mod auth;
mod bill;
mod builder;
mod faults;
mod filter;
mod in_memory;
mod json;
mod line;
mod other;
mod query;
mod reply;
mod request;
#[cfg(feature = "mock-wiremock")]
mod responder;
mod save;
#[cfg(feature = "mock-server")]
mod server;
mod state;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};

pub use self::bill::StoredBill;
use self::builder::Settings;
pub use self::builder::{Commit, Rounding, SiteBuilder, Uniqueness};
use self::faults::{Effect, Wire};
pub use self::faults::{Fault, Faults, UnknownFaults};
pub use self::in_memory::InMemory;
pub use self::line::StoredLine;
use self::request::Call;
#[cfg(feature = "mock-wiremock")]
pub use self::responder::Responder;
use self::save::Saving;
#[cfg(feature = "mock-server")]
pub use self::server::Server;
pub use self::world::Counts;
use self::world::World;

/// A simulated site. Clones are handles on the same one.
#[derive(Clone)]
pub struct Site {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    world: Mutex<World>,
}

/// How far a call got at once.
enum Begun {
    Done(Response<Bytes>),
    Saving(Saving),
    /// A save that somebody will ask for later; the answer now, and under which name.
    Later(Saving, Response<Bytes>, String),
}

impl Site {
    /// Starts describing a site.
    pub fn builder() -> SiteBuilder {
        SiteBuilder::default()
    }

    fn new(settings: Settings) -> Self {
        let world = Mutex::new(World::new(settings.seed, settings.faults.clone()));
        Self { shared: Arc::new(Shared { settings, world }) }
    }

    fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request at once, a save in one step. Faults of the wire become the HTTP status
    /// that comes nearest.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let fault = self.arrive();
        if let Some(wire) = fault.and_then(Fault::before) {
            return wire.into_http();
        }
        let reply = match self.begin(request, fault) {
            Begun::Done(reply) => reply,
            Begun::Saving(mut saving) => {
                while saving.commit_next(self) {}
                saving.reply(self)
            }
            Begun::Later(mut saving, reply, task) => {
                while saving.commit_next(self) {}
                self.finished(task, &saving.reply(self));
                reply
            }
        };
        match fault {
            Some(fault) => fault.after(reply).into_http(),
            None => reply,
        }
    }

    /// Answers a request in time: a save is validated, waits, and is committed, also when the
    /// caller has gone meanwhile.
    async fn answer(&self, request: Request<Bytes>) -> Wire {
        let fault = self.arrive();
        if let Some(wire) = fault.and_then(Fault::before) {
            return wire;
        }
        let reply = match self.begin(&request, fault) {
            Begun::Done(reply) => reply,
            Begun::Saving(saving) => {
                let site = self.clone();
                match tokio::spawn(async move { saving.finish(&site).await }).await {
                    Ok(reply) => reply,
                    Err(_) => return Wire::Reset, // the runtime is shutting down
                }
            }
            Begun::Later(saving, reply, task) => {
                let site = self.clone();
                tokio::spawn(async move { site.finished(task, &saving.finish(&site).await) });
                reply
            }
        };
        match fault {
            Some(fault) => fault.after(reply),
            None => Wire::Reply(reply),
        }
    }

    fn finished(&self, task: String, result: &Response<Bytes>) {
        let result = String::from_utf8_lossy(result.body()).into_owned();
        self.world().tasks.insert(task, Some(result));
    }

    /// Counts an arrival and draws what will go wrong with it.
    fn arrive(&self) -> Option<Fault> {
        let mut world = self.world();
        world.counts.arrivals += 1;
        let draw = world.random.unit();
        let planned = world.planned.pop_front();
        let fault = planned.unwrap_or_else(|| world.faults.draw(draw))?;
        *world.counts.faults.entry(fault.name()).or_default() += 1;
        Some(fault)
    }

    fn begin(&self, request: &Request<Bytes>, fault: Option<Fault>) -> Begun {
        let call = match Call::read(request) {
            Ok(call) => call,
            Err(reply) => return Begun::Done(reply),
        };
        let mut world = self.world();
        *world.counts.calls.entry(call.service.clone()).or_default() += 1;
        if fault == Some(Fault::SessionLost) {
            world.sessions.clear();
        }
        if let Some(reply) = auth::login(self.settings(), &mut world, &call) {
            return Begun::Done(reply);
        }
        if let Err(reply) = auth::check(self.settings(), &mut world, request, &call) {
            return Begun::Done(reply);
        }
        if let Some(effect) = fault.and_then(Fault::effect) {
            return Begun::Done(match effect {
                Effect::Lock => reply::lock(&call),
                Effect::Whole { code, message } => reply::refused(&call, code, message),
            });
        }
        match call.service.as_str() {
            "Save" | "BatchSave" | "Draft" => match save::begin(self.settings(), &mut world, &call) {
                Ok(saving) if other::is_begun(&call) => {
                    let (task, reply) = other::begun(&mut world);
                    Begun::Later(saving, reply, task)
                }
                Ok(saving) => Begun::Saving(saving),
                Err(reply) => Begun::Done(reply),
            },
            "Submit" | "Audit" | "UnAudit" | "Delete" => Begun::Done(state::change(&mut world, &call)),
            "View" => Begun::Done(state::view(&world, &call)),
            "Push" => Begun::Done(other::push(&mut world, &call)),
            "SwitchOrg" => Begun::Done(other::switch_org(self.settings(), &call)),
            "QueryAsyncResult" => Begun::Done(other::task(&world, &call)),
            "ExecuteBillQuery" | "BillQuery" => Begun::Done(query::answer(self.settings(), &world, &call)),
            _ => Begun::Done(reply::exception("服务不存在")),
        }
    }

    /// Every bill, in the order of their ids.
    pub fn bills(&self) -> Vec<StoredBill> {
        self.world().bills.iter().cloned().collect()
    }

    /// Changes the bills with this number behind the clients' backs; tells whether there was one.
    pub fn edit(&self, number: &str, change: impl FnMut(&mut StoredBill)) -> bool {
        self.world().bills.edit(number, change)
    }

    /// Puts a bill there as if somebody had typed it in. An id of 0 is replaced by a new one.
    pub fn insert(&self, bill: StoredBill) -> u64 {
        self.world().bills.insert(bill)
    }

    /// Voids (作废) the bills with this number; they keep holding it.
    pub fn void(&self, number: &str) -> bool {
        self.edit(number, |bill| bill.cancelled = true)
    }

    /// Removes the bills with this number.
    pub fn remove(&self, number: &str) -> bool {
        self.world().bills.remove(number)
    }

    /// What has arrived so far.
    pub fn counts(&self) -> Counts {
        self.world().counts.clone()
    }

    /// Plans a fault for the next call that arrives; plans queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.world().planned.push_back(Some(fault));
    }

    /// Plans that the next call meets no fault; plans queue up.
    pub fn spare_next(&self) {
        self.world().planned.push_back(None);
    }

    /// Ends every session, as a restart of the server does.
    pub fn expire_sessions(&self) {
        self.world().sessions.clear();
    }

    /// Changes what goes wrong while clients call.
    pub fn set_faults(&self, faults: Faults) {
        self.world().faults = faults;
    }

    /// An in-memory transport for [`ClientBuilder::transport`](crate::ClientBuilder::transport). It
    /// waits on tokio's clock, so paused time works.
    pub fn service(&self) -> InMemory {
        InMemory::new(self.clone())
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

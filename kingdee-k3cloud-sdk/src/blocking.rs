//! The client for code that does not wait by `await` (feature `blocking`): a client and the runtime it runs on. All it
//! knows is the asynchronous client's; see [`Client`](crate::Client).

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;

use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::pages::Pages;
use crate::client::raw_answer::RawAnswer;
use crate::error::Error;
use crate::model::base_data::BaseData;
use crate::model::form::Form;
use crate::query::checkpoint::Checkpoint;
use crate::query::pager::Pager;
use crate::query::typed::FromRow;
use crate::query::{Query, Rows};
use crate::resolve::{Expectation, Resolution};
use crate::service::Replay;
use crate::service::batch_save::BatchSave;
use crate::service::bills::Bills;
use crate::service::options::SaveOptions;
use crate::service::push::Push;
use crate::service::update::BatchUpdate;
use crate::verdict::Verdict;

/// A client whose calls return when they are answered. Cheap to clone; clones share the runtime too.
///
/// It has a runtime of its own. Within another runtime a blocked thread would stop the others: a call from there is an
/// error that says so, and not a panic. What has no method here goes by [`wait`](Self::wait).
///
/// ```
/// use kingdee_k3cloud_sdk::{Credentials, blocking};
///
/// # fn set_up() -> Result<(), Box<dyn std::error::Error>> {
/// let client = kingdee_k3cloud_sdk::Client::builder()
///     .base_url("http://erp.example.com/k3cloud/")
///     .acct_id("65f0")
///     .username("api")
///     .credentials(Credentials::signature("260001_key", "secret"))
///     .build()?;
/// let client = blocking::Client::new(client)?;
/// # let ping = move || -> Result<(), kingdee_k3cloud_sdk::Error> {
/// client.ping()?;
/// let materials = client.wait(|client| async move { client.view("BD_MATERIAL", "M001").await })?;
/// # drop(materials);
/// # Ok(())
/// # };
/// # drop(ping);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<OwnRuntime>,
}

/// A runtime that waits for nothing when it goes: so it may go within another one, where a wait would panic.
struct OwnRuntime(Option<Runtime>);

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// The client with a runtime of its own: one thread, which is the caller's.
    pub fn new(client: crate::Client) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime: Arc::new(OwnRuntime(Some(runtime))) })
    }

    /// The asynchronous client within.
    pub fn client(&self) -> &crate::Client {
        &self.client
    }

    /// [`Client::batch_save`](crate::Client::batch_save).
    pub fn batch_save<F: Form>(&self, batch: &BatchSave<F>) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.batch_save(batch))
    }

    /// [`Client::batch_update`](crate::Client::batch_update).
    pub fn batch_update<F: Form>(&self, batch: &BatchUpdate<F>) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.batch_update(batch))
    }

    /// [`Client::save`](crate::Client::save).
    pub fn save<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.block_on(self.client.save(bill, options))
    }

    /// [`Client::submit`](crate::Client::submit).
    pub fn submit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.submit(form, bills))
    }

    /// [`Client::audit`](crate::Client::audit).
    pub fn audit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.audit(form, bills))
    }

    /// [`Client::unaudit`](crate::Client::unaudit).
    pub fn unaudit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.unaudit(form, bills))
    }

    /// [`Client::delete`](crate::Client::delete).
    pub fn delete(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.delete(form, bills))
    }

    /// [`Client::push`](crate::Client::push).
    pub fn push(&self, form: &str, bills: &Bills, push: &Push) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.push(form, bills, push))
    }

    /// [`Client::query`](crate::Client::query).
    pub fn query(&self, query: &Query) -> Result<Rows, Error> {
        self.block_on(self.client.query(query))
    }

    /// [`Client::query_as`](crate::Client::query_as).
    pub fn query_as<T: FromRow>(&self, query: &Query) -> Result<Vec<T>, Error> {
        self.block_on(self.client.query_as(query))
    }

    /// [`Client::pages`](crate::Client::pages), as an iterator.
    ///
    /// ```
    /// # fn f(client: kingdee_k3cloud_sdk::blocking::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use kingdee_k3cloud_sdk::Query;
    ///
    /// let query = Query::builder().form_id("BD_MATERIAL").field_keys(["FNumber"]).order("FNumber ASC").build();
    /// let mut pages = client.pages(query);
    /// while let Some(rows) = pages.next() {
    ///     println!("{} rows, and goes on at {}", rows?.len(), serde_json::to_string(&pages.checkpoint())?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(&self, query: impl Into<Pager>) -> BlockingPages {
        BlockingPages { pages: self.client.pages(query), client: self.clone() }
    }

    /// [`Client::base_data`](crate::Client::base_data).
    pub fn base_data<T: BaseData>(
        &self,
        numbers: impl IntoIterator<Item = impl Into<String>>,
        org: Option<&str>,
    ) -> Result<Vec<T>, Error> {
        self.block_on(self.client.base_data(numbers, org))
    }

    /// [`Client::resolve_unknown`](crate::Client::resolve_unknown).
    pub fn resolve_unknown(&self, form: &str, expected: &[Expectation]) -> Result<Vec<Resolution>, Error> {
        self.block_on(self.client.resolve_unknown(form, expected))
    }

    /// [`Client::call`](crate::Client::call).
    pub fn call(&self, service: &str, body: impl Serialize) -> Result<RawAnswer, Error> {
        self.block_on(self.client.call(service, body))
    }

    /// [`Client::call_as`](crate::Client::call_as).
    pub fn call_as(&self, replay: Replay, service: &str, body: impl Serialize) -> Result<RawAnswer, Error> {
        self.block_on(self.client.call_as(replay, service, body))
    }

    /// [`Client::ping`](crate::Client::ping).
    pub fn ping(&self) -> Result<(), Error> {
        self.block_on(self.client.ping())
    }

    /// Anything else that the asynchronous client can do.
    ///
    /// ```
    /// # fn f(client: kingdee_k3cloud_sdk::blocking::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// // What has no method here:
    /// let material = client.wait(|client| async move { client.view("BD_MATERIAL", "M001").await })?;
    /// println!("{}", material.get());
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait<T, W: Future<Output = Result<T, Error>>>(
        &self,
        work: impl FnOnce(crate::Client) -> W,
    ) -> Result<T, Error> {
        self.block_on(work(self.client.clone()))
    }

    fn block_on<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let why = "a blocking call within a runtime: use the asynchronous client there, or spawn_blocking";
        match &self.runtime.0 {
            Some(runtime) if Handle::try_current().is_err() => runtime.block_on(call),
            _ => Err(Error::request("blocking", why.to_owned())),
        }
    }
}

/// The pages of a query as an iterator: made by [`Client::pages`]. An error that may pass leaves it where it stood.
#[derive(Debug)]
pub struct BlockingPages {
    pages: Pages,
    client: Client,
}

impl BlockingPages {
    /// [`Pages::checkpoint`].
    pub fn checkpoint(&self) -> Checkpoint {
        self.pages.checkpoint()
    }
}

impl Iterator for BlockingPages {
    type Item = Result<Rows, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { pages, client } = self;
        client.block_on(async { Ok(pages.next().await) }).unwrap_or_else(|error| Some(Err(error)))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

//! The client for code that does not wait by `await` (feature `blocking`): a client and the runtime it runs on. All it
//! knows is the asynchronous client's; see [`Client`](crate::Client).

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::options::CallOptions;
use crate::client::pages::Pages;
use crate::client::raw_answer::RawAnswer;
use crate::client::returned::Returned;
use crate::error::Error;
use crate::model::base_data::BaseData;
use crate::model::business_info::BusinessInfo;
use crate::model::form::Form;
use crate::query::checkpoint::Checkpoint;
use crate::query::pager::Pager;
use crate::query::typed::{FromRow, RowError};
use crate::query::{Query, Rows};
use crate::resolve::{Expectation, Resolution};
use crate::service::Replay;
use crate::service::attachment::{Attached, AttachedFile, Attachment};
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
/// let material = client.view("BD_MATERIAL", "M001")?;
/// # drop(material);
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

    /// [`Client::with`](crate::Client::with), on the same runtime.
    ///
    /// ```
    /// # fn f(client: kingdee_k3cloud_sdk::blocking::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// use std::time::Duration;
    /// use kingdee_k3cloud_sdk::{CallOptions, RetryPolicy};
    ///
    /// let once = CallOptions::new().deadline(Duration::from_secs(5)).retry(RetryPolicy::never());
    /// client.for_org("101").with(once).ping()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { client: self.client.with(options), runtime: Arc::clone(&self.runtime) }
    }

    /// [`Client::for_org`](crate::Client::for_org), on the same runtime.
    #[must_use]
    pub fn for_org(&self, number: impl Into<String>) -> Self {
        Self { client: self.client.for_org(number), runtime: Arc::clone(&self.runtime) }
    }

    /// [`Client::login`](crate::Client::login).
    pub fn login(&self) -> Result<(), Error> {
        self.block_on(self.client.login())
    }

    /// [`Client::logout`](crate::Client::logout).
    pub fn logout(&self) -> Result<(), Error> {
        self.block_on(self.client.logout())
    }

    /// [`Client::batch_save`](crate::Client::batch_save).
    pub fn batch_save<F: Form>(&self, batch: &BatchSave<F>) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.batch_save(batch))
    }

    /// [`Client::batch_save_returning`](crate::Client::batch_save_returning).
    pub fn batch_save_returning<F: Form>(&self, batch: &BatchSave<F>) -> Result<Returned, Error> {
        self.block_on(self.client.batch_save_returning(batch))
    }

    /// [`Client::batch_update`](crate::Client::batch_update).
    pub fn batch_update<F: Form>(&self, batch: &BatchUpdate<F>) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.batch_update(batch))
    }

    /// [`Client::save`](crate::Client::save).
    pub fn save<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.block_on(self.client.save(bill, options))
    }

    /// [`Client::draft`](crate::Client::draft).
    pub fn draft<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.block_on(self.client.draft(bill, options))
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

    /// [`Client::cancel_assign`](crate::Client::cancel_assign).
    pub fn cancel_assign(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.cancel_assign(form, bills))
    }

    /// [`Client::execute_operation`](crate::Client::execute_operation).
    pub fn execute_operation(
        &self,
        form: &str,
        operation: &str,
        bills: &Bills,
    ) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.execute_operation(form, operation, bills))
    }

    /// [`Client::push`](crate::Client::push).
    pub fn push(&self, form: &str, bills: &Bills, push: &Push) -> Result<Vec<Verdict>, Error> {
        self.block_on(self.client.push(form, bills, push))
    }

    /// [`Client::query`](crate::Client::query).
    pub fn query(&self, query: &Query) -> Result<Rows, Error> {
        self.block_on(self.client.query(query))
    }

    /// [`Client::bill_query`](crate::Client::bill_query).
    pub fn bill_query(&self, query: &Query) -> Result<Rows, Error> {
        self.block_on(self.client.bill_query(query))
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
        BlockingPages { pages: self.client.pages(query), client: self.clone(), is_over: false }
    }

    /// [`Client::items`](crate::Client::items), as an iterator.
    ///
    /// ```
    /// # fn f(client: kingdee_k3cloud_sdk::blocking::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// use kingdee_k3cloud_sdk::Query;
    ///
    /// kingdee_k3cloud_sdk::row! {
    ///     struct Number {
    ///         number: String = "FBillNo",
    ///     }
    /// }
    /// for item in client.items::<Number>(Query::of::<Number>("SAL_OUTSTOCK").ordered("FID ASC")) {
    ///     println!("{}", item?.number);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn items<T: FromRow + Send>(&self, query: Query) -> impl Iterator<Item = Result<T, Error>> + use<T> {
        self.iterate(self.client.items(query))
    }

    /// [`Client::rows`](crate::Client::rows), as an iterator.
    pub fn rows<T: FromRow + Send>(
        &self,
        query: Query,
    ) -> impl Iterator<Item = Result<Result<T, RowError>, Error>> + use<T> {
        self.iterate(self.client.rows(query))
    }

    /// [`Client::look_up`](crate::Client::look_up).
    pub fn look_up(
        &self,
        query: &Query,
        key: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Rows, Error> {
        self.block_on(self.client.look_up(query, key, values))
    }

    /// [`Client::view`](crate::Client::view).
    pub fn view(&self, form: &str, number: &str) -> Result<Box<RawValue>, Error> {
        self.block_on(self.client.view(form, number))
    }

    /// [`Client::view_by_id`](crate::Client::view_by_id).
    pub fn view_by_id(&self, form: &str, id: &str) -> Result<Box<RawValue>, Error> {
        self.block_on(self.client.view_by_id(form, id))
    }

    /// [`Client::business_info`](crate::Client::business_info).
    pub fn business_info(&self, form: &str) -> Result<BusinessInfo, Error> {
        self.block_on(self.client.business_info(form))
    }

    /// [`Client::attach`](crate::Client::attach).
    pub fn attach(&self, attachment: &Attachment) -> Result<Attached, Error> {
        self.block_on(self.client.attach(attachment))
    }

    /// [`Client::attachment`](crate::Client::attachment).
    pub fn attachment(&self, file_id: &str) -> Result<AttachedFile, Error> {
        self.block_on(self.client.attachment(file_id))
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
    /// // What has no method here: two calls at once.
    /// let both = client.wait(|client| async move {
    ///     futures_util::try_join!(client.view("BD_MATERIAL", "M001"), client.view("BD_MATERIAL", "M002"))
    /// })?;
    /// println!("{} {}", both.0.get(), both.1.get());
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait<T, W: Future<Output = Result<T, Error>>>(
        &self,
        work: impl FnOnce(crate::Client) -> W,
    ) -> Result<T, Error> {
        self.block_on(work(self.client.clone()))
    }

    /// A stream as an iterator. Within another runtime it gives one error, and ends.
    fn iterate<T, S: Stream<Item = Result<T, Error>> + Unpin>(
        &self,
        mut stream: S,
    ) -> impl Iterator<Item = Result<T, Error>> + use<T, S> {
        let client = self.clone();
        let mut is_over = false;
        std::iter::from_fn(move || {
            if is_over {
                return None;
            }
            client.block_on(async { Ok(stream.next().await) }).unwrap_or_else(|error| {
                is_over = true;
                Some(Err(error))
            })
        })
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
    is_over: bool,
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
        let Self { pages, client, is_over } = self;
        if *is_over {
            return None;
        }
        client.block_on(async { Ok(pages.next().await) }).unwrap_or_else(|error| {
            *is_over = true;
            Some(Err(error))
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

//! The client for code that does not wait by `await` (feature `blocking`): a client and the runtime it runs on. All it
//! knows is the asynchronous client's; see [`Client`](crate::Client).

use std::fmt;
use std::io;
use std::sync::Arc;

use futures_util::StreamExt;
use serde::Serialize;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::RawAnswer;
use crate::client::options::CallOptions;
use crate::error::Error;
use crate::list::{Latest, List, Listed, Pages, rows_of};
use crate::method::definition::Method;
use crate::method::raw::RawRow;
use crate::method::write::definition::Write;
use crate::page::{Page, PageAsk, RowError};
use crate::replay::Replay;

/// A client whose calls return when they are answered. Cheap to clone; clones share the runtime too.
///
/// It has a runtime of its own. Within another runtime a blocked thread would stop the others: a call from there is an
/// error that says so, and not a panic.
///
/// ```
/// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
/// use wdt_qimen_sdk::{Span, blocking};
///
/// # fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let client = wdt_qimen_sdk::Client::builder().sid("shop2").app_key("23000000").app_secret("secret").build()?;
/// let client = blocking::Client::new(client)?;
/// let november = RefundParams::builder().span(Span::month(2026, 11)?).build();
/// let refunds = client.collect_latest(client.list::<RefundQuery>(november))?;
/// println!("{} returns", refunds.rows.len());
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
    ///
    /// ```
    /// use wdt_qimen_sdk::{Client, blocking};
    ///
    /// fn client(secret: &str) -> Result<blocking::Client, Box<dyn std::error::Error>> {
    ///     let client = Client::builder().sid("shop2").app_key("23000000").app_secret(secret).build()?;
    ///     Ok(blocking::Client::new(client)?)
    /// }
    /// ```
    pub fn new(client: crate::Client) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime: Arc::new(OwnRuntime(Some(runtime))) })
    }

    /// The asynchronous client within.
    pub fn client(&self) -> &crate::Client {
        &self.client
    }

    /// [`Client::with`](crate::Client::with): the same client on the same runtime, whose calls differ in these options.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{CallOptions, blocking};
    ///
    /// # fn f(client: &blocking::Client) {
    /// let hasty = client.with(CallOptions::new().deadline(Duration::from_secs(5)));
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { client: self.client.with(options), runtime: Arc::clone(&self.runtime) }
    }

    /// [`Client::call`](crate::Client::call).
    pub fn call(&self, method: &str, params: impl Serialize) -> Result<RawAnswer, Error> {
        self.call_as(Replay::Never, method, params)
    }

    /// [`Client::call_as`](crate::Client::call_as).
    pub fn call_as(&self, replay: Replay, method: &str, params: impl Serialize) -> Result<RawAnswer, Error> {
        self.block_on(method, self.client.call_as(replay, method, params))
    }

    /// [`Client::write`](crate::Client::write).
    pub fn write<W: Write>(&self, write: &W) -> Result<W::Answer, Error> {
        self.block_on(W::NAME, self.client.write(write))
    }

    /// [`Client::page`](crate::Client::page).
    pub fn page<M: Method>(&self, params: &M::Params, ask: PageAsk) -> Result<Page<M::Row>, Error> {
        self.block_on(M::NAME, self.client.page::<M>(params, ask))
    }

    /// [`Client::list`](crate::Client::list), for [`rows`](Self::rows), [`pages`](Self::pages) or
    /// [`collect_latest`](Self::collect_latest).
    pub fn list<M: Method>(&self, params: M::Params) -> List<M::Row> {
        self.client.list::<M>(params)
    }

    /// [`Client::list_raw`](crate::Client::list_raw), for the same.
    pub fn list_raw(&self, method: &str, list_key: &str, params: impl Serialize) -> List<RawRow> {
        self.client.list_raw(method, list_key, params)
    }

    /// [`List::rows`], as an iterator.
    ///
    /// ```
    /// # fn f(client: wdt_qimen_sdk::blocking::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// for shop in client.rows(client.list_raw("wdt.shop.query", "shoplist", ())) {
    ///     match shop? {
    ///         Ok(shop) => println!("{}", shop.text()),
    ///         Err(broken) => eprintln!("{broken}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows<R: Send + 'static>(&self, list: List<R>) -> BlockingRows<R> {
        BlockingRows { pages: self.pages(list), came: Vec::new().into_iter() }
    }

    /// [`List::pages`], as an iterator.
    ///
    /// ```
    /// # fn f(client: wdt_qimen_sdk::blocking::Client, month: wdt_qimen_sdk::Span) -> Result<(), Box<dyn std::error::Error>> {
    /// use wdt_qimen_sdk::Listed;
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// let mut pages = client.pages(client.list::<RefundQuery>(RefundParams::builder().span(month).build()));
    /// while let Some(listed) = pages.next() {
    ///     if let Listed::Page(listed) = listed? {
    ///         println!("{} rows", listed.page.rows.len());
    ///         let kept = serde_json::to_string(&pages.checkpoint())?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages<R: Send + 'static>(&self, list: List<R>) -> BlockingPages<R> {
        BlockingPages {
            method: list.method().to_owned(),
            pages: list.pages(),
            client: self.clone(),
            is_over: false,
        }
    }

    /// [`List::collect_latest`].
    pub fn collect_latest<R: Send + 'static>(&self, list: List<R>) -> Result<Latest<R>, Error> {
        let method = list.method().to_owned();
        self.block_on(&method, list.collect_latest())
    }

    /// Anything else that the asynchronous client can do.
    ///
    /// ```
    /// # fn f(client: wdt_qimen_sdk::blocking::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// // Two calls at once:
    /// let (shops, warehouses) = client.wait(|client| async move {
    ///     let shops = client.list_raw("wdt.shop.query", "shoplist", ()).collect_latest();
    ///     let warehouses = client.list_raw("wdt.warehouse.query", "warehouses", ()).collect_latest();
    ///     futures_util::future::try_join(shops, warehouses).await
    /// })?;
    /// println!("{} shops, {} warehouses", shops.rows.len(), warehouses.rows.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait<T, W: Future<Output = Result<T, Error>>>(
        &self,
        work: impl FnOnce(crate::Client) -> W,
    ) -> Result<T, Error> {
        self.block_on("blocking", work(self.client.clone()))
    }

    fn block_on<T>(&self, method: &str, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let why = "a blocking call within a runtime: use the asynchronous client there, or spawn_blocking";
        match &self.runtime.0 {
            Some(runtime) if Handle::try_current().is_err() => runtime.block_on(call),
            _ => Err(Error::request(method, why.to_owned())),
        }
    }
}

/// The pages of a list as an iterator: made by [`Client::pages`]. An error that may pass leaves it where it stood; one that
/// says that no call can be made here, within a runtime, ends it.
#[derive(Debug)]
pub struct BlockingPages<R> {
    method: String,
    pages: Pages<R>,
    client: Client,
    is_over: bool,
}

impl<R> BlockingPages<R> {
    /// [`Pages::checkpoint`].
    pub fn checkpoint(&self) -> crate::Checkpoint {
        self.pages.checkpoint()
    }
}

impl<R> Iterator for BlockingPages<R> {
    type Item = Result<Listed<R>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { method, pages, client, is_over } = self;
        if *is_over {
            return None;
        }
        client.block_on(method, async { Ok(pages.next().await) }).unwrap_or_else(|error| {
            *is_over = true;
            Some(Err(error))
        })
    }
}

/// The rows of a list as an iterator: made by [`Client::rows`]. An error that may pass leaves it where it stood.
#[derive(Debug)]
pub struct BlockingRows<R> {
    pages: BlockingPages<R>,
    /// The rows of the page that came last.
    came: std::vec::IntoIter<Result<Result<R, RowError>, Error>>,
}

impl<R> Iterator for BlockingRows<R> {
    type Item = Result<Result<R, RowError>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.came.next() {
                return Some(row);
            }
            self.came = rows_of(self.pages.next()?).into_iter();
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("client", &self.client).finish_non_exhaustive()
    }
}

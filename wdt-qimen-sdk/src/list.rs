//! Lists read whole, as streams of pages or items: long spans cut to the method's rule, rows that move repeated
//! rather than lost. What is asked next is decided in `list/course.rs`, and within one span by `window`.

mod checkpoint;
mod course;
mod forward;
mod latest;
mod pages;
mod progress;
mod reading;
mod standing;
mod verdict;

pub use checkpoint::{BadCheckpoint, Checkpoint};
pub use course::Walked;
pub use latest::Latest;
pub use pages::Pages;
pub use progress::Progress;
#[cfg(feature = "blocking")]
pub(crate) use reading::rows_of;
pub use reading::{Listed, ListedPage};

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::client::Client;
use crate::error::Error;
use crate::method::definition::Method;
use crate::method::pairs;
use crate::method::raw::RawRow;
use crate::page::{Page, RowError};
use crate::span::Span;
use checkpoint::State;
use course::Course;
use reading::{Ask, Reading, Source};
use standing::Standing;

/// A list to be read whole: settings, then [`collect_latest`](Self::collect_latest), [`rows`](Self::rows) or
/// [`pages`](Self::pages). Made by [`Client::list`] and [`Client::list_raw`].
///
/// With a span it is read **drift-safe** by [`Walk`](crate::window::Walk): a span longer than the method allows is
/// cut, rows that move while they are read come again instead of slipping through, and the end says whether the
/// list was proven whole. So **a row may come more than once**: fold by its number, the latest `modified` wins.
/// Without a span pages are read forward, and what falls short of the total is read again.
///
/// One page at a time is held, the next is asked for when the stream is polled again. A stream may be dropped, and
/// its `next()` cancelled, at any await: a call under way is then continued by the next poll, not repeated.
pub struct List<R> {
    source: Source<R>,
    /// A hash of what is asked.
    question: String,
    span: Option<Span>,
    longest: Option<Duration>,
    page_size: u32,
    max_pages: u64,
    window_pages: u32,
    cold_after: Duration,
    forward: bool,
    resumed: Option<State>,
}

impl Client {
    /// A method's rows, to be read whole.
    ///
    /// ```no_run
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// # async fn f(client: wdt_qimen_sdk::Client, month: wdt_qimen_sdk::Span) -> Result<(), wdt_qimen_sdk::Error> {
    /// let params = RefundParams::builder().span(month).build();
    /// let refunds = client.list::<RefundQuery>(params).collect_latest().await?;
    /// for refund in refunds.rows.values() {
    ///     println!("{}", refund.refund_no);
    /// }
    /// for broken in refunds.broken.values() {
    ///     eprintln!("{broken}");
    /// }
    /// assert!(refunds.is_whole(), "{:?}", refunds.proof);
    /// # Ok(())
    /// # }
    /// ```
    pub fn list<M: Method>(&self, params: M::Params) -> List<M::Row> {
        let span = M::span(&params);
        let question = self.question(M::LIST_KEY, &M::params(&params));
        let client = self.clone();
        let ask: Ask<M::Row> = Arc::new(move |span, ask| {
            let (client, mut params) = (client.clone(), params.clone());
            if let Some(span) = span {
                M::set_span(&mut params, span);
            }
            Box::pin(async move {
                // Else each part of the list would be the whole.
                if span.is_some() && M::span(&params) != span {
                    return Err(Error::request(M::NAME, "its Method::set_span sets no span".to_owned()));
                }
                client.page::<M>(&params, ask).await
            })
        });
        let rows = |page: &Page<M::Row>| page.rows_at::<M>().collect();
        let source = Source { client: self.clone(), method: M::NAME.to_owned(), ask, rows };
        List::new(source, question, span, M::WINDOW, M::PAGE.default)
    }

    /// The rows of any method, by its name and the key that its list stands under, as raw JSON texts.
    ///
    /// Rows count by their text. Pages are read forward unless a span is given by [`List::within`]. `params` as for
    /// [`call`](Self::call).
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt;
    ///
    /// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut shops = client.list_raw("wdt.shop.query", "shoplist", [("is_disabled", 0)]).rows();
    /// while let Some(shop) = shops.try_next().await? {
    ///     match shop {
    ///         Ok(shop) => println!("{}", shop.text()),
    ///         Err(broken) => eprintln!("{broken}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_raw(&self, method: &str, list_key: &str, params: impl Serialize) -> List<RawRow> {
        let client = self.clone();
        let asked = Arc::new((method.to_owned(), list_key.to_owned(), pairs(params)));
        let question = asked.2.as_ref().map_or(String::new(), |params| self.question(list_key, params));
        let ask: Ask<RawRow> = Arc::new(move |span, ask| {
            let (client, asked) = (client.clone(), Arc::clone(&asked));
            Box::pin(async move {
                let (method, list_key, params) = &*asked;
                let params = params.clone().map_err(|why| Error::request(method, why))?;
                client.raw_page(method, list_key, params, span, ask).await
            })
        });
        let rows = |page: &Page<RawRow>| {
            page.rows
                .iter()
                .map(|row| row.as_ref().map_or_else(|error| error.key.clone(), RawRow::key).into())
                .collect()
        };
        let source = Source { client: self.clone(), method: method.to_owned(), ask, rows };
        List::new(source, question, None, None, 40)
    }

    /// What is asked, of whom and where, as a text that tells nothing of it.
    fn question<K: AsRef<str> + Ord>(&self, list_key: &str, params: &[(K, String)]) -> String {
        let mut params: Vec<_> = params.iter().collect();
        params.sort_unstable();
        let [sid, address] = self.asked_of();
        let params = params.into_iter().flat_map(|(key, value)| [key.as_ref(), value]);
        let mut hash = Sha256::new();
        for text in [sid, address, list_key].into_iter().chain(params) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        base16ct::lower::encode_string(&hash.finalize())
    }
}

impl<R: Send + 'static> List<R> {
    fn new(
        source: Source<R>,
        question: String,
        span: Option<Span>,
        longest: Option<Duration>,
        page_size: u32,
    ) -> Self {
        Self {
            source,
            question,
            span,
            longest,
            page_size,
            max_pages: 100_000,
            window_pages: 25,
            cold_after: Duration::from_secs(13 * 60),
            forward: false,
            resumed: None,
        }
    }

    /// The method that is listed.
    pub fn method(&self) -> &str {
        &self.source.method
    }

    /// Rows a page; the method's documented size by default.
    #[must_use]
    pub fn page_size(self, rows: u32) -> Self {
        Self { page_size: rows, ..self }
    }

    /// The most pages that are asked for, failed ones included: 100,000 by default. Beyond it the stream ends with
    /// [`ErrorKind::Bound`](crate::ErrorKind::Bound).
    ///
    /// ```
    /// use wdt_qimen_sdk::method::goods::{GoodsParams, GoodsQuery};
    /// use wdt_qimen_sdk::{Client, ErrorKind};
    ///
    /// /// A look at the first thousand goods, and no more calls than that takes.
    /// async fn look(client: &Client, params: GoodsParams) -> Result<usize, wdt_qimen_sdk::Error> {
    ///     let list = client.list::<GoodsQuery>(params).page_size(100).max_pages(10);
    ///     match list.collect_latest().await {
    ///         Ok(goods) => Ok(goods.rows.len()),
    ///         Err(error) if matches!(error.kind(), ErrorKind::Bound { .. }) => Ok(1000),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn max_pages(self, pages: u64) -> Self {
        Self { max_pages: pages, ..self }
    }

    /// How many pages are walked as one span before it is cut in time: 25 by default. Rows that move cost the
    /// fewer repetitions the shorter a walk is.
    #[must_use]
    pub fn window_pages(self, pages: u32) -> Self {
        Self { window_pages: pages, ..self }
    }

    /// How long after its end a span can only lose rows: 13 minutes by default (three that the gateway may lag, ten
    /// for rows that appear late). What ended later, by the client's clock or by the server's as far as it is known,
    /// is read once and proves nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::Client;
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// # fn f(client: &Client, params: RefundParams) {
    /// // A gateway that was seen to lag by half an hour: what is younger proves nothing yet.
    /// let list = client.list::<RefundQuery>(params).cold_after(Duration::from_secs(30 * 60));
    /// # }
    /// ```
    #[must_use]
    pub fn cold_after(self, age: Duration) -> Self {
        Self { cold_after: age, ..self }
    }

    /// Reads each span forward, once: the fewest calls, and rows that move while they are read can be missed.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use wdt_qimen_sdk::mock::Gateway;
    /// use futures_util::TryStreamExt;
    /// use wdt_qimen_sdk::method::goods::{GoodsParams, GoodsQuery};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let gateway = Gateway::builder().build();
    /// # gateway.world().put_master_data();
    /// # let client = gateway.client()?;
    /// # let year = wdt_qimen_sdk::Span::new(wdt_qimen_sdk::wire::parse_time("2026-01-01")?, wdt_qimen_sdk::wire::parse_time("2026-12-31")?)?;
    /// // A catalogue that hardly moves: each page is asked for once.
    /// let goods = client.list::<GoodsQuery>(GoodsParams::builder().span(year).build()).forward();
    /// let mut rows = goods.rows();
    /// while let Some(row) = rows.try_next().await? {
    ///     match row {
    ///         Ok(goods) => println!("{} {}", goods.goods_no, goods.goods_name),
    ///         Err(broken) => eprintln!("{broken}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn forward(self) -> Self {
        Self { forward: true, ..self }
    }

    /// Goes on from where a list of the same method, parameters and span stood, of the same seller at the same address: see
    /// [`Checkpoint`].
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client, month: wdt_qimen_sdk::Span, kept: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_util::TryStreamExt;
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// let params = RefundParams::builder().span(month).build();
    /// let mut pages = client.list::<RefundQuery>(params).resume(serde_json::from_str(kept)?)?.pages();
    /// while let Some(listed) = pages.try_next().await? {
    ///     // … keep the rows, and then where the list stands:
    ///     let kept = serde_json::to_string(&pages.checkpoint())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(self, checkpoint: Checkpoint) -> Result<Self, BadCheckpoint> {
        let stood = checkpoint.into_state()?;
        let what = if stood.method != self.source.method {
            "method"
        } else if stood.span != self.span {
            "span"
        } else if stood.question != self.question {
            "parameters"
        } else {
            return Ok(Self { resumed: Some(stood), ..self });
        };
        Err(BadCheckpoint::OtherList { method: stood.method, what })
    }

    /// The pages as they come, then [`Listed::End`] with what was proven.
    ///
    /// An error that may pass leaves the stream where it stood: polled again, it asks the same page again. Any
    /// other error is its last item.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    /// use wdt_qimen_sdk::{Client, Error, Listed};
    ///
    /// /// Reads a list with a word on the way.
    /// async fn read(client: &Client, params: RefundParams) -> Result<bool, Error> {
    ///     let mut pages = client.list::<RefundQuery>(params).pages();
    ///     while let Some(listed) = pages.try_next().await? {
    ///         match listed {
    ///             Listed::Page(listed) => println!("{}%", listed.progress.percent),
    ///             Listed::End(proof) => return Ok(matches!(proof, wdt_qimen_sdk::window::Proof::Proved { .. })),
    ///             _ => {}
    ///         }
    ///     }
    ///     Ok(false)
    /// }
    /// ```
    pub fn pages(self) -> Pages<R> {
        let Self { resumed, .. } = self;
        let spans = match &resumed {
            Some(resumed) => resumed.left.clone(),
            None => self.span.map(|span| cut(span, self.longest)).unwrap_or_default(),
        };
        let is_finished = resumed.as_ref().is_some_and(|resumed| resumed.finished);
        let course = if self.span.is_none() && !is_finished {
            Course::endless(self.page_size)
        } else if self.forward {
            Course::forward(spans, self.page_size)
        } else {
            Course::walk(spans, self.page_size, self.window_pages, self.cold_after)
        };
        let (verdict, progress, counted) =
            resumed.map(|resumed| (resumed.verdict, resumed.progress, resumed.counted)).unwrap_or_default();
        let standing = Arc::new(Mutex::new(Standing {
            method: self.source.method.clone(),
            question: self.question,
            span: self.span,
            course: course.with(verdict),
            progress,
            counted,
        }));
        let reading = Reading::new(self.source, Arc::clone(&standing), self.page_size, self.max_pages);
        Pages::new(reading, standing)
    }

    /// The rows one by one. The outer error is a page's that could not be had; the inner one a row's that cannot be
    /// read, and **the rows after it still come**: `?` on the outer, a look at the inner. Says nothing of proof: see
    /// [`pages`](Self::pages), also for what an error does to the stream.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use wdt_qimen_sdk::mock::Gateway;
    /// use futures_util::TryStreamExt;
    /// use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let gateway = Gateway::builder().build();
    /// # gateway.world().put_master_data();
    /// # let client = gateway.client()?;
    /// let mut shops = client.list::<ShopQuery>(ShopParams::default()).rows();
    /// while let Some(shop) = shops.try_next().await? {
    ///     match shop {
    ///         Ok(shop) => println!("{} {}", shop.shop_no, shop.shop_name),
    ///         Err(broken) => eprintln!("{broken}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows(self) -> impl Stream<Item = Result<Result<R, RowError>, Error>> + Send + Unpin + 'static {
        self.pages().flat_map(|listed| stream::iter(reading::rows_of(listed)))
    }

    /// Reads to the end: each row once, as it was last, the rows that cannot be read, and the proof. All of it is held in
    /// memory; an error of a page ends it. Who wants to go on after one folds [`pages`](Self::pages) into a [`Latest`].
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use wdt_qimen_sdk::mock::{self, Gateway};
    /// use wdt_qimen_sdk::Span;
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let clock = mock::virtual_clock("2027-01-01T00:00:00Z".parse()?);
    /// # let gateway = Gateway::builder().now(clock).build();
    /// # gateway.world().extend(mock::fill(1, 60, Span::month(2026, 11)?));
    /// # gateway.world().push(serde_json::json!({"refund_no": "TK-BAD", "modified": "2026-11-03 10:00:00", "refund_amount": "a lot"}));
    /// # let client = gateway.client()?;
    /// let params = RefundParams::builder().span(Span::month(2026, 11)?).build();
    /// let refunds = client.list::<RefundQuery>(params).collect_latest().await?;
    /// for (number, broken) in &refunds.broken {
    ///     eprintln!("{number}: {broken}");
    /// }
    /// assert_eq!((refunds.rows.len(), refunds.broken.len(), refunds.is_whole()), (60, 1, false));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn collect_latest(self) -> Result<Latest<R>, Error> {
        let mut pages = self.pages();
        let mut latest = Latest::default();
        while let Some(listed) = pages.try_next().await? {
            latest.take(listed);
        }
        Ok(latest)
    }
}

impl List<RawRow> {
    /// Reads what was last modified within the span (`start_time`, `end_time`), cut where it is longer than
    /// `longest`, the method's own limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{Client, Error, Span};
    ///
    /// /// A method that takes a day at most, over a month.
    /// async fn purchases(client: &Client, month: Span) -> Result<usize, Error> {
    ///     let list = client.list_raw("wdt.purchase.order.query", "purchase_list", [("status", 90)]);
    ///     let orders = list.within(month, Duration::from_secs(24 * 3600)).collect_latest().await?;
    ///     Ok(orders.rows.len())
    /// }
    /// ```
    #[must_use]
    pub fn within(self, span: Span, longest: Duration) -> Self {
        Self { span: Some(span), longest: Some(longest), ..self }
    }
}

/// The span in parts of which none is longer than `longest`.
fn cut(span: Span, longest: Option<Duration>) -> Vec<Span> {
    let seconds = u64::try_from(span.length().num_seconds()).unwrap_or(0);
    let longest = longest.map_or(u64::MAX, |longest| longest.as_secs().max(1));
    span.cut(u32::try_from(seconds.div_ceil(longest)).unwrap_or(u32::MAX))
}

impl<R> fmt::Debug for List<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("method", &self.source.method)
            .field("span", &self.span)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

//! The client: calls by name, and what is known of its pace and of the server's clock. Settings are in
//! `client/builder.rs`, pages of a method in `client/pages.rs`; how one call is made is `client/core.rs`.

mod answer;
pub(crate) mod build_error;
pub(crate) mod builder;
mod core;
#[cfg(feature = "mock")]
mod of_gateway;
pub(crate) mod options;
mod pages;
mod request;
mod rows;
mod seen;
mod skew;
mod times;

pub use answer::RawAnswer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::core::{Core, Order};
use self::options::CallOptions;
use crate::error::Error;
use crate::limit::{Hold, Limiter, LimiterSnapshot, Pace};
use crate::method::pairs;
use crate::method::write::definition::Write;
use crate::replay::Replay;
use crate::server_clock::ClockReading;

/// A client of the gateway: typed, signed, limited, retried.
///
/// Cheap to clone; clones share limiter, connections and retry budget. Every call may be dropped at any await:
/// nothing is lost but its answer.
///
/// ```
/// use wdt_qimen_sdk::Client;
/// use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
///
/// /// Shared by the tasks of a service: clones are the same client.
/// #[derive(Clone)]
/// struct App {
///     wdt: Client,
/// }
///
/// async fn shop_names(app: App) -> Result<Vec<String>, wdt_qimen_sdk::Error> {
///     let shops = app.wdt.list::<ShopQuery>(ShopParams::default()).collect_latest().await?;
///     Ok(shops.rows.into_values().map(|shop| shop.shop_name).collect())
/// }
/// ```
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    options: CallOptions,
}

impl Client {
    /// The same client, whose calls differ in these options: it shares limiter, connections, budget and clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{CallOptions, RetryPolicy};
    ///
    /// # fn f(client: &wdt_qimen_sdk::Client) {
    /// // A check of the connection: once, within five seconds.
    /// let once = client.with(CallOptions::new().timeout(Duration::from_secs(5)).retry(RetryPolicy::never()));
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { core: Arc::clone(&self.core), options: options.over(self.options) }
    }

    /// A raw call by name, signed and limited like the others, its answer's JSON kept as text. **It is sent once**,
    /// since it may write: whatever comes back, or does not, the client sends no second request. A method that only
    /// reads is better called by [`call_as`](Self::call_as).
    ///
    /// `params` is whatever serialises as names and values: a map, a struct, pairs, or `()` for none. Texts and numbers
    /// go as they are, true and false as 1 and 0; a list or a struct within goes as JSON text, as 旺店通 wants its
    /// `trade_list`; what is `None` or empty is not sent.
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// match client.call("wdt.trade.push", [("shop_no", "S001"), ("trade_list", "[…]")]).await {
    ///     Ok(answer) => println!("{}", answer.text()),
    ///     Err(error) if error.may_resend() => eprintln!("not carried out: {error}"),
    ///     Err(error) => eprintln!("{error}: {}", error.advice()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(
        &self,
        method: &str,
        params: impl Serialize,
    ) -> impl Future<Output = Result<RawAnswer, Error>> + Send {
        self.call_as(Replay::Never, method, params)
    }

    /// A raw call by name that is tried again as `replay` allows.
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// use wdt_qimen_sdk::Replay;
    /// let shops = client.call_as(Replay::Safe, "wdt.shop.query", [("page_no", 0)]).await?;
    /// println!("{}", shops.text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_as(
        &self,
        replay: Replay,
        method: &str,
        params: impl Serialize,
    ) -> impl Future<Output = Result<RawAnswer, Error>> + Send {
        let pairs = pairs(params);
        async move {
            let business = pairs.map_err(|why| Error::request(method, why))?;
            let order = Order { method, business: &business, replay, options: self.options };
            Ok(self.core.exchange(order, answer::read_raw).await?.into_raw(method))
        }
    }

    /// Writes by a typed method, as a [`TradePush`](crate::method::write::TradePush): tried again only as
    /// [`Write::REPLAY`] allows.
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client, trades: Vec<wdt_qimen_sdk::method::write::PushedTrade>) -> Result<(), wdt_qimen_sdk::Error> {
    /// use wdt_qimen_sdk::method::write::TradePush;
    /// let pushed = client.write(&TradePush::builder().shop_no("S001").trade_list(trades).build()).await?;
    /// println!("{:?} new, {:?} changed", pushed.new_count, pushed.chg_count);
    /// # Ok(())
    /// # }
    /// ```
    pub fn write<W: Write>(&self, write: &W) -> impl Future<Output = Result<W::Answer, Error>> + Send {
        let pairs = pairs(write);
        async move {
            let business = pairs.map_err(|why| Error::request(W::NAME, why))?;
            let order =
                Order { method: W::NAME, business: &business, replay: W::REPLAY, options: self.options };
            Ok(self.core.exchange(order, answer::read_written::<W::Answer>).await?.into_answer())
        }
    }

    /// Who is asked, and where: the seller and the address.
    pub(crate) fn asked_of(&self) -> [&str; 2] {
        [self.core.sid(), self.core.caller.base_url.as_str()]
    }

    /// A call that only reads.
    fn reading<'a>(&self, method: &'a str, business: &'a [(String, String)]) -> Order<'a> {
        Order { method, business, replay: Replay::Safe, options: self.options }
    }

    /// What paces the calls: for another client of the same account, which shares it.
    ///
    /// ```
    /// # fn f(client: wdt_qimen_sdk::Client, builder: wdt_qimen_sdk::ClientBuilder) {
    /// // A second client of the same seller, with another time limit, within the same quota:
    /// let hasty = builder.limiter(client.limiter()).timeout(std::time::Duration::from_secs(5)).build();
    /// # }
    /// ```
    pub fn limiter(&self) -> Limiter {
        self.core.limiter.clone()
    }

    /// What the limiter remembers, to be kept and given to [`ClientBuilder::resume`](crate::ClientBuilder::resume) after a restart.
    ///
    /// ```
    /// # fn f(client: &wdt_qimen_sdk::Client, path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    /// std::fs::write(path, serde_json::to_string(&client.snapshot())?)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot(&self) -> LimiterSnapshot {
        self.core.limiter.snapshot(self.core.sid(), self.core.now())
    }

    /// How each method that was called runs at present, by method name: its pace, why it is so, and until when it
    /// is held.
    ///
    /// ```
    /// # fn f(client: &wdt_qimen_sdk::Client) {
    /// // A gauge for each method:
    /// for (method, pace) in client.limits() {
    ///     println!("{method}: {:.1} calls a minute of {:.1}, {:?}", pace.per_minute, pace.contract, pace.reason);
    /// }
    /// # }
    /// ```
    pub fn limits(&self) -> BTreeMap<String, Pace> {
        self.core.limiter.paces(self.core.sid(), self.core.now())
    }

    /// The methods to which nothing is sent for a while, by name: until when, and what the server said.
    ///
    /// ```
    /// # fn f(client: &wdt_qimen_sdk::Client) {
    /// for (method, hold) in client.holds() {
    ///     println!("{method} waits until {}: {}", hold.until, hold.said);
    /// }
    /// # }
    /// ```
    pub fn holds(&self) -> BTreeMap<String, Hold> {
        self.core.limiter.holds(self.core.sid(), self.core.now())
    }

    /// Ends every hold, because a person knows better, and says how many there were. Calls that wait go on at the
    /// pace that was learned; the next refusal holds them again.
    ///
    /// ```
    /// # fn f(client: &wdt_qimen_sdk::Client) {
    /// // A person has the word of 旺店通 that the ban is over:
    /// let lifted = client.lift_holds();
    /// println!("{lifted} methods are called again");
    /// # }
    /// ```
    pub fn lift_holds(&self) -> usize {
        self.core.limiter.lift(self.core.sid(), self.core.now())
    }

    /// The client's wall clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.core.now()
    }

    /// The server's clock beside this host's, by the `Date` headers of the answers so far.
    ///
    /// ```
    /// # fn f(client: &wdt_qimen_sdk::Client) {
    /// // Read up to where the server's clock surely is, and not to where this host believes to be:
    /// let until = client.clock_reading().reached();
    /// # let _ = until;
    /// # }
    /// ```
    pub fn clock_reading(&self) -> ClockReading {
        self.core.clock_reading()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("protocol", &self.core.caller.protocol)
            .field("base_url", &self.core.caller.base_url.as_str())
            .field("credentials", &self.core.caller.credentials)
            .field("sign_method", &self.core.caller.sign_method)
            .field("limiter", &self.core.limiter)
            .finish_non_exhaustive()
    }
}

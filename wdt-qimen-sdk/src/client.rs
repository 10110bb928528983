//! The client: calls by name, and what is known of its pace and of the server's clock. Settings are in
//! `client/builder.rs`, pages of a method in `client/pages.rs`; how one call is made is `client/core.rs`.

mod answer;
pub(crate) mod build_error;
pub(crate) mod builder;
mod core;
mod pages;
mod request;
mod rows;
mod skew;

pub use answer::RawAnswer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::core::Core;
use crate::error::Error;
use crate::limit::{Hold, LimiterSnapshot, Pace};
use crate::server_clock::ClockReading;

/// A client of the gateway: typed, signed, limited, retried.
///
/// Cheap to clone; clones share limiter, connections and retry budget. Every call may be dropped at any await:
/// nothing is lost but its answer.
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
}

impl Client {
    /// A raw call by name: signed, limited and retried like the others, its answer's JSON kept as text.
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// let shops = client.call("wdt.shop.query", &[("page_no", "0".to_owned())]).await?;
    /// println!("{}", shops.text());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call(&self, method: &str, params: &[(&str, String)]) -> Result<RawAnswer, Error> {
        let business: Vec<_> = params.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let answered = self.core.exchange(method, &business, answer::read_raw).await?;
        Ok(answered.into_raw())
    }

    /// What the limiter remembers, to be kept and given to [`ClientBuilder::resume`](crate::ClientBuilder::resume) after a restart.
    pub fn snapshot(&self) -> LimiterSnapshot {
        self.core.limiter.snapshot(self.core.sid(), self.core.now())
    }

    /// How each method that was called runs at present, by method name: its pace, why it is so, and until when it
    /// is held.
    pub fn limits(&self) -> BTreeMap<String, Pace> {
        self.core.limiter.paces(self.core.sid(), self.core.now())
    }

    /// The methods to which nothing is sent for a while, by name: until when, and what the server said.
    pub fn holds(&self) -> BTreeMap<String, Hold> {
        self.core.limiter.holds(self.core.sid(), self.core.now())
    }

    /// Ends every hold, because a person knows better, and says how many there were. Calls that wait go on at the
    /// pace that was learned; the next refusal holds them again.
    pub fn lift_holds(&self) -> usize {
        self.core.limiter.lift(self.core.sid(), self.core.now())
    }

    /// The client's wall clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.core.now()
    }

    /// The server's clock beside this host's, by the `Date` headers of the answers so far.
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

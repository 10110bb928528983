//! How long calls of a client may take: each attempt, each method's, the whole. What is wrong with it is told by
//! `client/times.rs`.

use std::time::Duration;

use super::ClientBuilder;
use crate::client::times::Own;
use crate::method::definition::Method;
use crate::method::write::definition::Write;

impl ClientBuilder {
    /// The time limit of one attempt, 30 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.times.timeout = timeout;
        self
    }

    /// Another time limit for one method, by whichever of its names. A name that lies within two letters of one that this
    /// crate knows is taken for a slip, and [`build`](Self::build) refuses it; [`timeout_for`](Self::timeout_for) says it
    /// by the type.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wdt_qimen_sdk::Client;
    /// let builder = Client::builder().timeout_of("wdt.trade.push", Duration::from_secs(120));
    /// # let _ = builder;
    /// let slip = Client::builder().timeout_of("wdt.trade.psuh", Duration::from_secs(120)).build().unwrap_err();
    /// assert!(slip.to_string().contains("do you mean wdt.trade.push?"));
    /// ```
    #[must_use]
    pub fn timeout_of(self, method: impl Into<String>, timeout: Duration) -> Self {
        self.own_timeout(method.into(), timeout, false)
    }

    /// Another time limit for one method that lists rows.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use wdt_qimen_sdk::Client;
    /// use wdt_qimen_sdk::method::refund::RefundQuery;
    ///
    /// let builder = Client::builder().timeout_for::<RefundQuery>(Duration::from_secs(120));
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn timeout_for<M: Method>(self, timeout: Duration) -> Self {
        self.own_timeout(M::NAME.to_owned(), timeout, true)
    }

    /// Another time limit for one method that writes.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use wdt_qimen_sdk::Client;
    /// use wdt_qimen_sdk::method::write::TradePush;
    ///
    /// let builder = Client::builder().timeout_for_write::<TradePush>(Duration::from_secs(120));
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn timeout_for_write<W: Write>(self, timeout: Duration) -> Self {
        self.own_timeout(W::NAME.to_owned(), timeout, true)
    }

    fn own_timeout(mut self, method: String, time: Duration, typed: bool) -> Self {
        self.times.own.push(Own { method, time, typed });
        self
    }

    /// The time limit of a whole call: its turn, every attempt, the waits between them. None by default, and a call
    /// waits for its turn as long as those before it take. What is not sent in time fails with
    /// [`ErrorKind::Deadline`](crate::ErrorKind::Deadline); a ban that outlasts it is not waited for. Each page of a list
    /// is a call of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{CallOptions, Client};
    ///
    /// # fn f(client: &Client) {
    /// // Two minutes for what runs in the background, ten seconds for what somebody waits for:
    /// let builder = Client::builder().deadline(Duration::from_secs(120));
    /// let hasty = client.with(CallOptions::new().deadline(Duration::from_secs(10)));
    /// # }
    /// ```
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.times.deadline = Some(deadline);
        self
    }
}

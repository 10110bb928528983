//! What is different for some calls of a client.

use std::time::Duration;

use crate::retry::RetryPolicy;

/// What is different for some calls: given to [`Client::with`](crate::Client::with). What is not set is the client's.
///
/// ```no_run
/// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use std::time::Duration;
/// use wdt_qimen_sdk::{CallOptions, Replay};
///
/// let hasty = client.with(CallOptions::new().deadline(Duration::from_secs(5)));
/// let shops = hasty.call_as(Replay::Safe, "wdt.shop.query", ()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
}

impl CallOptions {
    /// Nothing is different.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time limit of a whole call: [`ClientBuilder::deadline`](crate::ClientBuilder::deadline).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{CallOptions, RetryPolicy};
    ///
    /// // For one call: within 20 s, waiting for its turn included, and never twice.
    /// let options = CallOptions::new().deadline(Duration::from_secs(20)).retry(RetryPolicy::never());
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The time limit of one attempt.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// When and how often it is tried again, and the longest ban that it sits out. The budget stays the client's.
    #[must_use]
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry: Some(retry), ..self }
    }

    /// These, and what they leave open as `base` says.
    pub(crate) fn over(self, base: Self) -> Self {
        Self {
            deadline: self.deadline.or(base.deadline),
            timeout: self.timeout.or(base.timeout),
            retry: self.retry.or(base.retry),
        }
    }
}

//! What one call may do otherwise than the client.

use std::time::Duration;

use crate::retry::RetryPolicy;

/// Bounds of a single call, in place of the client's own; see [`Client::with`](crate::Client::with).
///
/// ```
/// # async fn save(client: kingdee_k3cloud_sdk::Client, query: kingdee_k3cloud_sdk::Query) -> Result<(), kingdee_k3cloud_sdk::Error> {
/// use std::time::Duration;
/// use kingdee_k3cloud_sdk::CallOptions;
///
/// // A page that somebody waits for: ten seconds, queue and retries included.
/// let rows = client.with(CallOptions::new().deadline(Duration::from_secs(10))).query(&query).await?;
/// # let _ = rows;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
}

impl CallOptions {
    /// Nothing other than the client's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long to wait for the answer to one attempt.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long the whole call may take, queue and retries included.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kingdee_k3cloud_sdk::{CallOptions, RetryPolicy};
    ///
    /// // For one call: within 20 s, waiting for its turn included, and never twice.
    /// let options = CallOptions::new().deadline(Duration::from_secs(20)).retry(RetryPolicy::never());
    /// # let _ = options;
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// How often and how long to try again. The budget stays the client's: one for all its calls.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// These, and where they leave something open, those.
    pub(crate) fn over(self, those: Self) -> Self {
        Self {
            timeout: self.timeout.or(those.timeout),
            deadline: self.deadline.or(those.deadline),
            retry: self.retry.or(those.retry),
        }
    }
}

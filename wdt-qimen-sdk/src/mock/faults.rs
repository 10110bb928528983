//! What goes wrong, and how often. Which of it an adapter can do depends on the adapter.

use std::str::FromStr;
use std::time::Duration;

use super::rng::Rng;

/// How often each thing goes wrong, as rates of all calls (their sum at most 1), and how slow the wire is.
///
/// ```
/// use std::time::Duration;
/// use wdt_qimen_sdk::mock::{Faults, Gateway};
///
/// // One answer in ten is lost, and each takes 200 ms:
/// let faults = Faults { lost: 0.1, latency: Duration::from_millis(200), ..Faults::none() };
/// let gateway = Gateway::builder().faults(faults).seed(7).build();
/// # let _ = gateway;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    /// The connection is refused (in memory), or closed before the request is read (server).
    pub refuse: f64,
    /// The connection breaks before the server has done anything.
    pub reset: f64,
    /// The server does its work and the answer is lost.
    pub lost: f64,
    /// The answer breaks off in its middle.
    pub cut: f64,
    /// The answer comes in drops.
    pub drip: f64,
    /// The answer comes late by [`delay`](Self::delay).
    pub slow: f64,
    /// A page of HTML with status 200.
    pub html: f64,
    /// Status 503 or 502.
    pub status: f64,
    /// For how long such a status asks to be left alone (`Retry-After`, in whole seconds); `None`: it does not say.
    pub retry_after: Option<Duration>,
    /// A redirect to another host.
    pub redirect: f64,
    /// Code 10, service currently unavailable.
    pub busy: f64,
    /// Code 15 with a passing sub-code.
    pub remote: f64,
    /// Code 7 with a named ban of one or two seconds that nobody keeps.
    pub limited: f64,
    /// How long every exchange takes.
    pub latency: Duration,
    /// How late a slow answer is.
    pub delay: Duration,
}

impl Faults {
    /// Nothing goes wrong.
    pub const fn none() -> Self {
        Self {
            refuse: 0.0,
            reset: 0.0,
            lost: 0.0,
            cut: 0.0,
            drip: 0.0,
            slow: 0.0,
            html: 0.0,
            status: 0.0,
            retry_after: None,
            redirect: 0.0,
            busy: 0.0,
            remote: 0.0,
            limited: 0.0,
            latency: Duration::ZERO,
            delay: Duration::ZERO,
        }
    }

    /// A bad day: about one call in twenty fails.
    pub const fn light() -> Self {
        Self {
            refuse: 0.005,
            reset: 0.005,
            lost: 0.005,
            cut: 0.005,
            drip: 0.005,
            slow: 0.005,
            html: 0.002,
            status: 0.005,
            busy: 0.01,
            remote: 0.01,
            latency: Duration::from_millis(2),
            delay: Duration::from_millis(200),
            ..Self::none()
        }
    }

    /// About one call in three fails, in every way but a redirect.
    pub const fn storm() -> Self {
        Self {
            refuse: 0.03,
            reset: 0.03,
            lost: 0.04,
            cut: 0.04,
            drip: 0.02,
            slow: 0.03,
            html: 0.02,
            status: 0.05,
            busy: 0.04,
            remote: 0.04,
            latency: Duration::from_millis(5),
            delay: Duration::from_millis(500),
            ..Self::none()
        }
    }

    /// With this fault at this rate of all calls, from 0 to 1.
    ///
    /// ```
    /// use wdt_qimen_sdk::mock::{Fault, Faults};
    ///
    /// assert_eq!(Faults::none().with(Fault::Lost, 0.1), Faults { lost: 0.1, ..Faults::none() });
    /// ```
    #[must_use]
    pub fn with(mut self, fault: Fault, rate: f64) -> Self {
        let place = match fault {
            Fault::Refuse => &mut self.refuse,
            Fault::Reset => &mut self.reset,
            Fault::Lost => &mut self.lost,
            Fault::Cut => &mut self.cut,
            Fault::Drip => &mut self.drip,
            Fault::Slow => &mut self.slow,
            Fault::Html => &mut self.html,
            Fault::Status => &mut self.status,
            Fault::Redirect => &mut self.redirect,
            Fault::Busy => &mut self.busy,
            Fault::Remote => &mut self.remote,
            Fault::Limited => &mut self.limited,
        };
        *place = rate;
        self
    }

    pub(super) fn roll(&self, rng: &mut Rng) -> Option<Fault> {
        let mut left = rng.rate();
        let rates = [
            (self.refuse, Fault::Refuse),
            (self.reset, Fault::Reset),
            (self.lost, Fault::Lost),
            (self.cut, Fault::Cut),
            (self.drip, Fault::Drip),
            (self.slow, Fault::Slow),
            (self.html, Fault::Html),
            (self.status, Fault::Status),
            (self.redirect, Fault::Redirect),
            (self.busy, Fault::Busy),
            (self.remote, Fault::Remote),
            (self.limited, Fault::Limited),
        ];
        rates.into_iter().find_map(|(rate, fault)| {
            left -= rate;
            (left < 0.0).then_some(fault)
        })
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

/// A preset that is none of none, light, storm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no preset of faults: none, light or storm")]
pub struct UnknownFaults(String);

impl FromStr for Faults {
    type Err = UnknownFaults;

    fn from_str(name: &str) -> Result<Self, UnknownFaults> {
        match name {
            "none" => Ok(Self::none()),
            "light" => Ok(Self::light()),
            "storm" => Ok(Self::storm()),
            other => Err(UnknownFaults(other.to_owned())),
        }
    }
}

/// One thing that goes wrong with one call: see [`Gateway::fail_next`](super::Gateway::fail_next).
///
/// ```
/// # use wdt_qimen_sdk::{RetryPolicy, Replay};
/// use wdt_qimen_sdk::mock::{Fault, Gateway};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = Gateway::builder().build();
/// let client = gateway.client_builder().retry(RetryPolicy::default()).build()?;
/// for fault in [Fault::Refuse, Fault::Cut, Fault::Busy] {
///     gateway.fail_next(fault);
/// }
/// // A read gets through all the same, at its fourth attempt:
/// let answer = client.call_as(Replay::Safe, "wdt.shop.query", ()).await?;
/// assert_eq!((answer.calls, gateway.requests().len()), (4, 3));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is refused (in memory), or closed before the request is read (server).
    Refuse,
    /// The connection breaks before the server has done anything.
    Reset,
    /// The server does its work and the answer is lost.
    Lost,
    /// The answer breaks off in its middle.
    Cut,
    /// The answer comes in drops.
    Drip,
    /// The answer comes late by [`Faults::delay`].
    Slow,
    /// A page of HTML with status 200.
    Html,
    /// Status 503.
    Status,
    /// A redirect to another host.
    Redirect,
    /// Code 10, service currently unavailable.
    Busy,
    /// Code 15 with a passing sub-code.
    Remote,
    /// Code 7 with a named ban of a second that nobody keeps.
    Limited,
}

impl Fault {
    /// Every kind, for tests that go through all of them.
    pub const ALL: [Self; 12] = [
        Self::Refuse,
        Self::Reset,
        Self::Lost,
        Self::Cut,
        Self::Drip,
        Self::Slow,
        Self::Html,
        Self::Status,
        Self::Redirect,
        Self::Busy,
        Self::Remote,
        Self::Limited,
    ];
}

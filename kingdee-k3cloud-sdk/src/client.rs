//! The client: what it is, its session, and calls by name. Saving and changing bills is in `writes`,
//! asking for them in `reads`; how a call is built, sent and tried again, in `core`.

mod answers;
mod attachments;
pub(crate) mod build_error;
pub(crate) mod builder;
pub(crate) mod core;
mod course;
mod identity;
mod login;
pub(crate) mod options;
mod org;
pub(crate) mod pages;
pub(crate) mod raw_answer;
mod reads;
pub(crate) mod returned;
mod rows;
mod seen;
#[cfg(feature = "mock")]
mod simulated;
mod writes;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use self::core::Core;
use self::options::CallOptions;
use self::org::Org;
use self::raw_answer::RawAnswer;
use crate::envelope::Answer;
use crate::error::{Error, ErrorKind};
use crate::fields::once;
use crate::hold::Hold;
use crate::limit::{Limiter, LimiterSnapshot};
use crate::service::{Replay, Service};

/// A client of one data centre (账套) for one user. Cheap to clone; clones share session, quota and
/// connections.
///
/// ```
/// use kingdee_k3cloud_sdk::{Bills, Client, Error, Verdict};
///
/// /// Shared by the tasks of a service: clones are the same client.
/// #[derive(Clone)]
/// struct App {
///     books: Client,
/// }
///
/// async fn audit(app: App, number: &str) -> Result<bool, Error> {
///     let verdicts = app.books.audit("SAL_RETURNSTOCK", &Bills::numbers([number])).await?;
///     Ok(verdicts.iter().all(Verdict::is_done))
/// }
/// ```
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    options: CallOptions,
    org: Option<Arc<Org>>,
}

impl Client {
    pub(crate) fn from_core(core: Core) -> Self {
        Self { core: Arc::new(core), options: CallOptions::default(), org: None }
    }

    /// The same client, sharing session, quota and connections, whose calls are bounded otherwise. Options add up: what
    /// these leave open is as before.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kingdee_k3cloud_sdk::{CallOptions, RetryPolicy};
    ///
    /// # async fn f(client: &kingdee_k3cloud_sdk::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// // A check of the connection: once, within five seconds.
    /// let once = CallOptions::new().deadline(Duration::from_secs(5)).retry(RetryPolicy::never());
    /// client.with(once).ping().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { options: options.over(self.options), ..self.clone() }
    }

    /// The same client in another organisation, by its number: it shares limiter, pauses and connections. With header
    /// signing it is named in the signature; with a login each organisation has one session of its own, shared by all that
    /// are asked for it, which is switched (SwitchOrg) before its first call. A number that does not exist is refused there;
    /// header signing does not notice it. Logins are the account's: they go one at a time, and after a refused one none
    /// is tried for any organisation. What was asked for once is kept, some hundred bytes each, as long as the client.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().orgs(["100", "101"]).build();
    /// # let client = site.client()?;
    /// for number in ["100", "101"] {
    ///     client.for_org(number).ping().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn for_org(&self, number: impl Into<String>) -> Self {
        Self { org: Some(self.core.orgs.of(number.into())), ..self.clone() }
    }

    /// What bounds the calls, to share it with another client.
    ///
    /// ```
    /// # fn f(client: &kingdee_k3cloud_sdk::Client) {
    /// let now = client.snapshot();
    /// println!("{} reads and {} writes in flight, {:?} between calls", now.reads_in_flight, now.writes_in_flight, now.spacing);
    /// # }
    /// ```
    pub fn limiter(&self) -> Limiter {
        self.core.limiter.clone()
    }

    /// How the limiter is at present.
    pub fn snapshot(&self) -> LimiterSnapshot {
        self.core.limiter.snapshot()
    }

    async fn exchange<T>(
        &self,
        service: &Service,
        body: String,
        read: impl Fn(Answer) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        self.exchange_any(std::slice::from_ref(service), body, read).await
    }

    /// One call of a service that has several names: the first that the site knows.
    async fn exchange_any<T>(
        &self,
        names: &[Service],
        body: String,
        read: impl Fn(Answer) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        self.core.exchange(&self.options, self.org.as_deref(), names, body, read).await
    }

    /// Any other service, by short (`Push`) or full name. `body` is whatever serialises as its JSON, a struct or
    /// `serde_json::json!`, `()` for none; what is JSON already goes as a [`RawValue`](serde_json::value::RawValue), as it stands. The client
    /// does not know what the service does, so **one request leaves at most** ([`Replay::Never`]).
    ///
    /// An answer of the service is `Ok` whatever it says: [`RawAnswer::verdicts`] and [`RawAnswer::read`] tell whether it
    /// says no. `SwitchOrg` holds for the session only, and a session can be renewed
    /// at any call: give the client an [`org_num`](crate::ClientBuilder::org_num) rather.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::Verdict;
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # site.on("Allocate", |_| json!({ "Result": { "ResponseStatus": { "IsSuccess": true, "SuccessEntitys": [{ "Id": 7, "Number": "M001" }] } } }));
    /// # let client = site.client()?;
    /// let body = json!({ "formid": "BD_MATERIAL", "data": { "PkIds": "100001", "TOrgIds": "100002" } });
    /// let answer = client.call("Allocate", body).await?;
    /// for verdict in answer.verdicts()? {
    ///     match verdict {
    ///         Verdict::Saved { number, .. } => println!("{number} is allocated"),
    ///         other => println!("it is not: {other:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(
        &self,
        service: &str,
        body: impl Serialize,
    ) -> impl Future<Output = Result<RawAnswer, Error>> + Send {
        self.call_as(Replay::Never, service, body)
    }

    /// [`call`](Self::call), for who knows that this service only reads: [`Replay::Safe`] is tried again.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::Replay;
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # site.on("Get", |_| json!([1.5, 2]));
    /// # let client = site.client()?;
    /// // A service of the site's own, which only reads: tried again after whatever passes.
    /// let prices = client.call_as(Replay::Safe, "Our.WebApi.Prices.Get", json!({ "materials": ["M001", "M002"] })).await?;
    /// println!("{:?}", prices.read::<Vec<serde_json::Number>>()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_as(
        &self,
        replay: Replay,
        service: &str,
        body: impl Serialize,
    ) -> impl Future<Output = Result<RawAnswer, Error>> + Send {
        let asked = Service::named(service, replay).and_then(|service| {
            let body = serde_json::to_string(&body);
            // What a service of the site's own makes of names is its own affair.
            let body = service.written(if service.is_own() { body } else { body.and_then(once::checked) })?;
            match body.as_bytes().first() {
                Some(b'{' | b'[') => Ok((service, body)),
                Some(b'n') => Ok((service, "{}".to_owned())),
                _ => {
                    let why =
                        "the body is no object: give what serialises as the body, or JSON as a RawValue";
                    Err(Error::request(service.short(), why.to_owned()))
                }
            }
        });
        async move {
            let (service, body) = asked?;
            let read = |answer: Answer| {
                if service.replay == Replay::Safe { answer.in_session() } else { Ok(answer) }
            };
            let answer = self.exchange(&service, body, read).await?;
            Ok(RawAnswer::new(&service, answer))
        }
    }

    /// Logs in now, even if a login was refused a short while ago: the session of the organisation that this client
    /// [calls in](Self::for_org), whose switch comes with its first call. Header signing needs no login, so there it does
    /// nothing. Calls log in by themselves.
    pub async fn login(&self) -> Result<(), Error> {
        self.core.login(self.org.as_deref()).await
    }

    /// The pauses that last, by [what is not sent](crate::HoldKind): `calls`, as the server asked by a `Retry-After`;
    /// `logins`, after a refused one in whatever organisation, because repeated failures lock the account. Keep them and give them to
    /// [`ClientBuilder::resume`](crate::ClientBuilder::resume) after a restart.
    ///
    /// ```
    /// # fn f(client: &kingdee_k3cloud_sdk::Client) {
    /// for (what, hold) in client.holds() {
    ///     println!("no {what} until {}: {}", hold.until, hold.said);
    /// }
    /// # }
    /// ```
    pub fn holds(&self) -> BTreeMap<String, Hold> {
        self.core.holds()
    }

    /// Ends every pause, because a person knows better, and says how many there were. The next refusal makes another.
    ///
    /// ```
    /// # async fn f(client: &kingdee_k3cloud_sdk::Client) -> Result<(), kingdee_k3cloud_sdk::Error> {
    /// // A person has mended the password:
    /// client.lift_holds();
    /// client.login().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lift_holds(&self) -> usize {
        self.core.lift_holds()
    }

    /// Ends the session, if there is one, also that of a login that is under way: it is waited for.
    pub async fn logout(&self) -> Result<(), Error> {
        self.core.logout(self.org.as_deref()).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.core.base_url)
            .field("acct_id", &self.core.identity.acct_id)
            .field("username", &self.core.identity.username)
            .field("credentials", &self.core.credentials)
            .finish_non_exhaustive()
    }
}

//! One call from request to answer: limit, sign or log in, send, read, and try again where that is
//! safe. What the methods ask for is in `client`; what replies mean, in `envelope`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryFutureExt as _;
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;
use tower::ServiceExt as _;
use tower_service::Service as _;
use tracing::Instrument as _;

use super::answers::Answers;
use super::course::Course;
use super::identity::Identity;
use super::login;
use super::options::CallOptions;
use super::org::{Org, Orgs};
use super::seen;
use crate::certificate::BadCertificate;
use crate::clock::Clock;
use crate::credentials::{Credentials, Way};
use crate::envelope::{self, Answer};
use crate::error::{Error, ErrorKind};
use crate::fate::Fate;
use crate::hold::{Hold, HoldKind, Pause};
use crate::limit::Limiter;
use crate::query::checkpoint::hash_of;
use crate::retry::{Budget, RetryPolicy};
use crate::runtime;
use crate::service::{Replay, Service};
use crate::session::gate::Gate;
use crate::session::{Session, Ticket};
use crate::sign::Signing;
use crate::transport::{BoxError, BoxTransport, BrokenOff, NotSent, Operation, ReplyBody, TooLarge};

/// Everything behind a client.
pub(crate) struct Core {
    /// As configured, with a slash at the end.
    pub(crate) base_url: String,
    /// Its host, for people and spans.
    pub(crate) host: String,
    pub(crate) identity: Identity,
    pub(crate) credentials: Credentials,
    /// Of the logins of every session: they are of one account.
    pub(crate) gate: Gate,
    pub(crate) session: Session,
    pub(crate) orgs: Orgs,
    pub(crate) answers: Answers,
    pub(crate) transport: BoxTransport,
    pub(crate) limiter: Limiter,
    pub(crate) pause: Pause,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Option<Duration>,
    /// Other time-outs, by the full name of the operation.
    pub(crate) timeouts: BTreeMap<String, Duration>,
    pub(crate) max_body: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    /// Which name of a service with several the site has shown to know.
    pub(crate) spelling: AtomicUsize,
    /// Makes nonces differ within a millisecond, and jitter differ between calls.
    pub(crate) calls: AtomicU64,
}

/// What bounds a call, and where it is made.
struct Limits<'a> {
    /// Another organisation than the client's.
    org: Option<&'a Org>,
    /// One attempt, where that is not as usual.
    timeout: Option<Duration>,
    retry: RetryPolicy,
}

/// A failed attempt: why, and what it means for the call as a whole.
struct Failure {
    kind: ErrorKind,
    fate: Fate,
    lost: Option<Arc<Ticket>>,
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Self {
        Self { fate: kind.fate(), kind, lost: None }
    }
}

impl Core {
    /// Makes a call and reads its answer, trying again where the service allows it, within the call's deadline. Of several
    /// names of one service the next is tried where the site does not know the one before.
    pub(crate) async fn exchange<T>(
        &self,
        options: &CallOptions,
        org: Option<&Org>,
        names: &[Service],
        body: String,
        read: impl Fn(Answer) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        let [service, ..] = names else {
            return Err(Error::request("", "the call names no service".to_owned()));
        };
        needs_runtime(service.short())?;
        if let Some(org) = org.filter(|org| org.number.trim().is_empty()) {
            let why = format!("{:?} is no organisation's number", org.number);
            return Err(Error::request(service.short(), why));
        }
        let course = Course::new(options.deadline.or(self.deadline));
        let limits = Limits { org, timeout: options.timeout, retry: options.retry.unwrap_or(self.retry) };
        let span = seen::span(service, &self.host);
        let body = Bytes::from(body);
        let attempts = async {
            let (first, mut tried) = (self.spelling.load(Ordering::Relaxed), 0);
            loop {
                let at = (first + tried) % names.len();
                let outcome = self.attempts(&limits, &course, &names[at], body.clone(), &read).await;
                // A page that speaks of an ended session stands at any address: what became of the call is open.
                let is_unknown =
                    matches!(&outcome, Err((kind, fate)) if kind.is_of_the_path() && *fate != Fate::Unknown);
                tried += 1;
                if !is_unknown && names.len() > 1 {
                    self.spelling.store(at, Ordering::Relaxed);
                }
                if !is_unknown || tried == names.len() {
                    return outcome;
                }
            }
        };
        // Boxed: callers put this future into theirs, layer upon layer.
        let call = Box::pin(course.within(attempts));
        let outcome = call.instrument(span.clone()).await.map_err(|(kind, fate)| {
            let error = Error::new(service.short(), kind)
                .after(course.attempts(), course.elapsed(), fate)
                .queued_for(course.queued());
            if service.replay == Replay::Safe { error.of_a_read() } else { error }
        });
        seen::over(&span, &course, outcome.as_ref().err());
        outcome
    }

    async fn attempts<T>(
        &self,
        limits: &Limits<'_>,
        course: &Course,
        service: &Service,
        body: Bytes,
        read: &impl Fn(Answer) -> Result<T, ErrorKind>,
    ) -> Result<T, (ErrorKind, Fate)> {
        let seed = self.seed.wrapping_add(self.calls.fetch_add(1, Ordering::Relaxed));
        let mut delays = limits.retry.delays_of(seed);
        let mut renewed = false;
        loop {
            course.begin();
            let failure = match self.attempt(limits, course, service, body.clone(), read).await {
                Ok(value) => {
                    self.budget.refill();
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            let Failure { kind, fate, lost } = failure;
            course.failed(fate);
            let kind = kind.hiding(self.credentials.secret().expose_secret());
            let attempts = course.attempts();
            tracing::debug!(operation = service.short(), attempts, ?fate, error = %kind, "attempt failed");
            if let (Some(wait), false) = (kind.retry_after(), matches!(kind, ErrorKind::Held { .. })) {
                self.pause.ask(wait, kind.to_string());
            }
            if let Some(ticket) = lost {
                self.session_of(limits.org).lost(&ticket);
                // Refused before it ran: the one write that may be sent again. Once.
                if !std::mem::replace(&mut renewed, true) {
                    continue;
                }
            } else if kind.is_transient()
                && (service.replay.may_resend() || fate == Fate::NotSent)
                && !kind.refuses_login(fate)
            {
                let asked = kind.retry_after().unwrap_or_default();
                if let Some(delay) = delays.next().map(|delay| delay.max(asked))
                    && asked <= limits.retry.patience
                    && course.has(delay)
                    && self.budget.spend()
                {
                    tokio::time::sleep(delay).await;
                    continue;
                }
            }
            return Err((kind, fate));
        }
    }

    async fn attempt<T>(
        &self,
        limits: &Limits<'_>,
        course: &Course,
        service: &Service,
        body: Bytes,
        read: impl Fn(Answer) -> Result<T, ErrorKind>,
    ) -> Result<T, Failure> {
        let _place = course.queue(self.limiter.place(service.replay == Replay::Safe)).await;
        let ticket = self.ticket(limits, course).await?;
        let turn = self.turn(limits.retry.patience, course).await?;
        course.sent().await;
        let limit = limits.timeout.unwrap_or_else(|| self.limit_of(service));
        let sent = self.send(limit, service, body, ticket.as_deref(), limits.org).await;
        course.answered();
        let reply = sent?;
        let answer = envelope::read(&reply);
        match &answer {
            Ok(answer) if answer.is_busy() => self.limiter.pace().busy(turn, Duration::ZERO),
            Err(kind) if kind.is_busy() => {
                self.limiter.pace().busy(turn, kind.retry_after().unwrap_or_default());
            }
            Ok(_) => self.limiter.pace().fine(),
            Err(_) => {}
        }
        let session = self.session_of(limits.org);
        if let Some(ticket) = &ticket {
            heed(course, session, ticket, &answer);
        }
        // Not from a reply that says of a session that it has ended: it may show the very one.
        if !self.credentials.needs_login() && answer.is_ok() && !envelope::doubts_session(&answer) {
            session.adopt(&reply);
        }
        match answer.and_then(read) {
            Ok(value) => Ok(value),
            Err(kind @ ErrorKind::SessionLost) => Err(match ticket {
                Some(ticket) => Failure { fate: kind.fate(), kind, lost: Some(ticket) },
                // Signed, and in no session: it is the signature that the server does not know.
                None => ErrorKind::Credentials("MsgCode 1".to_owned()).into(),
            }),
            Err(kind) => Err(kind.into()),
        }
    }

    /// What the call shows to be let in: after a login and a switch to its organisation, where it needs them. Whatever
    /// befell those, the call itself was not sent.
    async fn ticket(&self, limits: &Limits<'_>, course: &Course) -> Result<Option<Arc<Ticket>>, Failure> {
        let session = self.session_of(limits.org);
        if !self.credentials.needs_login() {
            return Ok(session.current());
        }
        let unsent = |kind| Failure { kind, fate: Fate::NotSent, lost: None };
        let ticket = session.ticket(&self.gate, self.log_in(course)).await.map_err(unsent)?;
        if let Some(org) = limits.org {
            let switch = async {
                self.turn(self.retry.patience, course).await?;
                let (service, body) = org.switch();
                let limit = self.limit_of(&service);
                let reply = self.send(limit, &service, body.into(), Some(&ticket), Some(org)).await?;
                let answer = envelope::read(&reply);
                heed(course, session, &ticket, &answer);
                super::org::switched(answer)
            };
            ticket.switched(switch).await.map_err(|kind| {
                let lost = matches!(kind, ErrorKind::SessionLost).then(|| Arc::clone(&ticket));
                Failure { kind, fate: Fate::NotSent, lost }
            })?;
        }
        Ok(Some(ticket))
    }

    /// Who calls, where, as a text that tells neither.
    pub(crate) fn caller(&self, org: Option<&Org>) -> String {
        let Identity { acct_id, username, org_num, .. } = &self.identity;
        let org_num = org.map_or(org_num, |org| &org.number);
        // As the same address is written in one way.
        let site = url::Url::parse(&self.base_url).map_or_else(|_| self.base_url.clone(), String::from);
        hash_of([&site, acct_id, username, org_num].map(String::as_str))
    }

    fn session_of<'a>(&'a self, org: Option<&'a Org>) -> &'a Session {
        org.map_or(&self.session, |org| &org.session)
    }

    /// Waits until a request may be sent, and tells when that was.
    async fn turn(&self, patience: Duration, course: &Course) -> Result<Instant, ErrorKind> {
        let held = |wait| ErrorKind::Held { wait };
        let pause = self.pause.sit_out(course.left().map_or(patience, |left| patience.min(left)));
        course.queue(pause).await.map_err(held)?;
        Ok(course.queue(self.limiter.pace().turn()).await)
    }

    /// Sends one request and waits for the whole reply.
    async fn send(
        &self,
        limit: Duration,
        service: &Service,
        body: Bytes,
        ticket: Option<&Ticket>,
        org: Option<&Org>,
    ) -> Result<Response<Bytes>, ErrorKind> {
        let request = self.request(service, body, ticket, org)?;
        let mut transport = self.transport.clone();
        let sent = async {
            let ready = transport.ready().await.map_err(ErrorKind::Connect)?;
            let reply = ready.call(request.map(Full::new)).await.map_err(failed)?;
            let (head, body) = reply.into_parts();
            let body = read(body, self.max_body).await?;
            Ok::<_, ErrorKind>(Response::from_parts(head, body))
        };
        tokio::time::timeout(limit, sent).await.map_err(|_| ErrorKind::Timeout { limit })?
    }

    fn request(
        &self,
        service: &Service,
        body: Bytes,
        ticket: Option<&Ticket>,
        org: Option<&Org>,
    ) -> Result<Request<Bytes>, ErrorKind> {
        let bad = |why: String| ErrorKind::Request(why);
        let url = format!("{}{}", self.base_url, service.file());
        // The signature covers the path as written, the wire carries it encoded.
        let encoded = url::Url::parse(&url).map_err(|error| bad(error.to_string()))?;
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        request.extensions_mut().insert(Operation::new(service.short()));
        *request.uri_mut() = encoded.as_str().parse::<Uri>().map_err(|error| bad(error.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Way::Signature { app_id, app_secret } = self.credentials.way() {
            let now = self.now();
            let (timestamp, call) = (now.timestamp().to_string(), self.calls.fetch_add(1, Ordering::Relaxed));
            let signing = Signing {
                path: path(&url),
                acct_id: &self.identity.acct_id,
                username: &self.identity.username,
                app_id,
                app_secret: app_secret.expose_secret(),
                lcid: self.identity.lcid,
                org_num: org.map_or(&self.identity.org_num, |org| &org.number),
                timestamp: &timestamp,
                nonce: &format!("{}{call:06}", now.timestamp_millis()),
            };
            for (name, value) in signing.headers() {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| bad(error.to_string()))?;
                let mut value =
                    HeaderValue::from_str(&value).map_err(|_| bad(format!("{name} is not ASCII")))?;
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        if let Some(ticket) = ticket {
            ticket.put_into(&mut request);
        }
        Ok(request)
    }

    /// The reply to the login call of these credentials.
    async fn log_in(&self, course: &Course) -> Result<Response<Bytes>, ErrorKind> {
        self.turn(self.retry.patience, course).await?;
        let (service, body) = login::request(&self.identity, &self.credentials, self.now());
        self.send(self.limit_of(&service), &service, body.into(), None, None).await
    }

    fn limit_of(&self, service: &Service) -> Duration {
        self.timeouts.get(&service.timed_by()).copied().unwrap_or(self.timeout)
    }

    pub(crate) async fn login(&self, org: Option<&Org>) -> Result<(), Error> {
        const SERVICE: Service = Service::write("Login");
        if !self.credentials.needs_login() {
            return Ok(());
        }
        needs_runtime(SERVICE.short())?;
        let course = Course::new(self.deadline);
        course.begin();
        let login = self.session_of(org).login(&self.gate, self.log_in(&course)).map_err(with_fate);
        course.within(login).await.map_err(|failed| self.failed(&SERVICE, &course, failed))
    }

    pub(crate) async fn logout(&self, org: Option<&Org>) -> Result<(), Error> {
        const SERVICE: Service = Service::write("Logout");
        needs_runtime(SERVICE.short())?;
        let course = Course::new(self.deadline);
        course.begin();
        let logout = async {
            // A login that is under way is waited for: its session would stay open.
            let Some(ticket) = course.queue(self.session_of(org).end(&self.gate)).await else {
                return Ok(());
            };
            self.turn(self.retry.patience, &course).await?;
            let limit = self.limit_of(&SERVICE);
            let reply = self.send(limit, &SERVICE, Bytes::from_static(b"{}"), Some(&ticket), org).await?;
            envelope::read(&reply).map(drop)
        };
        match course.within(logout.map_err(with_fate)).await {
            // A session that is already lost is as good as ended.
            Ok(()) | Err((ErrorKind::SessionLost, _)) => Ok(()),
            Err(failed) => Err(self.failed(&SERVICE, &course, failed)),
        }
    }

    /// The error of a call on a session, login or logout: it changes nothing in the books.
    fn failed(&self, service: &Service, course: &Course, (kind, fate): (ErrorKind, Fate)) -> Error {
        let kind = kind.hiding(self.credentials.secret().expose_secret());
        let error = Error::new(service.short(), kind).after(course.attempts(), course.elapsed(), fate);
        error.queued_for(course.queued()).of_a_read()
    }

    /// The pause that lasts longest, of all calls or of logins.
    pub(crate) fn holds(&self) -> BTreeMap<String, Hold> {
        let of_logins = self.gate.refused().map(|(left, kind)| {
            (HoldKind::Logins, left, kind.hiding(self.credentials.secret().expose_secret()).to_string())
        });
        let of_calls = self.pause.left().map(|(left, said)| (HoldKind::Calls, left, said));
        let both = of_calls.into_iter().chain(of_logins);
        both.map(|(kind, left, said)| (kind.as_str().to_owned(), Hold::of(kind, left, said, self.now())))
            .collect()
    }

    /// Ends every pause, and says how many there were.
    pub(crate) fn lift_holds(&self) -> usize {
        self.limiter.pace().release();
        usize::from(self.pause.lift()) + usize::from(self.gate.forgive())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}

/// Gives up a session if an answer casts doubt on it: whether the call ran is open, and the next one need not meet the same
/// session. Once a call: where a new one did not help, it is not the session's.
fn heed(course: &Course, session: &Session, ticket: &Ticket, answer: &Result<Answer, ErrorKind>) {
    if envelope::doubts_session(answer) && course.doubts_first() {
        session.doubt(ticket);
    }
}

/// What a failure means by itself.
fn with_fate(kind: ErrorKind) -> (ErrorKind, Fate) {
    let fate = kind.fate();
    (kind, fate)
}

/// Refuses a call where it could not wait.
fn needs_runtime(operation: &str) -> Result<(), Error> {
    runtime::missing().map_or(Ok(()), |why| Err(Error::request(operation, why.to_owned())))
}

/// The whole body of an answer, up to a bound.
async fn read(mut body: ReplyBody, limit: usize) -> Result<Bytes, ErrorKind> {
    let (mut pieces, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        // What is no data are trailers.
        if let Ok(piece) = frame.map_err(ErrorKind::Read)?.into_data() {
            length += piece.len();
            if length > limit {
                return Err(ErrorKind::TooLarge { limit });
            }
            pieces.push(piece);
        }
    }
    Ok(if pieces.len() == 1 { pieces.remove(0) } else { pieces.concat().into() })
}

/// The URL from the first `/` after the authority.
fn path(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    url[authority..].find('/').map_or("/", |slash| &url[authority + slash..])
}

/// A marker, wherever it is in the chain: layers around a transport wrap its errors.
fn marker<T: std::error::Error + 'static>(error: &BoxError) -> Option<&T> {
    let first: &(dyn std::error::Error + 'static) = &**error;
    std::iter::successors(Some(first), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// What a transport's error says about the request.
fn failed(error: BoxError) -> ErrorKind {
    #[cfg(feature = "http-transport")]
    if let Some(why) = marker::<runtime::NoIo>(&error) {
        return ErrorKind::Request(why.to_string());
    }
    if let Some(refused) = marker::<BadCertificate>(&error) {
        ErrorKind::Certificate(refused.clone())
    } else if marker::<NotSent>(&error).is_some() {
        ErrorKind::Connect(error)
    } else if marker::<BrokenOff>(&error).is_some() {
        ErrorKind::Read(error)
    } else if let Some(TooLarge { limit }) = marker::<TooLarge>(&error) {
        ErrorKind::TooLarge { limit: *limit }
    } else {
        ErrorKind::Send(error)
    }
}

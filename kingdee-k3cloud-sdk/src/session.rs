//! The login session: had once, shared by all calls, renewed when it is lost. Who sends the login hands its reply in;
//! when none may be sent is in `session/gate`; which reply means that a session is lost, in `envelope`.

pub(crate) mod gate;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde::Deserialize;
use serde_with::serde_as;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use self::gate::Gate;
use crate::bill_error::BillError;
use crate::envelope::{self, Answer};
use crate::error::ErrorKind;
use crate::scalar::AnyNumber;
use crate::text::Text;

const SESSION_ID: &str = "kdservice-sessionid";

/// How long after a session was given up for what may be about another no other one is: where a new one did not help, to log
/// in for each call would use up the server.
const DOUBT_AGAIN: Duration = Duration::from_secs(60);

/// One session. That there is one login however many calls wait for it, the gate sees to: its state is never waited for.
#[derive(Debug, Default)]
pub(crate) struct Session {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    logins: u64,
    ticket: Option<Arc<Ticket>>,
    /// When one was given up by [`Session::doubt`].
    doubted: Option<Instant>,
}

/// What a call shows to be let in.
pub(crate) struct Ticket {
    /// Which login it came from: tells a lost session from one that was renewed meanwhile.
    generation: u64,
    id: HeaderValue,
    cookies: HeaderValue,
    /// Set once it is switched to its organisation, where it has one.
    switched: OnceCell<()>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl Ticket {
    /// The session with this id, and the cookies that came with it; none if they cannot be sent back.
    fn of(reply: &Response<Bytes>, id: &str, generation: u64) -> Option<Self> {
        let secret = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        Some(Self {
            generation,
            id: secret(id)?,
            cookies: secret(&cookies(reply, id))?,
            switched: OnceCell::new(),
        })
    }

    /// Switches it to its organisation, unless that was done.
    pub(crate) async fn switched(
        &self,
        switch: impl Future<Output = Result<(), ErrorKind>>,
    ) -> Result<(), ErrorKind> {
        self.switched.get_or_try_init(|| switch).await.map(drop)
    }

    /// Puts the session into a request.
    pub(crate) fn put_into(&self, request: &mut Request<Bytes>) {
        request.headers_mut().insert(SESSION_ID, self.id.clone());
        request.headers_mut().insert(header::COOKIE, self.cookies.clone());
    }
}

impl Session {
    /// The ticket in force, after logging in if there is none: only then is `login` awaited, the reply to a login call.
    pub(crate) async fn ticket(
        &self,
        gate: &Gate,
        login: impl Future<Output = Result<Response<Bytes>, ErrorKind>>,
    ) -> Result<Arc<Ticket>, ErrorKind> {
        if let Some(ticket) = self.current() {
            return Ok(ticket);
        }
        let had_or_new = async {
            // Who waited at the gate finds what was had meanwhile.
            match self.current() {
                Some(ticket) => Ok(ticket),
                None => self.renewed(login).await,
            }
        };
        gate.pass(had_or_new).await
    }

    /// Logs in, also while a refusal is held against it. Calls go on with the session that there is until it is its turn.
    pub(crate) async fn login(
        &self,
        gate: &Gate,
        login: impl Future<Output = Result<Response<Bytes>, ErrorKind>>,
    ) -> Result<(), ErrorKind> {
        gate.pass_by_name(self.renewed(login)).await.map(drop)
    }

    /// The session of this login, in place of the one before. At the gate.
    async fn renewed(
        &self,
        login: impl Future<Output = Result<Response<Bytes>, ErrorKind>>,
    ) -> Result<Arc<Ticket>, ErrorKind> {
        let generation = {
            let mut state = self.state();
            state.ticket = None;
            state.logins += 1;
            state.logins
        };
        let ticket = Arc::new(ticket(&login.await?, generation)?);
        self.state().ticket = Some(Arc::clone(&ticket));
        Ok(ticket)
    }

    /// The session in force, if there is one.
    pub(crate) fn current(&self) -> Option<Arc<Ticket>> {
        self.state().ticket.clone()
    }

    /// Keeps the session that a signed call was given, as the vendor's own clients do: without it the server opens
    /// another one for each call.
    pub(crate) fn adopt(&self, reply: &Response<Bytes>) {
        let set = reply.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = set.filter_map(|cookie| cookie.split(';').next()?.trim().split_once('='));
        let Some((_, id)) = pairs.find(|(name, id)| *name == SESSION_ID && !id.is_empty()) else { return };
        let mut state = self.state();
        if state.ticket.as_ref().is_some_and(|ticket| ticket.id == id) {
            return;
        }
        if let Some(ticket) = Ticket::of(reply, id, state.logins + 1) {
            state.logins += 1;
            state.ticket = Some(Arc::new(ticket));
        }
    }

    /// Forgets a ticket that the server no longer knows, unless it was renewed meanwhile.
    pub(crate) fn lost(&self, ticket: &Ticket) {
        self.state().forget(ticket);
    }

    /// The same of one that the server may no longer know, but once within [`DOUBT_AGAIN`]: it may not be this session that
    /// the words are about.
    pub(crate) fn doubt(&self, ticket: &Ticket) {
        let mut state = self.state();
        if state.doubted.is_none_or(|doubted| doubted.elapsed() >= DOUBT_AGAIN) && state.forget(ticket) {
            state.doubted = Some(Instant::now());
        }
    }

    /// Takes the ticket away, for logging out: also that of a login that is under way.
    pub(crate) async fn end(&self, gate: &Gate) -> Option<Arc<Ticket>> {
        gate.turn(|| self.state().ticket.take()).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether this ticket was the one in force, which is none now.
    fn forget(&mut self, ticket: &Ticket) -> bool {
        self.ticket.take_if(|current| current.generation == ticket.generation).is_some()
    }
}

/// The ticket in a login's reply, or why there is none.
fn ticket(reply: &Response<Bytes>, generation: u64) -> Result<Ticket, ErrorKind> {
    #[serde_as]
    #[derive(Deserialize)]
    struct Login {
        #[serde_as(as = "AnyNumber")]
        #[serde(rename = "LoginResultType", default)]
        result: Option<i64>,
        #[serde(rename = "Message")]
        message: Option<String>,
        #[serde(rename = "KDSVCSessionId")]
        session_id: Option<String>,
    }
    let Answer { json, status } = envelope::read(reply).map_err(|kind| match kind {
        // There is no session yet that could be lost: the server knows no such account or application.
        ErrorKind::SessionLost => {
            ErrorKind::Login { result: 0, message: "会话信息已丢失，请重新登录".to_owned() }
        }
        other => other,
    })?;
    // A refusal may come as an envelope too.
    if let Some(mut status) = status {
        if status.errors.is_empty() {
            status.errors.push(BillError::new(None, "no reason given".to_owned(), None, status.msg_code));
        }
        status.errors = status.errors.into_iter().map(BillError::of_login).collect();
        return Err(status.into_refusal());
    }
    let unreadable = |zh, en| ErrorKind::Unreadable(Text::new(zh, en));
    let shape = || unreadable("登录的应答结构与预期不符", "the login's answer is of another shape");
    let login: Login = serde_json::from_str(json.get()).map_err(|_| shape())?;
    let Some(result) = login.result else { return Err(shape()) };
    // −5 asks an administrator to fill in a form; the session is valid all the same.
    if !matches!(result, 1 | -5) {
        let message = envelope::excerpt(&login.message.unwrap_or_default());
        return Err(ErrorKind::Login { result, message });
    }
    let id = login
        .session_id
        .filter(|id| !id.is_empty())
        .ok_or_else(|| unreadable("登录的应答没有会话", "the login's answer has no session"))?;
    Ticket::of(reply, &id, generation)
        .ok_or_else(|| unreadable("登录的应答中会话有误", "the login's answer has an odd session"))
}

/// The cookies to send back: those the reply sets (each header holds one), and the session id even
/// if it came in the body only.
fn cookies(reply: &Response<Bytes>, session_id: &str) -> String {
    let set = reply.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).map(str::trim).collect();
    let own = format!("{SESSION_ID}={session_id}");
    if !pairs.iter().any(|pair| pair.starts_with("kdservice-sessionid=")) {
        pairs.push(&own);
    }
    pairs.join("; ")
}

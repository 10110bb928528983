//! The simulated site: the one handler that everything goes through, and what a test may do behind the clients' backs.

use std::fmt;
use std::sync::{Arc, MutexGuard};

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::attachments;
use super::auth;
use super::bill::StoredBill;
use super::call::Call;
use super::faults::{Effect, Fault, Faults, Wire};
use super::handler::Reply;
use super::login;
use super::old;
use super::other;
use super::query;
use super::reply;
use super::save::{self, Saving};
use super::seen::SeenRequest;
use super::settings::Settings;
use super::shared::Shared;
use super::state;
use super::view;
use super::world::{Counts, World};
use crate::credentials::Credentials;

/// A simulated site. Clones are handles on the same one.
///
/// ```
/// use kingdee_k3cloud_sdk::mock::Site;
/// use kingdee_k3cloud_sdk::{BatchSave, DynForm};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let site = Site::builder().build();
/// let client = site.client()?;
/// // … your code, with this client; then look at what the books hold:
/// let batch = BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")]);
/// let _ = client.batch_save(&batch).await?;
/// assert_eq!(site.bills()[0].number, "CK1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Site {
    pub(super) shared: Arc<Shared>,
}

/// How far a call got at once.
enum Begun {
    Done(Response<Bytes>),
    Saving(Saving),
    /// A save that somebody will ask for later; the answer now, and under which name.
    Later(Saving, Response<Bytes>, String),
}

impl Site {
    pub(super) fn new(settings: Settings) -> Self {
        let rows = settings.base_rows.clone();
        let site = Self { shared: Arc::new(Shared::new(settings)) };
        for (form_id, number, model) in rows {
            site.insert(StoredBill { form_id, number, document_status: 'C', model, ..StoredBill::default() });
        }
        site
    }

    /// Who may call it, and how: account, user, organisation, and the credentials of header signing.
    pub(crate) fn caller(&self) -> (String, String, String, Credentials) {
        let settings = self.settings();
        let orgs = settings.orgs.among(vec!["100"]);
        let org = if orgs.contains(&"100") { "100" } else { orgs.first().copied().unwrap_or("0") }.to_owned();
        let credentials = Credentials::signature(&settings.app_id, &settings.app_secret);
        (settings.acct_id.clone(), settings.username.clone(), org, credentials)
    }

    fn settings(&self) -> Arc<Settings> {
        self.shared.settings()
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    /// Answers a request at once, a save in one step. Faults of the wire become the HTTP status
    /// that comes nearest.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let fault = self.arrive(request);
        if let Some(wire) = fault.and_then(|fault| fault.before(self.settings().retry_after)) {
            return wire.into_http();
        }
        let reply = match self.begin(request, fault) {
            Begun::Done(reply) => reply,
            Begun::Saving(mut saving) => {
                while saving.commit_next(&self.shared) {}
                saving.reply(&self.shared)
            }
            Begun::Later(mut saving, reply, task) => {
                while saving.commit_next(&self.shared) {}
                self.finished(task, &saving.reply(&self.shared));
                reply
            }
        };
        let reply = self.as_old(reply);
        match fault {
            Some(fault) => fault.after(reply).into_http(),
            None => reply,
        }
    }

    /// Answers a request in time: a save is validated, waits, and is committed, also when the
    /// caller has gone meanwhile.
    pub(super) async fn answer(&self, request: Request<Bytes>) -> Wire {
        let fault = self.arrive(&request);
        if let Some(wire) = fault.and_then(|fault| fault.before(self.settings().retry_after)) {
            return wire;
        }
        let reply = match self.begin(&request, fault) {
            Begun::Done(reply) => reply,
            Begun::Saving(saving) => {
                let site = self.clone();
                match tokio::spawn(async move { saving.finish(&site.shared).await }).await {
                    Ok(reply) => reply,
                    Err(_) => return Wire::Reset, // the runtime is shutting down
                }
            }
            Begun::Later(saving, reply, task) => {
                let site = self.clone();
                tokio::spawn(async move { site.finished(task, &saving.finish(&site.shared).await) });
                reply
            }
        };
        let reply = self.as_old(reply);
        match fault {
            Some(fault) => fault.after(reply),
            None => Wire::Reply(reply),
        }
    }

    fn as_old(&self, reply: Response<Bytes>) -> Response<Bytes> {
        if self.settings().old_answers { old::answer(reply) } else { reply }
    }

    fn finished(&self, task: String, result: &Response<Bytes>) {
        let result = String::from_utf8_lossy(result.body()).into_owned();
        self.world().tasks.insert(task, Some(result));
    }

    /// Counts an arrival and draws what will go wrong with it.
    fn arrive(&self, request: &Request<Bytes>) -> Option<Fault> {
        let now = (self.settings().now)();
        let mut world = self.world();
        world.arrivals.keep(request, now);
        world.counts.arrivals += 1;
        let draw = world.random.unit();
        let planned = world.planned.pop_front();
        let fault = planned.unwrap_or_else(|| world.faults.draw(draw))?;
        *world.counts.faults.entry(fault.name()).or_default() += 1;
        Some(fault)
    }

    fn begin(&self, request: &Request<Bytes>, fault: Option<Fault>) -> Begun {
        let is_own = |service: &str| self.world().handlers.of(service).is_some();
        let call = match Call::read(request, is_own) {
            Ok(call) => call,
            // The gateway knows the paths too.
            Err(page) if page.status() == StatusCode::NOT_FOUND && self.settings().public_gateway => {
                return Begun::Done(reply::gateway(5001, "API not found[GW]", None));
            }
            Err(reply) => return Begun::Done(reply),
        };
        let settings = &*self.settings();
        let mut world = self.world();
        *world.counts.calls.entry(call.service.clone()).or_default() += 1;
        if fault == Some(Fault::SessionLost) {
            world.sessions.clear();
        }
        if call.service == "GetDataCenterList" {
            return Begun::Done(other::data_centres(settings));
        }
        if let Some(reply) = login::answer(settings, &mut world, request.headers(), &call) {
            return Begun::Done(login::with_some_session(reply, &mut world));
        }
        let session = match auth::check(settings, &mut world, request, &call) {
            Ok(session) => session,
            Err(reply) => return Begun::Done(login::with_some_session(reply, &mut world)),
        };
        if let (Some(handler), None) = (world.handlers.of(&call.service), fault.and_then(Fault::effect)) {
            // It may ask the site itself.
            drop(world);
            return Begun::Done(login::with_session(handler(request).0, &session));
        }
        let begun = match fault.and_then(Fault::effect) {
            Some(Effect::Each(each)) => Begun::Done(each.reply(&call)),
            Some(Effect::Whole { code, message }) => Begun::Done(reply::refused(&call, code, message)),
            None => self.serve_call(&mut world, &call),
        };
        match begun {
            Begun::Done(reply) => Begun::Done(login::with_session(reply, &session)),
            Begun::Saving(saving) => Begun::Saving(saving.in_session(session)),
            Begun::Later(saving, reply, task) => {
                Begun::Later(saving, login::with_session(reply, &session), task)
            }
        }
    }

    fn serve_call(&self, world: &mut World, call: &Call) -> Begun {
        let settings = &*self.settings();
        let takes_data =
            !matches!(call.service.as_str(), "QueryAsyncResult" | "QueryBusinessInfo" | "GetSysReportData");
        if call.data.is_empty() && takes_data {
            return Begun::Done(reply::refused(call, 8, "接口参数data不能为空"));
        }
        let reply = match call.service.as_str() {
            "Save" | "BatchSave" | "BatchSaveQuery" | "Draft" => match save::begin(settings, world, call) {
                Ok(saving) if other::is_begun(call) => {
                    let (task, reply) = other::begun(world);
                    return Begun::Later(saving, reply, task);
                }
                Ok(saving) => return Begun::Saving(saving),
                Err(reply) => reply,
            },
            "Submit" | "Audit" | "UnAudit" | "Delete" | "CancelAssign" | "ExcuteOperation" => {
                state::change(settings, world, call)
            }
            "View" => view::view(settings, world, call),
            "QueryBusinessInfo" => view::business_info(settings, world, call),
            "Push" => other::push(settings, world, call),
            "AttachmentUpLoad" => attachments::upload(world, call),
            "AttachmentDownLoad" => attachments::download(settings, world, call),
            "SwitchOrg" => other::switch_org(settings, call),
            "QueryAsyncResult" => other::task(world, call),
            "ExecuteBillQuery" | "BillQuery" => query::answer(settings, world, call),
            // Reports, groups, allocation, workflow: known, and not simulated. No success without an effect.
            "GetSysReportData" => reply::unknown_form(call, &call.form),
            _ => reply::refused(call, 12, reply::NOT_SIMULATED),
        };
        Begun::Done(reply)
    }

    /// Answers a service itself from now on, for callers who are let in: one that this site does not simulate
    /// (`GroupSave`), or one of a plug-in of your own, by the last part of its name.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::Site;
    /// use serde_json::json;
    ///
    /// let site = Site::builder().build();
    /// site.on("GroupSave", |_request| {
    ///     json!({ "Result": { "ResponseStatus": { "IsSuccess": true, "SuccessEntitys": [{ "Id": 7 }] } } })
    /// });
    /// ```
    pub fn on<R: Into<Reply>>(
        &self,
        service: &str,
        answer: impl Fn(&Request<Bytes>) -> R + Send + Sync + 'static,
    ) {
        self.world().handlers.set(service, Arc::new(move |request| answer(request).into()));
    }

    /// The requests as they arrived, faults included, the newest last: the last thousand, or as many as 4 MiB hold.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::Site;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let site = Site::builder().build();
    /// site.client()?.ping().await?;
    /// let [asked] = &site.requests()[..] else { panic!("one request") };
    /// assert_eq!((asked.service.as_str(), asked.form.as_str()), ("ExecuteBillQuery", "ORG_Organizations"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.world().arrivals.all()
    }

    /// What has arrived so far.
    pub fn counts(&self) -> Counts {
        self.world().counts.clone()
    }

    /// Plans a fault for the next call that arrives; plans queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.world().planned.push_back(Some(fault));
    }

    /// Plans that the next call meets no fault; plans queue up.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::{Fault, Site};
    ///
    /// let site = Site::builder().build();
    /// // The second call from now on fails, the first one does not:
    /// site.spare_next();
    /// site.fail_next(Fault::StallAfter);
    /// ```
    pub fn spare_next(&self) {
        self.world().planned.push_back(None);
    }

    /// Ends every session, as a restart of the server does.
    pub fn expire_sessions(&self) {
        self.world().sessions.clear();
    }

    /// Whether the user is among 允许调用WebAPI接口用户, from now on.
    pub fn set_user_listed(&self, is_listed: bool) {
        self.world().rights.not_listed = !is_listed;
    }

    /// Whether queries find nothing from now on, without an error: a right or a data scope is missing.
    pub fn set_blind(&self, is_blind: bool) {
        self.world().rights.blind = is_blind;
    }

    /// Keys whose cells a query gives as `***` from now on.
    pub fn set_masked(&self, keys: impl IntoIterator<Item = impl Into<String>>) {
        let keys = keys.into_iter().map(|key| key.into().to_ascii_lowercase());
        self.world().rights.masked = keys.collect();
    }

    /// Changes what goes wrong while clients call.
    pub fn set_faults(&self, faults: Faults) {
        self.world().faults = faults;
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

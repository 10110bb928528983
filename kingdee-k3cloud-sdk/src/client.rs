//! The client: one method per service. How a call is built, sent and tried again is in `core`; how
//! a client is configured, in `builder`.

pub mod builder;
pub(crate) mod core;

use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use self::builder::ClientBuilder;
use self::core::Core;
use crate::envelope::Answer;
use crate::error::{Error, ErrorKind};
use crate::model::Form;
use crate::outcome::{self, Verdict};
use crate::query::{Query, Rows};
use crate::service::batch_save::{self, BatchSave, SaveOptions};
use crate::service::numbers::Numbers;
use crate::service::{Service, view};

/// A client of one data centre (账套) for one user. Cheap to clone; clones share session, quota and
/// connections.
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
}

/// The JSON of an answer to [`Client::call`].
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// The body, as the server wrote it.
    pub json: Box<RawValue>,
}

impl Client {
    /// Starts configuring a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_core(core: Core) -> Self {
        Self { core: Arc::new(core) }
    }

    /// Saves several bills (BatchSave). One verdict per bill, in the order given.
    ///
    /// Two bills of one batch may not have the same number: their verdicts could not be told apart.
    pub async fn batch_save<F: Form>(&self, batch: &BatchSave<F>) -> Result<Vec<Verdict>, Error> {
        const SERVICE: Service = Service::write("BatchSave");
        let numbers = batch.numbers();
        if let Some(number) = repeated(&numbers) {
            return Err(Error::new(
                SERVICE.short(),
                ErrorKind::Request(format!("{number} is in the batch twice")),
            ));
        }
        self.verdicts(SERVICE, batch.body(), &numbers).await
    }

    /// Saves one bill (Save).
    pub async fn save<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.save_one(Service::write("Save"), bill, options).await
    }

    /// Saves one bill unchecked, as a draft (暂存, Draft).
    pub async fn draft<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.save_one(Service::write("Draft"), bill, options).await
    }

    /// Submits bills (提交). One verdict per number, in the order given.
    pub async fn submit(&self, form: &str, numbers: &Numbers) -> Result<Vec<Verdict>, Error> {
        self.on_numbers(Service::write("Submit"), form, numbers).await
    }

    /// Audits bills (审核). A bill that was audited before is rejected as
    /// [`AlreadyDone`](crate::Class::AlreadyDone).
    pub async fn audit(&self, form: &str, numbers: &Numbers) -> Result<Vec<Verdict>, Error> {
        self.on_numbers(Service::write("Audit"), form, numbers).await
    }

    /// Takes audits back (反审核).
    pub async fn unaudit(&self, form: &str, numbers: &Numbers) -> Result<Vec<Verdict>, Error> {
        self.on_numbers(Service::write("UnAudit"), form, numbers).await
    }

    /// Deletes bills (删除).
    pub async fn delete(&self, form: &str, numbers: &Numbers) -> Result<Vec<Verdict>, Error> {
        self.on_numbers(Service::write("Delete"), form, numbers).await
    }

    /// One bill with everything in it (View), in the server's own property names.
    pub async fn view(&self, form: &str, number: &str) -> Result<Box<RawValue>, Error> {
        const SERVICE: Service = Service::read("View");
        let body = written(&SERVICE, view::body(form, number))?;
        self.core.exchange(&SERVICE, body, |answer| view::bill(&answer.into_data()?)).await
    }

    /// Chosen fields of the bills that meet a condition (ExecuteBillQuery).
    pub async fn query(&self, query: &Query) -> Result<Rows, Error> {
        const SERVICE: Service = Service::read("ExecuteBillQuery");
        let body = query.body().map_err(|kind| Error::new(SERVICE.short(), kind))?;
        self.core.exchange(&SERVICE, body, |answer| query.rows(answer.into_data()?.get())).await
    }

    /// Proves credentials and connection by reading one organisation. A wrong organisation number
    /// of the client is not noticed by the server, and so not here.
    pub async fn ping(&self) -> Result<(), Error> {
        let query = Query::builder().form_id("ORG_Organizations").field_keys(["FNumber"]).limit(1).build();
        self.query(&query).await.map(drop)
    }

    /// Any other service, by short (`Push`) or full name, with the body as it stands. It is taken
    /// for a write: sent again only if it was never sent.
    pub async fn call(&self, service: &str, body: Box<RawValue>) -> Result<RawAnswer, Error> {
        let service = Service::named(service);
        let json = self.core.exchange(&service, body.get().to_owned(), |answer: Answer| Ok(answer.json));
        Ok(RawAnswer { json: json.await? })
    }

    /// Logs in now, even if a login was refused a short while ago. Header signing needs no login,
    /// so there it does nothing. Calls log in by themselves.
    pub async fn login(&self) -> Result<(), Error> {
        self.core.login().await
    }

    /// Ends the session, if there is one.
    pub async fn logout(&self) -> Result<(), Error> {
        self.core.logout().await
    }

    async fn save_one<F: Form>(
        &self,
        service: Service,
        bill: &F,
        options: &SaveOptions,
    ) -> Result<Verdict, Error> {
        let verdicts = self.verdicts(service, batch_save::single(bill, options), &[bill.number()]).await?;
        Ok(verdicts.into_iter().next().unwrap_or(Verdict::Unknown))
    }

    async fn verdicts(
        &self,
        service: Service,
        body: Result<String, serde_json::Error>,
        numbers: &[Option<&str>],
    ) -> Result<Vec<Verdict>, Error> {
        let body = written(&service, body)?;
        let read =
            |answer: Answer| Ok(outcome::of_save(numbers, &answer.into_status()?.per_bill(numbers.len())?));
        self.core.exchange(&service, body, read).await
    }

    async fn on_numbers(
        &self,
        service: Service,
        form: &str,
        numbers: &Numbers,
    ) -> Result<Vec<Verdict>, Error> {
        let body = written(&service, numbers.body(form))?;
        let numbers = numbers.as_slice();
        let read = |answer: Answer| {
            Ok(outcome::of_numbers(numbers, &answer.into_status()?.per_bill(numbers.len())?))
        };
        self.core.exchange(&service, body, read).await
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

fn written(service: &Service, body: Result<String, serde_json::Error>) -> Result<String, Error> {
    body.map_err(|error| Error::new(service.short(), ErrorKind::Request(error.to_string())))
}

fn repeated<'a>(numbers: &[Option<&'a str>]) -> Option<&'a str> {
    let mut sorted: Vec<&str> = numbers.iter().copied().flatten().collect();
    sorted.sort_unstable();
    sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

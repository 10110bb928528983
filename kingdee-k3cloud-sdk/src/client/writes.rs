//! Saving, changing and moving bills: a verdict for each. What the verdicts mean is in `verdict`;
//! which of these calls may be sent again, in `service`.

use super::Client;
use super::returned::Returned;
use crate::envelope::Answer;
use crate::error::Error;
use crate::model::form::Form;
use crate::service::Service;
use crate::service::batch_save::BatchSave;
use crate::service::bills::Bills;
use crate::service::options::{self, SaveOptions};
use crate::service::push::Push;
use crate::service::update::BatchUpdate;
use crate::verdict::{self, Ours, Verdict};

impl Client {
    /// Saves several new bills (BatchSave). One verdict per bill, in the order given.
    ///
    /// Two bills of one batch may not have the same number: their verdicts could not be told apart.
    /// Whatever becomes of it, [one request leaves at most](crate::Replay::Never).
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::{BatchSave, Class, DynForm, Verdict};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// let bills = ["CK1", "CK2"].map(|number| DynForm::new("SAL_OUTSTOCK").number("FBillNo", number));
    /// for verdict in client.batch_save(&BatchSave::new(bills.into())).await? {
    ///     match verdict {
    ///         Verdict::Saved { id, number } => println!("{number} has id {id}"),
    ///         Verdict::Rejected { errors } if errors[0].class == Class::Transient => println!("later"),
    ///         Verdict::Rejected { errors } => println!("{}: {}", errors[0].message, errors[0].advice().zh),
    ///         other => println!("look it up: {other:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn batch_save<F: Form>(&self, batch: &BatchSave<F>) -> Result<Vec<Verdict>, Error> {
        self.save_all("BatchSave", batch.body(), &batch.ours()).await
    }

    /// [`batch_save`](Self::batch_save), with the fields that
    /// [`SaveOptions::need_return_fields`] asked for, as the server holds them after the save.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::{BatchSave, DynForm, SaveOptions};
    ///
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Given {
    ///     #[serde(rename = "FID")]
    ///     id: u64,
    ///     #[serde(rename = "FBillNo")]
    ///     number: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().numbering("SAL_OUTSTOCK", "XSCK").build();
    /// # let client = site.client()?;
    /// // A bill without a number: the site's numbering rule gives it one.
    /// let bill = DynForm::new("SAL_OUTSTOCK").set("FDate", "2026-11-03");
    /// let options = SaveOptions::builder().need_return_fields(["FID", "FBillNo"]).build();
    /// let saved = client.batch_save_returning(&BatchSave::new(vec![bill]).with_options(options)).await?;
    /// for (verdict, given) in saved.verdicts.iter().zip(saved.data::<Given>()?) {
    ///     println!("{verdict:?}: {} under the number {}", given.id, given.number);
    /// }
    /// # assert!(saved.verdicts[0].is_done());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn batch_save_returning<F: Form>(&self, batch: &BatchSave<F>) -> Result<Returned, Error> {
        let bills = batch.ours();
        let service = save_service("BatchSave", &bills)?;
        let body = service.written(batch.body())?;
        shows_numbers(&service, &body, &bills)?;
        let read = |answer: Answer| {
            let json = answer.json.clone();
            let status = answer.into_status()?.per_bill(bills.len())?;
            Ok(Returned::new(verdict::of_save(&bills, &status), json))
        };
        self.exchange(&service, body, read).await
    }

    /// Changes several bills that exist (BatchSave with ids). One verdict per bill, in the order
    /// given, matched by id.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, Verdict, mock::Site};
    /// use kingdee_k3cloud_sdk::{BatchUpdate, DynForm, UnsentRows, Update};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let saved = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")])).await?;
    /// # let Verdict::Saved { id, .. } = &saved[0] else { panic!("{saved:?}") };
    /// let note = Update::of(id, DynForm::new("SAL_OUTSTOCK").set("FNote", "checked"));
    /// let verdicts = client.batch_update(&BatchUpdate::new(UnsentRows::Keep, vec![note])).await?;
    /// assert!(verdicts[0].is_done());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn batch_update<F: Form>(&self, batch: &BatchUpdate<F>) -> Result<Vec<Verdict>, Error> {
        const SERVICE: Service = Service::write("BatchSave");
        self.verdicts(SERVICE, batch.body(), &batch.ours()).await
    }

    /// Saves one new bill (Save).
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::{DynForm, SaveOptions, Verdict};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// let bill = DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1");
    /// match client.save(&bill, &SaveOptions::default()).await? {
    ///     Verdict::Saved { id, .. } => println!("it has id {id}"),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn save<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.save_one("Save", bill, options).await
    }

    /// Saves one new bill unchecked, as a draft (暂存, Draft).
    pub async fn draft<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.save_one("Draft", bill, options).await
    }

    /// Submits bills (提交). One verdict per number, in the order given; one that was submitted before
    /// [is done](Verdict::is_done) all the same.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// use kingdee_k3cloud_sdk::{Bills, Verdict};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let _ = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")])).await?;
    /// let bills = Bills::numbers(["CK1"]);
    /// let submitted = client.submit("SAL_OUTSTOCK", &bills).await?;
    /// // One that was submitted before is done all the same.
    /// if submitted.iter().all(Verdict::is_done) {
    ///     let audited = client.audit("SAL_OUTSTOCK", &bills).await?;
    ///     assert!(audited.iter().all(Verdict::is_done));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn submit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::write("Submit"), form, bills).await
    }

    /// Audits bills (审核). One that was audited before is rejected as
    /// [`AlreadyDone`](crate::Class::AlreadyDone), and so [is done](Verdict::is_done).
    pub async fn audit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::write("Audit"), form, bills).await
    }

    /// Takes audits back (反审核).
    pub async fn unaudit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::write("UnAudit"), form, bills).await
    }

    /// Deletes bills (删除); what is gone is [`Deleted`](Verdict::Deleted). Two bills of one number both go: name such
    /// ones by their [ids](Bills::ids).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Bills, Client, Error, Verdict};
    ///
    /// /// Deletes drafts, and names those that stay.
    /// async fn delete(client: &Client, ids: &[String]) -> Result<Vec<String>, Error> {
    ///     let verdicts = client.delete("SAL_OUTSTOCK", &Bills::ids(ids)).await?;
    ///     let stays = |(id, verdict): (&String, Verdict)| match verdict {
    ///         Verdict::Deleted { .. } => None,
    ///         other => Some(format!("{id}: {other:?}")),
    ///     };
    ///     Ok(ids.iter().zip(verdicts).filter_map(stays).collect())
    /// }
    /// ```
    pub async fn delete(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::write("Delete"), form, bills).await
    }

    /// Takes bills that were submitted back (撤销, CancelAssign).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Bills, Client, Error, Verdict};
    ///
    /// /// Takes a submitted bill back, so that it can be changed.
    /// async fn take_back(client: &Client, number: &str) -> Result<bool, Error> {
    ///     let verdicts = client.cancel_assign("SAL_OUTSTOCK", &Bills::numbers([number])).await?;
    ///     Ok(verdicts.iter().all(Verdict::is_done))
    /// }
    /// ```
    pub async fn cancel_assign(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::write("CancelAssign"), form, bills).await
    }

    /// Any operation of a form by its number (ExcuteOperation), such as `Cancel` (作废), `UnCancel`, `Forbid`, `Enable`;
    /// [`business_info`](Self::business_info) lists them. Sites spell the service in two ways: where the vendor's spelling is
    /// not found (404, or 403 without a word), the other is tried, within the same call and its deadline, and what the site
    /// knows is remembered.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Bills, Client, Error, Verdict};
    ///
    /// /// Voids (作废) a bill.
    /// async fn void(client: &Client, number: &str) -> Result<bool, Error> {
    ///     let verdicts = client.execute_operation("SAL_OUTSTOCK", "Cancel", &Bills::numbers([number])).await?;
    ///     Ok(verdicts.iter().all(Verdict::is_done))
    /// }
    /// ```
    pub async fn execute_operation(
        &self,
        form: &str,
        operation: &str,
        bills: &Bills,
    ) -> Result<Vec<Verdict>, Error> {
        const NAMES: [Service; 2] = [Service::write("ExcuteOperation"), Service::write("ExecuteOperation")];
        let ours = bills.ours();
        let body = NAMES[0].written(bills.body_of(form, operation))?;
        let read = |answer: Answer| {
            let status = answer.into_status()?.per_bill(ours.len())?;
            Ok(verdict::of_operation(operation, &ours, &status))
        };
        self.exchange_any(&NAMES, body, read).await
    }

    /// Makes bills of another form from these (下推, Push). One verdict per bill named, in the order given: the bill that
    /// was made from it, or why there is none. Where a rule makes one bill of several, the others are
    /// [`Unknown`](Verdict::Unknown); which place an answer speaks of is not documented, so for certainty push one bill a
    /// call. What was made has a number of the server's, so nothing tells a double.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, mock::Site};
    /// use kingdee_k3cloud_sdk::{Bills, Push, Verdict};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().push_rule("R", "SAL_OUTSTOCK", "AR_receivable", true).build();
    /// # let client = site.client()?;
    /// # let _ = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")])).await?;
    /// # let _ = (client.submit("SAL_OUTSTOCK", &Bills::numbers(["CK1"])).await?, client.audit("SAL_OUTSTOCK", &Bills::numbers(["CK1"])).await?);
    /// let made = client.push("SAL_OUTSTOCK", &Bills::numbers(["CK1"]), &Push::to("AR_receivable")).await?;
    /// match &made[0] {
    ///     Verdict::Saved { id, number } => println!("{number} was made, with id {id}"),
    ///     other => println!("none was made: {other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn push(&self, form: &str, bills: &Bills, push: &Push) -> Result<Vec<Verdict>, Error> {
        const SERVICE: Service = Service::write("Push");
        let body = SERVICE.written(push.body(form, bills))?;
        let count = bills.as_slice().len();
        let read = |answer: Answer| {
            let status = answer.into_status()?.per_bill(count)?;
            let verdicts = verdict::of_push(count, &status);
            // A rule that is refused is refused for all, though the answer names the first place alone.
            let refused = !status.is_success && status.lists_no_success();
            if refused && verdicts.contains(&Verdict::Unknown) {
                return Err(status.into_refusal());
            }
            Ok(verdicts)
        };
        self.exchange(&SERVICE, body, read).await
    }

    async fn save_one<F: Form>(
        &self,
        service: &'static str,
        bill: &F,
        options: &SaveOptions,
    ) -> Result<Verdict, Error> {
        let body = options::body(bill.form_id(), options, bill);
        let verdicts = self.save_all(service, body, &[Ours::created(bill.number())]).await?;
        Ok(verdicts.into_iter().next().unwrap_or(Verdict::Unknown))
    }

    async fn save_all(
        &self,
        service: &'static str,
        body: Result<String, serde_json::Error>,
        bills: &[Ours<'_>],
    ) -> Result<Vec<Verdict>, Error> {
        let service = save_service(service, bills)?;
        let body = service.written(body)?;
        shows_numbers(&service, &body, bills)?;
        self.verdicts(service, Ok(body), bills).await
    }

    async fn verdicts(
        &self,
        service: Service,
        body: Result<String, serde_json::Error>,
        bills: &[Ours<'_>],
    ) -> Result<Vec<Verdict>, Error> {
        let body = service.written(body)?;
        let read =
            |answer: Answer| Ok(verdict::of_save(bills, &answer.into_status()?.per_bill(bills.len())?));
        self.exchange(&service, body, read).await
    }

    async fn on_bills(&self, service: Service, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        let body = service.written(bills.body(form))?;
        let ours = bills.ours();
        let read = |answer: Answer| {
            let status = answer.into_status()?.per_bill(ours.len())?;
            Ok(verdict::of_operation(service.short(), &ours, &status))
        };
        self.exchange(&service, body, read).await
    }
}

/// The service that saves these bills, if it can tell them apart.
fn save_service(name: &'static str, bills: &[Ours<'_>]) -> Result<Service, Error> {
    if bills.iter().any(|bill| bill.number.is_some_and(|number| number.trim().is_empty())) {
        let why = "a bill's number is empty: give one, or none, so that the server gives one";
        return Err(Error::request(name, why.to_owned()));
    }
    match repeated(bills) {
        Some(number) => Err(Error::request(name, format!("{number} is in the batch twice"))),
        None => Ok(Service::write(name)),
    }
}

/// Whether each bill shows its number: a form may say that it has one and not write it. The server would give it another,
/// under which nobody looks it up. The bills stand in the body in their order, so it is walked once. A number of digits alone
/// may be written as a figure, and is not looked for.
fn shows_numbers(service: &Service, body: &str, bills: &[Ours<'_>]) -> Result<(), Error> {
    let mut rest = body;
    // Of other texts there is more than one way to write them.
    let plain =
        |number: &&str| number.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_figure = |number: &&str| number.bytes().all(|byte| byte.is_ascii_digit());
    for number in
        bills.iter().filter_map(|bill| bill.number).filter(plain).filter(|number| !is_figure(number))
    {
        let Some((_, behind)) = rest.split_once(&format!("\"{number}\"")) else {
            let why = format!("a form says that its number is {number}, and no field of it does");
            return Err(Error::request(service.short(), why));
        };
        rest = behind;
    }
    Ok(())
}

fn repeated<'a>(bills: &[Ours<'a>]) -> Option<&'a str> {
    let mut numbers: Vec<&str> = bills.iter().filter_map(|bill| bill.number).collect();
    numbers.sort_unstable();
    numbers.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

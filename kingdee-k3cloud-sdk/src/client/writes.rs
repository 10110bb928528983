//! Saving, changing and moving bills: a verdict for each. What the verdicts mean is in `verdict`;
//! which of these calls may be sent again, in `service`.

use super::Client;
use crate::envelope::Answer;
use crate::error::{Error, ErrorKind};
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
    /// [Keyed](crate::Replay::Keyed) if every bill has a number, else [never](crate::Replay::Never)
    /// sent again.
    pub async fn batch_save<F: Form>(&self, batch: &BatchSave<F>) -> Result<Vec<Verdict>, Error> {
        self.save_all("BatchSave", batch.body(), &batch.ours()).await
    }

    /// Changes several bills that exist (BatchSave with ids). One verdict per bill, in the order
    /// given, matched by id. [Keyed](crate::Replay::Keyed).
    pub async fn batch_update<F: Form>(&self, batch: &BatchUpdate<F>) -> Result<Vec<Verdict>, Error> {
        const SERVICE: Service = Service::keyed("BatchSave");
        self.verdicts(SERVICE, batch.body(), &batch.ours()).await
    }

    /// Saves one new bill (Save). [Keyed](crate::Replay::Keyed) if it has a number, else
    /// [never](crate::Replay::Never) sent again.
    pub async fn save<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.save_one("Save", bill, options).await
    }

    /// Saves one new bill unchecked, as a draft (暂存, Draft). Replayed like [`save`](Self::save).
    pub async fn draft<F: Form>(&self, bill: &F, options: &SaveOptions) -> Result<Verdict, Error> {
        self.save_one("Draft", bill, options).await
    }

    /// Submits bills (提交). One verdict per number, in the order given; one that was submitted before
    /// [is done](Verdict::is_done) all the same. [Keyed](crate::Replay::Keyed).
    pub async fn submit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::keyed("Submit"), form, bills).await
    }

    /// Audits bills (审核). One that was audited before is rejected as
    /// [`AlreadyDone`](crate::Class::AlreadyDone), and so [is done](Verdict::is_done).
    /// [Keyed](crate::Replay::Keyed).
    pub async fn audit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::keyed("Audit"), form, bills).await
    }

    /// Takes audits back (反审核). [Keyed](crate::Replay::Keyed).
    pub async fn unaudit(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::keyed("UnAudit"), form, bills).await
    }

    /// Deletes bills (删除); what is gone is [`Deleted`](Verdict::Deleted). Two bills of one number both go: name such
    /// ones by their [ids](Bills::ids). [Keyed](crate::Replay::Keyed).
    pub async fn delete(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::keyed("Delete"), form, bills).await
    }

    /// Takes bills that were submitted back (撤销, CancelAssign). [Keyed](crate::Replay::Keyed).
    pub async fn cancel_assign(&self, form: &str, bills: &Bills) -> Result<Vec<Verdict>, Error> {
        self.on_bills(Service::keyed("CancelAssign"), form, bills).await
    }

    /// Any operation of a form by its number (ExcuteOperation), such as `Cancel` (作废), `UnCancel`, `Forbid`, `Enable`;
    /// [`business_info`](Self::business_info) lists them. Sites spell the service in two ways: where the vendor's spelling is
    /// not found, the other is tried. [Keyed](crate::Replay::Keyed).
    pub async fn execute_operation(
        &self,
        form: &str,
        operation: &str,
        bills: &Bills,
    ) -> Result<Vec<Verdict>, Error> {
        let ours = bills.ours();
        let execute = async |service: Service| {
            let body = service.written(bills.body_of(form, operation))?;
            let read = |answer: Answer| {
                let status = answer.into_status()?.per_bill(ours.len())?;
                Ok(verdict::of_operation(operation, &ours, &status))
            };
            self.exchange(&service, body, read).await
        };
        match execute(Service::keyed("ExcuteOperation")).await {
            Err(error) if matches!(error.kind(), ErrorKind::Status { status: 404, .. }) => {
                execute(Service::keyed("ExecuteOperation")).await
            }
            outcome => outcome,
        }
    }

    /// Makes bills of another form from these (下推, Push). One verdict per bill named, in the order given: the bill that
    /// was made from it, or why there is none. Where a rule makes one bill of several, the others are
    /// [`Unknown`](Verdict::Unknown); which place an answer speaks of is not documented, so for certainty push one bill a
    /// call. What was made has a number of the server's, so nothing tells a double: [never](crate::Replay::Never) sent
    /// again.
    pub async fn push(&self, form: &str, bills: &Bills, push: &Push) -> Result<Vec<Verdict>, Error> {
        const SERVICE: Service = Service::once("Push");
        let body = SERVICE.written(push.body(form, bills))?;
        let count = bills.as_slice().len();
        let read = |answer: Answer| {
            let status = answer.into_status()?.per_bill(count)?;
            let verdicts = verdict::of_push(count, &status);
            // A rule that is refused is refused for all, though the answer names the first place alone.
            let refused = !status.is_success && status.successes.is_empty();
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
        if let Some(number) = repeated(bills) {
            return Err(Error::request(service, format!("{number} is in the batch twice")));
        }
        let all_numbered = bills.iter().all(|bill| bill.number.is_some());
        self.verdicts(Service::save(service, all_numbered), body, bills).await
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

fn repeated<'a>(bills: &[Ours<'a>]) -> Option<&'a str> {
    let mut numbers: Vec<&str> = bills.iter().filter_map(|bill| bill.number).collect();
    numbers.sort_unstable();
    numbers.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

//! 金蝶 as the worker sees it: bills saved, looked up, submitted and audited. A walk over all bills of some days is in
//! `sink::dated`. What a verdict means for a document is the worker's; what a look-up proves is `journal::identify`'s.

#[cfg(feature = "console")]
pub mod base;
mod columns;
#[cfg(feature = "console")]
mod dated;
#[cfg(feature = "console")]
pub mod form;
mod found;
#[cfg(feature = "console")]
pub mod search;
pub mod template;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use kingdee_k3cloud_sdk::fields::Date;
use kingdee_k3cloud_sdk::model::base::Number;
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock, Serial, SubHead};
use kingdee_k3cloud_sdk::transport::Proxy;
use kingdee_k3cloud_sdk::{
    BatchSave, BillRows, Bills, Client, ClientBuilder, Error, Filter, Form, Hold, HoldKind, Pager, Query,
    Quota, Rows, SaveOptions, Verdict,
};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::config::{self, Credentials, Kingdee};
use crate::journal::{FoundBill, MARK_SOURCE};
use crate::mapping::Rules;
use crate::model::ReturnBill;
use columns::Columns;
#[cfg(feature = "console")]
pub use dated::Dated;
use found::bill;
pub use template::WireBill;

/// 金蝶云星空.
#[derive(Debug, Clone)]
pub struct Sink {
    client: Client,
    columns: Arc<Mutex<Columns>>,
}

/// Reads in flight.
const READS: usize = 2;

/// 库存状态 可用.
const SOUND: &str = "KCZT01_SYS";

/// How many numbers one look-up asks for.
const CHUNK: usize = 100;

/// How many bills that cannot be named are told apart by asking again: of more it is a right that is lacking.
const FEW: usize = 4;

/// What a bill is looked up by.
#[derive(Debug, Clone, Copy)]
enum By {
    /// FBillNo
    Number,
    /// FThirdBillNo
    Mark,
}

impl By {
    fn key(self) -> &'static str {
        match self {
            Self::Number => "FBillNo",
            Self::Mark => "FThirdBillNo",
        }
    }
}

/// Those of these bills that no bill found stands for.
fn not_among<'a>(found: &[FoundBill], wanted: &[&'a ReturnBill]) -> Vec<&'a ReturnBill> {
    let stands = |ours: &ReturnBill| found.iter().any(|bill| bill.stands_for(&ours.number, &ours.refund_no));
    wanted.iter().copied().filter(|bill| !stands(bill)).collect()
}

/// Rows a page of a look-up; one bill gives a row an entry.
const PAGE: u32 = 2_000;

/// A pause of 金蝶's that the journal remembers, if it has not passed by `now`.
pub(crate) fn kept_hold(note: Option<&str>, now: DateTime<Utc>) -> Option<Hold> {
    let hold: Hold = serde_json::from_str(note?).ok()?;
    (hold.until > now).then_some(hold)
}

/// A client's builder with everything that the configuration says.
pub fn client(settings: &Kingdee, clock: &Clock) -> ClientBuilder {
    use kingdee_k3cloud_sdk::Credentials as Sdk;
    let clock = clock.clone();
    let credentials = match &settings.credentials {
        Credentials::Signature { app_id, app_secret } => {
            Sdk::signature(app_id.expose_secret(), app_secret.expose_secret())
        }
        Credentials::AppSecret { app_id, app_secret } => {
            Sdk::app_secret(app_id.expose_secret(), app_secret.expose_secret())
        }
        Credentials::Sign { app_id, app_secret } => {
            Sdk::sign(app_id.expose_secret(), app_secret.expose_secret())
        }
        Credentials::Password { password } => Sdk::password(password.expose_secret()),
    };
    let builder = Client::builder()
        .base_url(settings.base_url.as_str())
        .acct_id(&settings.acct_id)
        .username(&settings.username)
        .credentials(credentials)
        .lcid(settings.lcid)
        .org_num(&settings.org_num)
        .quota(Quota::per_minute(settings.quota_per_minute))
        .timeout(settings.timeout)
        .concurrency(READS, settings.concurrency)
        .proxy(match &settings.proxy {
            config::Proxy::None => Proxy::None,
            config::Proxy::Environment => Proxy::Environment,
            config::Proxy::Url(address) => Proxy::Url(address.expose_secret().to_owned()),
        })
        .clock(move || clock.now());
    match &settings.ca {
        Some(ca) => builder.root_certificate_pem(ca.pem.clone()),
        None => builder,
    }
}

/// The first 16 hex digits of the SHA-256 of the bill's text on the wire, without its mark: FThirdBillId.
pub fn mark(bill: &ReturnBill) -> String {
    let text = serde_json::to_string(&wire(bill, None)).unwrap_or_default();
    let mut digest = base16ct::lower::encode_string(&Sha256::digest(text.as_bytes()));
    digest.truncate(16);
    digest
}

/// The bill as it is sent, in the template's order.
pub fn wire(bill: &ReturnBill, mark: Option<&str>) -> WireBill {
    WireBill::of(typed(bill, mark), bill)
}

/// The bill as the typed form of the SDK: everything but the further fields.
fn typed(bill: &ReturnBill, mark: Option<&str>) -> ReturnStock {
    let date = Date::from(bill.date);
    let sub_head = SubHead::builder()
        .settle_currency(bill.currency.as_str())
        .third_bill_no(&bill.refund_no)
        .maybe_third_bill_id(mark)
        .third_src_type(MARK_SOURCE)
        .settle_org(bill.settle_org.as_str())
        .is_included_tax(true)
        .build();
    let entries = bill
        .lines
        .iter()
        .map(|line| {
            let has_own = line.further.iter().any(|field| field.key.eq_ignore_ascii_case("FStockstatusId"));
            let usual = (!has_own).then_some(SOUND);
            let serials = line.serials.iter().map(|serial| Serial::builder().serial_no(serial).build());
            Entry::builder()
                .row_type("Standard")
                .material(line.material.as_str())
                .maybe_unit(line.unit.as_deref().map(Number::from))
                .must_qty(line.must_quantity)
                .real_qty(line.quantity)
                .tax_price(line.tax_price)
                .is_free(line.free.is_some())
                .maybe_tax_rate(line.tax_rate)
                .return_type(bill.return_type.as_str())
                .owner_type("BD_OwnerOrg")
                .owner(bill.owner_org.as_str())
                .maybe_produce_date(line.produced.map(Date::from))
                .maybe_expiry_date(line.expires.map(Date::from))
                .stock(line.stock.as_str())
                .maybe_stock_status(line.stock_status.as_deref().or(usual).map(Number::from))
                .delivery_date(date)
                .maybe_lot(line.lot.as_deref().map(Number::from))
                .serials(serials.collect())
                .build()
        })
        .collect();
    ReturnStock::builder()
        .bill_type(bill.bill_type.as_str())
        .bill_no(&bill.number)
        .date(date)
        .sale_org(bill.sale_org.as_str())
        .customer(bill.customer.as_str())
        .stock_org(bill.stock_org.as_str())
        .maybe_head_note((!bill.head_note.is_empty()).then_some(bill.head_note.as_str()))
        .owner_type("BD_OwnerOrg")
        .owner(bill.owner_org.as_str())
        .sub_head(sub_head)
        .entries(entries)
        .build()
}

impl Sink {
    /// 金蝶 by `client`.
    pub fn new(client: Client) -> Self {
        Self { client, columns: Arc::default() }
    }

    /// Reads the further fields of these rules back as well.
    #[must_use]
    pub fn reading_back(self, rules: &Rules) -> Self {
        let further = columns::further(rules);
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).asking(further);
        self
    }

    /// A cheap read that proves the credentials.
    pub async fn ping(&self) -> Result<(), Error> {
        self.client.ping().await
    }

    /// Saves bills; one verdict for each, in the order given. `yes` are the questions of 金蝶 that are answered with yes
    /// (InterationFlags), separated by semicolons.
    pub async fn save(
        &self,
        bills: impl IntoIterator<Item = (&ReturnBill, &str)>,
        yes: &str,
    ) -> Result<Vec<Verdict>, Error> {
        let forms = bills.into_iter().map(|(bill, mark)| wire(bill, Some(mark))).collect();
        let options = SaveOptions::builder().interaction_flags(yes).build();
        self.client.batch_save(&BatchSave::new(forms).with_options(options)).await
    }

    /// The pause that 金蝶 asked for, if one lasts; of two the longer one.
    pub fn hold(&self) -> Option<Hold> {
        self.client.holds().into_values().max_by_key(|hold| hold.until)
    }

    /// The pause of all calls, as the journal keeps it; empty: there is none. A refused login is not kept: what was wrong
    /// with it may be mended before the next start.
    pub(crate) fn hold_to_keep(&self) -> String {
        let of_calls = self.hold().filter(|hold| hold.kind == HoldKind::Calls);
        of_calls.and_then(|hold| serde_json::to_string(&hold).ok()).unwrap_or_default()
    }

    /// Ends every pause, because a person knows better; says how many there were.
    pub fn lift_holds(&self) -> usize {
        self.client.lift_holds()
    }

    /// Submits bills by number.
    pub async fn submit(&self, numbers: &[String]) -> Result<Vec<Verdict>, Error> {
        self.client.submit(ReturnStock::FORM_ID, &Bills::numbers(numbers)).await
    }

    /// Audits bills by number; `yes` as in [`save`](Self::save).
    pub async fn audit(&self, numbers: &[String], yes: &str) -> Result<Vec<Verdict>, Error> {
        let numbers = Bills::numbers(numbers);
        let numbers = if yes.is_empty() { numbers } else { numbers.with_interaction_flags(yes) };
        self.client.audit(ReturnStock::FORM_ID, &numbers).await
    }

    /// Every bill that stands under one of these numbers, or carries the mark of one of these refunds.
    pub async fn look_up(&self, wanted: &[&ReturnBill]) -> Result<Vec<FoundBill>, Error> {
        let mut found = Vec::new();
        for chunk in wanted.chunks(CHUNK) {
            let numbered = self.named(By::Number, chunk).await?;
            let missing = not_among(&numbered, chunk);
            found.extend(numbered);
            if !missing.is_empty() && self.columns().has("FThirdBillNo") {
                // A site that renumbers bills keeps the mark.
                found.extend(self.named(By::Mark, &missing).await?);
            }
        }
        Ok(found)
    }

    /// Bills of these numbers or marks. One whose own cannot be read may be any of those that were not found: as long as
    /// these are few, the halves are asked for, until it is one that it may be.
    fn named<'a>(
        &'a self,
        by: By,
        wanted: &'a [&'a ReturnBill],
    ) -> BoxFuture<'a, Result<Vec<FoundBill>, Error>> {
        Box::pin(async move {
            let values = wanted.iter().map(|bill| match by {
                By::Number => bill.number.as_str(),
                By::Mark => bill.refund_no.as_str(),
            });
            let mut found = self.query(by.key(), values).await?;
            if matches!(by, By::Mark) {
                for bill in found.iter_mut().filter(|bill| bill.third_bill_no.is_none()) {
                    // Found by a mark that cannot be seen: whose it is cannot be said.
                    bill.number.clear();
                }
            }
            let (mut nameless, mut found): (Vec<_>, Vec<_>) =
                found.into_iter().partition(FoundBill::is_nameless);
            let open = not_among(&found, wanted);
            if nameless.is_empty() || open.is_empty() {
                return Ok(found);
            }
            let rows = |bill: &FoundBill| match &bill.lines {
                // Rows without an id are no bill together.
                Some(lines) if bill.id.is_empty() => lines.len(),
                _ => 1,
            };
            if open.len() > 1 && nameless.iter().map(rows).sum::<usize>() <= FEW {
                let (left, right) = open.split_at(open.len() / 2);
                found.extend(self.named(by, left).await?);
                found.extend(self.named(by, right).await?);
                return Ok(found);
            }
            for bill in &mut nameless {
                bill.asked = open.iter().map(|bill| bill.number.clone()).collect();
            }
            found.extend(nameless);
            Ok(found)
        })
    }

    /// Every bill that stands under this number.
    pub async fn numbered(&self, number: &str) -> Result<Vec<FoundBill>, Error> {
        self.query("FBillNo", [number]).await
    }

    async fn query<'a>(
        &self,
        key: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<FoundBill>, Error> {
        let mut pager = self.pager(Filter::is_in(key, values), PAGE);
        let mut rows = Rows::new();
        while let Some(page) = self.page(&mut pager).await? {
            rows.extend(page);
        }
        let columns = self.columns();
        Ok(BillRows::gather(rows).iter().map(|found| bill(found, &columns)).collect())
    }

    /// A walk over the bills that meet a condition.
    fn pager(&self, filter: Filter, limit: u32) -> Pager {
        let columns = self.columns();
        let query = Query::builder()
            .form_id(ReturnStock::FORM_ID)
            .field_keys(columns.keys())
            .filter(filter)
            .order(columns.order())
            .limit(limit)
            .build();
        Pager::new(query)
    }

    /// The next page of rows, if there is one. Columns that this site turns out not to know are left out from then on.
    async fn page(&self, pager: &mut Pager) -> Result<Option<Rows>, Error> {
        loop {
            let columns = self.columns();
            pager.ask_for(columns.keys(), columns.order());
            let Some(query) = pager.next()? else { return Ok(None) };
            let answer = self.client.query(query).await;
            let fewer = match &answer {
                Ok(rows) => columns.without_unanswered(rows),
                Err(error) => columns.without_refused(error),
            };
            let Some(fewer) = fewer else {
                let rows = answer?;
                pager.received(&rows)?;
                return Ok(Some(rows));
            };
            *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = fewer;
        }
    }

    fn columns(&self) -> Columns {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

//! 金蝶 as the worker sees it: bills saved, looked up, submitted and audited. A walk over all bills of some days is in
//! `sink::dated`. What a verdict means for a document is the worker's; what a look-up proves is `journal::identify`'s.

mod base;
mod dated;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kingdee_k3cloud_sdk::fields::Date;
use kingdee_k3cloud_sdk::model::base::Number;
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock, SubHead};
use kingdee_k3cloud_sdk::{
    BatchSave, Cell, Client, ClientBuilder, Error, ErrorKind, Filter, Form, Numbers, Query, Quota, Row,
    Verdict,
};
use rust_decimal::{Decimal, RoundingStrategy};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::bill::ReturnBill;
use crate::clock::Clock;
use crate::config::{Credentials, Kingdee};
use crate::journal::{FoundBill, FoundLine, MARK_SOURCE};
pub use base::BaseRow;
pub use dated::Dated;

/// 金蝶云星空.
#[derive(Debug, Clone)]
pub struct Sink {
    client: Client,
    columns: Arc<Mutex<Columns>>,
}

/// Which columns this site can be asked for, learned from its answers.
#[derive(Debug, Clone, Copy)]
struct Columns {
    /// Index into [`ENTRY_STYLES`].
    entry: usize,
    /// Of [`HEAD`], those that it does not know.
    unknown: [bool; HEAD.len()],
    /// It does not know [`ENTRY_ID`].
    no_entry_id: bool,
}

/// The id of an entry: without it in the order, rows of one bill may change places between two pages.
const ENTRY_ID: &str = "FEntity_FEntryID";

/// How entry columns are spelled in a query. Sites differ; the last one asks for none.
const ENTRY_STYLES: [Option<[&str; 3]>; 3] = [
    Some(["FEntity_FMaterialId.FNumber", "FEntity_FRealQty", "FEntity_FAllAmount"]),
    Some(["FMaterialId.FNumber", "FRealQty", "FAllAmount"]),
    None,
];

/// The head's columns of a look-up; the first [`KEYS`] every site has.
const HEAD: [&str; 9] = [
    "FID",
    "FBillNo",
    "FDocumentStatus",
    "FCancelStatus",
    "FThirdBillNo",
    "FThirdSrcType",
    "FThirdBillId",
    "FRetcustId.FNumber",
    "FDate",
];

/// FID and FBillNo: without them nothing can be looked up.
const KEYS: usize = 2;

/// Reads in flight.
const READS: usize = 2;

/// How many numbers one look-up asks for.
const CHUNK: usize = 100;

/// Rows a page of a look-up; one bill gives a row an entry.
const PAGE: u32 = 2_000;

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
        .concurrency(2, settings.concurrency)
        .timeout(settings.timeout)
        .concurrency(READS, settings.concurrency)
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

/// The bill as the typed form of the SDK, in the template's order.
pub fn wire(bill: &ReturnBill, mark: Option<&str>) -> ReturnStock {
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
                .stock(line.stock.as_str())
                .stock_status("KCZT01_SYS")
                .delivery_date(date)
                .maybe_lot(line.lot.as_deref().map(Number::from))
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
        Self {
            client,
            columns: Arc::new(Mutex::new(Columns {
                entry: 0,
                unknown: [false; HEAD.len()],
                no_entry_id: false,
            })),
        }
    }

    /// A cheap read that proves the credentials.
    pub async fn ping(&self) -> Result<(), Error> {
        self.client.ping().await
    }

    /// Saves bills; one verdict for each, in the order given.
    pub async fn save(&self, bills: &[(ReturnBill, String)]) -> Result<Vec<Verdict>, Error> {
        let forms = bills.iter().map(|(bill, mark)| wire(bill, Some(mark))).collect();
        self.client.batch_save(&BatchSave::new(forms)).await
    }

    /// Submits bills by number.
    pub async fn submit(&self, numbers: &[String]) -> Result<Vec<Verdict>, Error> {
        self.client.submit(ReturnStock::FORM_ID, &Numbers::new(numbers)).await
    }

    /// Audits bills by number.
    pub async fn audit(&self, numbers: &[String]) -> Result<Vec<Verdict>, Error> {
        self.client.audit(ReturnStock::FORM_ID, &Numbers::new(numbers)).await
    }

    /// Every bill that stands under one of these numbers, or carries the mark of one of these refunds.
    pub async fn look_up(&self, wanted: &[&ReturnBill]) -> Result<Vec<FoundBill>, Error> {
        let mut found = Vec::new();
        for chunk in wanted.chunks(CHUNK) {
            found.extend(self.query("FBillNo", chunk.iter().map(|bill| bill.number.as_str())).await?);
            let missing: Vec<&str> = chunk
                .iter()
                .filter(|bill| !found.iter().any(|known| known.number == bill.number))
                .map(|bill| bill.refund_no.as_str())
                .collect();
            if !missing.is_empty() && self.columns().head().any(|key| key == "FThirdBillNo") {
                // A site that renumbers bills keeps the mark.
                found.extend(self.query("FThirdBillNo", missing).await?);
            }
        }
        Ok(found)
    }

    async fn query<'a>(
        &self,
        key: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<FoundBill>, Error> {
        let filter = Filter::is_in(key, values);
        let mut found = Vec::new();
        let mut start = 0;
        loop {
            let (rows, columns) = self.page(&filter, start, PAGE).await?;
            append(&mut found, bills(&rows, columns.entry()));
            if rows.len() < PAGE as usize {
                return Ok(found);
            }
            start += rows.len();
        }
    }

    /// One page of rows, and the columns it has: those that this site turns out not to know are left out from then on.
    async fn page(&self, filter: &Filter, start: usize, limit: u32) -> Result<(Vec<Row>, Columns), Error> {
        loop {
            let columns = self.columns();
            let keys: Vec<&str> = columns.head().chain(columns.entry().into_iter().flatten()).collect();
            let query = Query::builder()
                .form_id(ReturnStock::FORM_ID)
                .field_keys(keys)
                .filter(filter.clone())
                .order(columns.order())
                .start_row(u32::try_from(start).unwrap_or(u32::MAX))
                .limit(limit)
                .build();
            let answer = self.client.query(&query).await;
            let fewer = match &answer {
                Ok(rows) => columns.without_unanswered(rows),
                Err(error) => columns.without_refused(error),
            };
            match fewer {
                Some(fewer) => *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = fewer,
                None => return answer.map(|rows| (rows, columns)),
            }
        }
    }

    fn columns(&self) -> Columns {
        *self.columns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Columns {
    fn entry(self) -> Option<[&'static str; 3]> {
        ENTRY_STYLES[self.entry]
    }

    /// An order in which no two rows are equal.
    fn order(self) -> String {
        match self.entry() {
            Some(_) if !self.no_entry_id => format!("FID ASC, {ENTRY_ID} ASC"),
            _ => "FID ASC".to_owned(),
        }
    }

    fn head(self) -> impl Iterator<Item = &'static str> {
        HEAD.into_iter().zip(self.unknown).filter_map(|(key, unknown)| (!unknown).then_some(key))
    }

    /// The next spelling, where the entry's columns came back empty on every row: the site does not know them,
    /// though it did not say so.
    fn without_unanswered(self, rows: &[Row]) -> Option<Self> {
        let unanswered = |key| rows.iter().all(|row| row.by_key(key).is_none_or(Cell::is_null));
        (!rows.is_empty() && self.entry()?.into_iter().all(unanswered)).then(|| self.respelt())?
    }

    /// Without the column that MsgCode 9 names. The two keys of a bill are never left out.
    fn without_refused(mut self, error: &Error) -> Option<Self> {
        let ErrorKind::Refused { msg_code: 9, errors } = error.kind() else { return None };
        let named = |key: &str| {
            let field = key.split_once('.').map_or(key, |(field, _)| field);
            errors.iter().any(|error| error.message.contains(field))
        };
        if self.entry().is_some_and(|keys| keys.into_iter().any(named)) {
            return self.respelt();
        }
        if !self.no_entry_id && self.entry().is_some() && named(ENTRY_ID) {
            self.no_entry_id = true;
            return Some(self);
        }
        let place = (KEYS..HEAD.len()).find(|&place| !self.unknown[place] && named(HEAD[place]))?;
        self.unknown[place] = true;
        Some(self)
    }

    fn respelt(mut self) -> Option<Self> {
        self.entry += 1;
        (self.entry < ENTRY_STYLES.len()).then_some(self)
    }
}

/// Rows of a look-up, one an entry, gathered into bills by FID.
fn bills(rows: &[Row], entry: Option<[&str; 3]>) -> Vec<FoundBill> {
    let mut by_id: BTreeMap<String, FoundBill> = BTreeMap::new();
    let mut order = Vec::new();
    for row in rows {
        let text = |key: &str| {
            row.by_key(key).filter(|cell| !cell.is_null()).map(|cell| cell.text().trim().to_owned())
        };
        let id = text("FID").unwrap_or_default();
        let bill = by_id.entry(id.clone()).or_insert_with(|| {
            order.push(id.clone());
            FoundBill {
                id,
                number: text("FBillNo").unwrap_or_default(),
                document_status: text("FDocumentStatus"),
                voided: text("FCancelStatus").as_deref() == Some("B"),
                third_bill_no: text("FThirdBillNo"),
                third_src_type: text("FThirdSrcType"),
                third_bill_id: text("FThirdBillId"),
                customer: text("FRetcustId.FNumber"),
                date: row.by_key("FDate").and_then(Cell::date).map(|time| time.date()),
                lines: None,
            }
        });
        let line = entry.and_then(|[material, quantity, amount]| {
            let number = |key: &str| row.by_key(key).and_then(Cell::decimal).map(settle);
            Some(FoundLine {
                material: text(material)?,
                quantity: number(quantity)?,
                amount: number(amount)?,
            })
        });
        if let Some(line) = line {
            bill.lines.get_or_insert_default().push(line);
        }
    }
    order.into_iter().filter_map(|id| by_id.remove(&id)).collect()
}

/// Bills of the next page: its first may be the rest of the last one before.
fn append(bills: &mut Vec<FoundBill>, mut next: Vec<FoundBill>) {
    if let (Some(last), Some(first)) = (bills.last_mut(), next.first_mut())
        && last.id == first.id
    {
        if let Some(lines) = first.lines.take() {
            last.lines.get_or_insert_default().extend(lines);
        }
        next.remove(0);
    }
    bills.append(&mut next);
}

/// 金蝶 answers with up to ten decimals, and some sites with the noise of a binary fraction behind them.
fn settle(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero).normalize()
}

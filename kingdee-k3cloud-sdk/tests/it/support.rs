//! What many tests need: a bill, a site with a client on it, a client on scripted replies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder};
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock, SubHead};
use kingdee_k3cloud_sdk::transport::{BoxError, NotSent};
use kingdee_k3cloud_sdk::{BatchSave, Client, ClientBuilder, Credentials, Form, Query};
use rust_decimal::Decimal;
use serde::Serialize;

pub(crate) const ACCT: &str = "65f0c0ffee0001";
pub(crate) const USER: &str = "api";
pub(crate) const APP_ID: &str = "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
pub(crate) const APP_SECRET: &str = "simulated-app-secret";
pub(crate) const PASSWORD: &str = "simulated-password";
pub(crate) const FORM: &str = "SAL_RETURNSTOCK";

pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A site where C001, M001 and CK001 exist.
pub(crate) fn site() -> SiteBuilder {
    Site::builder().customers(["C001"]).materials(["M001", "M002"]).stocks(["CK001"])
}

/// A builder that lacks nothing but its transport.
pub(crate) fn builder(credentials: Credentials) -> ClientBuilder {
    Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id(ACCT)
        .username(USER)
        .org_num("100")
        .credentials(credentials)
}

pub(crate) fn signed() -> Credentials {
    Credentials::signature(APP_ID, APP_SECRET)
}

pub(crate) fn client(site: &Site) -> Client {
    client_with(site, signed())
}

pub(crate) fn client_with(site: &Site, credentials: Credentials) -> Client {
    builder(credentials).transport(site.service()).build().unwrap()
}

pub(crate) fn line() -> Entry {
    Entry::builder()
        .material("M001")
        .real_qty(dec("2"))
        .tax_price(dec("2.755"))
        .stock("CK001")
        .return_type("THLX01_SYS")
        .build()
}

pub(crate) fn bill(number: &str) -> ReturnStock {
    ReturnStock::builder()
        .bill_type("XSTHD01_SYS")
        .bill_no(number)
        .date(chrono::NaiveDate::from_ymd_opt(2026, 11, 3).unwrap())
        .sale_org("100")
        .customer("C001")
        .stock_org("100")
        .sub_head(SubHead::builder().third_bill_no(number).third_src_type("refund-sync").build())
        .entries(vec![line()])
        .build()
}

pub(crate) fn batch(numbers: &[&str]) -> BatchSave<ReturnStock> {
    BatchSave::new(numbers.iter().map(|number| bill(number)).collect())
}

pub(crate) fn query_numbers() -> Query {
    Query::builder().form_id(FORM).field_keys(["FID", "FBillNo", "FDocumentStatus"]).build()
}

/// A form that is not this crate's.
#[derive(Serialize)]
pub(crate) struct OwnForm {
    #[serde(rename = "FBillNo")]
    pub(crate) number: Option<String>,
}

impl Form for OwnForm {
    const FORM_ID: &'static str = "X_OWN";

    fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }
}

pub(crate) fn own(numbers: &[&str]) -> BatchSave<OwnForm> {
    BatchSave::new(numbers.iter().map(|number| OwnForm { number: Some((*number).to_owned()) }).collect())
}

/// What a scripted transport does with one request.
pub(crate) enum Act {
    Reply(Response<Bytes>),
    Refuse,
    Break,
    Hang,
}

pub(crate) fn reply(status: u16, body: &str) -> Act {
    let mut reply = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap();
    Act::Reply(reply)
}

/// A client on a script; the requests it makes are kept. After the script's end it says 404.
pub(crate) struct Script {
    pub(crate) client: Client,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Script {
    pub(crate) fn new(acts: Vec<Act>) -> Self {
        Self::with(signed(), acts)
    }

    pub(crate) fn with(credentials: Credentials, acts: Vec<Act>) -> Self {
        let acts = Arc::new(Mutex::new(VecDeque::from(acts)));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let service = tower::service_fn(move |request| {
            seen.lock().unwrap().push(request);
            let act = acts.lock().unwrap().pop_front();
            async move {
                let io = |kind: std::io::ErrorKind| -> BoxError { std::io::Error::from(kind).into() };
                match act.unwrap_or_else(|| reply(404, "the script is over")) {
                    Act::Reply(reply) => Ok(reply),
                    Act::Refuse => Err(NotSent(io(std::io::ErrorKind::ConnectionRefused)).into()),
                    Act::Break => Err(io(std::io::ErrorKind::ConnectionReset)),
                    Act::Hang => std::future::pending::<Result<_, BoxError>>().await,
                }
            }
        });
        let client = builder(credentials).timeout(Duration::from_secs(5)).transport(service).build().unwrap();
        Self { client, requests }
    }

    /// How many requests were made.
    pub(crate) fn sent(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The n-th request.
    pub(crate) fn request(&self, n: usize) -> Request<Bytes> {
        self.requests.lock().unwrap()[n].clone()
    }
}

/// A file of `fixtures`.
pub(crate) fn fixture(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(name);
    std::fs::read_to_string(path).unwrap()
}

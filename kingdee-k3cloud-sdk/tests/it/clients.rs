//! What other clients of the Web API send, and the answers they need: raw requests, one test for each peculiarity.

mod ids;
mod info;
mod logins;
mod queries;
mod sessions;
mod shapes;

use bytes::Bytes;
use http::{Request, Response, header};
use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder, StoredBill, StoredLine};
use serde_json::{Value, json};

use crate::support::{ACCT, PASSWORD, USER};

/// A client that logged in by password, at a site with a few materials and bills.
struct Raw {
    site: Site,
    session: String,
}

const FORMS: &str = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.";
const AUTH: &str = "Kingdee.BOS.WebApi.ServicesStub.AuthService.";

impl Raw {
    fn new() -> Self {
        Self::at(site())
    }

    fn at(site: SiteBuilder) -> Self {
        let site = site.build();
        for (number, status) in [("A", 'A'), ("B", 'B'), ("C", 'C')] {
            site.insert(StoredBill {
                number: number.to_owned(),
                document_status: status,
                customer: "C001".to_owned(),
                sale_org: "100".to_owned(),
                stock_org: "100".to_owned(),
                lines: vec![StoredLine { material: "M001".to_owned(), ..StoredLine::default() }],
                ..StoredBill::default()
            });
        }
        Self { session: login_session(&site), site }
    }

    fn id(&self, number: &str) -> u64 {
        self.site.bills().iter().find(|bill| bill.number == number).unwrap().id
    }

    fn status(&self, number: &str) -> char {
        self.site.bills().iter().find(|bill| bill.number == number).unwrap().document_status
    }

    /// Sends a body of JSON.
    fn call(&self, service: &str, body: &Value) -> Value {
        self.send(&format!("{FORMS}{service}"), "application/json", &body.to_string())
    }

    fn send(&self, service: &str, kind: &str, body: &str) -> Value {
        let reply = post(&self.site, service, kind, body, Some(&self.session));
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    /// A query of these keys, with further members.
    fn query(&self, form: &str, keys: &str, more: &Value) -> Value {
        let mut data = json!({ "FormId": form, "FieldKeys": keys, "FilterString": "", "OrderString": "",
            "TopRowCount": 0, "StartRow": 0, "Limit": 100 });
        for (key, value) in more.as_object().unwrap() {
            data[key] = value.clone();
        }
        self.call("ExecuteBillQuery", &json!({ "data": data }))
    }
}

fn site() -> SiteBuilder {
    crate::support::site()
}

fn post(site: &Site, service: &str, kind: &str, body: &str, session: Option<&str>) -> Response<Bytes> {
    let uri = format!("https://erp.example.com/k3cloud/{service}.common.kdsvc");
    let mut request = Request::post(uri).header(header::CONTENT_TYPE, kind);
    if let Some(session) = session {
        request = request.header(header::COOKIE, format!("kdservice-sessionid={session}"));
    }
    site.handle(&request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

fn login(site: &Site, service: &str, body: &Value) -> Value {
    let reply = post(site, &format!("{AUTH}{service}"), "application/json", &body.to_string(), None);
    assert_eq!(reply.status(), 200, "{service}");
    serde_json::from_slice(reply.body()).unwrap()
}

fn login_session(site: &Site) -> String {
    let welcome = login(site, "ValidateUser", &json!({ "parameters": [ACCT, USER, PASSWORD, 2052] }));
    welcome["KDSVCSessionId"].as_str().unwrap().to_owned()
}

/// IsSuccess, MsgCode and the first message of an answer.
fn verdict(answer: &Value) -> (bool, i64, String) {
    let inner = answer.get(0).map_or(answer, |row| row.get(0).unwrap_or(row));
    let status = &inner["Result"]["ResponseStatus"];
    let message = status["Errors"][0]["Message"].as_str().unwrap_or_default().to_owned();
    let is_success = status["IsSuccess"].as_bool().unwrap_or_else(|| panic!("{answer}"));
    (is_success, status["MsgCode"].as_i64().unwrap_or_default(), message)
}

fn refused(answer: &Value, code: i64, words: &str) {
    let (is_success, found, message) = verdict(answer);
    assert!(!is_success && found == code && message.contains(words), "{answer}");
}

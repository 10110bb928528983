//! Books that answer otherwise than the simulator does: its answers changed on their way, or texts of real sites in their
//! place. Each is a `wiremock` responder before the simulator's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kingdee_k3cloud_sdk::mock::Site;
use serde_json::{Value, json};
use wiremock::{Mock, Request, Respond, ResponseTemplate};

use crate::scene::{Scene, service};

/// Something that is so until it is changed.
#[derive(Clone)]
pub(crate) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(crate) fn on() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(crate) fn turn_off(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A responder made of a function.
struct By<F>(F);

impl<F: Fn(&Request) -> ResponseTemplate + Send + Sync> Respond for By<F> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        (self.0)(request)
    }
}

impl Scene {
    /// Puts a function before a service of the books.
    pub(crate) async fn answer(
        &self,
        name: &str,
        answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) {
        let mock = Mock::given(service(name)).respond_with(By(answer)).with_priority(1);
        mock.mount(&self.books_server).await;
    }

    /// The cells of these columns come as `***` while the switch is on.
    pub(crate) async fn mask(&self, columns: &'static [&'static str], switch: &Switch) {
        let (books, switch) = (self.books.clone(), switch.clone());
        self.answer("ExecuteBillQuery", move |request| {
            let (status, mut answer) = ask(&books, request);
            if let Some(rows) = answer.as_array_mut().filter(|_| switch.is_on()) {
                let keys = field_keys(request);
                let is_masked = |key: &str| columns.iter().any(|column| key.contains(column));
                // An error is wrapped like a row.
                for row in
                    rows.iter_mut().filter(|row| row.as_array().is_some_and(|row| row.len() == keys.len()))
                {
                    for (place, _) in keys.iter().enumerate().filter(|(_, key)| is_masked(key)) {
                        row[place] = json!("***");
                    }
                }
            }
            ResponseTemplate::new(status).set_body_json(answer)
        })
        .await;
    }

    /// The rows of look-ups go through a function, with the keys of their cells, while the switch is on.
    pub(crate) async fn reshape(
        &self,
        switch: &Switch,
        change: impl Fn(&[String], &mut Vec<Value>) + Send + Sync + 'static,
    ) {
        let (books, switch) = (self.books.clone(), switch.clone());
        self.answer("ExecuteBillQuery", move |request| {
            let (status, mut answer) = ask(&books, request);
            let keys = field_keys(request);
            for row in answer.as_array_mut().filter(|_| switch.is_on()).into_iter().flatten() {
                if let Some(row) = row.as_array_mut().filter(|row| row.len() == keys.len()) {
                    change(&keys, row);
                }
            }
            ResponseTemplate::new(status).set_body_json(answer)
        })
        .await;
    }

    /// Queries find nothing while the switch is on, as without the right to query.
    pub(crate) async fn blind(&self, switch: &Switch) {
        let (books, switch) = (self.books.clone(), switch.clone());
        self.answer("ExecuteBillQuery", move |request| {
            let (status, answer) = ask(&books, request);
            let answer = if switch.is_on() { json!([]) } else { answer };
            ResponseTemplate::new(status).set_body_json(answer)
        })
        .await;
    }

    /// A service has its effect, and then something happens to the books.
    pub(crate) async fn then(&self, name: &str, happens: impl Fn(&Site) + Send + Sync + 'static) {
        let books = self.books.clone();
        self.answer(name, move |request| {
            let (status, answer) = ask(&books, request);
            happens(&books);
            ResponseTemplate::new(status).set_body_json(answer)
        })
        .await;
    }

    /// A service refuses every bill with this text (`#` is its number) while the switch is on, after something happened.
    pub(crate) async fn refuse(
        &self,
        name: &str,
        code: i64,
        text: &'static str,
        switch: &Switch,
        happens: impl Fn(&Site) + Send + Sync + 'static,
    ) {
        let (books, switch) = (self.books.clone(), switch.clone());
        self.answer(name, move |request| {
            if !switch.is_on() {
                return pass(&books, request);
            }
            happens(&books);
            let errors: Vec<Value> = numbers(request)
                .iter()
                .enumerate()
                .map(|(place, number)| {
                    json!({ "FieldName": null, "Message": text.replace('#', number), "DIndex": place })
                })
                .collect();
            ResponseTemplate::new(200).set_body_json(json!({ "Result": { "ResponseStatus": {
                "ErrorCode": 500, "IsSuccess": false, "Errors": errors,
                "SuccessEntitys": [], "SuccessMessages": [], "MsgCode": code,
            } } }))
        })
        .await;
    }

    /// How often a service was called.
    pub(crate) async fn calls_of(&self, name: &str) -> usize {
        use wiremock::Match as _;
        let requests = self.books_server.received_requests().await.unwrap();
        requests.iter().filter(|request| service(name).matches(request)).count()
    }
}

/// The simulator's own answer.
pub(crate) fn pass(books: &Site, request: &Request) -> ResponseTemplate {
    let (status, answer) = ask(books, request);
    ResponseTemplate::new(status).set_body_json(answer)
}

/// What the simulator answers.
fn ask(books: &Site, request: &Request) -> (u16, Value) {
    let mut asked = http::Request::builder().method(request.method.clone()).uri(request.url.path());
    if let Some(headers) = asked.headers_mut() {
        headers.extend(request.headers.clone());
    }
    let answer = books.handle(&asked.body(request.body.clone().into()).unwrap());
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// The keys of a query, in the order of its cells.
fn field_keys(request: &Request) -> Vec<String> {
    let keys = body(request)["data"]["FieldKeys"].as_str().unwrap().to_owned();
    keys.split(',').map(|key| key.trim().to_owned()).collect()
}

/// The bills that a call is about.
fn numbers(request: &Request) -> Vec<String> {
    let data = &body(request)["data"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match data["Numbers"].as_array() {
        Some(numbers) => numbers.iter().map(text).collect(),
        None => data["Model"].as_array().unwrap().iter().map(|bill| text(&bill["FBillNo"])).collect(),
    }
}

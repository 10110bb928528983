//! `/api/v1`: every path of its own description answers in the shape that stands there, and refuses clearly.

use std::path::Path;

use jsonschema::Validator;
use refund_sync::reconcile::ReconcileSummary;
use refund_sync::serve::web::openapi;
use serde_json::{Value, json};

use super::visit::Visit;
use crate::returns::{line, with_lines};
use crate::serve::house::House;

/// A journal with a return in the books, one that needs attention, one that is left out, and a reconciliation.
fn house() -> House {
    let house = House::new();
    let mut unmapped = house.at_now(with_lines("TK2", &[line("HAT", "1.0000", "5.0000")]));
    unmapped.set("shop_no", "S999");
    let mut filtered = house.at_now(with_lines("TK3", &[line("HAT", "1.0000", "5.0000")]));
    filtered.set("type", "4");
    house.sells_back("TK1");
    house.shop.world().extend([unmapped, filtered]);
    house
}

fn summary() -> ReconcileSummary {
    let finding = json!({
        "kind": "missing", "refund_no": "TK9", "bill_no": "TK9", "fid": null, "shop_no": "S001",
        "date": "2026-11-20", "due": "9.00", "booked": null,
        "points": [{ "what": "date", "ours": "2026-11-20", "theirs": "-" }], "why": "",
    });
    let summary = json!({
        "at": "2026-11-20T04:00:00Z", "period": { "from": "2026-11-01", "to": "2026-11-30" }, "due": 2,
        "equal": 1, "unproven": 0, "differences": { "missing": 1 }, "unexplained": { "missing": 1 },
        "gap": "9.00", "findings": [finding],
    });
    serde_json::from_value(summary).unwrap()
}

/// The schema of an answer, with what it refers to.
fn schema(description: &Value, answer: &Value) -> Validator {
    let mut schema = answer["content"]["application/json"]["schema"].clone();
    schema["components"] = description["components"].clone();
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn is_valid(validator: &Validator, path: &str, text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
    let faults: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{path}: {faults:#?}\n{value:#}");
    value
}

#[tokio::test(start_paused = true)]
async fn every_path_of_the_description_answers_in_its_shape() {
    let house = house();
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(20).await;
    let pipeline = house.store.pipeline("main").await.unwrap().id;
    summary().keep(house.store.as_ref(), pipeline).await.unwrap();
    let visit = Visit::read_only(&house);
    let description: Value =
        serde_json::from_str(&visit.get("/api/v1/openapi.json").await.is(200).text).unwrap();
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 8, "{:?}", paths.keys());
    let mut answers = serde_json::Map::new();
    for (path, operations) in paths {
        let operation = &operations["get"];
        assert_eq!(operations.as_object().unwrap().len(), 1, "{path} only reads");
        let mut query = Vec::new();
        let mut asked = path.clone();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let value = match (path.as_str(), parameter["name"].as_str().unwrap()) {
                (_, "no") => "TK2",
                ("/api/v1/errors/{text}", "text") => "unmapped",
                (_, "text") => "tk",
                (_, "month") => "2026-11",
                (_, "limit") => "7",
                (_, "shop") => continue,
                (path, name) => panic!("{path} has a parameter {name} that this test does not know"),
            };
            if parameter["in"] == "path" {
                asked = asked.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), value);
            } else {
                query.push(format!("{}={value}", parameter["name"].as_str().unwrap()));
            }
        }
        if !query.is_empty() {
            asked = format!("{asked}?{}", query.join("&"));
        }
        let answer = visit.get(&asked).await.is(200);
        assert_eq!(answer.header("content-type"), "application/json", "{asked}");
        assert_eq!(answer.header("cache-control"), "no-store", "{asked}");
        let told = is_valid(&schema(&description, &operation["responses"]["200"]), &asked, &answer.text);
        answers.insert(operation["operationId"].as_str().unwrap().to_owned(), told);
        // Each refusal that the description names has its shape.
        let error = schema(&description, &operation["responses"]["503"]);
        if operation["parameters"].as_array().is_some_and(|parameters| !parameters.is_empty()) {
            let separator = if asked.contains('?') { '&' } else { '?' };
            let refused = visit.get(&format!("{asked}{separator}sql=x")).await.is(400);
            assert!(is_valid(&error, &asked, &refused.text)["message"].as_str().unwrap().contains("sql"));
        }
    }
    assert_eq!(answers["status"]["pipelines"][0]["documents"]["confirmed"], 1);
    assert_eq!(answers["why"]["documents"][0]["reasons"][0]["cause"], "unmapped");
    assert_eq!(answers["find"]["matches"].as_array().unwrap().len(), 3);
    assert_eq!(answers["parked"], json!({ "parked": answers["parked"]["parked"], "more": 0 }));
    assert_eq!(answers["not_in_books"]["pipelines"][0]["parked"][0]["refund_no"], "TK2");
    assert_eq!(answers["not_in_books"]["pipelines"][0]["findings"][0]["refund_no"], "TK9");
    assert_eq!(answers["reconciliation"]["pipelines"][0]["last"]["gap"], "9.00");
    assert_eq!(answers["explain_error"]["found"][0]["table"], "cause");
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_or_is_unknown_is_told_as_such() {
    let house = house();
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(20).await;
    let visit = Visit::read_only(&house);
    for (path, status, words) in [
        ("/api/v1/not-in-books", 400, "month is missing"),
        ("/api/v1/not-in-books?month=2026-13", 400, "write 2026-11"),
        ("/api/v1/not-in-books?month=2026-11&shop=S404", 404, "S404"),
        ("/api/v1/parked?limit=0", 400, "from 1 to 1000"),
        ("/api/v1/parked?limit=x", 400, "from 1 to 1000"),
        ("/api/v1/status?limit=1", 400, "no parameter"),
        ("/api/v1/why/TK404", 404, "never read"),
        ("/api/v1/why/%20", 400, "no is missing"),
        ("/api/v1/find?text=nothing-like-it", 404, "nothing is known"),
        ("/api/v1/errors/no_such_cause", 404, "in no table"),
        ("/api/v1/find", 400, "text is missing"),
        ("/api/v1/why/%FF", 400, "UTF-8"),
        ("/api/v1/errors/%FF", 400, "UTF-8"),
        ("/api/v1/query?sql=select", 404, "openapi.json"),
        ("/api/v2/status", 404, "openapi.json"),
    ] {
        let answer = visit.get(path).await.is(status);
        let told: Value = serde_json::from_str(&answer.text).unwrap();
        assert!(told["message"].as_str().unwrap().contains(words), "{path}: {told}");
        let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let english = told["message"].as_str().unwrap().replace("旺店通", "").replace("金蝶", "");
        assert!(!english.contains(is_han), "{path}: {told}");
        assert!(told["message_zh"].as_str().unwrap().contains(is_han), "{path}: {told}");
    }
    let shop = visit.get("/api/v1/not-in-books?month=2026-11&shop=S999").await.is(200);
    let told: Value = serde_json::from_str(&shop.text).unwrap();
    assert_eq!(told["pipelines"][0]["shops"].as_object().unwrap().len(), 1, "{told}");
    // The words of an error may have anything in them.
    visit
        .get("/api/v1/errors/%7B%22code%22%3A25%2C%22msg%22%3A%22a%2Fb%22%7D")
        .await
        .is(200)
        .says(&["credentials"]);
    visit.post("/api/v1/status", &[]).await.is(405);
    visit.get("/refund/%FF").await.is(400).says(&["地址中有不是 UTF-8 的字符"]);
}

#[test]
fn the_copy_of_the_description_is_in_step() {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let copy: Value = serde_json::from_str(&std::fs::read_to_string(copy).unwrap()).unwrap();
    assert_eq!(copy, openapi(), "write it anew: cargo xtask codegen");
}

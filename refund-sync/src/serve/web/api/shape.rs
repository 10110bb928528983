//! The shapes of the answers, as JSON Schema: strict, so that a key that comes or goes is a change somebody decides on.

use serde_json::{Map, Value, json};

use crate::answer::Question;

/// What a question is answered with.
pub(super) fn of(question: Question) -> Value {
    match question {
        Question::Status => object(&[("pipelines", list(status()))], &[]),
        Question::Why => {
            object(&[("refund_no", text()), ("documents", list(life())), ("matches", list(text()))], &[])
        }
        Question::Find => object(
            &[("text", text()), ("number", text()), ("matches", list(found())), ("has_more", flag())],
            &[],
        ),
        Question::Parked => object(&[("parked", list(parked())), ("more", count())], &[]),
        Question::NotInBooks => {
            object(&[("month", text()), ("shop", or_null(text())), ("pipelines", list(month()))], &[])
        }
        Question::Reconciliation => object(
            &[("pipelines", list(object(&[("pipeline", text()), ("last", or_null(reconciled()))], &[])))],
            &[],
        ),
        Question::ExplainError => object(
            &[
                ("text", text()),
                (
                    "found",
                    list(object(
                        &[
                            ("table", one_of(&["cause", "flag", "kingdee", "wdt"])),
                            ("name", text()),
                            ("message", text()),
                            ("message_zh", text()),
                            ("remedy", text()),
                            ("remedy_zh", text()),
                        ],
                        &[("write", one_of(&["nothing_happened", "look_up"]))],
                    )),
                ),
            ],
            &[],
        ),
    }
}

/// What a question that has no answer is refused with.
pub(super) fn error() -> Value {
    object(&[("message", text()), ("message_zh", text())], &[])
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn number() -> Value {
    json!({ "type": "number" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// Yuan, as a text.
fn money() -> Value {
    json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" })
}

/// Anything; what it holds depends on the site.
fn free() -> Value {
    json!({ "type": ["object", "null"] })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn list(item: Value) -> Value {
    of_kind("array", "items", item)
}

fn map(value: Value) -> Value {
    of_kind("object", "additionalProperties", value)
}

fn of_kind(kind: &str, key: &str, inner: Value) -> Value {
    let mut shape = json!({ "type": kind });
    shape[key] = inner;
    shape
}

fn or_null(value: Value) -> Value {
    let mut shape = json!({ "anyOf": [null, { "type": "null" }] });
    shape["anyOf"][0] = value;
    shape
}

/// Keys that are always there, and keys that may be absent.
fn object(always: &[(&str, Value)], sometimes: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        always.iter().chain(sometimes).map(|(key, shape)| ((*key).to_owned(), shape.clone())).collect();
    let required: Vec<_> = always.iter().map(|(key, _)| *key).collect();
    json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    })
}

fn status() -> Value {
    let held = || object(&[("until", text()), ("said", text())], &[]);
    let filtered = object(
        &[
            ("type", or_null(json!({ "type": "integer" }))),
            ("process_status", or_null(json!({ "type": "integer" }))),
            ("shop_no", text()),
            ("count", count()),
            ("amount", money()),
        ],
        &[],
    );
    let window = object(
        &[
            ("start", text()),
            ("end", text()),
            ("state", text()),
            ("total", or_null(count())),
            ("seen", count()),
            ("calls", count()),
            ("note", text()),
        ],
        &[],
    );
    let run = object(
        &[("command", text()), ("started", text()), ("ended", or_null(text())), ("outcome", free())],
        &[],
    );
    let clock = object(
        &[
            ("state", text()),
            ("local", text()),
            ("server", or_null(text())),
            ("message", text()),
            ("message_zh", text()),
        ],
        &[],
    );
    object(
        &[
            ("pipeline", text()),
            ("cursor", or_null(text())),
            ("read_until", or_null(text())),
            ("clock_offset_seconds", number()),
            ("stopped", or_null(stopped())),
            ("paused", or_null(text())),
            ("writing_waits_until", or_null(text())),
            ("documents", map(count())),
            ("flags", map(count())),
            ("parked", map(count())),
            ("parked_yuan", map(money())),
            ("decided", map(count())),
            ("filtered", list(filtered)),
            ("windows", list(window)),
            ("short_windows", list(short())),
            ("runs", list(run)),
        ],
        &[("clock", clock), ("held", held()), ("kingdee_held", held())],
    )
}

fn stopped() -> Value {
    object(
        &[
            ("side", one_of(&["wdt", "kingdee"])),
            ("reason", text()),
            ("reason_zh", text()),
            ("remedy", text()),
            ("remedy_zh", text()),
            ("since", text()),
            ("refused", text()),
            ("by_hand", flag()),
        ],
        &[],
    )
}

fn short() -> Value {
    object(
        &[
            ("start", text()),
            ("end", text()),
            ("total", or_null(count())),
            ("seen", count()),
            ("missing", count()),
            ("why", text()),
            ("found", text()),
            ("looks", count()),
            ("next_look", or_null(text())),
        ],
        &[],
    )
}

fn reason() -> Value {
    let missing = object(&[("table", text()), ("key", text()), ("out_of_validity", flag())], &[]);
    object(
        &[
            ("cause", text()),
            ("message", text()),
            ("message_zh", text()),
            ("remedy", text()),
            ("remedy_zh", text()),
        ],
        &[("missing", missing)],
    )
}

fn life() -> Value {
    let event = object(&[("at", text()), ("run", count()), ("event", text()), ("detail", json!({}))], &[]);
    let decision = object(
        &[
            ("as", text()),
            ("by", text()),
            ("at", text()),
            ("note", text()),
            ("bill", or_null(text())),
            ("fid", or_null(text())),
        ],
        &[
            ("not_compared", list(text())),
            (
                "earlier",
                list(object(&[("as", text()), ("by", text()), ("at", text()), ("note", text())], &[])),
            ),
        ],
    );
    let mut always = vec![
        ("pipeline", text()),
        ("refund_no", text()),
        ("state", text()),
        ("shop_no", text()),
        ("type", or_null(json!({ "type": "integer" }))),
        ("process_status", or_null(json!({ "type": "integer" }))),
        ("amount", or_null(money())),
        ("reasons", list(reason())),
        ("flags", list(object(&[("kind", text()), ("detail", text())], &[("detail_zh", text())]))),
        ("stopped", or_null(stopped())),
        ("newer_row_waits", flag()),
        ("refund", free()),
        ("bill", free()),
        ("seen", text()),
        ("events", list(event)),
    ];
    let texts = [
        "bill_no",
        "fid",
        "modified",
        "date",
        "shop_name",
        "not_in_scope",
        "first_parked",
        "last_tried",
        "due_at",
        "next_try",
        "writing_waits_until",
        "pruned_until",
    ];
    always.extend(texts.map(|key| (key, or_null(text()))));
    let held = object(&[("until", text()), ("said", text())], &[]);
    object(&always, &[("held", held), ("decision", decision)])
}

fn found() -> Value {
    let mut always = vec![("amount", or_null(money()))];
    always.extend(["pipeline", "refund_no", "state", "by", "number", "shop_no"].map(|key| (key, text())));
    let texts = ["shop_name", "date", "cause", "bill_no", "fid", "not_in_scope"];
    always.extend(texts.map(|key| (key, or_null(text()))));
    object(&always, &[])
}

fn parked() -> Value {
    let mut always = vec![("amount", or_null(money())), ("reasons", list(reason()))];
    let texts = ["pipeline", "refund_no", "shop_no", "cause", "since", "tid", "src_no", "sales_tid"];
    always.extend(texts.map(|key| (key, text())));
    let others = ["fid", "date", "shop_name", "first_parked", "last_tried", "next_try"];
    always.extend(others.map(|key| (key, or_null(text()))));
    object(&always, &[])
}

fn month() -> Value {
    let sum = || object(&[("count", count()), ("yuan", money())], &[]);
    let mut shop = vec![("filtered", count()), ("filtered_yuan", money())];
    shop.extend(["written", "late", "in_progress", "parked", "decided", "differs"].map(|key| (key, sum())));
    let shop = object(&shop, &[]);
    let open = || {
        let mut always = vec![("yuan", money()), ("cause", or_null(text()))];
        always.extend(["refund_no", "shop_no", "date", "month", "state"].map(|key| (key, text())));
        list(object(&always, &[]))
    };
    let closing = object(
        &[("month", text()), ("reopened", flag()), ("by", text()), ("at", text()), ("note", text())],
        &[],
    );
    let why = || list(object(&[("cause", text()), ("message", text()), ("message_zh", text())], &[]));
    object(
        &[
            ("pipeline", text()),
            ("month", text()),
            ("may_close", flag()),
            ("why", why()),
            ("notes", why()),
            ("closed", or_null(closing.clone())),
            ("history", list(closing)),
            ("closed_by_rules", flag()),
            ("open_from", or_null(text())),
            ("cursor", or_null(text())),
            ("short_windows", list(short())),
            ("shops", map(shop.clone())),
            ("total", shop),
            ("in_progress", open()),
            ("parked", open()),
            ("late", open()),
            ("findings", list(finding())),
        ],
        &[],
    )
}

fn finding() -> Value {
    let point = object(&[("what", text()), ("ours", text()), ("theirs", text())], &[]);
    object(
        &[
            ("kind", text()),
            ("refund_no", text()),
            ("bill_no", text()),
            ("fid", or_null(text())),
            ("shop_no", text()),
            ("tid", text()),
            ("date", or_null(text())),
            ("due", or_null(money())),
            ("booked", or_null(money())),
            ("points", list(point)),
            ("why", text()),
            ("why_zh", text()),
        ],
        &[],
    )
}

fn reconciled() -> Value {
    object(
        &[
            ("at", text()),
            ("period", object(&[("from", text()), ("to", text())], &[])),
            ("due", count()),
            ("equal", count()),
            ("unproven", count()),
            ("differences", map(count())),
            ("unexplained", map(count())),
            ("unexplained_gap", money()),
            ("gap", money()),
            ("findings", list(finding())),
        ],
        &[],
    )
}

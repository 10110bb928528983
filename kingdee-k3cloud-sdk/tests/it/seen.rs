//! What a call shows to the outside: one span, with its course and without its secrets.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, Once};

use kingdee_k3cloud_sdk::mock::Fault;
use kingdee_k3cloud_sdk::{Bills, Credentials, ErrorKind, Fate};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{APP_SECRET, FORM, PASSWORD, batch, builder, query_numbers, signed, site};

type Seen = Arc<Mutex<Vec<BTreeMap<&'static str, String>>>>;

/// Keeps the fields of each span.
struct Watcher(Seen);

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Subscriber for Watcher {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("kingdee_k3cloud_sdk")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let mut fields = BTreeMap::from([("span", span.metadata().name().to_owned())]);
        span.record(&mut Fields(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Fields(&mut self.0.lock().unwrap()[at]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The spans of whatever is done meanwhile.
async fn watched(work: impl AsyncFnOnce()) -> Vec<BTreeMap<&'static str, String>> {
    // Whether anybody wants a span is asked once for the whole process, in the thread of whichever test comes first: with
    // somebody in every thread it is wanted.
    static EVERYWHERE: Once = Once::new();
    EVERYWHERE.call_once(|| tracing::subscriber::set_global_default(Watcher(Seen::default())).unwrap());
    let seen = Seen::default();
    let guard = tracing::subscriber::set_default(Watcher(Arc::clone(&seen)));
    work().await;
    drop(guard);
    seen.lock().unwrap().clone()
}

fn fields(span: &BTreeMap<&'static str, String>, keys: [&str; 4]) -> [String; 4] {
    keys.map(|key| span.get(key).cloned().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn a_call_is_one_span_whatever_happened_inside_of_it() {
    let site = site().build();
    let client = builder(Credentials::password(PASSWORD)).transport(site.service()).build().unwrap();
    let spans = watched(async || {
        site.spare_next();
        site.fail_next(Fault::UnavailableBefore);
        client.query(&query_numbers()).await.unwrap();
    })
    .await;
    let [span] = &spans[..] else { panic!("{spans:?}") };
    let keys = ["span", "otel.name", "rpc.method", "rpc.system"];
    assert_eq!(fields(span, keys), ["kingdee.call", "ExecuteBillQuery", "ExecuteBillQuery", "kingdee"]);
    let keys = ["server.address", "kingdee.replay", "kingdee.attempts", "otel.status_code"];
    assert_eq!(fields(span, keys), ["erp.example.com", "safe", "2", ""]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_says_how_and_shows_no_secret() {
    let site = site().build();
    let client = builder(signed()).transport(site.service()).build().unwrap();
    let spans = watched(async || {
        site.fail_next(Fault::UnavailableAfter);
        client.batch_save(&batch(&["PLANTED"])).await.unwrap_err();
        site.fail_next(Fault::Throttle);
        client.audit(FORM, &Bills::numbers(["PLANTED"])).await.unwrap_err();
    })
    .await;
    let keys = ["error.type", "kingdee.fate", "otel.status_code", "kingdee.code"];
    assert_eq!(fields(&spans[0], keys), ["status", "unknown", "ERROR", ""]);
    assert_eq!(fields(&spans[1], keys), ["refused", "refused", "ERROR", "14"]);
    let shown = format!("{spans:?}");
    assert!(!shown.contains(APP_SECRET) && !shown.contains("PLANTED"), "{shown}");
}

#[test]
fn names_for_metrics_stay() {
    assert_eq!(
        [Fate::NotSent, Fate::Refused, Fate::Unknown].map(Fate::as_str),
        ["not_sent", "refused", "unknown"]
    );
    assert_eq!(ErrorKind::SessionLost.as_str(), "session_lost");
    assert_eq!(serde_json::to_string(&Fate::NotSent).unwrap(), "\"not_sent\"");
}

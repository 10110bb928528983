//! What tracing sees of a call: one span, with what it took and how it ended, and nothing secret.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wdt_qimen_sdk::{ErrorKind, Replay, RetryPolicy, mock};

use crate::support::{Say, builder, ok, scripted};

/// The spans of calls, as fields by name.
#[derive(Clone, Default)]
struct Watch {
    spans: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Subscriber for Watch {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name() == "wdt.call"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut spans = self.spans.lock().unwrap();
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let index = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Fields(&mut self.spans.lock().unwrap()[index]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

async fn watched(script: impl IntoIterator<Item = Say>) -> Vec<BTreeMap<String, String>> {
    // Whether anybody wants a span is asked once for the whole process, in the thread of whichever test comes first: with
    // somebody in every thread it is wanted.
    static EVERYWHERE: Once = Once::new();
    EVERYWHERE.call_once(|| tracing::subscriber::set_global_default(Watch::default()).unwrap());
    let watch = Watch::default();
    let spans = Arc::clone(&watch.spans);
    let _watching = tracing::subscriber::set_default(watch);
    let (client, _) = scripted(builder().retry(RetryPolicy::default().attempts(2)), script);
    let _answer = client.call_as(Replay::Keyed, "wdt.trade.push", [("tid", "planted-tid")]).await;
    spans.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_call_is_one_span_with_what_it_took() {
    let spans = watched([Say::Break, ok(r#"{"response":{"errorcode":0}}"#)]).await;
    let [span] = &spans[..] else { panic!("{spans:?}") };
    for (field, value) in [
        ("otel.name", "wdt.trade.push"),
        ("otel.kind", "client"),
        ("rpc.system", "wdt"),
        ("rpc.method", "wdt.trade.push"),
        ("server.address", "hu3cgwt0tc.api.taobao.com"),
        ("wdt.replay", "keyed"),
        ("wdt.attempts", "2"),
    ] {
        assert_eq!(span.get(field).map(String::as_str), Some(value), "{field} in {span:?}");
    }
    assert!(span.contains_key("wdt.queued_ms") && !span.contains_key("error.type"), "{span:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_says_how_and_shows_no_secret() {
    let refused =
        r#"{"response":{"flag":"failure","code":25,"message":"Invalid signature","request_id":"15abc"}}"#;
    let spans = watched([Say::Break, ok(refused)]).await;
    for (field, value) in [
        ("otel.status_code", "ERROR"),
        ("error.type", "refused"),
        ("wdt.fate", "unknown"),
        ("wdt.code", "25"),
        ("wdt.request_id", "15abc"),
    ] {
        assert_eq!(spans[0].get(field).map(String::as_str), Some(value), "{field} in {spans:?}");
    }
    let shown = format!("{spans:?}");
    for secret in [mock::APP_SECRET, "planted-tid", "sign"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_names_of_errors_stay() {
    assert_eq!(ErrorKind::Request(String::new()).as_str(), "request");
    assert_eq!(ErrorKind::Connect("x".into()).as_str(), "connect");
    assert_eq!(
        ErrorKind::Status { status: 503, excerpt: String::new(), retry_after: None }.as_str(),
        "status"
    );
}

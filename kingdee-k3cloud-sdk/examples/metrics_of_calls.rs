//! Metrics of calls: the client has no hook of its own, as its `tracing` spans are one. A layer of a few lines counts calls
//! by operation and error, and how long they took and waited, for any metrics library:
//! `cargo run -p kingdee-k3cloud-sdk --features mock --example metrics_of_calls`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::{BatchSave, DynForm, RetryPolicy};
use tokio::time::Instant;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// What is known of one call. The names of fields are part of the crate's contract: README, "Seen from outside".
struct Call {
    begun: Instant,
    operation: String,
    /// `ErrorKind::as_str`; empty of a call that was answered.
    error: String,
    attempts: u64,
    queued: Duration,
}

impl Visit for Call {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "rpc.method" => value.clone_into(&mut self.operation),
            "error.type" => value.clone_into(&mut self.error),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "kingdee.attempts" => self.attempts = value,
            "kingdee.queued_ms" => self.queued = Duration::from_millis(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// The sums of one operation and outcome.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    calls: u64,
    attempts: u64,
    took: Duration,
    queued: Duration,
}

/// The counters of a process, by operation and error.
#[derive(Default, Clone)]
struct Metrics {
    sums: Arc<Mutex<BTreeMap<(String, String), Sums>>>,
}

impl Metrics {
    /// What a page `/metrics` shows.
    fn page(&self) -> String {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |((operation, error), sums): (&(String, String), &Sums)| {
            let labels = format!("{{operation=\"{operation}\",error=\"{error}\"}}");
            format!(
                "kingdee_calls_total{labels} {}\nkingdee_attempts_total{labels} {}\nkingdee_seconds_sum{labels} {:.3}\nkingdee_queued_seconds_sum{labels} {:.3}\n",
                sums.calls,
                sums.attempts,
                sums.took.as_secs_f64(),
                sums.queued.as_secs_f64(),
            )
        };
        sums.iter().map(line).collect()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Metrics {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let (operation, error) = (String::new(), String::new());
        let mut call = Call { begun: Instant::now(), operation, error, attempts: 0, queued: Duration::ZERO };
        attributes.record(&mut call);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(call);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(call) = span.extensions_mut().get_mut::<Call>() {
            values.record(call);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(call) = context.span(&id).and_then(|span| span.extensions_mut().remove::<Call>()) else {
            return;
        };
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = sums.entry((call.operation, call.error)).or_default();
        sums.calls += 1;
        sums.attempts += call.attempts;
        sums.took += call.begun.elapsed();
        sums.queued += call.queued;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::default();
    // The spans are of level DEBUG: this layer wants them whatever the log is told to show.
    let calls = metrics.clone().with_filter(filter_fn(|metadata| metadata.name() == "kingdee.call"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(calls))?;

    let site = Site::builder().build();
    let retry = RetryPolicy::default().delays(Duration::from_millis(1), Duration::from_millis(2));
    let client = site.client_builder().retry(retry).build()?;
    site.fail_next(Fault::UnavailableBefore);
    client.ping().await?;
    site.fail_next(Fault::UnavailableAfter);
    let bill = DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1");
    if let Err(error) = client.batch_save(&BatchSave::new(vec![bill])).await {
        println!("# {error}: {}", error.advice());
    }

    let page = metrics.page();
    print!("{page}");
    for line in [
        r#"kingdee_attempts_total{operation="ExecuteBillQuery",error=""} 2"#,
        r#"kingdee_calls_total{operation="BatchSave",error="status"} 1"#,
    ] {
        assert!(page.contains(line), "{line} is not on the page");
    }
    Ok(())
}

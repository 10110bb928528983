//! Whatever a server says, the client answers with rows or an error and never panics: arbitrary bytes, and samples
//! with a few bytes changed. The fuzz target `answer` does the same for longer.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};
use wdt_qimen_sdk::method::refund::RefundQuery;
use wdt_qimen_sdk::wire::{mask, parse_decimal, parse_time};
use wdt_qimen_sdk::{Client, ErrorKind, Quota};

use crate::support::{FIRST, a_day, builder, cases};

/// A client of a server that says what it is told to.
struct Puppet {
    runtime: Runtime,
    client: Client,
    line: Arc<Mutex<Bytes>>,
}

impl Puppet {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let line = Arc::<Mutex<Bytes>>::default();
        let said = Arc::clone(&line);
        let service = tower::service_fn(move |_: Request<Bytes>| {
            let body = said.lock().unwrap().clone();
            async move { Ok::<_, Infallible>(Response::new(body)) }
        });
        let builder = builder().quota(Quota::per_minute(u32::MAX)).transport(service);
        let client = runtime.block_on(async { builder.build().unwrap() });
        Self { runtime, client, line }
    }

    /// Lets the server say this, and shows everything that comes of it.
    fn say(&self, body: &[u8]) -> Result<(), TestCaseError> {
        *self.line.lock().unwrap() = Bytes::copy_from_slice(body);
        match self.runtime.block_on(self.client.page::<RefundQuery>(&a_day(), FIRST)) {
            Ok(page) => {
                prop_assert_eq!(page.keys::<RefundQuery>().count(), page.rows.len());
                for row in &page.rows {
                    match row {
                        Ok(row) => prop_assert!(serde_json::to_string(row).is_ok()),
                        Err(broken) => prop_assert!(!broken.faults.is_empty() && !broken.masked().is_empty()),
                    }
                }
            }
            Err(error) => {
                let expected = matches!(error.kind(), ErrorKind::Unreadable { .. } | ErrorKind::Refused(_));
                prop_assert!(expected, "{}", error);
            }
        }
        let text = String::from_utf8_lossy(body);
        let _shown =
            (mask::mask_json(&text), mask::mask_text(&text), parse_decimal(&text), parse_time(&text));
        let _raw = self.runtime.block_on(self.client.call("wdt.shop.query", ()));
        Ok(())
    }
}

#[test]
fn arbitrary_bytes_become_rows_or_an_error() {
    let puppet = Puppet::new();
    proptest!(cases(), |(body in proptest::collection::vec(any::<u8>(), 0..400))| puppet.say(&body)?);
}

#[test]
fn arbitrary_json_becomes_rows_or_an_error() {
    let puppet = Puppet::new();
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?[0-9]{1,32}(\\.[0-9]{1,32})?([eE][+-]?[0-9]{1,3})?",
        "\\PC{0,12}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let json = leaf.prop_recursive(5, 60, 6, |inner| {
        let key = prop_oneof![
            Just("response"),
            Just("error_response"),
            Just("refunds"),
            Just("refund_order_list"),
            Just("code"),
            Just("total_count"),
            Just("refund_no"),
            Just("type"),
            Just("goods_amount"),
            Just("modified"),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((key, inner), 0..6).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    proptest!(cases(), |(json in json)| puppet.say(json.as_bytes())?);
}

const SAMPLES: [&str; 6] = [
    include_str!("fixtures/wdt-refunds-dirty.json"),
    include_str!("fixtures/wdt-refunds-mixed.json"),
    include_str!("fixtures/wdt-refunds-money.json"),
    include_str!("fixtures/wdt-error-limited.json"),
    include_str!("fixtures/wdt-error-signature.json"),
    include_str!("fixtures/wdt-native-error-limited.json"),
];

#[test]
fn a_mutated_sample_becomes_rows_or_an_error() {
    let puppet = Puppet::new();
    let byte = prop_oneof![any::<u8>(), proptest::sample::select(b"{}[]\",:0-.eE\\nu ".to_vec())];
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), byte, 0..3_u8), 1..12);
    proptest!(cases(), |(sample in 0..SAMPLES.len(), changes in changes)| {
        let mut body = SAMPLES[sample].as_bytes().to_vec();
        for (place, byte, kind) in changes {
            let at = place.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => body.truncate(at.max(1)),
            }
        }
        puppet.say(&body)?;
    });
}

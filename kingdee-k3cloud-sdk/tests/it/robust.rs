//! Whatever arrives, nothing panics: arbitrary bytes, and every recorded reply after a mutation.

use std::path::Path;

use kingdee_k3cloud_sdk::{Bills, RetryPolicy};
use proptest::prelude::*;

use crate::support::{FORM, builder, own, query_numbers, signed};

/// Reads these bytes as the answer to every kind of call.
fn read_all(status: u16, body: &[u8]) {
    let body = bytes::Bytes::copy_from_slice(body);
    let service = tower::service_fn(move |_| {
        let mut reply = http::Response::new(body.clone());
        *reply.status_mut() = http::StatusCode::from_u16(status).unwrap();
        async { Ok::<_, std::io::Error>(reply) }
    });
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        for credentials in [signed(), kingdee_k3cloud_sdk::Credentials::password("p")] {
            let client = builder(credentials).retry(RetryPolicy::never()).transport(service.clone());
            let client = client.build().unwrap();
            if let Ok(verdicts) = client.batch_save(&own(&["RT0001", "RT0002"])).await {
                assert_eq!(verdicts.len(), 2, "a verdict for each bill, whatever came");
            }
            if let Ok(verdicts) = client.audit(FORM, &Bills::numbers(["RT0001"])).await {
                assert_eq!(verdicts.len(), 1);
            }
            if let Ok(rows) = client.query(&query_numbers()).await {
                assert!(rows.iter().all(|row| row.len() == 3));
            }
            if let Ok(rows) = client.bill_query(&query_numbers()).await {
                assert!(rows.iter().all(|row| row.len() == 3));
            }
            client.view(FORM, "RT0001").await.ok();
        }
    });
}

fn samples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.ends_with("sign.json"));
    paths.sort();
    assert!(paths.len() > 15, "{paths:?}");
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(1000), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_bytes_are_some_answer(
        status in prop::sample::select(vec![200_u16, 204, 301, 400, 429, 500, 519]),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        read_all(status, &body);
    }

    #[test]
    fn a_recorded_reply_may_be_cut_flipped_doubled_and_stuffed(
        sample in prop::sample::select(samples()),
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        stuffing in prop::sample::select(vec!["", "null", "[", "{\"Result\":", "\u{feff}", "\"", "-", "1e999", "[[[["]),
        way in 0..4,
    ) {
        let mut body = sample.clone();
        match way {
            0 => body.truncate(cut.index(body.len())),
            1 => { let at = at.index(body.len()); body[at] = byte; }
            2 => body.extend_from_slice(&sample[..cut.index(sample.len())]),
            _ => { let at = at.index(body.len()); body.splice(at..at, stuffing.bytes()); }
        }
        read_all(200, &body);
    }
}

#[test]
fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
    for open in ["[", "{\"Result\":", "[{\"a\":"] {
        read_all(200, open.repeat(100_000).as_bytes());
    }
}

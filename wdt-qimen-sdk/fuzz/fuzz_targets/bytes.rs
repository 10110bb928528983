//! Whatever bytes come for a page, cleaning, cutting and asking in parts end, without a panic, in rows or in an error.
//! Seeds: `fixtures/bytes` and the fixtures of the tests, whole answers.
//! `cargo +nightly fuzz run bytes corpus/bytes fixtures/bytes` from this directory's parent.

#![no_main]

use std::cell::RefCell;
use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::{Client, PageAsk, Quota, RetryPolicy};

thread_local! {
    static ANSWER: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
    static CLIENT: (Runtime, Client) = client();
}

fn client() -> (Runtime, Client) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let service = tower::service_fn(|_: Request<Bytes>| async {
        Ok::<_, Infallible>(Response::new(ANSWER.with_borrow(Bytes::clone)))
    });
    let builder = Client::builder().sid("a").app_key("b").app_secret("c").retry(RetryPolicy::never());
    let client = runtime.block_on(async {
        builder.quota(Quota::per_minute(u32::MAX)).transport(service).build().unwrap()
    });
    (runtime, client)
}

fuzz_target!(|body: &[u8]| {
    ANSWER.set(Bytes::copy_from_slice(body));
    CLIENT.with(|(runtime, client)| {
        for page_size in [1, 40] {
            let ask = PageAsk::new(0, page_size);
            match runtime.block_on(client.page::<RefundQuery>(&RefundParams::default(), ask)) {
                Ok(page) => {
                    let _shown = format!("{page:?}");
                    for error in page.rows.iter().filter_map(|row| row.as_ref().err()) {
                        assert!(!error.faults.is_empty(), "a row that cannot be read says why");
                        let _told = format!("{error} {}", error.masked());
                    }
                }
                Err(error) => {
                    let _shown = format!("{error} {error:?}");
                }
            }
        }
    });
});

//! Whatever stands where a row should, no sibling is lost: the input is the middle row of a page of three. Seeds:
//! `fixtures/rows`, one row's text each.
//! `cargo +nightly fuzz run rows corpus/rows fixtures/rows` from this directory's parent.

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

fn sibling(number: &str) -> String {
    format!(r#"{{"refund_id":1,"refund_no":"{number}","refund_amount":"2.7550","refund_order_list":[{{"order_id":7}}]}}"#)
}

fuzz_target!(|row: &[u8]| {
    // A row that closes the page, or opens what follows, is no row: that is for the target `bytes`.
    let mut body = br#"{"response":{"errorcode":0,"total_count":3,"refunds":["#.to_vec();
    body.extend(sibling("FIRST").as_bytes());
    body.push(b',');
    body.extend(row);
    body.push(b',');
    body.extend(sibling("LAST").as_bytes());
    body.extend(b"]}}");
    // What begins like a row and closes nothing but itself may be as broken as it likes.
    let is_row = row.starts_with(b"{\"refund_id\":") && !row.contains(&b']') && !row.contains(&b'[');
    ANSWER.set(body.into());
    CLIENT.with(|(runtime, client)| {
        let ask = PageAsk::new(0, 1);
        let Ok(page) = runtime.block_on(client.page::<RefundQuery>(&RefundParams::default(), ask)) else {
            assert!(!is_row, "the page is lost");
            return;
        };
        let _shown = format!("{page:?}");
        let read = |number: &str| page.rows.iter().flatten().any(|row| row.refund_no == number);
        assert!(!is_row || read("FIRST"), "the first sibling is lost");
    });
});

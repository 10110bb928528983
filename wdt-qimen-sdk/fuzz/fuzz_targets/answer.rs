//! Whatever a server says, the client answers with rows or an error, never with a panic; and what it shows can be
//! shown. `cargo +nightly fuzz run answer` from this directory's parent; seeds are the fixtures of the tests.

#![no_main]

use std::cell::RefCell;
use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
use wdt_qimen_sdk::method::trade::{TradeParams, TradeQuery};
use wdt_qimen_sdk::wire::{mask, parse_decimal, parse_time};
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

fuzz_target!(|data: &[u8]| {
    ANSWER.set(Bytes::copy_from_slice(data));
    CLIENT.with(|(runtime, client)| {
        let ask = PageAsk::new(0, 40);
        match runtime.block_on(client.page::<RefundQuery>(&RefundParams::default(), ask)) {
            Ok(mut page) => {
                let _shown = format!("{page:?}");
                let _keys = page.keys::<RefundQuery>().count();
                for row in page.rows.iter_mut().flatten() {
                    row.forget_people();
                }
            }
            Err(error) => {
                let _shown = format!("{error} {error:?} {}", error.advice());
            }
        }
        let _trades = runtime.block_on(client.page::<TradeQuery>(&TradeParams::default(), ask));
        let _raw = runtime.block_on(client.call("wdt.shop.query", ()));
    });
    if let Ok(text) = std::str::from_utf8(data) {
        let _masked = (mask::mask_json(text), mask::mask_digits(text));
        let _read = (parse_decimal(text), parse_time(text));
    }
});

//! What the client costs: signing, reading a page, walking a thousand pages. `cargo bench -p wdt-qimen-sdk --features mock`; the last
//! lines compare reading with a bare derive in one run: rows, a whole answer, and one that must be mended first.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and shows"
)]

#[allow(dead_code, clippy::struct_field_names, reason = "the wire's names, read and not looked at")]
mod bare;

use std::convert::Infallible;
use std::hint;
use std::time::{Duration, Instant};

use bytes::Bytes;
use divan::{Bencher, black_box};
use futures_util::{StreamExt, TryStreamExt};
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use wdt_qimen_sdk::method::refund::{Refund, RefundParams, RefundQuery};
use wdt_qimen_sdk::sign::{native_sign, top_sign};
use wdt_qimen_sdk::wire::parse_time;
use wdt_qimen_sdk::{Client, PageAsk, Quota, RetryPolicy, SignMethod, Span, mock};

fn main() {
    divan::main();
    compare();
}

fn day() -> Span {
    Span::new(parse_time("2026-11-20").unwrap(), parse_time("2026-11-21").unwrap()).unwrap()
}

const PARAMS: [(&str, &str); 12] = [
    ("method", "wdt.refund.query"),
    ("app_key", "23000000"),
    ("target_app_key", "21363512"),
    ("timestamp", "2026-11-20 10:31:07"),
    ("format", "json"),
    ("v", "2.0"),
    ("sign_method", "md5"),
    ("sid", "shop2"),
    ("start_time", "2026-11-20 00:00:00"),
    ("end_time", "2026-11-21 00:00:00"),
    ("page_no", "0"),
    ("page_size", "100"),
];

#[divan::bench(args = [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256])]
fn sign_top(method: SignMethod) -> String {
    top_sign(method, "0123456789abcdef0123456789abcdef", black_box(&PARAMS))
}

#[divan::bench]
fn sign_native() -> String {
    native_sign("0123456789abcdef0123456789abcdef", black_box(&PARAMS))
}

/// A hundred returns as the crate writes them: typed, so that a bare derive can read them as well.
fn typed_rows() -> String {
    let rows: Vec<Refund> = mock::fill(1, 100, day()).iter().map(|row| row.read().unwrap()).collect();
    serde_json::to_string(&rows).unwrap()
}

#[divan::bench]
fn parse_100_rows(bencher: Bencher<'_, '_>) {
    let rows = typed_rows();
    bencher.bench(|| serde_json::from_str::<Vec<Refund>>(black_box(&rows)).unwrap());
}

#[divan::bench]
fn parse_100_rows_bare_derive(bencher: Bencher<'_, '_>) {
    let rows = typed_rows();
    bencher.bench(|| serde_json::from_str::<Vec<bare::Refund>>(black_box(&rows)).unwrap());
}

/// A client of a server that answers from memory.
fn client(answer: impl Fn(u32) -> Bytes + Clone + Send + Sync + 'static) -> (Runtime, Client) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let service = tower::service_fn(move |request: Request<Bytes>| {
        let mut pairs = url::form_urlencoded::parse(request.body());
        let page_no = pairs.find(|(key, _)| key == "page_no").unwrap().1.parse().unwrap();
        let answer = answer(page_no);
        async move { Ok::<_, Infallible>(Response::new(answer)) }
    });
    let builder = Client::builder().sid("shop2").app_key("23000000").app_secret("secret");
    let fast = builder.quota(Quota::per_minute(u32::MAX)).retry(RetryPolicy::never());
    let client = runtime.block_on(async { fast.transport(service).build().unwrap() });
    (runtime, client)
}

#[divan::bench]
fn call_a_page_of_100(bencher: Bencher<'_, '_>) {
    let body = format!(r#"{{"response":{{"errorcode":0,"total_count":100,"refunds":{}}}}}"#, typed_rows());
    let body = Bytes::from(body);
    let (runtime, client) = client(move |_| body.clone());
    let params = RefundParams::builder().span(day()).build();
    let ask = PageAsk::new(0, 100);
    bencher.bench(|| runtime.block_on(client.page::<RefundQuery>(&params, ask)).unwrap());
}

#[divan::bench(sample_count = 10)]
fn walk_1000_pages_of_100_bare_numbers(bencher: Bencher<'_, '_>) {
    let page = |page_no: u32| {
        let rows: Vec<_> =
            (0..100).map(|row| format!(r#"{{"refund_no":"TK{:07}"}}"#, page_no * 100 + row)).collect();
        let rows = rows.join(",");
        Bytes::from(format!(r#"{{"response":{{"errorcode":0,"total_count":100000,"refunds":[{rows}]}}}}"#))
    };
    let pages: Vec<Bytes> = (0..1000).map(page).collect();
    let (runtime, client) = client(move |page_no| pages[page_no as usize].clone());
    bencher.bench(|| {
        let params = RefundParams::builder().span(day()).build();
        let list =
            client.list::<RefundQuery>(params).page_size(100).window_pages(1000).cold_after(Duration::ZERO);
        let rows = runtime.block_on(list.rows().map(|row| row.map(drop)).try_collect::<Vec<()>>()).unwrap();
        assert_eq!(rows.len(), 100_000);
    });
}

/// Reads the same rows in turns by this crate and by a bare derive, and prints how the fastest turns compare.
fn compare() {
    let rows = typed_rows();
    let kib = rows.len() / 1024;
    let ours = || drop(hint::black_box(serde_json::from_str::<Vec<Refund>>(&rows).unwrap()));
    let bare = || drop(hint::black_box(serde_json::from_str::<Vec<bare::Refund>>(&rows).unwrap()));
    in_turns(&format!("parse 100 rows ({kib} KiB)"), ours, bare);

    let text = format!(r#"{{"response":{{"errorcode":0,"total_count":100,"refunds":{rows}}}}}"#);
    let bare = || drop(hint::black_box(serde_json::from_str::<bare::Answer>(&text).unwrap()));
    let params = RefundParams::builder().span(day()).build();
    let ask = PageAsk::new(0, 100);
    let dirty = text.replacen("\"refund_no\"", "\"note\":\"one\ntwo\",\"refund_no\"", 1);
    for (what, text) in [("a clean answer", &text), ("an answer with one raw newline, mended", &dirty)] {
        let body = Bytes::from(text.clone());
        let (runtime, client) = client(move |_| body.clone());
        let call = || {
            let page = runtime.block_on(client.page::<RefundQuery>(&params, ask)).unwrap();
            assert!(page.rows.len() == 100 && page.rows.iter().all(Result::is_ok));
            drop(hint::black_box(page));
        };
        in_turns(&format!("call for {what}, signature and all"), call, bare);
    }
}

/// The fastest turns of two ways to do the same.
fn in_turns(what: &str, ours: impl Fn(), bare: impl Fn()) {
    let turns: Vec<_> = (0..500).map(|_| (timed(&ours), timed(&bare))).collect();
    let ours = turns.iter().map(|turn| turn.0).min().unwrap_or_default();
    let bare = turns.iter().map(|turn| turn.1).min().unwrap_or_default();
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!("{what}: {ours:.1?}, bare derive {bare:.1?}: {ratio:.2} times");
}

#[allow(clippy::disallowed_methods, reason = "what a benchmark measures is real time")]
fn timed(work: impl Fn()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

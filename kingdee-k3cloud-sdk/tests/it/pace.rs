//! How fast and how many: a brake while the server is busy, time-outs by operation, a bound on calls
//! in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use kingdee_k3cloud_sdk::mock::{Fault, Faults, InMemory};
use kingdee_k3cloud_sdk::transport::BoxError;
use kingdee_k3cloud_sdk::{Client, ErrorKind, RetryPolicy};
use tokio::time::Instant;
use tower_service::Service;

use crate::support::{FORM, batch, builder, query_numbers, signed, site};

/// How long this many pings take.
async fn pings(client: &Client, count: usize) -> Duration {
    let started = Instant::now();
    for _ in 0..count {
        client.ping().await.unwrap();
    }
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_called_more_slowly_and_then_as_before() {
    for fault in [Fault::Lock, Fault::Throttle, Fault::TooManyRequests, Fault::UnavailableBefore] {
        let site = site().build();
        let client = builder(signed()).transport(site.service()).build().unwrap();
        assert_eq!(pings(&client, 10).await, Duration::ZERO);
        for _ in 0..3 {
            site.fail_next(fault);
        }
        client.ping().await.unwrap();
        assert!(pings(&client, 2).await >= Duration::from_secs(2), "{fault:?}: it has been busy three times");
        pings(&client, 20).await;
        assert_eq!(pings(&client, 10).await, Duration::ZERO, "{fault:?}: the brake is off again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_hits_single_bills_slows_down_too() {
    let site = site().build();
    let client = builder(signed()).transport(site.service()).build().unwrap();
    site.fail_next(Fault::Lock);
    client.batch_save(&batch(&["A"])).await.unwrap();
    assert!(pings(&client, 1).await >= Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn other_failures_do_not_slow_down() {
    let site = site().build();
    let retry = RetryPolicy::never();
    let client = builder(signed()).retry(retry).transport(site.service()).build().unwrap();
    for fault in [Fault::ResetBefore, Fault::PageAfter, Fault::ExceptionBefore, Fault::Database] {
        site.fail_next(fault);
        client.ping().await.unwrap_err();
        assert_eq!(pings(&client, 3).await, Duration::ZERO, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_that_are_refused_together_brake_once() {
    let site = site().faults(Faults::none()).build();
    let client = builder(signed()).concurrency(8, 1).transport(Late(site.service()));
    let client = client.build().unwrap();
    for _ in 0..8 {
        site.fail_next(Fault::Throttle);
    }
    let calls: Vec<_> = (0..8).map(|_| tokio::spawn(ping(client.clone()))).collect();
    let started = Instant::now();
    for call in calls {
        call.await.unwrap();
    }
    // Once braked, eight calls half a second apart; braked eight times, it would be minutes.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

async fn ping(client: Client) {
    client.ping().await.unwrap();
}

/// A site that answers after a tenth of a second, as a transport.
#[derive(Clone)]
struct Late(InMemory);

impl Service<Request<Bytes>> for Late {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let reply = self.0.call(request);
        Box::pin(async move {
            let reply = reply.await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            reply
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_may_have_a_time_out_of_its_own() {
    let client = builder(signed())
        .timeout(Duration::from_mins(1))
        .timeout_of("View", Duration::from_secs(3))
        .retry(RetryPolicy::never())
        .transport(site().faults(Faults::none().with(Fault::StallAfter, 1.0)).build().service());
    let client = client.build().unwrap();
    for (error, seconds) in [
        (client.view(FORM, "A").await.unwrap_err(), 3),
        (client.query(&query_numbers()).await.unwrap_err(), 60),
        (client.batch_save(&batch(&["A"])).await.unwrap_err(), 60),
    ] {
        let patience = Duration::from_secs(seconds);
        assert!(matches!(error.kind(), ErrorKind::Timeout { limit } if *limit == patience), "{error}");
        assert_eq!(error.elapsed(), patience);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_in_flight_than_allowed() {
    let site = site().build();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, peak, inner) = (Arc::clone(&now), Arc::clone(&most), Late(site.service()));
    let service = tower::service_fn(move |request: Request<Bytes>| {
        peak.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let (counted, reply) = (Arc::clone(&counted), inner.clone().call(request));
        async move {
            let reply = reply.await;
            counted.fetch_sub(1, Ordering::SeqCst);
            reply
        }
    });
    let client = builder(signed()).concurrency(3, 2).transport(service).build().unwrap();
    let calls: Vec<_> = (0..40)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move {
                if n % 2 == 0 {
                    ping(client).await;
                } else {
                    client.batch_save(&batch(&[&format!("TK{n}")])).await.unwrap();
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 5, "three reads and two writes");
    assert_eq!(site.bills().len(), 20);
}

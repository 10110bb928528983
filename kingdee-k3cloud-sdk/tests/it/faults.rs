//! Every fault of the simulated site: what the client makes of it, and what it did to the server.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Fault, Faults};
use kingdee_k3cloud_sdk::{Credentials, Fate, Filter, Query, RetryPolicy, Verdict};

use crate::support::{APP_ID, APP_SECRET, FORM, batch, builder, query_numbers, signed, site};

/// What one write under a fault should come to.
struct Row {
    fault: Fault,
    fate: Fate,
    arrivals: u64,
    bills: usize,
}

const fn row(fault: Fault, fate: Fate, arrivals: u64, bills: usize) -> Row {
    Row { fault, fate, arrivals, bills }
}

const WRITES: &[Row] = &[
    row(Fault::Refuse, Fate::NotSent, 4, 0),
    row(Fault::ResetBefore, Fate::Unknown, 1, 0),
    row(Fault::ResetAfter, Fate::Unknown, 1, 1),
    row(Fault::CutAfter, Fate::Unknown, 1, 1),
    row(Fault::StallAfter, Fate::Unknown, 1, 1),
    row(Fault::PageBefore, Fate::Unknown, 1, 0),
    row(Fault::PageAfter, Fate::Unknown, 1, 1),
    row(Fault::UnavailableBefore, Fate::Unknown, 1, 0),
    row(Fault::UnavailableAfter, Fate::Unknown, 1, 1),
    row(Fault::TooManyRequests, Fate::Refused, 1, 0),
    row(Fault::ExceptionBefore, Fate::Unknown, 1, 0),
    row(Fault::ExceptionAfter, Fate::Unknown, 1, 1),
    row(Fault::ExceptionUnexplained, Fate::Unknown, 1, 0),
    row(Fault::Database, Fate::Unknown, 1, 0),
    row(Fault::Throttle, Fate::Refused, 1, 0),
    row(Fault::Redirect, Fate::Refused, 1, 0),
    row(Fault::Firewall, Fate::Refused, 1, 0),
    row(Fault::Gateway, Fate::Refused, 1, 0),
];

#[tokio::test(start_paused = true)]
async fn a_write_meets_each_fault_with_the_right_fate_and_at_most_one_effect() {
    for Row { fault, fate, arrivals, bills } in WRITES {
        let site = site().faults(Faults::none().with(*fault, 1.0)).build();
        let client = builder(signed()).transport(site.service()).build().unwrap();
        let error = client.batch_save(&batch(&["A"])).await.unwrap_err();
        assert_eq!(error.fate(), *fate, "{fault:?}: {error}");
        assert_eq!(site.counts().arrivals, *arrivals, "{fault:?}");
        assert_eq!(site.bills().len(), *bills, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_a_transient_rejection_of_every_bill() {
    let site = site().faults(Faults::none().with(Fault::Lock, 1.0)).build();
    let client = builder(signed()).transport(site.service()).build().unwrap();
    for verdict in client.batch_save(&batch(&["A", "B"])).await.unwrap() {
        let Verdict::Rejected { errors } = verdict else { panic!() };
        assert_eq!(errors[0].class, kingdee_k3cloud_sdk::Class::Transient);
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_outlives_a_storm() {
    let site = site().faults(Faults::storm()).seed(5).build();
    let retry = RetryPolicy::default().attempts(20);
    let timeout = Duration::from_secs(10);
    for credentials in [signed(), Credentials::sign(APP_ID, APP_SECRET)] {
        let client =
            builder(credentials).retry(retry).timeout(timeout).transport(site.service()).build().unwrap();
        for _ in 0..200 {
            client.query(&query_numbers()).await.unwrap();
        }
    }
    assert!(site.counts().faults.len() >= 12, "{:?}", site.counts().faults);
}

#[tokio::test(start_paused = true)]
async fn looking_up_what_is_unknown_saves_each_bill_once_in_a_storm() {
    let site = site().faults(Faults::storm()).seed(8).build();
    let retry = RetryPolicy::default().attempts(20);
    let client = builder(signed()).retry(retry).timeout(Duration::from_secs(10)).transport(site.service());
    let client = client.build().unwrap();
    for number in (0..100).map(|n| format!("TK{n}")) {
        loop {
            let verdict = client.batch_save(&batch(&[&number])).await.map(|mut verdicts| verdicts.remove(0));
            if verdict.is_ok_and(|verdict| verdict.is_done()) {
                break;
            }
            let filter = Filter::eq("FBillNo", &number);
            let query = Query::builder().form_id(FORM).field_keys(["FID"]).filter(filter).build();
            if client.query(&query).await.unwrap().len() == 1 {
                break;
            }
        }
    }
    assert_eq!(site.bills().len(), 100);
}

#[test]
fn presets_go_by_name() {
    assert_eq!("none".parse(), Ok(Faults::none()));
    assert_eq!("light".parse(), Ok(Faults::light()));
    assert_eq!("storm".parse(), Ok(Faults::storm()));
    assert!("hurricane".parse::<Faults>().is_err());
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_draws_the_same_faults() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let site = site().faults(Faults::storm()).seed(3).build();
        let client =
            builder(signed()).timeout(Duration::from_secs(1)).transport(site.service()).build().unwrap();
        for _ in 0..50 {
            client.ping().await.ok();
        }
        runs.push(site.counts());
    }
    assert_eq!(runs[0], runs[1]);
}

//! A walk over pages that goes on where it stood: in another process, and only for the same question.

use futures_util::{StreamExt as _, TryStreamExt as _};
use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::{BadCheckpoint, Checkpoint, Client, ErrorKind, Fate, Filter, Pager, Query, Row};

use crate::support::{FORM, batch, builder, client, signed, site};

fn numbers(limit: u32) -> Query {
    Query::builder()
        .form_id(FORM)
        .field_keys(["FID", "FBillNo"])
        .filter(Filter::starts_with("FBillNo", "TK"))
        .order("FID ASC")
        .limit(limit)
        .build()
}

async fn filled(bills: usize) -> Site {
    let site = site().build();
    let numbers: Vec<String> = (0..bills).map(|n| format!("TK{n:04}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let _ = client(&site).batch_save(&batch(&numbers)).await.unwrap();
    site
}

/// What a walk shows, up to so many pages, and where it then stands, as it is kept.
async fn read(site: &Site, kept: Option<&str>, most: usize) -> (Vec<String>, String) {
    let mut pager = Pager::new(numbers(10));
    if let Some(kept) = kept {
        pager = pager.resume(serde_json::from_str(kept).unwrap()).unwrap();
    }
    let mut walk = client(site).pages(pager);
    let mut seen = Vec::new();
    for _ in 0..most {
        let Some(page) = walk.try_next().await.unwrap() else { break };
        seen.extend(page.iter().map(|row| row[1].text().to_owned()));
    }
    (seen, serde_json::to_string(&walk.checkpoint()).unwrap())
}

#[test]
fn a_checkpoint_of_another_query_or_version_is_refused() {
    let kept = serde_json::to_string(&Pager::new(numbers(10)).checkpoint()).unwrap();
    let checkpoint = |text: &str| -> Checkpoint { serde_json::from_str(text).unwrap() };
    let resume = |query: Query| Pager::new(query).resume(checkpoint(&kept)).unwrap_err();
    let other = |what| BadCheckpoint::OtherQuery { form: FORM.to_owned(), what };
    let mut materials = numbers(10);
    materials.form_id = "BD_MATERIAL".to_owned();
    assert_eq!(resume(materials), other("form"));
    let mut of_others = numbers(10);
    of_others.filter = Some(Filter::starts_with("FBillNo", "XS"));
    for query in [numbers(10).ordered("FID DESC"), of_others, numbers(10).asking_for([""; 0])] {
        assert_eq!(resume(query), other("question"));
    }
    assert!(resume(numbers(10).ordered("")).to_string().contains("question differs"));
    let newer = kept.replace("\"version\":1", "\"version\":2");
    let error = Pager::new(numbers(10)).resume(checkpoint(&newer)).unwrap_err();
    assert_eq!(error, BadCheckpoint::Version { version: 2 });
    // Whatever shape another version has, its version is what is told.
    for other in [r#"{"version":7}"#, r#"{"version":7,"form":{"id":"X"},"question":[1],"start_row":"all"}"#] {
        let error = Pager::new(numbers(10)).resume(checkpoint(other)).unwrap_err();
        assert_eq!(error, BadCheckpoint::Version { version: 7 });
    }
    assert!(serde_json::from_str::<Checkpoint>("{\"version\":1}").is_err());
    assert!(serde_json::from_str::<Checkpoint>("{\"form\":\"X\"}").is_err());
    assert!(!kept.contains("TK"), "no value of the filter is in it: {kept}");
    let more_a_page = Pager::new(numbers(50)).resume(checkpoint(&kept));
    assert!(more_a_page.is_ok(), "how many rows a page has may change");
}

#[tokio::test]
async fn a_walk_that_stops_anywhere_goes_on_and_reads_each_row_once() {
    let site = filled(45).await;
    let (all, _) = read(&site, None, usize::MAX).await;
    assert_eq!(all.len(), 45);
    for stop in 0..=5 {
        let (mut seen, kept) = read(&site, None, stop).await;
        let before = site.counts().arrivals;
        let (rest, end) = read(&site, Some(&kept), usize::MAX).await;
        seen.extend(rest);
        assert_eq!(seen, all, "stopped after {stop}");
        // A client that has seen nothing of the site yet asks behind its last page.
        let asked = site.counts().arrivals - before;
        assert!(asked <= 6 - stop.min(5) as u64, "what was read is not asked for again: {stop} {asked}");
        let asked = site.counts().arrivals;
        let (rows, _) = read(&site, Some(&end), usize::MAX).await;
        assert_eq!((rows.len(), site.counts().arrivals), (0, asked), "the end stays the end");
        let end: Checkpoint = serde_json::from_str(&end).unwrap();
        assert!(end.is_finished() && end.rows() == 45 && end.form() == FORM);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_in_passing_is_asked_for_again_and_the_third_failure_in_a_row_ends_it() {
    let site = filled(25).await;
    let client = client(&site)
        .with(kingdee_k3cloud_sdk::CallOptions::new().retry(kingdee_k3cloud_sdk::RetryPolicy::never()));
    let mut walk = client.pages(numbers(10));
    assert_eq!(walk.next().await.unwrap().unwrap().len(), 10);
    site.fail_next(Fault::UnavailableBefore);
    assert!(walk.next().await.unwrap().is_err());
    assert_eq!(walk.checkpoint().rows(), 10);
    assert_eq!(walk.next().await.unwrap().unwrap()[0][1].text(), "TK0010");
    for _ in 0..2 {
        site.fail_next(Fault::UnavailableBefore);
        assert!(matches!(walk.next().await.unwrap().unwrap_err().kind(), ErrorKind::Status { .. }));
    }
    site.fail_next(Fault::UnavailableBefore);
    let last = walk.next().await.unwrap().unwrap_err();
    assert!(matches!(last.kind(), ErrorKind::GaveUp { failures: 3, .. }) && !last.is_transient(), "{last}");
    assert!(walk.next().await.is_none());
    let rest = client.pages(Pager::new(numbers(10)).resume(walk.checkpoint()).unwrap());
    assert_eq!(rest.try_concat().await.unwrap().len(), 5, "it goes on from where the walk stood");
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_cancelled_loses_no_page() {
    let site = filled(25).await;
    let client = client(&site);
    let mut walk = client.pages(numbers(10));
    let mut seen = Vec::new();
    loop {
        // Cancelled at its first await, each time.
        let polled = futures_util::future::poll_immediate(walk.next()).await;
        let Some(next) = polled else {
            tokio::task::yield_now().await;
            continue;
        };
        let Some(page) = next else { break };
        seen.extend(page.unwrap().iter().map(|row| row[1].text().to_owned()));
    }
    assert_eq!(seen.len(), 25);
}

/// Rows `start..` of so many, as a site gives them to this page.
fn given(page: &Query, all: u32) -> Vec<Row> {
    let end = all.min(page.start_row + page.limit.unwrap());
    (page.start_row..end)
        .map(|id| Row::new([("FID", id.to_string()), ("FBillNo", format!("TK{id}"))]))
        .collect()
}

#[test]
fn a_walk_that_goes_on_with_another_page_reads_to_the_end() {
    for (first, then) in [(2000, 500), (500, 2000), (2000, 2000), (7, 1), (2000, 1999), (1500, 9000)] {
        let mut pager = Pager::new(numbers(first));
        let page = given(pager.next().unwrap().unwrap(), 5000);
        pager.received(&page).unwrap();
        let kept = serde_json::to_string(&pager.checkpoint()).unwrap();
        let mut pager = Pager::new(numbers(then)).resume(serde_json::from_str(&kept).unwrap()).unwrap();
        let mut read = page.len();
        while let Some(page) = pager.next().unwrap() {
            let page = given(page, 5000);
            read += page.len();
            pager.received(&page).unwrap();
        }
        assert!(read == 5000 && pager.is_over(), "{first} {then}: {read}");
    }
}

#[tokio::test]
async fn a_walk_goes_on_for_the_same_caller_in_the_same_organisation_only() {
    let site = filled(25).await;
    let of = |client: &Client| {
        let mut pages = client.pages(numbers(10));
        async move {
            pages.try_next().await.unwrap();
            serde_json::to_string(&pages.checkpoint()).unwrap()
        }
    };
    let rest = async |client: &Client, kept: &str| {
        let pager = Pager::new(numbers(10)).resume(serde_json::from_str(kept).unwrap()).unwrap();
        client.pages(pager).try_concat().await.map(|rows| rows.len())
    };
    let [main, hundred, other] = [client(&site), client(&site).for_org("100"), client(&site).for_org("101")];
    let kept = of(&hundred).await;
    assert_eq!(rest(&hundred, &kept).await.unwrap(), 15);
    assert_eq!(rest(&main, &kept).await.unwrap(), 15, "its own organisation is 100");
    for (client, kept) in [(&other, &kept), (&hundred, &of(&other).await)] {
        let arrivals = site.counts().arrivals;
        let error = rest(client, kept).await.unwrap_err();
        assert!(error.to_string().contains("organisation") && !error.is_transient(), "{error}");
        assert_eq!((error.fate(), site.counts().arrivals), (Fate::NotSent, arrivals));
    }
    let elsewhere = builder(signed()).base_url("https://test.example.com/k3cloud/");
    for builder in [builder(signed()).username("another"), builder(signed()).acct_id("another"), elsewhere] {
        let other = builder.transport(site.service()).build().unwrap();
        assert_eq!(rest(&other, &kept).await.unwrap_err().fate(), Fate::NotSent);
    }
    for shown in [crate::support::ACCT, crate::support::USER, "100"] {
        let told = kept.split_once("\"caller\":").unwrap().1;
        assert!(!told.contains(&format!("\"{shown}\"")), "a hash alone: {kept}");
    }
    // One that was walked step by step knows no client, and a stream goes on with it.
    let mut pager = Pager::new(numbers(10));
    pager.received(&client(&site).query(&numbers(10)).await.unwrap()).unwrap();
    let kept = serde_json::to_string(&pager.checkpoint()).unwrap();
    assert_eq!(rest(&other, &kept).await.unwrap(), 15);
}

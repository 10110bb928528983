//! Every row that is wanted, or an error: however few of them a site gives in one answer.

use futures_util::TryStreamExt as _;
use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
use kingdee_k3cloud_sdk::{Client, ErrorKind, Filter, Pager, Query, Row, Rows, row};

use crate::support::{FORM, Script, reply, site};

/// A site with so many bills, and with another cap.
fn filled(bills: usize, cap: Option<usize>) -> Client {
    let site = site().page_cap(cap).build();
    for n in 0..bills {
        site.insert(StoredBill { number: format!("TK{n:05}"), ..StoredBill::default() });
    }
    client(&site)
}

fn client(site: &Site) -> Client {
    site.client().unwrap()
}

fn query() -> Query {
    Query::builder().form_id(FORM).field_keys(["FID", "FBillNo"]).order("FID ASC").build()
}

fn unordered() -> Query {
    query().ordered("")
}

/// Whether each is there once.
fn are_apart(rows: &Rows) -> bool {
    let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[0].text()).collect();
    ids.len() == rows.len()
}

#[tokio::test]
async fn with_an_order_a_query_has_its_limit_or_every_row_whatever_the_site_gives_at_once() {
    for (bills, cap, limit, wanted) in [
        (8, Some(3), None, 8),
        (8, Some(3), Some(7), 7),
        (8, Some(3), Some(3), 3),
        (8, Some(3), Some(100), 8),
        (9, Some(3), None, 9),
        (8, Some(1), None, 8),
        (3000, Some(2000), Some(3000), 3000),
        (3000, Some(2000), Some(2500), 2500),
        (10_400, None, Some(20_000), 10_400),
        (10_400, None, Some(10_100), 10_100),
        (2500, Some(2000), None, 2500),
        (0, Some(3), None, 0),
    ] {
        let client = filled(bills, cap);
        let asked = query().limited(limit);
        for rows in [client.query(&asked).await.unwrap(), client.bill_query(&asked).await.unwrap()] {
            assert!(rows.len() == wanted && are_apart(&rows), "{bills} {cap:?} {limit:?}: {}", rows.len());
        }
    }
}

#[tokio::test]
async fn streams_walks_and_look_ups_lose_no_row_of_a_site_that_gives_few() {
    let client = filled(8, Some(3));
    assert_eq!(client.pages(query()).try_concat().await.unwrap().len(), 8);
    assert_eq!(client.pages(query().limited(5)).try_concat().await.unwrap().len(), 8);
    let numbers = (0..9).map(|n| format!("TK{n:05}"));
    assert_eq!(client.look_up(&unordered(), "FBillNo", numbers).await.unwrap().len(), 8);
    let mut pager = Pager::new(query().limited(5).start_at(1));
    let mut read = 0;
    while let Some(page) = pager.next().unwrap() {
        let rows = client.query(page).await.unwrap();
        read += rows.len();
        pager.received(&rows).unwrap();
    }
    assert_eq!(read, 7);
}

#[tokio::test]
async fn without_an_order_a_full_answer_that_is_short_of_what_is_wanted_is_cut() {
    for (bills, cap, limit, cut) in [
        (2500, None, None, Some(2000)),
        (3000, Some(2000), Some(3000), Some(2000)),
        (3000, Some(2500), Some(3000), Some(2500)),
        (10_400, None, Some(20_000), Some(10_000)),
        (3000, None, Some(2000), None),
        (3000, None, Some(3000), None),
        (1999, None, None, None),
        (1999, Some(2000), Some(3000), None),
    ] {
        let outcome = filled(bills, cap).query(&unordered().limited(limit)).await;
        match (outcome, cut) {
            (Ok(rows), None) => assert_eq!(rows.len(), bills.min(limit.unwrap_or(u32::MAX) as usize)),
            (Err(error), Some(cut)) => {
                assert!(matches!(error.kind(), ErrorKind::Cut { rows } if *rows == cut), "{error}");
                assert!(!error.is_transient() && error.may_resend() && error.advice().en.contains("order"));
            }
            (outcome, cut) => {
                panic!("{bills} {cap:?} {limit:?}: {cut:?}, {:?}", outcome.map(|rows| rows.len()))
            }
        }
    }
}

#[tokio::test]
async fn what_a_client_has_seen_of_a_site_tells_which_answers_can_be_believed() {
    let client = filled(8, Some(3));
    // Fewer than any site is known to give, so it is taken for all there are: the documentation says so.
    assert_eq!(client.query(&unordered()).await.unwrap().len(), 3);
    assert_eq!(client.query(&query()).await.unwrap().len(), 8);
    let error = client.query(&unordered()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cut { rows: 3 }), "it has been seen to cut there: {error}");
    let two = unordered().filtered(Filter::is_in("FBillNo", ["TK00001", "TK00002"]));
    assert_eq!(client.query(&two).await.unwrap().len(), 2);
}

#[tokio::test]
async fn where_wide_rows_were_cut_no_narrow_ones_are_taken_for_all() {
    let client = filled(8, Some(3));
    let wide = query().asking_for(["FID", "FBillNo", "FDocumentStatus"]);
    assert_eq!(client.query(&wide).await.unwrap().len(), 8);
    // Names have no case.
    let small = Query::builder().form_id(FORM.to_lowercase()).field_keys(["FID"]).build();
    for narrow in [unordered().asking_for(["FID"]), small] {
        let error = client.query(&narrow).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Cut { rows: 3 }), "{error}");
    }
}

#[tokio::test]
async fn an_answer_is_asked_behind_only_where_nothing_else_tells_that_it_is_the_last() {
    let site = site().build();
    for n in 0..8 {
        site.insert(StoredBill { number: format!("TK{n:05}"), ..StoredBill::default() });
    }
    let client = client(&site);
    let calls = async |query: Query| {
        let before = site.counts().arrivals;
        client.query(&query).await.unwrap();
        site.counts().arrivals - before
    };
    assert_eq!(calls(query()).await, 2, "the longest so far");
    assert_eq!(calls(query().start_at(3)).await, 1, "a shorter one");
    assert_eq!(calls(query().limited(8)).await, 1, "as many as wanted");
    assert_eq!(calls(query().start_at(8)).await, 1, "none");
    assert_eq!(calls(unordered()).await, 1);
}

#[tokio::test]
async fn a_server_that_looks_at_no_start_row_is_noticed_and_holds_nobody() {
    let text = r#"[[1,"A"],[2,"B"]]"#;
    let script = Script::new((0..9).map(|_| reply(200, text)).collect());
    assert_eq!(script.client.query(&query()).await.unwrap().len(), 2, "all fits into one answer");
    assert_eq!(script.sent(), 2);
    let script = Script::new((0..9).map(|_| reply(200, r#"[["C"],["C"]]"#)).collect());
    let status = query().asking_for(["FDocumentStatus"]);
    let error = script.client.query(&status).await.unwrap_err();
    assert!(error.to_string().contains("ask for FID"), "{error}");
    assert_eq!(script.sent(), 2);
}

#[tokio::test]
async fn a_query_gives_every_row_or_says_that_it_cannot() {
    let client = filled(2500, None);
    row! {
        struct Number {
            _number: String = "FBillNo",
        }
    }
    let numbers = || Query::of::<Number>(FORM).ordered("FBillNo ASC");
    assert_eq!(client.query(&numbers()).await.unwrap().len(), 2500, "an order: it goes on by pages");
    assert_eq!(client.bill_query(&numbers()).await.unwrap().len(), 2500);
    assert_eq!(client.query_as::<Number>(&numbers()).await.unwrap().len(), 2500);
    let unordered = Query::of::<Number>(FORM);
    for error in
        [client.query(&unordered).await.unwrap_err(), client.bill_query(&unordered).await.unwrap_err()]
    {
        assert!(matches!(error.kind(), ErrorKind::Cut { rows: 2000 }) && !error.is_transient(), "{error}");
        assert!(error.advice().en.contains("order"), "{}", error.advice());
    }
    let asked = unordered.limited(2000);
    assert_eq!(client.query(&asked).await.unwrap().len(), 2000, "who asks for so many, wants so many");
    let filtered = Query::of::<Number>(FORM).filtered(Filter::like("FBillNo", "TK000%"));
    assert_eq!(client.query(&filtered).await.unwrap().len(), 100);
}

/// Answers to a query of equal lines `[TK1,1]`, by a site that gives so many at once and looks at StartRow if it does.
fn of_equal_lines(lines: usize, cap: usize, looks: bool) -> Client {
    let service = tower::service_fn(move |request: http::Request<bytes::Bytes>| async move {
        let asked: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let number = |key: &str| usize::try_from(asked["data"][key].as_u64().unwrap()).unwrap();
        let start = if looks { number("StartRow") } else { 0 };
        let rows = lines.saturating_sub(start).min(cap).min(number("Limit"));
        let body = format!("[{}]", vec![r#"["TK1",1]"#; rows].join(","));
        Ok::<_, kingdee_k3cloud_sdk::transport::BoxError>(http::Response::new(bytes::Bytes::from(body)))
    });
    crate::support::builder(crate::support::signed()).transport(service).build().unwrap()
}

fn lines() -> Query {
    query().asking_for(["FBillNo", "FEntity_FRealQty"])
}

#[tokio::test]
async fn equal_lines_are_given_in_full_or_said_not_to_be_told_apart_and_never_left_out() {
    for (count, cap, limit) in [(450, 100, None), (450, 100, Some(300)), (200, 100, None), (2, 1, None)] {
        let client = of_equal_lines(count, cap, true);
        let asked = lines().limited(limit);
        let item_count = client.pages(asked.clone()).try_concat().await.map(|rows| rows.len());
        for outcome in [client.query(&asked).await.map(|rows| rows.len()), item_count] {
            let error = outcome.unwrap_err();
            assert!(error.to_string().contains("FID") && error.to_string().contains("FEntryID"), "{error}");
            assert!(!error.is_permanent_for_all() && error.may_resend());
        }
    }
    // What came in one answer, and has nothing behind it, is all there is.
    assert_eq!(of_equal_lines(450, 2000, true).query(&lines()).await.unwrap().len(), 450);
    let error = of_equal_lines(450, 2000, false).query(&lines()).await.unwrap_err();
    assert!(error.to_string().contains("FEntryID"), "it cannot be told from more lines of the kind: {error}");
}

#[tokio::test]
async fn a_server_that_looks_at_no_start_row_is_asked_a_bounded_number_of_times() {
    // Full pages, and no key that tells the rows apart.
    let page = format!("[{}]", vec![r#"["C"]"#; 2000].join(","));
    let status = query().asking_for(["FDocumentStatus"]);
    let script = || Script::new((0..9).map(|_| reply(200, &page)).collect());
    for limit in [None, Some(2000), Some(3000), Some(9000)] {
        let (one, other) = (script(), script());
        if limit != Some(2000) {
            let error = one.client.query(&status.clone().limited(limit)).await.unwrap_err();
            assert!(error.to_string().contains("same page"), "{limit:?} {error}");
            assert_eq!(one.sent(), 2, "{limit:?}");
        }
        let error = other.client.pages(status.clone().limited(limit)).try_concat().await.unwrap_err();
        assert!(error.to_string().contains("same page"), "{limit:?} {error}");
        assert_eq!(other.sent(), 2, "{limit:?}");
    }
    let mut pager = Pager::new(status);
    let rows: Rows = (0..2000).map(|_| Row::new([("FDocumentStatus", "C")])).collect();
    pager.received(&rows).unwrap();
    assert!(pager.received(&rows).unwrap_err().to_string().contains("same page"));
}

#[tokio::test]
async fn what_one_form_or_service_gives_at_once_says_nothing_of_another() {
    // Many rows of one form, and a cap of three on another: as sites bound answers by their width.
    let service = tower::service_fn(|request: http::Request<bytes::Bytes>| async move {
        let asked: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let asked = &asked["data"];
        let (wide, objects) = (asked["FormId"] == "WIDE", request.uri().path().contains(".BillQuery."));
        let (cap, all) = if wide || objects { (3, 8) } else { (2000, 50) };
        let start = asked["StartRow"].as_u64().unwrap();
        let ids = start..all.min(start + cap).min(start + asked["Limit"].as_u64().unwrap());
        let row = |id: u64| if objects { format!(r#"{{"FID":{id}}}"#) } else { format!("[{id}]") };
        let body = format!("[{}]", ids.map(row).collect::<Vec<_>>().join(","));
        Ok::<_, kingdee_k3cloud_sdk::transport::BoxError>(http::Response::new(bytes::Bytes::from(body)))
    });
    let client = crate::support::builder(crate::support::signed()).transport(service).build().unwrap();
    let of = |form: &str| Query::builder().form_id(form).field_keys(["FID"]).order("FID ASC").build();
    assert_eq!(client.query(&of("NARROW")).await.unwrap().len(), 50);
    assert_eq!(client.query(&of("WIDE")).await.unwrap().len(), 8);
    assert_eq!(client.bill_query(&of("NARROW")).await.unwrap().len(), 8);
}

#[tokio::test]
async fn what_a_narrow_question_gives_at_once_says_nothing_of_a_wide_one() {
    // 1800 rows, of which the site gives 2000 at once where they are narrow, and 500 where they are wide.
    let service = tower::service_fn(|request: http::Request<bytes::Bytes>| async move {
        let asked: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let asked = &asked["data"];
        let wide = asked["FieldKeys"].as_str().unwrap().contains(',');
        let cap = if wide { 500 } else { 2000 };
        let start = asked["StartRow"].as_u64().unwrap();
        let ids = start..1800.min(start + cap).min(start + asked["Limit"].as_u64().unwrap());
        let row = |id: u64| if wide { format!("[{id},1]") } else { format!("[{id}]") };
        let body = format!("[{}]", ids.map(row).collect::<Vec<_>>().join(","));
        Ok::<_, kingdee_k3cloud_sdk::transport::BoxError>(http::Response::new(bytes::Bytes::from(body)))
    });
    let client = crate::support::builder(crate::support::signed()).transport(service).build().unwrap();
    let (narrow, wide) = (query().asking_for(["FID"]), query().asking_for(["FID", "FX"]));
    for asked in [&narrow, &wide, &narrow, &wide] {
        assert_eq!(client.query(asked).await.unwrap().len(), 1800);
        assert_eq!(client.pages(asked.clone()).try_concat().await.unwrap().len(), 1800);
    }
    // Another walk over the narrow ones, and over to the wide ones in the middle of it.
    let rows = |n: u32| (0..n).map(|id| Row::new([("FID", id.to_string())])).collect::<Rows>();
    let mut pager = Pager::new(narrow);
    pager.received(&rows(2500)).unwrap();
    pager.ask_for(vec!["FID".to_owned(), "FX".to_owned()], "FID ASC".to_owned());
    pager.received(&rows(2000)).unwrap();
    assert!(!pager.is_over());
}

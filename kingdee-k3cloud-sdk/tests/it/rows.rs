//! Rows as structs, page by page, in chunks, and by BillQuery: nothing depends on positions.

use chrono::NaiveDate;
use futures_util::{StreamExt as _, TryStreamExt as _};
use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::model::base_data::{BaseData, Customer, Material, Organization, Stock};
use kingdee_k3cloud_sdk::{
    BadCell, BillRows, Cell, ErrorKind, Fate, Filter, FromRow, IN_LIST_MAX, Pager, Query, Rows, row,
};
use rust_decimal::Decimal;

use crate::support::{FORM, Script, batch, client, dec, query_numbers, reply, site};

row! {
    /// A line with its bill.
    struct Line {
        bill_no: String = "FBillNo",
        id: i64 = "FID",
        date: NaiveDate = "FDate",
        is_free: bool = "FEntity_FIsFree",
        rate: Option<Decimal> = "FEntity_FEntryTaxRate",
        amount: Decimal = "FEntity_FAllAmount",
    }
}

row! {
    struct Number {
        number: String = "FBillNo",
    }
}

#[tokio::test]
async fn each_field_comes_from_the_key_it_names() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let lines: Vec<Line> = client(&site).query_as(&Query::of::<Line>(FORM)).await.unwrap();
    let expected = Line {
        bill_no: "A".to_owned(),
        id: site.bills()[0].id.try_into().unwrap(),
        date: NaiveDate::from_ymd_opt(2026, 11, 3).unwrap(),
        is_free: false,
        rate: None,
        amount: dec("5.51"),
    };
    assert_eq!(lines, [expected]);
}

#[tokio::test]
async fn keys_asked_for_in_another_order_change_nothing() {
    let script = Script::new(vec![reply(200, r#"[["5.510",7,"A",false,null,"2026-11-03T00:00:00"]]"#)]);
    let keys = ["FEntity_FAllAmount", "FID", "FBillNo", "FEntity_FIsFree", "FEntity_FEntryTaxRate", "FDate"];
    let query = Query::builder().form_id(FORM).field_keys(keys).build();
    let lines: Vec<Line> = script.client.query_as(&query).await.unwrap();
    assert_eq!((lines[0].amount, lines[0].id, lines[0].bill_no.as_str()), (dec("5.51"), 7, "A"));
}

#[tokio::test]
async fn a_cell_of_another_kind_names_its_key_and_is_asked_for_once() {
    for (cell, bad) in [("null", "FBillNo is null, not text"), ("\"x\"", "FID is something else")] {
        let [number, id] = if cell == "null" { [cell, "1"] } else { ["\"A\"", cell] };
        let text = format!(r#"[[{number},{id},"2026-11-03",false,null,1]]"#);
        let script = Script::new(vec![reply(200, &text), reply(200, &text)]);
        let error = script.client.query_as::<Line>(&Query::of::<Line>(FORM)).await.unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
        assert!(matches!(error.kind(), ErrorKind::Cell(BadCell::Kind { .. })));
        assert_eq!((script.sent(), error.is_transient()), (1, false));
    }
}

#[tokio::test]
async fn a_key_that_was_not_asked_for_is_named() {
    let script = Script::new(vec![reply(200, "[[1]]")]);
    let query = Query::builder().form_id(FORM).field_keys(["FID"]).build();
    let error = script.client.query_as::<Number>(&query).await.unwrap_err();
    assert!(error.to_string().contains("did not ask for FBillNo"), "{error}");
}

async fn filled(bills: usize) -> Site {
    let site = site().build();
    let numbers: Vec<String> = (0..bills).map(|n| format!("TK{n:04}")).collect();
    for chunk in numbers.chunks(500) {
        let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
        client(&site).batch_save(&batch(&chunk)).await.unwrap();
    }
    site
}

fn numbers() -> Query {
    Query::of::<Number>(FORM).ordered("FBillNo ASC")
}

#[tokio::test]
async fn pages_give_every_row_once_in_order() {
    let site = filled(25).await;
    // A page as long as the longest one so far is asked behind, and a shorter one is not.
    for (limit, calls) in [(10, 3), (5, 6), (25, 2), (100, 2)] {
        let before = site.counts().arrivals;
        let items = client(&site).items(numbers().limited(limit));
        let found: Vec<Number> = items.try_collect().await.unwrap();
        let expected: Vec<String> = (0..25).map(|n| format!("TK{n:04}")).collect();
        assert_eq!(found.into_iter().map(|row| row.number).collect::<Vec<_>>(), expected, "{limit}");
        assert_eq!(site.counts().arrivals - before, calls, "{limit}");
    }
}

#[tokio::test]
async fn a_site_that_caps_its_pages_loses_no_row() {
    let numbers: Vec<String> = (0..6000).map(|n| n.to_string()).collect();
    let site = site().customers(numbers).page_cap(Some(2000)).build();
    row! {
        struct Code {
            number: String = "FNumber",
        }
    }
    let query = Query::of::<Code>("BD_Customer").ordered("FNumber").limited(10_000);
    let found: Vec<Code> = client(&site).items(query).try_collect().await.unwrap();
    assert_eq!(found.len(), 6000);
    assert!(found.is_sorted_by(|a, b| a.number < b.number));
}

#[tokio::test]
async fn base_data_of_a_site_can_be_forbidden_of_another_organisation_or_lack_a_field() {
    let odd = Site::builder()
        .customers(["C001", "C002"])
        .base_field("BD_Customer", "C002", "FForbidStatus", "B")
        .base_field("BD_MATERIAL", "M1", "FUseOrgId.FNumber", "200")
        .base_field("BD_MATERIAL", "M1", "FIsSNManage", "true");
    let poorer = odd.clone().absent_fields(["FUseOrgId.FNumber"]).build();
    let refused = client(&poorer).base_data::<Customer>(["C001"], None).await.unwrap_err();
    assert_eq!(refused.code(), Some(9), "a field that the site does not have");
    let site = odd.build();
    let customers: Vec<Customer> = client(&site).base_data(["C001", "C002"], None).await.unwrap();
    let usable: Vec<bool> = customers.iter().map(Customer::is_usable).collect();
    assert_eq!(usable, [true, false]);
    // Without a list every number exists; with a field of its own, in the organisation that it names.
    let materials: Vec<Material> = client(&site).base_data(["M1"], Some("200")).await.unwrap();
    assert_eq!(materials[0].needs_serial, Some(true));
    assert!(client(&site).base_data::<Material>(["M1"], Some("100")).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_without_an_order_are_not_asked_for() {
    let site = filled(3).await;
    let before = site.counts().arrivals;
    for query in [Query::of::<Number>(FORM), numbers().limited(0)] {
        let page = client(&site).pages(query).next().await.unwrap();
        assert_eq!(page.unwrap_err().fate(), Fate::NotSent);
    }
    assert_eq!(site.counts().arrivals, before);
}

#[tokio::test]
async fn a_server_that_ignores_start_row_is_noticed() {
    let page = r#"[[1,"A","A"],[2,"B","A"]]"#;
    let script = Script::new((0..9).map(|_| reply(200, page)).collect());
    let pages: Vec<_> = script.client.pages(query_numbers().limited(2).ordered("FID")).collect().await;
    assert_eq!((pages.len(), script.sent()), (2, 2));
    assert!(pages[1].as_ref().unwrap_err().to_string().contains("same page"));
}

#[tokio::test]
async fn a_stream_may_be_left_and_outlives_its_client() {
    let site = filled(25).await;
    let mut items = client(&site).items::<Number>(numbers().limited(5));
    let before = site.counts().arrivals;
    for _ in 0..6 {
        items.next().await.unwrap().unwrap();
    }
    assert_eq!(site.counts().arrivals - before, 2, "only as many pages as were needed");
}

#[tokio::test]
async fn a_look_up_goes_in_chunks_of_a_hundred_and_keeps_the_filter() {
    let site = filled(250).await;
    let wanted: Vec<String> = (0..250).map(|n| format!("TK{n:04}")).collect();
    let before = site.counts().arrivals;
    let query = query_numbers();
    let twice = wanted.iter().chain(&wanted).cloned();
    let rows = client(&site).look_up(&query, "FBillNo", twice).await.unwrap();
    assert_eq!(
        (rows.len(), IN_LIST_MAX, site.counts().arrivals - before),
        (250, 100, 5),
        "a full chunk is asked behind"
    );
    let voided = query.filtered(Filter::eq("FCancelStatus", "B"));
    assert!(client(&site).look_up(&voided, "FBillNo", &wanted).await.unwrap().is_empty());
    assert!(client(&site).look_up(&voided, "FBillNo", [""; 0]).await.unwrap().is_empty());
}

#[tokio::test]
async fn base_data_is_looked_up_by_number() {
    async fn of<T: BaseData>(site: &Site, numbers: [&str; 2]) -> Vec<T> {
        client(site).base_data(numbers, Some("100")).await.unwrap()
    }
    let site = site().build();
    let materials: Vec<Material> = of(&site, ["M001", "NONE"]).await;
    assert_eq!((materials.len(), materials[0].number.as_str()), (1, "M001"));
    assert_eq!((materials[0].needs_lot, materials[0].is_usable()), (Some(false), true));
    assert_eq!(of::<Customer>(&site, ["C001", "NONE"]).await.len(), 1);
    assert_eq!(of::<Stock>(&site, ["CK001", "NONE"]).await.len(), 1);
    assert_eq!(of::<Organization>(&site, ["100", "NONE"]).await.len(), 1);
    let elsewhere: Vec<Material> = client(&site).base_data(["M001"], Some("200")).await.unwrap();
    assert!(elsewhere.is_empty());
}

#[tokio::test]
async fn bill_query_gives_the_same_rows() {
    let site = filled(3).await;
    let query = Query::of::<Line>(FORM).ordered("FBillNo");
    let (rows, objects) = (client(&site).query(&query).await, client(&site).bill_query(&query).await);
    assert_eq!(rows.unwrap(), objects.unwrap());
    assert_eq!(Line::KEYS.len(), 6);
}

#[tokio::test]
async fn a_key_that_an_object_lacks_is_missing_and_takes_no_other_with_it() {
    let text = r#"[{"fid":1,"FBillNo":"A","FDocumentStatus":"A"},{"FID":2,"FBillNo":"B"},null]"#;
    let script = Script::new(vec![reply(200, text)]);
    let rows = script.client.bill_query(&query_numbers()).await.unwrap();
    assert_eq!(rows[0][0].int(), Some(1));
    let (other, status) = (&rows[1][1], rows[1].by_key("FDocumentStatus").unwrap());
    assert_eq!((other.text(), status.is_missing(), rows[1].answered()), ("B", true, 2));
    assert_eq!((rows[2][0].is_missing(), rows[2].answered()), (true, 0));
    let script = Script::new(vec![reply(200, r#"[{"FID":1}]"#)]);
    let rows = script.client.bill_query(&query_numbers()).await.unwrap();
    let error = rows[0].field::<String>("FBillNo").unwrap_err();
    assert_eq!(error.to_string(), "the answer has no cell for FBillNo");
    let script = Script::new(vec![reply(200, "[]")]);
    assert!(script.client.bill_query(&query_numbers()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_that_is_too_short_keeps_what_it_has_and_one_that_is_too_long_has_nothing_that_can_be_told() {
    let text = r#"[[1,"A","A"],[2,"B"],[3],[],[4,"D","A","?"],null,[5,"E",null]]"#;
    let script = Script::new(vec![reply(200, text)]);
    let rows = script.client.query(&query_numbers()).await.unwrap();
    let told: Vec<(usize, Vec<String>)> = rows
        .iter()
        .map(|row| {
            let cell = |cell: &Cell| if cell.is_missing() { "-".to_owned() } else { cell.text().to_owned() };
            (row.answered(), row.iter().map(cell).collect())
        })
        .collect();
    let want: [(usize, [&str; 3]); 7] = [
        (3, ["1", "A", "A"]),
        (2, ["2", "B", "-"]),
        (1, ["3", "-", "-"]),
        (0, ["-", "-", "-"]),
        (4, ["-", "-", "-"]),
        (0, ["-", "-", "-"]),
        (3, ["5", "E", ""]),
    ];
    assert_eq!(told, want.map(|(answered, cells)| (answered, cells.map(str::to_owned).to_vec())));
    // What asks for nothing that is missing reads on; what needs it says which.
    assert_eq!(rows[1].field::<Option<String>>("FDocumentStatus").unwrap(), None);
    let error = rows[1].field::<String>("FDocumentStatus").unwrap_err();
    assert_eq!(error, BadCell::Missing("FDocumentStatus".to_owned()));
}

/// Rows of ids and numbers, as a query gives them.
async fn rows_of(pairs: &[(&str, &str)]) -> Rows {
    let rows: Vec<String> = pairs.iter().map(|(id, number)| format!(r#"["{id}","{number}"]"#)).collect();
    let script = Script::new(vec![reply(200, &format!("[{}]", rows.join(",")))]);
    let query = Query::builder().form_id(FORM).field_keys(["FID", "FBillNo"]).build();
    script.client.query(&query).await.unwrap()
}

#[tokio::test]
async fn rows_are_gathered_by_bill_wherever_they_stand() {
    let rows = rows_of(&[("2", "B"), ("1", "A"), ("2", "B"), ("3", "b")]).await;
    let bills = BillRows::gather(rows);
    let told: Vec<_> =
        bills.iter().map(|bill| (bill.id.as_str(), bill.number.as_str(), bill.rows.len())).collect();
    assert_eq!(told, [("2", "B", 2), ("1", "A", 1), ("3", "b", 1)]);
    assert_eq!(bills[0].head(), &bills[0].rows[0]);
}

#[tokio::test]
async fn where_ids_are_masked_numbers_keep_bills_apart_and_the_other_way_round() {
    let bills = BillRows::gather(rows_of(&[("***", "A"), ("***", "B"), ("1", "***"), ("2", "***")]).await);
    assert_eq!(bills.len(), 4);
    assert!(BillRows::gather(Rows::new()).is_empty());
}

#[tokio::test]
async fn a_walk_goes_on_with_other_fields_where_it_stood() {
    let query = Query::builder().form_id(FORM).field_keys(["FID", "FNone"]).order("FID ASC").limit(2).build();
    let mut pager = Pager::new(query);
    assert!(!pager.is_over());
    pager.received(&rows_of(&[("1", "A"), ("2", "B")]).await).unwrap();
    pager.ask_for(vec!["FID".into(), "FBillNo".into()], "FID ASC".into());
    let next = pager.next().unwrap().unwrap();
    assert_eq!(
        (next.start_row, next.field_keys.as_slice()),
        (2, ["FID".to_owned(), "FBillNo".to_owned()].as_slice())
    );
    pager.received(&rows_of(&[("3", "C")]).await).unwrap();
    assert!(pager.is_over() && pager.next().unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn pages_go_on_after_an_error_that_passes_without_a_row_lost_or_read_twice() {
    let site = filled(25).await;
    let client = crate::support::builder(crate::support::signed())
        .retry(kingdee_k3cloud_sdk::RetryPolicy::never())
        .transport(site.service())
        .build()
        .unwrap();
    let mut pages = client.items::<Number>(numbers().limited(5));
    let (mut found, mut failures) = (Vec::new(), 0);
    site.fail_next(Fault::UnavailableBefore);
    while let Some(item) = pages.next().await {
        match item {
            Ok(row) => found.push(row.number),
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                failures += 1;
            }
        }
        if found.len() == 10 && failures == 1 {
            site.fail_next(Fault::CutAfter);
            site.fail_next(Fault::TooManyRequests);
        }
    }
    let expected: Vec<String> = (0..25).map(|n| format!("TK{n:04}")).collect();
    assert_eq!((found, failures), (expected, 3));
}

#[tokio::test(start_paused = true)]
async fn pages_end_after_an_error_that_does_not_pass_and_give_up_after_the_third_in_a_row() {
    let ended = async |status, errors| {
        let script = Script::new((0..99).map(|_| reply(status, "")).collect());
        let mut pages: Vec<_> = script.client.pages(numbers()).collect().await;
        assert_eq!(pages.len(), errors, "{status}");
        let last = pages.pop().unwrap().unwrap_err();
        assert!(!last.is_transient() && last.may_resend(), "{last}");
        if let ErrorKind::GaveUp { last: why, .. } = last.kind() {
            assert_eq!(std::error::Error::source(&last).unwrap().to_string(), why.to_string());
        }
        last
    };
    ended(404, 1).await;
    let last = ended(503, 3).await;
    assert!(matches!(last.kind(), ErrorKind::GaveUp { failures: 3, last } if last.is_transient()), "{last}");
    assert_eq!((last.operation(), last.kind().as_str()), ("ExecuteBillQuery", "gave_up"));
}

/// The loop that the documentation of `Pages` shows.
async fn as_shown(client: &kingdee_k3cloud_sdk::Client) -> Result<usize, kingdee_k3cloud_sdk::Error> {
    let mut pages = client.pages(numbers().limited(2));
    let mut rows = 0;
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => rows += page.len(),
            Err(error) if error.is_transient() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

#[tokio::test(start_paused = true)]
async fn who_polls_on_after_what_passes_never_ends_with_rows_unread() {
    let site = filled(5).await;
    let never = kingdee_k3cloud_sdk::CallOptions::new().retry(kingdee_k3cloud_sdk::RetryPolicy::never());
    let client = client(&site).with(never);
    for failures in 0..=2 {
        (0..failures).for_each(|_| site.fail_next(Fault::UnavailableBefore));
        assert_eq!(as_shown(&client).await.unwrap(), 5);
    }
    (0..9).for_each(|_| site.fail_next(Fault::UnavailableBefore));
    let error = as_shown(&client).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::GaveUp { .. }), "{error}");
}

#[tokio::test]
async fn one_row_that_does_not_fit_takes_no_other_with_it() {
    row! {
        struct Noted {
            number: String = "FBillNo",
            id: i64 = "FID",
        }
    }
    let script = Script::new(vec![reply(200, r#"[["A",1],["B","王五"],["C",3]]"#), reply(200, "[]")]);
    let query = Query::of::<Noted>(FORM).ordered("FID ASC");
    let read: Vec<_> = script.client.rows::<Noted>(query).try_collect().await.unwrap();
    let told: Vec<_> =
        read.iter().map(|row| row.as_ref().map(|row| row.id).map_err(ToString::to_string)).collect();
    let bad = "row B cannot be read: FID is something else, not a whole number".to_owned();
    assert_eq!(told, [Ok(1), Err(bad), Ok(3)]);
    let bad = read[1].as_ref().unwrap_err();
    assert_eq!((bad.number(), bad.row[1].text()), (Some("B"), "王五"));
    assert!(!format!("{bad:?} {bad}").contains("王五"), "what it shows is nobody's name");
}

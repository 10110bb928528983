//! Answers whose bytes are dirty: one broken row costs one row, the others are exact; what contradicts itself is never
//! an empty page.

use std::collections::BTreeSet;

use serde_json::json;
use wdt_qimen_sdk::method::refund::{Refund, RefundQuery};
use wdt_qimen_sdk::mock::{self, ByteFault, Dirt, Gateway, Lies, ListLie};
use wdt_qimen_sdk::{Client, Error, ErrorKind, Page, PageAsk, RefusalClass};

use crate::dice::Dice;
use crate::support::{FIRST, a_day, builder, first_page, ok, scripted, span, utc, wide};

const ROWS: usize = 40;

/// A page of returns, clean and spoiled, and the numbers of the rows that the simulator says it broke.
async fn pages(dirt: Dirt) -> (Page<Refund>, Page<Refund>, BTreeSet<String>) {
    let gateway = Gateway::builder().order(mock::RowOrder::ById).now(|| utc("2026-12-01 00:00:00")).build();
    gateway.world().extend(mock::fill(11, ROWS, span("2026-11-20 00:00:00", "2026-11-20 23:59:59")));
    let client = builder().clock(|| utc("2026-12-01 00:00:00")).transport(gateway.service()).build().unwrap();
    let clean = first_page(&client).await.unwrap();
    gateway.set_lies(Lies { dirt: Some(dirt), ..Lies::default() });
    let broken = gateway.world().refunds().into_iter().filter(|row| dirt.breaks(row));
    (clean, first_page(&client).await.unwrap(), broken.map(|row| row.refund_no()).collect())
}

#[tokio::test(start_paused = true)]
async fn each_byte_fault_costs_at_most_its_row_and_the_others_are_exact() {
    for fault in ByteFault::ALL {
        for (permille, seed) in [(1000, 0), (30, 1), (30, 2), (300, 3)] {
            let (clean, dirty, said) = pages(Dirt { fault, permille, seed }).await;
            assert_eq!(dirty.rows.len(), ROWS, "{fault:?} {permille}");
            assert_eq!(dirty.total, clean.total);
            let mut broken = BTreeSet::new();
            for (row, before) in dirty.rows.iter().zip(&clean.rows) {
                let before = before.as_ref().unwrap();
                match row {
                    Ok(row) => {
                        let mut row = row.clone();
                        row.extra = before.extra.clone();
                        assert_eq!(&row, before, "{fault:?}");
                    }
                    Err(error) => {
                        broken.insert(before.refund_no.clone());
                        assert_eq!(error.number.as_deref(), Some(&*before.refund_no), "{fault:?}: {error}");
                        assert!(!error.masked().is_empty() && !error.faults.is_empty());
                    }
                }
            }
            assert_eq!(broken, said, "{fault:?}");
            match (fault.is_plain(), permille) {
                (true, _) => assert!(broken.is_empty(), "{fault:?}"),
                (false, 1000) => assert_eq!(broken.len(), ROWS, "{fault:?}"),
                (false, _) => assert!(broken.len() < ROWS, "{fault:?}"),
            }
        }
    }
}

/// The answer of a server that always says this.
async fn page_of(body: &[u8]) -> Result<Page<Refund>, Error> {
    let (client, _) = scripted(builder(), [ok(body)]);
    first_page(&client).await
}

#[tokio::test(start_paused = true)]
async fn the_samples_with_a_raw_newline_and_a_cut_character_are_read_whole() {
    for body in [
        &include_bytes!("fixtures/wdt-refunds-raw-newline.json")[..],
        &include_bytes!("fixtures/wdt-refunds-cut-character.json")[..],
    ] {
        let page = page_of(body).await.unwrap();
        let numbers: Vec<_> = page.rows.iter().map(|row| row.as_ref().unwrap().refund_no.as_str()).collect();
        assert_eq!(numbers, ["TK2611280001", "TK2611280002", "TK2611280003"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_twice_with_other_content_is_a_contradiction_that_is_named() {
    let sample = page_of(include_bytes!("fixtures/wdt-refunds-duplicate-key.json")).await.unwrap_err();
    let mut errors = vec![(sample, "response")];
    for (lie, key) in [
        (ListLie::Twice, "refunds"),
        (ListLie::ResponseTwice, "response"),
        (ListLie::TotalTwice, "total_count"),
    ] {
        let gateway = Gateway::builder().lies(Lies { list: lie, ..Lies::default() }).build();
        gateway.world().push(json!({"refund_no": "TK1", "modified": "2026-11-20 10:00:00"}));
        let client = builder().transport(gateway.service()).build().unwrap();
        errors.push((first_page(&client).await.unwrap_err(), key));
    }
    for (error, key) in errors {
        assert!(error.is_transient(), "{error}");
        let said = format!("it has {key} twice, with different content");
        assert!(
            matches!(error.kind(), ErrorKind::Unreadable { why: Some(why), .. } if why.en == said),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_twice_with_the_same_content_is_read() {
    for body in [
        r#"{"response":{"total_count":1,"total_count":"1","refunds":[{"refund_no":"A","refund_no":"A"}]}}"#,
        r#"{"response":{"total_count":1,"refunds":[{"refund_no":"A"}],"refunds":[{"refund_no":"A"}]}}"#,
        r#"{"response":{"total_count":1,"refunds":[{"refund_no":"A"}]},"response":{"total_count":1,"refunds":[{"refund_no":"A"}]}}"#,
    ] {
        let page = page_of(body.as_bytes()).await.unwrap();
        assert_eq!((page.total, page.rows[0].as_ref().unwrap().refund_no.as_str()), (Some(1), "A"), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_twice_within_a_row_is_that_rows_fault() {
    let body = r#"{"response":{"total_count":2,"refunds":[
        {"refund_no":"A","refund_amount":"1.00","refund_amount":"2.00"},{"refund_no":"B","refund_amount":"3.00"}]}}"#;
    let page = page_of(body.as_bytes()).await.unwrap();
    let error = page.rows[0].as_ref().unwrap_err();
    assert_eq!(error.number.as_deref(), Some("A"));
    assert!(error.to_string().contains("refund_amount is two values, expected one value"), "{error}");
    assert_eq!(page.rows[1].as_ref().unwrap().refund_no, "B");
}

#[tokio::test(start_paused = true)]
async fn an_xml_error_is_the_refusal_it_is() {
    let error = page_of(include_bytes!("fixtures/wdt-error-limited.xml")).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after().unwrap().as_secs()), (Some(7), 3));
    assert_eq!(error.sub_code(), Some("accesscontrol.limited-by-app-api-access-count"));
    assert!(matches!(error.kind(), ErrorKind::Refused(refusal) if refusal.class == RefusalClass::Limited));
}

#[tokio::test(start_paused = true)]
async fn people_in_a_broken_row_are_masked() {
    let body = r#"{"response":{"total_count":1,"refunds":[{"refund_no":"TK1","buyer_nick":"张三","receiver_telno":"13800138000","x":}]}}"#;
    let page = page_of(body.as_bytes()).await.unwrap();
    let error = page.rows[0].as_ref().unwrap_err();
    for text in [error.masked(), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("张三") && !text.contains("13800138000"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_cannot_be_cut_is_asked_in_smaller_ones_down_to_the_broken_row() {
    // The row TK3 spoils every page it stands on beyond repair: the answer breaks off in it.
    let answer = |first: usize, count: usize| {
        let rows: Vec<_> =
            (first..(first + count).min(8)).map(|row| format!(r#"{{"refund_no":"TK{row}"}}"#)).collect();
        let text = format!(r#"{{"response":{{"total_count":8,"refunds":[{}]}}}}"#, rows.join(","));
        match text.find(r#""TK3""#) {
            Some(place) => text[..place + 5].to_owned(),
            None => text,
        }
    };
    let service = tower::service_fn(move |request: http::Request<bytes::Bytes>| {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let query = format!("{}&{body}", request.uri().query().unwrap_or_default());
        let number = |key: &str| -> usize {
            let text = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{key}="))).unwrap();
            text.parse().unwrap()
        };
        let (page_no, size) = (number("page_no"), number("page_size"));
        let answer = answer(page_no * size, size);
        async move { Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::from(answer))) }
    });
    let client: Client = builder().transport(service).build().unwrap();
    let page = client.page::<RefundQuery>(&a_day(), PageAsk::new(0, 8)).await.unwrap();
    assert_eq!((page.total, page.rows.len(), page.page_size), (Some(8), 8, 8));
    for (place, row) in page.rows.iter().enumerate() {
        match row {
            Ok(row) => assert_eq!(row.refund_no, format!("TK{place}")),
            Err(_) => assert_eq!(place, 3),
        }
    }
    assert!(page.rows[3].is_err() && page.calls <= 8, "{} calls", page.calls);
    let nothing = page_of(r#"{"response":{"refunds":[{"refund_no":"TK"#.as_bytes()).await.unwrap_err();
    assert!(
        matches!(nothing.kind(), ErrorKind::Unreadable { .. }),
        "where no part can be read it is no page"
    );
}

/// A page of which one row, at a place that is told, was mutated: every other row is read exactly.
async fn siblings_survive(seed: u64, rows: &[String], clean: &[Refund]) {
    let mut dice = Dice::new(seed);
    let place = usize::try_from(dice.below(rows.len() as u64)).unwrap();
    let mut bytes = rows[place].as_bytes().to_vec();
    let marks: &[&[u8]] = &[
        b"\n",
        b"\0",
        b"\xE6\x94",
        b"\xCA\xD5",
        b"NaN",
        b",",
        b"\\x",
        b"\\ud83d",
        b"\"",
        b":",
        b"'",
        b"\xEF\xBB\xBF",
        b" ",
        b"7",
    ];
    for _ in 0..=dice.below(3) {
        let at = 1 + usize::try_from(dice.below(bytes.len() as u64 - 2)).unwrap();
        match dice.below(3) {
            0 => {
                let mark = marks[usize::try_from(dice.below(marks.len() as u64)).unwrap()];
                bytes.splice(at..at, mark.iter().copied());
            }
            1 => {
                bytes.remove(at);
            }
            _ => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
        }
    }
    let mut body =
        format!(r#"{{"response":{{"errorcode":0,"message":"","total_count":{},"refunds":["#, rows.len())
            .into_bytes();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend(if index == place { &bytes } else { row.as_bytes() });
    }
    body.extend(b"]}}");
    let (client, _) = scripted(builder(), [ok(body)]);
    let page = client.page::<RefundQuery>(&a_day(), FIRST).await;
    let page =
        page.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", String::from_utf8_lossy(&bytes)));
    for (index, row) in clean.iter().enumerate().filter(|(index, _)| *index != place) {
        let found = page.rows.iter().flatten().any(|read| read == row);
        assert!(
            found,
            "seed {seed}: sibling {index} of {place} is lost\n{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_mutated_row_takes_a_sibling_with_it() {
    let made = mock::fill(5, 6, span("2026-11-20 00:00:00", "2026-11-20 23:59:59"));
    let rows: Vec<_> = made.iter().map(|row| serde_json::to_string(&row.0).unwrap()).collect();
    let clean: Vec<_> = made.iter().map(|row| row.read().unwrap()).collect();
    for seed in 0..if wide() { 20_000 } else { 1_000 } {
        siblings_survive(seed, &rows, &clean).await;
    }
}

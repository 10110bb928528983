//! Calls without `await`, within a runtime and without one, and what is kept of their outcome.

use kingdee_k3cloud_sdk::{
    BillError, Bills, Class, Client, Credentials, Error, ErrorKind, Fate, Resolution, Verdict,
};
use serde_json::json;

use crate::support::{FORM, PASSWORD, batch, client_with, query_numbers, site};

/// Polls a future once, outside of any runtime.
fn at_once<T>(call: impl Future<Output = T>) -> Option<T> {
    futures_util::FutureExt::now_or_never(call)
}

#[test]
fn a_call_outside_of_a_runtime_is_an_error_that_says_so() {
    let site = site().build();
    let client: Client = site.client().unwrap();
    let error = at_once(client.query(&query_numbers())).unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Request(why) if why.contains("tokio")), "{error}");
    let error = at_once(client.batch_save(&batch(&["A"]))).unwrap().unwrap_err();
    assert_eq!((error.fate(), site.counts().arrivals), (Fate::NotSent, 0));
    let client = client_with(&site, Credentials::password(PASSWORD));
    for told in [at_once(client.login()).unwrap(), at_once(client.logout()).unwrap()] {
        assert!(told.unwrap_err().to_string().contains("tokio"));
    }
}

#[test]
fn a_call_over_http_in_a_runtime_without_io_is_an_error_that_says_so_and_no_panic() {
    let client = crate::support::builder(crate::support::signed());
    let client = client.base_url("http://127.0.0.1:9/k3cloud/").build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for _ in 0..2 {
        let error = runtime.block_on(client.batch_save(&batch(&["A"]))).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(why) if why.contains("enable_all")), "{error}");
        assert_eq!((error.fate(), error.attempts(), error.is_transient()), (Fate::NotSent, 1, false));
    }
    // The simulator needs none.
    let site = site().build();
    assert!(runtime.block_on(site.client().unwrap().ping()).is_ok());
}

#[cfg(feature = "blocking")]
mod blocking {
    use super::*;
    use kingdee_k3cloud_sdk::{Query, blocking};

    #[test]
    fn a_blocking_client_does_what_the_other_one_does() {
        let site = site().build();
        let client = blocking::Client::new(site.client().unwrap()).unwrap();
        assert!(client.batch_save(&batch(&["A", "B"])).unwrap().iter().all(Verdict::is_done));
        assert_eq!(client.query(&query_numbers()).unwrap().len(), 2);
        assert!(client.submit(FORM, &Bills::numbers(["A"])).unwrap()[0].is_done());
        assert!(
            client
                .wait(|client| async move { client.view(FORM, "A").await })
                .unwrap()
                .get()
                .contains("BillNo")
        );
        assert!(matches!(client.delete(FORM, &Bills::numbers(["B"])).unwrap()[0], Verdict::Deleted { .. }));
    }

    #[test]
    fn pages_come_one_by_one_and_know_where_they_stand() {
        let site = site().build();
        let client = blocking::Client::new(site.client().unwrap()).unwrap();
        let _ = client.batch_save(&batch(&["A", "B", "C"])).unwrap();
        let query = query_numbers().ordered("FID ASC").limited(2);
        let mut pages = client.pages(query);
        assert_eq!(pages.next().unwrap().unwrap().len(), 2);
        assert_eq!(pages.checkpoint().rows(), 2);
        assert_eq!(pages.map(|rows| rows.unwrap().len()).collect::<Vec<_>>(), [1]);
    }

    kingdee_k3cloud_sdk::row! {
        struct Number {
            number: String = "FBillNo",
        }
    }

    #[test]
    fn what_one_client_has_the_other_has_on_the_same_runtime() {
        let site = site().orgs(["100", "101"]).build();
        let client = blocking::Client::new(site.client().unwrap()).unwrap();
        let options = kingdee_k3cloud_sdk::CallOptions::new().deadline(std::time::Duration::from_secs(9));
        client.login().unwrap();
        client.with(options).for_org("101").ping().unwrap();
        assert!(site.requests()[0].headers.contains_key("X-Kd-Appdata"));
        let saved = client.batch_save_returning(&batch(&["A", "B", "C"])).unwrap();
        assert!(saved.verdicts.iter().all(Verdict::is_done));
        let one = Bills::numbers(["A"]);
        assert!(client.submit(FORM, &one).unwrap()[0].is_done());
        assert!(client.cancel_assign(FORM, &one).unwrap()[0].is_done());
        assert!(client.execute_operation(FORM, "Cancel", &one).unwrap()[0].is_done());
        let query = Query::of::<Number>(FORM).ordered("FID ASC").limited(2);
        assert_eq!(client.bill_query(&query).unwrap().len(), 2);
        let numbers: Vec<String> =
            client.items::<Number>(query.clone()).map(|item| item.unwrap().number).collect();
        assert_eq!(numbers, ["A", "B", "C"]);
        assert_eq!(client.rows::<Number>(query.clone()).filter(|row| matches!(row, Ok(Ok(_)))).count(), 3);
        assert_eq!(client.look_up(&query, "FBillNo", ["A", "C", "D"]).unwrap().len(), 2);
        assert!(client.view(FORM, "A").unwrap().get().contains("BillNo"));
        assert!(client.business_info(FORM).is_ok());
        client.logout().unwrap();
    }

    #[tokio::test]
    async fn a_blocking_call_within_a_runtime_is_an_error_and_no_panic() {
        let client = blocking::Client::new(site().build().client().unwrap()).unwrap();
        let error = client.ping().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(why) if why.contains("runtime")), "{error}");
        let query = Query::of::<Number>(FORM).ordered("FID ASC");
        assert_eq!(client.items::<Number>(query.clone()).count(), 1, "one error, and then it ends");
        assert_eq!(client.pages(query).count(), 1);
        drop(client);
    }
}

#[test]
fn what_became_of_bills_can_be_kept_and_read_again() {
    let taken = BillError::of("违反字段唯一性要求：编码唯一。[A]在当前系统中已经被使用。", 11);
    assert_eq!(taken.class, Class::Duplicate { number: "A".to_owned() });
    for verdict in [
        Verdict::Saved { id: "7".to_owned(), number: "A".to_owned() },
        Verdict::Deleted { id: "7".to_owned(), number: "A".to_owned() },
        Verdict::Rejected { errors: vec![taken] },
        Verdict::Unknown,
    ] {
        let kept = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<Verdict>(&kept).unwrap(), verdict, "{kept}");
    }
    let doubled = Resolution::Doubled { ids: vec!["1".to_owned(), "2".to_owned()] };
    assert_eq!(serde_json::to_value(&doubled).unwrap(), json!({ "doubled": { "ids": ["1", "2"] } }));
}

#[test]
fn errors_for_tests_are_as_the_clients_own() {
    let lost = Error::of("BatchSave", ErrorKind::Html("502".to_owned()));
    assert!(lost.fate() == Fate::Unknown && !lost.may_resend());
    assert!(Error::of("Audit", ErrorKind::SessionLost).may_resend());
}

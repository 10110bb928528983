//! What an integrator of 金蝶 does first, against the shipped simulator.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use kingdee_k3cloud_sdk::mock::{Fault, Site, StoredBill};
use kingdee_k3cloud_sdk::model::base_data::Material;
use kingdee_k3cloud_sdk::prelude::*;
use kingdee_k3cloud_sdk::rust_decimal::Decimal;
use kingdee_k3cloud_sdk::{Cell, FromCell, row};
use serde_json::json;

const FORM: &str = "SAL_OUTSTOCK";

fn bill(number: &str) -> DynForm {
    let line = DynForm::part().refer("FMaterialID", "M001").decimal("FRealQty", "2.50".parse().unwrap());
    DynForm::new(FORM)
        .number("FBillNo", number)
        .set("FDate", "2026-11-03")
        .refer("FCustomerID", "C001")
        .set("FEntity", [line])
}

fn bills<const N: usize>(numbers: [&str; N]) -> BatchSave<DynForm> {
    BatchSave::new(numbers.map(bill).into())
}

#[test]
fn a_client_that_lacks_everything_says_so_at_once() {
    let error = Client::builder().build().unwrap_err();
    assert!(error.to_string().contains("acct_id"), "{error}");
}

#[tokio::test]
async fn a_batch_has_a_verdict_for_each_bill() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    assert!(client.batch_save(&bills(["A"])).await.unwrap()[0].is_done());
    let verdicts = client.batch_save(&bills(["A", "B"])).await.unwrap();
    assert!(verdicts[0].needs_look_up() && verdicts[1].is_done(), "{verdicts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_save_whose_answer_is_lost_is_looked_up_and_not_sent_again() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    site.fail_next(Fault::UnavailableAfter);
    let error = client.batch_save(&bills(["A"])).await.unwrap_err();
    assert!(error.is_transient() && !error.may_resend() && error.fate() == Fate::Unknown);
    let found = client.resolve_unknown(FORM, &[Expectation::of("A")]).await.unwrap();
    assert!(matches!(&found[..], [Resolution::Ours { .. }]), "{found:?}");
    assert_eq!(site.bills().len(), 1);
}

#[tokio::test]
async fn of_two_bills_under_one_number_one_is_deleted() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    for _ in 0..2 {
        site.insert(StoredBill { form_id: FORM.to_owned(), number: "A".to_owned(), ..StoredBill::default() });
    }
    let found = client.resolve_unknown(FORM, &[Expectation::of("A")]).await.unwrap();
    let [Resolution::Doubled { ids }] = &found[..] else { panic!("{found:?}") };
    let verdicts = client.delete(FORM, &Bills::ids(&ids[1..])).await.unwrap();
    assert!(matches!(&verdicts[..], [Verdict::Deleted { .. }]), "{verdicts:?}");
    assert_eq!(site.bills().len(), 1);
}

#[tokio::test]
async fn bills_are_submitted_audited_and_pushed() {
    let site = Site::builder().push_rule("R", FORM, "AR_receivable", true).build();
    let client = site.client().unwrap();
    let _ = client.batch_save(&bills(["A"])).await.unwrap();
    let named = Bills::numbers(["A"]);
    assert!(client.submit(FORM, &named).await.unwrap()[0].is_done());
    assert!(client.audit(FORM, &named).await.unwrap()[0].is_done());
    let pushed = client.push(FORM, &named, &Push::to("AR_receivable")).await.unwrap();
    assert!(matches!(&pushed[..], [Verdict::Saved { .. }]), "{pushed:?}");
}

row! {
    struct Line {
        bill_no: String = "FBillNo",
        material: String = "FEntity_FMaterialID.FNumber",
        quantity: Decimal = "FEntity_FRealQty",
    }
}

#[tokio::test(start_paused = true)]
async fn rows_are_read_as_structs_page_by_page_though_a_page_fails_in_passing() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    let _ = client.batch_save(&bills(["A", "B", "C"])).await.unwrap();
    site.fail_next(Fault::UnavailableBefore);
    let query = Query::of::<Line>(FORM).ordered("FID ASC, FEntity_FEntryID ASC").limited(2);
    let lines: Vec<Line> = client.items(query).try_collect().await.unwrap();
    let numbers: Vec<&str> = lines.iter().map(|line| line.bill_no.as_str()).collect();
    assert_eq!(numbers, ["A", "B", "C"]);
    assert_eq!((lines[0].material.as_str(), lines[0].quantity.to_string()), ("M001", "2.50".parse::<Decimal>().unwrap().normalize().to_string()));
}

/// A type of this project's own in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Audited,
    Open,
}

impl FromCell for Status {
    const KIND: &'static str = "a document status";

    fn from_cell(cell: &Cell) -> Option<Self> {
        Some(if cell.text() == "C" { Self::Audited } else { Self::Open })
    }
}

row! {
    struct Head {
        id: u64 = "FID",
        bill_no: String = "FBillNo",
        status: Status = "FDocumentStatus",
    }
}

#[tokio::test]
async fn a_reading_that_stops_goes_on_from_what_was_kept() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    let _ = client.batch_save(&bills(["A", "B", "C", "D", "E"])).await.unwrap();
    let query = || Query::of::<Head>(FORM).ordered("FID ASC").limited(2);
    let mut pages = client.pages(query());
    let first = pages.try_next().await.unwrap().unwrap();
    let kept = serde_json::to_string(&pages.checkpoint()).unwrap();
    drop(pages);
    let checkpoint: Checkpoint = serde_json::from_str(&kept).unwrap();
    let rest = client.pages(Pager::new(query()).resume(checkpoint).unwrap());
    let rest = rest.try_concat().await.unwrap();
    assert_eq!((first.len(), rest.len()), (2, 3));
    assert!(Pager::new(query().ordered("FBillNo ASC")).resume(serde_json::from_str(&kept).unwrap()).is_err());
    let heads: Vec<Head> = client.query_as(&query().limited(None)).await.unwrap();
    assert!(heads.iter().all(|head| head.id > 0 && head.status == Status::Open && !head.bill_no.is_empty()));
}

#[tokio::test]
async fn what_the_server_made_of_a_bill_is_read_beside_its_verdict() {
    #[derive(serde::Deserialize)]
    struct Given {
        #[serde(rename = "FBillNo")]
        number: String,
    }
    let site = Site::builder().numbering(FORM, "XSCK").build();
    let options = SaveOptions::builder().need_return_fields(["FBillNo"]).build();
    let unnumbered = DynForm::new(FORM).set("FDate", "2026-11-03");
    let batch = BatchSave::new(vec![unnumbered]).with_options(options);
    let saved = site.client().unwrap().batch_save_returning(&batch).await.unwrap();
    assert!(saved.verdicts[0].is_done());
    assert_eq!(saved.data::<Given>().unwrap()[0].number, "XSCK000001");
}

#[test]
fn bounds_stand_in_a_configuration() {
    #[derive(serde::Deserialize)]
    struct Config {
        quota: Quota,
        retry: RetryPolicy,
    }
    let config: Config = serde_json::from_str(r#"{"quota": 60, "retry": {"attempts": 2}}"#).unwrap();
    let site = Site::builder().build();
    assert!(site.client_builder().quota(config.quota).retry(config.retry).build().is_ok());
}

#[tokio::test]
async fn a_filter_takes_any_text_and_finds_only_that() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    let noted = BatchSave::new(vec![bill("A").set("FNote", "100% [new]"), bill("B").set("FNote", "100 new")]);
    let _ = client.batch_save(&noted).await.unwrap();
    let query = Query::builder().form_id(FORM).field_keys(["FBillNo"]);
    let rows = client.query(&query.filter(Filter::contains("FNote", "% [")).build()).await.unwrap();
    assert_eq!((rows.len(), rows[0][0].text()), (1, "A"));
}

#[tokio::test]
async fn a_bill_is_changed_by_its_id_and_keeps_the_rest() {
    let site = Site::builder().build();
    let client = site.client().unwrap();
    let saved = client.batch_save(&bills(["A"])).await.unwrap();
    let Verdict::Saved { id, .. } = &saved[0] else { panic!("{saved:?}") };
    let change = Update::of(id, DynForm::new(FORM).set("FNote", "checked"));
    let verdicts = client.batch_update(&BatchUpdate::new(UnsentRows::Keep, vec![change])).await.unwrap();
    assert!(verdicts[0].is_done());
    assert!(site.bills()[0].model.contains("checked") && site.bills()[0].model.contains("C001"));
}

#[tokio::test]
async fn base_data_is_looked_up_by_number() {
    let material = json!({ "FNumber": "M001", "FIsBatchManage": true });
    let site = Site::builder().base_data("BD_MATERIAL", [material]).build();
    let found: Vec<Material> = site.client().unwrap().base_data(["M001", "M002"], None).await.unwrap();
    assert_eq!((found.len(), found[0].needs_lot), (1, Some(true)));
}

#[tokio::test]
async fn a_service_by_name_says_by_its_verdicts_whether_it_refused() {
    let site = Site::builder().build();
    site.on("GroupSave", |_| {
        json!({ "Result": { "ResponseStatus": { "IsSuccess": false, "MsgCode": 11, "Errors": [{ "Message": "no" }] } } })
    });
    let body = json!({ "formid": "BD_MATERIAL", "data": {} });
    let answer = site.client().unwrap().call("GroupSave", body).await.unwrap();
    assert!(matches!(&answer.verdicts().unwrap()[..], [Verdict::Rejected { .. }]));
    assert!(answer.read::<serde_json::Value>().is_err());
    assert_eq!(site.requests()[0].service, "GroupSave");
}

#[tokio::test(start_paused = true)]
async fn a_hasty_call_ends_at_its_deadline() {
    let site = Site::builder().build();
    let client = site.client().unwrap().with(CallOptions::new().deadline(Duration::from_secs(5)));
    site.fail_next(Fault::StallAfter);
    let begun = tokio::time::Instant::now();
    let error = client.batch_save(&bills(["A"])).await.unwrap_err();
    assert_eq!((begun.elapsed().as_secs(), error.fate()), (5, Fate::Unknown));
}

#[tokio::test]
async fn another_organisation_is_a_client_of_its_own_that_shares_the_limiter() {
    let site = Site::builder().orgs(["100", "101"]).build();
    let client = site.client().unwrap();
    client.for_org("101").ping().await.unwrap();
    assert_eq!(client.limiter().snapshot().reads_in_flight, 0);
}

//! Forms, services and organisations that this crate does not know: at the client and at the simulated site.

use std::collections::BTreeMap;

use http::{Request, Response};
use kingdee_k3cloud_sdk::fields::Extra;
use kingdee_k3cloud_sdk::mock::{Fault, Site};
use kingdee_k3cloud_sdk::{
    BatchSave, BatchUpdate, Bills, Cell, Credentials, DynForm, ErrorKind, Fate, Filter, Form, Limiter, Push,
    Query, Quota, Replay, SaveOptions, UnsentRows, Update, Verdict,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::{
    Act, FORM, PASSWORD, Script, batch, builder, client, client_with, dec, own, query_numbers, reply, signed,
    site,
};

const OUT: &str = "SAL_OUTSTOCK";

fn outstock(number: &str, note: &str) -> DynForm {
    let line = |material, qty| DynForm::part().refer("FMaterialID", material).decimal("FRealQty", dec(qty));
    DynForm::new(OUT)
        .number("FBillNo", number)
        .set("FDate", "2026-11-03")
        .refer("FCustomerID", "C001")
        .set("FNote", note)
        .set("FEntity", [line("M001", "2.50"), line("M002", "1")])
}

#[tokio::test]
async fn a_form_known_at_run_time_only_is_saved_in_its_order_and_found_by_any_key() {
    let site = site().build();
    let client = site.client().unwrap();
    let verdicts =
        client.batch_save(&BatchSave::new(vec![outstock("CK1", "a"), outstock("CK2", "b")])).await.unwrap();
    assert!(verdicts.iter().all(Verdict::is_done), "{verdicts:?}");
    let query = Query::builder()
        .form_id(OUT)
        .field_keys([
            "FBillNo",
            "FCustomerID.FNumber",
            "FEntity_FMaterialID.FNumber",
            "FEntity_FRealQty",
            "FNote",
        ])
        .filter(Filter::eq("FNote", "b").and(Filter::gt("FEntity_FRealQty", 2)))
        .order("FID ASC, FEntity_FEntryID ASC")
        .build();
    let rows = client.query(&query).await.unwrap();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!([row[0].text(), row[1].text(), row[2].text(), row[4].text()], ["CK2", "C001", "M001", "b"]);
    assert_eq!(row[3].decimal(), Some(dec("2.50")));
    let mut all = query;
    all.filter = None;
    let all = client.bill_query(&all).await.unwrap();
    assert_eq!(all.len(), 4, "one row a line");
    let heads = Query::builder()
        .form_id(OUT)
        .field_keys(["FBillNo", "FDocumentStatus"])
        .order("FBillNo DESC")
        .build();
    assert_eq!(client.query(&heads).await.unwrap()[0][0].text(), "CK2");
}

#[tokio::test]
async fn an_update_of_such_a_form_keeps_what_it_does_not_send() {
    let site = site().build();
    let client = site.client().unwrap();
    let _ = client.batch_save(&BatchSave::new(vec![outstock("CK1", "before")])).await.unwrap();
    let id = site.bills()[0].id.to_string();
    let change = DynForm::new(OUT).set("FNote", "after");
    let batch = BatchUpdate::new(UnsentRows::Keep, vec![Update::of(id, change)]);
    assert!(client.batch_update(&batch).await.unwrap()[0].is_done());
    let query = Query::builder().form_id(OUT).field_keys(["FNote", "FCustomerID.FNumber"]).build();
    let rows = client.query(&query).await.unwrap();
    assert_eq!([rows[0][0].text(), rows[0][1].text()], ["after", "C001"]);
}

#[tokio::test]
async fn forms_that_cannot_be_sent_are_refused_before() {
    /// Says its number, and does not write it.
    #[derive(serde::Serialize)]
    struct Unwritten {
        #[serde(rename = "FNote")]
        note: &'static str,
    }
    impl Form for Unwritten {
        const FORM_ID: &'static str = OUT;

        fn number(&self) -> Option<&str> {
            Some("CK1")
        }
    }
    let script = Script::new(Vec::new());
    let options = SaveOptions::default();
    let mixed = BatchSave::new(vec![outstock("A", ""), DynForm::new("PUR_X").number("FBillNo", "B")]);
    for error in [
        script.client.batch_save(&mixed).await.unwrap_err(),
        script.client.batch_save(&BatchSave::<DynForm>::new(Vec::new())).await.unwrap_err(),
        script.client.save(&Unwritten { note: "CK1 it is" }, &options).await.unwrap_err(),
        script.client.batch_save_returning(&BatchSave::new(vec![Unwritten { note: "" }])).await.unwrap_err(),
        script.client.save(&DynForm::new(OUT).number(" ", "CK1"), &options).await.unwrap_err(),
        script
            .client
            .save(&DynForm::new(OUT).number("FBillNo", "CK1").set("FBillNo", "CK2"), &options)
            .await
            .unwrap_err(),
        script.client.save(&DynForm::part(), &options).await.unwrap_err(),
        script.client.save(&DynForm::new(OUT).set("fid", 7), &options).await.unwrap_err(),
        script
            .client
            .save(&DynForm::new(OUT).set("FX", BTreeMap::from([((1, 2), 3)])), &options)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.fate(), Fate::NotSent, "{error}");
    }
    assert_eq!(script.sent(), 0);
}

#[tokio::test]
async fn what_names_no_form_no_bill_and_no_operation_is_refused_before() {
    let script = Script::new(Vec::new());
    let (client, bills) = (&script.client, Bills::numbers(["A"]));
    let query = |form: &str| Query::builder().form_id(form).field_keys(["FID"]).build();
    for error in [
        client.query(&query(" ")).await.unwrap_err(),
        client.query(&query(OUT).limited(0)).await.unwrap_err(),
        client.submit("", &bills).await.unwrap_err(),
        client.push("", &bills, &Push::to("AR_receivable")).await.unwrap_err(),
        client.execute_operation("", "Cancel", &bills).await.unwrap_err(),
        client.execute_operation(OUT, " ", &bills).await.unwrap_err(),
        client.business_info("").await.unwrap_err(),
        client.view("", "A").await.unwrap_err(),
        client.view(OUT, "").await.unwrap_err(),
        client.view_by_id(OUT, " ").await.unwrap_err(),
        client.for_org(" ").query(&query(OUT)).await.unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error}");
        assert_eq!(error.advice().en, "Mend the call: nothing was sent.");
    }
    assert_eq!(script.sent(), 0);
}

#[tokio::test]
async fn a_form_without_a_number_gets_one_of_its_own_kind_and_is_matched_by_place() {
    let site = site().numbering(OUT, "XSCKD").build();
    let bill = || DynForm::new(OUT).set("FNote", "x");
    let verdicts = site.client().unwrap().batch_save(&BatchSave::new(vec![bill(), bill()])).await.unwrap();
    let numbers: Vec<_> = verdicts.iter().map(|verdict| format!("{verdict:?}")).collect();
    assert!(numbers[0].contains("XSCKD000001") && numbers[1].contains("XSCKD000002"), "{numbers:?}");
}

#[tokio::test]
async fn base_data_of_any_form_is_found_by_what_it_was_given() {
    let site = Site::builder()
        .base_data(
            "BD_Supplier",
            [json!({ "FNumber": "S1", "FName": "甲", "FUseOrgId": { "FNumber": "100" } })],
        )
        .base_data(
            "BD_MATERIAL",
            [json!({ "FNumber": "M9", "FIsBatchManage": true, "FUseOrgId": { "FNumber": "200" } })],
        )
        .build();
    let query = Query::builder().form_id("BD_Supplier").field_keys([
        "FNumber",
        "FName",
        "FUseOrgId.FNumber",
        "FForbidStatus",
    ]);
    let rows =
        site.client().unwrap().query(&query.filter(Filter::contains("FName", "甲")).build()).await.unwrap();
    assert_eq!(rows[0].iter().map(Cell::text).collect::<Vec<_>>(), ["S1", "甲", "100", "A"]);
    let materials: Vec<kingdee_k3cloud_sdk::model::base_data::Material> =
        site.client().unwrap().base_data(["M9", "M1"], None).await.unwrap();
    assert_eq!(
        (materials.len(), materials[0].needs_lot, materials[0].use_org.as_deref()),
        (1, Some(true), Some("200"))
    );
}

#[tokio::test]
async fn an_operation_by_its_number_has_verdicts_and_either_spelling_of_the_service_will_do() {
    let site = site().build();
    let client = client(&site);
    let _ = client.batch_save(&batch(&["A"])).await.unwrap();
    assert!(client.execute_operation(FORM, "Cancel", &Bills::numbers(["A"])).await.unwrap()[0].is_done());
    assert!(site.bills()[0].cancelled);
    let error = client.execute_operation(FORM, "Cancel", &Bills::numbers(["A"])).await.unwrap();
    assert!(matches!(&error[0], Verdict::Rejected { .. }));
    let done = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"SuccessEntitys":[{"Id":7,"Number":"A"}]}}}"#;
    let script = Script::new(vec![reply(404, "service no found"), reply(200, done)]);
    assert!(
        script.client.execute_operation(FORM, "Forbid", &Bills::numbers(["A"])).await.unwrap()[0].is_done()
    );
    let path = script.request(1).uri().path().to_owned();
    assert!(path.contains("ExecuteOperation"), "{path}");
}

#[tokio::test]
async fn what_was_submitted_is_taken_back() {
    let site = site().build();
    let client = client(&site);
    let _ = client.batch_save(&batch(&["A"])).await.unwrap();
    client.submit(FORM, &Bills::numbers(["A"])).await.unwrap();
    assert!(client.cancel_assign(FORM, &Bills::numbers(["A"])).await.unwrap()[0].is_done());
    assert_eq!(site.bills()[0].document_status, 'D');
}

#[tokio::test]
async fn a_bill_in_a_workflow_is_audited_with_a_further_parameter() {
    let site = site().workflow(true).build();
    let client = client(&site);
    let _ = client.batch_save(&batch(&["A"])).await.unwrap();
    client.submit(FORM, &Bills::numbers(["A"])).await.unwrap();
    let audit = async |bills: Bills| client.audit(FORM, &bills).await.unwrap().remove(0);
    assert!(!audit(Bills::numbers(["A"])).await.is_done());
    let unchecked = Bills::numbers(["A"]).with_extra(Extra::new().with_bool("IsVerifyProcInst", false));
    assert!(audit(unchecked).await.is_done());
}

#[tokio::test]
async fn a_save_may_submit_and_audit_say_who_creates_and_give_fields_back() {
    let site = site().build();
    let options = SaveOptions::builder()
        .is_auto_submit_and_audit(true)
        .creator("zhang")
        .create_org_id(100_001)
        .need_return_fields(["FBillNo"])
        .extra(Extra::new().with_decimal("F_RATE", dec("0.10")))
        .build();
    let body = batch(&["A"]).with_options(options).body().unwrap();
    for part in [
        r#""IsAutoSubmitAndAudit":true"#,
        r#""Creator":"zhang""#,
        r#""CreateOrgId":100001"#,
        r#""F_RATE":0.10"#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let answer = client(&site)
        .call_as(Replay::Never, "BatchSave", RawValue::from_string(body).unwrap())
        .await
        .unwrap();
    assert!(answer.verdicts().unwrap()[0].is_done());
    assert_eq!(answer.return_data::<Value>().unwrap(), [json!({ "FBillNo": "A" })]);
    assert_eq!(site.bills()[0].document_status, 'C');
}

#[tokio::test]
async fn a_test_answers_a_service_itself_and_sees_what_arrived() {
    let site = site().build();
    let client = site.client().unwrap();
    let body = || RawValue::from_string(r#"{"data":{"Name":"g"}}"#.to_owned()).unwrap();
    let refused = client.call("GroupSave", body()).await.unwrap().verdicts().unwrap();
    assert!(!refused[0].is_done(), "not simulated, and no success");
    site.on("GroupSave", |request: &Request<_>| {
        assert!(String::from_utf8_lossy(request.body()).contains("\"g\""));
        json!({ "Result": { "ResponseStatus": { "IsSuccess": true, "SuccessEntitys": [{ "Id": 7, "Number": "g" }] } } })
    });
    site.on("Get", |_| "[1,2]");
    site.on("Broken", |_| Response::builder().status(500).body(bytes::Bytes::new()).unwrap());
    assert_eq!(client.call("GroupSave", body()).await.unwrap().verdicts().unwrap().len(), 1);
    let prices = client.call_as(Replay::Safe, "Our.WebApi.Prices.Get", body()).await.unwrap();
    assert_eq!(prices.read::<Vec<i64>>().unwrap(), [1, 2]);
    assert_eq!(client.call("Our.WebApi.Prices.Broken", body()).await.unwrap_err().fate(), Fate::Unknown);
    let seen = site.requests();
    assert_eq!(seen.len(), 4);
    assert_eq!((seen[1].service.as_str(), seen[3].service.as_str()), ("GroupSave", "Broken"));
    assert!(seen[1].body.contains("\"g\""));
}

#[tokio::test]
async fn a_client_in_another_organisation_says_so_in_its_signature() {
    let site = Site::builder().orgs(["100", "101"]).build();
    let client = site.client().unwrap();
    client.for_org("101").query(&query_numbers()).await.unwrap();
    client.query(&query_numbers()).await.unwrap();
    let org = |at: usize| {
        let data = site.requests()[at].headers["X-Kd-Appdata"].to_str().unwrap().to_owned();
        let data = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap();
        String::from_utf8(data).unwrap().rsplit(',').next().unwrap().to_owned()
    };
    assert_eq!([org(0), org(1)], ["101", "100"]);
}

#[tokio::test]
async fn with_a_login_a_session_is_switched_once_to_the_organisation_before_its_first_call() {
    let site = Site::builder().orgs(["100", "101"]).build();
    let client = client_with(&site, Credentials::password(PASSWORD));
    let other = client.for_org("101");
    for _ in 0..2 {
        other.query(&query_numbers()).await.unwrap();
        client.query(&query_numbers()).await.unwrap();
    }
    let calls = site.counts().calls;
    assert_eq!((calls["ValidateUser"], calls["SwitchOrg"], calls["ExecuteBillQuery"]), (2, 1, 4));
    site.expire_sessions();
    other.query(&query_numbers()).await.unwrap();
    assert_eq!(site.counts().calls["SwitchOrg"], 2, "a new session starts in the user's own organisation");
    let error = client.for_org("999").query(&query_numbers()).await.unwrap_err();
    assert!(error.code() == Some(9) && error.fate() == Fate::NotSent, "{error}");
}

#[tokio::test]
async fn an_organisation_has_one_session_however_often_it_is_asked_for() {
    let site = Site::builder().orgs(["100", "101", "102"]).build();
    let client = client_with(&site, Credentials::password(PASSWORD));
    for _ in 0..5 {
        client.for_org("101").ping().await.unwrap();
    }
    let bounded = client.with(kingdee_k3cloud_sdk::CallOptions::new()).for_org("101");
    let again = client.clone().for_org("101");
    let (one, two) = tokio::join!(bounded.ping(), again.ping());
    one.and(two).unwrap();
    let calls = || site.counts().calls;
    assert_eq!((calls()["ValidateUser"], calls()["SwitchOrg"]), (1, 1));
    client.for_org("102").ping().await.unwrap();
    assert_eq!((calls()["ValidateUser"], calls()["SwitchOrg"]), (2, 2), "another has its own");
}

#[tokio::test]
async fn a_login_that_was_refused_is_not_tried_again_for_another_organisation() {
    let site = Site::builder().orgs(["100", "101"]).build();
    let client = client_with(&site, Credentials::password("wrong"));
    client.ping().await.unwrap_err();
    let error = client.for_org("101").ping().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Login { .. }), "{error}");
    assert_eq!(site.counts().refused_logins, 1);
}

#[tokio::test(start_paused = true)]
async fn clients_that_share_a_limiter_share_its_bounds_and_it_tells_how_it_is() {
    let site = site().build();
    let limiter = Limiter::new(Some(Quota::per_minute(60)), 2, 1);
    let [one, two] = [(); 2]
        .map(|()| builder(signed()).limiter(limiter.clone()).transport(site.service()).build().unwrap());
    let started = tokio::time::Instant::now();
    for _ in 0..3 {
        one.ping().await.unwrap();
        two.ping().await.unwrap();
    }
    assert!(started.elapsed().as_secs() >= 5, "six calls of one quota: {:?}", started.elapsed());
    site.fail_next(Fault::Throttle);
    one.batch_save(&own(&["A"])).await.unwrap_err();
    let snapshot = limiter.snapshot();
    assert!(snapshot.spacing.as_millis() >= 500 && snapshot.writes_in_flight == 0, "{snapshot:?}");
    assert_eq!(two.limiter().snapshot(), snapshot);
    assert!(serde_json::to_string(&snapshot).unwrap().contains("\"quota\":60"));
    let script = Script::new(vec![Act::Hang]);
    let call = tokio::spawn({
        let client = script.client.clone();
        async move { client.query(&query_numbers()).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(script.client.limiter().snapshot().reads_in_flight, 1);
    call.abort();
}

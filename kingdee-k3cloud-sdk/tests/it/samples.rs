//! Every recorded reply becomes a named outcome, and every recorded request is taken.

use bytes::Bytes;
use http::{Request, Response};
use kingdee_k3cloud_sdk::{
    BillError, Bills, Class, Client, Error, ErrorKind, Fate, Query, SaveOptions, Verdict,
};

use crate::support::{FORM, OwnForm, Script, fixture, own, query_numbers, reply, signed, site};

fn says(name: &str) -> Script {
    Script::new(vec![reply(200, &fixture(name))])
}

fn saved(id: &str, number: &str) -> Verdict {
    Verdict::Saved { id: id.to_owned(), number: number.to_owned() }
}

async fn save(script: &Script, numbers: &[&str]) -> Result<Vec<Verdict>, Error> {
    script.client.batch_save(&own(numbers)).await
}

fn errors(verdict: &Verdict) -> &[BillError] {
    match verdict {
        Verdict::Rejected { errors } => errors,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn batchsave_success_saves_both() {
    let verdicts = save(&says("batchsave-success.json"), &["RT0001", "RT0002"]).await.unwrap();
    assert_eq!(verdicts, [saved("100001", "RT0001"), saved("100002", "RT0002")]);
}

#[tokio::test]
async fn batchsave_mixed_saves_two_and_names_what_the_third_lacks() {
    let script = says("batchsave-mixed.json");
    let verdicts = save(&script, &["TK2611280001", "TK2611280002", "TK2611280003"]).await.unwrap();
    assert_eq!(verdicts[0], saved("100001", "TK2611280001"));
    assert_eq!(verdicts[2], saved("100003", "TK2611280003"));
    let [error] = errors(&verdicts[1]) else { panic!() };
    assert_eq!((error.field.as_deref(), &error.class), (Some("FRetcustId"), &Class::Missing));
}

#[tokio::test]
async fn a_bill_that_a_mixed_answer_does_not_mention_is_unknown() {
    let script = says("batchsave-mixed.json");
    let numbers = ["TK2611280001", "TK2611280002", "TK2611280003", "TK2611280004"];
    assert_eq!(save(&script, &numbers).await.unwrap()[3], Verdict::Unknown);
}

#[tokio::test]
async fn batchsave_failure_keeps_every_error_with_its_bill() {
    let verdicts = save(&says("batchsave-failure.json"), &["RT0001", "RT0002"]).await.unwrap();
    for verdict in &verdicts {
        let fields: Vec<_> = errors(verdict).iter().map(|error| error.field.as_deref().unwrap()).collect();
        assert_eq!(fields, ["FCustomerID", "FStockID", "FStockID", "FStockID"]);
        assert!(errors(verdict).iter().all(|error| error.class == Class::Missing && error.code == 11));
    }
}

#[tokio::test]
async fn duplicate_number_is_a_rejection_that_names_it() {
    let verdicts = save(&says("duplicate-number.json"), &["test5"]).await.unwrap();
    assert_eq!(errors(&verdicts[0])[0].class, Class::Duplicate { number: "test5".to_owned() });
}

#[tokio::test]
async fn save_success_is_saved() {
    let script = says("save-success.json");
    let bill = OwnForm { number: Some("MBCGRK-2023051500004".to_owned()) };
    let verdict = script.client.save(&bill, &SaveOptions::default()).await.unwrap();
    assert_eq!(verdict, saved("140670", "MBCGRK-2023051500004"));
}

#[tokio::test]
async fn audit_already_is_done_all_the_same() {
    let numbers = Bills::numbers(["TK202504030001"]);
    let verdicts = says("audit-already.json").client.audit("SAL_OUTSTOCK", &numbers).await.unwrap();
    assert_eq!(errors(&verdicts[0])[0].class, Class::AlreadyDone);
    assert!(verdicts[0].is_done());
}

#[tokio::test]
async fn unaudit_reordered_is_matched_by_number() {
    let numbers = Bills::numbers(["SCGSL004744", "SCGSL004743"]);
    let verdicts = says("unaudit-reordered.json").client.unaudit("X", &numbers).await.unwrap();
    assert_eq!(verdicts, [saved("105411", "SCGSL004744"), saved("105410", "SCGSL004743")]);
}

#[tokio::test]
async fn a_lock_conflict_is_transient_for_the_bill_that_it_names() {
    let verdicts = save(&says("lock-conflict.json"), &["TK2611280001"]).await.unwrap();
    let [error] = errors(&verdicts[0]) else { panic!() };
    assert_eq!((&error.class, error.code, error.is_doubtful()), (&Class::Transient, 0, false));
}

#[tokio::test(start_paused = true)]
async fn a_lock_conflict_of_a_read_is_tried_again() {
    let script = Script::new(vec![reply(200, &fixture("lock-conflict.json")), reply(200, "[]")]);
    assert!(script.client.query(&query_numbers()).await.unwrap().is_empty());
}

#[tokio::test]
async fn submit_not_allowed_is_a_matter_of_status_and_not_done() {
    let numbers = Bills::numbers(["TK2611280001"]);
    let verdicts = says("submit-not-allowed.json").client.submit(FORM, &numbers).await.unwrap();
    assert_eq!(errors(&verdicts[0])[0].class, Class::WrongStatus);
    assert!(!verdicts[0].is_done());
}

#[tokio::test]
async fn a_question_names_the_flag_that_answers_it() {
    let verdicts = save(&says("interaction.json"), &["A"]).await.unwrap();
    let [error] = errors(&verdicts[0]) else { panic!() };
    assert_eq!(error.class, Class::Interaction);
    assert!(
        error.advice().zh.contains("InterationFlags") && error.advice().en.contains("STK_InvCheckResult")
    );
}

#[tokio::test]
async fn a_workflow_is_called_one() {
    let numbers = Bills::numbers(["TK2611280001"]);
    let verdicts = says("workflow.json").client.audit(FORM, &numbers).await.unwrap();
    assert_eq!(errors(&verdicts[0])[0].class, Class::Workflow);
}

#[tokio::test]
async fn a_user_who_may_not_call_stops_every_kind_of_call_with_the_menu_path() {
    let list = || says("webapi-list.json").client;
    let numbers = Bills::numbers(["A", "B"]);
    let calls = [
        list().batch_save(&own(&["A", "B"])).await.unwrap_err(),
        list().batch_save(&own(&["A"])).await.unwrap_err(),
        list().submit(FORM, &numbers).await.unwrap_err(),
        list().audit(FORM, &numbers).await.unwrap_err(),
        list().query(&query_numbers()).await.unwrap_err(),
        list().view(FORM, "A").await.unwrap_err(),
        list().ping().await.unwrap_err(),
    ];
    for error in calls {
        assert!(error.is_permanent_for_all() && !error.is_transient(), "{error}");
        assert_eq!(error.fate(), Fate::Refused, "{error}");
        assert!(error.advice().to_string().contains("BOS平台 → WebAPI"), "{}", error.advice());
    }
}

#[tokio::test]
async fn an_old_save_that_names_its_bill_beside_the_status_is_saved() {
    let script = says("old-save-success.json");
    let bill = OwnForm { number: Some("TK2611280001".to_owned()) };
    let verdict = script.client.save(&bill, &SaveOptions::default()).await.unwrap();
    assert_eq!(verdict, saved("100001", "TK2611280001"));
    // The same answer to another bill is a site that renumbers.
    let bill = OwnForm { number: Some("TK9".to_owned()) };
    let verdict = says("old-save-success.json").client.save(&bill, &SaveOptions::default()).await.unwrap();
    assert!(matches!(verdict, Verdict::Renumbered { .. }), "{verdict:?}");
}

#[tokio::test]
async fn a_lost_session_without_a_code_is_one_in_every_shape() {
    let envelope = fixture("old-session-lost.json");
    let shapes = [
        envelope.clone(),
        format!("[{envelope}]"),
        format!("[[{envelope}]]"),
        r#"response_error:{"Message":"会话信息已丢失，请重新登录","InnerExWrapper":null}"#.to_owned(),
    ];
    for (status, shape) in shapes.iter().map(|shape| (200, shape)).chain([(500, &shapes[3])]) {
        let welcome = || reply(200, &fixture("login-success.json"));
        let acts = vec![welcome(), reply(status, shape), welcome(), reply(200, "[]")];
        let script = Script::with(kingdee_k3cloud_sdk::Credentials::password("p"), acts);
        assert!(script.client.query(&query_numbers()).await.unwrap().is_empty(), "{shape}");
        assert_eq!(script.sent(), 4, "one new login, the call again: {shape}");
    }
}

#[tokio::test]
async fn an_unknown_form_is_missing_and_nothing_happened() {
    let error = says("unknown-form.json").client.query(&query_numbers()).await.unwrap_err();
    let ErrorKind::Refused { code: 4, errors } = error.kind() else { panic!("{error}") };
    assert_eq!((&errors[0].class, error.fate()), (&Class::Missing, Fate::Refused));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn masked_cells_are_text_beside_what_can_be_read() {
    let keys = ["FID", "FBillNo", "FDocumentStatus", "FCancelStatus", "C", "FDate", "M", "Q", "A"];
    let query = Query::builder().form_id(FORM).field_keys(keys).build();
    let rows = says("query-masked.json").client.query(&query).await.unwrap();
    assert_eq!(rows[0].by_key("Q").unwrap().decimal(), Some("1".parse().unwrap()));
    assert_eq!((rows[0].by_key("A").unwrap().text(), rows[0].by_key("A").unwrap().decimal()), ("***", None));
}

#[tokio::test]
async fn query_rows_are_cells() {
    let rows = says("query-rows.json").client.query(&query_numbers()).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][0].int(), Some(100_001));
    assert_eq!(rows[1].by_key("FDocumentStatus").unwrap().text(), "A");
}

#[tokio::test]
async fn query_error_field_is_a_refusal_with_code_nine() {
    let error = says("query-error-field.json").client.query(&query_numbers()).await.unwrap_err();
    assert_eq!(error.code(), Some(9));
    assert!(!error.is_transient());
    assert!(error.to_string().contains("FNoSuchField"), "{error}");
}

#[tokio::test]
async fn session_lost_means_bad_credentials_where_headers_are_signed() {
    for name in ["session-lost.json", "session-lost-executebillquery.json", "session-lost-billquery.json"] {
        let script = says(name);
        let error = script.client.query(&query_numbers()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Credentials(_)), "{name}: {error}");
        assert!(error.is_permanent_for_all());
        assert_eq!((error.fate(), script.sent()), (Fate::Refused, 1), "{name} is not tried again");
    }
}

#[tokio::test]
async fn firewall_array_is_no_rows() {
    let error = says("firewall.json").client.query(&query_numbers()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Firewall(_)), "{error}");
    assert_eq!(error.fate(), Fate::Refused);
}

#[tokio::test]
async fn gateway_519_is_permanent_for_all() {
    let script = Script::new(vec![reply(519, &fixture("gateway-519.json"))]);
    let error = save(&script, &["A"]).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Gateway { code: 4002, .. }), "{error}");
    assert!(error.is_permanent_for_all());
    assert_eq!(error.fate(), Fate::Refused);
}

#[tokio::test]
async fn response_error_leaves_a_write_in_doubt() {
    let script = says("response-error.txt");
    let error = save(&script, &["A"]).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exception(_)), "{error}");
    assert!(error.to_string().contains("内部错误"), "the inner message is kept: {error}");
    assert_eq!((error.fate(), script.sent()), (Fate::Unknown, 1));
}

#[tokio::test]
async fn login_success_and_bad_password_are_what_they_say() {
    let password = || kingdee_k3cloud_sdk::Credentials::password("p");
    let script = Script::with(password(), vec![reply(200, &fixture("login-success.json"))]);
    script.client.login().await.unwrap();
    let script = Script::with(password(), vec![reply(200, &fixture("login-bad-password.json"))]);
    let error = script.client.login().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Login { result: 0, .. }), "{error}");
    assert!(error.is_permanent_for_all());
}

#[tokio::test]
async fn a_login_with_a_wrong_account_id_names_it() {
    let password = kingdee_k3cloud_sdk::Credentials::password("p");
    let script = Script::with(password, vec![reply(200, &fixture("login-wrong-account.json"))]);
    let error = script.client.login().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Login { result: -1, .. }), "{error}");
    assert!(
        error.is_permanent_for_all() && error.advice().to_string().contains("acct_id"),
        "{}",
        error.advice()
    );
}

#[tokio::test]
async fn async_pending_is_the_raw_calls_answer() {
    let body = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap();
    let answer = says("async-pending.json").client.call("QueryAsyncResult", body).await.unwrap();
    assert!(answer.text().contains("\"TaskId\": \"TASK\""));
}

/// Sends a recorded body with good headers straight to a site.
fn send(service: &str, body: String) -> Response<Bytes> {
    let path = format!("/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{service}.common.kdsvc");
    let mut request =
        Request::post(format!("https://erp.example.com{path}")).body(Bytes::from(body)).unwrap();
    crate::encodings::sign(&mut request, &path);
    let site = site().materials(["M001"]).build();
    site.insert(kingdee_k3cloud_sdk::mock::StoredBill { number: "RT0002".to_owned(), ..Default::default() });
    site.handle(&request)
}

#[test]
fn each_recorded_batchsave_request_is_taken_by_the_site() {
    for name in ["req-batchsave-named.json", "req-batchsave-positional.json", "req-batchsave-envelope.json"] {
        let reply = send("BatchSave", fixture(name));
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        assert!(text.contains("\"Number\":\"RT0001\"") && text.contains("\"MsgCode\":0"), "{name}: {text}");
    }
}

#[test]
fn the_recorded_query_request_is_taken_by_the_site() {
    let reply = send("ExecuteBillQuery", fixture("req-executebillquery.json"));
    assert_eq!(&reply.body()[..], "[[100001,\"RT0002\",\"A\"]]".as_bytes());
}

#[tokio::test]
async fn our_query_is_the_recorded_one() {
    use kingdee_k3cloud_sdk::Filter;
    let script = Script::new(vec![reply(200, "[]")]);
    let query = Query::builder()
        .form_id(FORM)
        .field_keys(["FID", "FBillNo", "FDocumentStatus"])
        .filter(Filter::is_in("FBillNo", ["RT0001", "RT0002"]))
        .order("FID ASC")
        .build();
    assert!(script.client.query(&query).await.unwrap().is_empty());
    let recorded: serde_json::Value = serde_json::from_str(&fixture("req-executebillquery.json")).unwrap();
    let sent: serde_json::Value = serde_json::from_slice(script.request(0).body()).unwrap();
    assert_eq!(sent, recorded);
}

#[test]
fn a_client_tells_no_secret() {
    let script = Script::with(signed(), Vec::new());
    let shown = format!("{:?} {:?}", script.client, Client::builder().credentials(signed()));
    assert!(!shown.contains(crate::support::APP_SECRET));
    assert!(!shown.contains("YWJjZGVm"), "the second half of an app id decodes to a key: {shown}");
}

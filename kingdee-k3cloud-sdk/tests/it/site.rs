//! The simulated site: as strict as the real one, and as odd.

use std::time::Duration;

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::mock::{Commit, Rounding, Site, StoredBill, Uniqueness};
use kingdee_k3cloud_sdk::model::base_data::Customer;
use kingdee_k3cloud_sdk::model::return_stock::ReturnStock;
use kingdee_k3cloud_sdk::{BatchSave, Bills, Class, Filter, Query, SaveOptions, Verdict};

use crate::support::{FORM, batch, bill, client, dec, line, own, query_numbers, site};

async fn save_one(site: &Site, bill: ReturnStock) -> Verdict {
    client(site).batch_save(&BatchSave::new(vec![bill])).await.unwrap().remove(0)
}

fn messages(verdict: &Verdict) -> Vec<&str> {
    match verdict {
        Verdict::Rejected { errors } => errors.iter().map(|error| error.message.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_good_bill_is_stored_with_what_it_says() {
    let site = site().build();
    assert!(matches!(save_one(&site, bill("TK1")).await, Verdict::Saved { .. }));
    let [stored] = &site.bills()[..] else { panic!() };
    assert_eq!((stored.number.as_str(), stored.document_status, stored.cancelled), ("TK1", 'A', false));
    assert_eq!((stored.third_bill_no.as_str(), stored.third_src_type.as_str()), ("TK1", "refund-sync"));
    assert_eq!((stored.customer.as_str(), stored.sale_org.as_str()), ("C001", "100"));
    assert_eq!(stored.date, NaiveDate::from_ymd_opt(2026, 11, 3).unwrap());
    assert_eq!((stored.lines[0].qty, stored.lines[0].all_amount), (dec("2"), dec("5.51")));
}

#[tokio::test]
async fn a_mixed_batch_gets_a_verdict_for_each_bill_in_any_order() {
    for (seed, is_success) in (0..20).map(|seed| (seed, seed % 2 == 0)) {
        let site = site().seed(seed).is_success_on_mixed(is_success).build();
        site.insert(StoredBill { number: "TAKEN".to_owned(), ..StoredBill::default() });
        let mut bills: Vec<_> = ["A", "TAKEN", "B", "C"].map(bill).into();
        bills[2].customer = "NOBODY".into();
        let verdicts = client(&site).batch_save(&BatchSave::new(bills)).await.unwrap();
        assert!(matches!(&verdicts[0], Verdict::Saved { number, .. } if number == "A"));
        assert_eq!(messages(&verdicts[1]), ["违反字段唯一性要求：编码唯一。[TAKEN]在当前系统中已经被使用。"]);
        assert_eq!(messages(&verdicts[2]), ["编码值[\"NOBODY\"]不存在"]);
        assert!(matches!(&verdicts[3], Verdict::Saved { number, .. } if number == "C"));
    }
}

#[tokio::test]
async fn an_unknown_code_without_verification_looks_like_a_missing_field() {
    let mut unknown = bill("TK1");
    unknown.entries[0].stock = "NOWHERE".into();
    let options = SaveOptions::builder().is_verify_base_data_field(false).build();
    let batch = BatchSave::new(vec![unknown]).with_options(options);
    let verdicts = client(&site().build()).batch_save(&batch).await.unwrap();
    assert_eq!(messages(&verdicts[0]), ["单据体实体【明细信息】第【1】行分录，【仓库】字段必录"]);
}

#[tokio::test]
async fn text_that_looks_like_an_attack_meets_the_firewall() {
    for note in ["it's", "a<b", "a>b", "a\"b", "a;b", "a--b"] {
        let mut suspicious = bill("TK1");
        suspicious.head_note = Some(note.to_owned());
        let site = site().build();
        let error = client(&site).batch_save(&BatchSave::new(vec![suspicious])).await.unwrap_err();
        assert!(error.to_string().contains("firewall"), "{note}: {error}");
        assert!(site.bills().is_empty());
    }
}

#[tokio::test]
async fn a_closed_period_refuses_the_bill_by_name() {
    let site = site().closed_before(NaiveDate::from_ymd_opt(2026, 12, 1)).build();
    let Verdict::Rejected { errors } = save_one(&site, bill("TK1")).await else { panic!() };
    assert_eq!(errors[0].class, Class::ClosedPeriod);
}

#[tokio::test]
async fn a_site_that_renumbers_is_recognised() {
    let site = site().renumber(true).build();
    assert!(matches!(save_one(&site, bill("TK1")).await, Verdict::Renumbered { .. }));
}

#[tokio::test]
async fn amounts_follow_the_currencys_digits_and_rounding() {
    for (rounding, digits, amount) in
        [(Rounding::HalfUp, 2, "0.13"), (Rounding::HalfEven, 2, "0.12"), (Rounding::HalfUp, 0, "0")]
    {
        let site = site().rounding(rounding).amount_digits(digits).build();
        let mut half = bill("TK1");
        half.entries[0].real_qty = dec("1");
        half.entries[0].tax_price = Some(dec("0.125"));
        save_one(&site, half).await;
        assert_eq!(site.bills()[0].all_amount, dec(amount), "{rounding:?} {digits}");
    }
}

#[tokio::test]
async fn a_batch_over_five_hundred_is_refused() {
    let numbers: Vec<String> = (0..501).map(|n| n.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let site = site().build();
    client(&site).batch_save(&batch(&numbers[..500])).await.unwrap();
    assert_eq!(site.bills().len(), 500);
    let verdicts = client(&site).batch_save(&batch(&numbers)).await.unwrap();
    assert!(matches!(verdicts[0], Verdict::Rejected { .. }) && site.bills().len() == 500);
}

#[tokio::test(start_paused = true)]
async fn the_lagging_check_lets_two_calls_at_once_double_a_bill_and_an_index_does_not() {
    for (uniqueness, bills) in [(Uniqueness::LaggingCheck, 2), (Uniqueness::Index, 1)] {
        let seconds = Duration::from_secs(10)..=Duration::from_secs(10);
        let site = site().uniqueness(uniqueness).save_time(seconds).build();
        let (first, second) = (client(&site), client(&site));
        let (one, two) = (batch(&["TK1"]), batch(&["TK1"]));
        let (first, second) = tokio::join!(first.batch_save(&one), second.batch_save(&two));
        assert_eq!(site.bills().len(), bills, "{uniqueness:?}");
        let saved = [first, second].into_iter().filter(|v| v.as_ref().unwrap()[0].is_done()).count();
        assert_eq!(saved, bills, "{uniqueness:?}");
        assert_eq!(site.counts().saves["TK1"], 2);
    }
}

#[tokio::test]
async fn a_site_without_unique_numbers_saves_one_as_often_as_it_is_sent() {
    let site = site().uniqueness(Uniqueness::Off).build();
    let client = client(&site);
    for numbers in [&["TK1"][..], &["TK1", "TK2"], &["TK2"]] {
        let verdicts = client.batch_save(&batch(numbers)).await.unwrap();
        assert!(verdicts.iter().all(Verdict::is_done), "{verdicts:?}");
    }
    let count = |number: &str| site.bills().iter().filter(|bill| bill.number == number).count();
    assert_eq!((count("TK1"), count("TK2")), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_does_not_stop_the_commit() {
    for commit in [Commit::OneByOne, Commit::Together] {
        let site = site().commit(commit).save_time(Duration::from_secs(10)..=Duration::from_secs(10)).build();
        let client = client(&site);
        let batch = batch(&["A", "B"]);
        tokio::time::timeout(Duration::from_secs(6), client.batch_save(&batch)).await.unwrap_err();
        let visible = usize::from(commit == Commit::OneByOne);
        assert_eq!(site.bills().len(), visible, "{commit:?} after six seconds");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(site.bills().len(), 2, "{commit:?} at the end");
    }
}

#[tokio::test]
async fn a_bill_goes_from_saved_to_submitted_to_audited_and_back() {
    let site = site().build();
    let client = client(&site);
    client.batch_save(&batch(&["A", "B"])).await.unwrap();
    let numbers = Bills::numbers(["B", "A"]);
    let status = || site.bills().iter().map(|bill| bill.document_status).collect::<String>();
    let done = |verdicts: Vec<Verdict>| verdicts.iter().all(Verdict::is_done);
    assert!(!done(client.audit(FORM, &numbers).await.unwrap()), "not submitted yet");
    assert!(done(client.submit(FORM, &numbers).await.unwrap()));
    assert_eq!(status(), "BB");
    assert!(!done(client.submit(FORM, &numbers).await.unwrap()), "the status does not allow it twice");
    assert!(done(client.audit(FORM, &numbers).await.unwrap()));
    assert_eq!(status(), "CC");
    assert!(done(client.audit(FORM, &Bills::numbers(["A"])).await.unwrap()), "auditing twice is done twice");
    assert!(!done(client.delete(FORM, &numbers).await.unwrap()), "an audited bill stays");
    assert!(done(client.unaudit(FORM, &numbers).await.unwrap()));
    assert_eq!(status(), "DD");
    assert!(done(client.delete(FORM, &numbers).await.unwrap()));
    assert!(site.bills().is_empty());
    assert!(!done(client.delete(FORM, &Bills::numbers(["A"])).await.unwrap()));
}

#[tokio::test]
async fn a_bill_can_be_viewed_and_a_missing_one_is_refused() {
    let site = site().build();
    let client = client(&site);
    client.save(&bill("TK1"), &SaveOptions::default()).await.unwrap();
    let viewed: serde_json::Value =
        serde_json::from_str(client.view(FORM, "TK1").await.unwrap().get()).unwrap();
    assert_eq!((&viewed["BillNo"], &viewed["DocumentStatus"]), (&"TK1".into(), &"A".into()));
    assert_eq!(client.view(FORM, "TK2").await.unwrap_err().code(), Some(10));
}

#[tokio::test]
async fn a_draft_is_not_checked() {
    let site = site().build();
    let mut odd = bill("TK1");
    odd.customer = "NOBODY".into();
    client(&site).draft(&odd, &SaveOptions::default()).await.unwrap();
    assert_eq!(site.bills()[0].document_status, 'Z');
}

#[tokio::test]
async fn a_query_over_lines_gives_a_row_for_each_line() {
    let site = site().build();
    let mut two = bill("TK1");
    two.entries = vec![line(), line()];
    two.entries[1].material = "M002".into();
    save_one(&site, two).await;
    for prefix in ["", "FEntity_"] {
        let keys = ["FBillNo", "FMaterialId.FNumber", "FRealQty", "FAllAmount"];
        let keys =
            keys.iter().map(|key| if *key == "FBillNo" { (*key).into() } else { format!("{prefix}{key}") });
        let rows =
            client(&site).query(&Query::builder().form_id(FORM).field_keys(keys).build()).await.unwrap();
        assert_eq!(rows.iter().map(|row| row[1].text()).collect::<Vec<_>>(), ["M001", "M002"]);
        assert_eq!(rows[0][3].decimal(), Some(dec("5.51")));
        assert_eq!(rows[0][2].decimal(), Some(dec("2")));
    }
}

#[tokio::test]
async fn a_query_pages_by_start_row_in_the_order_asked() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A", "B", "C", "D", "E"])).await.unwrap();
    let page = |start_row| {
        let query = Query::builder().form_id(FORM).field_keys(["FBillNo"]).order("FBillNo DESC");
        query.start_row(start_row).limit(2).build()
    };
    let mut numbers = String::new();
    for start_row in [0, 2, 4, 6] {
        for row in client(&site).query(&page(start_row)).await.unwrap() {
            numbers.push_str(row[0].text());
        }
    }
    assert_eq!(numbers, "EDCBA");
}

#[tokio::test]
async fn base_data_can_be_asked_for() {
    let site = site().build();
    for (form, number) in [
        ("BD_Customer", "C001"),
        ("BD_MATERIAL", "M002"),
        ("BD_STOCK", "CK001"),
        ("ORG_Organizations", "100"),
    ] {
        let query = Query::builder()
            .form_id(form)
            .field_keys(["FNumber", "FName", "FDocumentStatus", "FForbidStatus"])
            .filter(Filter::eq("FNumber", number))
            .build();
        let rows = client(&site).query(&query).await.unwrap();
        assert_eq!((rows.len(), rows[0][0].text(), rows[0][2].text()), (1, number, "C"), "{form}");
    }
}

#[tokio::test]
async fn an_unknown_field_or_form_is_refused() {
    let client = client(&site().build());
    let query = Query::builder().form_id(FORM).field_keys(["FNoSuchField"]).build();
    let error = client.query(&query).await.unwrap_err();
    assert_eq!(error.code(), Some(9));
    assert!(error.to_string().contains("元数据中标识为FNoSuchField的字段不存在"), "{error}");
    let query = Query::builder().form_id(FORM).field_keys(["FMaterialId.FNoSuchField"]).build();
    let error = client.query(&query).await.unwrap_err();
    assert!(error.to_string().contains("元数据中标识为FMaterialId.FNoSuchField的字段不存在"), "{error}");
    let query = Query::builder().form_id("X_NONE").field_keys(["FID"]).build();
    let error = client.query(&query).await.unwrap_err();
    assert_eq!(error.code(), Some(4));
    assert!(error.to_string().contains("标识为“X_NONE”的业务对象不存在，或者被删除。"), "{error}");
}

#[tokio::test]
async fn a_test_can_edit_void_insert_and_remove_behind_the_clients_back() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    assert!(site.edit("A", |bill| bill.lines[0].qty = dec("9")));
    assert!(site.void("A") && site.bills()[0].cancelled);
    assert_eq!(site.bills()[0].lines[0].qty, dec("9"));
    site.insert(StoredBill { number: "A".to_owned(), ..StoredBill::default() });
    let query = Query::builder().form_id(FORM).field_keys(["FID"]).filter(Filter::eq("FBillNo", "A")).build();
    assert_eq!(client(&site).query(&query).await.unwrap().len(), 2, "doubled");
    assert!(site.remove("A") && site.bills().is_empty() && !site.remove("A"));
}

#[tokio::test]
async fn a_form_of_another_project_is_saved_as_well() {
    let site = site().build();
    let verdicts = client(&site).batch_save(&own(&["A", "B"])).await.unwrap();
    assert!(verdicts.iter().all(Verdict::is_done));
    assert!(site.bills().iter().all(|bill| bill.form_id == "X_OWN"));
    assert!(client(&site).query(&query_numbers()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_id_on_a_bill_replaces_the_bill_that_has_it() {
    let site = site().build();
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    let id = site.bills()[0].id;
    let mut model: serde_json::Value = serde_json::to_value(bill("A2")).unwrap();
    model["FID"] = id.into();
    let body = serde_json::json!({ "formid": FORM, "data": { "Model": model } }).to_string();
    let _ =
        client(&site).call("Save", serde_json::value::RawValue::from_string(body).unwrap()).await.unwrap();
    assert_eq!(site.bills().iter().map(|bill| bill.number.as_str()).collect::<Vec<_>>(), ["A2"]);
}

#[tokio::test]
async fn what_is_done_to_one_form_leaves_the_others_alone() {
    let site = site().build();
    for form in ["SAL_OUTSTOCK", FORM] {
        site.insert(StoredBill {
            form_id: form.to_owned(),
            number: "N1".to_owned(),
            ..StoredBill::default()
        });
    }
    assert!(site.edit_in("sal_outstock", "N1", |bill| bill.document_status = 'C'));
    assert!(site.void_in("SAL_OUTSTOCK", "N1"));
    assert!(!site.remove_in("SAL_OUTSTOCK", "N2") && !site.remove_in("PUR_ReceiveBill", "N1"));
    let told = |site: &Site| {
        site.bills().into_iter().map(|bill| (bill.document_status, bill.cancelled)).collect::<Vec<_>>()
    };
    assert_eq!(told(&site), [('C', true), ('A', false)]);
    assert!(site.remove_in("SAL_OUTSTOCK", "N1"));
    assert_eq!(told(&site), [('A', false)]);
}

#[tokio::test]
async fn base_data_comes_changes_and_goes_while_clients_call() {
    let site =
        site().base_data("BD_Supplier", [serde_json::json!({ "FNumber": 7, "FName": "厂家" })]).build();
    let client = client(&site);
    let names = async |form: &str| {
        let query =
            kingdee_k3cloud_sdk::Query::builder().form_id(form).field_keys(["FNumber", "FName"]).build();
        let rows = client.query(&query).await.unwrap();
        rows.iter().map(|row| (row[0].text().to_owned(), row[1].text().to_owned())).collect::<Vec<_>>()
    };
    let is_usable = async || {
        let found: Vec<Customer> = client.base_data(["C001"], None).await.unwrap();
        found.first().map(Customer::is_usable)
    };
    assert_eq!(
        names("BD_Supplier").await,
        [("7".to_owned(), "厂家".to_owned())],
        "a number may be written as one"
    );
    assert!(site.set_base_field("BD_Supplier", "7", "FName", "另一家"));
    assert_eq!(names("BD_Supplier").await[0].1, "另一家");
    assert!(site.remove_in("BD_Supplier", "7") && names("BD_Supplier").await.is_empty());

    assert_eq!(is_usable().await, Some(true));
    assert!(site.set_base_field("BD_Customer", "C001", "FForbidStatus", "B"));
    assert_eq!(is_usable().await, Some(false));
    assert!(
        site.remove_in("BD_Customer", "C001") && !site.set_base_field("BD_Customer", "C001", "FName", "x")
    );
    assert_eq!(is_usable().await, None);
    let verdicts = client.batch_save(&batch(&["TK1"])).await.unwrap();
    assert!(matches!(verdicts[0], kingdee_k3cloud_sdk::Verdict::Rejected { .. }), "{verdicts:?}");
    site.put_base_data("BD_Customer", [serde_json::json!({ "FNumber": "C001" })]);
    assert!(client.batch_save(&batch(&["TK1"])).await.unwrap()[0].is_done());
}

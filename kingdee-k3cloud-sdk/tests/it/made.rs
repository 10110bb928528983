//! What a test of somebody else's makes without a simulator, and what is kept and read again.

use std::collections::BTreeMap;
use std::time::Duration;

use kingdee_k3cloud_sdk::fields::Extra;
use kingdee_k3cloud_sdk::model::base_data::Material;
use kingdee_k3cloud_sdk::model::return_stock::ReturnStock;
use kingdee_k3cloud_sdk::{
    Attachment, BatchSave, BatchUpdate, BillError, BillRows, Bills, Cell, Class, DynForm, Error, ErrorKind,
    Expectation, Expected, Fate, Filter, Form, FromRow, HoldKind, Pager, Push, Query, Quota, RawAnswer,
    Replay, Resolution, Returned, Row, SaveOptions, UnsentRows, Update, Verdict,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::dec;

#[test]
fn rows_are_made_by_key_and_read_as_those_of_an_answer() {
    let answered = ["FNumber", "FDocumentStatus", "FForbidStatus"].map(|key| (key, json!("C")));
    let more =
        ["FName", "FUseOrgId.FNumber", "FBaseUnitId.FNumber", "FStoreUnitID.FNumber", "FSaleUnitId.FNumber"];
    let flags = ["FIsBatchManage", "FIsKFPeriod", "FIsSNManage"].map(|key| (key, json!(true)));
    let row = Row::new(answered.into_iter().chain(more.map(|key| (key, Value::Null))).chain(flags));
    let material = Material::from_row(&row).unwrap();
    assert_eq!((material.number.as_str(), material.name, material.needs_lot), ("C", None, Some(true)));
    let cells: [(&str, Cell); 4] =
        [("a", "x".into()), ("b", dec("2.7550").into()), ("c", 7_u64.into()), ("d", Cell::missing())];
    let row = Row::new(cells);
    assert_eq!((row[1].text(), row[2].int(), row.answered()), ("2.7550", Some(7), 3));
    assert!(row.by_key("d").unwrap().is_missing() && Cell::from(None::<bool>).is_null());
}

#[test]
fn a_walk_and_a_gathering_are_tested_on_made_rows() {
    let page = |ids: std::ops::Range<i64>| {
        ids.map(|id| Row::new([("FID", id), ("FBillNo", id)])).collect::<Vec<_>>()
    };
    let query =
        Query::builder().form_id("X").field_keys(["FID", "FBillNo"]).order("FID ASC").limit(2).build();
    let mut pager = Pager::new(query);
    pager.received(&page(0..2)).unwrap();
    assert_eq!(pager.next().unwrap().unwrap().start_row, 2);
    assert!(pager.received(&page(0..2)).is_err(), "the same page again");
    pager.received(&page(2..3)).unwrap();
    assert!(pager.is_over());
    assert_eq!(BillRows::gather(page(0..3)).len(), 3);
}

#[test]
fn answers_and_errors_are_made_as_the_client_makes_them() {
    let refused = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"MsgCode":11,"Errors":[{"Message":"王五 has it"}]}}}"#;
    let answer = RawAnswer::of("Allocate", refused).unwrap();
    assert!(matches!(&answer.verdicts().unwrap()[..], [Verdict::Rejected { .. }]));
    assert!(answer.read::<Value>().is_err());
    assert!(!format!("{answer:?}").contains("王五"), "{answer:?}");
    let broken = RawAnswer::of("Allocate", "<html>502</html>").unwrap_err();
    assert_eq!((broken.fate(), broken.operation()), (Fate::Unknown, "Allocate"));
    let returned = Returned::of(vec![Verdict::Unknown], [json!({ "FBillNo": "王五" })]).unwrap();
    assert_eq!(returned.data::<Value>().unwrap().len(), 1);
    assert!(!format!("{returned:?}").contains("王五"), "{returned:?}");
    let late = || ErrorKind::Timeout { limit: Duration::from_secs(1) };
    assert!(Error::of_read("ExecuteBillQuery", late()).may_resend());
    assert!(!Error::of("BatchSave", late()).may_resend());
}

fn kept<T: Serialize + DeserializeOwned>(value: &T) -> (String, T) {
    let text = serde_json::to_string(value).unwrap();
    let read = serde_json::from_str(&text).unwrap();
    (text, read)
}

#[test]
fn what_is_sent_is_kept_and_read_again_to_the_last_digit() {
    let line =
        DynForm::part().decimal("FRealQty", dec("2.50")).decimal("FTaxPrice", dec("0.1234567890123456789"));
    let bill = DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1").set("FEntity", [line]);
    let (text, read) = kept(&bill);
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    assert!(text.contains("2.50") && text.contains("0.1234567890123456789"));
    assert_eq!(
        (read.number_of(), read.in_form("SAL_OUTSTOCK").form_id()),
        (Some("CK1".to_owned()), "SAL_OUTSTOCK")
    );

    let (text, read) = kept(&Update::of("100001", bill));
    assert_eq!((read.id(), serde_json::to_string(&read).unwrap()), ("100001", text));
    assert_eq!(serde_json::from_str::<Update<DynForm>>(r#"{"FID":100001}"#).unwrap().id(), "100001");

    let push = Push::by("R").org(7).bill_type("T").params(Extra::new().with_decimal("P", dec("1.10")));
    assert_eq!(kept(&push).1, push);
    assert!(serde_json::from_str::<Push>(r#"{"RuleID":"R"}"#).is_err(), "a misspelt member is told");

    let extra = Extra::new().with_bool("IsVerifyProcInst", false);
    for bills in [
        Bills::numbers(["TK1", "TK2"])
            .created_in(7)
            .with_interaction_flags("STK_InvCheckResult")
            .with_extra(extra),
        Bills::ids([1, 2]),
    ] {
        assert_eq!(kept(&bills).1, bills);
    }
    assert!(serde_json::to_string(&Bills::numbers([""; 0])).is_err());
    assert!(serde_json::from_str::<Bills>(r#"{"Numbers":["A"],"Ids":"1"}"#).is_err());
    assert_eq!(kept(&UnsentRows::Keep), (r#""keep""#.to_owned(), UnsentRows::Keep));

    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    let number = "TK1".to_owned();
    let expected = Expectation::of("TK1")
        .head("FDate", day)
        .head("FIsIncludedTax", true)
        .head("FThirdBillNo", &number)
        .rows(["FEntity_FRealQty"], [[dec("2.50").into()], [3_i64.into()]]);
    let (text, read) = kept(&expected);
    assert!(read == expected && text.contains(r#"{"number":2.50}"#), "{text}");
    assert_eq!(Expected::from(3_i64), Expected::Number(Decimal::from(3)));
}

#[test]
fn batches_queries_and_files_are_kept_and_read_again() {
    let line = DynForm::part().decimal("FRealQty", dec("2.50"));
    let bill = DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1").set("FEntity", [line]);
    let options = SaveOptions::builder().creator("zhang").build();
    let batch = BatchSave::new(vec![bill.clone()]).with_options(options.clone());
    let (text, read) = kept(&batch);
    assert!(text.contains(r#""form":"SAL_OUTSTOCK""#) && text.contains("2.50"), "{text}");
    assert_eq!(read.body().unwrap(), batch.body().unwrap());
    let typed = crate::support::batch(&["TK1"]);
    assert_eq!(kept(&typed).1.body().unwrap(), typed.body().unwrap());
    let error = serde_json::from_str::<BatchSave<ReturnStock>>(&text).unwrap_err();
    assert!(error.to_string().contains("FSaleOrgId"), "{error}");
    let other = kept(&typed).0.replace("SAL_RETURNSTOCK", "SAL_OUTSTOCK");
    let error = serde_json::from_str::<BatchSave<ReturnStock>>(&other).unwrap_err().to_string();
    assert!(error.contains("of the form SAL_OUTSTOCK, and not SAL_RETURNSTOCK"), "{error}");
    assert!(serde_json::to_string(&BatchSave::<DynForm>::new(Vec::new())).is_err());

    for unsent in [UnsentRows::Keep, UnsentRows::Delete] {
        let batch =
            BatchUpdate::new(unsent, vec![Update::of("7", bill.clone())]).with_options(options.clone());
        let (text, read) = kept(&batch);
        assert_eq!(read.body().unwrap(), batch.body().unwrap());
        // The server's own default would delete rows, and no id would make a new bill.
        let silent = text.replace(r#""IsDeleteEntry":false,"#, "").replace(r#""IsDeleteEntry":true,"#, "");
        for (bad, word) in
            [(silent, "IsDeleteEntry"), (text.replace(r#""FID":"7""#, r#""FID":0"#), "id of a bill")]
        {
            let error = serde_json::from_str::<BatchUpdate<DynForm>>(&bad).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    let filter = Filter::eq("FBillNo", "O'Neill")
        .and(Filter::is_in("FQty", [dec("2.50"), dec("1")]).or(!Filter::is_null("FNote")))
        .and(Filter::between("FQty", 1, dec("0.10")))
        .and(Filter::not_in("FNote", ["b"]).or(Filter::like("FNote", "%a")));
    let numbers =
        [Filter::ne("a", 1), Filter::lt("a", 1), Filter::le("a", 1), Filter::gt("a", 1), Filter::ge("a", 1)];
    let filter = filter.and(Filter::any(numbers));
    let query = Query::builder()
        .form_id("F")
        .field_keys(["FID"])
        .filter(filter)
        .order("FID ASC")
        .start_row(3)
        .limit(5)
        .build();
    let (text, read) = kept(&query);
    assert_eq!(read, query);
    assert_eq!(read.filter.unwrap().render(), query.filter.unwrap().render());
    assert!(
        text.contains(r#"{"compare":{"key":"FBillNo","operator":"=","value":{"text":"O'Neill"}}}"#),
        "{text}"
    );
    assert!(text.contains(r#"{"number":"2.50"}"#), "{text}");
    let short: Query = serde_json::from_str(r#"{"form_id":"F","field_keys":["FID"]}"#).unwrap();
    assert_eq!(short, Query::builder().form_id("F").field_keys(["FID"]).build());
    // Formats that do not name what they hold read it again too: every member is written.
    let bare = serde_json::to_value(&short).unwrap();
    for member in ["form_id", "field_keys", "filter", "order", "start_row", "limit"] {
        assert!(bare.get(member).is_some(), "{member} in {bare}");
    }
    let smuggled = r#"{"compare":{"key":"FBillNo or 1=1","operator":"=","value":{"text":"' or '1'='1"}}}"#;
    assert!(serde_json::from_str::<Filter>(smuggled).unwrap().render().is_err());
    assert!(serde_json::from_str::<Filter>(&smuggled.replace(r#""=""#, r#""= 1 or ""#)).is_err());

    let photo = Attachment::new("F", "7", "TK1", "a.jpg", vec![0xff, 0xd8])
        .alias("b")
        .entry("FEntity", "9")
        .in_pieces_of(1);
    let (text, read) = kept(&photo);
    assert!(read == photo && text.contains(r#""content":"/9g=""#), "{text}");
    let bare = serde_json::to_value(Attachment::new("F", "7", "TK1", "a.jpg", vec![0xff])).unwrap();
    assert!(bare.get("alias").is_some() && bare.get("entry").is_some(), "{bare}");
    let short = r#"{"form_id":"F","bill_id":"7","bill_no":"TK1","file_name":"a.jpg","content":"/9g="}"#;
    assert!(
        serde_json::from_str::<Attachment>(short).unwrap()
            == Attachment::new("F", "7", "TK1", "a.jpg", vec![0xff, 0xd8])
    );
}

#[test]
fn a_bill_of_a_batch_that_is_kept_has_its_number_again_whatever_its_key() {
    // Whatever the key of its number, a bill has it again: by it answers are matched, and bills looked up.
    for (key, number) in
        [("fbillno", "CK1"), ("FNUMBER", "CK1"), ("F_OWN_No", "CK1"), ("FBillNo", "单 \"1\"")]
    {
        let bill = DynForm::new("X").set("FNote", "n").number(key, number);
        let (text, read) = kept(&BatchSave::new(vec![bill.clone()]));
        assert_eq!(Form::number(&read.bills()[0]), Some(number), "{text}");
        let (text, read) = kept(&BatchUpdate::new(UnsentRows::Keep, vec![Update::of("7", bill)]));
        assert_eq!(Form::number(read.updates()[0].bill()), Some(number), "{text}");
    }
    let lower: DynForm = serde_json::from_str(r#"{"fbillno":"CK1"}"#).unwrap();
    assert_eq!(lower.number_of().as_deref(), Some("CK1"));
    let unnumbered = DynForm::new("X").set("FBillNo", "CK1");
    let (text, read) = kept(&BatchSave::new(vec![unnumbered]));
    assert_eq!(Form::number(&read.bills()[0]), None, "the server's to give: {text}");
    let (text, _) = kept(&BatchSave::new(vec![DynForm::new("X").number("F_No", "CK1")]));
    for bad in [r#"["CK2"]"#, "[null,null]", "[]"] {
        let bad = text.replace(r#""numbers":["CK1"]"#, &format!(r#""numbers":{bad}"#));
        assert!(bad != text && serde_json::from_str::<BatchSave<DynForm>>(&bad).is_err(), "{bad}");
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Note {
    #[serde(rename = "FNote")]
    note: String,
}

impl Form for Note {
    const FORM_ID: &'static str = "X";

    fn number(&self) -> Option<&str> {
        None
    }
}

#[test]
fn a_batch_that_is_kept_is_read_as_no_other() {
    // A batch of updates whose ids are not looked at would make new bills.
    let update =
        BatchUpdate::new(UnsentRows::Keep, vec![Update::of("7", DynForm::new("X").set("FNote", "n"))]);
    assert!(serde_json::from_str::<BatchSave<DynForm>>(&kept(&update).0).is_err());
    let error = serde_json::from_str::<BatchSave<Note>>(&kept(&update).0).unwrap_err().to_string();
    assert!(error.contains("no Save"), "{error}");
    let save = kept(&BatchSave::new(vec![Note { note: "n".to_owned() }])).0;
    let save = save.replace(r#""bills":[{"#, r#""bills":[{"FID":"7","#);
    let error = serde_json::from_str::<BatchUpdate<Note>>(&save).unwrap_err().to_string();
    assert!(error.contains("no Update"), "{error}");
}

#[test]
fn a_raw_condition_is_neither_kept_nor_read() {
    // What is no value could be any condition.
    for raw in [Filter::raw("1=1"), !Filter::eq("a", 1).and(Filter::raw("1=1"))] {
        let error = serde_json::to_string(&raw).unwrap_err().to_string();
        assert!(error.contains("raw condition is not kept"), "{error}");
    }
    let read = serde_json::from_str::<Filter>(r#"{"not":{"raw":"1=1) or (1=1"}}"#);
    assert!(read.unwrap_err().to_string().contains("raw"));
}

trait NumberOf {
    fn number_of(&self) -> Option<String>;
}

impl NumberOf for DynForm {
    fn number_of(&self) -> Option<String> {
        Form::number(self).map(str::to_owned)
    }
}

#[test]
fn a_flag_is_expected_however_it_is_written() {
    let told: BTreeMap<&str, bool> = [("true", true), ("1", true), ("false", false), ("0", false)].into();
    for (text, flag) in told {
        let cell: Cell = serde_json::from_str(text).unwrap();
        assert_eq!(cell.bool(), Some(flag));
    }
}

#[test]
fn what_is_shown_to_people_and_read_from_a_configuration() {
    assert_eq!((Quota::from(30).to_string(), u32::from(Quota::default())), ("30 a minute".to_owned(), 60));
    for fate in [Fate::NotSent, Fate::Refused, Fate::Unknown] {
        assert_eq!(fate.to_string().parse::<Fate>().unwrap(), fate);
    }
    for replay in [Replay::Safe, Replay::Never] {
        assert_eq!(replay.to_string().parse::<Replay>().unwrap(), replay);
    }
    assert_eq!(
        "perhaps".parse::<Fate>().unwrap_err().to_string(),
        r#""perhaps" is none of not_sent, refused, unknown"#
    );
    assert!("perhaps".parse::<Replay>().is_err());
    assert_eq!(
        (HoldKind::Logins.to_string(), Class::Stock.to_string()),
        ("logins".to_owned(), "Stock".to_owned())
    );
    assert_eq!(Class::Duplicate { number: "TK1".to_owned() }.to_string(), "Duplicate of TK1");
    let (id, number) = ("7".to_owned(), "TK1".to_owned());
    assert_eq!(Verdict::Saved { id: id.clone(), number }.to_string(), "TK1 is saved, with id 7");
    let rejected = Verdict::Rejected { errors: vec![BillError::of("no", 11), BillError::of("never", 11)] };
    assert_eq!(rejected.to_string(), "rejected: no; never");
    assert_eq!(
        Resolution::Doubled { ids: vec![id.clone(), "8".to_owned()] }.to_string(),
        "doubled, with ids 7, 8"
    );
    let difference =
        serde_json::from_value(json!({ "key": "FDate", "expected": "2026-11-03", "found": null })).unwrap();
    let other = Resolution::Other { id, differences: vec![difference] };
    assert_eq!(other.to_string(), "another bill, with id 7: FDate: 2026-11-03 is expected, nothing is there");
}

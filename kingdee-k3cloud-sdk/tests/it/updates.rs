//! Changing bills that exist: by id, and never without saying what happens to the other rows.

use kingdee_k3cloud_sdk::fields::Extra;
use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::model::return_stock::ReturnStock;
use kingdee_k3cloud_sdk::{BatchSave, BatchUpdate, Bills, Client, Fate, Form, UnsentRows, Update, Verdict};
use serde_json::json;

use crate::support::{FORM, OwnForm, Script, batch, bill, client, dec, line, reply, site};

/// A site with one bill of two lines, and its id.
async fn with_two_lines() -> (Site, Client, String) {
    let site = site().build();
    let client = client(&site);
    let mut two = bill("A");
    two.entries = vec![line(), line()];
    client.batch_save(&BatchSave::new(vec![two])).await.unwrap();
    let id = site.bills()[0].id.to_string();
    (site, client, id)
}

async fn update(client: &Client, unsent: UnsentRows, id: &str, bill: ReturnStock) -> Verdict {
    let batch = BatchUpdate::new(unsent, vec![Update::of(id, bill)]);
    client.batch_update(&batch).await.unwrap().remove(0)
}

/// The bill with one line, which has this id or none.
fn one_line(entry_id: Option<i64>) -> ReturnStock {
    let mut bill = bill("A");
    bill.entries[0].entry_id = entry_id;
    bill.entries[0].real_qty = dec("7");
    bill
}

#[tokio::test]
async fn rows_that_are_not_sent_are_kept_or_deleted_as_told() {
    for (unsent, quantities) in [(UnsentRows::Keep, vec!["2", "7"]), (UnsentRows::Delete, vec!["7"])] {
        let (site, client, id) = with_two_lines().await;
        let row = i64::try_from(site.bills()[0].lines[0].id).unwrap();
        assert!(update(&client, unsent, &id, one_line(Some(row))).await.is_done());
        let lines: Vec<_> = site.bills()[0].lines.iter().map(|line| line.qty.to_string()).collect();
        assert_eq!(lines, quantities, "{unsent:?}");
        assert_eq!(site.bills().len(), 1, "it is the same bill");
    }
}

#[tokio::test]
async fn a_row_without_an_id_is_added() {
    let (site, client, id) = with_two_lines().await;
    assert!(update(&client, UnsentRows::Keep, &id, one_line(None)).await.is_done());
    assert_eq!(site.bills()[0].lines.len(), 3);
}

#[tokio::test]
async fn fields_that_are_not_sent_keep_their_values() {
    #[derive(serde::Serialize)]
    struct Note {
        #[serde(rename = "FHeadNote")]
        note: &'static str,
    }
    impl Form for Note {
        const FORM_ID: &'static str = FORM;
        fn number(&self) -> Option<&str> {
            None
        }
    }
    let (site, client, id) = with_two_lines().await;
    let batch = BatchUpdate::new(UnsentRows::Delete, vec![Update::of(&id, Note { note: "checked" })]);
    let expected = Verdict::Saved { id, number: "A".to_owned() };
    assert_eq!(client.batch_update(&batch).await.unwrap(), [expected]);
    let bill = &site.bills()[0];
    assert_eq!((bill.note.as_str(), bill.customer.as_str(), bill.lines.len()), ("checked", "C001", 2));
}

#[tokio::test]
async fn a_submitted_bill_refuses_a_change() {
    let (site, client, id) = with_two_lines().await;
    client.submit(FORM, &Bills::numbers(["A"])).await.unwrap();
    let before = site.bills();
    let verdict = update(&client, UnsentRows::Keep, &id, one_line(None)).await;
    assert!(matches!(verdict, Verdict::Rejected { .. }), "{verdict:?}");
    assert_eq!(site.bills(), before);
}

#[tokio::test]
async fn an_id_that_does_not_exist_makes_no_bill() {
    let site = site().build();
    let verdict = update(&client(&site), UnsentRows::Keep, "4711", bill("A")).await;
    assert!(matches!(verdict, Verdict::Rejected { .. }) && site.bills().is_empty(), "{verdict:?}");
}

#[tokio::test]
async fn no_id_or_zero_would_make_a_new_bill_and_is_not_sent() {
    let site = site().build();
    for id in ["", "0", "00"] {
        let batch = BatchUpdate::new(UnsentRows::Keep, vec![Update::of(id, bill("A"))]);
        assert_eq!(client(&site).batch_update(&batch).await.unwrap_err().fate(), Fate::NotSent);
    }
    assert_eq!(site.counts().arrivals, 0);
}

#[tokio::test]
async fn verdicts_of_updates_go_by_id() {
    let answer = json!({ "Result": { "ResponseStatus": { "IsSuccess": false, "MsgCode": 11,
        "Errors": [{ "FieldName": "", "Message": "no", "DIndex": 2 }],
        "SuccessEntitys": [{ "Id": 8, "Number": "B", "DIndex": 1 }, { "Id": "7", "Number": "A", "DIndex": 0 },
            { "Id": 99, "Number": "X", "DIndex": 3 }],
    }}});
    let script = Script::new(vec![reply(200, &answer.to_string())]);
    let own = |id: &str| Update::of(id, OwnForm { number: None });
    let batch = BatchUpdate::new(UnsentRows::Keep, vec![own("8"), own("7"), own("9"), own("10")]);
    let verdicts = script.client.batch_update(&batch).await.unwrap();
    assert_eq!(verdicts[0], Verdict::Saved { id: "8".to_owned(), number: "B".to_owned() });
    assert_eq!(verdicts[1], Verdict::Saved { id: "7".to_owned(), number: "A".to_owned() });
    assert!(matches!(verdicts[2], Verdict::Rejected { .. }));
    assert_eq!(verdicts[3], Verdict::Unknown, "another bill at our place");
    let body = String::from_utf8(script.request(0).body().to_vec()).unwrap();
    assert!(body.contains(r#""IsDeleteEntry":false"#) && body.contains(r#""FID":"8""#), "{body}");
}

#[tokio::test]
async fn a_new_bill_cannot_smuggle_an_id_in_as_a_custom_field() {
    let site = site().build();
    for key in ["FID", "fid"] {
        let mut smuggler = bill("A");
        smuggler.extra = Extra::new().with_text(key, "1");
        let error = client(&site).batch_save(&BatchSave::new(vec![smuggler])).await.unwrap_err();
        assert_eq!(error.fate(), Fate::NotSent, "{error}");
    }
    client(&site).batch_save(&batch(&["A"])).await.unwrap();
    assert_eq!(site.counts().arrivals, 1);
}

//! Services that have no method of their own, by name: what they say is read by `verdicts` and `read`.
//!
//! `cargo run -p kingdee-k3cloud-sdk --features mock --example raw_services`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::{Replay, Verdict};
use serde_json::{Value, json};

const FORM: &str = "X_Note";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = Site::builder().build();
    // What this simulated site answers to services that it does not simulate.
    site.on("Allocate", |_| {
        json!({ "Result": { "ResponseStatus": { "IsSuccess": true, "SuccessEntitys": [{ "Id": 7, "Number": "M001" }] } } })
    });
    site.on("WorkflowAudit", |_| {
        json!({ "Result": { "ResponseStatus": { "IsSuccess": false, "Errors": [{ "Message": "审批人不正确", "DIndex": 0 }] } } })
    });
    let client = site.client()?;

    // Allocate (分配) gives base data to other organisations, named by internal ids. It is a write: sent once.
    let body = json!({ "formid": "BD_MATERIAL", "data": { "PkIds": "100001", "TOrgIds": "100002" } });
    for verdict in client.call("Allocate", body).await?.verdicts()? {
        println!("allocated: {verdict}");
    }

    // That an answer came does not mean that the service did it.
    let body = json!({ "formid": FORM, "data": { "Numbers": ["N1"], "ApprovalType": 1 } });
    for verdict in client.call("WorkflowAudit", body).await?.verdicts()? {
        match verdict {
            Verdict::Rejected { errors } => println!("not approved: {}", errors[0].message),
            other => println!("approved: {other}"),
        }
    }

    // BatchSaveQuery is BatchSave with two more members; the answer names a task.
    let save = json!({
        "formid": FORM,
        "data": { "Model": [{ "FBillNo": "N1" }] },
        "beginmethod": "BeginQueryImpl",
        "querymethod": "QueryAsyncResult",
    });
    let begun: Value = client.call("BatchSave", save).await?.read()?;
    let result = loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let info = json!({ "TaskId": begun["TaskId"], "Cancelled": false }).to_string();
        // Asking how far a task is changes nothing.
        let answer = client.call_as(Replay::Safe, "QueryAsyncResult", json!({ "queryInfo": info })).await?;
        let task: Value = answer.read()?;
        if task["Status"] == 2 {
            break task["Result"].to_string();
        }
    };
    // What became of it is the answer that a BatchSave has.
    for verdict in kingdee_k3cloud_sdk::RawAnswer::of("BatchSave", result)?.verdicts()? {
        println!("saved: {verdict}");
    }
    Ok(())
}

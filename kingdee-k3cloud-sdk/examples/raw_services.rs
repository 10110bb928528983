//! Services without a method of their own: Push (下推), SwitchOrg (切换组织), and BatchSaveQuery, a save
//! that is begun now and asked for later. Runs against the simulated site:
//! `cargo run -p kingdee-k3cloud-sdk --features mock --example raw_services`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::Site;
use kingdee_k3cloud_sdk::{Bills, Client, Credentials, Replay};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

const FORM: &str = "X_Note";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = Site::builder().acct_id("65f0").username("api").password("made-up").build();
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("65f0")
        .username("api")
        .credentials(Credentials::password("made-up"))
        .transport(site.service()) // leave this out to speak HTTP
        .build()?;

    // BatchSaveQuery is BatchSave with two more members; the answer names a task.
    let save = json!({
        "formid": FORM,
        "data": { "Model": [{ "FBillNo": "N1" }] },
        "beginmethod": "BeginQueryImpl",
        "querymethod": "QueryAsyncResult",
    });
    let begun = client.call("BatchSave", to_raw_value(&save)?).await?;
    let begun: Value = serde_json::from_str(begun.text())?;
    let result = loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let info = json!({ "TaskId": begun["TaskId"], "Cancelled": false }).to_string();
        let body = to_raw_value(&json!({ "queryInfo": info }))?;
        // Asking how far a task is changes nothing.
        let answer = client.call_as(Replay::Safe, "QueryAsyncResult", body).await?;
        let task: Value = serde_json::from_str(answer.text())?;
        if task["Status"] == 2 {
            break task["Result"].clone();
        }
    };
    println!("saved: {}", result["Result"]["ResponseStatus"]["SuccessEntitys"]);

    // Push makes a new bill under a number of the server's: nothing tells a double, so it is sent once.
    client.submit(FORM, &Bills::numbers(["N1"])).await?;
    client.audit(FORM, &Bills::numbers(["N1"])).await?;
    let push = json!({ "formid": FORM, "data": { "Numbers": ["N1"], "TargetFormId": "AR_receivable" } });
    let pushed = client.call("Push", to_raw_value(&push)?).await?;
    println!("pushed: {}", pushed.text());

    // Holds for the session. With header signing there is none: configure `org_num` instead.
    let switch = json!({ "data": { "OrgNumber": "100" } });
    let switched = client.call("SwitchOrg", to_raw_value(&switch)?).await?;
    println!("switched: {}", switched.text());
    Ok(())
}

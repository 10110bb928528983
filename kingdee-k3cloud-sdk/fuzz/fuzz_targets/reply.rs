//! Arbitrary bytes as the answer to every kind of call: nothing panics, and a batch has a verdict for
//! each bill or is an error. The same with fewer cases is a property test in `tests/it/robust.rs`.

#![no_main]

use bytes::Bytes;
use kingdee_k3cloud_sdk::{BatchSave, Bills, Client, Credentials, Form, Query, RetryPolicy};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;

#[derive(Serialize)]
struct Short {
    #[serde(rename = "FBillNo")]
    number: &'static str,
}

impl Form for Short {
    const FORM_ID: &'static str = "X";

    fn number(&self) -> Option<&str> {
        Some(self.number)
    }
}

fuzz_target!(|input: (u16, Vec<u8>)| {
    let (status, body) = (http::StatusCode::from_u16(input.0).unwrap_or_default(), Bytes::from(input.1));
    let service = tower::service_fn(move |_| {
        let mut reply = http::Response::new(body.clone());
        *reply.status_mut() = status;
        async { Ok::<_, std::io::Error>(reply) }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        for credentials in [Credentials::signature("1_x", "s"), Credentials::password("p")] {
            let client = Client::builder()
                .base_url("https://erp.example.com/k3cloud/")
                .acct_id("a")
                .username("u")
                .credentials(credentials)
                .retry(RetryPolicy::never())
                .transport(service.clone())
                .build()
                .unwrap();
            let batch = BatchSave::new(vec![Short { number: "A" }, Short { number: "B" }]);
            if let Ok(verdicts) = client.batch_save(&batch).await {
                assert_eq!(verdicts.len(), 2);
            }
            let query = Query::builder().form_id("X").field_keys(["FID", "FBillNo"]).build();
            if let Ok(rows) = client.query(&query).await {
                for cell in rows.iter().flatten() {
                    let _ = (cell.decimal(), cell.int(), cell.bool(), cell.date());
                }
            }
            let _ = client.bill_query(&query).await;
            let _ = client.audit("X", &Bills::numbers(["A"])).await;
            let _ = client.view("X", "A").await;
        }
    });
});

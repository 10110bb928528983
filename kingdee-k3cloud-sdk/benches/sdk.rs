//! What costs time: signing a call, writing a batch, reading its verdicts.
//! `cargo bench -p kingdee-k3cloud-sdk --bench sdk`. Memory is measured in `memory`.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use bytes::Bytes;
use divan::Bencher;
use divan::counter::BytesCount;
use http::Response;
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock, SubHead};
use kingdee_k3cloud_sdk::sign::Signing;
use kingdee_k3cloud_sdk::{BatchSave, Client, Credentials, Form, SaveOptions};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

/// The nine headers of one call.
#[divan::bench]
fn sign(bencher: Bencher<'_, '_>) {
    let signing = Signing {
        path: "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.BatchSave.common.kdsvc",
        acct_id: "65f0c0ffee0001",
        username: "api",
        app_id: "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4",
        app_secret: "simulated-app-secret",
        lcid: 2052,
        org_num: "100",
        timestamp: "1735689600",
        nonce: "1735689600000000001",
    };
    bencher.bench(|| divan::black_box(signing).headers());
}

/// The body of a BatchSave of 100 bills with three lines each.
#[divan::bench]
fn serialise_100_bills(bencher: Bencher<'_, '_>) {
    let batch = BatchSave::new((0..100).map(bill).collect());
    let size = batch.body().unwrap().len();
    bencher.counter(BytesCount::new(size)).bench(|| divan::black_box(&batch).body().unwrap());
}

/// A whole call of 500 short bills whose answer is there at once, in the worst order: what is left is
/// reading the answer and giving each bill its verdict.
#[divan::bench]
fn decode_500_verdicts(bencher: Bencher<'_, '_>) {
    let numbers: Vec<String> = (0..500).map(|n| format!("TK20261103{n:05}")).collect();
    let saved = numbers.iter().enumerate().rev().filter(|(n, _)| n % 5 != 0);
    let entities: Vec<_> =
        saved.map(|(n, number)| json!({ "Id": 100_000 + n, "Number": number, "DIndex": n })).collect();
    let errors: Vec<_> = (0..500)
        .step_by(5)
        .map(|n| json!({ "FieldName": "FStockId", "Message": "编码值[\"CK9\"]不存在", "DIndex": n }))
        .collect();
    let answer = json!({ "Result": { "ResponseStatus": { "IsSuccess": false, "MsgCode": 9,
        "Errors": errors, "SuccessEntitys": entities } } });
    let answer = Bytes::from(answer.to_string());
    let size = answer.len();
    let service = tower::service_fn(move |_| {
        let reply = Response::new(answer.clone());
        async { Ok::<_, std::io::Error>(reply) }
    });
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("65f0c0ffee0001")
        .username("api")
        .credentials(Credentials::signature("1_x", "s"))
        .transport(service)
        .build()
        .unwrap();
    let batch = BatchSave::new(numbers.into_iter().map(|number| Short { number }).collect())
        .with_options(SaveOptions::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let verdicts = runtime.block_on(client.batch_save(&batch)).unwrap();
        assert_eq!(verdicts.iter().filter(|verdict| verdict.is_done()).count(), 400);
        verdicts
    });
}

#[derive(Serialize)]
struct Short {
    #[serde(rename = "FBillNo")]
    number: String,
}

impl Form for Short {
    const FORM_ID: &'static str = "SAL_RETURNSTOCK";

    fn number(&self) -> Option<&str> {
        Some(&self.number)
    }
}

fn bill(n: u32) -> ReturnStock {
    let number = format!("TK20261103{n:05}");
    let line = || {
        Entry::builder()
            .row_type("Standard")
            .material("6901234567890")
            .must_qty(Decimal::TWO)
            .real_qty(Decimal::TWO)
            .tax_price(Decimal::new(2_755_000, 6))
            .is_free(false)
            .tax_rate(Decimal::from(13))
            .return_type("THLX01_SYS")
            .stock("CK001")
            .build()
    };
    ReturnStock::builder()
        .bill_type("XSTHD01_SYS")
        .bill_no(&number)
        .sale_org("100")
        .customer("C001")
        .stock_org("100")
        .sub_head(SubHead::builder().third_bill_no(&number).is_included_tax(true).build())
        .entries(vec![line(), line(), line()])
        .build()
}

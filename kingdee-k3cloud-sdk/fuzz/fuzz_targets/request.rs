//! Arbitrary bytes as a condition and as a number: the simulated site's parser never panics, and what
//! the filter builder writes is always one literal to it.

#![no_main]

use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
use kingdee_k3cloud_sdk::{Client, Credentials, Filter, Query};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|number: String| {
    let site = Site::builder().acct_id("a").username("u").password("p").build();
    site.insert(StoredBill { number: number.clone(), ..StoredBill::default() });
    site.insert(StoredBill { number: format!("{number}x"), ..StoredBill::default() });
    let client = Client::builder()
        .base_url("https://erp.example.com/k3cloud/")
        .acct_id("a")
        .username("u")
        .credentials(Credentials::password("p"))
        .transport(site.service())
        .build()
        .unwrap();
    let query = Query::builder().form_id("SAL_RETURNSTOCK").field_keys(["FBillNo"]).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let rows = runtime.unwrap().block_on(client.query(&query.filtered(Filter::eq("FBillNo", &number))));
    assert_eq!(rows.unwrap().len(), 1);
});

//! How much memory a batch of 500 bills takes while it is written: at most three times its size. A
//! test as well: `cargo bench -p kingdee-k3cloud-sdk --bench memory`. Time is measured in `sdk`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it fails by panicking and says what it found")]

use kingdee_k3cloud_sdk::BatchSave;
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock};
use peak_alloc::PeakAlloc;
use rust_decimal::Decimal;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() {
    for lines in [1, 3, 20] {
        let batch = BatchSave::new((0..500).map(|n| bill(n, lines)).collect());
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let body = batch.body().unwrap();
        let (size, peak) = (body.len(), ALLOCATOR.peak_usage() - before);
        println!("500 bills of {lines} lines: {size} bytes, peak {peak} bytes, {}%", peak * 100 / size);
        assert!(peak <= 3 * size, "{peak} bytes for {size}");
    }
}

fn bill(n: u32, lines: u32) -> ReturnStock {
    let line = |_| {
        let line = Entry::builder().material("6901234567890").real_qty(Decimal::TWO);
        line.tax_price(Decimal::new(2_755_000, 6)).stock("CK001").build()
    };
    ReturnStock::builder()
        .bill_no(format!("TK20261103{n:05}"))
        .sale_org("100")
        .customer("C001")
        .stock_org("100")
        .entries((0..lines).map(line).collect())
        .build()
}

//! How another project tests its own code against the simulated site: faults by seed, and counts of
//! what reached the server. `cargo run -p kingdee-k3cloud-sdk --features mock --example writer_contract_test`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Faults, Site};
use kingdee_k3cloud_sdk::{
    BatchSave, Client, Credentials, Error, Expectation, Fate, Form, Resolution, RetryPolicy, Verdict,
};
use serde::Serialize;

#[derive(Serialize)]
struct Note {
    #[serde(rename = "FBillNo")]
    number: String,
}

impl Form for Note {
    const FORM_ID: &'static str = "X_Note";

    fn number(&self) -> Option<&str> {
        Some(&self.number)
    }
}

/// The code under test: saves a bill exactly once, whatever happens on the way.
async fn save_once(client: &Client, number: &str) -> Result<String, Error> {
    loop {
        let batch = BatchSave::new(vec![Note { number: number.to_owned() }]);
        match client.batch_save(&batch).await {
            Ok(verdicts) => {
                if let Verdict::Saved { id, .. } = &verdicts[0] {
                    return Ok(id.clone());
                }
            }
            Err(error) if error.fate() == Fate::Unknown || error.is_transient() => {}
            Err(error) => return Err(error),
        }
        // Longer than the server can still be working on the call before.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let expected = [Expectation::of(number)];
        if let Resolution::Ours { id, .. } = &client.resolve_unknown(Note::FORM_ID, &expected).await?[0] {
            return Ok(id.clone());
        }
    }
}

// In a test: #[tokio::test(start_paused = true)], and the waits take no time.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for seed in 0..20 {
        let site = Site::builder()
            .acct_id("65f0")
            .username("api")
            .password("made-up")
            .save_time(Duration::ZERO..=Duration::from_secs(30))
            .forms([Note::FORM_ID])
            .faults(Faults::storm())
            .seed(seed)
            .build();
        let client = Client::builder()
            .base_url("https://erp.example.com/k3cloud/")
            .acct_id("65f0")
            .username("api")
            .credentials(Credentials::password("made-up"))
            .timeout(Duration::from_secs(20))
            .retry(RetryPolicy::default().attempts(20))
            .transport(site.service())
            .build()?;
        for n in 0..20 {
            save_once(&client, &format!("N{n}")).await?;
        }
        assert_eq!(site.bills().len(), 20, "seed {seed}: each bill once");
        println!("seed {seed}: {} requests, {:?}", site.counts().arrivals, site.counts().faults);
    }
    Ok(())
}

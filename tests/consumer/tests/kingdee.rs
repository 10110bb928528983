//! What an integrator of 金蝶 does first, against the shipped simulator.

use kingdee_k3cloud_sdk::Client;

#[test]
fn a_client_that_lacks_everything_says_so_at_once() {
    let error = Client::builder().build().unwrap_err();
    assert!(error.to_string().contains("acct_id"), "{error}");
}

//! Clients of a simulated gateway, for tests that have nothing to say about settings.

use super::Client;
use super::build_error::BuildError;
use super::builder::ClientBuilder;
use crate::limit::Quota;
use crate::mock::Gateway;
use crate::retry::RetryPolicy;

impl Gateway {
    /// A client of this gateway that waits for nothing: as fast as it can, by the gateway's clock, each call tried once.
    ///
    /// ```
    /// use wdt_qimen_sdk::mock::{Fault, Gateway};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Gateway::builder().build();
    /// gateway.fail_next(Fault::Lost);
    /// let error = gateway.client()?.call("wdt.shop.query", ()).await.unwrap_err();
    /// assert_eq!((error.may_resend(), gateway.requests().len()), (false, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> Result<Client, BuildError> {
        self.client_builder().build()
    }

    /// The same with more to be said.
    pub fn client_builder(&self) -> ClientBuilder {
        let settings = self.settings();
        let now = settings.now.clone();
        Client::builder()
            .sid(&settings.sid)
            .app_key(&settings.app_key)
            .app_secret(&settings.app_secret)
            .target_app_key(&settings.target_app_key)
            .quota(Quota::per_minute(u32::MAX))
            .retry(RetryPolicy::never())
            .seed(0)
            .clock(move || now())
            .transport(self.service())
    }
}

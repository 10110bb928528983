//! A client of the simulated site. The site itself is in `mock`.

use super::Client;
use super::build_error::BuildError;
use super::builder::ClientBuilder;
use crate::mock::Site;

impl Site {
    /// A client of this site: header signing, in memory. Fails only if the site was described with what no client can
    /// have, such as an empty secret.
    pub fn client(&self) -> Result<Client, BuildError> {
        self.client_builder().build()
    }

    /// The same with more to be said: other credentials, bounds, layers.
    pub fn client_builder(&self) -> ClientBuilder {
        let (acct_id, username, org, credentials) = self.caller();
        Client::builder()
            .base_url("https://erp.example.com/k3cloud/")
            .acct_id(acct_id)
            .username(username)
            .org_num(org)
            .credentials(credentials)
            .transport(self.service())
    }
}

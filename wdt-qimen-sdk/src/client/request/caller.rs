//! Who calls, and where.

use url::Url;

use crate::credentials::Credentials;
use crate::protocol::Protocol;
use crate::sign::method::SignMethod;

/// What every request of a client has in common.
pub(crate) struct Caller {
    pub(crate) protocol: Protocol,
    pub(crate) base_url: Url,
    pub(crate) credentials: Credentials,
    pub(crate) sign_method: SignMethod,
    pub(crate) catalogue_names: bool,
    pub(crate) extra_params: Vec<(String, String)>,
}

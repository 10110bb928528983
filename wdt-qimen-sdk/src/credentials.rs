//! Who calls: the seller's account and the caller's application. The secret stays in here and in the signature.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// WDT's own application on the production gateway, the default `target_app_key`.
pub const WDT_TARGET_APP_KEY: &str = "21363512";

/// The identity that requests are signed with. Never shows its secret.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) sid: String,
    pub(crate) app_key: String,
    pub(crate) app_secret: SecretString,
    pub(crate) target_app_key: String,
}

impl Credentials {
    pub(crate) fn secret(&self) -> &str {
        self.app_secret.expose_secret()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("sid", &self.sid)
            .field("app_key", &self.app_key)
            .field("target_app_key", &self.target_app_key)
            .finish_non_exhaustive()
    }
}

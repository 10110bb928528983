//! The login call of each kind of credentials. What its answer means is in `session`.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;

use super::identity::Identity;
use crate::credentials::{Credentials, Way};
use crate::service::Service;
use crate::sign;

/// The login call of these credentials, with positional parameters.
pub(super) fn request(
    identity: &Identity,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> (Service, String) {
    let (acct, user, lcid) = (&identity.acct_id, &identity.username, identity.lcid);
    let secret = credentials.secret().expose_secret();
    let (name, parameters) = match credentials.way() {
        Way::Password { .. } => ("ValidateUser", serde_json::json!([acct, user, secret, lcid])),
        Way::Sign { app_id, .. } => {
            let now = now.timestamp();
            let sign = sign::login_sign(acct, user, app_id, secret, &now.to_string());
            ("LoginBySign", serde_json::json!([acct, user, app_id, now, sign, lcid]))
        }
        Way::AppSecret { app_id, .. } | Way::Signature { app_id, .. } => {
            ("LoginByAppSecret", serde_json::json!([acct, user, app_id, secret, lcid]))
        }
    };
    let body = serde_json::json!({ "parameters": parameters }).to_string();
    (Service::write(name), body)
}

//! The four ways to prove who is calling, and nothing that is done with them.
//! Signatures are computed in `sign`, sessions are kept in `session`.

use std::fmt;

use secrecy::SecretString;

/// How a client proves who it is. Made by [`signature`](Self::signature), [`app_secret`](Self::app_secret),
/// [`sign`](Self::sign) or [`password`](Self::password); what it holds is shown to nobody.
///
/// ```
/// use kingdee_k3cloud_sdk::Credentials;
///
/// /// As a configuration says it.
/// fn credentials(way: &str, app_id: &str, secret: &str) -> Option<Credentials> {
///     Some(match way {
///         "signature" => Credentials::signature(app_id, secret),
///         "sign" => Credentials::sign(app_id, secret),
///         "app_secret" => Credentials::app_secret(app_id, secret),
///         "password" => Credentials::password(secret),
///         _ => return None,
///     })
/// }
/// assert!(credentials("password", "", "secret").is_some_and(|way| way.needs_login()));
/// ```
#[derive(Clone)]
pub struct Credentials(Way);

/// The four ways.
#[derive(Clone)]
pub(crate) enum Way {
    /// Header signature; no login. The other three log in once and keep a session.
    Signature { app_id: String, app_secret: SecretString },
    /// `LoginByAppSecret`
    AppSecret { app_id: String, app_secret: SecretString },
    /// `LoginBySign`
    Sign { app_id: String, app_secret: SecretString },
    /// `ValidateUser`
    Password { password: SecretString },
}

impl Credentials {
    /// Header signature with a 第三方系统登录授权 (third-party authorisation): every call is signed, none logs in.
    /// Recommended. `app_id` has the form `{client id}_{encoded client secret}`, `app_secret` is the 应用密钥.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Credentials;
    /// let credentials = Credentials::signature("260001_key", "secret");
    /// assert_eq!(format!("{credentials:?}"), r#"Signature { client_id: Some("260001"), .. }"#);
    /// ```
    pub fn signature(app_id: impl Into<String>, app_secret: impl Into<String>) -> Self {
        Self(Way::Signature { app_id: app_id.into(), app_secret: secret(app_secret) })
    }

    /// `LoginByAppSecret`: the secret itself is sent once per session, which lasts 20 minutes and is renewed when lost.
    pub fn app_secret(app_id: impl Into<String>, app_secret: impl Into<String>) -> Self {
        Self(Way::AppSecret { app_id: app_id.into(), app_secret: secret(app_secret) })
    }

    /// `LoginBySign`: a dated hash of the secret is sent once per session.
    pub fn sign(app_id: impl Into<String>, app_secret: impl Into<String>) -> Self {
        Self(Way::Sign { app_id: app_id.into(), app_secret: secret(app_secret) })
    }

    /// `ValidateUser`: user name and password, once per session. Wrong passwords lock the account.
    pub fn password(password: impl Into<String>) -> Self {
        Self(Way::Password { password: secret(password) })
    }

    /// Which of the four it is.
    pub(crate) fn way(&self) -> &Way {
        &self.0
    }

    /// Whether calls are made inside a session, which can be lost and renewed.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Credentials;
    /// assert!(Credentials::password("secret").needs_login());
    /// assert!(!Credentials::signature("260001_key", "secret").needs_login());
    /// ```
    pub fn needs_login(&self) -> bool {
        !matches!(self.0, Way::Signature { .. })
    }

    /// The application id, if this way has one. Its second half is a secret: do not print it.
    pub(crate) fn app_id(&self) -> Option<&str> {
        match &self.0 {
            Way::Signature { app_id, .. } | Way::AppSecret { app_id, .. } | Way::Sign { app_id, .. } => {
                Some(app_id)
            }
            Way::Password { .. } => None,
        }
    }

    /// The secret of whichever way this is.
    pub(crate) fn secret(&self) -> &SecretString {
        match &self.0 {
            Way::Signature { app_secret, .. }
            | Way::AppSecret { app_secret, .. }
            | Way::Sign { app_secret, .. } => app_secret,
            Way::Password { password } => password,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The half of the app id behind the underscore decodes to the key that signs calls.
        let client = self.app_id().and_then(|id| id.split('_').next());
        let name = match &self.0 {
            Way::Signature { .. } => "Signature",
            Way::AppSecret { .. } => "AppSecret",
            Way::Sign { .. } => "Sign",
            Way::Password { .. } => "Password",
        };
        f.debug_struct(name).field("client_id", &client).finish_non_exhaustive()
    }
}

fn secret(text: impl Into<String>) -> SecretString {
    SecretString::from(text.into())
}

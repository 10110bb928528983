//! The four ways to prove who is calling, and nothing that is done with them.
//! Signatures are computed in `sign`, sessions are kept in `session`.

use std::fmt;

use secrecy::SecretString;

/// How a client proves who it is.
///
/// [`Signature`](Self::Signature) signs the headers of every call and needs no login; the other
/// three log in once and keep a session of 20 minutes, renewed when it is lost.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// Header signature with a 第三方系统登录授权 (third-party authorisation). Recommended.
    Signature {
        /// The application id, `{client id}_{encoded client secret}`.
        app_id: String,
        /// The application secret (应用密钥).
        app_secret: SecretString,
    },
    /// `LoginByAppSecret`: the secret itself is sent once per session.
    AppSecret {
        /// The application id.
        app_id: String,
        /// The application secret (应用密钥).
        app_secret: SecretString,
    },
    /// `LoginBySign`: a dated hash of the secret is sent once per session.
    Sign {
        /// The application id.
        app_id: String,
        /// The application secret (应用密钥).
        app_secret: SecretString,
    },
    /// `ValidateUser`: user name and password. Wrong passwords lock the account.
    Password {
        /// The user's password.
        password: SecretString,
    },
}

impl Credentials {
    /// Sign the headers of every call.
    pub fn signature(app_id: impl Into<String>, app_secret: impl Into<String>) -> Self {
        Self::Signature { app_id: app_id.into(), app_secret: secret(app_secret) }
    }

    /// Log in with the application secret.
    pub fn app_secret(app_id: impl Into<String>, app_secret: impl Into<String>) -> Self {
        Self::AppSecret { app_id: app_id.into(), app_secret: secret(app_secret) }
    }

    /// Log in with a hash over the application secret.
    pub fn sign(app_id: impl Into<String>, app_secret: impl Into<String>) -> Self {
        Self::Sign { app_id: app_id.into(), app_secret: secret(app_secret) }
    }

    /// Log in with the user's password.
    pub fn password(password: impl Into<String>) -> Self {
        Self::Password { password: secret(password) }
    }

    /// Whether calls are made inside a session, which can be lost and renewed.
    pub fn needs_login(&self) -> bool {
        !matches!(self, Self::Signature { .. })
    }

    /// The application id, if this way has one. Its second half is a secret: do not print it.
    pub(crate) fn app_id(&self) -> Option<&str> {
        match self {
            Self::Signature { app_id, .. } | Self::AppSecret { app_id, .. } | Self::Sign { app_id, .. } => {
                Some(app_id)
            }
            Self::Password { .. } => None,
        }
    }

    /// The secret of whichever way this is.
    pub(crate) fn secret(&self) -> &SecretString {
        match self {
            Self::Signature { app_secret, .. }
            | Self::AppSecret { app_secret, .. }
            | Self::Sign { app_secret, .. } => app_secret,
            Self::Password { password } => password,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The half of the app id behind the underscore decodes to the key that signs calls.
        let client = self.app_id().and_then(|id| id.split('_').next());
        let name = match self {
            Self::Signature { .. } => "Signature",
            Self::AppSecret { .. } => "AppSecret",
            Self::Sign { .. } => "Sign",
            Self::Password { .. } => "Password",
        };
        f.debug_struct(name).field("client_id", &client).finish_non_exhaustive()
    }
}

fn secret(text: impl Into<String>) -> SecretString {
    SecretString::from(text.into())
}

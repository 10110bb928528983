//! A server's certificate that is refused. What is trusted is in `trust`.

use std::fmt;

/// Says that the server's certificate was refused, so that nothing was sent.
///
/// ```
/// use kingdee_k3cloud_sdk::{Error, ErrorKind};
///
/// /// What the page about the connection says.
/// fn told(error: &Error) -> String {
///     match error.kind() {
///         ErrorKind::Certificate(refused) => format!("{}: {}", refused.fault, refused.detail),
///         _ => error.to_string(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server's certificate is refused, {fault}: {detail}")]
pub struct BadCertificate {
    /// Why.
    pub fault: CertificateFault,
    /// The particulars, such as the names that it is for.
    pub detail: String,
}

/// Why a server's certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateFault {
    /// Nobody that is trusted has signed it, nor is it named itself.
    UnknownIssuer,
    /// Its days are over.
    Expired,
    /// Its days have not begun.
    NotYetValid,
    /// It is another host's.
    WrongName,
    /// Something else, as a broken encoding or a wrong purpose.
    Unusable,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "unknown issuer",
            Self::Expired => "expired",
            Self::NotYetValid => "not valid yet",
            Self::WrongName => "wrong name",
            Self::Unusable => "unusable",
        })
    }
}

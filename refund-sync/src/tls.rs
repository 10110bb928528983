//! TLS of the connections that this program makes without an SDK: to PostgreSQL, to receivers of alerts, and to look at a
//! site. Certificates are always verified.

use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{self, ClientConfig};

/// A client cannot be made.
#[cfg(feature = "serve")]
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum NoClient {
    /// This machine has no usable TLS.
    Tls(#[from] rustls::Error),
    /// A setting of it cannot be used.
    Http(#[from] reqwest::Error),
}

/// Trusts what the system trusts, or the file that `SSL_CERT_FILE` names, and whoever these vouch for.
pub(crate) fn config(
    further: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(further, provider.clone())?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

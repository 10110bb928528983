//! Which servers are believed: those whose certificate the system trusts, and those that the user's own PEM file vouches
//! for. Verification is never off: name and validity are checked for every certificate. The handshake is rustls's.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;

use crate::certificate::CertificateFault;

/// Certificates that a user vouches for, from a PEM file.
///
/// Each counts as an authority, and as itself: the very certificate that a server presents may stand here, also a
/// self-signed one with CA:TRUE as `openssl req -x509` makes it, which no authority could vouch for. It still must be in
/// its days of validity and name the host; where it has no subjectAltName at all, its common name is asked (as curl
/// does with `--cacert`).
///
/// ```
/// use kingdee_k3cloud_sdk::trust::{BadPem, Trusted};
///
/// // What a user has put into the configuration, checked before anything is called:
/// assert_eq!(Trusted::from_pem(b"not a certificate").unwrap_err(), BadPem::None);
/// ```
#[derive(Clone)]
pub struct Trusted {
    certificates: Vec<CertificateDer<'static>>,
    roots: RootCertStore,
}

/// A PEM file that cannot be trusted, because it is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPem {
    /// No block `CERTIFICATE` is in it.
    #[error("there is no CERTIFICATE block in it")]
    None,
    /// A block is cut, or is not base64.
    #[error("block {0} is cut or no base64")]
    Block(usize),
    /// A block holds something else than an X.509 certificate.
    #[error("block {0} holds no certificate")]
    NoCertificate(usize),
}

impl Trusted {
    /// The certificates of a PEM text, counted from 1 in what is wrong with it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, BadPem> {
        let mut certificates = Vec::new();
        let mut roots = RootCertStore::empty();
        for (index, block) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let certificate = block.map_err(|_| BadPem::Block(index + 1))?;
            let readable = ParsedCertificate::try_from(&certificate).is_ok();
            if !readable || roots.add(certificate.clone()).is_err() {
                return Err(BadPem::NoCertificate(index + 1));
            }
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(BadPem::None);
        }
        Ok(Self { certificates, roots })
    }

    /// A client that believes the system's authorities and these.
    pub(crate) fn config(self) -> Result<ClientConfig, Error> {
        let provider = provider()?;
        let system = Verifier::new_with_extra_roots(self.certificates.iter().cloned(), provider.clone())?;
        let verifier = Vouched { named: self, system, provider: provider.clone() };
        believing(Arc::new(verifier), provider)
    }

    /// The common name of the certificate at this place, if it has one that can be read.
    fn common_name(&self, place: usize) -> Option<&str> {
        // id-at-commonName, then the tag of a string and a short length.
        const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
        let subject = self.roots.roots.get(place)?.subject.as_ref();
        let at = subject.windows(COMMON_NAME.len()).rposition(|part| part == COMMON_NAME)?;
        let [_tag, length @ ..0x80, text @ ..] = subject.get(at + COMMON_NAME.len()..)? else { return None };
        std::str::from_utf8(text.get(..usize::from(*length))?).ok()
    }
}

fn believing(
    verifier: Arc<dyn ServerCertVerifier>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A client that believes the system's authorities. They are read once a process: for a program with many clients that is
/// most of its start. What the system trusts from then on counts with the next start.
pub(crate) fn system() -> Result<ClientConfig, Error> {
    static SYSTEM: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(known) = SYSTEM.get() {
        return Ok(known.clone());
    }
    let provider = provider()?;
    let verifier = Arc::new(Verifier::new(provider.clone())?);
    let config = believing(verifier, provider)?;
    Ok(SYSTEM.get_or_init(|| config).clone())
}

impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trusted").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}

impl CertificateFault {
    pub(crate) fn of(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongName
            }
            // A server's own authority certificate that nobody vouches for.
            CertificateError::Other(error) if is_authority_itself(error) => Self::UnknownIssuer,
            _ => Self::Unusable,
        }
    }

    /// The particulars, in words.
    pub(crate) fn detail(error: &CertificateError) -> String {
        match error {
            CertificateError::UnknownIssuer => "nobody that is trusted has signed it".to_owned(),
            CertificateError::Other(error) if is_authority_itself(error) => {
                "it is signed by itself alone and is not among those that are trusted".to_owned()
            }
            other => other.to_string(),
        }
    }
}

/// The cryptography of the application, or this crate's own.
#[cfg_attr(
    any(feature = "tls", feature = "tls-ring"),
    allow(clippy::unnecessary_wraps, reason = "without the feature there may be none")
)]
fn provider() -> Result<Arc<CryptoProvider>, Error> {
    if let Some(installed) = CryptoProvider::get_default() {
        return Ok(Arc::clone(installed));
    }
    #[cfg(feature = "tls")]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "tls-ring", not(feature = "tls")))]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "tls", feature = "tls-ring")))]
    Err(Error::General("no CryptoProvider is installed: call CryptoProvider::install_default".to_owned()))
}

/// webpki takes no certificate with CA:TRUE from a server.
fn is_authority_itself(error: &OtherError) -> bool {
    error.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity)
}

/// Believes a certificate that is named itself, else whatever the system and the named authorities vouch for.
#[derive(Debug)]
struct Vouched {
    named: Trusted,
    system: Verifier,
    provider: Arc<CryptoProvider>,
}

impl Vouched {
    /// A certificate that is named itself, byte for byte: its days and its name remain to be checked.
    fn verify_named(
        &self,
        place: usize,
        end_entity: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        match verify_server_cert_signed_by_trust_anchor(&certificate, &self.named.roots, &[], now, algorithms)
        {
            // The days are checked before anything else: these two say that it is in them, and only that no other
            // certificate vouches for it, which none has to.
            Ok(()) | Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
            Err(Error::InvalidCertificate(CertificateError::Other(error))) if is_authority_itself(&error) => {
            }
            Err(error) => return Err(error),
        }
        match verify_server_name(&certificate, server_name) {
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                presented, ..
            })) if presented.is_empty() && self.is_common_name(place, server_name) => {}
            checked => checked?,
        }
        Ok(ServerCertVerified::assertion())
    }

    fn is_common_name(&self, place: usize, server_name: &ServerName<'_>) -> bool {
        self.named.common_name(place).is_some_and(|name| name.eq_ignore_ascii_case(&server_name.to_str()))
    }
}

impl ServerCertVerifier for Vouched {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.named.certificates.iter().position(|named| named == end_entity) {
            Some(place) => self.verify_named(place, end_entity, server_name, now),
            None => {
                self.system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}

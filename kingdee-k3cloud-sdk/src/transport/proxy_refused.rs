//! The refusal of a proxy, told apart from one of the server. Which proxy is used is the transport's.

/// A proxy wants to know who calls, and was not told, or does not know that user: nothing reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proxy refuses with 407: it wants user and password in the address of the setting proxy")]
pub struct ProxyRefused;

impl ProxyRefused {
    /// Whether an error, or what it comes from, is this.
    pub fn is_in(error: &(dyn std::error::Error + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }

    /// A tunnel that a proxy refused to open. The HTTP library has a text for it and no type.
    #[cfg(feature = "http-transport")]
    pub(super) fn of_tunnel(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |error| error.source())
            .any(|error| error.to_string().ends_with("proxy authorization required"))
            .then_some(Self)
    }
}

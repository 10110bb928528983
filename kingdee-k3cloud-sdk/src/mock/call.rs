//! A call as the services of the simulated site see it. How it is read from a request is in `request`.

use super::json::Json;

/// A call as the services see it.
pub(super) struct Call {
    /// The service's short name, as in the vendor's SDK.
    pub(super) service: String,
    pub(super) form: String,
    pub(super) data: Json,
    /// The body's `parameters`, where it has them.
    pub(super) parameters: Vec<Json>,
    /// The whole body.
    pub(super) body: Json,
}

impl Call {
    /// A parameter by its place, or by its name.
    pub(super) fn parameter(&self, index: usize, name: &str) -> String {
        self.parameters.get(index).map_or_else(|| self.body.text(name), Json::scalar)
    }

    /// Whether it is a login, in one of its many forms.
    pub(super) fn is_login(&self) -> bool {
        self.service.starts_with("Login") || self.service.starts_with("ValidateUser")
    }
}

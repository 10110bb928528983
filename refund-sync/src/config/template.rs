//! What `init` writes: an annotated configuration and the tables that it names.
//! Writing files is `cli`'s.

/// One file that `init` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Where, relative to the configuration's folder.
    pub path: &'static str,
    /// What.
    pub text: &'static str,
}

/// The annotated `refund-sync.toml`. It loads once its secrets are set and its tables stand beside it.
pub fn template() -> &'static str {
    include_str!("template/refund-sync.toml")
}

/// The tables that the template names, each with its header and one example row.
pub fn templates() -> [Template; 2] {
    [
        Template { path: "mapping/customers.csv", text: include_str!("template/mapping/customers.csv") },
        Template { path: "mapping/warehouses.csv", text: include_str!("template/mapping/warehouses.csv") },
    ]
}

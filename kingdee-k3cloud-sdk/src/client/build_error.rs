//! What is wrong with the settings of a client, all of it at once.

use std::borrow::Cow;
use std::fmt;

/// Everything that is wrong with a client's settings.
///
/// ```
/// use kingdee_k3cloud_sdk::Client;
///
/// let error = Client::builder().base_url("http://erp.example.com/k3cloud/").acct_id("65f0").build().unwrap_err();
/// assert_eq!(error.to_string(), "the client cannot be built: username is missing; credentials are missing");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    faults: Vec<SettingFault>,
}

impl BuildError {
    pub(super) fn new(faults: Vec<SettingFault>) -> Self {
        Self { faults }
    }

    /// Each fault; never empty.
    pub fn faults(&self) -> &[SettingFault] {
        &self.faults
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client cannot be built: ")?;
        for (index, fault) in self.faults.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

/// One setting that cannot be used. Names it, never shows a secret.
///
/// ```
/// // A form that shows each fault beside its field:
/// let error = kingdee_k3cloud_sdk::Client::builder().build().unwrap_err();
/// for fault in error.faults() {
///     println!("{}: {}", fault.setting, fault.fault);
/// }
/// assert_eq!(error.faults()[0].setting, "base_url");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingFault {
    /// The setter's name.
    pub setting: &'static str,
    /// What is wrong with it.
    pub fault: Cow<'static, str>,
}

impl SettingFault {
    pub(super) fn new(setting: &'static str, fault: impl Into<Cow<'static, str>>) -> Self {
        Self { setting, fault: fault.into() }
    }
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.setting, self.fault)
    }
}

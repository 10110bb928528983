//! Push (下推): bills of another form made from bills that exist. Which bills, is in `bills`.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::bills::{Bills, named};
use crate::fields::Extra;

/// What is made from bills that exist, and by which 转换规则 (conversion rule). Source: the parameter list of Push in
/// the vendor's manual.
///
/// ```
/// use kingdee_k3cloud_sdk::Push;
///
/// // A receivable, by the default rule between the two forms:
/// let by_default = Push::to("AR_receivable");
/// // The same by a rule that is named, left as a draft where it does not pass its checks:
/// let by_rule = Push::by("AR_ReturnToReceivableMap").draft_when_save_fails();
/// # let _ = (by_default, by_rule);
/// ```
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Push {
    rule_id: Option<String>,
    target_bill_type_id: Option<String>,
    target_org_id: Option<u64>,
    target_form_id: Option<String>,
    is_enable_default_rule: bool,
    is_draft_when_save_fail: bool,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    custom_params: Extra,
}

impl Push {
    /// Bills of this form, by the default rule.
    pub fn to(form: impl Into<String>) -> Self {
        Self { target_form_id: Some(form.into()), is_enable_default_rule: true, ..Self::default() }
    }

    /// Whatever the rule with this id (转换规则 RuleId) makes.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Push;
    /// let push = Push::by("AR_ReturnToReceivableMap");
    /// assert!(serde_json::to_string(&push)?.contains(r#""RuleId":"AR_ReturnToReceivableMap""#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn by(rule: impl Into<String>) -> Self {
        Self { rule_id: Some(rule.into()), ..Self::default() }
    }

    /// Of this bill type, by its internal id (单据类型内码).
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Push;
    /// let push = Push::to("AR_receivable").bill_type("180ecd4afd5d44b5be78a6efe4a7e041").org(1);
    /// assert!(serde_json::to_string(&push)?.contains(r#""TargetOrgId":1"#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn bill_type(mut self, id: impl Into<String>) -> Self {
        self.target_bill_type_id = Some(id.into());
        self
    }

    /// In the organisation with this internal id.
    #[must_use]
    pub fn org(mut self, id: u64) -> Self {
        self.target_org_id = Some(id);
        self
    }

    /// Keeps what does not pass its checks as a draft (暂存).
    #[must_use]
    pub fn draft_when_save_fails(mut self) -> Self {
        self.is_draft_when_save_fail = true;
        self
    }

    /// Parameters of a plug-in of the site's own (`CustomParams`).
    #[must_use]
    pub fn params(mut self, params: Extra) -> Self {
        self.custom_params = params;
        self
    }

    pub(crate) fn body(&self, form: &str, bills: &Bills) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Data<'a, S> {
            #[serde(flatten)]
            selected: S,
            #[serde(flatten)]
            push: &'a Push,
        }
        named(form, &Data { selected: bills.selected()?, push: self })
    }
}

//! Describing a simulated site: who may call it, what it knows, and how it behaves.
//! The site itself is in `site`.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::behaviour::{Commit, OwnStep, Rounding, StockQuestion, Uniqueness};
use super::faults::Faults;
use super::settings::{PushRule, Settings, text_of};
use super::site::Site;

/// Describes a [`Site`]. Left alone, it is well behaved: made-up credentials, every base data
/// number exists, saves take no time, nothing fails.
///
/// ```
/// use kingdee_k3cloud_sdk::mock::{Faults, Site};
/// use std::time::Duration;
///
/// let site = Site::builder()
///     .materials(["M001", "M002"])
///     .save_time(Duration::from_millis(200)..=Duration::from_secs(2))
///     .faults(Faults::light())
///     .seed(7)
///     .build();
/// assert!(site.bills().is_empty());
/// ```
#[derive(Clone, Default)]
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub struct SiteBuilder {
    settings: Settings,
}

impl Site {
    /// Starts describing a site.
    pub fn builder() -> SiteBuilder {
        SiteBuilder::default()
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $kind:ty => $value:expr;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $kind) -> Self {
            self.settings.$name = $value;
            self
        }
    )*};
}

impl SiteBuilder {
    setters! {
        /// The data centre's id.
        acct_id: impl Into<String> => acct_id.into();
        /// The user that may call.
        username: impl Into<String> => username.into();
        /// The application id.
        app_id: impl Into<String> => app_id.into();
        /// The application secret.
        app_secret: impl Into<String> => app_secret.into();
        /// The user's password.
        password: impl Into<String> => password.into();
        /// The customers that exist. Without this, every one does.
        customers: impl IntoIterator<Item = impl Into<String>> => customers.into();
        /// The currencies that exist. Without this, `PRE001` does.
        currencies: impl IntoIterator<Item = impl Into<String>> => currencies.into();
        /// The materials that exist. Without this, every one does.
        materials: impl IntoIterator<Item = impl Into<String>> => materials.into();
        /// The warehouses that exist. Without this, every one does.
        stocks: impl IntoIterator<Item = impl Into<String>> => stocks.into();
        /// The organisations that exist. Without this, `100` does.
        orgs: impl IntoIterator<Item = impl Into<String>> => orgs.into();
        /// The departments that exist. Without this, every one does.
        departments: impl IntoIterator<Item = impl Into<String>> => departments.into();
        /// Fields of base data that this site does not have.
        absent_fields: impl IntoIterator<Item = impl Into<String>>
            => absent_fields.into_iter().map(|key| key.into().to_ascii_lowercase()).collect();
        /// Forms of your own that can be queried before they have a bill.
        forms: impl IntoIterator<Item = impl Into<String>>
            => forms.into_iter().map(Into::into).collect();
        /// What 取价 finds for a material: the tax-inclusive price that a line has until it is sent
        /// one, and again whenever material or customer come after it. Without this, 0.
        list_prices: impl IntoIterator<Item = (impl Into<String>, Decimal)>
            => list_prices.into_iter().map(|(material, price)| (material.into(), price)).collect();
        /// The most rows a query gives, whatever its limit.
        page_cap: Option<usize> => page_cap;
        /// How many bytes of an attachment one download gives. Without this, 4 MiB.
        file_piece: usize => file_piece;
        /// How far a signature's time may be off before the gateway refuses with 4006. Without this,
        /// any time will do.
        max_skew: Option<TimeDelta> => max_skew;
        /// What 429 asks to wait (`Retry-After`, in whole seconds). Without this, a second.
        retry_after: Duration => retry_after;
        /// How numbers are kept unique.
        uniqueness: Uniqueness => uniqueness;
        /// When the bills of a batch become visible.
        commit: Commit => commit;
        /// How long a save takes between its check and its end, drawn anew for each.
        save_time: RangeInclusive<Duration> => save_time;
        /// What `IsSuccess` says when some bills got through and some did not.
        is_success_on_mixed: bool => is_success_on_mixed;
        /// Whether answers come in another order than asked, and rows that a query's order does not tell apart in
        /// another order at each call.
        shuffle: bool => shuffle;
        /// Whether the site's 编码规则 gives every bill a number of its own.
        renumber: bool => renumber;
        /// Bills before this day are refused: the period is closed.
        closed_before: Option<NaiveDate> => closed_before;
        /// When the site asks whether stock may go negative. Without this, never.
        stock_question: Option<StockQuestion> => stock_question;
        /// Whether bills are in a workflow (已关联工作流实例): Audit and UnAudit are refused unless `IsVerifyProcInst` is
        /// false.
        workflow: bool => workflow;
        /// What the site does by itself with a bill that was saved or submitted.
        own_step: OwnStep => own_step;
        /// Whether it answers as older servers do: no MsgCode, and a single save names its bill beside the status only.
        old_answers: bool => old_answers;
        /// Whether the public gateway is in front: signed calls without the `X-Api-*` headers get its status 519.
        public_gateway: bool => public_gateway;
        /// Whether a save is refused for keys that its form does not have, or has elsewhere. The real site drops them
        /// in silence; here they are counted ([`Counts::dropped`](super::Counts::dropped)). For contract tests.
        refuse_unknown_keys: bool => refuse_unknown_keys;
        /// Whether a save under a form that this site does not know is refused, as the real one refuses it; else a bill
        /// of any form is kept.
        refuse_unknown_forms: bool => refuse_unknown_forms;
        /// Whether a filter that compares a number with a quoted text is refused, as one live site does.
        refuse_quoted_numbers: bool => refuse_quoted_numbers;
        /// Keys of fields that this site has beside the template's, such as `F_ABCD_TEXT`. One with its part before it,
        /// such as `FEntity.F_ABCD_TEXT`, is there and nowhere else.
        custom_fields: impl IntoIterator<Item = impl Into<String>>
            => custom_fields.into_iter().map(|key| key.into().to_ascii_lowercase()).collect();
        /// Keys of fields that this site requires besides: `FStockDeptId`, and with their part before them those of the
        /// sub-head and of rows: `FEntity.FStocklocId`. A bill without one is refused by its name.
        required_fields: impl IntoIterator<Item = impl Into<String>>
            => required_fields.into_iter().map(|key| key.into().to_ascii_lowercase()).collect();
        /// FAMOUNTDIGITS of the currency.
        amount_digits: u32 => amount_digits;
        /// FPRICEDIGITS of the currency.
        price_digits: u32 => price_digits;
        /// 舍入类型 of the currency.
        rounding: Rounding => rounding;
        /// What goes wrong, and how often.
        faults: Faults => faults;
        /// The seed of everything that is drawn.
        seed: u64 => seed;
    }

    /// One field of one number of base data that is not as usual (audited, in use, of organisation `100`, without
    /// lots and serial numbers): `("BD_Customer", "C002", "FForbidStatus", "B")`. Flags are `true` or `false`.
    #[must_use]
    pub fn base_field(mut self, form: &str, number: &str, key: &str, value: &str) -> Self {
        self.settings.put_base_field(form, number, key, value.to_owned());
        self
    }

    /// Base data of any form (`BD_Supplier`, `BD_MATERIAL`): one JSON object a number, with `FNumber` and whatever else a query may
    /// ask for; a reference as `{"FUseOrgId":{"FNumber":"100"}}`. Of the forms that this site knows by heart, such a list is
    /// what exists.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::Site;
    /// use serde_json::json;
    ///
    /// let supplier = json!({ "FNumber": "V001", "FName": "厂家", "FUseOrgId": { "FNumber": "100" } });
    /// let site = Site::builder().base_data("BD_Supplier", [supplier]).build();
    /// # let _ = site;
    /// ```
    #[must_use]
    pub fn base_data(mut self, form: &str, rows: impl IntoIterator<Item = serde_json::Value>) -> Self {
        for row in rows {
            let number = row.get("FNumber").map(text_of).unwrap_or_default();
            if self.settings.put_base(form, &number, &row).is_none() {
                self.settings.forms.insert(form.to_owned());
                self.settings.base_rows.push((form.to_owned(), number, row.to_string()));
            }
        }
        self
    }

    /// What the numbers begin with that this site gives to bills of a form that have none; digits follow, from 000001.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::Site;
    /// use kingdee_k3cloud_sdk::{BatchSave, DynForm, Verdict};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let site = Site::builder().numbering("SAL_OUTSTOCK", "XSCK").build();
    /// let batch = BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").set("FDate", "2026-11-03")]);
    /// let verdicts = site.client()?.batch_save(&batch).await?;
    /// assert!(matches!(&verdicts[0], Verdict::Saved { number, .. } if number == "XSCK000001"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn numbering(mut self, form: &str, prefix: impl Into<String>) -> Self {
        self.settings.numbering.insert(form.to_ascii_lowercase(), prefix.into());
        self
    }

    /// Keys whose cells a query gives as `***`, as where the user has no right to a field.
    #[must_use]
    pub fn masked(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let keys = keys.into_iter().map(|key| key.into().to_ascii_lowercase());
        self.settings.rights.masked = keys.collect();
        self
    }

    /// Whether queries find nothing, as where the user has no right to query or no data in its scope.
    #[must_use]
    pub fn blind(mut self, is_blind: bool) -> Self {
        self.settings.rights.blind = is_blind;
        self
    }

    /// Whether the user is among 允许调用WebAPI接口用户. If not, every call is refused with that text, logins too.
    #[must_use]
    pub fn user_listed(mut self, is_listed: bool) -> Self {
        self.settings.rights.not_listed = !is_listed;
        self
    }

    /// The unit that lines of this material get unless they name one, and how many pieces it holds: a box of 12.
    #[must_use]
    pub fn unit_of(mut self, material: impl Into<String>, unit: impl Into<String>, pieces: Decimal) -> Self {
        self.settings.units.insert(material.into(), (unit.into(), pieces));
        self
    }

    /// A conversion rule (转换规则) of Push; the default one is taken where a call names none.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::Site;
    ///
    /// let site = Site::builder().push_rule("OutStockToReceivable", "SAL_OUTSTOCK", "AR_receivable", true).build();
    /// # let _ = site;
    /// ```
    #[must_use]
    pub fn push_rule(
        mut self,
        id: impl Into<String>,
        source: impl Into<String>,
        target: impl Into<String>,
        is_default: bool,
    ) -> Self {
        let rule = PushRule { id: id.into(), source: source.into(), target: target.into(), is_default };
        self.settings.push_rules.push(rule);
        self
    }

    /// Takes every conversion rule away, so that Push wants a RuleId that there is not.
    #[must_use]
    pub fn without_push_rules(mut self) -> Self {
        self.settings.push_rules.clear();
        self
    }

    /// The one organisation that exists.
    #[must_use]
    pub fn org(self, number: impl Into<String>) -> Self {
        self.orgs([number.into()])
    }

    /// The site's clock. Default: the system's.
    #[must_use]
    pub fn now(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.settings.now = Arc::new(now);
        self
    }

    /// Opens the site.
    pub fn build(self) -> Site {
        Site::new(self.settings)
    }
}

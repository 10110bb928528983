//! What a form is.

use serde::Serialize;

/// A form that can be saved. Open: implement it for a form of your own.
///
/// The server applies fields in the order they are sent, and a later field can reset an earlier
/// one, so derive `Serialize` on a struct whose fields stand in the vendor's template order, and
/// leave absent fields out. A form that is known at run time only is a [`DynForm`](crate::DynForm).
///
/// ```
/// use kingdee_k3cloud_sdk::{BatchSave, Form, fields};
/// use rust_decimal::Decimal;
///
/// /// 销售出库单, as far as this project fills it in; in the order of the vendor's template.
/// #[derive(serde::Serialize)]
/// struct OutStock {
///     #[serde(rename = "FBillNo")]
///     number: String,
///     #[serde(rename = "FEntity")]
///     lines: Vec<Line>,
/// }
///
/// #[derive(serde::Serialize)]
/// struct Line {
///     #[serde(rename = "FRealQty", serialize_with = "fields::decimal")]
///     quantity: Decimal,
/// }
///
/// impl Form for OutStock {
///     const FORM_ID: &'static str = "SAL_OUTSTOCK";
///
///     fn number(&self) -> Option<&str> {
///         Some(&self.number)
///     }
/// }
///
/// let bill = OutStock { number: "CK1".to_owned(), lines: vec![Line { quantity: Decimal::new(250, 2) }] };
/// let body = BatchSave::new(vec![bill]).body()?;
/// assert!(body.contains(r#""Model":[{"FBillNo":"CK1","FEntity":[{"FRealQty":2.50}]}]"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no form",
    note = "derive `serde::Serialize` and implement `kingdee_k3cloud_sdk::Form`, or use a `DynForm`"
)]
pub trait Form: Serialize {
    /// The form's id, such as `SAL_RETURNSTOCK`. Left empty where [`form_id`](Self::form_id) says it.
    const FORM_ID: &'static str = "";

    /// The form's id, of a type that stands for several forms.
    fn form_id(&self) -> &str {
        Self::FORM_ID
    }

    /// The bill's number (单据编号), by which answers are matched. `None` leaves numbering to the
    /// server; then answers are matched by position, and a lost answer cannot be looked up.
    fn number(&self) -> Option<&str>;

    /// The same in this form and with this number, of a type that stands for several forms and does not write which, nor under
    /// which key its number is: what was kept with both gets them so when it is read again.
    #[must_use]
    fn kept_as(self, _form_id: &str, _number: Option<&str>) -> Self
    where
        Self: Sized,
    {
        self
    }
}

impl<F: Form> Form for &F {
    const FORM_ID: &'static str = F::FORM_ID;

    fn form_id(&self) -> &str {
        (**self).form_id()
    }

    fn number(&self) -> Option<&str> {
        (**self).number()
    }
}

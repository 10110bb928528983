//! What a form is.

use serde::Serialize;

/// A form that can be saved. Open: implement it for a form of your own.
///
/// The server applies fields in the order they are sent, and a later field can reset an earlier
/// one, so derive `Serialize` on a struct whose fields stand in the vendor's template order, and
/// leave absent fields out.
pub trait Form: Serialize {
    /// The form's id, such as `SAL_RETURNSTOCK`.
    const FORM_ID: &'static str;

    /// The bill's number (单据编号), by which answers are matched. `None` leaves numbering to the
    /// server; then answers are matched by position, and a lost answer cannot be looked up.
    fn number(&self) -> Option<&str>;
}

impl<F: Form> Form for &F {
    const FORM_ID: &'static str = F::FORM_ID;

    fn number(&self) -> Option<&str> {
        (**self).number()
    }
}

//! Save, BatchSave and Draft: new bills. Their options are in `options`, the bills themselves in `model`, bills that
//! exist in `update`, the verdicts in `verdict`.

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::options::{Kept, Kind, SaveOptions, body, form_of};
use crate::model::form::Form;
use crate::verdict::Ours;

/// New bills to save in one call, at most some hundreds. They can have no id: a "new" bill with the
/// id of another would replace it.
///
/// ```
/// use kingdee_k3cloud_sdk::{BatchSave, DynForm};
///
/// let bills = (1..=3).map(|n| DynForm::new("SAL_OUTSTOCK").number("FBillNo", format!("CK{n}"))).collect();
/// let batch = BatchSave::new(bills);
/// // What will be sent, byte for byte: to look at, to keep, to test.
/// assert!(batch.body()?.starts_with(r#"{"formid":"SAL_OUTSTOCK","data":{"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// It is kept with serde, as JSON, with its form and the bills' numbers, and read again to the last digit.
#[derive(Debug, Clone)]
pub struct BatchSave<F> {
    bills: Vec<F>,
    options: SaveOptions,
}

impl<F: Form> BatchSave<F> {
    /// These bills, with the default options.
    pub fn new(bills: Vec<F>) -> Self {
        Self { bills, options: SaveOptions::default() }
    }

    /// With other options.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{BatchSave, DynForm, SaveOptions};
    ///
    /// let bill = DynForm::new("SAL_RETURNSTOCK").number("FBillNo", "TK1");
    /// let batch = BatchSave::new(vec![bill]).with_options(SaveOptions::builder().creator("erp").build());
    /// assert!(batch.body()?.contains(r#""Creator":"erp""#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn with_options(mut self, options: SaveOptions) -> Self {
        self.options = options;
        self
    }

    /// The bills, in the order of the verdicts.
    pub fn bills(&self) -> &[F] {
        &self.bills
    }

    /// The body as it is sent, byte for byte. Fails if there is no bill, if they are of several forms, or if one of your
    /// own does not serialise.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        body(form_of(&self.bills)?, &self.options, &self.bills)
    }

    pub(crate) fn ours(&self) -> Vec<Ours<'_>> {
        self.bills.iter().map(|bill| Ours::created(bill.number())).collect()
    }
}

impl<F: Form> Serialize for BatchSave<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kept = Kept::of(Kind::Save, &self.bills, &self.options, &self.bills);
        kept.map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de, F: Form + Deserialize<'de>> Deserialize<'de> for BatchSave<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut kept = Kept::<SaveOptions, Vec<F>>::deserialize(deserializer)?;
        kept.is_of(Kind::Save)?;
        let bills = std::mem::take(&mut kept.bills).into_iter().enumerate();
        let bills: Vec<F> = bills.map(|(at, bill)| bill.kept_as(&kept.form, kept.number(at))).collect();
        kept.check(&bills)?;
        Ok(Self { bills, options: kept.options })
    }
}

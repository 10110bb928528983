//! A field of a row.

use serde::de::MapAccess;
use serde::ser::Serializer;

use super::notes::Notes;

/// A field of a row: how it is taken from the wire and written again.
///
/// Implemented for `String`, `Option<_>` of every [`Scalar`](super::Scalar), `Vec<_>` of every [`Row`](super::Row) and the open enums of
/// [`codes!`](crate::codes).
///
/// ```
/// // Fields of rows are `Wire`: scalars as `Option`, texts, lists of rows, codes.
/// wdt_qimen_sdk::codes! {
///     /// How goods are weighed.
///     pub enum Weighing {
///         Each = 1, "逐件";
///         Batch = 2, "整批";
///     }
/// }
/// wdt_qimen_sdk::row! {
///     /// A line of a scale.
///     pub struct Weighed {
///         /// The item.
///         pub spec_no: String,
///         /// How.
///         pub weighing: Weighing,
///         /// What came out.
///         pub grams: Option<i64>,
///     }
/// }
/// let weighed: Weighed = serde_json::from_str(r#"{"spec_no": "A1", "weighing": "2", "grams": 120}"#)?;
/// assert_eq!((weighed.weighing, weighed.grams), (Weighing::Batch, Some(120)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no field of a row",
    note = "a field is a `String`, an `Option` of a number, `Decimal`, `bool` or `NaiveDateTime`, a `Vec` of rows, or an enum of `codes!`"
)]
pub trait Wire: Sized + Default {
    /// Reads the value of the key that was just read. What cannot be read is noted under `key`, and the field
    /// stays empty; only broken JSON is an error.
    fn read<'de, A: MapAccess<'de>>(
        map: &mut A,
        key: &'static str,
        notes: &mut Notes,
    ) -> Result<Self, A::Error>;

    /// Whether there is nothing to write: the key is then left out.
    fn is_blank(&self) -> bool;

    /// Writes the value as the gateway would, exactly.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

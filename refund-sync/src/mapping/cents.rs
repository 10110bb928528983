//! Cents by largest remainder: amounts with four decimals become whole cents whose sum is exact.
//! Rounding each line alone would turn 2.7550 + 2.7550 into 5.52. The price of a line is `mapping::price`.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Deals `total` out over `amounts` (yuan, not negative) in whole cents, in their order.
///
/// The cents sum to `total` exactly; each is its amount rounded down or up, so off by less than one cent. The cents
/// that rounding down leaves over go to the largest fractions, among equals to the earlier line. An amount of
/// 0 stays 0.
///
/// `total` is usually the amounts' sum; it may differ by what was lost when a total was shared out to four decimals
/// (3 × 3.3333 for 10.00).
///
/// # Errors
/// `None` if `total` is not whole cents, lies out of reach of the amounts, or a figure is negative or
/// beyond 10¹³ yuan.
pub fn deal(amounts: &[Decimal], total: Decimal) -> Option<Vec<i64>> {
    let (total, over) = whole_cents(total)?;
    if !over.is_zero() {
        return None;
    }
    let mut cents = Vec::with_capacity(amounts.len());
    let mut fractions = Vec::new();
    for (index, amount) in amounts.iter().enumerate() {
        let (whole, fraction) = whole_cents(*amount)?;
        cents.push(whole);
        if !fraction.is_zero() {
            fractions.push((fraction, index));
        }
    }
    let dealt: i128 = cents.iter().copied().map(i128::from).sum();
    let left_over = usize::try_from(i128::from(total) - dealt).ok()?;
    // A stable sort: among equal fractions the earlier line stays first.
    fractions.sort_by(|(one, _), (other, _)| other.cmp(one));
    for (_, index) in fractions.get(..left_over)? {
        cents[*index] += 1;
    }
    Some(cents)
}

/// Shares `cents` out by `quantities`: whole cents that sum to `cents`, each off its even share by less than one.
/// The cents left over go to the largest remainders, among equals to the earlier part.
///
/// # Errors
/// `None` if a figure is negative, beyond 10¹³ (10¹⁵ cents), finer than ten decimals, or all quantities are 0.
pub fn share(cents: i64, quantities: &[Decimal]) -> Option<Vec<i64>> {
    let scale = super::price::MOST_DECIMALS;
    let units = |quantity: &Decimal| {
        let quantity = quantity.normalize();
        let fits = !quantity.is_sign_negative()
            && quantity < Decimal::from(super::LIMIT)
            && quantity.scale() <= scale;
        fits.then(|| quantity.mantissa() * 10_i128.pow(scale - quantity.scale()))
    };
    let quantities: Vec<i128> = quantities.iter().map(units).collect::<Option<_>>()?;
    let whole: i128 = quantities.iter().sum();
    if whole == 0 || !(0..=super::LIMIT * 100).contains(&cents) {
        return None;
    }
    let mut shares = Vec::with_capacity(quantities.len());
    let mut remainders = Vec::with_capacity(quantities.len());
    for (index, quantity) in quantities.into_iter().enumerate() {
        let product = i128::from(cents).checked_mul(quantity)?;
        shares.push(i64::try_from(product / whole).ok()?);
        remainders.push((product % whole, index));
    }
    let left_over = usize::try_from(cents - shares.iter().sum::<i64>()).ok()?;
    remainders.sort_by(|(one, _), (other, _)| other.cmp(one));
    for (_, index) in remainders.get(..left_over)? {
        shares[*index] += 1;
    }
    Some(shares)
}

/// An amount in cents, rounded down, and the fraction of a cent that is left.
fn whole_cents(amount: Decimal) -> Option<(i64, Decimal)> {
    let cents = amount.checked_mul(Decimal::ONE_HUNDRED)?;
    let whole = cents.floor();
    let limit = 0..=super::LIMIT * 100;
    Some((whole.to_i64().filter(|whole| limit.contains(whole))?, cents - whole))
}

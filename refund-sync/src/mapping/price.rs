//! 含税单价: a price that gives a line's cents back whatever way 金蝶 rounds.
//! 金蝶 is taken to compute 价税合计 as round(quantity × price, 2); a product within 0.004 of the cents cannot be
//! turned by any rounding mode. Integers throughout, so the bound is exact. The cents come from `mapping::cents`.

use rust_decimal::Decimal;

/// The most decimals a quantity or a price may have here; keeps every product within `i128`.
pub const MOST_DECIMALS: u32 = 10;

/// How many neighbouring prices a split tries on each side before it gives up.
const REACH: i128 = 512;

/// One of the two entries a line is split into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its pieces.
    pub quantity: Decimal,
    /// 含税单价 in yuan.
    pub price: Decimal,
    /// 价税合计 in cents.
    pub cents: i64,
}

/// The entries that stand for `quantity` pieces at `cents`: one if a price reproduces it, else two, else `None`.
pub fn entries(quantity: Decimal, cents: i64, scale: u32) -> Option<Vec<Part>> {
    match tax_price(quantity, cents, scale) {
        Some(price) => Some(vec![Part { quantity, price, cents }]),
        None => split(quantity, cents, scale).map(Vec::from),
    }
}

/// The price of `quantity` pieces for `cents`: their quotient, rounded half away from zero to at most `scale`
/// decimals (at most [`MOST_DECIMALS`]).
///
/// `None` if |quantity × price − cents| is 0.004 yuan or more — then no other price of that scale does better — or
/// if a figure is negative, zero as a quantity, or out of range.
pub fn tax_price(quantity: Decimal, cents: i64, scale: u32) -> Option<Decimal> {
    let grid = Grid::new(quantity, scale)?;
    let cents = in_range(cents)?;
    let price = grid.nearest(cents);
    if grid.reproduces(price, cents) { grid.price(price) } else { None }
}

/// Splits a line that [`tax_price`] cannot price into all pieces but one, and the one, so that both can be priced.
///
/// The entries sum to `quantity` and to `cents`; the pieces' price is the nearest to the even one that works, and the
/// single piece takes up the rest. Each entry keeps at least a cent. `None` if the quantity is not a whole number
/// of at least 2, or no price near the even one works.
pub fn split(quantity: Decimal, cents: i64, scale: u32) -> Option<[Part; 2]> {
    let most = quantity.checked_sub(Decimal::ONE)?;
    if most < Decimal::ONE || !quantity.fract().is_zero() {
        return None;
    }
    let even = Grid::new(quantity, scale)?.nearest(in_range(cents)?);
    let grid = Grid::new(most, scale)?;
    let nearest_first = std::iter::once(even).chain((1..=REACH).flat_map(|step| [even - step, even + step]));
    nearest_first.filter(|price| *price > 0).find_map(|price| {
        let most_cents = grid.cents(price);
        let one_cents = cents.checked_sub(i64::try_from(most_cents).ok()?)?;
        if one_cents < 1 || most_cents < 1 || !grid.reproduces(price, most_cents) {
            return None;
        }
        let one_price = tax_price(Decimal::ONE, one_cents, scale)?;
        Some([
            Part { quantity: most, price: grid.price(price)?, cents: cents - one_cents },
            Part { quantity: Decimal::ONE, price: one_price, cents: one_cents },
        ])
    })
}

/// Quantity × price in whole numbers: money counts in 10^−(quantity's decimals + price's decimals + 3) yuan.
struct Grid {
    /// The quantity × 1000, in units of its last decimal.
    quantity: i128,
    /// One cent.
    cent: i128,
    /// Decimals of the price.
    scale: u32,
}

impl Grid {
    fn new(quantity: Decimal, scale: u32) -> Option<Self> {
        let quantity = quantity.normalize();
        let fits = quantity > Decimal::ZERO
            && quantity < Decimal::from(super::LIMIT)
            && quantity.scale().max(scale) <= MOST_DECIMALS;
        fits.then(|| Self {
            quantity: quantity.mantissa() * 1000,
            cent: 10_i128.pow(quantity.scale() + scale + 1),
            scale,
        })
    }

    /// The price nearest to `cents` / quantity, half away from zero, in units of its last decimal.
    fn nearest(&self, cents: i128) -> i128 {
        divide(cents * self.cent, self.quantity)
    }

    /// The whole cents nearest to quantity × price.
    fn cents(&self, price: i128) -> i128 {
        divide(self.quantity * price, self.cent)
    }

    /// Whether quantity × price is less than 0.004 yuan off.
    fn reproduces(&self, price: i128, cents: i128) -> bool {
        (self.quantity * price - cents * self.cent).abs() * 10 < self.cent * 4
    }

    fn price(&self, price: i128) -> Option<Decimal> {
        Some(Decimal::try_from_i128_with_scale(price, self.scale).ok()?.normalize())
    }
}

/// Half away from zero, of numbers that are not negative.
fn divide(number: i128, by: i128) -> i128 {
    (2 * number + by) / (2 * by)
}

fn in_range(cents: i64) -> Option<i128> {
    (0..=super::LIMIT * 100).contains(&cents).then_some(i128::from(cents))
}

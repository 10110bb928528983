//! A line of a stored bill, and how its price comes about: the fields are applied in the order sent,
//! and a later one can undo an earlier one. The bill around it is in `bill`.

use rust_decimal::{Decimal, RoundingStrategy};

use super::behaviour::Rounding;
use super::json::Json;
use super::meta;
use super::settings::Settings;

/// The keys of a row that the site computes with.
const FIELDS: [&str; 8] =
    ["FMaterialId", "FUnitID", "FRealQty", "FPrice", "FTaxPrice", "FEntryTaxRate", "FIsFree", "FStockId"];

/// A stored line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLine {
    /// FENTRYID; given when the bill is stored.
    pub id: u64,
    /// Number of FMaterialId.
    pub material: String,
    /// FRealQty.
    pub qty: Decimal,
    /// FPrice, without tax.
    pub price: Decimal,
    /// FTaxPrice.
    pub tax_price: Decimal,
    /// FEntryTaxRate, in percent.
    pub tax_rate: Option<Decimal>,
    /// 价税合计, as the site computes it.
    pub all_amount: Decimal,
    /// FIsFree.
    pub is_free: bool,
    /// Number of FStockId.
    pub stock: String,
    /// Number of FUnitID. Pieces unless sent, or unless the site says otherwise.
    pub unit: String,
    /// How many pieces a unit holds: FBaseunitQty is the quantity times this.
    pub unit_factor: Decimal,
    /// The row as it last arrived.
    pub row: String,
}

impl Default for StoredLine {
    fn default() -> Self {
        Self {
            id: 0,
            material: String::new(),
            qty: Decimal::ZERO,
            price: Decimal::ZERO,
            tax_price: Decimal::ZERO,
            tax_rate: None,
            all_amount: Decimal::ZERO,
            is_free: false,
            stock: String::new(),
            unit: "Pcs".to_owned(),
            unit_factor: Decimal::ONE,
            row: String::new(),
        }
    }
}

/// What a line's price depends on besides the line.
pub(super) struct Pricing<'a> {
    pub(super) settings: &'a Settings,
    /// As far as it has been sent when the line is read.
    pub(super) is_included_tax: bool,
}

impl StoredLine {
    /// Applies a row, field by field in its order.
    pub(super) fn apply(&mut self, pricing: &Pricing<'_>, row: &Json) {
        for (key, value) in row.members() {
            let number = || Decimal::from_str_exact(&value.scalar()).unwrap_or_default();
            match meta::spelt(&FIELDS, key) {
                // A price sent before its material is lost: 取价 sets it anew.
                "FMaterialId" => {
                    let material = value.referred();
                    if material != self.material {
                        self.material = material;
                        self.price_from_list(pricing);
                        let usual = || ("Pcs".to_owned(), Decimal::ONE);
                        (self.unit, self.unit_factor) =
                            pricing.settings.units.get(&self.material).cloned().unwrap_or_else(usual);
                    }
                }
                // How many pieces the unit holds is known of the site's own alone.
                "FUnitID" if !value.referred().is_empty() => {
                    let unit = value.referred();
                    let own = pricing.settings.units.get(&self.material).filter(|(own, _)| *own == unit);
                    self.unit_factor = own.map_or(Decimal::ONE, |(_, factor)| *factor);
                    self.unit = unit;
                }
                "FRealQty" => self.qty = number(),
                "FPrice" => {
                    self.price = number();
                    self.tax_price = self.price * self.factor();
                }
                "FTaxPrice" => {
                    self.tax_price = number();
                    self.price = self.tax_price / self.factor();
                }
                "FEntryTaxRate" => {
                    self.tax_rate = Some(number());
                    // Which of the two prices stays when a rate comes is what FIsIncludedTax says.
                    if pricing.is_included_tax {
                        self.price = self.tax_price / self.factor();
                    } else {
                        self.tax_price = self.price * self.factor();
                    }
                }
                "FIsFree" => self.is_free = value.is_true(),
                "FStockId" => self.stock = value.referred(),
                _ => {}
            }
        }
        self.row = row.to_string();
    }

    /// 金额: 价税合计 without the tax.
    pub fn amount(&self) -> Decimal {
        let amount = self.all_amount / self.factor();
        amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
    }

    /// 取价: the price of the price list, whatever it was before.
    pub(super) fn price_from_list(&mut self, pricing: &Pricing<'_>) {
        self.tax_price = pricing.settings.list_prices.get(&self.material).copied().unwrap_or_default();
        self.price = self.tax_price / self.factor();
    }

    /// Rounds the prices and computes 价税合计.
    pub(super) fn settle(&mut self, pricing: &Pricing<'_>) {
        let settings = pricing.settings;
        self.price = round(settings, self.price, settings.price_digits);
        self.tax_price = round(settings, self.tax_price, settings.price_digits);
        let amount = if self.is_free { Decimal::ZERO } else { self.qty * self.tax_price };
        self.all_amount = round(settings, amount, settings.amount_digits);
    }

    /// One and the tax rate. A rate of −100 % would divide by nothing.
    fn factor(&self) -> Decimal {
        let factor = Decimal::ONE + self.tax_rate.unwrap_or_default() / Decimal::ONE_HUNDRED;
        if factor.is_zero() { Decimal::ONE } else { factor }
    }
}

/// Rounds as the currency says (舍入类型).
fn round(settings: &Settings, value: Decimal, digits: u32) -> Decimal {
    let strategy = match settings.rounding {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
    };
    value.round_dp_with_strategy(digits, strategy)
}

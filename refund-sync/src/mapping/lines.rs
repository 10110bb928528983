//! The lines of the bill: which quantity, which amount, which material, and what the amounts add up to.
//! The head is in `mapping`; where the goods are, in `mapping::goods`; how cents are dealt out and prices found, in
//! `mapping::cents` and `mapping::price`.

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::further::Scope;
use super::goods::{Goods, Part};
use super::rules::{AmountFrom, FlagOrPark, MaterialFrom, OnQuantityGap, QuantityFrom, TaxRate};
use super::{Flag, Key, LIMIT, Pass, Refusal, cents, price};
use crate::model::{BillLine, Field, Free, Quantities, ReturnLine};

/// 换货: what came back is worth its `total_amount`, whatever `amount_from` says.
const EXCHANGE: i32 = 3;

/// A line read, before its cents are known. `None` where something was refused.
struct Draft<'a> {
    source: usize,
    line: &'a ReturnLine,
    quantity: Option<Quantity>,
    amount: Option<Decimal>,
    material: Option<&'a str>,
    tax_rate: Option<Decimal>,
    parts: Vec<Part<'a>>,
}

#[derive(Clone, Copy)]
struct Quantity {
    /// 实退数量.
    real: Decimal,
    /// 应退数量.
    must: Decimal,
}

impl<'a> Pass<'a> {
    /// The entries, in the lines' order, and how many lines were left out. Complete only if nothing was refused.
    pub(super) fn lines(&mut self, goods: &Goods<'a>) -> (Vec<BillLine>, usize) {
        let lines = &self.refund.lines;
        let drafts: Vec<_> =
            lines.iter().enumerate().filter_map(|(source, line)| self.draft(source, line, goods)).collect();
        let left_out = lines.len() - drafts.len();
        if drafts.is_empty() {
            self.refuse(if left_out == 0 { Refusal::NoLines } else { Refusal::NothingLeft { left_out } });
            return (Vec::new(), left_out);
        }
        let dealt = self.deal(&drafts);
        let mut entries = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.iter().enumerate() {
            let zero = draft.amount.filter(Decimal::is_zero).map(|_| 0);
            let cents = dealt.as_ref().and_then(|dealt| dealt.get(index).copied()).or(zero);
            self.enter(draft, cents, &mut entries);
        }
        (entries, left_out)
    }

    /// Reads one line; `None` if it has neither quantity nor amount.
    fn draft(&mut self, source: usize, line: &'a ReturnLine, goods: &Goods<'a>) -> Option<Draft<'a>> {
        let mut quantity = self.quantity(source, line, goods);
        let amount = self.amount(source, line);
        if let (Some(Quantity { real, .. }), Some(amount)) = (quantity, amount)
            && real.is_zero()
        {
            if amount.is_zero() {
                return None;
            }
            self.refuse(Refusal::QuantityZeroWithAmount { line: self.line_ref(source), amount });
            quantity = None;
        }
        let material = self.material(source, line);
        let tax_rate = material.and_then(|material| self.tax_rate(material));
        Some(Draft { source, line, quantity, amount, material, tax_rate, parts: goods.parts(source) })
    }

    /// The quantity to write. `use_stockin` writes what arrived and leaves the money as it is: the refund is the refund.
    ///
    /// What stands on stock-ins is written piece by piece, so it is counted there and nowhere else.
    fn quantity(&mut self, source: usize, line: &ReturnLine, goods: &Goods<'_>) -> Option<Quantity> {
        let counted = goods.arrived(source);
        let directed = self.direction.quantities;
        let from = match directed {
            Some(Quantities::Asked) => QuantityFrom::RefundNum,
            _ => counted.map_or(self.rules.quantity_from, |_| QuantityFrom::StockinNum),
        };
        let asked = self.pieces(source, "refund_num", line.refund_num, true);
        if goods.are_unclear() {
            // Refused already; a gap to what nobody counted would be said for each line.
            return Some(Quantity { real: asked?, must: asked? });
        }
        let (field, arrived) = match counted {
            Some(_) => ("num", counted),
            None => ("stockin_num", line.stockin_num),
        };
        let arrived = self.pieces(source, field, arrived, from == QuantityFrom::StockinNum);
        let mut real = match from {
            QuantityFrom::RefundNum => asked,
            QuantityFrom::StockinNum => arrived,
        };
        if let (Some(asked), Some(arrived)) = (asked, arrived)
            && asked != arrived
        {
            let line = self.line_ref(source);
            let on_gap = match directed {
                Some(Quantities::Asked) => OnQuantityGap::Flag,
                Some(Quantities::Arrived) => OnQuantityGap::UseStockin,
                None => self.rules.on_quantity_gap,
            };
            match on_gap {
                OnQuantityGap::Park => self.refuse(Refusal::QuantityGap { line, asked, arrived }),
                OnQuantityGap::Flag => self.flags.push(Flag::QuantityGap { line, asked, arrived }),
                OnQuantityGap::UseStockin => {
                    self.flags.push(Flag::QuantityGap { line, asked, arrived });
                    real = Some(arrived);
                }
            }
        }
        Some(Quantity { real: real?, must: asked? })
    }

    /// A quantity of the row, without trailing zeros.
    pub(super) fn pieces(
        &mut self,
        source: usize,
        field: &'static str,
        value: Option<Decimal>,
        needed: bool,
    ) -> Option<Decimal> {
        match value.map(|value| value.normalize()) {
            Some(value) if is_figure(value) => return Some(value),
            Some(value) => {
                self.refuse(Refusal::BadQuantity { line: self.line_ref(source), field: field.into(), value });
            }
            None if needed => {
                self.refuse(Refusal::MissingQuantity { line: self.line_ref(source), field: field.into() });
            }
            None => {}
        }
        None
    }

    /// The amount to write. The goods' value is read beside it, so it must be sound as well.
    fn amount(&mut self, source: usize, line: &ReturnLine) -> Option<Decimal> {
        let from = self.amount_from();
        if from != AmountFrom::TotalAmount && line.total_amount.is_some() {
            self.money(source, AmountFrom::TotalAmount, line);
        }
        self.money(source, from, line)
    }

    fn money(&mut self, source: usize, from: AmountFrom, line: &ReturnLine) -> Option<Decimal> {
        let amount = from.of(line);
        if let Some(amount) = amount
            && is_figure(amount)
        {
            return Some(amount);
        }
        let (at, field) = (self.line_ref(source), from.key().into());
        self.refuse(match amount {
            Some(amount) if amount < Decimal::ZERO => {
                Refusal::NegativeAmount { line: Some(at), field, amount }
            }
            Some(amount) => Refusal::AmountOutOfRange { line: Some(at), amount },
            None => Refusal::MissingAmount { line: at, field },
        });
        None
    }

    fn amount_from(&self) -> AmountFrom {
        if self.refund.kind == EXCHANGE { AmountFrom::TotalAmount } else { self.rules.amount_from }
    }

    fn material(&mut self, source: usize, line: &'a ReturnLine) -> Option<&'a str> {
        let (field, value) = match self.rules.material_from {
            MaterialFrom::SpecNo => ("spec_no", &line.spec_no),
            MaterialFrom::GoodsNo => ("goods_no", &line.goods_no),
        };
        let key = Key { table: "materials", field, value, line: Some(source) };
        self.look_up(&self.rules.materials, &key).map(|hit| hit.to)
    }

    fn tax_rate(&mut self, material: &'a str) -> Option<Decimal> {
        let table = match &self.rules.tax_rate {
            TaxRate::Fixed(rate) => return Some(rate.normalize()),
            TaxRate::Kingdee => return None,
            TaxRate::ByMaterial(table) => table,
        };
        let key = Key { table: "tax_rate", field: "material", value: material, line: None };
        let found = self.look_up(table, &key)?.to;
        let rate = Decimal::from_str_exact(found).ok();
        let rate = rate.filter(|rate| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(rate));
        if rate.is_none() {
            self.refuse(Refusal::NoTaxRate { material: material.to_owned(), found: found.to_owned() });
        }
        rate.map(|rate| rate.normalize())
    }

    /// The lines' cents, balanced against the head. `None` if some amount is not known or the sum is refused.
    ///
    /// A head figure that differs from the sum by no more than sharing it out to four decimals can lose (10.00 as
    /// 3 × 3.3333) *is* the sum: its cents are dealt out. A sum that is not whole cents otherwise is rounded, half
    /// away from zero, and flagged.
    fn deal(&mut self, drafts: &[Draft<'_>]) -> Option<Vec<i64>> {
        let amounts: Vec<Decimal> = drafts.iter().map(|draft| draft.amount).collect::<Option<_>>()?;
        let sum: Decimal = amounts.iter().sum();
        if !is_figure(sum) {
            self.refuse(Refusal::AmountOutOfRange { line: None, amount: sum });
            return None;
        }
        let against = self.rules.balance_against.of(self.refund, self.amount_from());
        let head = against.and_then(|(_, head)| head);
        let shared_out = head
            .filter(|head| head.checked_sub(sum).is_some_and(|gap| gap.abs() < lost_in_sharing(&amounts)))
            .and_then(|head| cents::deal(&amounts, head));
        if let Some((against, head)) = against {
            self.balance(against, head, sum, shared_out.is_some());
        }
        if shared_out.is_some() {
            return shared_out;
        }
        let written = sum.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        if written != sum {
            self.flags.push(Flag::RoundedTotal { lines: sum, written });
        }
        cents::deal(&amounts, written)
    }

    fn balance(&mut self, against: &'static str, head: Option<Decimal>, lines: Decimal, shared_out: bool) {
        let against = against.into();
        match head {
            None => self.flags.push(Flag::Unbalanced { against }),
            Some(amount) if amount < Decimal::ZERO => {
                self.refuse(Refusal::NegativeAmount { line: None, field: against, amount });
            }
            Some(head) if head == lines || shared_out => {}
            Some(head) => match self.rules.on_imbalance {
                FlagOrPark::Flag => self.flags.push(Flag::Imbalance { against, head, lines }),
                FlagOrPark::Park => self.refuse(Refusal::Imbalance { against, head, lines }),
            },
        }
    }

    /// Writes the entries of one line; refuses what its cents forbid even where another fault hides the rest.
    fn enter(&mut self, draft: &Draft<'a>, cents: Option<i64>, entries: &mut Vec<BillLine>) {
        let Some(cents) = cents else { return };
        let free = if cents == 0 { Some(self.free(draft)) } else { None };
        let (Some(quantity), Some(priced)) = (draft.quantity, self.price_parts(draft, cents)) else { return };
        let Some(material) = draft.material else { return };
        let mut must = quantity.must;
        let mut serials = self.serials(draft.source, &priced);
        let first = entries.len();
        // Each entry takes its own 应退数量 as far as there is any to take, the first whatever is left.
        for (index, (part, priced)) in priced.iter().enumerate().rev() {
            let own = if index == 0 { must } else { must.min(priced.quantity) };
            must -= own;
            let unpaid = (priced.cents == 0).then_some(Free::NoRefund);
            entries.push(BillLine {
                source: draft.source,
                material: material.to_owned(),
                quantity: priced.quantity,
                must_quantity: own,
                tax_price: priced.price,
                amount: Decimal::new(priced.cents, 2),
                free: free.or(unpaid),
                tax_rate: draft.tax_rate,
                unit: self.rules.unit.clone(),
                stock: part.stock.to_owned(),
                lot: part.lot.map(str::to_owned),
                produced: part.produced.filter(|_| part.is_dated),
                expires: part.expires.filter(|_| part.is_dated),
                stock_status: part.status.map(str::to_owned),
                serials: serials.pop().unwrap_or_default(),
                further: self.line_fields(draft, part),
            });
        }
        entries[first..].reverse();
    }

    /// The 序列号 of each entry of a line: those of its pieces, in the stock-ins' order. Where there are not as many as
    /// pieces none is written, and that is noted.
    fn serials(&mut self, source: usize, priced: &[(&Part<'a>, price::Part)]) -> Vec<Vec<String>> {
        let mut dealt = 0;
        let mut of: Option<&Part<'a>> = None;
        let mut serials = Vec::with_capacity(priced.len());
        for (part, entry) in priced {
            if !of.is_some_and(|of| std::ptr::eq(of, *part)) {
                (of, dealt) = (Some(*part), 0);
                if !part.serials.is_empty() && !part.is_counted_by_serials() {
                    let (named, line) = (part.serials.len(), self.line_ref(source));
                    let pieces = part.quantity.unwrap_or_default();
                    self.note(format!("{line}: {named} serial numbers for {pieces} pieces: left out"));
                }
            }
            let count = if part.is_counted_by_serials() { entry.quantity.to_usize().unwrap_or(0) } else { 0 };
            let own = part.serials.iter().skip(dealt).take(count);
            serials.push(own.map(|serial| (*serial).to_owned()).collect());
            dealt += count;
        }
        serials
    }

    /// The further fields of one entry.
    fn line_fields(&mut self, draft: &Draft<'a>, part: &Part<'a>) -> Vec<Field> {
        let (refund, rules) = (self.refund, self.rules);
        let line = Some((draft.source, draft.line));
        let scope = Scope { refund, stockins: self.stockins(), line, part: Some(part) };
        self.fields(&rules.further.line, scope)
    }

    /// The line's cents dealt out over its parts by their pieces, and a price found for each.
    fn price_parts<'b>(
        &mut self,
        draft: &'b Draft<'a>,
        cents: i64,
    ) -> Option<Vec<(&'b Part<'a>, price::Part)>> {
        let real = draft.quantity?.real;
        let quantities: Vec<_> = draft.parts.iter().map(|part| part.quantity.unwrap_or(real)).collect();
        let scale = self.rules.price_scale;
        let shares = match quantities.as_slice() {
            [_] => Some(vec![cents]),
            several => cents::share(cents, several),
        };
        let Some(shares) = shares else {
            let (line, amount) = (self.line_ref(draft.source), Decimal::new(cents, 2));
            self.refuse(Refusal::NoPrice { line, quantity: real, amount, scale });
            return None;
        };
        let mut priced = Vec::with_capacity(quantities.len());
        let mut split = false;
        for ((part, quantity), cents) in draft.parts.iter().zip(quantities).zip(shares) {
            let Some(entries) = price::entries(quantity, cents, scale) else {
                let (line, amount) = (self.line_ref(draft.source), Decimal::new(cents, 2));
                self.refuse(Refusal::NoPrice { line, quantity, amount, scale });
                return None;
            };
            split |= entries.len() > 1;
            priced.extend(entries.into_iter().map(|entry| (part, entry)));
        }
        if split {
            self.flags.push(Flag::SplitLine { line: self.line_ref(draft.source) });
        }
        Some(priced)
    }

    /// Why a line without money is free. Without a gift mark and without value it counts as a gift: nobody lost money.
    fn free(&mut self, draft: &Draft<'_>) -> Free {
        let value = draft.line.total_amount.max(draft.amount).unwrap_or_default();
        if draft.line.gift_type > 0 || value.is_zero() {
            return Free::Gift;
        }
        let line = self.line_ref(draft.source);
        match self.rules.on_no_refund {
            FlagOrPark::Flag => self.flags.push(Flag::NoRefund { line, value }),
            FlagOrPark::Park => self.refuse(Refusal::NoRefund { line, value }),
        }
        Free::NoRefund
    }
}

/// Neither negative nor too large nor too fine to compute with exactly.
fn is_figure(value: Decimal) -> bool {
    value >= Decimal::ZERO
        && value < Decimal::from(LIMIT)
        && value.normalize().scale() <= price::MOST_DECIMALS
}

/// The most that four decimals a line can lose of a total: less than 0.0001 yuan for each line with an amount.
fn lost_in_sharing(amounts: &[Decimal]) -> Decimal {
    let shares = amounts.iter().filter(|amount| !amount.is_zero()).count();
    Decimal::new(i64::try_from(shares).unwrap_or(i64::MAX), 4)
}

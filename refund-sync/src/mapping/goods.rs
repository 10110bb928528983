//! Where the goods of a return are: with `enrich = "stockin"` the stock-ins joined to its lines, else the expected
//! warehouse. What the parts of a line cost is `mapping::lines`'.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::refusal::StockinGoods;
use super::{Flag, Key, Pass, Refusal};
use crate::model::{Arrival, Stockin};

/// The 仓库 of a bill and the organisations that it decides.
pub(super) struct Warehouse<'a> {
    pub(super) stock: &'a str,
    pub(super) org: &'a str,
    pub(super) owner: &'a str,
    /// Where its 残品 stand, if elsewhere.
    defect: Option<&'a str>,
}

/// Pieces of one line that came into one 仓库, in one batch and quality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// How many; `None` for the whole line.
    pub(super) quantity: Option<Decimal>,
    /// 仓库.
    pub(super) stock: &'a str,
    /// 批号.
    pub(super) lot: Option<&'a str>,
}

/// Where the lines of a return are.
pub(super) struct Goods<'a> {
    /// Of the bill's head; `None` where that was refused.
    pub(super) head: Option<Warehouse<'a>>,
    lines: Lines<'a>,
}

/// What is known of the goods of each line.
enum Lines<'a> {
    /// Stock-ins are not read: all of a line is where it is expected.
    Expected,
    /// The parts by line.
    Joined(Vec<Vec<Part<'a>>>),
    /// That cannot be told, and is refused: nothing more is to be said about quantities that arrived.
    Unclear,
}

/// Goods that cannot be told apart or counted, gathered so that a person reads one reason.
#[derive(Default)]
struct Unclear {
    unjoined: Vec<StockinGoods>,
    uncounted: Vec<StockinGoods>,
    /// Refused already, line by line.
    other: bool,
}

impl<'a> Goods<'a> {
    /// The parts of a line: one that is all of it where stock-ins are not read or say nothing clear.
    pub(super) fn parts(&self, line: usize) -> Vec<Part<'a>> {
        if let Lines::Joined(by_line) = &self.lines {
            return by_line.get(line).cloned().unwrap_or_default();
        }
        let stock = self.head.as_ref().map_or("", |warehouse| warehouse.stock);
        vec![Part { quantity: None, stock, lot: None }]
    }

    /// How many pieces of a line arrived, by its stock-ins; `None` where those are not read.
    pub(super) fn arrived(&self, line: usize) -> Option<Decimal> {
        let Lines::Joined(by_line) = &self.lines else { return None };
        Some(by_line.get(line)?.iter().filter_map(|part| part.quantity).sum())
    }

    /// The stock-ins that are read say nothing clear, and that is refused.
    pub(super) fn are_unclear(&self) -> bool {
        matches!(self.lines, Lines::Unclear)
    }
}

impl<'a> Pass<'a> {
    /// Finds the warehouses and joins what arrived to the lines.
    pub(super) fn goods(&mut self) -> Goods<'a> {
        if !self.rules.joins_stockins {
            let head = self.warehouse(&self.refund.warehouse_no);
            return Goods { head, lines: Lines::Expected };
        }
        let stockins = self.rules.stockins(self.refund);
        let mut by_line = vec![Vec::new(); self.refund.lines.len()];
        let mut unclear = Unclear { other: stockins.is_empty(), ..Unclear::default() };
        let mut head: Option<Warehouse<'a>> = None;
        let mut orgs = BTreeSet::new();
        for stockin in stockins {
            if !stockin.faults.is_empty() {
                let (stockin_no, faults) = (stockin.stockin_no.clone(), stockin.faults.clone());
                self.refuse(Refusal::UnreadableStockin { stockin_no, faults });
                unclear.other = true;
                continue;
            }
            let warehouse = self.warehouse(&stockin.warehouse_no);
            for arrival in &stockin.arrivals {
                self.join(stockin, arrival, warehouse.as_ref(), &mut by_line, &mut unclear);
            }
            match warehouse {
                Some(warehouse) => {
                    orgs.insert((warehouse.org, warehouse.owner));
                    head.get_or_insert(warehouse);
                }
                None => unclear.other = true,
            }
        }
        if orgs.len() > 1 {
            let orgs = orgs.into_iter().map(|(org, _)| org.to_owned()).collect();
            self.refuse(Refusal::SeveralOrgs { orgs });
        }
        let is_unclear = unclear.other || !(unclear.unjoined.is_empty() && unclear.uncounted.is_empty());
        if !unclear.unjoined.is_empty() {
            self.refuse(Refusal::UnjoinedStockin { goods: unclear.unjoined });
        }
        if !unclear.uncounted.is_empty() {
            self.refuse(Refusal::UncountedStockin { goods: unclear.uncounted });
        }
        Goods { head, lines: if is_unclear { Lines::Unclear } else { Lines::Joined(by_line) } }
    }

    fn warehouse(&mut self, warehouse_no: &'a str) -> Option<Warehouse<'a>> {
        let rules = self.rules;
        let key = Key { table: "warehouses", field: "warehouse_no", value: warehouse_no, line: None };
        let hit = self.look_up(&rules.warehouses, &key)?;
        let org = hit.column("stock_org").unwrap_or(&rules.stock_org);
        Some(Warehouse {
            stock: hit.to,
            org,
            owner: hit.column("owner_org").unwrap_or(org),
            defect: hit.column("defect_to"),
        })
    }

    /// Adds what arrived to its line, in the part of the same place, batch and quality.
    fn join(
        &mut self,
        stockin: &'a Stockin,
        arrival: &'a Arrival,
        warehouse: Option<&Warehouse<'a>>,
        by_line: &mut [Vec<Part<'a>>],
        unclear: &mut Unclear,
    ) {
        let goods = || StockinGoods {
            stockin_no: stockin.stockin_no.clone(),
            spec_no: arrival.spec_no.clone(),
            quantity: arrival.num,
        };
        let Some(line) = self.line_of(arrival) else {
            let nothing = arrival.num.is_some_and(|num| num.is_zero());
            if !nothing {
                unclear.unjoined.push(goods());
            }
            return;
        };
        if arrival.num.is_none() {
            unclear.uncounted.push(goods());
            return;
        }
        let quantity = self.pieces(line, "num", arrival.num, true);
        unclear.other |= quantity.is_none();
        let (Some(quantity), Some(warehouse)) = (quantity.filter(|num| !num.is_zero()), warehouse) else {
            return;
        };
        let stock = match warehouse.defect {
            Some(defect) if arrival.defective => defect,
            None if arrival.defective => {
                let line = self.line_ref(line);
                self.flags.push(Flag::Defective { line, quantity });
                warehouse.stock
            }
            _ => warehouse.stock,
        };
        let lot = Some(arrival.batch_no.as_str()).filter(|batch| self.rules.lots && !batch.is_empty());
        let parts = &mut by_line[line];
        match parts.iter_mut().find(|part| (part.stock, part.lot) == (stock, lot)) {
            Some(Part { quantity: Some(sum), .. }) => *sum += quantity,
            _ => parts.push(Part { quantity: Some(quantity), stock, lot }),
        }
    }

    /// By the id of the line; where the row names none by its oid, else by its SKU, if only one line has it. Items of one
    /// 组合装 share an oid, so there the SKU decides among them.
    fn line_of(&self, arrival: &Arrival) -> Option<usize> {
        let lines = || self.refund.lines.iter().enumerate();
        if !arrival.order_id.is_empty() {
            return lines().find(|(_, line)| line.order_id == arrival.order_id).map(|(index, _)| index);
        }
        let of_oid: Vec<_> =
            lines().filter(|(_, line)| !line.oid.is_empty() && line.oid == arrival.oid).collect();
        if let [(index, _)] = of_oid.as_slice() {
            return Some(*index);
        }
        let among = if of_oid.is_empty() { lines().collect() } else { of_oid };
        let mut same = among.into_iter().filter(|(_, line)| line.spec_no == arrival.spec_no);
        same.next().map(|(index, _)| index).filter(|_| same.next().is_none())
    }
}

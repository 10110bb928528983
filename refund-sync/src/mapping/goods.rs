//! Where the goods of a return are: with `enrich = "stockin"` the stock-ins joined to its lines, else the expected
//! warehouse. What the parts of a line cost is `mapping::lines`'.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::refusal::StockinGoods;
use super::rules::MaterialFrom;
use super::{Flag, Key, Orgs, Pass, Refusal};
use crate::model::{Arrival, Stockin};

/// The 仓库 of a bill and the organisations that it decides.
pub(super) struct Warehouse<'a> {
    pub(super) stock: &'a str,
    pub(super) org: &'a str,
    pub(super) owner: &'a str,
    /// Where its 残品 stand and how, if otherwise.
    defect: Option<Defect<'a>>,
}

/// What `defect_to` says of 残品: another 仓库, another 库存状态, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defect<'a> {
    /// 仓库; `None`: where the sound ones stand.
    pub stock: Option<&'a str>,
    /// 库存状态; `None`: 可用.
    pub status: Option<&'a str>,
}

/// How a 库存状态 is written in `defect_to`.
pub const STATUS: &str = "status:";

impl<'a> Defect<'a> {
    /// `CK01-D`, `status:KCZT02_SYS`, or both with a blank between.
    pub fn read(cell: &'a str) -> Self {
        let cell = cell.trim();
        let (before, status) = match cell.split_once(STATUS) {
            Some((before, status)) if before.is_empty() || before.ends_with(' ') => (before, status.trim()),
            _ => (cell, ""),
        };
        let some = |text: &'a str| Some(text.trim()).filter(|text| !text.is_empty());
        Self { stock: some(before), status: some(status) }
    }
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
    /// The warehouse they came into, where a stock-in says.
    pub(super) warehouse_no: Option<&'a str>,
    /// Their batch, where a stock-in names one.
    pub(super) batch: Option<&'a str>,
    /// 生产日期.
    pub(super) produced: Option<NaiveDate>,
    /// 有效期至.
    pub(super) expires: Option<NaiveDate>,
    /// Both days are written.
    pub(super) is_dated: bool,
    /// 库存状态, if not 可用.
    pub(super) status: Option<&'a str>,
    /// 序列号 of its pieces, as far as the stock-ins name them.
    pub(super) serials: Vec<&'a str>,
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
        vec![Part::whole(stock)]
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

impl<'a> Part<'a> {
    /// All of a line, in one place.
    fn whole(stock: &'a str) -> Self {
        Self {
            quantity: None,
            stock,
            lot: None,
            warehouse_no: None,
            batch: None,
            produced: None,
            expires: None,
            is_dated: false,
            status: None,
            serials: Vec::new(),
        }
    }

    /// There are as many 序列号 as pieces.
    pub(super) fn is_counted_by_serials(&self) -> bool {
        self.quantity.and_then(|pieces| pieces.to_usize()) == Some(self.serials.len())
            && self.quantity.is_some_and(|pieces| pieces.fract().is_zero())
    }

    /// The same goods on the bill, whatever their number.
    fn is_like(&self, other: &Self) -> bool {
        let alike = |part: &Self| Self { quantity: None, serials: Vec::new(), ..part.clone() };
        alike(self) == alike(other)
    }
}

impl<'a> Pass<'a> {
    /// Finds the warehouses and joins what arrived to the lines.
    pub(super) fn goods(&mut self, orgs: &Orgs<'a>) -> Goods<'a> {
        if !self.joins_stockins() {
            let head = self.warehouse(&self.refund.warehouse_no, orgs);
            return Goods { head, lines: Lines::Expected };
        }
        let stockins = self.stockins();
        let mut by_line = vec![Vec::new(); self.refund.lines.len()];
        let mut unclear = Unclear { other: stockins.is_empty(), ..Unclear::default() };
        let mut head: Option<Warehouse<'a>> = None;
        let mut found = BTreeSet::new();
        for stockin in stockins {
            if !stockin.faults.is_empty() {
                let (stockin_no, faults) = (stockin.stockin_no.clone(), stockin.faults.clone());
                self.refuse(Refusal::UnreadableStockin { stockin_no, faults });
                unclear.other = true;
                continue;
            }
            let warehouse = self.warehouse(&stockin.warehouse_no, orgs);
            for arrival in &stockin.arrivals {
                self.join(stockin, arrival, warehouse.as_ref(), &mut by_line, &mut unclear);
            }
            match warehouse {
                Some(warehouse) => {
                    found.insert((warehouse.org, warehouse.owner));
                    head.get_or_insert(warehouse);
                }
                None => unclear.other = true,
            }
        }
        if found.len() > 1 {
            let orgs = found.into_iter().map(|(org, _)| org.to_owned()).collect();
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

    /// The organisations of its own row, else the shop's, else the default.
    fn warehouse(&mut self, warehouse_no: &'a str, orgs: &Orgs<'a>) -> Option<Warehouse<'a>> {
        let rules = self.rules;
        let key = Key { table: "warehouses", field: "warehouse_no", value: warehouse_no, line: None };
        let hit = self.look_up(&rules.warehouses, &key)?;
        let own = hit.column("stock_org");
        let org = own.or(orgs.stock).unwrap_or(&rules.stock_org);
        // The owner that a shop names goes with the shop's own 库存组织.
        let owner = orgs.owner.filter(|_| own.is_none()).unwrap_or(org);
        Some(Warehouse {
            stock: hit.to,
            org,
            owner: hit.column("owner_org").unwrap_or(owner),
            defect: hit.column("defect_to").map(Defect::read),
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
        let defect = warehouse.defect.filter(|_| arrival.defective);
        if arrival.defective && defect.is_none() {
            let line = self.line_ref(line);
            self.flags.push(Flag::Defective { line, quantity });
        }
        let rules = self.rules;
        let further = &rules.further;
        let lot = Some(arrival.batch_no.as_str()).filter(|batch| rules.lots && !batch.is_empty());
        let is_dated = rules.lots && self.material_of(line).is_some_and(|it| rules.shelf_life.dates(it));
        // What neither the bill nor a rule names parts no line.
        let named = |name| further.line_names(name);
        let part = Part {
            quantity: Some(quantity),
            stock: defect.and_then(|defect| defect.stock).unwrap_or(warehouse.stock),
            lot,
            warehouse_no: Some(stockin.warehouse_no.as_str()).filter(|_| named("warehouse_no")),
            batch: Some(arrival.batch_no.as_str()).filter(|_| named("line.batch_no")),
            produced: arrival.produced.filter(|_| is_dated || named("line.production_date")),
            expires: arrival.expires.filter(|_| is_dated || named("line.expire_date")),
            is_dated,
            status: defect.and_then(|defect| defect.status),
            serials: arrival
                .serials
                .iter()
                .filter(|_| rules.serials_from.is_some())
                .map(String::as_str)
                .collect(),
        };
        let parts = &mut by_line[line];
        match parts.iter_mut().find(|known| known.is_like(&part)) {
            Some(Part { quantity: Some(sum), serials, .. }) => {
                *sum += quantity;
                serials.extend(part.serials);
            }
            _ => parts.push(part),
        }
    }

    /// The 物料 of a line, if the table has it; that it has not is refused where the line is read.
    fn material_of(&self, line: usize) -> Option<&'a str> {
        let (line, rules) = (self.refund.lines.get(line)?, self.rules);
        let key = match rules.material_from {
            MaterialFrom::SpecNo => &line.spec_no,
            MaterialFrom::GoodsNo => &line.goods_no,
        };
        rules.materials.get(key, self.day()).ok().map(|hit| hit.to)
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

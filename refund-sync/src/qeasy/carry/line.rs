//! The rows of the bill: material, quantity, price, tax, warehouse, lot. The rest is `carry::further`'s.

use super::super::draft::{inline, quoted};
use super::super::expression::{Expr, Op};
use super::super::form::{Form, only_if};
use super::super::parts::{FieldRef, Part, shown};
use super::super::scheme::Reads;
use super::head::{MATERIALS, WAREHOUSES};
use super::{At, Carrier, Outcome, Section, Target, line_key};
use crate::lang::Text;
use crate::mapping::price::MOST_DECIMALS;

impl<'a> Carrier<'a> {
    /// FEntity: which list its rows are, and each of its fields.
    pub(super) fn rows(&mut self, at: At<'a>) {
        let lists = ["refund_order_list", "details_list", "detail_list", "1", ""];
        let list = at.field.value.trim_matches(['{', '}']);
        if !lists.contains(&list) {
            self.note(
                at,
                Outcome::Replaced,
                "",
                format!("单据的行总是退货明细 refund_order_list，不是 {}", shown(list)),
                format!("the rows are always those of refund_order_list, not of {}", shown(list)),
            );
        }
        for field in &at.field.children {
            self.line_field(At { section: Section::Line, side: at.side, field });
        }
    }

    fn line_field(&mut self, at: At<'a>) {
        let by_kingdee = (
            "由金蝶按物料或含税单价带出，不写",
            "金蝶 derives it from the material or the price with tax; left out",
        );
        match at.field.name.to_lowercase().as_str() {
            "fmaterialid" => self.material(at),
            "frealqty" | "fqty" => self.quantity(at),
            "fmustqty" => self.note(
                at,
                Outcome::Replaced,
                "",
                "应退数量总是退货数量 refund_num",
                "what is asked back is always refund_num",
            ),
            "ftaxprice" => self.price(at),
            "fprice" | "famount" | "fallamount" | "fentrytaxamount" | "fdiscountrate" | "fdiscount"
            | "fpricebaseqty" | "fsalunitqty" | "fsalbaseqty" | "fpriceunitid" | "fsalunitid"
            | "fbaseunitid" | "fbaseunitqty" => {
                if self.form(at) != Form::Empty {
                    self.note(at, Outcome::Replaced, "", by_kingdee.0, by_kingdee.1);
                }
            }
            "fisfree" => {
                if self.form(at) != Form::Empty {
                    self.note(
                        at,
                        Outcome::Replaced,
                        "",
                        "退款为 0 的行是赠品，其它行不是",
                        "a line without money is free, no other is",
                    );
                }
            }
            "fentrytaxrate" => self.tax_rate(at),
            "fstockid" => self.stock(at),
            "fownertypeid" => self.owner_type(at),
            "fownerid" => self.owner(at),
            "freturntype" => self.simple(at, "return_type", "退货类型"),
            "fstockstatusid" => self.status(at),
            "frowtype" => {
                if at.field.value.eq_ignore_ascii_case("Standard") {
                    self.carried(at, "Standard");
                } else if self.form(at) != Form::Empty {
                    self.note(at, Outcome::Replaced, "", "总是标准产品 Standard", "always Standard");
                }
            }
            "funitid" => self.unit(at),
            "flot" => self.lot(at),
            "fproducedate" | "fexpirydate" => self.shelf_life(at),
            "fdeliverydate" => {
                if self.form(at) != Form::Empty {
                    self.note(
                        at,
                        Outcome::Replaced,
                        "",
                        "退货日期总是单据日期",
                        "the day of the return is always the bill's",
                    );
                }
            }
            _ => self.further(at),
        }
    }

    fn material(&mut self, at: At<'_>) {
        let form = self.form(at);
        let field = match &form {
            Form::Field(field) => line_key(field).map(str::to_owned),
            Form::Find(find) => find.key().and_then(line_key).map(str::to_owned),
            Form::Switch(switch) => line_key(&switch.by).map(str::to_owned),
            _ => None,
        };
        let own = field.as_deref().filter(|key| matches!(*key, "spec_no" | "goods_no"));
        match (form, own) {
            (Form::Empty, _) => {}
            (Form::Field(_), Some(own)) => {
                self.draft.mapping.set("material_from", quoted(own), "物料按此字段");
                self.draft.mapping.set("materials", quoted("identity"), "两边编码一致");
                self.carried(at, "material_from, materials = \"identity\"");
            }
            (Form::Constant(number), _) => {
                let value = inline(&[("default", quoted(&number))]);
                self.draft.mapping.set("materials", value, "所有货品同一物料");
                self.note(
                    at,
                    Outcome::Carried,
                    "materials = { default }",
                    "所有货品写成同一物料，库存不会准确：请核对",
                    "all goods become one material, and no stock will be right: check this",
                );
            }
            (form, Some(own)) => {
                let by = if own == "spec_no" { "line.spec_no" } else { "line.goods_no" };
                let target = Target {
                    key: "materials",
                    file: MATERIALS,
                    column: "to",
                    about: Text::new("金蝶物料编码", "material of 金蝶"),
                };
                let otherwise = match &form {
                    Form::Switch(switch) => switch.otherwise.clone(),
                    _ => None,
                };
                self.draft.mapping.set("material_from", quoted(own), "物料按此字段");
                self.by_table_of_ours(at, form, &target, by);
                self.table_of(&target, otherwise.as_deref());
            }
            (form, None) => {
                let about = Text::new("金蝶物料编码", "material of 金蝶");
                self.draft.column(MATERIALS, "line.spec_no", "to", about);
                self.cannot(
                    at,
                    &form,
                    "物料按商家编码 spec_no 或货品编号 goods_no；已建立按 spec_no 的空表",
                    "the material goes by spec_no or goods_no: an empty table by spec_no is made",
                );
            }
        }
    }

    fn quantity(&mut self, at: At<'_>) {
        let form = self.form(at);
        let field = match &form {
            Form::Field(field) => Some(field.clone()),
            Form::Function(Expr::Call(name, of)) if name == "abs" => match of.as_slice() {
                [Expr::Field(field)] => Some(field.clone()),
                _ => None,
            },
            _ => None,
        };
        let is_abs = matches!(form, Form::Function(_));
        let key = field.as_ref().and_then(line_key);
        let sign = if is_abs {
            ("；负数会转为待处理，不会取绝对值", "; a negative one parks the return, abs is not taken")
        } else {
            ("", "")
        };
        let outcome = if is_abs { Outcome::Replaced } else { Outcome::Carried };
        match key {
            Some("refund_num") => {
                self.draft.mapping.set("quantity_from", quoted("refund_num"), "实退数量");
                self.note(
                    at,
                    outcome,
                    "quantity_from",
                    format!("与入库数量不同时由 on_quantity_gap 决定，默认待处理{}", sign.0),
                    format!(
                        "where what arrived differs, on_quantity_gap decides: parked by default{}",
                        sign.1
                    ),
                );
            }
            Some("stockin_num") => {
                self.draft.mapping.set("quantity_from", quoted("stockin_num"), "实退数量");
                self.note(
                    at,
                    outcome,
                    "quantity_from",
                    format!("与退货数量不同时由 on_quantity_gap 决定，默认待处理{}", sign.0),
                    format!(
                        "where what was asked back differs, on_quantity_gap decides: parked by default{}",
                        sign.1
                    ),
                );
            }
            Some("num" | "num2" | "goods_count" | "right_num") if self.reads == Reads::Stockins => {
                self.note(
                    at,
                    outcome,
                    "enrich = \"stockin\"",
                    format!("入库单的数量（num，没有则 goods_count）；与退货数量不同时默认待处理{}", sign.0),
                    format!("the stock-in's quantity (num, else goods_count); where it differs from what was asked back, parked by default{}", sign.1),
                );
            }
            _ if form == Form::Empty => {}
            _ => self.cannot(
                at,
                &form,
                "实退数量是 refund_num、stockin_num 或入库单的数量",
                "the quantity is refund_num, stockin_num, or the stock-in's",
            ),
        }
    }

    fn price(&mut self, at: At<'_>) {
        let form = self.form(at);
        if form == Form::Empty {
            return;
        }
        let digits = match &form {
            Form::Function(expr) => rounded_to(expr),
            _ => None,
        };
        if let Some(digits) = digits.filter(|digits| (2..=MOST_DECIMALS).contains(digits)) {
            self.draft.mapping.set("price_scale", digits.to_string(), "含税单价小数位数");
        }
        let divided = match &form {
            Form::Function(expr) => quotient(expr).map(|(over, _)| last(over).to_owned()),
            _ => None,
        };
        let exact = (
            "本程序把退款金额逐分摊到各行，再找出能还原每行金额的单价，还原不了就拆行；四舍五入的单价乘以数量可能差一分",
            "our price is found so that quantity × price gives the refunded cents of the line back, and the line is split where none does; a rounded price can be off by a cent",
        );
        match divided.as_deref() {
            Some("refund_order_amount") => {
                self.draft.mapping.set("amount_from", quoted("refund_order_amount"), "明细退款金额");
                self.note(at, Outcome::Replaced, "amount_from, price_scale", exact.0, exact.1);
            }
            Some("total_amount") => {
                self.draft.mapping.set("amount_from", quoted("total_amount"), "退货金额");
                self.note(at, Outcome::Replaced, "amount_from, price_scale", exact.0, exact.1);
            }
            _ => {
                let said = match &form {
                    Form::Field(FieldRef { path, .. }) => shown(path),
                    _ => shown(&at.field.value),
                };
                self.note(
                    at,
                    Outcome::Replaced,
                    "amount_from",
                    format!("原来取 {said}；改取明细退款金额 refund_order_amount ÷ 数量（或 amount_from = \"total_amount\" 取退货金额），两者可能不同。{}", exact.0),
                    format!("was {said}; now refund_order_amount over the quantity (or by amount_from = \"total_amount\" the goods' value), which may differ. {}", exact.1),
                );
            }
        }
    }

    fn tax_rate(&mut self, at: At<'_>) {
        let target = Target {
            key: "tax_rate",
            file: "mapping/tax_rates.csv",
            column: "to",
            about: Text::new("税率（百分数），按金蝶物料编码", "rate in percent by material of 金蝶"),
        };
        match self.form(at) {
            Form::Empty => {
                self.draft.mapping.set("tax_rate", quoted("kingdee"), "方案没有写税率：取金蝶物料的税率");
            }
            Form::Constant(rate) => match percent(&rate) {
                Some(rate) => {
                    self.draft.mapping.set("tax_rate", quoted(&rate), "税率（百分数）");
                    self.carried(at, "tax_rate");
                }
                None => self.note(
                    at,
                    Outcome::Cannot,
                    "tax_rate",
                    format!("{} 不是 0 到 100 的百分数；现取金蝶物料的税率", shown(&rate)),
                    format!("{} is no rate in percent; now the material's in 金蝶", shown(&rate)),
                ),
            },
            Form::Find(find) if self.key_of(&find).is_some_and(|by| by.starts_with("line.")) => {
                self.leave_to_fill(&target, "material", &find);
                self.draft.mapping.set("tax_rate", inline(&[("file", quoted(target.file))]), "按物料的税率");
                self.note(
                    at,
                    Outcome::Table,
                    "tax_rate (mapping/tax_rates.csv)",
                    "改为按金蝶物料编码的税率表；各物料税率与金蝶一致时写 tax_rate = \"kingdee\" 更简单",
                    "now a table of rates by material of 金蝶; where they are the material's own, tax_rate = \"kingdee\" is simpler",
                );
            }
            form => self.cannot(
                at,
                &form,
                "税率可以是固定值、按物料的对照表，或 \"kingdee\"（取金蝶物料的税率，现用）",
                "the rate is a constant, a table by material, or \"kingdee\" (the material's own, as it is now)",
            ),
        }
    }

    fn stock(&mut self, at: At<'_>) {
        let target = Target {
            key: "warehouses",
            file: WAREHOUSES,
            column: "to",
            about: Text::new("金蝶仓库编码", "warehouse of 金蝶"),
        };
        match self.form(at) {
            Form::Empty => {}
            Form::Constant(number) => {
                let value = inline(&[("default", quoted(&number))]);
                self.draft.mapping.set("warehouses", value, "所有退货进同一仓库");
                self.carried(at, "warehouses = { default }");
            }
            Form::Field(field) if self.name_of(&field) == Some("warehouse_no") => {
                self.draft.mapping.set("warehouses", quoted("identity"), "两边编码一致");
                let of_stockin = self.reads == Reads::Stockins;
                let (zh, en) = if of_stockin {
                    ("实际入库的仓库", "the warehouse the goods arrived in")
                } else {
                    (
                        "退换单上的仓库是预期仓库；要取实际仓库请设 enrich = \"stockin\"",
                        "the return names the expected warehouse; for the actual one set enrich = \"stockin\"",
                    )
                };
                self.note(at, Outcome::Carried, "warehouses = \"identity\"", zh, en);
            }
            form => {
                let otherwise = match &form {
                    Form::Switch(switch) => switch.otherwise.clone(),
                    _ => None,
                };
                match self.by_table_of_ours(at, form, &target, "warehouse_no") {
                    None => self.table_of(&target, otherwise.as_deref()),
                    Some(form) => self.cannot(
                        at,
                        &form,
                        "仓库可以是固定值，或按旺店通仓库编号的对照表 warehouses；已建立空表",
                        "the warehouse is a constant or goes by the warehouse of 旺店通, in the table warehouses: an empty one is made",
                    ),
                }
            }
        }
    }

    fn status(&mut self, at: At<'a>) {
        match self.form(at) {
            Form::Constant(text) if text == "KCZT01_SYS" => self.carried(at, "KCZT01_SYS"),
            _ => self.further(at),
        }
    }

    fn unit(&mut self, at: At<'_>) {
        match self.form(at) {
            Form::Empty => {}
            Form::Constant(_) => self.simple(at, "unit", "单位"),
            _ => self.note(
                at,
                Outcome::Replaced,
                "",
                "不写单位，由金蝶取物料的单位；要固定单位请设 unit",
                "left out: 金蝶 takes the material's; for one fixed unit set unit",
            ),
        }
    }

    fn lot(&mut self, at: At<'a>) {
        let form = self.form(at);
        match &form {
            Form::Empty => {}
            _ if self.is_of_stockin(&form, &["batch_no", "batch"]) => {
                self.draft.mapping.set("lot_from", quoted("batch_no"), "批号取入库单批次");
                let outcome =
                    if matches!(form, Form::Field(_)) { Outcome::Carried } else { Outcome::Replaced };
                self.note(
                    at,
                    outcome,
                    "lot_from",
                    "入库明细的批次；没有批次的行不写",
                    "the batch of the stock-in; a row without one has no lot",
                );
            }
            Form::Constant(_) | Form::Field(_) | Form::Joined(_) | Form::Switch(_) => self.further(at),
            _ => self.cannot(
                at,
                &form,
                "批号只能取入库单的批次：源为入库单时 lot_from = \"batch_no\"",
                "a lot is the batch of the stock-in: with stock-ins, lot_from = \"batch_no\"",
            ),
        }
    }

    fn shelf_life(&mut self, at: At<'a>) {
        let form = self.form(at);
        match &form {
            Form::Empty => {}
            _ if self.is_of_stockin(&form, &["production_date", "expire_date", "validity_date"]) => {
                self.draft.mapping.set("lot_from", quoted("batch_no"), "批号取入库单批次");
                self.note(
                    at,
                    Outcome::Replaced,
                    "lot_from",
                    "随批号一起写：只写给金蝶中启用保质期的物料（check --live 查得），不需要 case",
                    "goes with the lot, for materials that 金蝶 manages by shelf life (learned by check --live): no case is needed",
                );
            }
            Form::Constant(_) | Form::Field(_) => self.further(at),
            _ => self.cannot(
                at,
                &form,
                "生产日期和有效期只能取入库单的；源为入库单时 lot_from = \"batch_no\"",
                "both days are the stock-in's: with stock-ins, lot_from = \"batch_no\"",
            ),
        }
    }

    /// It is one of these fields of a stock-in, or that or nothing.
    fn is_of_stockin(&self, form: &Form, keys: &[&str]) -> bool {
        let field = match form {
            Form::Function(expr) => only_if(expr).or_else(|| form.time_field()),
            other => other.time_field(),
        };
        let key = field.and_then(line_key);
        self.reads == Reads::Stockins && key.is_some_and(|key| keys.contains(&key))
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A rate in percent as the configuration takes it: `13.00` is `13`.
fn percent(text: &str) -> Option<String> {
    let rate = rust_decimal::Decimal::from_str_exact(text.trim_end_matches('%')).ok()?;
    let is_rate = (rust_decimal::Decimal::ZERO..=rust_decimal::Decimal::ONE_HUNDRED).contains(&rate);
    is_rate.then(|| rate.normalize().to_string())
}

/// The digits that the outermost `round` keeps.
fn rounded_to(expr: &Expr) -> Option<u32> {
    match expr {
        Expr::Call(name, of) if name == "round" => match of.get(1) {
            Some(Expr::Number(digits)) => u32::try_from(*digits).ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression divides one field of a line by another: which.
fn quotient(expr: &Expr) -> Option<(&str, &str)> {
    match expr {
        Expr::Binary(Op::Over, over, under) => Some((field_in(over)?, field_in(under)?)),
        Expr::Call(name, of) if matches!(name.as_str(), "round" | "abs" | "ifnull" | "truncate") => {
            quotient(of.first()?)
        }
        Expr::Case { whens, otherwise, .. } => {
            // Guards against a quantity of zero.
            let mut branches = whens.iter().map(|(_, then)| then).chain(otherwise.as_deref());
            branches.find_map(quotient)
        }
        _ => None,
    }
}

fn field_in(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Field(field) => Some(&field.path),
        Expr::Text(parts) => match parts.as_slice() {
            [Part::Field(field)] => Some(&field.path),
            _ => None,
        },
        Expr::Call(name, of) if matches!(name.as_str(), "abs" | "ifnull") => field_in(of.first()?),
        Expr::Negative(inner) => field_in(inner),
        _ => None,
    }
}

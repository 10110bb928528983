//! The head of the bill and 财务信息: type, number, date, organisations, customer. The rest is `carry::further`'s.

use super::super::draft::{inline, list, quoted};
use super::super::form::Form;
use super::super::parts::{Part, shown};
use super::super::scheme::Reads;
use super::{At, Carrier, Outcome, Section, Target};
use crate::lang::Text;

/// The tables by shop.
const ORGS: &str = "mapping/orgs.csv";
const CUSTOMERS: &str = "mapping/customers.csv";
pub(super) const WAREHOUSES: &str = "mapping/warehouses.csv";
pub(super) const MATERIALS: &str = "mapping/materials.csv";

impl<'a> Carrier<'a> {
    /// Everything that is written.
    pub(super) fn target(&mut self) {
        let side = &self.scheme.target;
        for field in &side.fields {
            let at = At { section: Section::Head, side, field };
            match field.name.to_lowercase().as_str() {
                "fentity" | "fentry" | "fsaleentity" => self.rows(at),
                "subheadentity" => {
                    for field in &field.children {
                        self.head_field(At { section: Section::Finance, side, field });
                    }
                }
                _ => self.head_field(at),
            }
        }
        self.without_a_field();
    }

    fn head_field(&mut self, at: At<'a>) {
        let field = at.field;
        match field.name.to_lowercase().as_str() {
            "fbilltypeid" => self.simple(at, "bill_type", "单据类型"),
            "fbillno" => self.number(at),
            "fdate" => self.date(at),
            "fsaleorgid" => self.org(at, "sale_org", "销售组织"),
            "fsettleorgid" => self.org(at, "settle_org", "结算组织"),
            "fstockorgid" => self.org(at, "stock_org", "库存组织"),
            "fowneridhead" | "fownerid" => self.owner(at),
            "fretcustid" => self.customer(at),
            "fsettlecurrid" => self.simple(at, "currency", "结算币别"),
            "fownertypeidhead" | "fownertypeid" => self.owner_type(at),
            "fthirdbillno" | "fthirdbillid" | "fthirdsrctype" => self.note(
                at,
                Outcome::Replaced,
                "",
                "第三方单据字段是本程序的标记，用来认出自己写的单据，写的是退换单号",
                "the fields of a third party's bill hold our mark, by which a bill is known as ours: the refund's number",
            ),
            "fisincludedtax" => self.note(
                at,
                Outcome::Replaced,
                "",
                "总是写 true：单价含税，否则金蝶会按税率重算",
                "always true: the price includes tax, or 金蝶 would compute it anew",
            ),
            "fispriceexcludetax" => self.note(
                at,
                Outcome::Replaced,
                "",
                "由含税单价决定，不写",
                "follows from the price with tax and is left out",
            ),
            "fid" | "fdocumentstatus" => self.note(
                at,
                Outcome::Replaced,
                "",
                "只新建单据，从不按内码改写，状态由金蝶决定",
                "bills are only made, never replaced by their id; their state is 金蝶's",
            ),
            _ => self.further(at),
        }
    }

    /// A constant that a setting says.
    pub(super) fn simple(&mut self, at: At<'_>, setting: &'static str, about: &str) {
        match self.form(at) {
            Form::Constant(text) => {
                self.draft.mapping.set(setting, quoted(&text), about);
                self.carried(at, setting);
            }
            Form::Empty => {}
            form => self.cannot(
                at,
                &form,
                &format!("{setting} 对所有单据相同；不同时请分成几个同步方案"),
                &format!("{setting} is the same for all bills: where it differs, make several pipelines"),
            ),
        }
    }

    fn number(&mut self, at: At<'_>) {
        let form = self.form(at);
        let is_number = |part: &Part| matches!(part, Part::Field(field) if matches!(field.path.as_str(), "refund_no" | "src_order_no"));
        match &form {
            Form::Empty => {}
            Form::Field(field) if self.name_of(field) == Some("refund_no") => {
                self.carried(at, "FBillNo = refund_no");
            }
            Form::Joined(parts) => match parts.as_slice() {
                [Part::Text(prefix), number] if is_number(number) && fits_a_number(prefix) => {
                    self.draft.mapping.set("bill_no_prefix", quoted(prefix), "单据编号前缀");
                    self.carried(at, "bill_no_prefix");
                }
                _ => self.number_is_ours(at),
            },
            Form::Field(_) | Form::Function(_) | Form::Switch(_) | Form::Find(_) | Form::Constant(_) => {
                self.number_is_ours(at);
            }
            Form::Unclear(_) => {
                self.cannot(at, &form, "单据编号总是退换单号", "the number is always the refund's");
            }
        }
    }

    fn number_is_ours(&mut self, at: At<'_>) {
        self.note(
            at,
            Outcome::Replaced,
            "",
            "单据编号总是退换单号（可加前缀 bill_no_prefix）：一张退换单一张单据，这样才不会重单；原来的编号可写入 [pipeline.mapping.head] 的其它字段",
            "the number is always the refund's (with bill_no_prefix, if wished): one refund, one bill, or nothing would be safe from doubles; the former number can go to another field by [pipeline.mapping.head]",
        );
    }

    fn date(&mut self, at: At<'_>) {
        let form = self.form(at);
        let Some(field) = form.time_field() else {
            if form != Form::Empty {
                self.cannot(
                    at,
                    &form,
                    "单据日期只能取 check_time、finish_time、modified",
                    "the bill's date is one of check_time, finish_time, modified",
                );
            }
            return;
        };
        let own = match field.path.as_str() {
            "modified" => "modified",
            "finish_time" | "settle_time" => "finish_time",
            "check_time" | "stockin_time" => "check_time",
            _ => {
                let (zh, en) = self.why_not(field);
                let (zh, en) = (
                    format!(
                        "{zh}。单据日期只能取 check_time、finish_time、modified，现用默认：审核时间，没有则结算时间"
                    ),
                    format!(
                        "{en}. The bill's date is one of check_time, finish_time, modified; now the default: check_time, else finish_time"
                    ),
                );
                return self.note(at, Outcome::Cannot, "", zh, en);
            }
        };
        let mut order = vec![own.to_owned()];
        if own == "check_time" {
            // A return's own row seldom has one.
            order.push("finish_time".to_owned());
        }
        self.draft.mapping.set("date_from", list(&order), "单据日期");
        let (zh, en) = match own {
            "modified" => (
                "任何修改都会推后最后修改时间；第一次生成单据时固定下来，之后不再变",
                "any edit moves this time; the bill's date is fixed when the bill is first made, and stays",
            ),
            "check_time" if self.reads == Reads::Stockins => (
                "取入库单的审核时间，没有则入库时间；入库单都没有时取结算时间",
                "the stock-in's check_time, else its stockin_time; where neither is there, finish_time",
            ),
            "check_time" => (
                "退换单上一般没有 check_time，没有时取结算时间 finish_time",
                "a return seldom carries check_time; where it is missing, finish_time",
            ),
            _ => ("", ""),
        };
        self.note(at, Outcome::Carried, "date_from", zh, en);
    }

    fn org(&mut self, at: At<'_>, setting: &'static str, about: &'static str) {
        let form = match self.form(at) {
            Form::Constant(number) => {
                self.draft.mapping.set(setting, quoted(&number), about);
                return self.carried(at, setting);
            }
            Form::Empty => return,
            form => form,
        };
        let by_shop = Target { key: "orgs", file: ORGS, column: setting, about: Text::new(about, setting) };
        if let Form::Switch(switch) = &form
            && let Some(otherwise) = &switch.otherwise
            && self.by(&switch.by).is_some()
        {
            self.draft.mapping.set(setting, quoted(otherwise), about);
        }
        let is_shop = matches!(&form, Form::Field(field) if self.by(field) == Some("shop_no"));
        if is_shop {
            let whom = Text::of(
                format!("{about}（原来等于店铺编号）"),
                format!("{setting} (was the shop's number)"),
            );
            self.draft.column(ORGS, "shop_no", setting, whom);
            self.table_of(&by_shop, None);
            return self.note(
                at,
                Outcome::Table,
                "orgs (mapping/orgs.csv)",
                "原来以店铺编号作组织编码；每个店铺写一行",
                "was the shop's own number; write a row for each shop",
            );
        }
        let Some(form) = self.by_table_of_ours(at, form, &by_shop, "shop_no") else {
            return self.table_of(&by_shop, None);
        };
        if setting == "stock_org" {
            let by_warehouse = Target {
                key: "warehouses",
                file: WAREHOUSES,
                column: setting,
                about: Text::new(about, setting),
            };
            let Some(form) = self.by_table_of_ours(at, form, &by_warehouse, "warehouse_no") else { return };
            return self.org_cannot(at, &form);
        }
        self.org_cannot(at, &form);
    }

    fn org_cannot(&mut self, at: At<'_>, form: &Form) {
        self.cannot(
            at,
            form,
            "组织可以是固定值，或按店铺的对照表 orgs；库存组织也可以按仓库",
            "an organisation is a constant or stands in the table orgs by shop; the stock organisation may go by warehouse, too",
        );
    }

    /// 货主: the same as 库存组织 unless a table says otherwise.
    pub(super) fn owner(&mut self, at: At<'_>) {
        let stock_org = self.scheme.target.field("FStockOrgId").map(|field| field.value.clone());
        let form = self.form(at);
        match &form {
            Form::Empty => {}
            _ if stock_org.as_deref() == Some(at.field.value.as_str()) => {
                self.note(
                    at,
                    Outcome::Carried,
                    "stock_org",
                    "与库存组织相同",
                    "the same as the stock organisation",
                );
            }
            Form::Constant(number) => {
                let about = Text::of(
                    format!("货主（原来固定为 {}）", shown(number)),
                    format!("owner_org (was always {})", shown(number)),
                );
                self.draft.column(ORGS, "shop_no", "owner_org", about);
                let target = Target {
                    key: "orgs",
                    file: ORGS,
                    column: "owner_org",
                    about: Text::new("货主", "owner_org"),
                };
                self.table_of(&target, None);
                self.note(
                    at,
                    Outcome::Table,
                    "orgs (mapping/orgs.csv)",
                    "货主与库存组织不同：在对照表的 owner_org 列为每个店铺填写",
                    "the owner differs from the stock organisation: fill in the column owner_org for each shop",
                );
            }
            _ => self.org(at, "owner_org", "货主"),
        }
    }

    pub(super) fn owner_type(&mut self, at: At<'_>) {
        match self.form(at) {
            Form::Empty => {}
            Form::Constant(text) if text == "BD_OwnerOrg" => self.carried(at, "BD_OwnerOrg"),
            _ => self.note(
                at,
                Outcome::Cannot,
                "",
                "货主类型总是业务组织 BD_OwnerOrg；货主是客户或供应商的退货请手工处理",
                "the owner is always an organisation (BD_OwnerOrg); returns that a customer or supplier owns are for people",
            ),
        }
    }

    fn customer(&mut self, at: At<'_>) {
        let form = self.form(at);
        let target = |key_from: &str| Target {
            key: "customers",
            file: CUSTOMERS,
            column: "to",
            about: Text::of(
                format!("金蝶客户编码，按 {key_from}"),
                format!("customer of 金蝶 by {key_from}"),
            ),
        };
        let from = match &form {
            Form::Field(field) => self.by(field),
            Form::Find(find) => self.key_of(find),
            Form::Switch(switch) => self.by(&switch.by),
            _ => None,
        };
        let from = from.filter(|from| matches!(*from, "shop_no" | "customer_no"));
        match form {
            Form::Empty => {}
            Form::Constant(number) => {
                let value = inline(&[("default", quoted(&number))]);
                self.draft.mapping.set("customers", value, "所有店铺同一客户");
                self.carried(at, "customers = { default }");
            }
            Form::Field(field)
                if from.is_some() && matches!(field.path.as_str(), "shop_no" | "customer_no") =>
            {
                self.draft.mapping.set("customer_from", quoted(&field.path), "客户按此字段");
                self.draft.mapping.set("customers", quoted("identity"), "两边编码一致");
                self.carried(at, "customers = \"identity\"");
            }
            form => {
                let Some(from) = from else {
                    return self.cannot(
                        at,
                        &form,
                        "客户按店铺或客户编号查对照表 customers；已建立按店铺的空表",
                        "the customer goes by shop or customer number, in the table customers: an empty one by shop is made",
                    );
                };
                let target = target(from);
                let otherwise = match &form {
                    Form::Switch(switch) => switch.otherwise.clone(),
                    _ => None,
                };
                self.draft.mapping.set("customer_from", quoted(from), "客户按此字段");
                let left = self.by_table_of_ours(at, form, &target, from);
                if let Some(Form::Field(_)) = left {
                    self.draft.column(CUSTOMERS, from, "to", target.about.clone());
                    self.note(
                        at,
                        Outcome::Table,
                        "customers (mapping/customers.csv)",
                        "改为按店铺编号的对照表",
                        "now a table by the shop's number",
                    );
                }
                self.table_of(&target, otherwise.as_deref());
            }
        }
    }

    /// What must be said although the scheme does not, so that the configuration is whole.
    fn without_a_field(&mut self) {
        let has = |draft: &super::super::draft::Draft, key: &str| draft.mapping.get(key).is_some();
        if !has(&self.draft, "tax_rate") {
            self.draft.mapping.set("tax_rate", quoted("kingdee"), "方案没有写税率：取金蝶物料的税率");
        }
        for (key, file, by, zh, en) in [
            ("customers", CUSTOMERS, "shop_no", "金蝶客户编码", "customer of 金蝶"),
            ("warehouses", WAREHOUSES, "warehouse_no", "金蝶仓库编码", "warehouse of 金蝶"),
        ] {
            if !has(&self.draft, key) {
                self.draft.column(file, by, "to", Text::new(zh, en));
                self.draft.mapping.set(key, inline(&[("file", quoted(file))]), zh);
            }
        }
        if !has(&self.draft, "materials") {
            self.draft.mapping.set("materials", quoted("identity"), "商家编码与金蝶物料编码一致");
        }
        // A table of which only an organisation was asked has numbers of its own, too.
        for (key, file) in [("customers", CUSTOMERS), ("warehouses", WAREHOUSES), ("materials", MATERIALS)] {
            let Some(table) = self.draft.tables.get(file) else { continue };
            let by = table.by.clone();
            self.draft.column(file, &by, "to", Text::new("金蝶编码", "number in 金蝶"));
            let said = self.draft.mapping.get(key).unwrap_or_default().to_owned();
            if !said.contains("file =") {
                let value = match said.strip_prefix("{ ") {
                    Some(default) => format!("{{ file = {}, {default}", quoted(file)),
                    None => inline(&[("file", quoted(file))]),
                };
                self.draft.mapping.set(key, value, "按对照表");
            }
        }
    }
}

/// What a prefix of a bill's number may be.
fn fits_a_number(prefix: &str) -> bool {
    prefix.len() <= 20 && prefix.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

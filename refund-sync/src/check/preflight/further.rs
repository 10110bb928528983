//! The rules of further fields beside the form as the site has it: keys that it does not have or has elsewhere, types that
//! do not fit, required fields that nothing fills, and the base data that the rules name. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::finding::{Finding, Severity};
use super::{Facts, Standing};
use crate::lang::{Text, both};
use crate::mapping::fields::{FieldRule, FieldValue, Lookup, Segment};
use crate::mapping::form::Part;
use crate::mapping::rules::{ShelfLife, TaxRate};
use crate::mapping::table::Table;
use crate::mapping::{Defect, Rules};
use crate::sink::form::{FormField, Takes};

/// What 金蝶 fills by itself, from the material, the organisation or the user.
const FILLED_BY_KINGDEE: [&str; 12] = [
    "FUnitID",
    "FBaseUnitId",
    "FSalUnitID",
    "FPriceUnitId",
    "FLocalCurrId",
    "FExchangeTypeId",
    "FExchangeRate",
    "FCreatorId",
    "FCreateDate",
    "FModifierId",
    "FModifyDate",
    "FDocumentStatus",
];

/// What the program sends of itself, apart from what settings add.
const SENT: [(Part, &[&str]); 3] = [
    (
        Part::Head,
        &[
            "FBillTypeID",
            "FBillNo",
            "FDate",
            "FSaleOrgId",
            "FRetcustId",
            "FStockOrgId",
            "FHeadNote",
            "FOwnerTypeIdHead",
            "FOwnerIdHead",
        ],
    ),
    (
        Part::Finance,
        &["FSettleCurrId", "FThirdBillNo", "FThirdBillId", "FThirdSrcType", "FSettleOrgId", "FIsIncludedTax"],
    ),
    (
        Part::Line,
        &[
            "FRowType",
            "FMaterialId",
            "FMustqty",
            "FRealQty",
            "FTaxPrice",
            "FIsFree",
            "FReturnType",
            "FOwnerTypeId",
            "FOwnerId",
            "FStockId",
            "FStockstatusId",
            "FDeliveryDate",
        ],
    ),
];

/// Who fills a field.
#[derive(Debug, Clone, Copy)]
pub enum FilledBy<'r> {
    /// The program.
    Program,
    /// A rule of the configuration.
    Rule(&'r FieldRule),
    /// 金蝶 itself.
    Kingdee,
    /// Nobody, as far as is known.
    Nobody,
}

/// Who fills a field of the form.
pub fn filled_by<'r>(field: &FormField, rules: &'r Rules) -> FilledBy<'r> {
    let Some(part) = Part::ALL.into_iter().find(|part| field.is_in(*part)) else { return FilledBy::Nobody };
    if let Some(rule) = of_part(rules, part).iter().find(|rule| field.is(&rule.key)) {
        return FilledBy::Rule(rule);
    }
    let sent = SENT.iter().filter(|(of, _)| *of == part).flat_map(|(_, keys)| keys.iter());
    let by_setting = match part {
        Part::Line => [
            ("FUnitID", rules.unit.is_some()),
            ("FEntryTaxRate", !matches!(rules.tax_rate, TaxRate::Kingdee)),
            ("FLot", rules.lots),
            ("FProduceDate", rules.lots && rules.shelf_life != ShelfLife::None),
            ("FExpiryDate", rules.lots && rules.shelf_life != ShelfLife::None),
            ("FSerialSubEntity", rules.serials_from.is_some()),
        ]
        .iter()
        .any(|(key, is_sent)| *is_sent && field.is(key)),
        Part::Head | Part::Finance => false,
    };
    if by_setting || sent.into_iter().any(|key| field.is(key)) {
        FilledBy::Program
    } else if FILLED_BY_KINGDEE.iter().any(|key| field.is(key)) {
        FilledBy::Kingdee
    } else {
        FilledBy::Nobody
    }
}

fn of_part(rules: &Rules, part: Part) -> &[FieldRule] {
    match part {
        Part::Head => &rules.further.head,
        Part::Finance => &rules.further.finance,
        Part::Line => &rules.further.line,
    }
}

/// Base data that the rules name: by form, organisation (empty: any) and number, where it stands.
pub(super) type Named = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// The numbers that the rules name, as far as the form says what they refer to.
pub(super) fn named(rules: &Rules, form: &[FormField], today: NaiveDate) -> Named {
    let mut named = Named::new();
    for part in Part::ALL {
        for rule in of_part(rules, part) {
            let field = form.iter().find(|field| field.is_in(part) && field.is(&rule.key));
            let (Some(refers_to), FieldValue::Number(lookup)) =
                (field.and_then(|field| field.refers_to.as_ref()), &rule.value)
            else {
                continue;
            };
            let orgs = orgs_of(part, &rule.key, rules);
            for (key, number) in numbers(lookup, today) {
                let origin = format!("[pipeline.mapping.{}] {}{}", part.section(), rule.key, key);
                for org in &orgs {
                    let of_org = named.entry(refers_to.clone()).or_default().entry(org.clone()).or_default();
                    of_org.entry(number.clone()).or_insert_with(|| origin.clone());
                }
            }
        }
    }
    statuses(rules, form, today, &mut named);
    named
}

/// The 库存状态 that `defect_to` names.
fn statuses(rules: &Rules, form: &[FormField], today: NaiveDate, named: &mut Named) {
    let Table::Rows { rows, .. } = &rules.warehouses else { return };
    let field = form.iter().find(|field| field.is_in(Part::Line) && field.is("FStockstatusId"));
    let Some(form) = field.and_then(|field| field.refers_to.as_ref()) else { return };
    let all = rows.iter().flat_map(|(key, rows)| rows.iter().map(move |row| (key, row)));
    for (key, row) in all.filter(|(_, row)| row.valid_to.is_none_or(|last| last >= today)) {
        let Some(status) = row.columns.get("defect_to").and_then(|cell| Defect::read(cell).status) else {
            continue;
        };
        // 库存状态 belongs to no organisation.
        let of_all = named.entry(form.clone()).or_default().entry(String::new()).or_default();
        of_all.entry(status.to_owned()).or_insert_with(|| format!("warehouses {key} defect_to"));
    }
}

/// Numbers that are written, each behind the key of its row.
fn numbers(lookup: &Lookup, today: NaiveDate) -> Vec<(String, String)> {
    match lookup {
        Lookup::Template(template) => match template.0.as_slice() {
            [Segment::Text(number)] => vec![(String::new(), number.clone())],
            _ => Vec::new(),
        },
        Lookup::Table { table: Table::Rows { rows, default, .. }, column, .. } => {
            let of_row = |row: &crate::mapping::table::TableRow| match column {
                Some(column) => row.columns.get(column).cloned().unwrap_or_default(),
                None => row.to.clone(),
            };
            let all = rows.iter().flat_map(|(key, rows)| rows.iter().map(move |row| (key, row)));
            let hold = all.filter(|(_, row)| row.valid_to.is_none_or(|last| last >= today));
            let numbers = hold.map(|(key, row)| (format!(" {key}"), of_row(row)));
            let default = default.iter().map(|default| (" default".to_owned(), default.clone()));
            numbers.chain(default).filter(|(_, number)| !number.is_empty()).collect()
        }
        Lookup::Table { table: Table::Identity, .. } => Vec::new(),
    }
}

/// The organisations that use a number. Inferred: stock fields and rows belong to the stock organisation, 财务信息 to the
/// settling one, the rest to the sales organisation.
fn orgs_of(part: Part, key: &str, rules: &Rules) -> BTreeSet<String> {
    let is_stock = part == Part::Line || key.to_lowercase().contains("stock");
    let (default, column) = match part {
        _ if is_stock => (&rules.stock_org, "stock_org"),
        Part::Finance => (&rules.settle_org, "settle_org"),
        Part::Head | Part::Line => (&rules.sale_org, "sale_org"),
    };
    let mut orgs = BTreeSet::from([default.clone()]);
    let tables = [rules.orgs.as_ref(), is_stock.then_some(&rules.warehouses)];
    for table in tables.into_iter().flatten() {
        let Table::Rows { rows, .. } = table else { continue };
        let cells = rows.values().flatten().filter_map(|row| row.columns.get(column));
        orgs.extend(cells.filter(|cell| !cell.is_empty()).cloned());
    }
    orgs
}

/// What the form and the base data say about the rules.
pub(super) fn judge(rules: &Rules, facts: &Facts, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(form) = &facts.form else {
        if rules.further.iter().next().is_some() {
            findings.push(Finding {
                severity: Severity::Warning,
                cause: "form_untold",
                subject: "SAL_RETURNSTOCK".to_owned(),
                message: Text::new(
                    "该站点不提供单据的字段清单，其它字段未核对",
                    "this site does not tell which fields the form has: further fields are unchecked",
                ),
                fix: Text::new(
                    "首次运行后请在金蝶中查看单据，或重新检查: refund-sync check --live",
                    "look at a bill in 金蝶 after the first run, or ask again: refund-sync check --live",
                ),
            });
        }
        return findings;
    };
    for part in Part::ALL {
        for rule in of_part(rules, part) {
            findings.extend(of_rule(rule, part, form));
        }
    }
    for field in
        form.iter().filter(|field| field.required && matches!(filled_by(field, rules), FilledBy::Nobody))
    {
        findings.extend(unfilled(field));
    }
    findings.extend(base_data(rules, form, facts, today));
    findings
}

fn of_rule(rule: &FieldRule, part: Part, form: &[FormField]) -> Option<Finding> {
    let key = &rule.key;
    let find = |cause, message: Text, fix: Text| Finding {
        severity: Severity::Fault,
        cause,
        subject: format!("[pipeline.mapping.{}] {key}", part.section()),
        message,
        fix,
    };
    if let Some(field) = form.iter().find(|field| field.is_in(part) && field.is(key)) {
        let (name, kind) = (&field.name, &field.kind);
        let (is, zh, fix) = match (field.takes(), &rule.value) {
            (Takes::BaseData, FieldValue::Text(_) | FieldValue::Date(_)) => {
                ("refers to base data", "是基础资料", "{ number = \"…\" }")
            }
            (Takes::BaseData, FieldValue::Constant(json)) if !json.starts_with('{') => {
                ("refers to base data", "是基础资料", "{ number = \"…\" }")
            }
            (Takes::Day, value) if !may_be(value, is_day) => {
                ("is a day", "是日期", "{ date = \"finish_time\" }")
            }
            (Takes::Number, value) if !may_be(value, is_figure) => {
                ("is a number", "是数值", "{ value = 12 }")
            }
            (Takes::Text, FieldValue::Number(_) | FieldValue::Name(_) | FieldValue::Object(..)) => {
                ("is a text", "是文本", "\"…\"")
            }
            (Takes::Flag, value) if !matches!(value, FieldValue::Constant(json) if ["true", "false"].contains(&json.as_str())) => {
                ("is true or false", "是复选框", "{ value = true }")
            }
            _ => return None,
        };
        return Some(find(
            "field_type",
            both!(
                "{name}在该站点{zh}（{kind}），与规则不符",
                "{name} {is} at this site ({kind}), and the rule makes something else"
            ),
            Text::same(format!("{key} = {fix}")),
        ));
    }
    if let Some(elsewhere) = form.iter().find(|field| field.is(key)) {
        let at = Part::ALL.into_iter().find(|part| elsewhere.is_in(*part));
        return Some(find(
            "field_elsewhere",
            both!(
                "是 {} 的字段，不是 {} 的：写在这里会被悄悄丢弃",
                "is a field of {}, not of {}: 金蝶 drops it here in silence",
                elsewhere.part,
                part.key()
            ),
            at.map_or_else(
                || Text::new("请删除", "remove it"),
                |at| {
                    both!("请移至 [pipeline.mapping.{0}]", "put it into [pipeline.mapping.{0}]", at.section())
                },
            ),
        ));
    }
    let lower = key.to_lowercase();
    let mut near: Vec<(usize, &str)> = form
        .iter()
        .filter(|field| field.is_in(part))
        .map(|field| (strsim::damerau_levenshtein(&lower, &field.key.to_lowercase()), field.key.as_str()))
        .collect();
    near.sort_unstable();
    let near: Vec<&str> = near.into_iter().take(3).map(|(_, key)| key).collect();
    let (part, chinese) = (part.key(), part.chinese());
    Some(find(
        "field_unknown",
        both!(
            "该站点的{chinese}没有这个字段：会被金蝶悄悄丢弃",
            "this site's form has no such field in {part}: 金蝶 drops it in silence"
        ),
        both!("相近：{0}", "nearest: {0}", near.join(", ")),
    ))
}

/// Whether a rule may come to such a text: what is made of fields of 旺店通 may come to anything.
fn may_be(value: &FieldValue, is_such: fn(&str) -> bool) -> bool {
    match value {
        FieldValue::Date(_) => is_such("2026-01-01"),
        FieldValue::Constant(json) => is_such(json.trim_matches('"')),
        FieldValue::Text(template) => match template.0.as_slice() {
            [Segment::Text(text)] => is_such(text),
            _ => true,
        },
        FieldValue::Number(_) | FieldValue::Name(_) | FieldValue::Object(..) => false,
    }
}

fn is_day(text: &str) -> bool {
    text.get(..10).is_some_and(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok())
}

fn is_figure(text: &str) -> bool {
    Decimal::from_str_exact(text.trim()).is_ok()
}

/// A field that the site requires and nothing fills.
fn unfilled(field: &FormField) -> Option<Finding> {
    let part = Part::ALL.into_iter().find(|part| field.is_in(*part))?;
    let FormField { key, name, kind, .. } = field;
    let example = match field.takes() {
        Takes::BaseData if key.eq_ignore_ascii_case("FStocklocId") => {
            "{ object = \"FSTOCKLOCID__FF100001\", number = \"…\" }"
        }
        Takes::BaseData => "{ number = \"…\" }",
        Takes::Flag => "{ value = true }",
        Takes::Day => "{ date = \"finish_time\" }",
        Takes::Number => "{ value = 12 }",
        Takes::Text | Takes::Anything => "\"…\"",
    };
    Some(Finding {
        severity: Severity::Warning,
        cause: "field_required",
        subject: format!("{} {key} {name}", field.part),
        message: both!(
            "该站点必录（{kind}），没有规则填写：除非金蝶自动带出，否则会被拒绝",
            "is required at this site ({kind}) and no rule fills it: bills are refused unless 金蝶 fills it by itself"
        ),
        fix: Text::same(format!("[pipeline.mapping.{}] {key} = {example}", part.section())),
    })
}

fn base_data(rules: &Rules, form: &[FormField], facts: &Facts, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (kind, orgs) in named(rules, form, today) {
        for (org, numbers) in orgs {
            let asked = facts.further.get(&kind).and_then(|orgs| orgs.get(&org));
            for (number, origin) in numbers {
                let told = stands(asked.and_then(|asked| asked.get(&number)), &org);
                findings.extend(told.map(|(severity, cause, message, fix)| Finding {
                    severity,
                    cause,
                    subject: format!("{origin} → {number} ({org})"),
                    message: message.before(&format!("{kind} "), &format!("{kind} ")),
                    fix,
                }));
            }
        }
    }
    findings
}

type Told = (Severity, &'static str, Text, Text);

fn stands(standing: Option<&Standing>, org: &str) -> Option<Told> {
    let fault = |cause, message: Text, fix: Text| Some((Severity::Fault, cause, message, fix));
    match standing {
        None => Some((
            Severity::Warning,
            "not_asked",
            Text::new("该站点无法查询，或没有查询过", "cannot be asked for at this site, or was not"),
            Text::new("请在金蝶中查看", "look at it in 金蝶"),
        )),
        Some(Standing::Absent(orgs)) if orgs.is_empty() => fault(
            "absent",
            Text::new("不存在，或集成用户无权查看", "does not exist, or this user may not see it"),
            Text::new("请更正编码，或在金蝶中新建", "correct the number, or create it in 金蝶"),
        ),
        Some(Standing::Absent(orgs)) => {
            let orgs = orgs.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            fault(
                "not_allocated",
                both!(
                    "只在组织 {orgs} 中存在，使用它的组织 {org} 中没有",
                    "exists in organisation {orgs}, not in {org}, which uses it"
                ),
                Text::new(
                    "请在金蝶中分配，或按店铺写不同编码",
                    "allocate it in 金蝶, or name another one by shop",
                ),
            )
        }
        Some(Standing::Present(record)) if record.document_status != "C" => fault(
            "unaudited",
            both!(
                "未审核（FDocumentStatus {}）",
                "is not audited (FDocumentStatus {})",
                record.document_status
            ),
            Text::new("请在金蝶中提交并审核", "submit and audit it in 金蝶"),
        ),
        Some(Standing::Present(record)) if record.forbid_status != "A" => fault(
            "forbidden",
            Text::new("已禁用", "is forbidden"),
            Text::new("请在金蝶中反禁用，或改用其它编码", "enable it in 金蝶, or name another one"),
        ),
        Some(Standing::Present(_)) => None,
    }
}

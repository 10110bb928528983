//! What is wrong with a scheme itself, whoever runs it: each with its place.

use super::fault::Fault;
use super::field::Field;
use super::form::Form;
use super::parts::shown;
use super::scheme::{Scheme, Side};
use crate::lang::Text;

/// Fields without which 金蝶 takes no 销售退货单, or the bill means nothing: in the head, in a row.
const REQUIRED: [(&str, &str, bool); 9] = [
    ("FBillTypeID", "单据类型", false),
    ("FBillNo", "单据编号", false),
    ("FDate", "日期", false),
    ("FSaleOrgId", "销售组织", false),
    ("FStockOrgId", "库存组织", false),
    ("FRetcustId", "退货客户", false),
    ("FMaterialId", "物料", true),
    ("FRealQty", "实退数量", true),
    ("FStockId", "仓库", true),
];

/// Figures that must not pass through a binary float.
const FIGURES: [&str; 8] = [
    "FTaxPrice",
    "FPrice",
    "FRealQty",
    "FMustqty",
    "FAllAmount",
    "FAmount",
    "FEntryTaxRate",
    "FEntryTaxAmount",
];

/// Everything that is wrong.
pub(super) fn of(scheme: &Scheme) -> Vec<Fault> {
    let mut faults = Vec::new();
    of_source(scheme, &mut faults);
    for side in [&scheme.source, &scheme.target] {
        for field in side.fields.iter().chain(&side.others) {
            unquoted(side, field, &mut faults);
        }
        let is_off = side.node.get("idCheck").filter(|check| check.text().as_deref() == Some("false"));
        if let Some(check) = is_off {
            faults.push(side.fault(
                check.line,
                Text::new(
                    "idCheck 关闭：同一张退换单每次变动都会再写一张",
                    "idCheck is off: each change of a return would write another bill",
                ),
                Text::new("本程序总是按退换单号去重", "here a refund number is one bill, always"),
            ));
        }
    }
    of_target(&scheme.target, &mut faults);
    faults
}

fn of_source(scheme: &Scheme, faults: &mut Vec<Fault>) {
    let source = &scheme.source;
    if let Some(status) = source.field("process_status")
        && status.kind.to_lowercase().starts_with("bool")
    {
        faults.push(source.fault(
            status.line,
            Text::new(
                "process_status 的类型是 bool：90 会变成 true 或 1，过滤失效",
                "process_status is of type bool: 90 becomes true or 1, and filters nothing",
            ),
            Text::new(
                "类型应为 int；这里按数值读取，并再次按状态过滤",
                "its type is int; here it is read as a number, and rows are filtered by it once more",
            ),
        ));
    }
    if let Some(size) = source.field("page_size") {
        let most = scheme.reads().most_rows();
        if size.value.parse::<u64>().is_ok_and(|size| size == 0 || size > u64::from(most)) {
            faults.push(source.fault(
                size.value_line,
                Text::of(
                    format!("page_size 是 {}，接口规定 1 到 {most}", size.value),
                    format!("page_size is {}, the method takes 1 to {most}", size.value),
                ),
                Text::new("已改用 40", "40 is used"),
            ));
        }
    }
    for name in ["start_time", "end_time"] {
        match source.field(name) {
            Some(field) if !field.value.is_empty() => {
                let form = Form::of(&field.value);
                let bare_time = match &form {
                    Form::Field(field) => field.format.is_empty() && field.path.ends_with("TIME"),
                    _ => false,
                };
                if bare_time {
                    faults.push(source.fault(
                        field.value_line,
                        Text::of(
                            format!("{name} 是 {}，没有 |datetime：传出去的是时间戳", field.value),
                            format!("{name} is {} without |datetime: a timestamp would be sent", field.value),
                        ),
                        Text::new(
                            "格式应为 yyyy-MM-dd HH:mm:ss；这里总按此格式",
                            "it is written yyyy-MM-dd HH:mm:ss; here it always is",
                        ),
                    ));
                }
            }
            _ => faults.push(source.fault(
                source.field(name).map_or(source.node.line, |field| field.line),
                Text::of(
                    format!("缺少 {name}：没有时间窗口，接口会拒绝"),
                    format!("{name} is missing: without a window the method refuses"),
                ),
                Text::new(
                    "这里的窗口由 start_from 和同步台账决定",
                    "here start_from and the journal make the window",
                ),
            )),
        }
    }
}

/// A template that lost its quotes is no JSON.
fn unquoted(side: &Side, field: &Field, faults: &mut Vec<Fault>) {
    if field.is_bare {
        let (name, value) = (shown(&field.name), shown(&field.value));
        faults.push(side.fault(
            field.value_line,
            Text::of(
                format!("{name} 的值 {value} 没有引号，不是合法的 JSON"),
                format!("the value of {name}, {value}, has no quotes and is no JSON"),
            ),
            Text::of(
                format!("写成 \"{value}\"；已按此导入"),
                format!("write \"{value}\"; it was imported so"),
            ),
        ));
    }
    field.children.iter().for_each(|child| unquoted(side, child, faults));
}

fn of_target(target: &Side, faults: &mut Vec<Fault>) {
    let rows = target.field("FEntity");
    let row = |name: &str| {
        let children = rows.map(|rows| rows.children.as_slice()).unwrap_or_default();
        children.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    };
    for (name, zh, is_of_row) in REQUIRED {
        let field = if is_of_row { row(name) } else { target.field(name) };
        let has_value = field.is_some_and(|field| {
            !field.value.is_empty() || field.nested.is_some() || field.label.ends_with('}')
        });
        if has_value {
            continue;
        }
        let line = field.or(rows.filter(|_| is_of_row)).map_or(target.node.line, |field| field.line);
        let path = if is_of_row { format!("FEntity.{name}") } else { name.to_owned() };
        let (is_there_zh, is_there_en) =
            if field.is_some() { ("没有值", "has no value") } else { ("没有给出", "is missing") };
        faults.push(target.fault(
            line,
            Text::of(
                format!("必录字段 {path}（{zh}）{is_there_zh}"),
                format!("the required field {path} ({zh}) {is_there_en}"),
            ),
            Text::new(
                "已用本程序的默认规则，请核对配置里对应的设置",
                "the default rule is used: check the setting in the configuration",
            ),
        ));
    }
    let children = rows.map(|rows| rows.children.as_slice()).unwrap_or_default();
    for field in target.fields.iter().chain(children) {
        let is_figure = FIGURES.iter().any(|figure| field.name.eq_ignore_ascii_case(figure));
        let kind = field.kind.to_lowercase();
        if is_figure && matches!(kind.as_str(), "float" | "double" | "real") {
            faults.push(target.fault(
                field.line,
                Text::of(
                    format!("{} 的类型是 {kind}：二进制浮点数存不准金额，会差分", field.name),
                    format!(
                        "{} is of type {kind}: a binary float holds no money exactly, cents get lost",
                        field.name
                    ),
                ),
                Text::new(
                    "应为 string 或 decimal；这里用十进制精确计算",
                    "its type is string or decimal; here figures are exact decimals",
                ),
            ));
        }
    }
}

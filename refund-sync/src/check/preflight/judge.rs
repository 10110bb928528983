//! What the facts mean for a configuration: everything that would park or refuse bills, each with what to do. Pure, so
//! that facts that were kept are judged like fresh ones.

use chrono::NaiveDate;

use super::finding::{Finding, Severity};
use super::required_data::{Needed, wanted};
use super::{Facts, Failure, Standing, Survey, further};
use crate::config::{Enrich, Pipeline};
use crate::lang::{Text, both};
use crate::mapping::rules::ShelfLife;
use crate::mapping::table::Miss;
use crate::sink::base::{BaseRecord, Kind, Need};

/// A clock that is off by more is worth a word, in milliseconds; from ten minutes on 旺店通 refuses.
const MOST_OFFSET_MS: i64 = 60_000;
/// 待结算
const UNSETTLED: i32 = 80;
/// Fewer returns at 待结算 are an ordinary day.
const FEW: u64 = 5;

/// Everything that is wrong, the worst first. `today` is the day from which the tables' rows count.
pub fn judge(pipeline: &Pipeline, facts: &Facts, today: NaiveDate) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(facts.wdt.as_ref().map(|failure| unreached("旺店通 [pipeline.wdt]", failure)));
    findings.extend(facts.kingdee.as_ref().map(|failure| unreached("金蝶 [pipeline.kingdee]", failure)));
    findings.extend(facts.clock_offset_ms.filter(|offset| offset.abs() > MOST_OFFSET_MS).map(clock));
    let wanted = wanted(pipeline, facts.survey.as_ref(), today);
    if facts.kingdee.is_none() {
        for ((kind, org), numbers) in &wanted.needed {
            for (number, needed) in numbers {
                let asked =
                    facts.base.get(kind).and_then(|orgs| orgs.get(org)).and_then(|all| all.get(number));
                base(&mut findings, pipeline, facts, &Asked { kind: *kind, org, number, needed }, asked);
            }
        }
        findings.extend(facts.not_asked.iter().map(|(kind, count)| too_many(*kind, *count)));
        if !facts.needs_told && facts.base.contains_key(&Kind::Material) {
            findings.push(needs_untold());
        }
        findings.extend(further::judge(&pipeline.mapping, facts, today));
    }
    if let Some(survey) = &facts.survey {
        findings.extend(wanted.missed.iter().map(|(miss, count)| unmapped(miss, *count)));
        of_survey(&mut findings, pipeline, survey);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// One number that is needed.
struct Asked<'a> {
    kind: Kind,
    org: &'a str,
    number: &'a str,
    needed: &'a Needed,
}

impl Asked<'_> {
    fn find(&self, severity: Severity, cause: &'static str, message: &Text, fix: Text) -> Finding {
        let Self { kind, org, number, needed } = self;
        let place = if org.is_empty() { String::new() } else { format!(" ({org})") };
        let used = match needed.seen {
            0 => Text::default(),
            seen => both!("；近几天用到 {seen} 次", "; used {seen} times in the last days"),
        };
        Finding {
            severity,
            cause,
            subject: format!("{} → {number}{place}", needed.origin),
            message: message.before(kind.chinese(), &format!("{} ", kind.english())).and(&used.zh, &used.en),
            fix,
        }
    }
}

fn base(
    findings: &mut Vec<Finding>,
    pipeline: &Pipeline,
    facts: &Facts,
    asked: &Asked<'_>,
    standing: Option<&Standing>,
) {
    match standing {
        // Counted already.
        None if facts.not_asked.contains_key(&asked.kind) => {}
        None => findings.push(asked.find(
            Severity::Warning,
            "not_asked",
            &Text::new("保存结果时没有查询过", "was not asked for when the result was kept"),
            Text::new(
                "重新检查：refund-sync check --live --keep FILE",
                "ask again: refund-sync check --live --keep FILE",
            ),
        )),
        Some(Standing::Absent(orgs)) if orgs.is_empty() => findings.push(asked.find(
            Severity::Fault,
            "absent",
            &Text::new("不存在，或集成用户无权查看", "does not exist, or this user may not see it"),
            Text::new("请更正编码，或在金蝶中新建", "correct the number in the table, or create it in 金蝶"),
        )),
        Some(Standing::Absent(orgs)) => {
            let orgs = orgs.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let org = asked.org;
            findings.push(asked.find(
                Severity::Fault,
                "not_allocated",
                &both!(
                    "只在组织 {orgs} 中存在，使用它的组织 {org} 中没有",
                    "exists in organisation {orgs}, not in {org}, which uses it"
                ),
                both!("请在金蝶中分配到组织 {org}", "allocate it to {org} in 金蝶"),
            ));
        }
        Some(Standing::Present(record)) => present(findings, pipeline, asked, record),
    }
}

fn present(findings: &mut Vec<Finding>, pipeline: &Pipeline, asked: &Asked<'_>, record: &BaseRecord) {
    if record.document_status != "C" {
        let status = &record.document_status;
        findings.push(asked.find(
            Severity::Fault,
            "unaudited",
            &both!("未审核（FDocumentStatus {status}）", "is not audited (FDocumentStatus {status})"),
            Text::new("请在金蝶中提交并审核", "submit and audit it in 金蝶"),
        ));
    }
    if record.forbid_status != "A" {
        findings.push(asked.find(
            Severity::Fault,
            "forbidden",
            &Text::new("已禁用", "is forbidden"),
            Text::new("请在金蝶中反禁用，或改用其它编码", "enable it in 金蝶, or map to another one"),
        ));
    }
    for need in &record.needs {
        if is_met(*need, pipeline, asked.number) {
            continue;
        }
        let (zh, english) = need.names();
        findings.push(asked.find(
            Severity::Warning,
            "needs_more",
            &both!(
                "启用了{zh}管理，而按此配置的单据没有{zh}",
                "needs {english}, which no bill of this configuration has"
            ),
            both!(
                "请取自入库单：{0}；否则金蝶可能拒绝，请手工录入",
                "take it from the stock-in: {0}; else 金蝶 may refuse it: enter such returns by hand",
                setting_of(*need)
            ),
        ));
    }
    let units = record.units.join(", ");
    match &pipeline.mapping.unit {
        Some(unit) if !record.units.is_empty() && !record.units.contains(unit) => findings.push(asked.find(
            Severity::Warning,
            "unit",
            &both!("的单位是 {units}，不是 {unit}", "has the units {units}, not {unit}"),
            Text::new("请更正 unit，或物料的单位", "correct `unit`, or the material's units"),
        )),
        None if record.units.len() > 1 => findings.push(asked.find(
            Severity::Warning,
            "unit",
            &both!(
                "有多个单位（{units}），件数按哪个单位由金蝶决定",
                "has several units ({units}): 金蝶 chooses the one that pieces are counted in"
            ),
            both!(
                "请写明单位：unit = {0:?}",
                "name it: unit = {0:?}",
                record.units.first().map_or("", String::as_str)
            ),
        )),
        _ => {}
    }
}

/// Stock-ins bring lots, dates and serial numbers with them, as far as the rules take these. Dates that were just learned
/// of count as learned: they are kept by the same check.
fn is_met(need: Need, pipeline: &Pipeline, material: &str) -> bool {
    let rules = &pipeline.mapping;
    let lots = pipeline.wdt.enrich == Enrich::Stockin && rules.lots;
    match need {
        Need::Lot => lots,
        Need::ShelfLife => {
            lots && (rules.shelf_life.dates(material) || matches!(rules.shelf_life, ShelfLife::Learned(_)))
        }
        Need::Serial => rules.serials_from.is_some(),
    }
}

/// The setting that brings it.
fn setting_of(need: Need) -> &'static str {
    match need {
        Need::Lot => "enrich = \"stockin\", lot_from = \"batch_no\"",
        Need::ShelfLife => "enrich = \"stockin\", lot_from = \"batch_no\", shelf_life = \"learned\"",
        Need::Serial => "enrich = \"stockin\", serials_from = \"…\"",
    }
}

fn unreached(subject: &str, failure: &Failure) -> Finding {
    Finding {
        severity: if failure.passing { Severity::Failed } else { Severity::Fault },
        cause: "unreached",
        subject: subject.to_owned(),
        message: failure.message.before("无法查询：", ""),
        fix: failure.advice.clone(),
    }
}

fn clock(offset_ms: i64) -> Finding {
    let seconds = offset_ms.abs() / 1_000;
    let (english, chinese) = if offset_ms > 0 { ("ahead of", "快") } else { ("behind", "慢") };
    Finding {
        severity: Severity::Warning,
        cause: "clock",
        subject: "旺店通".to_owned(),
        message: both!(
            "服务器时间比本机{chinese} {seconds} 秒",
            "its clock is {seconds} s {english} this machine's"
        ),
        fix: Text::new("请校准本机时间", "set this machine's clock (NTP)"),
    }
}

fn too_many(kind: Kind, count: u64) -> Finding {
    let chinese = kind.chinese();
    Finding {
        severity: Severity::Warning,
        cause: "too_many",
        subject: kind.english().to_owned(),
        message: both!(
            "{chinese}过多，有 {count} 个没有查询",
            "{count} numbers were not asked for: there are too many"
        ),
        fix: Text::new(
            "已优先查询近几天用到的，其余请与金蝶导出的清单比对",
            "those that the last days used came first; compare the rest in 金蝶's own export",
        ),
    }
}

fn needs_untold() -> Finding {
    Finding {
        severity: Severity::Warning,
        cause: "needs_untold",
        subject: Kind::Material.english().to_owned(),
        message: Text::new(
            "该站点不提供物料的批号、保质期、序列号和单位设置",
            "this site does not tell which materials need lots, shelf lives, serial numbers or other units",
        ),
        fix: Text::new("请在金蝶中查看", "look at them in 金蝶"),
    }
}

fn unmapped(miss: &Miss, count: u64) -> Finding {
    let message = if miss.key.trim().is_empty() {
        Text::new("退换单没有填此编码", "returns bring no number for this table")
    } else if miss.gap.is_some() {
        both!("{} 今天不在有效期内", "{} has no row that holds today", miss.key)
    } else {
        both!("表中没有 {}", "{} is not in the table", miss.key)
    };
    let near = match miss.nearest.as_slice() {
        [] => Text::new("请补一行", "add a row"),
        near => both!("请补一行；相近：{0}", "add a row; nearest: {0}", near.join(", ")),
    };
    Finding {
        severity: Severity::Warning,
        cause: "unmapped",
        subject: format!("{} ({})", miss.table, miss.origin),
        message: message.and(
            &format!("：近几天用到 {count} 次，相应退换单会转为待处理"),
            &format!(": asked for {count} times in the last days, each return would be parked"),
        ),
        fix: near,
    }
}

fn of_survey(findings: &mut Vec<Finding>, pipeline: &Pipeline, survey: &Survey) {
    let filter = &pipeline.wdt;
    let count = |takes: &dyn Fn(&super::Group) -> bool| -> u64 {
        survey.groups.iter().filter(|group| takes(group)).map(|group| group.count).sum()
    };
    let taken = count(&|group| group.is_taken(filter));
    let unsettled = count(&|group| {
        filter.types.contains(&group.kind)
            && group.process_status == UNSETTLED
            && !filter.process_status.contains(&UNSETTLED)
    });
    let warning = |cause, message: Text, fix: Text| Finding {
        severity: Severity::Warning,
        cause,
        subject: "[pipeline.wdt]".to_owned(),
        message,
        fix,
    };
    if unsettled >= FEW && unsettled * 4 >= taken {
        findings.push(warning(
            "unsettled",
            both!(
                "{unsettled} 单停在 80 待结算，不会写入；会写入的有 {taken} 单",
                "{unsettled} returns stand at 80 待结算 and are left out, {taken} are taken"
            ),
            Text::new(
                "请在旺店通结算；从不结算的店铺可加上 80",
                "settle them in 旺店通; where that is never done: process_status = [80, 90]",
            ),
        ));
    }
    if taken == 0 {
        let rows = survey.rows;
        findings.push(warning(
            "nothing_taken",
            both!(
                "近几天的 {rows} 单退换单没有一单符合条件",
                "of {rows} returns of the last days the filter takes none"
            ),
            Text::new(
                "请对照实际情况检查 types、process_status、shop_nos",
                "compare types, process_status and shop_nos with what there is",
            ),
        ));
    }
    if survey.unreadable > 0 {
        let unreadable = survey.unreadable;
        findings.push(warning(
            "unreadable",
            both!(
                "{unreadable} 行无法识别，会转为待处理",
                "{unreadable} rows cannot be read; they will be parked"
            ),
            Text::new("运行后查看 refund-sync parked", "after a run, see refund-sync parked"),
        ));
    }
}

//! `[[pipeline]]`: one way from a 旺店通 account into a 金蝶 account.

use chrono::{NaiveDateTime, TimeDelta};
use croner::Cron;
use toml::de::DeValue;

use super::reader::json_schema as schema;
use super::reader::{Section, Setting, Shape, variable_part};
#[cfg(feature = "console")]
use super::weak;
use super::{Kingdee, TableFile, Wdt, leftover, mapping, time};
use crate::lang::{Text, both};
use crate::mapping::Rules;
use crate::mapping::rules::DateField;

/// One way from a 旺店通 account into a 金蝶 account.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name: in the journal, in messages, in environment variables.
    pub name: String,
    /// When `serve` runs it, Asia/Shanghai; default every five minutes.
    pub schedule: Cron,
    /// When `serve` compares with 金蝶, Asia/Shanghai; `None`: never by itself.
    pub reconcile: Option<Cron>,
    /// Where reading starts when the ledger is empty, Asia/Shanghai; only an existing ledger can do without.
    pub start_from: Option<NaiveDateTime>,
    /// The source.
    pub wdt: Wdt,
    /// The target.
    pub kingdee: Kingdee,
    /// The mapping between them, tables loaded.
    pub mapping: Rules,
    /// The files that its tables were read from.
    pub tables: Vec<TableFile>,
    /// `[store] keep_days`: how long the history of what is over stays; `None`: for ever.
    pub keep: Option<TimeDelta>,
}

const SCHEDULE: &str = "*/5 * * * *";
/// When a comparison is usually made.
const RECONCILE: &str = "30 7 * * *";
/// 待结算
const UNSETTLED: i32 = 80;

impl Pipeline {
    pub(super) fn read(section: &mut Section<'_>, keep: Option<TimeDelta>) -> Option<Self> {
        // The name comes first and from the file alone: it is how variables find the other keys.
        section.describe("name", schema::text());
        let name = match section.in_file("name") {
            Some(setting) => name(&setting),
            None => Some("main".to_owned()),
        };
        if let Some(name) = &name {
            section.name(name);
        }
        let schedule = match section.get("schedule", Shape::Text) {
            Some(setting) => time::schedule(&setting, SCHEDULE),
            None => time::parse_schedule(SCHEDULE),
        };
        let reconcile =
            section.get("reconcile", Shape::Text).map(|setting| time::schedule(&setting, RECONCILE));
        let start_from = section.get("start_from", Shape::Text).and_then(|start| {
            let from = time::date_time(&start)?;
            if from > start.walk.now() {
                start.weaken(
                    Text::new(
                        "在将来：此前变动的退换单都不会读取",
                        "lies in the future: nothing that changed before it is ever read",
                    ),
                    Text::new(
                        "写第一张要入账的退换单的日期",
                        "the first day whose returns are to be written",
                    ),
                );
            }
            Some(from)
        });
        let wdt_section = section.required_section("wdt");
        let wdt = wdt_section.as_ref().and_then(Wdt::read);
        let kingdee_section = section.required_section("kingdee");
        let kingdee = kingdee_section.as_ref().and_then(Kingdee::read);
        let mapping_section = section.required_section("mapping");
        let stockins = wdt_section.as_ref().is_some_and(joins_stockins);
        let mapping = mapping_section.as_ref().and_then(|section| mapping::read(section, stockins));
        if let Some(section) = &wdt_section {
            check_partial_arrivals(section);
        }
        #[cfg(feature = "console")]
        weak::name((&wdt, &wdt_section), (&kingdee, &kingdee_section));
        let tables = section.walk.take_files().into_iter().map(TableFile::read).collect();
        // Of free texts the source keeps those that the mapping's rules name.
        let free_texts = mapping.as_ref().map(|rules| rules.further.free_texts()).unwrap_or_default();
        let serials_key = mapping.as_ref().and_then(|rules| rules.serials_from.clone());
        if let (Some(wdt), Some(kingdee)) = (&wdt_section, &kingdee_section) {
            leftover::name(wdt, kingdee);
        }
        if let (Some(wdt), Some(rules), Some(section)) = (&wdt, &mapping, &wdt_section) {
            name_undated(wdt, rules, section);
        }
        for section in [&wdt_section, &kingdee_section, &mapping_section].into_iter().flatten() {
            section.finish();
        }
        section.finish();
        Some(Self {
            name: name?,
            schedule: schedule?,
            reconcile: match reconcile {
                Some(reconcile) => Some(reconcile?),
                None => None,
            },
            start_from,
            wdt: wdt.map(|wdt| Wdt {
                free_texts: free_texts.clone(),
                serials_key: serials_key.clone(),
                ..wdt
            })?,
            kingdee: kingdee?,
            mapping: mapping?,
            tables,
            keep,
        })
    }
}

/// A return at 80 待结算 has no settlement time yet: where no other one may date its bill it needs attention.
fn name_undated(wdt: &Wdt, rules: &Rules, section: &Section<'_>) {
    let dates_all = rules.date_from.contains(&DateField::Modified);
    if wdt.process_status.contains(&UNSETTLED)
        && !dates_all
        && let Some(setting) = section.get("process_status", Shape::List)
    {
        setting.weaken(
            Text::new(
                "状态 80 的退换单没有结算时间，未必有审核时间：没有日期的会转为待处理",
                "returns at 80 have no finish_time, and a check_time only where goods were checked in: those without a date \
                 need attention",
            ),
            Text::new(
                "在 [pipeline.mapping] 中写 date_from = [\"check_time\", \"finish_time\", \"modified\"]",
                "date_from = [\"check_time\", \"finish_time\", \"modified\"] in [pipeline.mapping]",
            ),
        );
    }
}

#[cfg(feature = "console")]
/// What the file calls a pipeline, good or not.
pub(super) fn name_of(section: &Section<'_>) -> String {
    let written = |name: Setting<'_>| name.value().as_str().unwrap_or_default().to_owned();
    section.in_file("name").map_or_else(|| "main".to_owned(), written)
}

/// A name: letters (of any script), digits, `-` and `_`, at most 64.
fn name(setting: &Setting<'_>) -> Option<String> {
    let name = setting.text("\"main\"")?;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.chars().all(fits) && name.chars().count() <= 64 {
        return Some(name.to_owned());
    }
    setting.refuse(
        Text::new(
            "只能含文字、数字、- 和 _，最多 64 个",
            "may hold letters, digits, - and _ only, at most 64",
        ),
        "\"main\"",
    );
    None
}

/// What is joined to the returns, as the mapping needs to know it. `Wdt` names its faults.
fn joins_stockins(wdt: &Section<'_>) -> bool {
    wdt.get("enrich", Shape::Text).is_some_and(|setting| setting.value().as_str() == Some("stockin"))
}

/// 部分到货 (70, 71): the rest of the goods comes later, and no bill would follow.
fn check_partial_arrivals(wdt: &Section<'_>) {
    let Some(statuses) = wdt.get("process_status", Shape::List) else { return };
    let is_partial =
        |item: &DeValue<'_>| item.as_integer().is_some_and(|status| matches!(status.as_str(), "70" | "71"));
    let partial =
        statuses.value().as_array().is_some_and(|items| items.iter().any(|item| is_partial(item.get_ref())));
    if partial {
        statuses.fault(
            Text::new(
                "70、71 为部分到货，后续还会到货，而已写入的单据绝不改动",
                "70 and 71 are partial arrivals: more goods follow, and a bill that stands is never changed",
            ),
            "process_status = [90]",
        );
    }
}

/// Refuses pipelines that share a name, and those that would write the same return twice.
pub(super) fn check_distinct(sections: &[Section<'_>], pipelines: &[Option<Pipeline>]) {
    for (later, second) in pipelines.iter().enumerate() {
        for first in &pipelines[..later] {
            let (Some(first), Some(second)) = (first, second) else { continue };
            let (message, fix) = if variable_part(&first.name) == variable_part(&second.name) {
                let message = both!(
                    "与 {:?} 同名，或对应相同的环境变量",
                    "is the same as {:?}, or shares its environment variables",
                    first.name
                );
                (message, Text::new("请使用不同的名称", "give each pipeline a name of its own"))
            } else if first.overlaps(second) {
                let message = both!(
                    "与同步方案 {:?} 读取相同的退货单并写入同一账套，会重复",
                    "reads returns that pipeline {:?} reads too and writes them into the same account",
                    first.name
                );
                // A prefix does not part them: the mark of a bill is the refund number, so each would take the other's
                // bill for its own, or both would write.
                let zh = "请用 types 或 shop_nos 区分；bill_no_prefix 不能区分";
                let en = "set different types or shop_nos; a bill_no_prefix does not part them";
                (message, Text::new(zh, en))
            } else {
                continue;
            };
            match sections[later].in_file("name") {
                Some(setting) => setting.fault(message, fix),
                None => sections[later].fault("name", message, fix),
            }
        }
    }
}

impl Pipeline {
    /// Whether one return could pass both filters and become a bill of each in the same account, under whatever numbers.
    fn overlaps(&self, other: &Self) -> bool {
        let shops_meet = |a: &Wdt, b: &Wdt| {
            a.shop_nos.is_empty() || b.shop_nos.is_empty() || !a.shop_nos.is_disjoint(&b.shop_nos)
        };
        let (from, to) = (&self.wdt, &self.kingdee);
        from.base_url == other.wdt.base_url
            && from.sid == other.wdt.sid
            && !from.types.is_disjoint(&other.wdt.types)
            && shops_meet(from, &other.wdt)
            && to.base_url == other.kingdee.base_url
            && to.acct_id == other.kingdee.acct_id
    }
}

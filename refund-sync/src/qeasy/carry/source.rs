//! What is read: the window, the filters, the shops, stock-ins.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};

use super::super::draft::list;
use super::super::expression::Expr;
use super::super::field::{Field, Wrap};
use super::super::form::Form;
use super::super::json::Node;
use super::super::parts::shown;
use super::super::scheme::Reads;
use super::{At, Carrier, Outcome, Section};

/// One condition of a scheme's filter.
struct Condition {
    line: usize,
    field: String,
    logic: String,
    value: String,
}

impl Carrier<'_> {
    /// Everything that is read.
    pub(super) fn source(&mut self, today: NaiveDate) {
        let side = &self.scheme.source;
        self.draft.start_from = format!("{today} 00:00:00");
        match self.reads {
            Reads::Returns => {}
            Reads::History => {
                self.draft.wdt.set("history_days", "90", "同时查历史退换单");
                self.api(
                    Outcome::Carried,
                    "history_days",
                    "历史退换单：比 90 天更早的窗口同时查历史接口，其余查退换单接口",
                    "windows older than 90 days are read in the history, too; newer ones in wdt.refund.query alone",
                );
            }
            Reads::Stockins => self.stockins(),
        }
        for field in &side.fields {
            self.asked(At { section: Section::Source, side, field });
        }
        self.conditions();
    }

    /// A stock-in scheme: what is different here.
    fn stockins(&mut self) {
        self.draft.wdt.set("enrich", "\"stockin\"", "按入库单取实际仓库和数量");
        let differences = [
            (
                "以退换单为准、按退换单号接上入库单：一张退换单一张单据，分几次入库也是一张；没有入库单的退换单待处理",
                "the returns lead, their stock-ins are joined by number: one bill for each return, however many stock-ins it has; a return without any is parked",
            ),
            (
                "金额取退换单的明细退款金额，不取入库单的价格；入库单只给仓库、数量、时间、批次、正残品",
                "money is the return's refund_order_amount, not the stock-in's price; a stock-in gives warehouse, quantity, time, batch and quality",
            ),
            (
                "同一行退货进了几个仓库或批次时拆成几行，金额按件数逐分分摊",
                "a line that arrived in several warehouses or batches becomes several rows; its cents are dealt out by pieces",
            ),
        ];
        for (zh, en) in differences {
            self.api(Outcome::Replaced, "enrich = \"stockin\"", zh, en);
        }
    }

    /// About the method that is called.
    fn api(&mut self, outcome: Outcome, setting: &str, zh: &str, en: &str) {
        let side = &self.scheme.source;
        let line = side.node.get("api").map_or(side.node.line, |node| node.line);
        let field = plain("api", line, &side.api);
        self.note(At { section: Section::Source, side, field: &field }, outcome, setting, zh, en);
    }

    fn asked(&mut self, at: At<'_>) {
        match at.field.name.to_lowercase().as_str() {
            "start_time" => self.start(at),
            "end_time" => self.end(at),
            "page_size" => self.page_size(at),
            "page_no" => self.with_value(
                at,
                Outcome::Replaced,
                "总是从 0 页读到完整为止",
                "always from page 0, until everything is proven read",
            ),
            "time_type" => {
                if matches!(at.field.value.as_str(), "" | "0") {
                    self.with_value(at, Outcome::Replaced, "总是按最后修改时间", "always by the last change");
                } else {
                    self.with_value(
                        at,
                        Outcome::Replaced,
                        "总是按最后修改时间读：结算也会更新它；单据日期另由 date_from 决定",
                        "always by the last change, which a settlement moves, too; the bill's date is date_from's to say",
                    );
                }
            }
            "process_status" => self.set(at, "process_status"),
            "shop_no" | "shop_nos" => self.set(at, "shop_nos"),
            "status" if self.reads == Reads::Stockins => {
                if matches!(at.field.value.as_str(), "" | "80") {
                    self.with_value(
                        at,
                        Outcome::Carried,
                        "只读已完成 (80) 的入库单",
                        "only finished stock-ins (80) are read",
                    );
                } else {
                    self.with_value(
                        at,
                        Outcome::Cannot,
                        "只读已完成 (80) 的入库单：其它状态的货还没有入库",
                        "only finished stock-ins (80) are read: in another status the goods are not in stock",
                    );
                }
            }
            _ => self.with_value(
                at,
                Outcome::Cannot,
                "不按此条件查询；单张退换单用 why 和 retry，某段时间用 backfill",
                "is not asked by; for one return use why and retry, for a time backfill",
            ),
        }
    }

    /// Notes a field that has a value.
    fn with_value(&mut self, at: At<'_>, outcome: Outcome, zh: &str, en: &str) {
        if !at.field.value.is_empty() {
            self.note(at, outcome, "", zh, en);
        }
    }

    fn start(&mut self, at: At<'_>) {
        let from = self.draft.start_from.clone();
        match Form::of(&at.field.value) {
            Form::Empty => {}
            Form::Constant(text) => match moment(&text) {
                Some(moment) => {
                    self.draft.start_from = moment.format("%Y-%m-%d %H:%M:%S").to_string();
                    self.carried(at, "start_from");
                }
                None => self.note(
                    at,
                    Outcome::Cannot,
                    "start_from",
                    format!("不是时间；已写 {from}"),
                    format!("is no time; {from} is written"),
                ),
            },
            Form::Function(expr) if names_the_last_run(&expr) => self.note(
                at,
                Outcome::Replaced,
                "start_from",
                format!("往前重读由 lag_seconds、overlap_seconds 负责；start_from 已写 {from}，请改成轻易云停用的时间"),
                format!("reading again a little is done by lag_seconds and overlap_seconds; start_from is {from}: set it to when 轻易云 is switched off"),
            ),
            Form::Field(_) => self.note(
                at,
                Outcome::Carried,
                "start_from",
                format!("此后由同步台账记住读到哪里；已写 {from}，请改成轻易云停用的时间：之前已写入金蝶的单据会被认领，不会重单"),
                format!("from then on the journal knows how far was read; {from} is written: set it to when 轻易云 is switched off; bills that stand in 金蝶 already are adopted, not doubled"),
            ),
            form => self.cannot(
                at,
                &form,
                "start_from 是一个固定的时间",
                "start_from is one moment",
            ),
        }
    }

    fn end(&mut self, at: At<'_>) {
        match Form::of(&at.field.value) {
            Form::Empty => {}
            Form::Constant(_) => self.note(
                at,
                Outcome::Cannot,
                "",
                "同步方案没有终点；只读一段时间请用 backfill --from --to",
                "a pipeline has no end; to read a span alone use backfill --from --to",
            ),
            _ => self.note(
                at,
                Outcome::Replaced,
                "lag_seconds",
                "读到现在之前 3 分钟（lag_seconds），更晚出现的由重读补上",
                "up to 3 minutes ago (lag_seconds); what appears later is caught by reading again",
            ),
        }
    }

    fn page_size(&mut self, at: At<'_>) {
        let most = self.reads.most_rows();
        match at.field.value.parse::<u32>() {
            Ok(size) if (1..=most).contains(&size) => {
                self.draft.wdt.set("page_size", size.to_string(), "每页行数");
                self.carried(at, "page_size");
            }
            Ok(_) => self.note(
                at,
                Outcome::Replaced,
                "page_size",
                format!("超出 1 到 {most}；用默认的 40"),
                format!("is not within 1 to {most}; the default of 40 is used"),
            ),
            Err(_) => self.with_value(at, Outcome::Carried, "默认 40 行", "40 rows by default"),
        }
    }

    /// A filter among the parameters.
    fn set(&mut self, at: At<'_>, setting: &'static str) {
        match Form::of(&at.field.value) {
            Form::Empty => {}
            Form::Constant(text) => {
                let values = text.split([',', '，']).map(|value| value.trim().to_owned()).collect();
                self.filter(at, setting, values);
            }
            form => self.cannot(at, &form, "条件只能是固定值", "a filter is constant"),
        }
    }

    /// Accepts those values that bring goods back.
    fn filter(&mut self, at: At<'_>, setting: &'static str, values: BTreeSet<String>) {
        let (fit, refused): (Vec<_>, Vec<_>) =
            values.into_iter().filter(|value| !value.is_empty()).partition(|value| match setting {
                "types" => matches!(value.as_str(), "2" | "3"),
                "process_status" => matches!(value.as_str(), "80" | "90"),
                _ => true,
            });
        if !fit.is_empty() {
            let value = if setting == "shop_nos" { list(&fit) } else { format!("[{}]", fit.join(", ")) };
            self.draft.wdt.set(setting, value, "");
            self.carried(at, setting);
        }
        if !refused.is_empty() {
            let refused = shown(&refused.join(", "));
            let (zh, en) = if setting == "types" {
                (
                    "不会退回货品，不能写销售退货单；只有 2 退货、3 换货可以",
                    "bring no goods back, so no 销售退货单 is right; only 2 (return) and 3 (exchange) do",
                )
            } else {
                (
                    "货品还没有全部入库；只有 90 已完成、80 待结算可以",
                    "have not all of their goods in stock; only 90 (finished) and 80 (to be settled) have",
                )
            };
            self.note(at, Outcome::Cannot, setting, format!("{refused} {zh}"), format!("{refused}: {en}"));
        }
    }

    /// `condition`: what is taken of the rows that were read.
    fn conditions(&mut self) {
        let side = &self.scheme.source;
        let groups: Vec<Vec<Condition>> = side.node.get("condition").map(groups).unwrap_or_default();
        let fields = |group: &[Condition]| {
            group.iter().map(|condition| condition.field.clone()).collect::<BTreeSet<_>>()
        };
        let is_same = groups.iter().all(|group| fields(group) == fields(&groups[0]));
        let differing = groups.first().map_or(0, |first| {
            let differs = |name: &String| {
                let values = |group: &[Condition]| {
                    let named = group.iter().filter(|condition| condition.field == *name);
                    named.map(|condition| condition.value.clone()).collect::<BTreeSet<_>>()
                };
                groups.iter().any(|group| values(group) != values(first))
            };
            fields(first).iter().filter(|name| differs(name)).count()
        });
        if groups.len() > 1 && (!is_same || differing > 1) {
            let line = groups[0].first().map_or(side.node.line, |condition| condition.line);
            let field = plain("condition", line, "");
            return self.note(
                At { section: Section::Source, side, field: &field },
                Outcome::Cannot,
                "",
                "几组条件是“或”的关系，且各组条件不同：请分成几个同步方案",
                "several groups of conditions that are alternatives and differ in more than one field: make a pipeline of each",
            );
        }
        let mut taken: Vec<(String, usize, BTreeSet<String>)> = Vec::new();
        for condition in groups.into_iter().flatten() {
            let logic = condition.logic.to_lowercase();
            let is_positive = logic.starts_with("eq") || logic.starts_with("in") || logic == "=";
            let setting = setting_of(&condition.field);
            if setting.is_none() || !is_positive {
                let Condition { line, field, logic, value } = condition;
                let field = plain(&format!("condition: {field}"), line, &format!("{logic} {value}"));
                self.note(
                    At { section: Section::Source, side, field: &field },
                    Outcome::Cannot,
                    "",
                    "只能按类型、处理状态、店铺取等于若干值的条件；其余的请在旺店通处理，或分成几个同步方案",
                    "only type, status and shop can be conditions, as equal to some values; see to others in 旺店通, or make several pipelines",
                );
                continue;
            }
            let values = condition.value.split([',', '，']).map(|value| value.trim().to_owned());
            match taken.iter_mut().find(|(field, ..)| *field == condition.field) {
                Some((_, _, known)) => known.extend(values),
                None => taken.push((condition.field, condition.line, values.collect())),
            }
        }
        for (name, line, values) in taken {
            let Some(setting) = setting_of(&name) else { continue };
            let said = values.iter().cloned().collect::<Vec<_>>().join(",");
            let field = plain(&format!("condition: {name}"), line, &said);
            self.filter(At { section: Section::Source, side, field: &field }, setting, values);
        }
        if self.draft.wdt.get("types").is_none() {
            self.api(
                Outcome::Replaced,
                "types",
                "方案没有按类型过滤；这里只取 2 退货（换货可加 3）：退款不退货、补款没有货品，不能写销售退货单",
                "the scheme has no filter by type; here only 2 (returns) are taken (3 for exchanges): refunds without goods make no 销售退货单",
            );
        }
    }
}

fn setting_of(field: &str) -> Option<&'static str> {
    match field {
        "type" => Some("types"),
        "process_status" => Some("process_status"),
        "shop_no" => Some("shop_nos"),
        _ => None,
    }
}

/// A field that a scheme says elsewhere than among its fields.
pub(super) fn plain(name: &str, line: usize, value: &str) -> Field {
    Field {
        line,
        name: name.to_owned(),
        label: String::new(),
        kind: String::new(),
        value: value.to_owned(),
        value_line: line,
        is_bare: false,
        nested: None,
        wrap: Wrap::None,
        children: Vec::new(),
    }
}

/// `[[{…}, {…}], …]`, or one group alone.
fn groups(node: &Node) -> Vec<Vec<Condition>> {
    let condition = |node: &Node| Condition {
        line: node.line,
        field: node.text_of("field"),
        logic: node.text_of("logic"),
        value: node.text_of("value"),
    };
    let is_flat = node.items().iter().any(|item| item.get("field").is_some());
    if is_flat {
        return vec![node.items().iter().map(condition).collect()];
    }
    let groups = node.items().iter().map(|group| group.items().iter().map(condition).collect::<Vec<_>>());
    groups.filter(|group| !group.is_empty()).collect()
}

fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
}

fn names_the_last_run(expr: &Expr) -> bool {
    expr.fields().iter().any(|field| field.starts_with("LAST_SYNC_TIME"))
}

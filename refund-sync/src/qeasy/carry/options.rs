//! How bills are written: submit and audit, bills a call, 金蝶's questions; and what a scheme does with several returns.

use super::super::draft::list;
use super::super::json::Node;
use super::super::parts::shown;
use super::super::scheme::{Side, unknown_keys};
use super::source::plain;
use super::{At, Carrier, Outcome, Section};

/// The most bills a call takes here.
const MOST_BILLS: u32 = 500;

impl Carrier<'_> {
    /// `otherRequest`, `operation`, and whatever else stands beside the fields.
    pub(super) fn options(&mut self) {
        let side = &self.scheme.target;
        for field in &side.others {
            self.option(At { section: Section::Options, side, field });
        }
        if let Some(operation) = side.node.get("operation") {
            self.operation(side, operation);
        }
        for side in [&self.scheme.source, &self.scheme.target] {
            if let Some(group) = side.node.get("groupCalculate").filter(|node| !node.entries().is_empty()) {
                self.beside(
                    side,
                    "groupCalculate",
                    group.line,
                    Outcome::Cannot,
                    "把几张退换单合成一张单据：这里总是一张退换单一张单据，才能保证不漏不重、逐单对账",
                    "puts several returns into one bill: here each return is one bill, or nothing could be proven or compared",
                );
            }
            if let Some(remedy) = side.node.get("omissionRemedy").filter(|node| !node.entries().is_empty()) {
                self.beside(
                    side,
                    "omissionRemedy",
                    remedy.line,
                    Outcome::Replaced,
                    "补漏由 overlap_seconds、watch_days 和 reconcile 负责",
                    "what was missed is found by overlap_seconds, watch_days and reconcile",
                );
            }
            for (key, line) in unknown_keys(side).collect::<Vec<_>>() {
                self.beside(
                    side,
                    key,
                    line,
                    Outcome::Cannot,
                    "不认识这一项，没有导入；请确认它不影响单据内容",
                    "is not known here and was not imported: make sure that bills do not depend on it",
                );
            }
        }
    }

    fn beside(&mut self, side: &Side, key: &str, line: usize, outcome: Outcome, zh: &str, en: &str) {
        let field = plain(key, line, "");
        self.note(At { section: Section::Options, side, field: &field }, outcome, "", zh, en);
    }

    fn option(&mut self, at: At<'_>) {
        let value = at.field.value.as_str();
        let is_on = matches!(value.to_lowercase().as_str(), "true" | "1" | "是");
        if value.is_empty() {
            return;
        }
        match at.field.name.to_lowercase().as_str() {
            "formid" => self.carried(at, "SAL_RETURNSTOCK"),
            "operation" => {
                let (zh, en) = ("总是 BatchSave", "always BatchSave");
                self.note(at, Outcome::Replaced, "", zh, en);
            }
            "isautosubmitandaudit" if is_on => {
                self.draft.kingdee.set("finish", "\"audit\"", "保存后提交并审核");
                self.note(
                    at,
                    Outcome::Carried,
                    "finish = \"audit\"",
                    "分三步：保存、提交、审核，每步都可续做；保存后先回读核对，核对不上的不审核",
                    "in three steps that can each be resumed: save, submit, audit; what was saved is read back first, and what differs is not audited",
                );
            }
            "isautosubmitandaudit" => self.carried(at, "finish = \"save\""),
            "isverifybasedatafield" => self.note(
                at,
                if is_on { Outcome::Carried } else { Outcome::Replaced },
                "",
                "总是校验基础资料",
                "base data is always verified",
            ),
            "interationflags" => {
                let flags: Vec<String> = value
                    .split([';', ','])
                    .map(|flag| flag.trim().to_owned())
                    .filter(|flag| !flag.is_empty())
                    .collect();
                let are_words = flags
                    .iter()
                    .all(|flag| flag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
                if are_words {
                    self.draft.kingdee.set("interaction_flags", list(&flags), "对金蝶的提问答“是”");
                    self.carried(at, "interaction_flags");
                } else {
                    self.note(at, Outcome::Cannot, "", "不是交互标识", "are no interaction flags");
                }
            }
            "ignoreinterationflag" => self.note(
                at,
                Outcome::Replaced,
                "interaction_flags",
                "只对列出的提问答“是”，其余转为待处理",
                "only the questions listed are answered with yes, others park the return",
            ),
            "batchcount" | "isdeleteentry" | "needupdatefields" | "needreturnfields" | "subsystemid"
            | "numbersearch" | "isentrybatchfill" | "isautoadjustfield" | "iscontrolprecision"
            | "validaterepeatjson" | "validateflag" | "creator" => self.note(
                at,
                Outcome::Replaced,
                "",
                "用金蝶的默认值，只新建、不修改单据",
                "金蝶's default is used; bills are made, never changed",
            ),
            _ => self.note(
                at,
                Outcome::Cannot,
                "",
                "不认识这个参数，没有导入",
                "is not known here and was not imported",
            ),
        }
    }

    fn operation(&mut self, side: &Side, operation: &Node) {
        let method = operation.text_of("method");
        let rows = operation.text_of("rows");
        let field = plain("operation", operation.line, &format!("{method} {rows}"));
        let at = At { section: Section::Options, side, field: &field };
        match method.to_lowercase().as_str() {
            "batcharraysave" => match rows.parse::<u32>() {
                Ok(rows) if (1..=MOST_BILLS).contains(&rows) => {
                    self.draft.kingdee.set("batch_size", rows.to_string(), "每次单据数");
                    self.carried(at, "batch_size");
                }
                _ => self.note(
                    at,
                    Outcome::Replaced,
                    "batch_size",
                    "每次单据数用默认的 50，超时会自动缩小",
                    "50 bills a call, the default, fewer where calls take too long",
                ),
            },
            "" | "none" => {}
            other => self.note(
                at,
                Outcome::Cannot,
                "",
                format!("处理方式 {} 会合并或改写单据：这里总是一张退换单一张单据", shown(other)),
                format!("the method {} merges or rewrites bills: here each return is one bill", shown(other)),
            ),
        }
    }
}

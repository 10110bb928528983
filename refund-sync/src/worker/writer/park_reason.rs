//! What a person is told when a document is parked: cause, figures in both languages, what to do.
//! When that happens is decided in `writer::sending` and `writer::settling`; the mapping words its own refusals.

use std::collections::BTreeSet;

use kingdee_k3cloud_sdk::{BillError, Class};

use super::Writer;
use crate::journal::finish::{Setback, Status};
use crate::journal::{Difference, Identity, Parking, Reason, State};
use crate::lang::Text;
use crate::mapping::Refusal;
use crate::model::Cause;

/// What a site that numbers bills itself needs before anything more is sent.
pub(super) const RENUMBERED: Text = Text::new(
    "请在金蝶的编码规则中允许销售退货单使用外部编号（手工编号），再运行。",
    "In 金蝶, let the numbering rule (编码规则) of 销售退货单 accept the number that is given; then run again. Bills that were saved under another number are not sent again.",
);

/// A bill that the site saved under a number of its own.
pub(super) fn renumbered(ours: &str, theirs: &str, id: &str) -> Parking {
    Parking::one(
        Cause::Renumbered,
        Text::of(
            format!("以 {ours} 发送，金蝶改号保存为 {theirs}（内码 {id}）"),
            format!("sent as {ours}, 金蝶 saved it as {theirs} (FID {id})"),
        ),
        Text::new(
            "先在编码规则中允许外部编号。保留该单：retry <退换单号>，按现有编号认领；不保留：在金蝶中删除后 retry <退换单号> --again 重写。",
            "Let the numbering rule accept given numbers first. Keep this bill: `retry <refund_no>` takes it over as it stands; or delete it in 金蝶 and write it again: `retry <refund_no> --again`.",
        ),
    )
}

pub(super) fn join(differences: &[Difference]) -> Text {
    let (zh, en): (Vec<_>, Vec<_>) =
        differences.iter().map(Difference::text).map(|text| (text.zh, text.en)).unzip();
    Text::of(zh.join("；"), en.join("; "))
}

pub(super) fn hidden() -> Parking {
    Parking::one(
        Cause::Hidden,
        Text::new(
            "金蝶提示编号已被使用，但查不到该单",
            "金蝶 says that the number is in use, but no bill is found under it",
        ),
        Text::new(
            "检查集成用户的查询权限和组织范围，或在金蝶中用管理员查该编号，再重试。",
            "Check the user's rights and organisations, or look the number up as administrator; then `retry`.",
        ),
    )
}

/// Several bills that 金蝶 said it saved, and not one of them can be seen.
pub(super) fn blind(count: usize) -> Parking {
    Parking::one(
        Cause::Hidden,
        Text::of(
            format!(
                "金蝶曾回复保存成功，但一次查询 {count} 张同类单据一张也查不到：多为集成用户没有查询权限或受数据范围限制，并不表示单据已被删除"
            ),
            format!(
                "金蝶 said that it saved the bill, and a look-up of {count} such bills finds not one of them: the user has no right to query them, or a data scope hides them; nothing says that they were removed"
            ),
        ),
        Text::new(
            "给集成用户授予销售退货单的查询权限、组织和数据范围，之后会自动继续（或重试）；不会重发。确已被人删除的，retry <退换单号> --again 重写。",
            "Give the user the right to query 销售退货单, with its organisations and data scope: it goes on by itself then (or `retry`); nothing is sent again. If somebody did delete it: `retry <refund_no> --again` writes it again.",
        ),
    )
}

/// A bill that was found and of which something could not be read.
pub(super) fn unverified(id: &str, columns: &str) -> Parking {
    Parking::one(
        Cause::Unverified,
        Text::of(
            format!("内码 {id} 已在金蝶中，但 {columns} 无法读取，未核对的单据不审核"),
            format!("FID {id} stands in 金蝶, but {columns} could not be read, so it is not audited unseen"),
        ),
        Text::new(
            "给集成用户授予这些字段的查看权限，之后会自动继续（或重试）；确需照审，设 on_unverified = \"audit\"。",
            "Give the user the right to see these fields: it goes on by itself then (or `retry`); to audit all the same, set on_unverified = \"audit\".",
        ),
    )
}

/// A bill under our number of which too little could be read to say whose it is.
fn unseen(id: &str, columns: &BTreeSet<String>) -> Parking {
    let columns = columns.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    Parking::one(
        Cause::Unverified,
        Text::of(
            format!(
                "金蝶中已有该编号的单据（内码 {id}），但 {columns} 无法读取，无法核对是否为该单：不认领，也不重发"
            ),
            format!(
                "a bill stands in 金蝶 under its number (FID {id}), but {columns} could not be read: whether it is this one cannot be compared; it is neither adopted nor sent again"
            ),
        ),
        Text::new(
            "给集成用户授予这些字段的查看权限（字段权限、屏蔽设置），之后会自动继续（或重试）。",
            "Give the user the right to see these fields (field rights, masking): it goes on by itself then (or `retry`).",
        ),
    )
}

/// How far a bill was taken, as far as that is known: by what was done, or by the status that was read last.
pub(in crate::worker) fn reached(state: State, bill_status: Option<&str>) -> Text {
    match (state, bill_status) {
        (State::Audited, _) | (State::Confirmed, Some("C")) => Text::new("已审核", "audited"),
        (State::Submitted, _) | (State::Confirmed, Some("B")) => Text::new("已提交", "submitted"),
        _ => Text::new("已提交或已审核", "submitted or audited"),
    }
}

/// Why a bill's status is one for a person; `reached` as in [`reached`].
pub(in crate::worker) fn setback(why: Setback, reached: &Text, status: &Status, id: Option<&str>) -> Parking {
    let id = id.unwrap_or("?");
    match why {
        Setback::Unknown => Parking::one(
            Cause::UnknownStatus,
            Text::of(
                format!("内码 {id} 的单据状态为 {status}，无法识别，不做任何操作"),
                format!(
                    "the status of FID {id} is {}, which is not known: nothing is done with it",
                    status.text().en
                ),
            ),
            Text::new("在金蝶中查看该单，处理后重试。", "See the bill in 金蝶, then `retry`."),
        ),
        Setback::WentBack => Parking::one(
            Cause::Reopened,
            Text::of(
                format!("内码 {id} 曾为“{}”，现为 {status}：被撤销、反审核或驳回", reached.zh),
                format!("FID {id} was {} and is now {}: somebody took it back", reached.en, status.text().en),
            ),
            Text::new(
                "与经办人核实；要继续则重试，会重新提交、审核。",
                "Ask who did it; `retry` submits and audits it again.",
            ),
        ),
        Setback::NotAudited => Parking::one(
            Cause::NotAudited,
            Text::of(
                format!("金蝶回复审核成功，但内码 {id} 的单据状态仍为 {status}"),
                format!("金蝶 said that it audited FID {id}, and its status is still {}", status.text().en),
            ),
            Text::new(
                "多为还有下一级审核：在金蝶中审完后自动确认（或重试）。",
                "Mostly another level has to audit it: it is confirmed by itself then (or `retry`).",
            ),
        ),
    }
}

/// Answered again and again without a word about this bill.
pub(super) fn no_verdict() -> Parking {
    Parking::one(
        Cause::NoVerdict,
        Text::new(
            "金蝶多次应答均未给出该单的结果",
            "金蝶 answers without a verdict for this bill, again and again",
        ),
        Text::new("在金蝶中查看该单后重试。", "See what 金蝶 makes of it by hand, then `retry`."),
    )
}

/// What the journal says its bill was is no bill.
pub(super) fn no_bill() -> Parking {
    Parking::one(
        Cause::Broken,
        Text::new(
            "同步台账中该退换单的单据内容无法识别",
            "the journal holds no bill that can be read for this return",
        ),
        Text::new(
            "retry：重新生成单据，先在金蝶中查该单，没有才发送。",
            "`retry`: it is mapped anew, looked up in 金蝶 first, and sent only if it is not there.",
        ),
    )
}

/// Sent again and again, and never answered.
pub(super) fn never_answered(sends: u32) -> Parking {
    Parking::one(
        Cause::NeverAnswered,
        Text::of(
            format!("发送 {sends} 次均无应答，金蝶中查不到该单"),
            format!("{sends} calls that carried this bill went unanswered, and it is not in 金蝶"),
        ),
        Text::new(
            "在金蝶的服务器日志中查原因，处理后重试。",
            "See in the log of 金蝶's server what goes wrong with it, then `retry`.",
        ),
    )
}

pub(super) fn altered_bill(id: &str, altered: &[Difference]) -> Parking {
    Parking::one(
        Cause::Altered,
        Text::of(
            format!("内码 {id} 与发送的不一致：{}", join(altered).zh),
            format!("FID {id} is not what was sent: {}", join(altered).en),
        ),
        Text::new(
            "在金蝶中更正或删除该单后重试；未提交、未审核。",
            "Mend or delete the bill in 金蝶, then `retry`; it was neither submitted nor audited.",
        ),
    )
}

pub(in crate::worker) fn conflict(identity: &Identity) -> Parking {
    match identity {
        Identity::Conflict { id, differences } => Parking::one(
            Cause::Conflict,
            Text::of(
                format!("金蝶中已有该编号的单据（内码 {id}），内容不同：{}", join(differences).zh),
                format!("the number stands in 金蝶 with other content (FID {id}): {}", join(differences).en),
            ),
            Text::new(
                "核对两张单据：更正或删除金蝶中的单后重试，或设置 bill_no_prefix。",
                "Compare the two: mend or delete the one in 金蝶 and `retry`, or set a bill_no_prefix.",
            ),
        ),
        Identity::Voided { id } => Parking::one(
            Cause::Voided,
            Text::of(
                format!("金蝶中该编号的单据（内码 {id}）已作废，仍占用编号"),
                format!("the bill in 金蝶 is voided (FID {id}) and still holds the number"),
            ),
            Text::new("在金蝶中反作废或删除该单后重试。", "Unvoid or delete it in 金蝶, then `retry`."),
        ),
        Identity::Doubled { ids } => Parking::one(
            Cause::Doubled,
            Text::of(
                format!("金蝶中该退换单有多张单据：内码 {}", ids.join("、")),
                format!("several bills stand in 金蝶 under this return: FID {}", ids.join(", ")),
            ),
            Text::new(
                "在金蝶中保留一张、删除其余后重试。",
                "Keep one in 金蝶, delete the others, then `retry`.",
            ),
        ),
        Identity::Illegible { ids } => Parking::one(
            Cause::Hidden,
            Text::of(
                format!("金蝶查到单据（内码 {}）但单据编号不可见，无法判断是否为该单", ids.join("、")),
                format!(
                    "金蝶 finds bills (FID {}) but does not show their numbers: whether this one is among them cannot be told",
                    ids.join(", ")
                ),
            ),
            Text::new(
                "给集成用户授予单据编号的查看权限，之后会自动继续（或重试）；内码为 ? 的，是金蝶返回了列数不符的行，见日志。",
                "Give the user the right to see the number: it goes on by itself then (or `retry`). FID ? is a row of another length than asked: see the log.",
            ),
        ),
        Identity::Unseen { bill, columns } => unseen(&bill.id, columns),
        Identity::Absent | Identity::Ours { .. } | Identity::Foreign { .. } => Parking::one(
            Cause::RemovedInKingdee,
            Text::new(
                "金蝶曾回复保存成功，但查不到该单",
                "金蝶 said that it saved the bill, but it is not there",
            ),
            Text::new(
                "在金蝶的操作日志中查该单是否被删除；确需重写时 retry <退换单号> --again。",
                "See in 金蝶's log who deleted it; `retry <refund_no> --again` writes it again.",
            ),
        ),
    }
}

/// What the mapping refused, as reasons of a parking.
pub(super) fn reasons(refusals: &[Refusal]) -> Vec<Reason> {
    refusals
        .iter()
        .map(|refusal| {
            let message = Text::of(refusal.chinese(), refusal.to_string());
            let missing = refusal.missing();
            Reason { missing, ..Reason::new(refusal.cause(), message, refusal.remedy()) }
        })
        .collect()
}

impl Writer {
    /// What 金蝶 refused, as reasons of a parking.
    pub(super) fn of_kingdee(&self, errors: &[BillError]) -> Vec<Reason> {
        of_kingdee(errors, &self.run.settings.kingdee.interaction_flags)
    }
}

/// The flag that allows negative stock.
const NEGATIVE_STOCK: &str = "STK_InvCheckResult";

/// What to do about stock that cannot be updated: the flag is no advice to who has set it.
fn stock_advice(yes: &[String]) -> Text {
    if !yes.iter().any(|flag| flag.eq_ignore_ascii_case(NEGATIVE_STOCK)) {
        return Text::new(
            "处理库存或入库上限后自动继续（或重试）；允许负库存的，写 interaction_flags = [\"STK_InvCheckResult\"]。",
            "Mend the stock or the limit in 金蝶: it goes on by itself then (or `retry`); where negative stock is allowed, set interaction_flags = [\"STK_InvCheckResult\"].",
        );
    }
    Text::new(
        "已对 STK_InvCheckResult 答“是”，金蝶仍不放行：在金蝶中检查仓库的“允许即时库存负库存”、库存管理系统参数和入库上限，或补足库存，之后自动继续（或重试）。",
        "STK_InvCheckResult is answered with yes already and 金蝶 refuses all the same: see in 金蝶 whether the warehouse allows negative stock (允许即时库存负库存), the parameters of 库存管理 and the limit, or bring the stock in; it goes on by itself then (or `retry`).",
    )
}

/// What to do about a question that is not answered with yes.
fn question_advice(yes: &[String]) -> Text {
    if yes.is_empty() {
        return Text::new(
            "金蝶要求确认是否继续：允许的话在 [pipeline.kingdee] 的 interaction_flags 写该提示的交互标识（如 [\"STK_InvCheckResult\"]，该标识允许负库存），否则先在金蝶处理，再重试。",
            "金蝶 asks whether to go on: to say yes write the question's flag into interaction_flags of [pipeline.kingdee] (such as [\"STK_InvCheckResult\"], which allows negative stock); else mend it in 金蝶; then `retry`.",
        );
    }
    let set = yes.join(", ");
    Text::of(
        format!(
            "已答“是”的交互标识 {set} 不是这个提示的：向实施顾问问该提示的交互标识，加进 interaction_flags；否则先在金蝶处理，再重试。"
        ),
        format!(
            "The questions answered with yes ({set}) are not this one: ask whoever runs 金蝶 for its flag and add it to interaction_flags; else mend it in 金蝶; then `retry`."
        ),
    )
}

/// What 金蝶 refused, as reasons of a parking: every error is kept, with its field.
/// `yes` are the questions that are answered with yes already.
fn of_kingdee(errors: &[BillError], yes: &[String]) -> Vec<Reason> {
    errors
        .iter()
        .map(|error| {
            let (cause, remedy) = match error.class {
                Class::Duplicate { .. } => (Cause::Duplicate, Text::new("在金蝶中按单据编号查询该单。", "Look the number up in 金蝶.")),
                Class::ClosedPeriod => (
                    Cause::ClosedPeriod,
                    Text::new("金蝶已关账或未启用：用 open_from 写明第一个可记账日，或反关账，再重试。", "The period is closed: name the first open day in open_from, or reopen it, then `retry`."),
                ),
                Class::Missing if error.rule.name == "required" => (
                    Cause::MissingInKingdee,
                    Text::new("客户、物料、仓库等：在金蝶中补建、审核并分配，或更正对照表；站点自己要求必录的字段：refund-sync check --live 写明怎样填（[pipeline.mapping.head]、finance 或 line）；再重试。", "Customer, material, warehouse and the like: create, audit and allocate them in 金蝶, or mend the table; a field that the site itself requires: refund-sync check --live says how to fill it ([pipeline.mapping.head], finance or line); then `retry`."),
                ),
                Class::Missing => (
                    Cause::MissingInKingdee,
                    Text::new("在金蝶中补建、审核并分配该基础资料，或更正对照表，再重试。", "Create, audit and allocate the base data in 金蝶, or mend the mapping table, then `retry`."),
                ),
                Class::Stock => (
                    Cause::Stock, stock_advice(yes)
                ),
                Class::Transient => (Cause::Busy, Text::new("金蝶一直繁忙：会自动再试，或重试。", "金蝶 stayed busy: it is tried again by itself, or `retry`.")),
                Class::Workflow => (
                    Cause::Workflow,
                    Text::new("单据已关联工作流：在金蝶的工作流中审批，之后自动确认；或取消该流程后重试。", "The bill is in a workflow: approve it there, and it is confirmed by itself; or end the workflow and `retry`."),
                ),
                Class::WrongStatus => (
                    Cause::WrongStatus,
                    Text::new("在金蝶中查看单据状态，处理后重试。", "See the bill's status in 金蝶, then `retry`."),
                ),
                Class::Interaction if ["库存", "庫存"].iter().any(|stock| error.message.contains(stock)) => {
                    (Cause::Stock, stock_advice(yes))
                }
                Class::Interaction => (Cause::Interaction, question_advice(yes)),
                _ => (Cause::Refused, error.rule.advice.clone().into()),
            };
            let field = error.field.as_deref().filter(|field| !field.is_empty());
            let message = field.map_or_else(|| error.message.clone(), |field| format!("{field}: {}", error.message));
            Reason::new(cause, Text::same(message), remedy)
        })
        .collect()
}

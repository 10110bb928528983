//! What a person is told when a document is parked: cause, figures in both languages, what to do.
//! When that happens is decided in `worker::writing` and `worker::settling`; the mapping words its own refusals.

use kingdee_k3cloud_sdk::{BillError, Class};

use crate::journal::{Difference, Identity, Parking, Reason};
use crate::mapping::Refusal;

/// What a site that numbers bills itself needs before anything more is sent.
pub(super) const RENUMBERED: &str = "请在金蝶的编码规则中允许销售退货单使用外部编号（手工编号），再运行。In 金蝶, let the numbering rule (编码规则) \
    of 销售退货单 accept the number that is given; then run again. Bills that were saved under another number are not sent again.";

pub(super) const RENUMBERED_CAUSE: &str = "renumbered";

/// A bill that the site saved under a number of its own.
pub(super) fn renumbered(ours: &str, theirs: &str, id: &str) -> Parking {
    Parking::one(
        RENUMBERED_CAUSE,
        format!("sent as {ours}, 金蝶 saved it as {theirs} (FID {id})"),
        format!("以 {ours} 发送，金蝶改号保存为 {theirs}（内码 {id}）"),
        "先在编码规则中允许外部编号。保留该单：retry <退换单号>，按现有编号认领；不保留：在金蝶中删除后 retry <退换单号> --again 重写。\
         Let the numbering rule accept given numbers first. Keep this bill: `retry <refund_no>` takes it over as it stands; \
         or delete it in 金蝶 and write it again: `retry <refund_no> --again`.",
    )
}

pub(super) fn join(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

pub(super) fn hidden() -> Parking {
    Parking::one(
        "hidden",
        "金蝶 says that the number is in use, but no bill is found under it",
        "金蝶提示编号已被使用，但查不到该单",
        "检查集成用户的查询权限和组织范围，或在金蝶中用管理员查该编号，再 retry。Check the user's rights and organisations, or look the number up as administrator; then `retry`.",
    )
}

/// What the journal says its bill was is no bill.
pub(super) fn no_bill() -> Parking {
    Parking::one(
        "broken",
        "the journal holds no bill that can be read for this return",
        "日志库中该退换单的单据内容无法识别",
        "retry：重新映射，先在金蝶中查该单，没有才发送。`retry`: it is mapped anew, looked up in 金蝶 first, and sent only if it is not there.",
    )
}

/// Sent again and again, and never answered.
pub(super) fn never_answered(sends: u32) -> Parking {
    Parking::one(
        "never_answered",
        format!("{sends} calls that carried this bill went unanswered, and it is not in 金蝶"),
        format!("发送 {sends} 次均无应答，金蝶中查不到该单"),
        "在金蝶的服务器日志中查原因，处理后 retry。See in the log of 金蝶's server what goes wrong with it, then `retry`.",
    )
}

pub(super) fn altered_bill(id: &str, altered: &[Difference]) -> Parking {
    Parking::one(
        "altered",
        format!("FID {id} is not what was sent: {}", join(altered)),
        format!("内码 {id} 与发送的不一致：{}", join(altered)),
        "在金蝶中更正或删除该单后 retry；未提交、未审核。Mend or delete the bill in 金蝶, then `retry`; it was neither submitted nor audited.",
    )
}

pub(super) fn conflict(identity: &Identity) -> Parking {
    match identity {
        Identity::Conflict { id, differences } => Parking::one(
            "conflict",
            format!("the number stands in 金蝶 with other content (FID {id}): {}", join(differences)),
            format!("金蝶中已有该编号的单据（内码 {id}），内容不同：{}", join(differences)),
            "核对两张单据：更正或删除金蝶中的单后 retry，或设置 bill_no_prefix。Compare the two: mend or delete the one in 金蝶 and `retry`, or set a bill_no_prefix.",
        ),
        Identity::Voided { id } => Parking::one(
            "voided",
            format!("the bill in 金蝶 is voided (FID {id}) and still holds the number"),
            format!("金蝶中该编号的单据（内码 {id}）已作废，仍占用编号"),
            "在金蝶中反作废或删除该单后 retry。Unvoid or delete it in 金蝶, then `retry`.",
        ),
        Identity::Doubled { ids } => Parking::one(
            "doubled",
            format!("several bills stand in 金蝶 under this return: FID {}", ids.join(", ")),
            format!("金蝶中该退换单有多张单据：内码 {}", ids.join("、")),
            "在金蝶中保留一张、删除其余后 retry。Keep one in 金蝶, delete the others, then `retry`.",
        ),
        Identity::Absent | Identity::Ours { .. } | Identity::Foreign { .. } => Parking::one(
            "removed_in_kingdee",
            "金蝶 said that it saved the bill, but it is not there",
            "金蝶曾回复保存成功，但查不到该单",
            "在金蝶的操作日志中查该单是否被删除；确需重写时 retry <退换单号> --again。See in 金蝶's log who deleted it; `retry <refund_no> --again` writes it again.",
        ),
    }
}

/// What the mapping refused, as reasons of a parking.
pub(super) fn reasons(refusals: &[Refusal]) -> Vec<Reason> {
    refusals
        .iter()
        .map(|refusal| Reason {
            cause: refusal.cause().to_owned(),
            message: refusal.to_string(),
            message_zh: refusal.chinese(),
            remedy: refusal.remedy().to_owned(),
        })
        .collect()
}

/// What 金蝶 refused, as reasons of a parking: every error is kept, with its field.
pub(super) fn of_kingdee(errors: &[BillError]) -> Vec<Reason> {
    errors
        .iter()
        .map(|error| {
            let (cause, remedy) = match error.class {
                Class::Duplicate { .. } => ("duplicate", "在金蝶中按单据编号查询该单。Look the number up in 金蝶."),
                Class::ClosedPeriod => (
                    "closed_period",
                    "金蝶已关账或未启用：用 open_from 写明第一个可记账日，或反关账，再 retry。The period is closed: name the first open day in open_from, or reopen it, then `retry`.",
                ),
                Class::Missing => (
                    "missing_in_kingdee",
                    "在金蝶中补建、审核并分配该基础资料，或更正对照表，再 retry。Create, audit and allocate the base data in 金蝶, or mend the mapping table, then `retry`.",
                ),
                Class::Stock => (
                    "stock",
                    "处理库存或入库上限后 retry。Mend the stock or the limit in 金蝶, then `retry`.",
                ),
                Class::Interaction => (
                    "stock",
                    "金蝶要求确认（是否继续）：处理库存后 retry。金蝶 asks whether to go on: mend the stock, then `retry`.",
                ),
                Class::Workflow => (
                    "workflow",
                    "单据在金蝶的工作流中：在工作流里审批后 retry。The bill is in a workflow of 金蝶: approve it there, then `retry`.",
                ),
                Class::Transient => ("busy", "金蝶一直繁忙：稍后 retry。金蝶 stayed busy: `retry` later."),
                _ => ("refused", "按金蝶的提示处理后 retry。Act on what 金蝶 says, then `retry`."),
            };
            let field = error.field.as_deref().filter(|field| !field.is_empty());
            let message = field.map_or_else(|| error.message.clone(), |field| format!("{field}: {}", error.message));
            Reason { cause: cause.into(), message_zh: message.clone(), message, remedy: remedy.into() }
        })
        .collect()
}

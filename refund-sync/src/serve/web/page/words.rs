//! What the journal's stable words mean to people, in both languages. A word that is not here is shown as it is.

use super::lang::Lang;

/// Where a document stands.
pub(super) fn state(word: &str, lang: Lang) -> &str {
    let (chinese, english) = match word {
        "filtered" => ("已过滤", "filtered out"),
        "seen" => ("已读取", "read"),
        "mapped" => ("待写入", "to be written"),
        "intended" => ("写入中", "being written"),
        "saved" => ("已保存", "saved"),
        "submitted" => ("已提交", "submitted"),
        "audited" => ("已审核", "audited"),
        "confirmed" => ("已完成", "done"),
        "parked" => ("待处理", "needs you"),
        other => (other, other),
    };
    lang.of(chinese, english)
}

/// What happened to a document.
pub(super) fn event(word: &str, lang: Lang) -> &str {
    let (chinese, english) = match word {
        "read" => ("从旺店通读到", "read from 旺店通"),
        "read_filtered" => ("读到，但不符合过滤条件", "read, and left out by the filter"),
        "read_unreadable" => ("读到，但无法解析", "read, and not understood"),
        "mapped" => ("生成销售退货单", "bill made"),
        "refused" => ("无法生成单据，挂起", "no bill can be made: parked"),
        "intended" => ("准备写入金蝶", "about to be sent to 金蝶"),
        "not_sent" => ("未发出，稍后再试", "not sent, tried again later"),
        "fate_unknown" => ("未收到应答，先查后发", "no answer came: looked up before it is sent again"),
        "absent" => ("金蝶中查不到", "looked up, not in 金蝶"),
        "saved" => ("金蝶已保存", "saved in 金蝶"),
        "adopted" => ("在金蝶中找到该单", "found in 金蝶"),
        "rejected" => ("金蝶拒绝，挂起", "refused by 金蝶: parked"),
        "conflict" => ("与金蝶中的单据冲突，挂起", "in conflict with a bill in 金蝶: parked"),
        "submitted" => ("金蝶已提交", "submitted in 金蝶"),
        "audited" => ("金蝶已审核", "audited in 金蝶"),
        "confirmed" => ("已读回核对，完成", "read back and right: done"),
        "requeued" => ("重新处理", "taken up again"),
        "noticed" => ("旺店通数据在写入后变化", "changed in 旺店通 after it was written"),
        "reversed" => ("退货在写入后被撤销", "reversed in 旺店通 after it was written"),
        "restored" => ("退货恢复完成状态", "finished again in 旺店通"),
        "waiting" => ("更新的数据等待处理", "a newer row waits"),
        other => (other, other),
    };
    lang.of(chinese, english)
}

/// Why documents are parked.
pub(super) fn cause(word: &str, lang: Lang) -> &str {
    let (chinese, english) = match word {
        "no_refund_no" => ("没有退换单号", "No refund number"),
        "number_too_long" => ("单据编号过长", "Bill number too long"),
        "unsafe_number" => ("单据编号含被拦截的字符", "Bill number with refused characters"),
        "no_date" => ("没有记账日期", "No accounting date"),
        "closed_period" => ("会计期间已关账", "Closed period"),
        "unmapped" => ("对照表中没有该编号", "Not in a mapping table"),
        "no_key" => ("缺少对照用的编号", "A number to map by is empty"),
        "no_tax_rate" => ("税率不可用", "No usable tax rate"),
        "no_lines" => ("没有退货明细", "No lines"),
        "nothing_left" => ("数量和金额均为 0", "Quantity and amount are 0"),
        "missing_quantity" => ("缺少数量", "Quantity missing"),
        "bad_quantity" => ("数量不可用", "Unusable quantity"),
        "quantity_gap" => ("退货与入库数量不一致", "Asked back and arrived differ"),
        "quantity_zero_with_amount" => ("数量为 0 但有金额", "Money without goods"),
        "missing_amount" => ("缺少金额", "Amount missing"),
        "negative_amount" => ("金额为负", "Negative amount"),
        "amount_out_of_range" => ("金额超出范围", "Amount out of range"),
        "imbalance" => ("明细与表头金额不等", "Lines and head differ"),
        "no_price" => ("没有合适的含税单价", "No price gives the amount"),
        "no_refund" => ("货已退回但未退款", "Goods back, no refund"),
        "unreadable_stockin" => ("入库单无法识别", "Unreadable stock-in"),
        "unjoined_stockin" => ("入库货品对不上退货明细", "Stock-in of no one line"),
        "uncounted_stockin" => ("入库单没有数量", "Stock-in without quantities"),
        "unreadable" => ("数据无法解析", "Unreadable row"),
        "hidden" => ("编号被占用但查不到单据", "Number in use, bill not visible"),
        "never_answered" => ("金蝶多次无应答", "金蝶 never answered"),
        "altered" => ("金蝶中的单据与发送的不一致", "Bill in 金蝶 is not what was sent"),
        "conflict" => ("金蝶中已有不同的同号单据", "Other bill under this number"),
        "voided" => ("金蝶中的单据已作废", "Bill voided in 金蝶"),
        "doubled" => ("金蝶中有多张单据", "Several bills in 金蝶"),
        "removed_in_kingdee" => ("金蝶中的单据已被删除", "Bill deleted in 金蝶"),
        "renumbered" => ("金蝶改了单据编号", "金蝶 renumbered the bill"),
        "no_verdict" => ("金蝶未说明结果", "金蝶 gave no verdict"),
        "refused" => ("金蝶拒绝", "Refused by 金蝶"),
        "duplicate" => ("编号重复", "Number in use"),
        "missing_in_kingdee" => ("金蝶中缺少基础资料", "Base data missing in 金蝶"),
        "stock" => ("库存或入库上限", "Stock or its limit"),
        "interaction" => ("金蝶询问是否继续", "金蝶 asks whether to go on"),
        "workflow" => ("单据在金蝶工作流中", "In a workflow of 金蝶"),
        "wrong_status" => ("单据状态不允许", "Status does not allow it"),
        "unknown_status" => ("单据状态无法识别", "Unknown status"),
        "reopened" => ("单据被撤销或反审核", "Taken back in 金蝶"),
        "not_audited" => ("金蝶回复已审核但状态未变", "Said to be audited, and is not"),
        "unverified" => ("无法核对，未审核", "Cannot be read, not audited"),
        "busy" => ("金蝶一直繁忙", "金蝶 stayed busy"),
        "unknown" => ("原因未知", "Cause unknown"),
        other => (other, other),
    };
    lang.of(chinese, english)
}

/// What is noted beside a document that has its bill.
pub(super) fn flag(word: &str, lang: Lang) -> &str {
    let (chinese, english) = match word {
        "reversed" => ("写入后被撤销", "reversed after it was written"),
        "changed" => ("写入后有变化", "changed after it was written"),
        "altered" => ("金蝶中被改动", "altered in 金蝶"),
        "foreign" => ("他人录入的同样单据", "same bill of another author"),
        "unverified" => ("有字段无法读取，未核对", "not read back in full"),
        "duplicate" => ("编号曾被占用", "number was in use"),
        "amount_unconfirmed" => ("退款金额未确认", "refund not confirmed"),
        "quantity_gap" => ("退货与入库数量不一致", "asked back and arrived differ"),
        "imbalance" => ("明细与表头金额不等", "lines and head differ"),
        "unbalanced" => ("合计未核对", "sum not checked"),
        "rounded_total" => ("合计四舍五入", "total rounded"),
        "no_refund" => ("货已退回但未退款", "goods back, no refund"),
        "moved_date" => ("记账日期后移", "date moved"),
        "trimmed" => ("编号首尾空白已去除", "blanks around numbers cut"),
        "split_line" => ("一行拆为两行", "line split in two"),
        other => (other, other),
    };
    lang.of(chinese, english)
}

/// What called for a run.
pub(super) fn command(word: &str, lang: Lang) -> &str {
    let (chinese, english) = match word {
        "serve" => ("定时", "schedule"),
        "serve: ordered" => ("手动", "by hand"),
        "serve: retry" => ("重试", "retry"),
        "serve: again" => ("续跑", "follow-up"),
        "run" => ("命令 run", "command run"),
        "retry" => ("命令 retry", "command retry"),
        "backfill" => ("补读", "backfill"),
        "reconcile" => ("对账", "reconcile"),
        "demo" => ("演示", "demo"),
        other => (other, other),
    };
    lang.of(chinese, english)
}

/// What a person did.
pub(super) fn action(word: &str, lang: Lang) -> &str {
    let (chinese, english) = match word {
        "retry" => ("重试一张", "retried one"),
        "retry-again" => ("重写已删除的单据", "wrote a deleted bill again"),
        "retry-cause" => ("重试同类", "retried a cause"),
        "run" => ("立即运行", "ordered a run"),
        "lift" => ("解除等待并立即运行", "ended a wait and ordered a run"),
        "pause" => ("暂停定时", "paused"),
        "resume" => ("恢复定时", "resumed"),
        other => (other, other),
    };
    lang.of(chinese, english)
}

/// The half of a text in two languages that is in this one: `中文 / English`, or `中文。English.`. A text that is not
/// built so is shown whole.
pub(super) fn half(text: &str, lang: Lang) -> &str {
    let stop = "。";
    let halves = text.split_once(" / ").or_else(|| {
        let ends = text.match_indices(stop).map(|(place, _)| text.split_at(place + stop.len()));
        ends.into_iter().find(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    });
    halves.map_or(text, |(chinese, english)| lang.of(chinese, english))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::State;

    #[test]
    fn every_state_has_words_in_both_languages() {
        for known in State::ALL {
            assert_ne!(state(known.as_str(), Lang::Chinese), known.as_str());
            assert!(state(known.as_str(), Lang::English).is_ascii());
        }
    }

    #[test]
    fn of_a_text_in_two_languages_each_reader_gets_his_half() {
        let both = |text| (half(text, Lang::Chinese), half(text, Lang::English));
        assert_eq!(both("补上后 retry / add it, then retry"), ("补上后 retry", "add it, then retry"));
        assert_eq!(
            both("先查。再 retry。Look first. Then `retry`."),
            ("先查。再 retry。", "Look first. Then `retry`.")
        );
        assert_eq!(
            both("金蝶一直繁忙。金蝶 stayed busy."),
            ("金蝶一直繁忙。金蝶 stayed busy.", "金蝶一直繁忙。金蝶 stayed busy.")
        );
        assert_eq!(both("mend it"), ("mend it", "mend it"));
    }

    #[test]
    fn a_word_of_another_version_is_shown_as_it_is() {
        for lang in [Lang::Chinese, Lang::English] {
            assert_eq!((cause("strange", lang), event("strange", lang)), ("strange", "strange"));
        }
    }
}

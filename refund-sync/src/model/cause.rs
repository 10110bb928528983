//! Why a document waits for a person: the stable words that parked returns are grouped by, and what they mean to people.
//! The words are in journals, in JSON and in metrics; they do not change.

use crate::lang::vocabulary;

vocabulary! {
    /// Why a document waits for a person.
    pub enum Cause {
        Unmapped = "unmapped" {
            title: "对照表中没有该编号", "Not in a mapping table";
            meaning: "对照表没有该编码，或在记账日不在有效期", "no row for the number, or none on that day";
            remedy: "在对照表中补上该编号，再重试", "add the number to the table, then retry the return";
        }
        NoKey = "no_key" {
            title: "缺少对照用的编号", "A number to map by is empty";
            meaning: "店铺、仓库、商家编码等字段为空", "shop, warehouse, spec … is empty";
            remedy: "在旺店通补全该字段", "fill the field in 旺店通; the return is read again when it changes";
        }
        EmptyField = "empty_field" {
            title: "必填的其它字段没有值", "A required further field is empty";
            meaning: "`required = true` 的字段没有值", "a rule with `required = true` comes to nothing";
            remedy: "在旺店通补全，或改该字段的规则", "fill the field in 旺店通, or change the field's rule";
        }
        UnreadField = "unread_field" {
            title: "字段尚未读取", "A field was not read yet";
            meaning: "规则新用到的字段，读取该单时没有保存", "a rule names a field that was not kept when the return was read";
            remedy: "重试即重新读取", "read it again with `retry`";
        }
        NoTaxRate = "no_tax_rate" {
            title: "税率不可用", "No usable tax rate";
            meaning: "税率表中该物料的税率无效", "the tax table's rate is none";
            remedy: "改正税率表后重试", "correct the tax table, then retry";
        }
        QuantityGap = "quantity_gap" {
            title: "退货与入库数量不一致", "Asked back and arrived differ";
            meaning: "申请退货数 ≠ 入库数", "asked back ≠ arrived";
            remedy: "核对实收数量后决定：按实收数量入账（decide --as arrived）或按申请数量入账（decide --as asked）；都按同一办法的，改 on_quantity_gap 为 flag 或 use_stockin", "check what arrived, then decide on the page or by `decide --as arrived` or `asked`; where it is always the same, set on_quantity_gap to flag or use_stockin";
        }
        NoStockin = "no_stockin" {
            title: "没有入库单", "No stock-in";
            meaning: "`enrich = \"stockin\"` 时没有查到入库单", "`enrich = \"stockin\"`, and no 销售退货入库单 was found in any window nor by number";
            remedy: "在旺店通完成入库单（状态 80），读到后自动继续；或设 enrich = \"none\"", "finish the stock-in (status 80) in 旺店通: the return goes on by itself when it is read; or set enrich = \"none\"";
        }
        UnreadableStockin = "unreadable_stockin" {
            title: "入库单无法识别", "Unreadable stock-in";
            meaning: "入库单无法识别", "a stock-in that cannot be understood";
            remedy: "在旺店通更正该入库单，读到后自动继续", "mend the stock-in in 旺店通: the return goes on by itself when it is read";
        }
        UnjoinedStockin = "unjoined_stockin" {
            title: "入库货品对不上退货明细", "Stock-in of no one line";
            meaning: "入库货品对不上唯一一行退货明细", "a stock-in with goods of no line, or of any of several";
            remedy: "在旺店通核对入库明细与退货明细；多收的货请手工入账", "compare the stock-in with the return's lines in 旺店通; book what came in excess by hand";
        }
        UncountedStockin = "uncounted_stockin" {
            title: "入库单没有数量", "Stock-in without quantities";
            meaning: "入库单没有数量", "a stock-in without quantities";
            remedy: "在旺店通核对入库数量，读到后自动继续；或设 enrich = \"none\"", "check the stock-in's quantities in 旺店通: the return goes on by itself when it is read; or set enrich = \"none\"";
        }
        SeveralOrgs = "several_orgs" {
            title: "入了多个组织的仓库", "Several organisations";
            meaning: "货品入了多个库存组织的仓库", "goods in warehouses of several stock organisations";
            remedy: "一张单据只有一个库存组织：请手工入账，或改对照表 warehouses", "a bill has one stock organisation: book it by hand, or change the table warehouses";
        }
        MissingQuantity = "missing_quantity" {
            title: "缺少数量", "Quantity missing";
            meaning: "数量缺失", "no quantity";
            remedy: "在旺店通核对数量，或改 quantity_from", "check the quantity in 旺店通, or change quantity_from";
        }
        BadQuantity = "bad_quantity" {
            title: "数量不可用", "Unusable quantity";
            meaning: "数量为负、过大或小数位过多", "negative, too large or too fine";
            remedy: "在旺店通更正数量", "correct the quantity in 旺店通";
        }
        MissingAmount = "missing_amount" {
            title: "缺少金额", "Amount missing";
            meaning: "金额缺失或不是数字", "no amount, or no number";
            remedy: "在旺店通核对金额，或改 amount_from", "check the amount in 旺店通, or change amount_from";
        }
        NegativeAmount = "negative_amount" {
            title: "金额为负", "Negative amount";
            meaning: "金额为负", "below 0";
            remedy: "在旺店通更正金额", "correct the amount in 旺店通";
        }
        AmountOutOfRange = "amount_out_of_range" {
            title: "金额超出范围", "Amount out of range";
            meaning: "金额过大或过细", "too large or too fine";
            remedy: "在旺店通更正金额", "correct the amount in 旺店通";
        }
        QuantityZeroWithAmount = "quantity_zero_with_amount" {
            title: "数量为 0 但有金额", "Money without goods";
            meaning: "数量 0 却有金额：只退款没退货", "money without goods";
            remedy: "仅退款无退货的行请手工入账", "money without goods is no 销售退货单: book it by hand or correct it in 旺店通";
        }
        Imbalance = "imbalance" {
            title: "明细与表头金额不等", "Lines and head differ";
            meaning: "明细合计 ≠ 表头（`on_imbalance = \"park\"` 时）", "lines ≠ head, with `on_imbalance = \"park\"`";
            remedy: "在旺店通核对金额，或设 on_imbalance = \"flag\"", "check the amounts in 旺店通, or set on_imbalance = \"flag\"";
        }
        NoRefund = "no_refund" {
            title: "货已退回但未退款", "Goods back, no refund";
            meaning: "有货值而退款为 0（`on_no_refund = \"park\"` 时）", "goods came back, no money refunded, with `on_no_refund = \"park\"`";
            remedy: "核对是否应退款，或设 on_no_refund = \"flag\"", "check whether money is due, or set on_no_refund = \"flag\"";
        }
        NoPrice = "no_price" {
            title: "没有合适的含税单价", "No price gives the amount";
            meaning: "没有单价能算回该金额", "no price gives the amount back";
            remedy: "增大 price_scale", "raise price_scale";
        }
        NoDate = "no_date" {
            title: "没有记账日期", "No accounting date";
            meaning: "没有记账日期", "no accounting date";
            remedy: "等待结算，或在 date_from 加入有值的时间字段", "wait for settlement, or name a time that is present in date_from";
        }
        ClosedPeriod = "closed_period" {
            title: "会计期间已关账", "Closed period";
            meaning: "日期早于 `open_from`；或金蝶提示关账、结账、启用日期（金蝶提示的会自动重试）", "before `open_from`; or 金蝶 says 关账, 结账, 启用 (what 金蝶 said is tried again by itself)";
            remedy: "决定记到第一个可记账日（decide --as open-day）；或重新打开该月（month --reopen）、调整 open_from、设 closed_period = \"move\"；金蝶提示的，反关账后自动继续", "book it on the first open day (`decide --as open-day`, or the page); or open the month again (`month --reopen`), change open_from, set closed_period = \"move\"; if 金蝶 said it, reopen the period there and it goes on by itself";
        }
        NoLines = "no_lines" {
            title: "没有退货明细", "No lines";
            meaning: "没有明细", "no lines";
            remedy: "在旺店通核对退货明细", "check the return's lines in 旺店通";
        }
        NothingLeft = "nothing_left" {
            title: "数量和金额均为 0", "Quantity and amount are 0";
            meaning: "明细的数量和金额全为 0", "all quantities and amounts are 0";
            remedy: "没有货退回，无需单据；有误则在旺店通更正", "no goods came back and no bill is due; if that is wrong, correct it in 旺店通";
        }
        NoRefundNo = "no_refund_no" {
            title: "没有退换单号", "No refund number";
            meaning: "没有退换单号", "no refund number";
            remedy: "在旺店通核对该退换单", "look the return up in 旺店通, its number is missing";
        }
        NumberTooLong = "number_too_long" {
            title: "单据编号过长", "Bill number too long";
            meaning: "单据编号超过 80 个字符", "over 80 characters";
            remedy: "缩短 bill_no_prefix", "shorten bill_no_prefix";
        }
        UnsafeNumber = "unsafe_number" {
            title: "单据编号含被拦截的字符", "Bill number with refused characters";
            meaning: "编号含金蝶防火墙拦截的字符（`' \" < > ; --`）或不可见字符", "one of `' \" < > ; --`, which 金蝶's firewall refuses, or a character that is not seen";
            remedy: "在旺店通核对退换单号，或改 bill_no_prefix；该单请手工入账", "check the number in 旺店通 or the bill_no_prefix; book this one by hand";
        }
        Unreadable = "unreadable" {
            title: "数据无法解析", "Unreadable row";
            meaning: "这一行有字段无法识别（原文已脱敏保存）", "a field of the row cannot be understood (kept, masked)";
            remedy: "在旺店通更正，变动后自动重读，或重试", "mend it in 旺店通, or `retry`";
        }
        MissingInKingdee = "missing_in_kingdee" {
            title: "金蝶中缺少基础资料", "Base data missing in 金蝶";
            meaning: "必填项为空，或编码不存在", "a required value is empty, or a number unknown";
            remedy: "在金蝶补建、审核、分配，或更正对照表", "create, audit and allocate the base data, or mend the table";
        }
        Stock = "stock" {
            title: "库存或入库上限", "Stock or its limit";
            meaning: "更新库存不成功、超入库上限", "the stock cannot be updated, a limit is reached";
            remedy: "在金蝶处理，或答“是”：`interaction_flags = [\"STK_InvCheckResult\"]`（允许负库存）", "mend it in 金蝶, or say yes: `interaction_flags = [\"STK_InvCheckResult\"]` (allows negative stock)";
        }
        Interaction = "interaction" {
            title: "金蝶询问是否继续", "金蝶 asks whether to go on";
            meaning: "金蝶询问“是否继续？”", "金蝶 asks 是否继续？";
            remedy: "在金蝶处理，或答“是”：`interaction_flags = [\"STK_InvCheckResult\"]`（允许负库存）", "mend it in 金蝶, or say yes: `interaction_flags = [\"STK_InvCheckResult\"]` (allows negative stock)";
        }
        Refused = "refused" {
            title: "金蝶拒绝", "Refused by 金蝶";
            meaning: "其它拒绝，金蝶原文在 `message` 里", "any other refusal; 金蝶's words are in `message`";
            remedy: "按提示处理", "act on them";
        }
        Busy = "busy" {
            title: "金蝶一直繁忙", "金蝶 stayed busy";
            meaning: "多次重试仍繁忙", "busy again and again";
            remedy: "稍后重试", "`retry` later";
        }
        NoVerdict = "no_verdict" {
            title: "金蝶未说明结果", "金蝶 gave no verdict";
            meaning: "多次应答都没有该单结果", "answers without a verdict";
            remedy: "到金蝶里看该单，稍后重试", "look at the bill, `retry` later";
        }
        NeverAnswered = "never_answered" {
            title: "金蝶多次无应答", "金蝶 never answered";
            meaning: "先后 5 次调用都没有应答，金蝶中也查不到", "five calls went unanswered, and it is not there";
            remedy: "查金蝶服务器日志，处理后重试", "see the server's log, then `retry`";
        }
        Conflict = "conflict" {
            title: "金蝶中已有不同的同号单据", "Other bill under this number";
            meaning: "编号已被内容不同的单据占用，逐项列出差异", "the number stands there with other content, each difference named";
            remedy: "更正或删除金蝶中的单", "mend or delete that bill";
        }
        Voided = "voided" {
            title: "金蝶中的单据已作废", "Bill voided in 金蝶";
            meaning: "同编号的单据已作废，仍占着编号", "a voided bill holds the number";
            remedy: "反作废或删除", "unvoid or delete it";
        }
        Doubled = "doubled" {
            title: "金蝶中有多张单据", "Several bills in 金蝶";
            meaning: "金蝶里有多张同编号单据", "several bills under the number";
            remedy: "留一张，删其余", "keep one";
        }
        Hidden = "hidden" {
            title: "编号被占用但查不到单据", "Number in use, bill not visible";
            meaning: "金蝶说编号已被使用，或刚回复保存成功，却查不到：首先是查询权限或数据范围", "in use, says 金蝶, or saved a moment ago, but nothing is found: first of all a right to query or a data scope";
            remedy: "给集成用户授予查询权限、组织和数据范围；不加 `--again` 不会重发", "give the user the right, the organisations and the data scope; nothing is sent again without `--again`";
        }
        Duplicate = "duplicate" {
            title: "编号重复", "Number in use";
            meaning: "编号重复，却查不到该单", "the number is in use, and no bill is found under it";
            remedy: "给集成用户授予查询权限、组织和数据范围；不加 `--again` 不会重发", "give the user the right, the organisations and the data scope; nothing is sent again without `--again`";
        }
        Unverified = "unverified" {
            title: "字段无法读取，无法核对", "Cannot be read, cannot be compared";
            meaning: "有字段显示为 `***` 或未返回，未核对的单据不认领、不审核", "cells are masked (`***`) or not answered, so it is neither adopted nor audited unseen";
            remedy: "授予这些字段的查看权限，或设 `on_unverified = \"audit\"`", "give the user the right to these fields, or set `on_unverified = \"audit\"`";
        }
        Workflow = "workflow" {
            title: "单据在金蝶工作流中", "In a workflow of 金蝶";
            meaning: "已关联工作流实例", "已关联工作流实例";
            remedy: "在工作流中审批，之后自动确认", "approve it in the workflow: it is confirmed by itself";
        }
        NotAudited = "not_audited" {
            title: "金蝶回复已审核但状态未变", "Said to be audited, and is not";
            meaning: "回复已审核但状态仍为审核中", "said to be audited, and still in review";
            remedy: "在金蝶中查看状态", "see its status in 金蝶";
        }
        WrongStatus = "wrong_status" {
            title: "单据状态不允许", "Status does not allow it";
            meaning: "单据状态不允许", "the status does not allow it";
            remedy: "在金蝶中查看状态", "see its status in 金蝶";
        }
        Reopened = "reopened" {
            title: "单据被撤销或反审核", "Taken back in 金蝶";
            meaning: "提交或审核后又被撤销（C → D）", "submitted or audited, and taken back since (C → D)";
            remedy: "与经办人核实；重试会重新提交、审核", "ask who did it; `retry` submits and audits it again";
        }
        UnknownStatus = "unknown_status" {
            title: "单据状态无法识别", "Unknown status";
            meaning: "状态字母无法识别", "a letter that is not known";
            remedy: "在金蝶中查看状态，再重试", "see its status in 金蝶, then `retry`";
        }
        Altered = "altered" {
            title: "金蝶中的单据与发送的不一致", "Bill in 金蝶 is not what was sent";
            meaning: "回读与发送不一致（客户、日期、数量、单位、金额），因此没有提交、审核", "read back, it differs (customer, date, quantity, unit, cents); so it was not submitted or audited";
            remedy: "更正或删除该单", "mend or delete it";
        }
        RemovedInKingdee = "removed_in_kingdee" {
            title: "金蝶中的单据已被删除", "Bill deleted in 金蝶";
            meaning: "曾答复保存成功，现在查不到", "saved, said 金蝶, and now it is not there";
            remedy: "查操作日志；确认应当入账的，重新写入（`retry <退换单号> --again`）", "see its log; `retry <refund_no> --again` writes it again";
        }
        Renumbered = "renumbered" {
            title: "金蝶改了单据编号", "金蝶 renumbered the bill";
            meaning: "站点改了编号；整个同步方案停止", "the site gave another number; the pipeline stops";
            remedy: "改编码规则，允许手工编号，再运行一轮。保留已改号的单：重试，按现有编号认领，不再发送；不保留：在金蝶删除后重新写入（`retry <退换单号> --again`）", "let the 编码规则 accept given numbers, then `run`. Keep the bill so saved: `retry <refund_no>` adopts it as it stands and sends nothing; or delete it in 金蝶, then `retry <refund_no> --again`";
        }
        Broken = "broken" {
            title: "台账记录自相矛盾", "Journal contradicts itself";
            meaning: "台账记录自相矛盾（如被人改动过）", "the journal contradicts itself, as when somebody edited it";
            remedy: "从备份恢复，或重试：先在金蝶中查，没有才发送", "restore a backup, or `retry`: looked up in 金蝶 first, sent only if it is not there";
        }
        Unknown = "unknown" {
            title: "原因未知", "Cause unknown";
            meaning: "提交或审核没有结果", "submit or audit came to nothing";
            remedy: "到金蝶里看该单", "look at the bill";
        }
    }
}

impl Cause {
    /// Only a change in 金蝶 can lift it, and so it may be lifted unseen: base data gets created, stock arrives, a period is
    /// opened. A closed period counts where 金蝶 said it.
    pub fn comes_back(self) -> bool {
        matches!(
            self,
            Self::ClosedPeriod
                | Self::MissingInKingdee
                | Self::Stock
                | Self::Refused
                | Self::Busy
                | Self::NoVerdict
                | Self::Hidden
                | Self::Interaction
                | Self::Workflow
                | Self::Unverified
                | Self::NotAudited
                | Self::WrongStatus
        )
    }
}

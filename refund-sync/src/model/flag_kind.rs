//! What is noted beside a document although nothing stops: the stable words, and what they mean to people.

use crate::lang::vocabulary;

vocabulary! {
    /// What a person should know of a document although nothing stops.
    pub enum FlagKind {
        Changed = "changed" {
            title: "旺店通有变化", "changed in 旺店通";
            meaning: "写入或决定之后，旺店通的退换单又变了", "the return changed in 旺店通 after it was written or decided";
        }
        Reversed = "reversed" {
            title: "写入后被撤销", "reversed after it was written";
            meaning: "写入之后，退换单退出了要写的状态", "the return left the accepted statuses after it was written";
        }
        Altered = "altered" {
            title: "金蝶中被改动", "altered in 金蝶";
            meaning: "金蝶中的单据被改动", "the bill was edited in 金蝶";
        }
        FieldsDiffer = "fields_differ" {
            title: "其它字段与所写不同", "further fields differ";
            meaning: "配置的其它字段，金蝶没有保存或存了别的值", "金蝶 dropped a further field, or holds another value in it";
        }
        Foreign = "foreign" {
            title: "他人录入的同样单据", "same bill of another author";
            meaning: "内容相同但不是本程序写的单据，已认领", "the same bill without our mark, adopted";
        }
        Unverified = "unverified" {
            title: "有字段无法读取，未核对", "not read back in full";
            meaning: "有字段回读不到，未核对", "columns that could not be read back";
        }
        OtherBills = "other_bills" {
            title: "查询返回别的单据", "look-up answered for other bills";
            meaning: "金蝶的查询返回了别的单据：不据此作任何决定，稍后再查", "金蝶 answered a look-up of it with other bills: nothing is decided on that, it is asked again";
        }
        Renumbered = "renumbered" {
            title: "按站点编号认领", "under the site's number";
            meaning: "按站点给的编号认领", "adopted under the site's number";
        }
        Duplicate = "duplicate" {
            title: "编号曾被占用", "number was in use";
            meaning: "编号被占用，正在查", "the number is in use, being looked up";
        }
        QuantityGap = "quantity_gap" {
            title: "退货与入库数量不一致", "asked back and arrived differ";
            meaning: "申请退货数 ≠ 入库数", "asked back ≠ arrived";
        }
        Imbalance = "imbalance" {
            title: "明细与表头金额不等", "lines and head differ";
            meaning: "明细合计 ≠ 表头", "lines ≠ head";
        }
        Unbalanced = "unbalanced" {
            title: "合计未核对", "sum not checked";
            meaning: "表头没有该金额，合计未核对", "the head has no such figure: the sum was not checked";
        }
        NoRefund = "no_refund" {
            title: "货已退回但未退款", "goods back, no refund";
            meaning: "有货值而退款为 0", "goods came back, no money refunded";
        }
        AmountUnconfirmed = "amount_unconfirmed" {
            title: "退款金额未确认", "refund not confirmed";
            meaning: "退款金额未确认", "the refund is not confirmed yet";
        }
        MovedDate = "moved_date" {
            title: "记账日期后移", "date moved";
            meaning: "记账日期后移到开放的第一天", "the date was moved to the first open day";
        }
        RoundedTotal = "rounded_total" {
            title: "合计四舍五入", "total rounded";
            meaning: "明细合计不是整分，已四舍五入", "the lines' sum is no whole cents and was rounded";
        }
        SplitLine = "split_line" {
            title: "一行拆为两行", "line split in two";
            meaning: "一行拆为两行", "one line became two";
        }
        Trimmed = "trimmed" {
            title: "编号首尾空白已去除", "blanks around numbers cut";
            meaning: "编号首尾有空白，已去除", "blanks around a number were cut";
        }
        Defective = "defective" {
            title: "含残品", "defective pieces";
            meaning: "有残品入库，而仓库对照没有 `defect_to`", "defective pieces arrived, and the warehouse names no `defect_to`";
        }
    }
}

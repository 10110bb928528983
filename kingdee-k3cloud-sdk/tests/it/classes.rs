//! The table of objections: one test a row.

use kingdee_k3cloud_sdk::Class;

macro_rules! rows {
    ($($name:ident: $message:literal, $code:literal => $class:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(Class::of($message, $code), $class);
        }
    )*};
}

rows! {
    a_number_in_use_is_a_duplicate: "违反字段唯一性要求：编码唯一。[TK1]在当前系统中已经被使用。", 11
        => Class::Duplicate { number: "TK1".to_owned() };
    a_duplicate_stays_one_whatever_the_code: "违反字段唯一性要求：编码唯一。[TK[1]]在当前系统中已经被使用。", 13
        => Class::Duplicate { number: "TK[1]".to_owned() };
    audited_before_is_done: "单据编号为“T”的销售退货单，单据已经审核！", 11 => Class::AlreadyDone;
    submitted_before_is_done: "单据编号为“T”的销售退货单，单据已提交", 11 => Class::AlreadyDone;
    a_required_field_is_missing: "字段“客户”是必填项", 11 => Class::Missing;
    a_required_cell_is_missing: "单据体实体【明细信息】第【1】行分录，【仓库】字段必录", 11 => Class::Missing;
    an_unknown_code_is_missing: "编码值[\"C9\"]不存在", 9 => Class::Missing;
    an_unknown_field_is_missing: "元数据中标识为FX的字段不存在", 9 => Class::Missing;
    negative_stock_is_stock: "更新库存出现异常情况，更新库存不成功！", 11 => Class::Stock;
    an_upper_limit_is_stock: "第1行分录，数量大于入库上限！", 0 => Class::Stock;
    a_closed_account_is_a_period: "单据日期早于组织的关账日期", 11 => Class::ClosedPeriod;
    a_settled_period_is_a_period: "当前期间已结账", 11 => Class::ClosedPeriod;
    before_the_start_is_a_period: "日期小于等于启用日期", 0 => Class::ClosedPeriod;
    a_lock_is_transient: "网络控制冲突", 13 => Class::Transient;
    a_lock_by_its_text_is_transient: "网控冲突，请稍后", 11 => Class::Transient;
    a_database_failure_is_transient: "死锁", 6 => Class::Transient;
    a_call_limit_is_transient: "超过限制", 14 => Class::Transient;
    a_failed_check_is_refused: "数据不合法", 11 => Class::Refused;
    an_exception_is_refused: "未将对象引用设置到对象的实例", 4 => Class::Refused;
    nothing_said_is_refused: "", 0 => Class::Refused;
}

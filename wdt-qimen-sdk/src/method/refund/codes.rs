//! The codes of returns, all open: a code that is not named here is kept, never an error.
//! Names and codes after the protocol notes, sections 4 and 5.

crate::codes! {
    /// 退换类型, the header's `type`.
    pub enum RefundType {
        RefundBeforeShipping = 1, "退款(未发货)";
        Return = 2, "退货";
        Exchange = 3, "换货";
        RefundOnly = 4, "退款不退货";
        Supplement = 5, "订单补款";
    }
}

crate::codes! {
    /// 处理状态, `process_status`.
    pub enum ProcessStatus {
        Supplement = 5, "补款";
        Cancelled = 10, "已取消";
        ToReview = 20, "待审核";
        Agreed = 30, "已同意";
        Refused = 40, "已拒绝";
        ToFinance = 50, "待财审";
        ToReceive = 60, "待收货";
        ToPush = 63, "待推送";
        PushFailed = 64, "推送失败";
        ToReceiveOutside = 65, "委外待收货";
        /// Settled although no goods have arrived yet.
        ToReceiveSettled = 69, "待收货(已结算)";
        PartlyReceived = 70, "部分到货";
        PartlyReceivedSettled = 71, "部分到货(已结算)";
        /// Received but not settled; shops that never settle stay here.
        ToSettle = 80, "待结算";
        /// Received **and** settled.
        Finished = 90, "已完成";
    }
}

crate::codes! {
    /// Which time `start_time` and `end_time` are about (`time_type`). A third value, 2, has been seen in use;
    /// its meaning is unknown.
    pub enum TimeType {
        /// The server's default.
        Modified = 0, "最后修改时间";
        Settled = 1, "结算时间";
    }
}

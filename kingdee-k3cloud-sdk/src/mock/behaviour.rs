//! In what sites differ: each a setting of the simulated one.

/// How the site keeps numbers unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uniqueness {
    /// 编码唯一 as delivered: looked up before the save, so that two calls at once both pass.
    #[default]
    LaggingCheck,
    /// A unique index in the database: checked at the commit too.
    Index,
    /// 编码唯一 switched off: a number that is in use, and one that stands twice in a call, is saved once more. A
    /// client that writes to such a site has to look before each save.
    Off,
}

/// When the bills of a batch become visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Commit {
    /// One after the other, through the time the save takes.
    OneByOne,
    /// All at the end.
    #[default]
    Together,
}

/// 舍入类型: how a currency rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// 四舍五入: half away from zero.
    #[default]
    HalfUp,
    /// 四舍六入五双: half to even.
    HalfEven,
}

/// When the site asks whether stock may go negative (更新库存…是否继续？). `InterationFlags` of `STK_InvCheckResult`
/// answers yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StockQuestion {
    /// When a bill is saved.
    OnSave,
    /// When it is audited.
    OnAudit,
}

/// What the site does by itself with a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OwnStep {
    /// Nothing.
    #[default]
    Nothing,
    /// It submits what is saved.
    SubmitsWhatIsSaved,
    /// It submits and audits what is saved.
    AuditsWhatIsSaved,
    /// It audits what is submitted.
    AuditsWhatIsSubmitted,
}

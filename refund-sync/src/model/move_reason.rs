//! Why a return was moved though neither system said anything new: the stable words of the journal, and what they mean to
//! people.

use crate::lang::vocabulary;

vocabulary! {
    /// Why a return was moved.
    pub enum MoveReason {
        AskedAgain = "asked for by a person, with --again" { title: "人工要求重新写入", "a person asked for it to be written again"; }
        Asked = "asked for by a person" { title: "人工要求重试", "a person asked for it"; }
        Missing = "missing in 金蝶" { title: "金蝶中缺单", "missing in 金蝶"; }
        RulesChanged = "the mapping rules or tables changed" { title: "对照规则或对照表已变更", "the mapping rules or tables changed"; }
        ByItself = "tried again by itself" { title: "自动重试", "tried again by itself"; }
        PassedForAnother = "what it was parked for has passed for another one" { title: "另一张同样原因的单据已通过", "what it was parked for has passed for another one"; }
        ProgramEnded = "the program ended before the answer came" { title: "程序在收到应答前结束", "the program ended before the answer came"; }
        WorkerEnded = "its worker ended before the answer came" { title: "执行的进程在收到应答前结束", "its worker ended before the answer came"; }
    }
}

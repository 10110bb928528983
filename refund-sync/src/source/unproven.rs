//! Why a window is not proven whole: the stable words of the journal, and what they mean to people.

use wdt_qimen_sdk::window::Why;

use crate::lang::{Text, vocabulary};

vocabulary! {
    /// Why a window is not proven whole.
    pub enum Unproven {
        NamesNoTotal = "the server names no total: nothing can be proven" { title: "旺店通没有给出总数，无法证实读全", "the server names no total: nothing can be proven"; }
        Stockins = "unproven: the stock-ins of the window" { title: "无法证实读全：窗口内的入库单", "unproven: the stock-ins of the window"; }
        History = "unproven: the history of the window" { title: "无法证实读全：窗口内的历史单据", "unproven: the history of the window"; }
        NoTotal = "unproven (NoTotal)" { title: "无法证实读全：没有总数", "unproven (NoTotal)"; }
        Low = "unproven (Low)" { title: "无法证实读全：总数少于给出的行数", "unproven (Low)"; }
        Hot = "unproven (Hot)" { title: "无法证实读全：窗口内还可能新增", "unproven (Hot)"; }
        Unsteady = "unproven (Unsteady)" { title: "无法证实读全：总数与行数一直不符", "unproven (Unsteady)"; }
        Unfinished = "unproven (Unfinished)" { title: "无法证实读全：尚未读完", "unproven (Unfinished)"; }
        Forward = "unproven (Forward)" { title: "无法证实读全：逐页向后读取，行数与总数不符", "unproven (Forward)"; }
        Otherwise = "unproven" { title: "无法证实读全", "unproven"; }
    }
}

impl Unproven {
    /// What a kept word says; one that another version wrote is shown as it is.
    pub fn told(word: &str) -> Text {
        Self::parse(word).map_or_else(|| Text::same(word), Self::title)
    }
}

impl From<Why> for Unproven {
    fn from(why: Why) -> Self {
        match why {
            Why::NoTotal => Self::NoTotal,
            Why::Low => Self::Low,
            Why::Hot => Self::Hot,
            Why::Unsteady => Self::Unsteady,
            Why::Unfinished => Self::Unfinished,
            Why::Forward => Self::Forward,
            // A reason that this version does not know.
            _ => Self::Otherwise,
        }
    }
}

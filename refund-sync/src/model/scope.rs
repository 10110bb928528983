//! What 旺店通's codes of a return mean to people: 类型 and 处理状态, as its own screens call them.

use crate::lang::Text;

/// 类型, as `退款不退货`; its number where it is none that is known.
pub fn type_title(kind: Option<i32>) -> Text {
    match kind {
        Some(1) => Text::new("退款（未发货）", "refund before dispatch"),
        Some(2) => Text::new("退货", "return"),
        Some(3) => Text::new("换货", "exchange"),
        Some(4) => Text::new("退款不退货", "refund without goods"),
        Some(5) => Text::new("订单补款", "extra payment"),
        Some(other) => Text::of(format!("类型 {other}"), format!("type {other}")),
        None => Text::new("类型未知", "type unknown"),
    }
}

/// 处理状态, as `已完成`; its number where it is none that is known.
pub fn status_title(status: Option<i32>) -> Text {
    match status {
        Some(5) => Text::new("补款", "extra payment"),
        Some(10) => Text::new("已取消", "cancelled"),
        Some(20) => Text::new("待审核", "to be reviewed"),
        Some(30) => Text::new("已同意", "agreed"),
        Some(40) => Text::new("已拒绝", "refused"),
        Some(50) => Text::new("待财审", "to be approved by finance"),
        Some(60) => Text::new("待收货", "goods awaited"),
        Some(63) => Text::new("待推送", "to be pushed"),
        Some(64) => Text::new("推送失败", "push failed"),
        Some(65) => Text::new("委外待收货", "goods awaited elsewhere"),
        Some(69) => Text::new("待收货（已结算）", "goods awaited, settled"),
        Some(70) => Text::new("部分到货", "partly arrived"),
        Some(71) => Text::new("部分到货（已结算）", "partly arrived, settled"),
        Some(80) => Text::new("待结算", "to be settled"),
        Some(90) => Text::new("已完成", "finished"),
        Some(other) => Text::of(format!("状态 {other}"), format!("status {other}")),
        None => Text::new("状态未知", "status unknown"),
    }
}

/// Both: `退款不退货 · 已完成`.
pub fn scope_title(kind: Option<i32>, status: Option<i32>) -> Text {
    let (kind, status) = (type_title(kind), status_title(status));
    Text::of(format!("{} · {}", kind.zh, status.zh), format!("{} · {}", kind.en, status.en))
}

#[cfg(test)]
mod tests {
    use wdt_qimen_sdk::method::refund::{ProcessStatus, RefundType};

    use super::*;

    #[test]
    fn every_code_that_the_interface_documents_has_its_own_words() {
        // The interface writes its brackets half-width, which Chinese text does not.
        let in_text = |gloss: Option<&str>| gloss.unwrap().replace('(', "（").replace(')', "）");
        for code in 1..=5 {
            assert_eq!(type_title(Some(code)).zh, in_text(RefundType::from(code).gloss()));
        }
        for code in [5, 10, 20, 30, 40, 50, 60, 63, 64, 65, 69, 70, 71, 80, 90] {
            assert_eq!(status_title(Some(code)).zh, in_text(ProcessStatus::from(code).gloss()));
        }
        assert_eq!(scope_title(Some(4), Some(7)).en, "refund without goods · status 7");
        assert_eq!(scope_title(None, None).zh, "类型未知 · 状态未知");
    }
}

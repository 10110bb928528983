//! Why the filter leaves a return out, in a sentence. Leaving it out is the parent's.

use crate::config::Wdt;
use crate::lang::Text;
use crate::model::{scope_title, status_title, type_title};

/// Why a return of this 类型, 处理状态 and 店铺 is not in scope by `settings`.
pub fn why_left_out(settings: &Wdt, kind: Option<i32>, process_status: Option<i32>, shop_no: &str) -> Text {
    let what = scope_title(kind, process_status);
    let listed = |codes: &std::collections::BTreeSet<i32>, title: fn(Option<i32>) -> Text| {
        let titles: Vec<Text> = codes.iter().map(|code| title(Some(*code))).collect();
        let joined = |texts: Vec<&str>, comma| texts.join(comma);
        Text::of(
            joined(titles.iter().map(|title| title.zh.as_ref()).collect(), "、"),
            joined(titles.iter().map(|title| title.en.as_ref()).collect(), ", "),
        )
    };
    let mut why: Vec<Text> = Vec::new();
    if !kind.is_some_and(|kind| settings.types.contains(&kind)) {
        let (this, taken) = (type_title(kind), listed(&settings.types, type_title));
        why.push(Text::of(
            format!("类型“{}”不写销售退货单（只同步{}）", this.zh, taken.zh),
            format!("type {} becomes no bill (types taken: {})", this.en, taken.en),
        ));
    }
    if !process_status.is_some_and(|status| settings.process_status.contains(&status)) {
        let (this, taken) = (status_title(process_status), listed(&settings.process_status, status_title));
        why.push(Text::of(
            format!("状态“{}”还不同步（到{}才同步）", this.zh, taken.zh),
            format!("its status is {} (taken when: {})", this.en, taken.en),
        ));
    }
    if !settings.shop_nos.is_empty() && !settings.shop_nos.contains(shop_no) {
        why.push(Text::of(
            format!("店铺 {shop_no} 不在 shop_nos 中"),
            format!("shop {shop_no} is not in shop_nos"),
        ));
    }
    if why.is_empty() {
        why.push(Text::new(
            "按现在的配置应当同步，下次读到时处理",
            "by the configuration of today it is in scope: taken when it is read next",
        ));
    }
    let zh = why.iter().map(|text| text.zh.as_ref()).collect::<Vec<_>>().join("；");
    let en = why.iter().map(|text| text.en.as_ref()).collect::<Vec<_>>().join("; ");
    Text::of(format!("未纳入同步（{}）：{zh}", what.zh), format!("not in scope ({}): {en}", what.en))
}

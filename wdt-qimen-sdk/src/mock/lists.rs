//! The master data that the simulator's returns are made of, public so that another simulator can hold the same.
//! All made up.

/// Shops: number and name.
pub const SHOPS: &[(&str, &str)] =
    &[("S001", "示例旗舰店"), ("S002", "示例专营店"), ("S003", "示例抖音店"), ("S004", "示例分销店")];

/// Warehouses: number and name.
pub const WAREHOUSES: &[(&str, &str)] = &[("WH01", "上海仓"), ("WH02", "广州仓"), ("WH03", "残次品仓")];

/// A single item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// 商家编码.
    pub spec_no: &'static str,
    /// 货品编号.
    pub goods_no: &'static str,
    /// 货品名称.
    pub goods_name: &'static str,
    /// 规格名称.
    pub spec_name: &'static str,
    /// Its price in cents.
    pub price_cents: u64,
}

const fn spec(
    spec_no: &'static str,
    goods_no: &'static str,
    goods_name: &'static str,
    spec_name: &'static str,
    price_cents: u64,
) -> Spec {
    Spec { spec_no, goods_no, goods_name, spec_name, price_cents }
}

/// Single items; the last one is given away.
pub const SPECS: &[Spec] = &[
    spec("TS-BLK-M", "TS", "圆领T恤", "黑色 M", 5990),
    spec("TS-BLK-L", "TS", "圆领T恤", "黑色 L", 5990),
    spec("TS-WHT-M", "TS", "圆领T恤", "白色 M", 5590),
    spec("JK-NVY-L", "JK", "轻薄羽绒服", "藏青 L", 39_900),
    spec("JK-RED-S", "JK", "轻薄羽绒服", "红色 S", 38_850),
    spec("PT-GRY-32", "PT", "休闲长裤", "灰色 32", 12_999),
    spec("SH-WHT-42", "SH", "小白鞋", "白色 42", 16_901),
    spec("BG-BRN", "BG", "牛皮腰包", "棕色", 8888),
    spec("CP-001", "CP", "保温杯", "500ml", 3333),
    spec("TW-3P", "TW", "纯棉毛巾", "三条装", 2990),
    spec("CB-USBC", "CB", "数据线", "1m", 551),
    spec("GIFT-SOCK", "SOCK", "棉袜", "均码", 990),
];

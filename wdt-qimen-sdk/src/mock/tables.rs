//! What the simulator knows of each method: its list key, its limits, what it filters by (protocol notes, sections
//! 4 and 7). How a query is answered is `query.rs`.

use chrono::TimeDelta;

use super::request::Params;
use crate::method::definition::Method;
use crate::protocol::native_page;

/// One method of the simulator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) method: &'static str,
    pub(super) list_key: &'static str,
    pub(super) max_page: usize,
    /// The longest span; a method without one takes no span.
    pub(super) window: Option<TimeDelta>,
    /// Parameters that make a span unnecessary.
    pub(super) lookups: &'static [&'static str],
    /// The row's own number and primary key.
    pub(super) number: &'static str,
    pub(super) id: &'static str,
    /// The key that a span is about.
    pub(super) time: fn(&Params) -> &'static str,
    /// What is asked for if nothing is: parameter and value.
    pub(super) assumed: &'static [(&'static str, &'static str)],
    pub(super) filters: &'static [(&'static str, Filter)],
}

/// How a parameter filters rows by a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Filter {
    /// The key is the parameter.
    Is(&'static str),
    /// The key, a list in one text, holds the parameter.
    Has(&'static str),
    /// The parameter, a list in one text, holds the key.
    In(&'static str),
    /// One row of the list has the parameter under the key.
    Holds(&'static str, &'static str),
}

use Filter::{Has, Holds, In, Is};

const MONTH: Option<TimeDelta> = Some(TimeDelta::days(30));

impl Table {
    /// The table of a method that another project has written: its limits, and no filters.
    pub(super) fn of_method<M: Method>() -> Self {
        Self {
            method: M::NAME,
            list_key: M::LIST_KEY,
            max_page: M::PAGE.max as usize,
            window: M::WINDOW.and_then(|window| TimeDelta::from_std(window).ok()),
            number: M::NUMBER,
            id: M::ID,
            ..MASTER
        }
    }

    /// Whether this is the method of that name or native page.
    pub(super) fn answers(&self, method: &str) -> bool {
        self.method == method || native_page(self.method) == method
    }
}

const REFUND_FILTERS: &[(&str, Filter)] = &[
    ("process_status", Is("process_status")),
    ("shop_no", Is("shop_no")),
    ("shop_nos", In("shop_no")),
    ("refund_no", Is("refund_no")),
    ("src_refund_no", Is("src_no")),
    ("trade_no", Has("sales_tid")),
    ("tid", Has("tid")),
    ("logistics_no", Is("return_logistics_no")),
];

const REFUND: Table = Table {
    method: "wdt.refund.query",
    list_key: "refunds",
    max_page: 100,
    window: MONTH,
    lookups: &["refund_no", "src_refund_no", "trade_no", "tid"],
    number: "refund_no",
    id: "refund_id",
    time: |params| if params.get("time_type") == Some("1") { "finish_time" } else { "modified" },
    assumed: &[],
    filters: REFUND_FILTERS,
};

/// The methods of this crate.
pub(super) const TABLES: [Table; 10] = [
    REFUND,
    Table { method: "wdt.his.refund.query", ..REFUND },
    Table {
        method: "wdt.stockin.order.query.refund",
        list_key: "stockin_list",
        max_page: 50,
        window: MONTH,
        lookups: &["stockin_no", "src_order_no"],
        number: "order_no",
        id: "stockin_id",
        time: |_| "modified",
        assumed: &[("status", "80")],
        filters: &[
            ("status", Is("status")),
            ("shop_no", Is("shop_no")),
            ("stockin_no", Is("order_no")),
            ("src_order_no", Is("src_order_no")),
        ],
    },
    Table {
        method: "wdt.vip.api.refund.query",
        list_key: "trade_list",
        max_page: 100,
        window: MONTH,
        lookups: &["refund_no", "tid"],
        number: "refund_no",
        id: "refund_id",
        time: |params| if params.get("time_type") == Some("1") { "refund_time" } else { "modified" },
        assumed: &[],
        filters: &[
            ("shop_no", Is("shop_no")),
            ("platform_id", Is("platform_id")),
            ("refund_no", Is("refund_no")),
            ("tid", Is("tid")),
        ],
    },
    Table {
        method: "wdt.trade.query",
        list_key: "trades",
        max_page: 100,
        window: Some(TimeDelta::minutes(60)),
        lookups: &["trade_no", "src_tid", "logistics_no"],
        number: "trade_no",
        id: "trade_id",
        time: |_| "modified",
        assumed: &[],
        filters: &[
            ("status", Is("trade_status")),
            ("shop_no", Is("shop_no")),
            ("shop_nos", In("shop_no")),
            ("warehouse_no", Is("warehouse_no")),
            ("trade_no", Is("trade_no")),
            ("src_tid", Has("src_tids")),
            ("logistics_no", Is("logistics_no")),
        ],
    },
    Table {
        method: "wdt.stockout.order.query.trade",
        list_key: "stockout_list",
        max_page: 100,
        window: MONTH,
        lookups: &["stockout_no", "src_order_no", "src_tid"],
        number: "order_no",
        id: "stockout_id",
        time: |params| {
            let status: i32 = params.get("status").and_then(|status| status.parse().ok()).unwrap_or(95);
            if status < 95 || params.get("is_by_modified") == Some("1") { "modified" } else { "consign_time" }
        },
        assumed: &[],
        filters: &[
            ("status", Is("status")),
            ("shop_no", Is("shop_no")),
            ("warehouse_no", Is("warehouse_no")),
            ("stockout_no", Is("order_no")),
            ("src_order_no", Is("src_order_no")),
            ("src_tid", Has("src_trade_no")),
        ],
    },
    Table {
        method: "wdt.shop.query",
        list_key: "shoplist",
        number: "shop_no",
        id: "shop_id",
        filters: &[
            ("shop_no", Is("shop_no")),
            ("platform", Is("platform_id")),
            ("is_disabled", Is("is_disabled")),
        ],
        ..MASTER
    },
    Table {
        method: "wdt.warehouse.query",
        list_key: "warehouses",
        number: "warehouse_no",
        id: "warehouse_id",
        assumed: &[("is_disabled", "0")],
        filters: &[
            ("warehouse_no", Is("warehouse_no")),
            ("warehouse_type", Is("type")),
            ("is_disabled", Is("is_disabled")),
        ],
        ..MASTER
    },
    Table {
        method: "wdt.goods.query",
        list_key: "goods_list",
        window: MONTH,
        lookups: &["goods_no", "spec_no"],
        number: "goods_no",
        id: "goods_id",
        time: |_| "goods_modified",
        assumed: &[("deleted", "0")],
        filters: &[
            ("goods_no", Is("goods_no")),
            ("spec_no", Holds("spec_list", "spec_no")),
            ("brand_no", Is("brand_no")),
            ("class_name", Is("class_name")),
            ("deleted", Is("deleted")),
        ],
        ..MASTER
    },
    Table {
        method: "wdt.suites.query",
        list_key: "suites",
        window: MONTH,
        lookups: &["suite_no"],
        number: "suite_no",
        id: "suite_id",
        filters: &[
            ("suite_no", Is("suite_no")),
            ("class_name", Is("class_name")),
            ("brand_name", Is("brand_name")),
        ],
        ..MASTER
    },
];

/// What master data has in common.
const MASTER: Table = Table {
    method: "",
    list_key: "",
    max_page: 100,
    window: None,
    lookups: &[],
    number: "",
    id: "",
    time: |_| "modified",
    assumed: &[],
    filters: &[],
};

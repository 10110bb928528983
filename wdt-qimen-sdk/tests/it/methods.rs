//! The neighbouring methods: what each asks, what each reads, and the rules that each keeps.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use serde_json::{Value, json};
use wdt_qimen_sdk::method::goods::{GoodsParams, GoodsQuery};
use wdt_qimen_sdk::method::his_refund::HisRefundQuery;
use wdt_qimen_sdk::method::refund::RefundParams;
use wdt_qimen_sdk::method::shop::{ShopParams, ShopQuery};
use wdt_qimen_sdk::method::stockin_refund::{StockinRefundParams, StockinRefundQuery};
use wdt_qimen_sdk::method::stockout_trade::{StockoutTradeParams, StockoutTradeQuery};
use wdt_qimen_sdk::method::suite::{SuiteParams, SuiteQuery};
use wdt_qimen_sdk::method::trade::{TradeParams, TradeQuery};
use wdt_qimen_sdk::method::vip_refund::{PlatformNumber, VipRefundParams, VipRefundQuery};
use wdt_qimen_sdk::method::warehouse::{WarehouseParams, WarehouseQuery};
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::{Client, ErrorKind, Method, PageAsk, Span};

use crate::support::{at, builder, ok, scripted, span, utc};

fn day() -> Span {
    span("2026-11-20 00:00:00", "2026-11-21 00:00:00")
}

/// A gateway in December with nothing in it but master data, and its client.
fn gateway() -> (Gateway, Client) {
    let clock = mock::virtual_clock(utc("2026-12-01 00:00:00"));
    let gateway = Gateway::builder().now(clock.clone()).build();
    gateway.world().put_master_data();
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    (gateway, client)
}

async fn all<M: Method>(client: &Client, params: M::Params) -> Vec<M::Row> {
    client.list::<M>(params).rows().map(|row| row.unwrap().unwrap()).collect().await
}

/// A method's parameters as one text.
fn asked<M: Method>(params: &M::Params) -> String {
    let pairs = M::params(params).into_iter().filter(|(_, value)| !value.is_empty());
    pairs.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

#[test]
fn each_method_asks_in_the_vendors_words() {
    let times = "start_time=2026-11-20 00:00:00&end_time=2026-11-21 00:00:00";
    let stockin = StockinRefundParams::builder().span(day()).status(80).src_order_no("TK1").build();
    assert_eq!(asked::<StockinRefundQuery>(&stockin), format!("{times}&status=80&src_order_no=TK1"));
    let trade =
        TradeParams::builder().span(day()).shop_nos(vec!["S1".into(), "S2".into()]).src_tid("26").build();
    assert_eq!(asked::<TradeQuery>(&trade), format!("{times}&shop_nos=S1,S2&src_tid=26"));
    let stockout = StockoutTradeParams::builder().span(day()).status(95).is_by_modified(true).build();
    assert_eq!(asked::<StockoutTradeQuery>(&stockout), format!("{times}&status=95&is_by_modified=1"));
    let number = PlatformNumber::Refund { platform_id: 39, refund_no: "P1".into() };
    let refund = VipRefundParams::builder().number(number).build();
    assert_eq!(asked::<VipRefundQuery>(&refund), "platform_id=39&refund_no=P1");
    let shop = ShopParams::builder().shop_no("S001").platform(1).is_disabled(false).build();
    assert_eq!(asked::<ShopQuery>(&shop), "shop_no=S001&platform=1&is_disabled=0");
    let warehouse = WarehouseParams::builder().warehouse_no("WH01").build();
    assert_eq!(asked::<WarehouseQuery>(&warehouse), "warehouse_no=WH01");
    let goods = GoodsParams::builder().span(day()).deleted(true).build();
    assert_eq!(asked::<GoodsQuery>(&goods), format!("{times}&deleted=1"));
    let suite = SuiteParams::builder().suite_no("SUITE-01").build();
    assert_eq!(asked::<SuiteQuery>(&suite), "suite_no=SUITE-01");
    let history = RefundParams::builder().span(day()).refund_no("TK1").build();
    assert_eq!(asked::<HisRefundQuery>(&history), format!("{times}&refund_no=TK1"));
}

#[tokio::test(start_paused = true)]
async fn each_methods_own_limits_are_kept_before_anything_is_sent() {
    async fn refused<M: Method>(params: M::Params, page_size: u32) {
        let (client, seen) = scripted(builder(), [ok("{}")]);
        let error = client.page::<M>(&params, PageAsk::new(0, page_size)).await.err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error}");
        assert_eq!(seen.lock().unwrap().len(), 0);
    }
    let two_hours = span("2026-11-20 00:00:00", "2026-11-20 01:00:01");
    let month = span("2026-10-01 00:00:00", "2026-10-31 00:00:01");
    refused::<TradeQuery>(TradeParams::builder().span(two_hours).build(), 40).await;
    refused::<StockinRefundQuery>(StockinRefundParams::builder().span(day()).build(), 51).await;
    refused::<StockinRefundQuery>(StockinRefundParams::builder().span(month).build(), 40).await;
    refused::<StockoutTradeQuery>(StockoutTradeParams::builder().span(month).build(), 40).await;
    refused::<VipRefundQuery>(VipRefundParams::builder().span(month).build(), 40).await;
    refused::<ShopQuery>(ShopParams::default(), 101).await;
}

#[tokio::test(start_paused = true)]
async fn a_day_of_orders_is_read_hour_by_hour() {
    let (gateway, client) = gateway();
    for hour in 0..24 {
        let number = format!("JY{hour:02}");
        let row = json!({"trade_no": number, "trade_id": hour, "modified": format!("2026-11-20 {hour:02}:30:00"),
            "receivable": "59.90", "goods_list": {"rec_id": "1", "num": "1.0000", "share_amount": "59.9000"}});
        assert!(gateway.world().put("wdt.trade.query", row));
    }
    let trades = all::<TradeQuery>(&client, TradeParams::builder().span(day()).build()).await;
    assert_eq!(trades.len(), 24);
    assert_eq!(gateway.counts().arrivals, 24);
    assert_eq!(trades[0].receivable.unwrap().to_string(), "59.90");
    assert_eq!(trades[0].goods_list[0].share_amount.unwrap().to_string(), "59.9000");
}

#[tokio::test(start_paused = true)]
async fn a_stock_in_names_its_return_and_its_lines() {
    let (gateway, client) = gateway();
    let refunds = mock::fill(3, 200, day());
    let arrived: Vec<_> = refunds.iter().filter_map(mock::stockin_of).collect();
    assert!(arrived.len() > 100);
    for stockin in arrived {
        gateway.world().put("wdt.stockin.order.query.refund", stockin);
    }
    let stockins =
        all::<StockinRefundQuery>(&client, StockinRefundParams::builder().span(day()).build()).await;
    let mut moved = 0;
    for stockin in &stockins {
        let row = refunds.iter().find(|row| row.refund_no() == stockin.src_order_no).unwrap();
        let refund = row.read().unwrap();
        moved += u32::from(refund.warehouse_no != stockin.warehouse_no);
        for detail in &stockin.details_list {
            let lines = &refund.refund_order_list;
            let line = lines.iter().find(|line| line.order_id == detail.src_order_detail_id).unwrap();
            assert_eq!(line.stockin_num, detail.num);
        }
    }
    assert!(moved > 0, "some arrive elsewhere");
    let numbers: BTreeSet<_> = stockins.iter().map(|stockin| &stockin.order_no).collect();
    assert_eq!(numbers.len(), gateway.world().list("wdt.stockin.order.query.refund").len());
}

#[tokio::test(start_paused = true)]
async fn shipments_are_found_by_their_time_of_dispatch_unless_asked_otherwise() {
    let (gateway, client) = gateway();
    gateway.world().put(
        "wdt.stockout.order.query.trade",
        json!({"order_no": "CK1", "stockout_id": 1, "status": "95", "consign_time": "2026-11-20 10:00:00",
            "modified": "2026-11-25 10:00:00", "details_list": [{"goods_count": "2.0000"}]}),
    );
    let by = || StockoutTradeParams::builder().span(day());
    let found = all::<StockoutTradeQuery>(&client, by().build()).await;
    assert_eq!(found[0].consign_time, Some(at("2026-11-20 10:00:00")));
    assert_eq!(found[0].details_list[0].goods_count.unwrap().to_string(), "2.0000");
    let modified = by().status(95).is_by_modified(true).build();
    assert!(all::<StockoutTradeQuery>(&client, modified).await.is_empty(), "changed on another day");
}

#[tokio::test(start_paused = true)]
async fn platforms_refunds_are_looked_up_with_their_platform() {
    let (gateway, client) = gateway();
    gateway.world().put(
        "wdt.vip.api.refund.query",
        json!({"refund_no": "P1", "platform_id": 39, "type": "2", "refund_amount": "5.5100", "modified": "2026-11-20 10:00:00",
            "goods_list": [{"num": 1, "spec_no": "TS"}], "discount_list": []}),
    );
    let number = PlatformNumber::Refund { platform_id: 39, refund_no: "P1".into() };
    let found = all::<VipRefundQuery>(&client, VipRefundParams::builder().number(number).build()).await;
    assert_eq!((found[0].kind, found[0].goods_list[0].spec_no.as_str()), (Some(2), "TS"));
    assert_eq!(VipRefundQuery::key(&found[0]).to_string(), "39/P1");
    let bare = client.call("wdt.vip.api.refund.query", &[("refund_no", "P1".to_owned())]).await.unwrap_err();
    assert_eq!(bare.code(), Some(2910), "the simulator wants the platform, as the gateway does");
}

#[tokio::test(start_paused = true)]
async fn master_data_fills_mapping_tables() {
    let (gateway, client) = gateway();
    let shops = all::<ShopQuery>(&client, ShopParams::default()).await;
    let numbers: Vec<_> = mock::SHOPS.iter().map(|shop| shop.0.to_owned()).collect();
    assert_eq!(
        shops.iter().map(|shop| shop.shop_no.clone()).collect::<BTreeSet<_>>(),
        numbers.into_iter().collect()
    );
    assert!(!format!("{shops:?}").contains("13800000000"), "a contact is a person");
    let warehouses = all::<WarehouseQuery>(&client, WarehouseParams::default()).await;
    assert_eq!(warehouses.iter().filter(|warehouse| warehouse.is_defect == Some(true)).count(), 1);
    let october = span("2026-09-30 00:00:00", "2026-10-02 00:00:00");
    let goods = all::<GoodsQuery>(&client, GoodsParams::builder().span(october).build()).await;
    let specs = goods.iter().map(|goods| goods.spec_list.len()).sum::<usize>();
    assert_eq!(specs, mock::SPECS.len());
    let goods = all::<GoodsQuery>(&client, GoodsParams::builder().spec_no("TS-BLK-M").build()).await;
    assert_eq!(goods.iter().map(|goods| goods.goods_no.as_str()).collect::<Vec<_>>(), ["TS"]);
    gateway.world().put(
        "wdt.suites.query",
        json!({"suite_no": "SUITE-01", "suite_name": "秋季套装", "modified": "2026-10-01 00:00:00", "new_2027": [1],
            "specs_list": [{"spec_no": "TS-BLK-M", "num": "2.0000", "ratio": "0.6906"}]}),
    );
    let suite = SuiteParams::builder().suite_no("SUITE-01").build();
    let suites = all::<SuiteQuery>(&client, suite).await;
    assert_eq!(suites[0].specs_list[0].num.unwrap().to_string(), "2.0000");
    assert_eq!(suites[0].extra.get("new_2027"), Some("[1]"), "unknown fields are kept");
}

#[tokio::test(start_paused = true)]
async fn history_is_another_list_with_the_same_rows() {
    let (gateway, client) = gateway();
    let row = json!({"refund_no": "TK1", "modified": "2026-11-20 10:00:00"});
    gateway.world().put("wdt.his.refund.query", row);
    let params = RefundParams::builder().refund_no("TK1").build();
    assert_eq!(all::<HisRefundQuery>(&client, params.clone()).await[0].refund_no, "TK1");
    assert!(all::<wdt_qimen_sdk::method::refund::RefundQuery>(&client, params).await.is_empty());
}

#[test]
fn every_row_type_writes_what_it_read() {
    fn same<M: Method>(row: &Value)
    where
        M::Row: serde::Serialize + PartialEq + std::fmt::Debug,
    {
        let read = M::read(&row.to_string()).unwrap();
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(M::read(&text).unwrap(), read);
    }
    let row = json!({"modified": "2026-11-20 10:00:00", "unknown": {"a": 1}, "details_list": [{"num": 1.10}],
        "type": 2, "is_disabled": "1", "goods_list": null, "spec_list": {"spec_no": "A"}, "specs_list": []});
    same::<StockinRefundQuery>(&row);
    same::<StockoutTradeQuery>(&row);
    same::<VipRefundQuery>(&row);
    same::<TradeQuery>(&row);
    same::<ShopQuery>(&row);
    same::<WarehouseQuery>(&row);
    same::<GoodsQuery>(&row);
    same::<SuiteQuery>(&row);
    same::<HisRefundQuery>(&row);
}

//! Clients of 旺店通.

use super::run;

const TOP_SDK: [(&str, &str); 9] = [
    ("wdt.refund.query, all pages of a day", "works"),
    ("hu3cgwt0tc.wdt.refund.query", "works"),
    ("wdt.shop.query", "works"),
    ("wdt.warehouse.query", "works"),
    ("wdt.stockin.order.query.refund", "works"),
    ("a value with Chinese and & + =", "works"),
    ("an empty value", "fails"),
    ("a wrong secret", "misread"),
    ("over the limit", "refused"),
];

#[test]
fn taobao_sdk_python3_reads_every_list_and_takes_a_refusal_under_response_for_a_result() {
    run("taobao-sdk-python3", &TOP_SDK);
}

#[test]
fn topsdk_reads_every_list_and_takes_a_refusal_under_response_for_a_result() {
    run("topsdk", &TOP_SDK);
}

#[test]
fn the_official_generated_classes_read_what_is_simulated_and_are_told_what_is_not() {
    run(
        "taobao-openapi",
        &[
            ("WdtRefundQueryRequest, all pages of a day", "works"),
            ("WdtRefundQueryRequest, process_status 90", "works"),
            ("WdtRefundQueryRequest with a target_app_key", "works"),
            ("WdtHisRefundQueryRequest, nothing there", "works"),
            ("WdtStockinOrderQueryRefundRequest", "works"),
            ("WdtStockoutOrderQueryTradeRequest", "works"),
            ("WdtTradeQueryRequest, one hour", "works"),
            ("WdtShopQueryRequest", "works"),
            ("WdtWarehouseQueryRequest", "works"),
            ("WdtGoodsQueryRequest", "works"),
            ("all 147 Wdt classes", "works"),
            ("a wrong secret", "misread"),
            ("over the limit", "refused"),
        ],
    );
}

#[test]
fn taobaopy_reads_by_form_and_by_multipart_and_signs_with_the_machines_own_time() {
    run(
        "taobaopy",
        &[
            ("wdt__refund_query, all pages of a day", "works"),
            ("wdt__shop_query", "works"),
            ("wdt__warehouse_query", "works"),
            ("wdt__stockin_order_query_refund", "works"),
            ("a value with Chinese and & + =", "works"),
            ("a call with a file, as multipart", "works"),
            ("an empty value", "fails"),
            ("a machine that lives in UTC", "fails"),
            ("a wrong secret", "misread"),
            ("over the limit", "refused"),
        ],
    );
}

#[test]
fn wangdiantong_py_reads_from_the_native_gateway_and_cannot_sign_chinese() {
    run(
        "wangdiantong-py",
        &[
            ("orders.trade_query, one hour", "works"),
            ("goods.query", "works"),
            ("goods.suites_query by number", "works"),
            ("post refund_query.php, all pages of a day", "works"),
            ("post shop.php", "works"),
            ("a Chinese value", "fails"),
            ("stocks.query, a page that is not simulated", "refused"),
            ("a wrong secret", "refused"),
            ("over the limit", "refused"),
        ],
    );
}

#[test]
fn node_taobao_topclient_reads_by_invoke_and_gets_nothing_by_execute() {
    run(
        "node-taobao-topclient",
        &[
            ("invoke wdt.refund.query, all pages of a day", "works"),
            ("invoke wdt.shop.query on /router/rest", "works"),
            ("invoke hu3cgwt0tc.wdt.warehouse.query", "works"),
            ("invoke wdt.stockin.order.query.refund", "works"),
            ("request wdt.shop.query by GET", "works"),
            ("execute wdt.refund.query", "misread"),
            ("a value with Chinese and & + =", "works"),
            ("an empty value", "fails"),
            ("a machine that lives in UTC", "fails"),
            ("a wrong secret", "misread"),
            ("a wrong path", "misread"),
            ("over the limit", "refused"),
        ],
    );
}

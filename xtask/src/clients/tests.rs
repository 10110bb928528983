//! Each client's run as a specification: what works, what is refused, and which faults are the client's own. Without a
//! package index they are skipped out loud, under `CI` that is a failure.

use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
};

use super::{
    catalogue::{self, CLIENTS},
    list,
    run::{self, Call, Run},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn list_of_clients() -> String {
    fs::read_to_string(root().join(list::FILE)).unwrap().replace("\r\n", "\n")
}

/// The client's run, held against what is expected of each call and against its section of the list.
fn run(name: &str, expected: &[(&str, &str)]) -> Option<Run> {
    let client = catalogue::find(name).unwrap();
    let run = match run::run(root(), client) {
        Ok(run) => run,
        Err(why) if env::var("CI").as_deref() == Ok("true") => panic!("{why:#}"),
        Err(why) => {
            // Not by a macro: the test's own output is swallowed when it passes.
            writeln!(io::stderr(), "\nSKIPPED, {name} cannot be had: {why:#}").unwrap();
            return None;
        }
    };
    let seen: Vec<_> = run.calls.iter().map(|call| (call.name.as_str(), call.result.as_str())).collect();
    assert_eq!(seen, expected, "{:#?}", run.calls);
    for Call { name, result, note, .. } in &run.calls {
        let own_fault = matches!(result.as_str(), "misread" | "fails");
        assert!(!own_fault || !note.is_empty(), "{name}: what does the client do wrong?");
    }
    let made = list::section(client, &run);
    let again = "write the list anew: cargo xtask clients";
    assert_eq!(list::kept(&list_of_clients(), client), Some(made.as_str()), "{again}");
    Some(run)
}

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

#[test]
fn the_vendors_own_sdk_writes_bills_and_is_told_what_is_wrong_with_them() {
    let Some(run) = run(
        "kingdee-cdp-webapi-sdk",
        &[
            ("ExecuteBillQuery of base data", "works"),
            ("Save", "works"),
            ("Draft", "works"),
            ("BatchSave, one of three wrong", "works"),
            ("Save of a number that is taken", "refused"),
            ("ExecuteBillQuery of bills", "works"),
            ("BillQuery", "works"),
            ("Submit by number", "works"),
            ("Submit by id", "works"),
            ("Audit", "works"),
            ("Audit again", "refused"),
            ("View", "works"),
            ("UnAudit", "works"),
            ("Delete", "works"),
            ("BatchSaveQuery", "works"),
            ("an unknown field", "refused"),
            ("a wrong secret", "refused"),
            ("a wrong account", "refused"),
        ],
    ) else {
        return;
    };
    assert_eq!(run.left.as_deref(), Some("V1 C, V2 C, V5 B, V6 A"));
}

#[test]
fn the_list_has_a_section_for_each_client_in_order_and_nothing_else() {
    let kept = list_of_clients();
    let sections: Option<Vec<_>> =
        CLIENTS.iter().map(|client| list::kept(&kept, client).map(str::to_owned)).collect();
    assert_eq!(list::whole(&sections.unwrap()), kept, "write the list anew: cargo xtask clients");
}

#[test]
fn each_package_is_pinned_and_each_clients_version_is_the_one_in_its_list() {
    for client in CLIENTS {
        let pinned = client.environment.pinned(root()).unwrap();
        let wanted = (client.name.to_owned(), client.version.to_owned());
        assert!(pinned.contains(&wanted), "{wanted:?} is not in {pinned:?}");
    }
}

#[test]
fn a_cell_stays_one_cell() {
    let call = Call {
        name: "a|b".to_owned(),
        sent: vec!["POST /p".to_owned(), "GET /q".to_owned()],
        understood: "two\nlines ".to_owned(),
        result: "works".to_owned(),
        note: String::new(),
    };
    let section = list::section(&CLIENTS[0], &Run { calls: vec![call], left: None });
    let row = section.lines().last().unwrap();
    assert_eq!(row, r"| a\|b | `POST /p`<br>`GET /q` | two lines | works | |");
}

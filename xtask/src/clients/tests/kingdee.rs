//! Clients of 金蝶. What a client says it did is held against the bills that are there after it.

use super::run;

/// What k3cloud-query-mcp and kingdee-k3cloud-mcp have in common.
const QUERIES: [(&str, &str); 8] = [
    ("query_bill", "works"),
    ("query_bill, the second page", "works"),
    ("query_bill_json", "works"),
    ("count_bill", "works"),
    ("query_bill_all", "works"),
    ("query_bill_to_file", "works"),
    ("query_bill_range", "works"),
    ("query_metadata", "works"),
];

/// Runs a client and tells what stands in 金蝶 after it, if it could be had.
fn left(name: &str, expected: &[(&str, &str)]) -> Option<String> {
    run(name, expected)?.left
}

#[test]
fn the_vendors_own_sdk_writes_bills_and_is_told_what_is_wrong_with_them() {
    let left = left(
        "kingdee-cdp-webapi-sdk",
        &[
            ("ExecuteBillQuery of base data", "works"),
            ("ExecuteBillQuery, names in other cases", "works"),
            ("ExecuteBillQuery, TopRowCount 1", "works"),
            ("Save", "works"),
            ("Draft", "works"),
            ("BatchSave, one of three wrong", "works"),
            ("Save of a number that is taken", "refused"),
            ("ExecuteBillQuery of bills", "works"),
            ("BillQuery", "works"),
            ("ExecuteBillQuery, a list of conditions", "works"),
            ("Submit by number", "works"),
            ("Submit by id", "works"),
            ("Submit again", "refused"),
            ("Submit of nothing", "refused"),
            ("Submit of an id that is not there", "refused"),
            ("Audit", "works"),
            ("Audit again", "refused"),
            ("View", "works"),
            ("View of a material", "works"),
            ("View of a number that is not there", "refused"),
            ("QueryBusinessInfo", "works"),
            ("Push by the default rule", "works"),
            ("Push without a rule", "refused"),
            ("Delete of an audited bill", "refused"),
            ("UnAudit", "works"),
            ("CancelAssign", "works"),
            ("ExcuteOperation Cancel", "works"),
            ("Delete", "works"),
            ("BatchSaveQuery", "works"),
            ("ExecuteBillQuery of states", "works"),
            ("GetDataCenters", "works"),
            ("an unknown form", "refused"),
            ("an unknown field", "refused"),
            ("no field", "refused"),
            ("a wrong secret", "refused"),
            ("a wrong account", "refused"),
            ("SendMsg, which is not simulated", "refused"),
        ],
    );
    let Some(left) = left else { return };
    let bills: Vec<_> = left.split(", ").filter(|bill| !bill.starts_with("AR_receivable")).collect();
    let expected =
        ["SAL_RETURNSTOCK V1 C", "SAL_RETURNSTOCK V2 C", "SAL_RETURNSTOCK V5 D", "SAL_RETURNSTOCK V6 A"];
    assert_eq!(bills, expected);
}

#[test]
fn kingdee_k3cloud_mcp_leads_bills_from_save_to_delete_by_lists_of_ids() {
    let mut expected = vec![
        ("start", "works"),
        ("save_bill", "works"),
        ("save_bill, another", "works"),
        ("save_bill, a third", "works"),
    ];
    expected.extend(QUERIES);
    expected.extend([
        ("view_bill of a material", "works"),
        ("submit_bill by ids", "works"),
        ("submit_bill of nothing", "refused"),
        ("audit_bill by ids", "works"),
        ("push_bill without a rule", "refused"),
        ("delete_bill of an audited one", "refused"),
        ("unaudit_bill by number", "works"),
        ("execute_operation Cancel", "works"),
        ("delete_bill by number", "works"),
        ("a wrong secret", "refused"),
    ]);
    let Some(left) = left("kingdee-k3cloud-mcp", &expected) else { return };
    assert_eq!(left, "SAL_RETURNSTOCK B1 C, SAL_RETURNSTOCK B2 D");
}

#[test]
fn k3cloud_query_mcp_reads_pages_and_breaks_on_a_view_that_succeeds() {
    let mut expected = vec![("start", "works"), ("two bills, by 金蝶's own SDK", "works")];
    expected.extend(QUERIES);
    expected.extend([("view_bill of a material", "fails"), ("a wrong secret", "refused")]);
    let Some(left) = left("k3cloud-query-mcp", &expected) else { return };
    assert_eq!(left, "SAL_RETURNSTOCK B1 A, SAL_RETURNSTOCK B2 A");
}

#[test]
fn kingdee_mcp_signs_in_with_a_password_and_takes_a_refused_query_for_a_row() {
    let left = left(
        "kingdee-mcp",
        &[
            ("start", "works"),
            ("kingdee_query_materials", "works"),
            ("kingdee_query_partners", "works"),
            ("kingdee_query_bills of currencies", "works"),
            ("kingdee_get_fields", "works"),
            ("kingdee_validate_bill", "works"),
            ("kingdee_save_bill", "works"),
            ("kingdee_save_bill, another", "works"),
            ("kingdee_save_bill of a number that is taken", "refused"),
            ("kingdee_submit_bills", "works"),
            ("kingdee_audit_bills", "works"),
            ("kingdee_view_bill", "works"),
            ("kingdee_cancel_bills", "works"),
            ("kingdee_void_bills", "works"),
            ("kingdee_push_bill", "works"),
            ("kingdee_unaudit_bills", "works"),
            ("kingdee_delete_bills", "works"),
            ("an unknown form", "misread"),
            ("a wrong password", "refused"),
        ],
    );
    let Some(left) = left else { return };
    assert!(left.starts_with("AR_receivable AR") && left.ends_with(" Z, SAL_RETURNSTOCK K2 D"), "{left}");
}

#[test]
fn rdreturnnotice_writes_notices_and_cannot_tell_that_one_is_there() {
    let left = left(
        "rdreturnnotice",
        &[
            ("associated, one return", "works"),
            ("associated, the same return again", "misread"),
            ("associated, two returns", "works"),
        ],
    );
    let Some(left) = left else { return };
    assert_eq!(left, "SAL_RETURNNOTICE N1 C, SAL_RETURNNOTICE N2 C, SAL_RETURNNOTICE N3 C");
}

#[test]
fn rdreturnsales_makes_a_return_of_a_notice_and_never_two() {
    let left = left(
        "rdreturnsales",
        &[
            ("associated of rdreturnnotice, which comes with it", "works"),
            ("associated, one return", "works"),
            ("ExecuteBillQuery of the bill", "works"),
            ("associated, the same return again", "misread"),
            ("associated, a return without a notice", "refused"),
        ],
    );
    let Some(left) = left else { return };
    assert_eq!(left, "SAL_RETURNNOTICE N1 C, SAL_RETURNSTOCK N1 C");
}

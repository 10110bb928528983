//! Six schemes: what of each is carried, what goes to a table, what a rule of ours replaces, and what cannot be carried.

use refund_sync::qeasy::Outcome::{Cannot, Carried, Replaced, Table};

use super::{becomes, has_fault, import, writes};

#[test]
fn the_plain_scheme_is_carried_but_for_what_our_rules_do_better() {
    let import = import(&["plain-source.json", "plain-target.json"]);
    becomes(
        &import,
        &[
            ("start_time", Carried, "start_from"),
            ("end_time", Replaced, "lag_seconds"),
            ("condition: type", Carried, "types"),
            ("condition: process_status", Carried, "process_status"),
            ("FBillTypeID", Carried, "bill_type"),
            ("FBillNo", Carried, "refund_no"),
            ("FSaleOrgId", Carried, "sale_org"),
            ("FDate", Carried, "date_from"),
            ("FStockOrgId", Carried, "stock_org"),
            ("FRetcustId", Carried, "customers = \"identity\""),
            ("FHeadNote", Carried, "[pipeline.mapping.head] FHeadNote"),
            ("SubHeadEntity.FSettleOrgId", Carried, "settle_org"),
            ("FEntity.FMaterialId", Carried, "material_from"),
            ("FEntity.FRealQty", Carried, "quantity_from"),
            ("FEntity.FTaxPrice", Replaced, "price_scale"),
            ("FEntity.FEntryTaxRate", Carried, "tax_rate"),
            ("FEntity.FStockId", Carried, "warehouses = \"identity\""),
            ("IsVerifyBaseDataField", Carried, ""),
            ("operation", Carried, "batch_size"),
        ],
    );
    assert_eq!(import.count(Cannot), 0, "{:#?}", import.carries);
    writes(
        &import,
        &[
            "start_from = \"2026-11-29 00:00:00\"",
            "types = [2]",
            "process_status = [90]",
            "date_from = [\"check_time\", \"finish_time\"]",
            "price_scale = 6",
            "tax_rate = \"13\"",
            "batch_size = 20",
            "FHeadNote = \"{tid}\"",
        ],
    );
    has_fault(&import.faults, 9, "process_status is of type bool");
    assert_eq!(import.faults.len(), 1, "{:#?}", import.faults);
}

#[test]
fn three_organisations_go_to_one_table_and_a_constant_warehouse_is_a_default() {
    let import = import(&["three-orgs.json"]);
    becomes(
        &import,
        &[
            ("start_time", Carried, "start_from"),
            ("condition: type", Carried, "types"),
            ("condition: type", Cannot, "types"),
            ("condition: shop_no", Cannot, ""),
            ("FSaleOrgId", Table, "orgs"),
            ("FStockOrgId", Table, "orgs"),
            ("SubHeadEntity.FSettleOrgId", Table, "orgs"),
            ("FDate", Carried, "date_from"),
            ("FEntity.FMaterialId", Carried, "material_from"),
            ("FEntity.FTaxPrice", Replaced, "amount_from"),
            ("FEntity.FStockId", Carried, "warehouses"),
            ("IsAutoSubmitAndAudit", Carried, "finish"),
        ],
    );
    writes(
        &import,
        &[
            "start_from = \"2026-10-01 00:00:00\"",
            "types = [2, 3]",
            "date_from = [\"modified\"]",
            "material_from = \"goods_no\"",
            "warehouses = { default = \"THC\" }",
            "orgs = { file = \"mapping/orgs.csv\" }",
            "price_scale = 7",
            "finish = \"audit\"",
            "tax_rate = \"kingdee\"",
        ],
    );
    let orgs = &import.draft.tables["mapping/orgs.csv"];
    assert_eq!(
        (orgs.by.as_str(), orgs.columns.join(",").as_str()),
        ("shop_no", "sale_org,stock_org,settle_org")
    );
    has_fault(&import.faults, 8, "page_size is 500");
    has_fault(&import.faults, 29, "binary float");
}

#[test]
fn a_stockin_source_becomes_enrich_and_its_differences_are_said() {
    let import = import(&["stockin.json"]);
    becomes(
        &import,
        &[
            ("api", Replaced, "enrich"),
            ("start_time", Replaced, "start_from"),
            ("status", Carried, ""),
            ("FBillNo", Replaced, ""),
            ("FDate", Carried, "date_from"),
            ("FRetcustId", Table, "customers"),
            ("FHeadNote", Carried, "FHeadNote"),
            ("FEntity.FRealQty", Carried, "enrich"),
            ("FEntity.FTaxPrice", Replaced, "amount_from"),
            ("FEntity.FStockId", Carried, "warehouses"),
            ("FEntity.FSrcBillNo", Carried, "[pipeline.mapping.line] FSrcBillNo"),
            ("FEntity.FETHIRDBILLNO", Carried, "[pipeline.mapping.line] FETHIRDBILLNO"),
            ("FEntity.FNote", Carried, "[pipeline.mapping.line] FNote"),
        ],
    );
    assert_eq!(import.count(Cannot), 0, "{:#?}", import.carries);
    writes(
        &import,
        &[
            "enrich = \"stockin\"",
            "page_size = 50",
            "FHeadNote = \"{logistics_no} {remark}\"",
            "FSrcBillNo = \"{refund_no}\"",
            "FETHIRDBILLNO = \"{sales_tid}\"",
            "FNote = \"{refund_no}/{tid}\"",
            "customers = { file = \"mapping/customers.csv\" }",
        ],
    );
}

#[test]
fn lots_and_shelf_life_need_no_case_and_cases_by_warehouse_become_rows() {
    let import = import(&["lots.json"]);
    becomes(
        &import,
        &[
            ("shop_no", Carried, "shop_nos"),
            ("FBillNo", Carried, "bill_no_prefix"),
            ("FDate", Carried, "date_from"),
            ("FStockOrgId", Carried, "warehouses"),
            ("FRetcustId", Carried, "customers"),
            ("FEntity.FRealQty", Replaced, "enrich"),
            ("FEntity.FTaxPrice", Replaced, "amount_from"),
            ("FEntity.FStockId", Carried, "warehouses"),
            ("FEntity.FLot", Replaced, "lot_from"),
            ("FEntity.FProduceDate", Replaced, "lot_from"),
            ("FEntity.FExpiryDate", Replaced, "lot_from"),
            ("FEntity.FEntryTaxRate", Table, "tax_rate"),
            ("FEntity.F_PACK", Cannot, ""),
        ],
    );
    writes(
        &import,
        &[
            "shop_nos = [\"S001\", \"S002\"]",
            "bill_no_prefix = \"TH-\"",
            "stock_org = \"100\"",
            "warehouses = { file = \"mapping/warehouses.csv\", default = \"CK09\" }",
            "customers = { default = \"C900\" }",
            "lot_from = \"batch_no\"",
            "amount_from = \"total_amount\"",
            "tax_rate = { file = \"mapping/tax_rates.csv\" }",
        ],
    );
    let warehouses = &import.draft.tables["mapping/warehouses.csv"];
    assert_eq!(warehouses.rows["WH02"]["to"], "CK02");
    assert_eq!(warehouses.rows["WH02"]["stock_org"], "102");
    has_fault(&import.faults, 5, "without |datetime");
    has_fault(&import.faults, 6, "without |datetime");
}

#[test]
fn departments_constants_and_custom_fields_are_further_fields() {
    let import = import(&["departments.json"]);
    becomes(
        &import,
        &[
            ("condition: type", Carried, "types"),
            ("FRetcustId", Carried, "customers"),
            ("FSaledeptid", Carried, "[pipeline.mapping.head] FSaledeptid"),
            ("FSalesManId", Table, "mapping/fsalesmanid.csv"),
            ("FStockDeptId", Carried, "mapping/fstockdeptid.csv"),
            ("FApproveBy", Carried, "FApproveBy"),
            ("FAPI", Carried, "FAPI"),
            ("F_AB_TEXT", Carried, "F_AB_TEXT"),
            ("F_AB_TIME", Carried, "F_AB_TIME"),
            ("F_AB_BUYER", Cannot, ""),
            ("F_AB_SUM", Cannot, ""),
            ("F_AB_ODD", Cannot, ""),
            ("FEntity.FMaterialId", Table, "materials"),
            ("FEntity.FRealQty", Carried, "quantity_from"),
            ("FEntity.FTaxPrice", Replaced, "amount_from"),
            ("FEntity.FStockId", Table, "warehouses"),
            ("FEntity.FStocklocId", Carried, "FStocklocId"),
            ("FEntity.FStockstatusId", Carried, "[pipeline.mapping.line] FStockstatusId"),
            ("FEntity.FLot", Carried, "[pipeline.mapping.line] FLot"),
            ("FEntity.FOrderNo", Carried, "FOrderNo"),
            ("FEntity.FNote", Carried, "FNote"),
            ("FEntity.FIsFree", Replaced, ""),
        ],
    );
    writes(
        &import,
        &[
            "types = [2, 3]",
            "customer_from = \"customer_no\"",
            "FSaledeptid = { number = \"BM04\" }",
            "FSalesManId = { number = { by = \"shop_no\", file = \"mapping/fsalesmanid.csv\" } }",
            "FStockDeptId = { number = { by = \"shop_no\", file = \"mapping/fstockdeptid.csv\", default = \"BM04\" } }",
            "FApproveBy = { name = \"接口\" }",
            "FAPI = { value = true }",
            "FXSLX = \"线上\"",
            "F_AB_TEXT = \"{tid}\"",
            "F_AB_TIME = { date = \"modified\" }",
            "FStocklocId = { object = \"FSTOCKLOCID__FF100001\", number = \"A-01\" }",
            "FStockstatusId = { number = \"KCZT02_SYS\" }",
            "FLot = { number = \"0001\" }",
            "FOrderNo = \"{tid}\"",
            "FNote = \"{line.remark}\"",
            "tax_rate = \"13\"",
            "quantity_from = \"stockin_num\"",
        ],
    );
    let why = |name: &str| import.carries.iter().find(|carry| carry.name == name).unwrap().why.clone();
    assert!(why("F_AB_BUYER").en.contains("about a person"));
    assert!(why("F_AB_SUM").en.contains("arithmetic"));
    assert!(why("F_AB_ODD").en.contains("nearest: logistics_no"), "{}", why("F_AB_ODD"));
}

#[test]
fn another_bill_type_a_currency_and_what_two_prices_say_are_told() {
    let import = import(&["bill-type.json"]);
    becomes(
        &import,
        &[
            ("process_status", Carried, "process_status"),
            ("FBillTypeID", Carried, "bill_type"),
            ("FSaleOrgId", Carried, "orgs"),
            ("FSettleCurrId", Carried, "currency"),
            ("FRetcustId", Carried, "customers"),
            ("FEntity.FPrice", Replaced, ""),
            ("FEntity.FTaxPrice", Replaced, "amount_from"),
            ("FEntity.FReturnType", Carried, "return_type"),
            ("FEntity.FUnitID", Carried, "unit"),
            ("IsAutoSubmitAndAudit", Carried, "finish"),
            ("InterationFlags", Carried, "interaction_flags"),
            ("operation", Cannot, ""),
        ],
    );
    writes(
        &import,
        &[
            "process_status = [80]",
            "bill_type = \"XSTHD06_SYS\"",
            "currency = \"PRE007\"",
            "sale_org = \"300\"",
            "return_type = \"THLX02_SYS\"",
            "unit = \"Pcs\"",
            "interaction_flags = [\"STK_InvCheckResult\"]",
        ],
    );
    assert_eq!(import.draft.tables["mapping/orgs.csv"].rows["S002"]["sale_org"], "200");
    has_fault(&import.faults, 6, "has no quotes");
    has_fault(&import.faults, 21, "name of a field without braces");
}

"""The tools that kingdee-k3cloud-mcp and k3cloud-query-mcp have in common: both query only."""

import json
import os
import tempfile

from bills import FORM


def environment(given, **other):
    known = {**given, **other}
    return {
        "KD_SERVER_URL": known["url"],
        "KD_ACCT_ID": known["acct_id"],
        "KD_USERNAME": known["username"],
        "KD_APP_ID": known["app_id"],
        "KD_APP_SEC": known["app_secret"],
        "KD_ORG_NUM": "100",
    }


def table(server):
    def rows():
        found = server.call("query_bill", form_id="BD_MATERIAL", field_keys="FNumber", order_string="FNumber ASC")
        return "works", f"{found['rows']}, truncated {found['truncated']}"

    def next_page():
        found = server.call(
            "query_bill", form_id="BD_MATERIAL", field_keys="FNumber", order_string="FNumber ASC", top_count=2, start_row=2
        )
        return "works", f"{found['rows']}, truncated {found['truncated']}"

    def named():
        found = server.call("query_bill_json", form_id="BD_Customer", field_keys="FNumber", order_string="FNumber ASC")
        return "works", json.dumps(found["rows"])

    def count():
        found = server.call("count_bill", form_id=FORM, filter_string="FBillNo like 'B%'")
        return "works", f"{found['estimated_rows']} rows, exact {found['is_exact']}"

    def all_pages():
        found = server.call(
            "query_bill_all", form_id="BD_MATERIAL", field_keys="FNumber", order_string="FNumber ASC", page_size=1
        )
        return "works", f"{found['row_count']} rows, exhausted {found['exhausted']}"

    def to_file():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "out.csv")
            asked = {"form_id": "BD_MATERIAL", "field_keys": "FNumber", "output_path": path, "format": "csv"}
            found = server.call("query_bill_to_file", **asked, page_size=2)
            with open(path, encoding="utf-8") as file:
                return "works", f"{found['row_count']} rows, {len(file.readlines())} lines"

    def by_month():
        found = server.call(
            "query_bill_range",
            form_id=FORM,
            field_keys="FBillNo,FDate",
            date_field="FDate",
            date_from="2026-10-01",
            date_to="2026-12-01",
        )
        return "works", f"{found['row_count']} rows in {found['chunks']} months: {json.dumps(found['rows'][:1])}"

    def fields():
        found = server.call("query_metadata", form_id=FORM)["Result"]["NeedReturnData"]
        return "works", f"{found['Id']}, {'FEntity' in [entry['Key'] for entry in found['Entrys']]}"

    def view():
        found = server.call("view_bill", form_id="BD_MATERIAL", number="M001")["Result"]["Result"]
        return "works", found["Number"]

    return [
        ("query_bill", rows, ""),
        ("query_bill, the second page", next_page, ""),
        ("query_bill_json", named, ""),
        ("count_bill", count, ""),
        ("query_bill_all", all_pages, ""),
        ("query_bill_to_file", to_file, ""),
        ("query_bill_range", by_month, ""),
        ("query_metadata", fields, ""),
        ("view_bill of a material", view, ""),
    ]

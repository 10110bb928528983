"""kingdee-mcp, unmodified: a server that signs in with a password, as an assistant talks to it."""

import os
import tempfile

import report
from bills import FORM, bill
from mcp_server import Server

GIVEN = report.given()
CACHE = tempfile.TemporaryDirectory()


def server(password=GIVEN["password"]):
    return Server(
        "kingdee_mcp.server",
        {
            "KINGDEE_SERVER_URL": GIVEN["url"],
            "KINGDEE_ACCT_ID": GIVEN["acct_id"],
            "KINGDEE_USERNAME": GIVEN["username"],
            "KINGDEE_PASSWORD": password,
            "KINGDEE_METADATA_CACHE_DIR": os.path.join(CACHE.name, "metadata"),
            "MCP_USAGE_LOG_DIR": CACHE.name,
        },
    )


SERVER = server()


def ask(tool, **params):
    return SERVER.call(tool, params=params)


def tools():
    return "works", f"{len(SERVER.tools)} tools"


def found(number):
    return ask("kingdee_query_bills", form_id=FORM, filter_string=f"FBillNo='{number}'")["data"]


def fid(number):
    return str(found(number)[0][0])


def rows(tool, **params):
    def call():
        answer = ask(tool, **params)
        first = answer["data"][0] if answer["data"] else None
        # A refusal comes as a row that holds an object.
        refusal = isinstance(first, list) and isinstance(first[0], dict)
        return "broke" if refusal else "works", f"{answer['count']} rows, the first {first}"

    return call


def fields():
    answer = ask("kingdee_get_fields", form_id=FORM)
    return "works", ", ".join(sorted(answer))


def check():
    answer = ask("kingdee_validate_bill", form_id=FORM, model=bill("K1"))
    return "works", f"ok {answer['ok']}, rows {answer['entry_issues']}, unknown {answer['unknown_fields']}"


def operation(tool, expect="works", **params):
    def call():
        answer = ask(tool, form_id=FORM, **{key: value() if callable(value) else value for key, value in params.items()})
        if answer.get("success"):
            return expect, answer.get("bill_no") or f"{answer.get('succeeded_count', 'all')} done"
        errors = answer.get("errors") or answer.get("failed_details") or answer
        return "refused" if expect == "refused" else "broke", str(errors)[:200]

    return call


def view():
    answer = ask("kingdee_view_bill", form_id=FORM, bill_id=fid("K1"))
    return "works", answer["Result"]["Result"]["BillNo"]


def unknown_form():
    answer = ask("kingdee_query_bills", form_id="STK_NoSuchForm")
    return "misread", f"{answer['count']} row"


def wrong_password():
    answer = server("wrong").call("kingdee_query_bills", params={"form_id": FORM})
    return "refused", answer["errors"][0]["message"]


report.run(
    "kingdee-mcp",
    [
        ("start", tools, ""),
        ("kingdee_query_materials", rows("kingdee_query_materials"), ""),
        ("kingdee_query_partners", rows("kingdee_query_partners", partner_type="BD_Customer"), ""),
        ("kingdee_query_bills of currencies", rows("kingdee_query_bills", form_id="BD_Currency", field_keys="FID,FNumber,FName"), ""),
        ("kingdee_get_fields", fields, ""),
        ("kingdee_validate_bill", check, "takes the sub-head, which is one object, for rows"),
        ("kingdee_save_bill", operation("kingdee_save_bill", model=bill("K1")), ""),
        ("kingdee_save_bill, another", operation("kingdee_save_bill", model=bill("K2")), ""),
        ("kingdee_save_bill of a number that is taken", operation("kingdee_save_bill", "refused", model=bill("K1")), ""),
        ("kingdee_submit_bills", operation("kingdee_submit_bills", bill_ids=lambda: [fid("K1"), fid("K2")]), ""),
        ("kingdee_audit_bills", operation("kingdee_audit_bills", bill_ids=lambda: [fid("K1")]), ""),
        ("kingdee_view_bill", view, ""),
        ("kingdee_cancel_bills", operation("kingdee_cancel_bills", bill_nos=["K2"]), ""),
        ("kingdee_void_bills", operation("kingdee_void_bills", bill_nos=["K2"]), ""),
        ("kingdee_push_bill", operation("kingdee_push_bill", target_form_id="AR_receivable", source_bill_nos=["K1"]), ""),
        ("kingdee_unaudit_bills", operation("kingdee_unaudit_bills", bill_ids=lambda: [fid("K1")]), ""),
        ("kingdee_delete_bills", operation("kingdee_delete_bills", bill_ids=lambda: [fid("K1")]), ""),
        ("an unknown form", unknown_form, "counts the refusal of a query as one row of it"),
        ("a wrong password", wrong_password, ""),
    ],
)

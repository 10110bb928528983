"""kingdee-k3cloud-mcp, unmodified: a server that queries and writes, as an assistant talks to it."""

import json

import report
from bills import FORM, bill, done, refused
from k3cloud_queries import environment, table
from mcp_server import Server

GIVEN = report.given()


def server(**other):
    return Server("kingdee_k3cloud_mcp.server", environment(GIVEN, **other))


SERVER = server()


def ids(*numbers):
    listed = ",".join(f"'{number}'" for number in numbers)
    found = SERVER.call("query_bill", form_id=FORM, field_keys="FID", filter_string=f"FBillNo in ({listed})")
    return ",".join(sorted({str(row[0]) for row in found["rows"]}))


def tools():
    return "works", f"{len(SERVER.tools)} tools"


def save(number):
    return lambda: done(SERVER.call("save_bill", form_id=FORM, model_data=json.dumps(bill(number))))


def by_ids(tool, *numbers):
    return lambda: done(SERVER.call(tool, form_id=FORM, ids=ids(*numbers)))


def by_numbers(tool, *numbers, **further):
    return lambda: done(SERVER.call(tool, form_id=FORM, numbers=",".join(numbers), **further))


def nothing():
    return refused(SERVER.call("submit_bill", form_id=FORM))


def push():
    asked = {"form_id": FORM, "ids": ids("B1"), "target_form_id": "AR_receivable"}
    return refused(SERVER.call("push_bill", **asked, is_enable_default_rule="false"))


def delete_audited():
    return refused(SERVER.call("delete_bill", form_id=FORM, numbers="B1"))


def wrong_secret():
    found = server(app_secret="wrong").call("query_bill", form_id="BD_MATERIAL", field_keys="FNumber")
    return "refused", found["error"]


report.run(
    "kingdee-k3cloud-mcp",
    [
        ("start", tools, ""),
        ("save_bill", save("B1"), ""),
        ("save_bill, another", save("B2"), ""),
        ("save_bill, a third", save("B3"), ""),
        *table(SERVER),
        ("submit_bill by ids", by_ids("submit_bill", "B1", "B2"), ""),
        ("submit_bill of nothing", nothing, ""),
        ("audit_bill by ids", by_ids("audit_bill", "B1", "B2"), ""),
        ("push_bill without a rule", push, ""),
        ("delete_bill of an audited one", delete_audited, ""),
        ("unaudit_bill by number", by_numbers("unaudit_bill", "B2"), ""),
        ("execute_operation Cancel", by_numbers("execute_operation", "B2", op_number="Cancel"), ""),
        ("delete_bill by number", by_numbers("delete_bill", "B3"), ""),
        ("a wrong secret", wrong_secret, ""),
    ],
)

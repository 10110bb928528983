"""k3cloud-query-mcp, unmodified: a server of queries, as an assistant talks to it."""

import report
from bills import FORM, bill, done, first_error
from k3cloud_queries import environment, table
from k3cloud_webapi_sdk.main import K3CloudApiSdk
from mcp_server import Server

GIVEN = report.given()


def server(**other):
    return Server("k3cloud_query_mcp.server", environment(GIVEN, **other))


SERVER = server()


def some_bills():
    sdk = K3CloudApiSdk(GIVEN["url"])
    names = ("acct_id", "username", "app_id", "app_secret", "url")
    sdk.InitConfig(*(GIVEN[name] for name in names), 2052, 100)
    return done(sdk.BatchSave(FORM, {"Model": [bill("B1"), bill("B2")]}))


def tools():
    return "works", f"{len(SERVER.tools)} tools"


def view():
    # The text of an exception, not an answer.
    found = SERVER.call("view_bill", form_id="BD_MATERIAL", number="M001")
    return ("fails" if isinstance(found, str) else "works"), str(found)[:120]


def wrong_secret():
    found = server(app_secret="wrong").call("query_bill", form_id="BD_MATERIAL", field_keys="FNumber")
    return "refused", first_error(found)


report.run(
    "k3cloud-query-mcp",
    [
        ("start", tools, ""),
        ("two bills, by 金蝶's own SDK", some_bills, ""),
        *table(SERVER)[:-1],
        ("view_bill of a material", view, "breaks on every View that succeeds: its ResponseStatus is null"),
        ("a wrong secret", wrong_secret, "sends a refused query again without a session, and says no other words"),
    ],
)

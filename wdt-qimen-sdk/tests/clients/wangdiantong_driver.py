"""wangdiantong-py, unmodified: 旺店通's own gateway, its own signature."""

import os
from datetime import datetime

import report

GIVEN = report.given()
os.environ["WANGDIANTONG_HOST"] = f"http://127.0.0.1:{GIVEN['port']}"

from wangdiantong.client import OpenApiClient  # noqa: E402

DAY = {"start_time": GIVEN["start"], "end_time": GIVEN["end"]}


def moment(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")


def client(secret=GIVEN["app_secret"]):
    return OpenApiClient(sid=GIVEN["sid"], appkey=GIVEN["app_key"], appsecret=secret)


def trades():
    found = client().orders.trade_query(moment(GIVEN["hour"]), moment(GIVEN["end"]), status=95)
    return "works", f"code {found['code']}, {len(found['trades'])} of {found['total_count']} orders"


def goods():
    found = client().goods.query(moment("2026-10-01 00:00:00"), moment("2026-10-02 00:00:00"))
    return "works", f"{len(found['goods_list'])} goods"


def suites():
    found = client().goods.suites_query(None, None, "SUITE-01")
    return "works", f"{found['suites'][0]['suite_name']}, {len(found['suites'][0]['specs_list'])} items"


def refunds():
    api, numbers, page = client(), set(), 0
    while True:
        found = api.post("/openapi2/refund_query.php", data=dict(page_no=page, page_size=40, **DAY))
        rows = found.get("refunds", [])
        numbers.update(row["refund_no"] for row in rows)
        page += 1
        if len(rows) < 40:
            return "works", f"{len(numbers)} returns on {page} pages"


def shops():
    found = client().post("/openapi2/shop.php", data={"page_no": 0, "page_size": 40})
    return "works", f"{len(found['shoplist'])} shops"


def chinese():
    found = client().post("/openapi2/refund_query.php", data={"page_no": 0, "tid": "订单"})
    return ("fails" if found["code"] == 1003 else "works"), f"code {found['code']}, {found['message']}"


def not_there():
    try:
        client().stocks.query(moment(GIVEN["start"]), moment(GIVEN["end"]))
    except ValueError as error:
        # The exact text is the JSON library's.
        return "refused", f"raises {type(error).__name__}"
    return "misread", "an answer"


def wrong_secret():
    found = client(secret="wrong").post("/openapi2/shop.php", data={"page_no": 0})
    return "refused", f"code {found['code']}, {found['message']}"


def limited():
    api = client()
    api.API_BASE_URL = f"http://127.0.0.1:{GIVEN['limited_port']}"
    for _ in range(2):
        found = api.post("/openapi2/shop.php", data={"page_no": 0})
    return "refused", f"code {found['code']}, {found['message']}"


report.run(
    "wangdiantong-py",
    [
        ("orders.trade_query, one hour", trades, ""),
        ("goods.query", goods, ""),
        ("goods.suites_query by number", suites, ""),
        ("post refund_query.php, all pages of a day", refunds, "has no method for returns: its general post does it"),
        ("post shop.php", shops, ""),
        ("a Chinese value", chinese, "counts lengths in bytes where the official text counts characters"),
        ("stocks.query, a page that is not simulated", not_there, "a web page for an answer is a JSON error"),
        ("a wrong secret", wrong_secret, ""),
        ("over the limit", limited, "returns refusals as data; whoever does not look at code reads an empty list"),
    ],
)

"""taobaopy, unmodified: a client whose methods are named by its attributes, `wdt__refund_query`."""

import os
import time

import report

# Its timestamp is the machine's own local time: right in China, eight hours off elsewhere.
os.environ["TZ"] = "Asia/Shanghai"
time.tzset()

from taobaopy.taobao import TaoBaoAPIClient, TaoBaoAPIError  # noqa: E402

GIVEN = report.given()
DAY = {"start_time": GIVEN["start"], "end_time": GIVEN["end"]}
SIGNED = {"sid": GIVEN["sid"], "target_app_key": GIVEN["target_app_key"]}


def client(secret=GIVEN["app_secret"], port=GIVEN["port"], **settings):
    return TaoBaoAPIClient(GIVEN["app_key"], secret, domain=f"http://127.0.0.1:{port}", **settings)


def every_page():
    api, numbers, page = client(), set(), 0
    while True:
        answer = api.wdt__refund_query(page_no=page, page_size=40, **DAY, **SIGNED)["response"]
        rows = answer.get("refunds", [])
        numbers.update(row["refund_no"] for row in rows)
        page += 1
        if len(rows) < 40:
            return "works", f"{len(numbers)} returns on {page} pages"


def rows(name, key, **params):
    def call():
        answer = getattr(client(), name)(page_no=0, page_size=40, **params, **SIGNED)["response"]
        return "works", f"{len(answer[key])} rows"

    return call


def chinese():
    answer = client().wdt__refund_query(page_no=0, tid="订单 1&2+3=4", **SIGNED)["response"]
    return "works", f"{answer['total_count']} returns"


def empty_value():
    answer = client().wdt__refund_query(page_no=0, shop_no="", **DAY, **SIGNED)["response"]
    return ("fails" if answer.get("code") == 25 else "works"), f"code {answer.get('code')}, {answer.get('message')}"


def abroad():
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        answer = client().wdt__refund_query(page_no=0, **DAY, **SIGNED)["response"]
    finally:
        os.environ["TZ"] = "Asia/Shanghai"
        time.tzset()
    return ("fails" if answer.get("code") == 31 else "works"), f"code {answer.get('code')}, {answer.get('message')}"


def multipart():
    # Any value with a `read` is sent as a file, and the call as multipart.
    with open(__file__, "rb") as some:
        answer = client().wdt__refund_query(page_no=0, page_size=1, picture=some, **DAY, **SIGNED)["response"]
    return "works", f"{answer['total_count']} returns in all"


def wrong_secret():
    answer = client(secret="wrong").wdt__refund_query(page_no=0, **DAY, **SIGNED)
    return "misread", f"a result: {answer['response']['message']}"


def limited():
    api = client(port=GIVEN["limited_port"], retry_count=2)
    for _ in range(2):
        try:
            api.wdt__refund_query(page_no=0, **DAY, **SIGNED)
        except TaoBaoAPIError as error:
            return "refused", f"{error.code}, {error.sub_msg}"
    return "misread", "no refusal"


report.run(
    "taobaopy",
    [
        ("wdt__refund_query, all pages of a day", every_page, ""),
        ("wdt__shop_query", rows("wdt__shop_query", "shoplist"), ""),
        ("wdt__warehouse_query", rows("wdt__warehouse_query", "warehouses"), ""),
        ("wdt__stockin_order_query_refund", rows("wdt__stockin_order_query_refund", "stockin_list", **DAY), ""),
        ("a value with Chinese and & + =", chinese, ""),
        ("a call with a file, as multipart", multipart, ""),
        ("an empty value", empty_value, "signs empty values, which TOP leaves out"),
        ("a machine that lives in UTC", abroad, "sends the machine's local time; TOP wants that of GMT+8"),
        ("a wrong secret", wrong_secret, "knows errors by error_response alone: one under response passes for a result"),
        ("over the limit", limited, "waits for limited-by-api-access-count only, not for limited-by-app-access-count"),
    ],
)

"""A TOP SDK for Python 3, unmodified: the generic class, one subclass for each method, as its README says.

Two packages have the same classes: taobao-sdk-python3 and topsdk. The first argument after the JSON names which.
"""

import sys

import report
import top
from top.api.base import RestApi, TopException

GIVEN = report.given()


class Call(RestApi):
    """A request class as the SDK's own are: attributes are parameters."""

    def __init__(self, method, secret=GIVEN["app_secret"], port=GIVEN["port"], **params):
        super().__init__("127.0.0.1", port)
        self.set_app_info(top.appinfo(GIVEN["app_key"], secret))
        # Two underscores in front: the SDK takes every other attribute for a parameter.
        self._RestApi__method = method
        self.__dict__.update(sid=GIVEN["sid"], target_app_key=GIVEN["target_app_key"], **params)

    def getapiname(self):
        return self._RestApi__method


DAY = {"start_time": GIVEN["start"], "end_time": GIVEN["end"]}


def every_page():
    numbers, page = set(), 0
    while True:
        answer = Call("wdt.refund.query", page_no=page, page_size=40, **DAY).getResponse()["response"]
        rows = answer.get("refunds", [])
        numbers.update(row["refund_no"] for row in rows)
        page += 1
        if len(rows) < 40:
            return "works", f"{len(numbers)} returns on {page} pages"


def by_name():
    answer = Call("hu3cgwt0tc.wdt.refund.query", page_no=0, page_size=1, **DAY).getResponse()["response"]
    return "works", f"{answer['total_count']} returns in all"


def list_of(method, key, **params):
    def call():
        answer = Call(method, page_no=0, page_size=40, **params).getResponse()["response"]
        return "works", f"{len(answer[key])} rows"

    return call


def chinese():
    call = Call("wdt.refund.query", page_no=0, tid="订单 1&2+3=4")
    return "works", f"{call.getResponse()['response']['total_count']} returns"


def empty_value():
    answer = Call("wdt.refund.query", page_no=0, shop_no="", **DAY).getResponse()["response"]
    return ("fails" if answer.get("code") == 25 else "works"), f"code {answer.get('code')}, {answer.get('message')}"


def wrong_secret():
    answer = Call("wdt.refund.query", secret="wrong", page_no=0, **DAY).getResponse()
    return "misread", f"a result: {answer['response']['message']}"


def limited():
    for _ in range(2):
        try:
            Call("wdt.refund.query", port=GIVEN["limited_port"], page_no=0, **DAY).getResponse()
        except TopException as error:
            return "refused", f"{error.errorcode}, {error.submsg}"
    return "misread", "no refusal"


report.run(
    sys.argv[2],
    [
        ("wdt.refund.query, all pages of a day", every_page, ""),
        ("hu3cgwt0tc.wdt.refund.query", by_name, ""),
        ("wdt.shop.query", list_of("wdt.shop.query", "shoplist"), ""),
        ("wdt.warehouse.query", list_of("wdt.warehouse.query", "warehouses"), ""),
        ("wdt.stockin.order.query.refund", list_of("wdt.stockin.order.query.refund", "stockin_list", **DAY), ""),
        ("a value with Chinese and & + =", chinese, ""),
        ("an empty value", empty_value, "signs empty values, which TOP leaves out"),
        ("a wrong secret", wrong_secret, "knows errors by error_response alone: one under response passes for a result"),
        ("over the limit", limited, "does not wait, does not read the seconds of the ban"),
    ],
)

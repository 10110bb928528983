"""taobao-openapi, unmodified: the official generated classes of 旺店通's methods, and all of them."""

import importlib
import inspect
import pkgutil

import report
import top
import top.api.rest
from top.api.base import RestApi, TopException

GIVEN = report.given()
DAY = {"start_time": GIVEN["start"], "end_time": GIVEN["end"]}


def classes():
    for module in pkgutil.iter_modules(top.api.rest.__path__):
        if module.name.startswith("Wdt"):
            found = importlib.import_module(f"top.api.rest.{module.name}")
            yield from (kind for _, kind in inspect.getmembers(found, inspect.isclass) if kind is not RestApi)


CLASSES = {kind.__name__: kind for kind in classes()}


def make(name, secret=GIVEN["app_secret"], port=GIVEN["port"], **params):
    made = CLASSES[name]("127.0.0.1", port)
    made.set_app_info(top.appinfo(GIVEN["app_key"], secret))
    made.sid = GIVEN["sid"]
    for key, value in params.items():
        assert hasattr(made, key), f"{name} has no {key}"
        setattr(made, key, value)
    return made


def ask(name, **further):
    return make(name, **further).getResponse()["response"]


def rows(name, key, **params):
    def call():
        answer = ask(name, page_no=0, page_size=40, **params)
        return "works", f"{len(answer[key])} rows of {answer['total_count']}"

    return call


def every_page():
    numbers, page = set(), 0
    while True:
        found = ask("WdtRefundQueryRequest", page_no=page, page_size=40, **DAY).get("refunds", [])
        numbers.update(row["refund_no"] for row in found)
        page += 1
        if len(found) < 40:
            return "works", f"{len(numbers)} returns on {page} pages"


def by_status():
    answer = ask("WdtRefundQueryRequest", process_status=90, page_no=0, page_size=1, **DAY)
    return "works", f"{answer['total_count']} finished returns"


def with_target():
    made = make("WdtRefundQueryRequest", page_no=0, page_size=1, **DAY)
    made.target_app_key = GIVEN["target_app_key"]
    return "works", f"{made.getResponse()['response']['total_count']} returns in all"


def nothing():
    answer = ask("WdtHisRefundQueryRequest", page_no=0, page_size=40, **DAY)
    return "works", f"{answer['total_count']} rows, list there: {'refunds' in answer}"


def all_classes():
    served, unknown, names = 0, 0, set()
    for name in CLASSES:
        made = make(name)
        names.add(made.getapiname())
        answer = made.getResponse()["response"]
        unknown += answer.get("code") == 22
        # What it does answer: rows, or what is missing.
        served += answer.get("errorcode") in (0, 2900)
    return "works", f"{len(names)} names: {served} served, {unknown} refused with 22"


def wrong_secret():
    return "misread", f"a result: {ask('WdtShopQueryRequest', secret='wrong')['message']}"


def limited():
    for _ in range(2):
        try:
            ask("WdtShopQueryRequest", port=GIVEN["limited_port"])
        except TopException as error:
            return "refused", f"{error.errorcode}, {error.submsg}"
    return "misread", "no refusal"


report.run(
    "taobao-openapi",
    [
        ("WdtRefundQueryRequest, all pages of a day", every_page, ""),
        ("WdtRefundQueryRequest, process_status 90", by_status, ""),
        ("WdtRefundQueryRequest with a target_app_key", with_target, "the class has no such parameter"),
        ("WdtHisRefundQueryRequest, nothing there", nothing, ""),
        ("WdtStockinOrderQueryRefundRequest", rows("WdtStockinOrderQueryRefundRequest", "stockin_list", **DAY), ""),
        ("WdtStockoutOrderQueryTradeRequest", rows("WdtStockoutOrderQueryTradeRequest", "stockout_list", **DAY), ""),
        (
            "WdtTradeQueryRequest, one hour",
            rows("WdtTradeQueryRequest", "trades", start_time=GIVEN["hour"], end_time=GIVEN["end"]),
            "",
        ),
        ("WdtShopQueryRequest", rows("WdtShopQueryRequest", "shoplist"), ""),
        ("WdtWarehouseQueryRequest", rows("WdtWarehouseQueryRequest", "warehouses"), ""),
        ("WdtGoodsQueryRequest", rows("WdtGoodsQueryRequest", "goods_list", goods_no="TS"), ""),
        ("all 147 Wdt classes", all_classes, ""),
        ("a wrong secret", wrong_secret, "knows errors by error_response alone: one under response passes for a result"),
        ("over the limit", limited, "does not wait, does not read the seconds of the ban"),
    ],
)

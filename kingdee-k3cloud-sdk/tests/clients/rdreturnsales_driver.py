"""rdreturnsales, unmodified but for its database: 退货通知单 become 销售退货单 in 金蝶."""

import json

import rdreturn
import report
from k3cloud_webapi_sdk.main import K3CloudApiSdk
from rdreturnnotice import metadata as notices
from rdreturnsales import metadata

GIVEN = report.given()
SDK = K3CloudApiSdk()


def sync(*returns):
    return rdreturn.sync(metadata, SDK, GIVEN, *returns)


def notice():
    told = rdreturn.sync(notices, SDK, GIVEN, [rdreturn.line("N1")])
    return ("works" if told.startswith("1 done") else "broke"), told


def first():
    told = sync([rdreturn.line("N1")])
    return ("works" if told.startswith("1 done") else "broke"), told


def again():
    return "misread", sync([rdreturn.line("N1")])


def without_notice():
    return "refused", sync([rdreturn.line("N9")])


def numbers():
    asked = {"FormId": "SAL_RETURNSTOCK", "FieldKeys": "FBillNo,FDocumentStatus", "FilterString": "FBillNo='N1'"}
    return "works", json.dumps(json.loads(SDK.ExecuteBillQuery(asked)))


report.run(
    "rdreturnsales",
    [
        ("associated of rdreturnnotice, which comes with it", notice, ""),
        ("associated, one return", first, "the names in FEntity_Link end in a blank: 金蝶 drops them without a word"),
        ("ExecuteBillQuery of the bill", numbers, ""),
        ("associated, the same return again", again, "the View of a bill that is there has a ResponseStatus of null: it breaks on that, and the return stays to be done"),
        ("associated, a return without a notice", without_notice, "sends a bill without entries"),
    ],
)

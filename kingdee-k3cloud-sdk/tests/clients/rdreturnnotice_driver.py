"""rdreturnnotice, unmodified but for its database: a shop's returns become 退货通知单 in 金蝶."""

import rdreturn
import report
from k3cloud_webapi_sdk.main import K3CloudApiSdk
from rdreturnnotice import metadata

GIVEN = report.given()
SDK = K3CloudApiSdk()


def sync(*returns):
    return rdreturn.sync(metadata, SDK, GIVEN, *returns)


def first():
    told = sync([rdreturn.line("N1")])
    return ("works" if told.startswith("1 done") else "broke"), told


def again():
    return "misread", sync([rdreturn.line("N1")])


def two():
    told = sync([rdreturn.line("N2")], [rdreturn.line("N3"), rdreturn.line("N3")])
    return ("works" if told.startswith("2 done") else "broke"), told


report.run(
    "rdreturnnotice",
    [
        ("associated, one return", first, ""),
        ("associated, the same return again", again, "the View of a bill that is there has a ResponseStatus of null: it breaks on that, takes it for 'is there', and writes no state back"),
        ("associated, two returns", two, ""),
    ],
)

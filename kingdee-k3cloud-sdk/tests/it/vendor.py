"""The vendor's own SDK, unmodified, against a site: each step prints one line of JSON.

usage: vendor.py calls BASE_URL ACCT_ID USER APP_ID APP_SECRET
       vendor.py headers < inputs.jsonl
"""

import json
import sys

from k3cloud_webapi_sdk.core import webapi_client
from k3cloud_webapi_sdk.main import K3CloudApiSdk

FORM = "SAL_RETURNSTOCK"


def sdk(url, acct_id, user, app_id, app_secret, lcid=2052, org_num=100):
    made = K3CloudApiSdk(url)
    made.InitConfig(acct_id, user, app_id, app_secret, url, lcid, org_num)
    return made


def bill(number, customer="C001"):
    return {
        "FBillTypeID": {"FNUMBER": "XSTHD01_SYS"},
        "FBillNo": number,
        "FDate": "2026-11-03",
        "FSaleOrgId": {"FNumber": "100"},
        "FRetcustId": {"FNumber": customer},
        "FStockOrgId": {"FNumber": "100"},
        "SubHeadEntity": {"FIsIncludedTax": True},
        "FEntity": [
            {
                "FMaterialId": {"FNumber": "M001"},
                "FRealQty": 2,
                "FTaxPrice": 2.755,
                "FStockId": {"FNumber": "CK001"},
            }
        ],
    }


def calls(url, acct_id, user, app_id, app_secret):
    api = sdk(url, acct_id, user, app_id, app_secret)

    def step(name, answer):
        print(json.dumps({"step": name, "answer": json.loads(answer)}, ensure_ascii=False))

    for form in ["BD_MATERIAL", "BD_Customer", "BD_STOCK", "ORG_Organizations"]:
        query = {"FormId": form, "FieldKeys": "FNumber,FDocumentStatus", "FilterString": "", "Limit": 10}
        step(form, api.ExecuteBillQuery(query))
    mixed = {"IsVerifyBaseDataField": True, "Model": [bill("A"), bill("B", "NOBODY"), bill("C")]}
    step("mixed", api.BatchSave(FORM, mixed))
    step("duplicate", api.Save(FORM, {"Model": bill("A")}))
    found = {"FormId": FORM, "FieldKeys": "FBillNo,FAllAmount", "FilterString": "FBillNo in ('A','B','C')"}
    step("found", api.ExecuteBillQuery({**found, "OrderString": "FBillNo ASC"}))
    step("found_by_name", api.BillQuery({**found, "OrderString": "FBillNo ASC"}))
    step("submit", api.Submit(FORM, {"Numbers": ["A", "C"]}))
    step("audit", api.Audit(FORM, {"Numbers": ["A", "C"]}))
    step("audit_again", api.Audit(FORM, {"Numbers": ["A"]}))
    step("view", api.View(FORM, {"Number": "A"}))
    step("later", api.BatchSaveQuery(FORM, {"Model": [bill("D")]}))
    wrong = sdk(url, acct_id, user, app_id, app_secret + "x")
    step("wrong_secret", wrong.ExecuteBillQuery({"FormId": FORM, "FieldKeys": "FID"}))


def headers():
    for line in sys.stdin:
        given = json.loads(line)
        webapi_client.time.time = lambda: given["time"]
        api = sdk(
            given["host"],
            given["acct_id"],
            given["username"],
            given["app_id"],
            given["app_secret"],
            given["lcid"],
            given["org_num"],
        )
        print(json.dumps(api.BuildHeader(given["host"] + given["path"])))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdin.reconfigure(encoding="utf-8")
    if sys.argv[1] == "calls":
        calls(*sys.argv[2:])
    else:
        headers()

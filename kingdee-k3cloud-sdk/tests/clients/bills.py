"""What the drivers of 金蝶's clients share: a bill, and what an answer says."""

import json

FORM = "SAL_RETURNSTOCK"


def bill(number, customer="C001", **head):
    return {
        "FBillTypeID": {"FNUMBER": "XSTHD01_SYS"},
        "FBillNo": number,
        "FDate": "2026-11-03",
        "FSaleOrgId": {"FNumber": "100"},
        "FRetcustId": {"FNumber": customer},
        "FStockOrgId": {"FNumber": "100"},
        **head,
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


def status(answer):
    """The ResponseStatus of an answer, also of one that a query wraps in rows."""
    answer = json.loads(answer) if isinstance(answer, str) else answer
    while isinstance(answer, list):
        answer = answer[0]
    return answer["Result"]["ResponseStatus"]


def numbers(answer):
    return " ".join(sorted(entity["Number"] for entity in status(answer)["SuccessEntitys"]))


def first_error(answer):
    said = status(answer)
    return f"MsgCode {said.get('MsgCode')}, {said['Errors'][0]['Message']}"


def done(answer):
    """An operation that should have an effect."""
    if status(answer)["IsSuccess"] and numbers(answer):
        return "works", numbers(answer)
    said = status(answer)
    return "broke", first_error(answer) if said["Errors"] else "a success of nothing"


def refused(answer):
    """An operation that should be refused."""
    if status(answer)["IsSuccess"]:
        return "broke", f"a success of {numbers(answer) or 'nothing'}"
    return "refused", first_error(answer)

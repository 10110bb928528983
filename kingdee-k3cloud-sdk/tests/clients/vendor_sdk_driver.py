"""金蝶's own SDK for Python, unmodified."""

import json

import report
from bills import FORM, bill, done, first_error, numbers, refused, status
from k3cloud_webapi_sdk.main import K3CloudApiSdk

GIVEN = report.given()


def sdk(**other):
    known = {**GIVEN, **other}
    made = K3CloudApiSdk(known["url"])
    made.InitConfig(
        known["acct_id"], known["username"], known["app_id"], known["app_secret"], known["url"], 2052, 100
    )
    return made


API = sdk()


def query(form, keys, **further):
    return {"FormId": form, "FieldKeys": keys, "FilterString": "", "Limit": 10, **further}


def base_data():
    forms = ["BD_MATERIAL", "BD_Customer", "BD_STOCK", "ORG_Organizations"]
    rows = [json.loads(API.ExecuteBillQuery(query(form, "FNumber,FDocumentStatus"))) for form in forms]
    return "works", " ".join(f"{number} {state}" for some in rows for number, state in some)


def other_case():
    rows = json.loads(API.ExecuteBillQuery(query("BD_Material", "FNUMBER,FName", OrderString="FNUMBER ASC")))
    return "works", " ".join(row[0] for row in rows)


def first_rows():
    rows = json.loads(API.ExecuteBillQuery(query("BD_MATERIAL", "FNumber", TopRowCount=1, Limit=100)))
    return "works", f"{len(rows)} row"


def save():
    return done(API.Save(FORM, {"Model": bill("V1")}))


def draft():
    return done(API.Draft(FORM, {"Model": bill("V2")}))


def mixed():
    answer = API.BatchSave(
        FORM, {"IsVerifyBaseDataField": "true", "Model": [bill("V3"), bill("V4", "NOBODY"), bill("V5")]}
    )
    said = status(answer)
    places = sorted({error["DIndex"] for error in said["Errors"]})
    return "works", f"saved {numbers(answer)}, refused {places}, IsSuccess {said['IsSuccess']}"


def duplicate():
    return refused(API.Save(FORM, {"Model": bill("V1")}))


def found():
    asked = query(FORM, "FBillNo,FAllAmount,FDocumentStatus", FilterString="FBillNo in ('V1','V2','V3','V5')")
    return "works", json.dumps(json.loads(API.ExecuteBillQuery({**asked, "OrderString": "FBillNo ASC"})))


def found_by_name():
    asked = query(FORM, "FBillNo,FAllAmount", FilterString="FBillNo = 'V1'")
    return "works", json.dumps(json.loads(API.BillQuery(asked)))


def found_by_conditions():
    condition = {"Left": "(", "FieldName": "FBillNo", "Compare": "=", "Value": "NONE", "Right": ")", "Logic": "AND"}
    rows = json.loads(API.ExecuteBillQuery(query(FORM, "FBillNo", FilterString=[condition])))
    return "works", f"{len(rows)} rows"


def ids(*wanted):
    listed = ",".join(f"'{number}'" for number in wanted)
    asked = query(FORM, "FID", FilterString=f"FBillNo in ({listed})", OrderString="FID ASC")
    # A row for each entry.
    return sorted({row[0] for row in json.loads(API.ExecuteBillQuery(asked))})


def submit():
    return done(API.Submit(FORM, {"Numbers": ["V1", "V2"]}))


def submit_ids():
    return done(API.Submit(FORM, {"Ids": ",".join(str(number) for number in ids("V3", "V5"))}))


def submit_again():
    return refused(API.Submit(FORM, {"Numbers": ["V1"]}))


def submit_nothing():
    return refused(API.Submit(FORM, {"Numbers": [], "Ids": ""}))


def submit_unknown():
    return refused(API.Submit(FORM, {"Ids": "999999"}))


def audit():
    return done(API.Audit(FORM, {"Numbers": ["V1", "V2", "V3"]}))


def audit_again():
    return refused(API.Audit(FORM, {"Numbers": ["V1"]}))


def view():
    answer = json.loads(API.View(FORM, {"Number": "V1"}))["Result"]["Result"]
    return "works", f"{answer['BillNo']} {answer['DocumentStatus']}, customer {answer['RetcustId']['Number']}"


def view_material():
    answer = json.loads(API.View("BD_MATERIAL", {"Number": "M001"}))["Result"]["Result"]
    return "works", f"{answer['Number']}"


def view_unknown():
    return refused(API.View(FORM, {"Number": "NONE"}))


def fields():
    answer = json.loads(API.QueryBusinessInfo({"FormId": FORM}))["Result"]["NeedReturnData"]
    keys = {field["Key"] for entry in answer["Entrys"] for field in entry["Fields"]}
    return "works", f"{answer['Id']}, FBillNo there: {'FBillNo' in keys}, FRealQty there: {'FRealQty' in keys}"


def push(**further):
    return API.Push(FORM, {"Ids": str(ids("V1")[0]), "Numbers": [], "TargetFormId": "AR_receivable", **further})


def push_by_default():
    answer = push(IsEnableDefaultRule="true")
    # The number of the new bill is the site's to choose.
    return ("works" if numbers(answer) else "broke"), f"{len(status(answer)['SuccessEntitys'])} made"


def push_without_rule():
    return refused(push(IsEnableDefaultRule="false"))


def delete_audited():
    return refused(API.Delete(FORM, {"Numbers": ["V1"]}))


def unaudit():
    return done(API.UnAudit(FORM, {"Numbers": ["V3"]}))


def cancel_assign():
    return done(API.CancelAssign(FORM, {"Numbers": ["V5"]}))


def cancel():
    return done(API.ExcuteOperation(FORM, "Cancel", {"Numbers": ["V5"]}))


def delete():
    return done(API.Delete(FORM, {"Numbers": ["V3"]}))


def later():
    return done(API.BatchSaveQuery(FORM, {"Model": [bill("V6")]}))


def states():
    asked = query(FORM, "FBillNo,FDocumentStatus,FCancelStatus", FilterString="FBillNo like 'V%'")
    return "works", json.dumps(json.loads(API.ExecuteBillQuery({**asked, "OrderString": "FBillNo ASC"})))


def centres():
    return "works", " ".join(centre["Id"] for centre in json.loads(API.GetDataCenters()))


def unknown_form():
    return "refused", first_error(API.ExecuteBillQuery(query("STK_NoSuchForm", "FNumber")))


def unknown_field():
    return "refused", first_error(API.ExecuteBillQuery(query(FORM, "FNoSuchField")))


def without_fields():
    return "refused", first_error(API.ExecuteBillQuery(query(FORM, "")))


def wrong_secret():
    return "refused", first_error(sdk(app_secret="wrong").ExecuteBillQuery(query(FORM, "FID")))


def wrong_account():
    try:
        sdk(acct_id="nope").ExecuteBillQuery(query(FORM, "FID"))
    except RuntimeError as error:
        return "refused", " ".join(str(error).split())
    return "broke", "an answer"


def not_there():
    try:
        API.SendMsg({})
    except RuntimeError as error:
        return "refused", " ".join(str(error).split())
    return "broke", "an answer"


report.run(
    "kingdee-cdp-webapi-sdk",
    [
        ("ExecuteBillQuery of base data", base_data, ""),
        ("ExecuteBillQuery, names in other cases", other_case, ""),
        ("ExecuteBillQuery, TopRowCount 1", first_rows, ""),
        ("Save", save, ""),
        ("Draft", draft, ""),
        ("BatchSave, one of three wrong", mixed, ""),
        ("Save of a number that is taken", duplicate, ""),
        ("ExecuteBillQuery of bills", found, ""),
        ("BillQuery", found_by_name, ""),
        ("ExecuteBillQuery, a list of conditions", found_by_conditions, ""),
        ("Submit by number", submit, ""),
        ("Submit by id", submit_ids, ""),
        ("Submit again", submit_again, ""),
        ("Submit of nothing", submit_nothing, ""),
        ("Submit of an id that is not there", submit_unknown, ""),
        ("Audit", audit, ""),
        ("Audit again", audit_again, ""),
        ("View", view, ""),
        ("View of a material", view_material, ""),
        ("View of a number that is not there", view_unknown, ""),
        ("QueryBusinessInfo", fields, ""),
        ("Push by the default rule", push_by_default, ""),
        ("Push without a rule", push_without_rule, ""),
        ("Delete of an audited bill", delete_audited, ""),
        ("UnAudit", unaudit, ""),
        ("CancelAssign", cancel_assign, ""),
        ("ExcuteOperation Cancel", cancel, ""),
        ("Delete", delete, ""),
        ("BatchSaveQuery", later, ""),
        ("ExecuteBillQuery of states", states, ""),
        ("GetDataCenters", centres, ""),
        ("an unknown form", unknown_form, ""),
        ("an unknown field", unknown_field, ""),
        ("no field", without_fields, ""),
        ("a wrong secret", wrong_secret, "raises nothing: the refusal is a row of the query's answer"),
        ("a wrong account", wrong_account, ""),
        ("SendMsg, which is not simulated", not_there, ""),
    ],
)

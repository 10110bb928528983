"""What rdreturnsales and rdreturnnotice find around them: the shop's database, stubbed.

Both read a day's returns from a SQL database through pyrda, which is on no index, and import pandas only for a table of
the shop's own service, which is never called here: both modules are stood in for. The packages' own code is as it is.
"""

import sys
import types

ORDERS = {
    "rows": [],
    # What the client writes back: (number, state).
    "states": [],
    # What it logs: (number, text).
    "log": [],
}

sys.modules["pandas"] = types.ModuleType("pandas")


class Database:
    """Answers the few SELECTs that these packages make, and notes what they write."""

    def select(self, sql):
        if "T_SAL_OUTSTOCK" in sql:
            return [{"Fid": 100001, "FENTRYID": 1}]
        if "rds_vw_customer" in sql:
            return [{"FNumber": "C001"}]
        if "rds_vw_material" in sql:
            return [{"FNumber": "M001", "FMATERIALID": "1"}]
        if "rds_vw_currency" in sql:
            return [{"FNumber": "PRE001"}]
        if "rds_vw_salesman" in sql:
            return [{"FNUMBER": "S001"}]
        if "FISBATCHMANAGE" in sql:
            return [{"FISBATCHMANAGE": "0"}]
        if "FISKFPERIOD" in sql:
            return [{"FISKFPERIOD": "0"}]
        raise ValueError(f"not expected: {sql}")

    def update(self, sql):
        ORDERS["states"].append(sql.split("=")[1].split(" ")[0])

    def insert(self, sql):
        ORDERS["log"].append(sql.split("','")[2].rstrip("'").split("',")[0])


def line(number):
    return {
        "FMRBBILLNO": number,
        "OPTRPTENTRYDATE": "2026-11-03",
        "FCUSTOMNAME": "示例客户",
        "FSALER": "示例",
        "FCurrencyName": "",
        "FPrdNumber": "SKU-1",
        "FRETURNQTY": "2",
        "FRETSALEPRICE": "2.755",
        "FTAXRATE": "0.13",
        "FIsFree": "0",
        "FLOT": "",
        "FReturnTime": "2026-11-03",
        "FPRODUCEDATE": "",
        "FEFFECTIVEDATE": "",
        "FDELIVERYNO": "XSCK1",
    }


def sync(metadata, sdk, given, *returns):
    """One run of the package over these returns; what it says of itself, and what it wrote back."""
    ORDERS["states"].clear()
    ORDERS["log"].clear()
    option = {
        "acct_id": given["acct_id"],
        "user_name": given["username"],
        "app_id": given["app_id"],
        "app_sec": given["app_secret"],
        "server_url": given["url"],
    }
    made = metadata.associated(Database(), sdk, option, list(returns), Database())
    told = f"{made['sucessNum']} done, {made['erroNum']} refused"
    return f"{told}; state {' '.join(ORDERS['states']) or 'unchanged'}; log: {', '.join(ORDERS['log']) or 'nothing'}"

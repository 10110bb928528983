"""The vendor's own SDK, unmodified: for each line of JSON that comes in, the headers that it signs a call with.

usage: vendor.py < inputs.jsonl
"""

import json
import sys

from k3cloud_webapi_sdk.core import webapi_client
from k3cloud_webapi_sdk.main import K3CloudApiSdk

sys.stdout.reconfigure(encoding="utf-8")
sys.stdin.reconfigure(encoding="utf-8")
for line in sys.stdin:
    given = json.loads(line)
    webapi_client.time.time = lambda: given["time"]
    api = K3CloudApiSdk(given["host"])
    names = ("acct_id", "username", "app_id", "app_secret", "host", "lcid", "org_num")
    api.InitConfig(*(given[name] for name in names))
    print(json.dumps(api.BuildHeader(given["host"] + given["path"])))

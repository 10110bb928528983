"""What the drivers share: each call prints one line of JSON, in the words of the list of clients.

A driver's table holds, for each call, its name, what does it, and what the client itself does wrong there. A call
returns how it ended and what the client understood:
works     it understood the answer as it was meant
refused   the server refused, as it should, and the client says so
misread   it took the answer for something else
fails     it could not make the call, or broke on the answer
What the driver did not expect is `broke`.
"""

import json
import sys
from importlib.metadata import version


def given():
    """What the test hands over: addresses, credentials, the span that holds the rows."""
    return json.loads(sys.argv[1])


def run(client, table):
    sys.stdout.reconfigure(encoding="utf-8")
    for call, work, wrong in table:
        try:
            result, understood = work()
        except Exception as error:
            result, understood = "broke", f"{type(error).__name__}: {error}"
        line = {
            "client": client,
            "version": version(client),
            "call": call,
            "result": result,
            "understood": understood,
            "note": wrong,
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)
        # Whoever reads notes first which requests this call made.
        sys.stdin.readline()

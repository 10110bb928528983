"""Asks a server of the Model Context Protocol by the official client: the program and its arguments come on the command
line, the calls as JSON on standard input. What came of each goes to standard output as JSON."""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main() -> None:
    calls = json.load(sys.stdin)
    server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:])
    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write) as session:
            told = {"greeting": (await session.initialize()).model_dump(mode="json"), "answers": []}
            told["tools"] = [tool.model_dump(mode="json") for tool in (await session.list_tools()).tools]
            for name, arguments in calls:
                try:
                    answer = await session.call_tool(name, arguments)
                    texts = [block.text for block in answer.content]
                    told["answers"].append({"is_error": bool(answer.is_error), "texts": texts})
                except Exception as error:  # noqa: BLE001 -- what the client makes of a refusal is what is asked
                    told["answers"].append({"is_error": True, "texts": [str(error)]})
    json.dump(told, sys.stdout, ensure_ascii=False)


asyncio.run(main())

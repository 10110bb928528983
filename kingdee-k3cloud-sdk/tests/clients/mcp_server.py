"""A server of the Model Context Protocol as its users run it: a process that is spoken to over its pipes."""

import asyncio
import json
import os
import sys
import tempfile
import threading

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


class Server:
    """One running server. `call` asks a tool and gives the text of its answer, read as JSON where it is."""

    def __init__(self, module, environment):
        # No .env, no log and no cache of this machine: an empty folder, and what is named here.
        self.place = tempfile.TemporaryDirectory()
        known = {key: value for key, value in os.environ.items() if not key.startswith(("KD_", "KINGDEE_", "MCP_"))}
        self.parameters = StdioServerParameters(
            command=sys.executable,
            args=["-B", "-c", f"from {module} import main; main()"],
            env={**known, "HOME": self.place.name, **environment},
            cwd=self.place.name,
        )
        self.loop = asyncio.new_event_loop()
        self.asked = asyncio.Queue()
        self.ready = threading.Event()
        self.tools = []
        threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),), daemon=True).start()
        if not self.ready.wait(60):
            raise RuntimeError(f"{module} did not start")

    async def _serve(self):
        with open(os.devnull, "w") as nowhere:
            async with stdio_client(self.parameters, errlog=nowhere) as (read, write):
                async with ClientSession(read, write) as session:
                    await session.initialize()
                    self.tools = [tool.name for tool in (await session.list_tools()).tools]
                    self.ready.set()
                    while True:
                        tool, arguments, answer = await self.asked.get()
                        try:
                            answer.set_result(await session.call_tool(tool, arguments))
                        except Exception as error:
                            answer.set_exception(error)

    def call(self, tool, **arguments):
        async def ask():
            answer = self.loop.create_future()
            await self.asked.put((tool, arguments, answer))
            return await answer

        result = asyncio.run_coroutine_threadsafe(ask(), self.loop).result(60)
        text = result.content[0].text if result.content else ""
        try:
            return json.loads(text)
        except ValueError:
            return text

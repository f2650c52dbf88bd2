"""Asks the /mcp of `config-history serve --demo` through version 1 of the official client, which
knows nothing newer than `initialize`: client_v1.py URL.
"""

import json
import sys

import anyio
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError

TOOLS = [
    "describe_history",
    "summarize_month",
    "query_changes",
    "run_sql",
    "resource_history",
    "find_anomalies",
    "config_bill",
]


async def ask(session: ClientSession) -> None:
    opening = await session.initialize()
    assert opening.serverInfo.name == "config-history", opening
    assert opening.protocolVersion == "2025-11-25", opening
    assert [tool.name for tool in (await session.list_tools()).tools] == TOOLS
    uris = [str(resource.uri) for resource in (await session.list_resources()).resources]
    assert "config-history://months/2024-11" in uris, uris

    question = {"month": "2024-11", "measure": "items", "account": "111122223333"}
    result = await session.call_tool("query_changes", question)
    assert not result.isError, result
    assert json.loads(result.content[0].text) == result.structuredContent
    assert result.structuredContent["rows"] == [{"items": 77}], result

    result = await session.call_tool("summarize_month", {"month": "2031-01"})
    assert result.isError and result.structuredContent["code"] == "unknown_month", result
    try:
        await session.call_tool("drop_table", {})
    except McpError as error:
        assert error.error.code == -32602, error
    else:
        raise AssertionError("no error")
    await session.send_ping()


async def main(url: str) -> None:
    with anyio.fail_after(120):
        async with streamable_http_client(url) as (read, write, _):
            async with ClientSession(read, write) as session:
                await ask(session)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])

"""Asks config-history over MCP: what it offers, and what happened in a month.

    config-history serve --demo --http 8080
    pip install mcp==2.3.0
    python client.py http://127.0.0.1:8080 [MONTH [MODE]]

MONTH is 2024-11 unless said otherwise. MODE is `auto` (finds out what the server speaks), `legacy`
(opens with `initialize`) or `2026-07-28` (no handshake). A server that wants a token takes it from
CONFIG_HISTORY_TOKEN.
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client


async def show_progress(progress: float, total: float | None, message: str | None) -> None:
    print("...", message, file=sys.stderr)


async def ask(client: Client, month: str) -> str | None:
    """Prints the answers; returns what is wrong, if anything is."""
    print("protocol:", client.protocol_version)
    tools = (await client.list_tools()).tools
    print("tools:", ", ".join(tool.name for tool in tools))

    # A month may take long: the server tells meanwhile how far it is.
    question = {"month": month, "language": "en"}
    result = await client.call_tool("summarize_month", question, progress_callback=show_progress)
    answer = result.structured_content
    if result.is_error:
        return f"{answer['code']}: {answer['message']}\n{answer['remedy']}"
    print(answer["text"])

    resource = await client.read_resource(f"config-history://months/{month}")
    changes = json.loads(resource.contents[0].text)
    print("items:", changes["items"])
    print("real changes:", changes["real_changes"])
    return None


async def main(url: str, month: str = "2024-11", mode: str = "auto") -> str | None:
    token = os.environ.get("CONFIG_HISTORY_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, timeout=300) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            return await ask(client, month)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: client.py URL [MONTH [MODE]]")
    sys.exit(asyncio.run(main(*sys.argv[1:])))

"""Asks `config-history serve --demo` through the official client: client.py WHERE MODE.

WHERE is the program, to be started and asked over its standard input, or the address of its /mcp.
"""

import json
import sys

import anyio
from mcp import MCPError, StdioServerParameters
from mcp.client import Client
from mcp_types import PromptReference, ResourceTemplateReference

TEMPLATE = "config-history://months/{month}/{account}/{region}"
SLOW = (
    "SELECT count(*) FROM configuration_items a CROSS JOIN configuration_items b "
    "CROSS JOIN configuration_items c WHERE a.configuration < b.configuration "
    "AND b.configuration < c.configuration"
)


TOOLS = [
    "describe_history",
    "summarize_month",
    "query_changes",
    "run_sql",
    "resource_history",
    "find_anomalies",
    "config_bill",
]


async def listings(client: Client) -> None:
    tools = (await client.list_tools()).tools
    names = [tool.name for tool in tools]
    assert names == TOOLS, names
    assert all(tool.output_schema and tool.annotations.read_only_hint for tool in tools)
    resources = (await client.list_resources()).resources
    assert "config-history://months/2024-11" in [str(resource.uri) for resource in resources]
    assert len((await client.list_resource_templates()).resource_templates) == 3
    assert len((await client.list_prompts()).prompts) == 3


async def calls(client: Client) -> None:
    november = {"month": "2024-11", "account": "111122223333"}
    sql = "SELECT count(*) AS items FROM configuration_items"
    # The client holds every structured answer against the tool's output schema.
    for tool, arguments in [
        ("describe_history", {}),
        ("summarize_month", november),
        ("summarize_month", november | {"language": "ja"}),
        ("query_changes", november | {"group_by": ["resource_type"]}),
        ("resource_history", {"resource": "stg-bastion", "at": "2024-11-13"}),
        ("find_anomalies", {"month": "2024-11"}),
        ("config_bill", {"month": "2024-11", "by_tag": "Environment"}),
        ("run_sql", november | {"sql": sql}),
    ]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result
        assert json.loads(result.content[0].text) == result.structured_content
    assert result.structured_content["rows"] == [{"items": 77}], result


async def pages(client: Client) -> None:
    question = {"month": "2024-11", "columns": ["region", "resource_id", "state_id"], "limit": 60}
    rows = []
    while True:
        page = (await client.call_tool("query_changes", question)).structured_content
        rows += [tuple(row.values()) for row in page["rows"]]
        if "next_cursor" not in page:
            break
        question = {"cursor": page["next_cursor"], "limit": 60}
    assert len(rows) == len(set(rows)) == page["total"] == 206, len(rows)


async def reads(client: Client) -> None:
    for uri in [
        "config-history://months",
        "config-history://months/2024-11",
        "config-history://months/2024-11/111122223333/ap-northeast-1",
        "config-history://schema",
    ]:
        result = await client.read_resource(uri)
        assert isinstance(json.loads(result.contents[0].text), dict)
    prompt = await client.get_prompt("monthly_report", {"month": "2024-11", "language": "ja"})
    assert "2024-11" in prompt.messages[0].content.text


async def completions(client: Client) -> None:
    for ref in [ResourceTemplateReference(uri=TEMPLATE), PromptReference(name="monthly_report")]:
        for argument, value, expected in [
            ("month", "2024-1", ["2024-11", "2024-10"]),
            ("account", "1", ["111122223333"]),
            ("region", "g", ["global"]),
            ("resource_type", "AWS::Cass", ["AWS::Cassandra::Keyspace"]),
        ]:
            result = await client.complete(ref, {"name": argument, "value": value})
            assert result.completion.values == expected, result


async def refusals(client: Client) -> None:
    for tool, arguments, code in [
        ("summarize_month", {"month": "2031-01"}, "unknown_month"),
        ("summarize_month", {"month": "2024-13"}, "invalid_argument"),
        ("query_changes", {"mnth": "2024-11"}, "invalid_argument"),
        ("query_changes", {"month": "2024-11", "limit": 9999}, "invalid_argument"),
        ("query_changes", {"cursor": "edited"}, "invalid_cursor"),
        ("run_sql", {"month": "2024-11", "sql": "DELETE FROM x"}, "sql_not_allowed"),
    ]:
        result = await client.call_tool(tool, arguments)
        assert result.is_error and result.structured_content["code"] == code, result
        assert result.structured_content["remedy"]
    for attempt in [
        client.read_resource("config-history://months/2031-01"),
        client.get_prompt("poem"),
        client.call_tool("drop_table", {}),
    ]:
        try:
            await attempt
        except MCPError as error:
            assert error.code in (-32602, -32002), error
        else:
            raise AssertionError("no error")


async def long_calls(client: Client) -> None:
    heard = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message))

    question = {"month": "2024-11", "sql": SLOW}
    result = await client.call_tool("run_sql", question, progress_callback=note)
    assert not result.is_error, result
    assert heard and heard[0][1], "progress"
    values = [progress for progress, _ in heard]
    assert values == sorted(set(values)), values

    # Given up by the client, which then says so to the server.
    question = {"from": "2023-11-01", "to": "2024-11-30", "sql": SLOW}
    try:
        await client.call_tool("run_sql", question, read_timeout_seconds=1)
    except MCPError:
        pass
    else:
        raise AssertionError("the call was to be given up")
    result = await client.call_tool("query_changes", {"month": "2024-11", "measure": "items"})
    assert result.structured_content["rows"] == [{"items": 206}], result


async def main(where: str, mode: str) -> None:
    over_http = where.startswith("http://")
    program = StdioServerParameters(command=where, args=["serve", "--demo"])
    server = where if over_http else program
    with anyio.fail_after(180):
        async with Client(server, mode=mode) as client:
            modern = mode != "legacy"
            assert (client.protocol_version == "2026-07-28") == modern, client.protocol_version
            # Told to speak the modern protocol the client asks nothing before it calls.
            if mode != "2026-07-28":
                assert client.server_info.name == "config-history"
                assert client.instructions
            for check in [listings, calls, pages, reads, completions, refusals, long_calls]:
                await check(client)
                print("ok", check.__name__, flush=True)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])

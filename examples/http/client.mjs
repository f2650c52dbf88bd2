// Asks config-history over MCP: what it offers, and what happened in a month.
//
//   config-history serve --demo --http 8080
//   npm install @modelcontextprotocol/client@2.4.0
//   node client.mjs http://127.0.0.1:8080 [MONTH [MODE]]
//
// MONTH is 2024-11 unless said otherwise. MODE is `auto` (finds out what the server speaks),
// `legacy` (opens with `initialize`) or `2026-07-28` (nothing older). A server that wants a token
// takes it from CONFIG_HISTORY_TOKEN.

import process from "node:process";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, month = "2024-11", mode = "auto"] = process.argv.slice(2);
if (!url) {
  console.error("usage: client.mjs URL [MONTH [MODE]]");
  process.exit(2);
}

const token = process.env.CONFIG_HISTORY_TOKEN;
const transport = new StreamableHTTPClientTransport(new URL("/mcp", url), {
  requestInit: { headers: token ? { Authorization: `Bearer ${token}` } : {} },
});
const client = new Client(
  { name: "example", version: "1.0.0" },
  { versionNegotiation: { mode: mode.startsWith("20") ? { pin: mode } : mode } },
);
await client.connect(transport);
try {
  await ask();
} finally {
  await client.close();
}

/** Prints the answers. */
async function ask() {
  console.log("protocol:", client.getNegotiatedProtocolVersion());
  const { tools } = await client.listTools();
  console.log("tools:", tools.map((tool) => tool.name).join(", "));

  // A month may take long: the server tells meanwhile how far it is.
  const result = await client.callTool(
    { name: "summarize_month", arguments: { month, language: "en" } },
    { onprogress: ({ message }) => console.error("...", message), resetTimeoutOnProgress: true },
  );
  const answer = result.structuredContent;
  if (result.isError) {
    console.error(`${answer.code}: ${answer.message}\n${answer.remedy}`);
    process.exitCode = 1;
    return;
  }
  console.log(answer.text);

  const resource = await client.readResource({ uri: `config-history://months/${month}` });
  const changes = JSON.parse(resource.contents[0].text);
  console.log("items:", changes.items);
  console.log("real changes:", changes.real_changes);
}

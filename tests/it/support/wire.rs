//! An MCP client that is nothing but lines of JSON: what it sees is what stands on the wire.

use std::time::Duration;

use config_history::{mcp::ConfigHistoryServer, service::HistoryService};
use rmcp::ServiceExt;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf},
    time,
};

/// How a client opens a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// With `initialize`.
    Legacy,
    /// With `server/discover`, and metadata on every request.
    Modern,
}

impl Era {
    pub(crate) const BOTH: [Self; 2] = [Self::Legacy, Self::Modern];
}

pub(crate) struct WireClient {
    era: Era,
    lines: BufReader<ReadHalf<DuplexStream>>,
    write: WriteHalf<DuplexStream>,
    next_id: u64,
    /// Result of the opening request.
    pub(crate) opening: Value,
    /// Notifications seen so far.
    pub(crate) notifications: Vec<Value>,
}

impl WireClient {
    /// Connects to a new server over `service`.
    pub(crate) async fn connect(service: HistoryService, era: Era) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            let serving = ConfigHistoryServer::new(service).serve(theirs);
            // Boxed: the future of a server is large.
            let running = Box::pin(serving).await.unwrap();
            running.waiting().await.unwrap();
        });
        let (read, write) = tokio::io::split(ours);
        let mut client = Self {
            era,
            lines: BufReader::new(read),
            write,
            next_id: 0,
            opening: Value::Null,
            notifications: Vec::new(),
        };
        client.opening = match era {
            Era::Legacy => {
                let hello = json!({
                    "protocolVersion": "2025-06-18", "capabilities": {},
                    "clientInfo": {"name": "wire", "version": "1"},
                });
                let result = client.ask("initialize", hello).await.unwrap();
                client
                    .send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
                    .await;
                result
            }
            Era::Modern => client.ask("server/discover", json!({})).await.unwrap(),
        };
        client
    }

    /// Sends a request and returns its result, or its error.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.start(method, params).await;
        self.answer(id).await
    }

    /// Sends a request and returns its id.
    pub(crate) async fn start(&mut self, method: &str, mut params: Value) -> u64 {
        self.next_id += 1;
        if self.era == Era::Modern {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "wire", "version": "1"});
        }
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .await;
        id
    }

    /// Waits for the answer to the request `id`.
    pub(crate) async fn answer(&mut self, id: u64) -> Result<Value, Value> {
        loop {
            let mut message = self.receive().await;
            if message["id"] != id {
                self.notifications.push(message);
                continue;
            }
            return match message.get_mut("result") {
                Some(result) => Ok(result.take()),
                None => Err(message["error"].take()),
            };
        }
    }

    /// Waits for the next message of any kind.
    pub(crate) async fn receive(&mut self) -> Value {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line);
        time::timeout(Duration::from_secs(10), read)
            .await
            .expect("an answer within ten seconds")
            .unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Calls a tool.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, Value> {
        let params = json!({"name": tool, "arguments": arguments});
        self.ask("tools/call", params).await
    }

    /// Sends one message.
    pub(crate) async fn send(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.write.write_all(line.as_bytes()).await.unwrap();
    }
}

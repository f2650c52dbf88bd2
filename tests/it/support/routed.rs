//! The router over a fake store, served on a port of this machine within the test.

use std::sync::Arc;

use config_history::http::{
    Access, AllowedHosts, AllowedOrigins, HttpSettings, ListenerSettings, Metrics, router, serve,
};
use reqwest::{RequestBuilder, Response};
use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt as _, RoleClient, model::ProtocolVersion,
    service::RunningService, transport::StreamableHttpClientTransport,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{fake_store::FakeStore, wire::Era};

/// Settings of a server that answers anybody, under the names of this machine.
pub(crate) fn open_settings() -> HttpSettings {
    let none: [&str; 0] = [];
    HttpSettings {
        access: Access::default(),
        hosts: AllowedHosts::new(&none).unwrap(),
        origins: AllowedOrigins::new(&none).unwrap(),
        requests_per_minute: None,
        at_once: 16,
        public_url: None,
    }
}

/// A server that ends with this value.
pub(crate) struct Routed {
    pub(crate) store: Arc<FakeStore>,
    pub(crate) mcp: String,
    http: reqwest::Client,
    _ends: DropGuard,
}

impl Routed {
    /// Serves to anybody, over a store that answers that there is nothing.
    pub(crate) async fn start() -> Self {
        let store = FakeStore::new();
        let (shutdown, stop) = (CancellationToken::new(), CancellationToken::new());
        let router = router(
            store.service(true),
            open_settings(),
            Metrics::default(),
            stop.clone(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mcp = format!("http://{}/mcp", listener.local_addr().unwrap());
        let ends = shutdown.clone().drop_guard();
        tokio::spawn(serve(
            listener,
            router,
            ListenerSettings::default(),
            shutdown,
            stop,
        ));
        Self {
            store,
            mcp,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _ends: ends,
        }
    }

    /// Connects the SDK's own client.
    pub(crate) async fn connect<H: ClientHandler>(
        &self,
        handler: H,
        era: Era,
    ) -> RunningService<RoleClient, H> {
        let mode = match era {
            Era::Legacy => ClientLifecycleMode::Initialize,
            Era::Modern => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        };
        let transport = StreamableHttpClientTransport::from_uri(self.mcp.as_str());
        let connecting = handler.serve_with_lifecycle(transport, mode);
        Box::pin(connecting).await.unwrap()
    }

    /// Returns a request without any headers of MCP.
    pub(crate) fn bare(&self, method: reqwest::Method) -> RequestBuilder {
        self.http.request(method, &self.mcp)
    }

    /// Returns a call of a tool, as a client of the era sends it, that wants progress or does not.
    pub(crate) fn call(
        &self,
        era: Era,
        tool: &str,
        arguments: &Value,
        progress: bool,
    ) -> RequestBuilder {
        let mut params = json!({"name": tool, "arguments": arguments, "_meta": {}});
        if progress {
            params["_meta"]["progressToken"] = json!("p1");
        }
        let mut request = self
            .bare(reqwest::Method::POST)
            .header("Accept", "application/json, text/event-stream");
        if era == Era::Modern {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "raw", "version": "1"});
            request = request
                .header("Mcp-Protocol-Version", "2026-07-28")
                .header("Mcp-Method", "tools/call")
                .header("Mcp-Name", tool);
        } else {
            request = request.header("Mcp-Protocol-Version", "2025-11-25");
        }
        request.json(&json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}))
    }
}

/// Returns what a response says it is.
pub(crate) fn content_type(response: &Response) -> &str {
    response.headers()["content-type"].to_str().unwrap()
}

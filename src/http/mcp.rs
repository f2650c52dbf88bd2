//! `/mcp`: streamable HTTP of both protocol eras, without sessions.

use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use tokio_util::sync::CancellationToken;

use super::MAX_BODY_BYTES;
use crate::mcp::ConfigHistoryServer;

/// Returns the MCP endpoint. Answers are JSON, or a stream of events where a call tells of its
/// progress. Hosts and origins have been checked before.
pub(super) fn mount(
    server: ConfigHistoryServer,
    stop: CancellationToken,
) -> StreamableHttpService<ConfigHistoryServer, NeverSessionManager> {
    let settings = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(MAX_BODY_BYTES)
        .with_cancellation_token(stop);
    StreamableHttpService::new(
        move || Ok(server.clone()),
        NeverSessionManager::default().into(),
        settings,
    )
}

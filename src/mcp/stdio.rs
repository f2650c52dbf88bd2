//! Serving one connection: over standard input and output, or any other transport.

use rmcp::{
    RoleServer, ServiceExt,
    service::ServerInitializeError,
    transport::{IntoTransport, stdio_pipes},
};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::ConfigHistoryServer;
use crate::service::HistoryService;

/// Why serving ended before its time.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The client opened the connection in a way that no revision of the protocol allows.
    #[error("the MCP client could not be greeted: {0}")]
    Greeting(#[source] Box<ServerInitializeError>),
    /// The task that serves died.
    #[error("the MCP server stopped")]
    Stopped(#[source] tokio::task::JoinError),
}

/// Serves `service` on standard input and output, see [`serve`].
///
/// Where standard input is no pipe, a read of it stays behind in a thread of the runtime: to drop the
/// runtime would wait for it.
pub async fn serve_stdio(
    service: HistoryService,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    Box::pin(serve(service, stdio_pipes(), shutdown)).await
}

/// Serves `service` on `transport` until the client closes its end or `shutdown` is cancelled.
///
/// At the end of input calls that still run have five seconds to be answered, and are cancelled
/// then; on `shutdown` they are cancelled at once.
pub async fn serve<T, E, A>(
    service: HistoryService,
    transport: T,
    shutdown: CancellationToken,
) -> Result<(), ServeError>
where
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let server = ConfigHistoryServer::new(service);
    let running = match server.serve_with_ct(transport, shutdown).await {
        Ok(running) => running,
        // Gone before it said anything: an end like any other.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
            return Ok(());
        }
        Err(error) => return Err(ServeError::Greeting(Box::new(error))),
    };
    let reason = running.waiting().await.map_err(ServeError::Stopped)?;
    tracing::debug!(?reason, "MCP connection ended");
    Ok(())
}

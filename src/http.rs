//! The HTTP front: the article's endpoint, streamable MCP, health; who may ask, under which name,
//! and how much. TLS is left to what stands before it.

mod access;
mod article;
mod body;
mod caller;
mod error;
mod guard;
mod health;
mod limits;
mod listener;
mod mcp;
mod metrics;
mod record;
mod settings;
mod stream;

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tokio_util::sync::CancellationToken;

pub use self::{
    access::{Access, InvalidOAuth, InvalidTokens, OAuthSettings, ResourceServer, Tokens},
    article::{ArticleAnswer, ArticlePart, ArticleRequest},
    body::MAX_BODY_BYTES,
    caller::{Caller, Deadline, Peer, TrustedHost},
    error::{ArticleFailure, HttpError, status_of},
    guard::{AllowedHosts, AllowedOrigins, InvalidName},
    listener::{ListenerSettings, serve},
    metrics::{Metrics, serve_metrics},
    settings::HttpSettings,
};
use crate::{mcp::ConfigHistoryServer, service::HistoryService};

/// What every request is answered with. Cheap to clone.
#[derive(Debug, Clone)]
struct Front(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    service: HistoryService,
    settings: HttpSettings,
    limits: limits::Limits,
    readiness: health::Readiness,
    metrics: Metrics,
    /// Cancelled when requests that still run are no longer waited for.
    stop: CancellationToken,
}

/// Returns everything that is served over `service`. `stop` ends the requests that still run.
pub fn router(
    service: HistoryService,
    settings: HttpSettings,
    metrics: Metrics,
    stop: CancellationToken,
) -> Router {
    let mount = mcp::mount(ConfigHistoryServer::new(service.clone()), stop.clone());
    let front = Front(Arc::new(Parts {
        service,
        limits: limits::Limits::of(&settings),
        settings,
        readiness: health::Readiness::default(),
        metrics,
        stop,
    }));
    // From the outside in: what is written last is met first.
    let asked = Router::new()
        .route("/", post(article::answer))
        .route_service("/mcp", mount.clone())
        .route_service("/mcp/", mount)
        .route("/readyz", get(health::ready))
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(front.clone(), limits::bound))
        .layer(from_fn(body::read))
        .layer(from_fn_with_state(front.clone(), limits::admit))
        .layer(from_fn_with_state(front.clone(), access::admit));
    let mut named = asked;
    if front.0.settings.access.oauth().is_some() {
        // Who has no token yet has to learn where to get one.
        let metadata = Router::new()
            .route(access::METADATA_PATH, get(access::metadata))
            .route(access::MCP_METADATA_PATH, get(access::metadata));
        named = metadata.merge(named);
    }
    named
        .layer(from_fn_with_state(front.clone(), guard::check))
        // Load balancers ask under an address, and learn nothing.
        .merge(Router::new().route("/healthz", get(health::alive)))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(front.clone(), record::record))
        .with_state(front)
}

//! How a caller without a good token is told where to get one (RFC 6750, RFC 9728).

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::Refusal;
use crate::{
    http::{Front, HttpSettings},
    mcp::SERVER_NAME,
};

/// Where the metadata of the whole server stands.
pub(in crate::http) const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";
/// Where the metadata of the MCP endpoint stands.
pub(in crate::http) const MCP_METADATA_PATH: &str = "/.well-known/oauth-protected-resource/mcp";

/// Returns `WWW-Authenticate` for a refusal.
pub(super) fn of(settings: &HttpSettings, refusal: &Refusal) -> String {
    if matches!(refusal, Refusal::Unsigned) {
        return "AWS4-HMAC-SHA256".to_owned();
    }
    let mut challenge = format!("Bearer realm=\"{SERVER_NAME}\"");
    let error = match refusal {
        Refusal::Unsigned | Refusal::NoToken | Refusal::Unavailable(_) => None,
        Refusal::InvalidToken(_) => Some("invalid_token"),
        Refusal::InsufficientScope(_) => Some("insufficient_scope"),
    };
    if let Some(error) = error {
        challenge.extend([format!(", error=\"{error}\"")]);
    }
    if let Some(oauth) = settings.access.oauth() {
        let base = base(settings);
        challenge.extend([format!(", resource_metadata=\"{base}{MCP_METADATA_PATH}\"")]);
        if !oauth.scopes().is_empty() {
            challenge.extend([format!(", scope=\"{}\"", oauth.scopes().join(" "))]);
        }
    }
    challenge
}

fn base(settings: &HttpSettings) -> &str {
    let url = settings.public_url.as_deref().unwrap_or_default();
    url.trim_end_matches('/')
}

/// Returns the metadata of this server as a protected resource.
pub(in crate::http) async fn metadata(State(front): State<Front>) -> Json<Value> {
    let settings = &front.0.settings;
    let oauth = settings.access.oauth();
    let (audience, issuer, scopes) = oauth.map_or(("", "", &[][..]), |oauth| {
        (oauth.audience(), oauth.issuer(), oauth.scopes())
    });
    Json(json!({
        "resource": audience,
        "authorization_servers": [issuer],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": "AWS Config history",
    }))
}

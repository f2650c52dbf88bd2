//! Who may ask: bearers of a named token, or of a token of an OAuth 2 authorization server.

mod challenge;
mod keys;
mod oauth;
mod tokens;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

pub use self::{
    oauth::{InvalidOAuth, OAuthSettings, ResourceServer},
    tokens::{InvalidTokens, Tokens},
};
pub(super) use challenge::{MCP_METADATA_PATH, METADATA_PATH, metadata};

use super::{Caller, Front, HttpError, Peer};
use crate::service::{ErrorCode, RequestNotes};

/// Who may ask. With neither tokens nor an authorization server: anybody who reaches the server.
#[derive(Debug, Default)]
pub struct Access {
    tokens: Tokens,
    oauth: Option<ResourceServer>,
    /// Whether only those may ask whom AWS has told apart by their signature.
    signed_only: bool,
}

impl Access {
    /// Admits bearers of these tokens, and of tokens that the authorization server issued.
    pub fn new(tokens: Tokens, oauth: Option<ResourceServer>) -> Self {
        Self {
            tokens,
            oauth,
            signed_only: false,
        }
    }

    /// Admits nobody but those whose signature AWS has checked, beside bearers of tokens.
    #[must_use]
    pub fn signed_only(mut self) -> Self {
        self.signed_only = true;
        self
    }

    /// Says whether anybody may ask.
    pub fn is_open(&self) -> bool {
        self.tokens.is_empty() && self.oauth.is_none() && !self.signed_only
    }

    /// Returns what checks tokens of an authorization server.
    pub fn oauth(&self) -> Option<&ResourceServer> {
        self.oauth.as_ref()
    }

    async fn caller_of(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        if self.tokens.is_empty() && self.oauth.is_none() {
            return Err(Refusal::Unsigned);
        }
        let token = bearer(headers)?;
        if let Some(name) = self.tokens.name_of(token) {
            return Ok(Caller::named(name));
        }
        match &self.oauth {
            Some(oauth) => oauth.caller_of(token).await,
            None => Err(Refusal::InvalidToken("the token is not known".to_owned())),
        }
    }
}

/// Said where only those may ask who are told apart by their signature.
const UNSIGNED: &str = "the request is not signed: this function knows no tokens, so sign with AWS \
     credentials (SigV4, service `lambda`) behind an endpoint that checks it (AWS_IAM)";

/// Why a caller is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// AWS has checked no signature, and there are no tokens that could stand in for one.
    Unsigned,
    /// There is no token.
    NoToken,
    /// The token is not good.
    InvalidToken(String),
    /// The token is good and does not grant this.
    InsufficientScope(String),
    /// It cannot be told: the authorization server does not answer.
    Unavailable(String),
}

impl Refusal {
    fn into_error(self, challenge: String) -> HttpError {
        match self {
            Self::Unsigned => {
                HttpError::new(ErrorCode::Unauthorized, UNSIGNED).challenged(challenge)
            }
            Self::NoToken => HttpError::new(ErrorCode::Unauthorized, "there is no bearer token")
                .challenged(challenge),
            Self::InvalidToken(why) => {
                HttpError::new(ErrorCode::Unauthorized, why).challenged(challenge)
            }
            Self::InsufficientScope(why) => {
                HttpError::new(ErrorCode::Forbidden, why).challenged(challenge)
            }
            Self::Unavailable(why) => HttpError::new(ErrorCode::Busy, why).retry_after(30),
        }
    }
}

/// Returns the token of a request. It is read from one header and nowhere else: addresses are
/// logged on the way.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let header = given.next().ok_or(Refusal::NoToken)?;
    let malformed = || Refusal::InvalidToken("the header Authorization is no bearer token".into());
    if given.next().is_some() {
        return Err(malformed());
    }
    let text = header.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(malformed());
    }
    Ok(token)
}

/// Admits requests of known callers, and tells who they are.
pub(super) async fn admit(
    State(front): State<Front>,
    mut request: Request,
    next: Next,
) -> Response {
    // Told by what stands before the server, which has checked a signature.
    if request.extensions().get::<Caller>().is_none() {
        let access = &front.0.settings.access;
        let caller = if access.is_open() {
            Ok(Caller::at(request.extensions().get::<Peer>().copied()))
        } else {
            access.caller_of(request.headers()).await
        };
        match caller {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
            }
            Err(refusal) => {
                let challenge = challenge::of(&front.0.settings, &refusal);
                return refusal.into_error(challenge).into_response();
            }
        }
    }
    let extensions = request.extensions();
    if let (Some(caller), Some(notes)) = (extensions.get::<Caller>(), extensions.get()) {
        RequestNotes::caller(notes, caller.name());
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_bearer_token_stands_in_one_header() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of(&["Bearer abc"]).as_deref(), Ok("abc"));
        assert_eq!(of(&["bearer  abc "]).as_deref(), Ok("abc"));
        assert_eq!(of(&[]), Err(Refusal::NoToken));
        for wrong in [
            &["Basic abc"][..],
            &["abc"],
            &["Bearer "],
            &["Bearer a", "Bearer b"],
        ] {
            assert!(
                matches!(of(wrong), Err(Refusal::InvalidToken(_))),
                "{wrong:?}"
            );
        }
    }
}

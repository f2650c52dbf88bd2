//! Checks tokens of an OAuth 2 authorization server: JWTs (RFC 9068), by its published keys.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use thiserror::Error;

use super::{Refusal, keys::Keys};
use crate::http::Caller;

/// Difference between clocks that is let pass, in seconds.
const LEEWAY: u64 = 60;
/// Signatures that are accepted: those of a key pair only. With a shared secret whoever can check
/// a token could make one.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What an operator says about the authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthSettings {
    /// Issuer, exactly as tokens have it in `iss`.
    pub issuer: String,
    /// This server as tokens have it in `aud`.
    pub audience: String,
    /// Scopes that a token has to grant, all of them.
    pub scopes: Vec<String>,
    /// Address of the keys; found through the issuer's metadata where none is given.
    pub jwks_url: Option<String>,
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidOAuth(String);

/// Checks tokens of an authorization server.
#[derive(Debug)]
pub struct ResourceServer {
    settings: OAuthSettings,
    keys: Keys,
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: Option<String>,
    client_id: Option<String>,
    azp: Option<String>,
    scope: Option<Scopes>,
    scp: Option<Scopes>,
}

/// Scopes as servers write them: one text, or a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scopes {
    Text(String),
    List(Vec<String>),
}

impl Scopes {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::Text(text) => text.split_ascii_whitespace().any(|scope| scope == wanted),
            Self::List(list) => list.iter().any(|scope| scope == wanted),
        }
    }
}

impl ResourceServer {
    /// Returns what checks tokens. Contacts nobody: keys are fetched with the first token.
    pub fn new(settings: OAuthSettings) -> Result<Self, InvalidOAuth> {
        let keys = Keys::new(&settings.issuer, settings.jwks_url.as_deref())
            .map_err(|error| InvalidOAuth(error.to_string()))?;
        Ok(Self { settings, keys })
    }

    /// Returns this server as tokens name it.
    pub fn audience(&self) -> &str {
        &self.settings.audience
    }

    /// Returns the issuer.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Returns the scopes that a token has to grant.
    pub fn scopes(&self) -> &[String] {
        &self.settings.scopes
    }

    /// Returns the bearer of a token.
    pub(super) async fn caller_of(&self, token: &str) -> Result<Caller, Refusal> {
        // What the header says is not believed; it picks the key.
        let header = decode_header(token)
            .map_err(|_| Refusal::InvalidToken("the token is not known, and is no JWT".into()))?;
        if !ALGORITHMS.contains(&header.alg) {
            let why = format!("the token is signed by {:?}", header.alg);
            return Err(Refusal::InvalidToken(why));
        }
        if !is_access_token(header.typ.as_deref()) {
            let why = "the token is none for access (header typ)";
            return Err(Refusal::InvalidToken(why.to_owned()));
        }
        if header.crit.is_some() {
            let why = "the token demands what is not known here (header crit)";
            return Err(Refusal::InvalidToken(why.to_owned()));
        }
        let found = self.keys.find(header.kid.as_deref(), header.alg).await?;
        let claims = self.check(token, header.alg, &found)?;
        let missing = self.settings.scopes.iter().find(|wanted| {
            let granted = [&claims.scope, &claims.scp];
            !granted
                .into_iter()
                .flatten()
                .any(|scopes| scopes.has(wanted))
        });
        if let Some(scope) = missing {
            return Err(Refusal::InsufficientScope(format!(
                "the token does not grant the scope {scope}"
            )));
        }
        let name = claims.sub.or(claims.client_id).or(claims.azp);
        // A name of its own kind: nobody can be who has a token of the operator.
        let name = name.as_deref().unwrap_or("bearer");
        Ok(Caller::named(&format!("oauth:{name}")))
    }

    fn check(
        &self,
        token: &str,
        algorithm: Algorithm,
        key: &DecodingKey,
    ) -> Result<Claims, Refusal> {
        let mut wanted = Validation::new(algorithm);
        wanted.leeway = LEEWAY;
        wanted.validate_nbf = true;
        wanted.set_required_spec_claims(&["exp", "iss", "aud"]);
        wanted.set_issuer(&[&self.settings.issuer]);
        wanted.set_audience(&[&self.settings.audience]);
        decode::<Claims>(token, key, &wanted)
            .map(|read| read.claims)
            .map_err(|error| Refusal::InvalidToken(format!("the token is not good: {error}")))
    }
}

/// Says whether a token's type is that of an access token (RFC 9068), or says nothing: identity and
/// logout tokens of the same issuer name other types, where they name one.
fn is_access_token(kind: Option<&str>) -> bool {
    let Some(kind) = kind else {
        return true;
    };
    let kind = kind.to_ascii_lowercase();
    ["at+jwt", "jwt"].contains(&kind.strip_prefix("application/").unwrap_or(&kind))
}

//! Keys of an authorization server: fetched when they are needed, kept while they hold.

use std::{net::IpAddr, sync::Arc, time::Duration};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{Jwk, PublicKeyUse},
};
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;
use tokio::{sync::Mutex, time::Instant};

use super::Refusal;

/// How long keys are used before they are fetched again.
const HOLD: Duration = Duration::from_mins(10);
/// How often they are fetched at most, whatever tokens say.
const PAUSE: Duration = Duration::from_secs(20);
/// How long the authorization server may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer of the authorization server at most.
const MAX_BYTES: usize = 256 << 10;

/// Why the keys' address is of no use.
#[derive(Debug, Error)]
pub(super) enum InvalidKeys {
    #[error("the {what} has to be https://HOST[/PATH]; http only for this machine")]
    Url { what: &'static str },
    #[error("no HTTPS client can be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// The keys of one authorization server.
#[derive(Debug)]
pub(super) struct Keys {
    client: Client,
    issuer: Url,
    named: Option<Url>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    keys: Arc<Vec<Jwk>>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Keys {
    pub(super) fn new(issuer: &str, named: Option<&str>) -> Result<Self, InvalidKeys> {
        Ok(Self {
            client: Client::builder()
                .timeout(PATIENCE)
                .redirect(Policy::none())
                .user_agent(concat!("config-history/", env!("CARGO_PKG_VERSION")))
                .build()?,
            issuer: safe_url(issuer, "issuer")?,
            named: named
                .map(|url| safe_url(url, "address of the keys"))
                .transpose()?,
            held: Mutex::default(),
        })
    }

    /// Returns the key that a token says it is signed with.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, Refusal> {
        let mut held = self.held.lock().await;
        let is_old = held.fetched.is_none_or(|at| at.elapsed() > HOLD);
        let known = pick(&held.keys, id, algorithm);
        // A key that is not known may be new; tokens that are made up must not have us ask for ever.
        let may_try = held.tried.is_none_or(|at| at.elapsed() > PAUSE);
        if may_try && (is_old || known.is_none()) {
            held.tried = Some(Instant::now());
            match self.fetch().await {
                Ok(keys) => {
                    held.keys = Arc::new(keys);
                    held.fetched = Some(Instant::now());
                }
                Err(why) => {
                    tracing::warn!(
                        why,
                        "the keys of the authorization server cannot be fetched"
                    );
                }
            }
        }
        if held.fetched.is_none() {
            let why = "the authorization server's keys cannot be fetched";
            return Err(Refusal::Unavailable(why.to_owned()));
        }
        let keys = Arc::clone(&held.keys);
        drop(held);
        let key = pick(&keys, id, algorithm)
            .ok_or_else(|| Refusal::InvalidToken("the token's key is not known".to_owned()))?;
        DecodingKey::from_jwk(key)
            .map_err(|_| Refusal::InvalidToken("the token's key cannot be used".to_owned()))
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, String> {
        let url = match &self.named {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let set: Set = self.get(url).await?;
        // A key of a kind that is not known here must not hide the others.
        let keys = set.keys.into_iter();
        Ok(keys
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect())
    }

    /// Finds the keys' address in the issuer's metadata (RFC 8414, `OpenID` Connect Discovery).
    async fn discover(&self) -> Result<Url, String> {
        let path = self.issuer.path().trim_end_matches('/');
        let places = [
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("{path}/.well-known/openid-configuration"),
        ];
        let mut why = String::new();
        for place in places {
            let mut url = self.issuer.clone();
            url.set_path(&place);
            match self.get::<Metadata>(url).await {
                // Whose metadata it is decides: another's keys would let another in.
                Ok(found) if is_same(&found.issuer, self.issuer.as_str()) => {
                    return safe_url(&found.jwks_uri, "jwks_uri").map_err(|e| e.to_string());
                }
                Ok(_) => "the metadata names another issuer".clone_into(&mut why),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, String> {
        let shown = url.to_string();
        let failed = |why: String| format!("{shown}: {why}");
        let asked = self.client.get(url).send().await;
        let mut response = asked
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| failed(error.without_url().to_string()))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failed(error.without_url().to_string()))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                return Err(failed("the answer is too long".to_owned()));
            }
        }
        serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))
    }
}

/// A set of keys, each of any kind.
#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

fn is_same(a: &str, b: &str) -> bool {
    a.trim_end_matches('/') == b.trim_end_matches('/')
}

/// Returns the key of this id that is there to check signatures of this kind; where a token names
/// no key, the only one that fits.
fn pick<'k>(keys: &'k [Jwk], id: Option<&str>, algorithm: Algorithm) -> Option<&'k Jwk> {
    let fits = |key: &&Jwk| {
        let for_signatures = !matches!(
            key.common.public_key_use,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
        );
        let of_kind = key
            .common
            .key_algorithm
            .is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
        for_signatures && of_kind
    };
    let mut fitting = keys.iter().filter(fits);
    match id {
        Some(id) => fitting.find(|key| key.common.key_id.as_deref() == Some(id)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

/// Reads an address to which a question may go: over TLS, unless it stays on this machine.
fn safe_url(text: &str, what: &'static str) -> Result<Url, InvalidKeys> {
    let url = Url::parse(text).map_err(|_| InvalidKeys::Url { what })?;
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_safe = match url.scheme() {
        "https" => !host.is_empty(),
        "http" => is_here,
        _ => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if is_safe && is_plain {
        Ok(url)
    } else {
        Err(InvalidKeys::Url { what })
    }
}

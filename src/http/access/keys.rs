//! Keys of an authorization server: fetched when they are needed, kept while they hold.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{Jwk, PublicKeyUse},
};
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;
use tokio::{sync::watch, time::Instant};

use super::Refusal;
use crate::domain::is_this_machine;

/// How long keys are used before they are fetched again.
const HOLD: Duration = Duration::from_mins(10);
/// How long they are used at most while the authorization server does not answer: a key that it has
/// withdrawn lets nobody in for longer.
const LONGEST_HOLD: Duration = Duration::from_hours(1);
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
pub(super) struct Keys(Arc<Server>);

#[derive(Debug)]
struct Server {
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
    /// Changes when a fetch has ended.
    fetching: Option<watch::Receiver<bool>>,
}

impl Held {
    /// Returns the keys that may still be used.
    fn usable(&self) -> Option<Arc<Vec<Jwk>>> {
        let fetched = self.fetched?;
        (fetched.elapsed() < LONGEST_HOLD).then(|| Arc::clone(&self.keys))
    }
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Keys {
    pub(super) fn new(issuer: &str, named: Option<&str>) -> Result<Self, InvalidKeys> {
        let issuer = safe_url(issuer, "issuer")?;
        if issuer.query().is_some() {
            return Err(InvalidKeys::Url { what: "issuer" });
        }
        Ok(Self(Arc::new(Server {
            client: Client::builder()
                .timeout(PATIENCE)
                .redirect(Policy::none())
                .user_agent(concat!("config-history/", env!("CARGO_PKG_VERSION")))
                .build()?,
            issuer,
            named: named
                .map(|url| safe_url(url, "address of the keys"))
                .transpose()?,
            held: Mutex::default(),
        })))
    }

    /// Returns the key that a token says it is signed with. Nobody whose key is known waits for
    /// the authorization server.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, Refusal> {
        let known = |keys: &[Jwk]| pick(keys, id, algorithm).map(DecodingKey::from_jwk);
        let (found, fetching) = self.look(known);
        let found = match (found, fetching) {
            (None, Some(mut fetching)) => {
                // Whether it ended or its task died: what is held now decides.
                drop(fetching.wait_for(|ended| *ended).await);
                self.look(known).0
            }
            (found, _) => found,
        };
        let refused = |why: &str| Refusal::InvalidToken(why.to_owned());
        match found {
            Some(Ok(key)) => Ok(key),
            Some(Err(_)) => Err(refused("the token's key cannot be used")),
            None if self.0.held().usable().is_some() => {
                Err(refused("the token's key is not known"))
            }
            None => Err(Refusal::Unavailable(
                "the authorization server's keys cannot be fetched".to_owned(),
            )),
        }
    }

    /// Looks among the keys held; has them fetched where they are old or do not have the one
    /// looked for, and says what to wait for then.
    fn look<T>(
        &self,
        known: impl Fn(&[Jwk]) -> Option<T>,
    ) -> (Option<T>, Option<watch::Receiver<bool>>) {
        let mut held = self.0.held();
        let found = held.usable().and_then(|keys| known(&keys));
        let is_old = held.fetched.is_none_or(|at| at.elapsed() > HOLD);
        // A key that is not known may be new; tokens that are made up must not have us ask for ever.
        let may_try = held.tried.is_none_or(|at| at.elapsed() > PAUSE);
        if may_try && (is_old || found.is_none()) {
            held.tried = Some(Instant::now());
            let (ended, fetching) = watch::channel(false);
            held.fetching = Some(fetching);
            let server = Arc::clone(&self.0);
            // In a task of its own: a caller who goes away must not end what others wait for.
            tokio::spawn(async move {
                server.refresh().await;
                ended.send_replace(true);
            });
        }
        let fetching = held.fetching.clone();
        (found, fetching.filter(|fetching| !*fetching.borrow()))
    }
}

impl Server {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn refresh(&self) {
        match self.fetch().await {
            Ok(keys) => {
                let mut held = self.held();
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
    let is_safe = match url.scheme() {
        "https" => !host.is_empty(),
        "http" => is_this_machine(host),
        _ => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none();
    if is_safe && is_plain {
        Ok(url)
    } else {
        Err(InvalidKeys::Url { what })
    }
}

//! Where a model is asked, and what says who asks.

use std::borrow::Cow;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::{ClaudeError, ClaudeErrorKind, ClaudeSettings, Credential, Route, Secret};
use crate::aws::{AwsClients, AwsError, AwsErrorKind};

const ANTHROPIC: &str = "https://api.anthropic.com";
/// Name that a signature for Bedrock's Messages endpoint is made out to.
const SIGNED_FOR: &str = "bedrock-mantle";
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// Version of the API that bodies and answers are written in.
const VERSION_USED: HeaderValue = HeaderValue::from_static("2026-10-21");

/// Returns the model as the route names it.
pub(super) fn model_name(settings: &ClaudeSettings) -> String {
    let model = &settings.model;
    match settings.route {
        Route::Bedrock { .. } if !model.contains("anthropic.") && !model.starts_with("arn:") => {
            format!("anthropic.{model}")
        }
        _ => model.clone(),
    }
}

/// Sees that the settings can make a request at all.
pub(super) fn check(settings: &ClaudeSettings) -> Result<(), ClaudeError> {
    if settings.model.trim().is_empty() {
        return Err(ClaudeError::new(
            ClaudeErrorKind::InvalidRequest,
            "no model is named",
        ));
    }
    let base = match &settings.route {
        Route::Anthropic { base_url, .. } | Route::Bedrock { base_url, .. } => base_url,
    };
    if let Some(base) = base {
        url(base, "")?;
    }
    secret(settings).map_or(Ok(()), |secret| header(secret.expose()).map(drop))
}

/// Returns the key or token, where the route has one.
pub(super) fn secret(settings: &ClaudeSettings) -> Option<&Secret> {
    match &settings.route {
        Route::Anthropic { credential, .. } => match credential {
            Credential::ApiKey(secret) | Credential::Bearer(secret) => Some(secret),
        },
        Route::Bedrock { bearer, .. } => bearer.as_ref(),
    }
}

/// Returns the AWS credentials that sign, where the route has its requests signed.
pub(super) fn signer(settings: &ClaudeSettings) -> Option<&AwsClients> {
    match &settings.route {
        Route::Bedrock {
            bearer: None, aws, ..
        } => Some(aws),
        _ => None,
    }
}

/// Says whether the route is Amazon Bedrock.
pub(super) fn is_bedrock(settings: &ClaudeSettings) -> bool {
    matches!(settings.route, Route::Bedrock { .. })
}

/// Returns the address of a path below `/v1/`.
pub(super) async fn address(settings: &ClaudeSettings, path: &str) -> Result<Url, ClaudeError> {
    let base: Cow<'_, str> = match &settings.route {
        Route::Anthropic { base_url, .. } => base_url.as_deref().unwrap_or(ANTHROPIC).into(),
        Route::Bedrock {
            base_url: Some(base),
            ..
        } => base.into(),
        Route::Bedrock { aws, .. } => {
            let region = aws.region().await.map_err(|error| from_aws(&error))?;
            format!("https://bedrock-mantle.{region}.api.aws/anthropic").into()
        }
    };
    url(&base, path)
}

fn url(base: &str, path: &str) -> Result<Url, ClaudeError> {
    let wrong = |message: &str| ClaudeError::new(ClaudeErrorKind::InvalidRequest, message);
    let base = base.trim_end_matches('/');
    let base = base.strip_suffix("/v1").unwrap_or(base);
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let Some(parsed) = Url::parse(base).ok().filter(is_web) else {
        return Err(wrong(
            "the model's base URL is no address; give one such as https://api.anthropic.com",
        ));
    };
    // It would be shown wherever the address is.
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(wrong(
            "the model's base URL holds a name or a password; give it without, and the key by \
             itself",
        ));
    }
    Url::parse(&format!("{base}/v1/{path}"))
        .map_err(|_| wrong("the model's base URL is no address"))
}

/// Returns the headers of a request, with those that say who asks.
pub(super) async fn headers(
    settings: &ClaudeSettings,
    method: &str,
    url: &Url,
    body: &[u8],
) -> Result<HeaderMap, ClaudeError> {
    let mut headers = HeaderMap::new();
    headers.insert(VERSION, VERSION_USED);
    if !body.is_empty() {
        let json = HeaderValue::from_static("application/json");
        headers.insert(reqwest::header::CONTENT_TYPE, json);
    }
    match &settings.route {
        Route::Anthropic {
            credential: Credential::ApiKey(key),
            ..
        } => {
            headers.insert(API_KEY, header(key.expose())?);
        }
        Route::Anthropic {
            credential: Credential::Bearer(token),
            ..
        }
        | Route::Bedrock {
            bearer: Some(token),
            ..
        } => {
            headers.insert(
                AUTHORIZATION,
                header(&format!("Bearer {}", token.expose()))?,
            );
        }
        Route::Bedrock {
            bearer: None, aws, ..
        } => sign(aws, method, url, body, &mut headers).await?,
    }
    Ok(headers)
}

async fn sign(
    aws: &AwsClients,
    method: &str,
    url: &Url,
    body: &[u8],
    headers: &mut HeaderMap,
) -> Result<(), ClaudeError> {
    let given: Vec<(&str, &str)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let signed = aws
        .sign(SIGNED_FOR, method, url.as_str(), &given, body)
        .await
        .map_err(|error| from_aws(&error))?;
    for (name, value) in signed {
        let name = HeaderName::try_from(name).map_err(|_| no_header())?;
        headers.insert(name, header(&value)?);
    }
    Ok(())
}

fn header(secret: &str) -> Result<HeaderValue, ClaudeError> {
    if secret.trim().is_empty() {
        return Err(ClaudeError::new(
            ClaudeErrorKind::NoCredentials,
            "the key for the model is empty",
        ));
    }
    let mut value = HeaderValue::from_str(secret).map_err(|_| no_header())?;
    value.set_sensitive(true);
    Ok(value)
}

fn no_header() -> ClaudeError {
    ClaudeError::new(
        ClaudeErrorKind::NoCredentials,
        "the key for the model has characters that no key has; copy it again, in one line",
    )
}

/// Words that a signature could not be made.
fn from_aws(error: &AwsError) -> ClaudeError {
    let kind = match error.kind() {
        AwsErrorKind::Unavailable | AwsErrorKind::Throttled => ClaudeErrorKind::Network,
        _ => ClaudeErrorKind::NoCredentials,
    };
    ClaudeError::new(kind, error.to_string())
}

/// Returns a name for whom limits count: the same for all processes that ask with the same key,
/// and none that the key could be told from.
pub(super) fn account(settings: &ClaudeSettings) -> String {
    let (route, base) = match &settings.route {
        Route::Anthropic { base_url, .. } => ("anthropic", base_url),
        Route::Bedrock { base_url, .. } => ("bedrock", base_url),
    };
    let mut hash = Sha256::new();
    hash.update(base.as_deref().unwrap_or_default());
    hash.update([0]);
    hash.update(secret(settings).map_or("", Secret::expose));
    let hash = hash.finalize();
    let hash = hash
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{route}-{hash:016x}-{}", model_name(settings))
}

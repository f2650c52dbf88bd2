//! What a user says about the model.

use std::{fmt, path::PathBuf, time::Duration};

use crate::aws::AwsClients;

/// A key or token: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the secret itself, for a header and nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a caller proves who it is at Anthropic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// `x-api-key`.
    ApiKey(Secret),
    /// `Authorization: Bearer`.
    Bearer(Secret),
}

/// Where the model is asked.
#[derive(Debug, Clone)]
pub enum Route {
    /// Anthropic's own API.
    Anthropic {
        /// Address without `/v1`; Anthropic's own where none is given.
        base_url: Option<String>,
        /// Key or token.
        credential: Credential,
    },
    /// Amazon Bedrock's Messages endpoint.
    Bedrock {
        /// Address up to and without `/v1`; the Region's own where none is given.
        base_url: Option<String>,
        /// A Bedrock key (`AWS_BEARER_TOKEN_BEDROCK`) in place of a signature.
        bearer: Option<Secret>,
        /// Credentials and Region for signatures.
        aws: AwsClients,
    },
}

/// What a user says about the model.
#[derive(Debug, Clone)]
pub struct ClaudeSettings {
    /// Where it is asked.
    pub route: Route,
    /// Model id; on Bedrock an id without `anthropic.` gets it.
    pub model: String,
    /// Tokens of an answer at most.
    pub max_output_tokens: u32,
    /// Longest time for a call with its waits and retries.
    pub timeout: Duration,
    /// Limits that all processes of the user share.
    pub governor: GovernorSettings,
}

/// Limits that all processes of the user on this machine share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GovernorSettings {
    /// Folder of the shared state; `None`: this process alone.
    pub folder: Option<PathBuf>,
    /// Requests a minute; learned from the provider where not given.
    pub requests_per_minute: Option<u64>,
    /// Input tokens a minute; learned from the provider where not given.
    pub input_tokens_per_minute: Option<u64>,
    /// Output tokens a minute; learned from the provider where not given.
    pub output_tokens_per_minute: Option<u64>,
    /// Tokens a day (UTC), input and output.
    pub tokens_per_day: Option<u64>,
    /// Micro-dollars a day (UTC).
    pub micros_per_day: Option<u64>,
    /// Longest wait for a turn; a caller whose turn comes later is told when.
    pub longest_wait: Duration,
}

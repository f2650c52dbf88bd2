//! What a user says about credentials, Region and endpoint, and the configuration it makes.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};

use super::{AwsError, AwsErrorKind};

/// Longest time for one attempt of a call; the SDK itself would wait for ever.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest time for a call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);
/// Attempts of a call.
const ATTEMPTS: u32 = 5;

/// What a user says about AWS; what is not said comes from the environment and the profile, as
/// with the AWS CLI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsSettings {
    /// Profile of the shared configuration; beats keys in the environment.
    pub profile: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Endpoint of all services.
    pub endpoint_url: Option<String>,
    /// Role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// External id that the role asks for.
    pub external_id: Option<String>,
}

impl AwsSettings {
    /// Finds credentials and Region. Contacts nothing but what the profile names.
    pub(super) async fn load(&self) -> Result<SdkConfig, AwsError> {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(AwsError::new(
                AwsErrorKind::Region,
                "no AWS Region is set: pass --aws-region or set AWS_REGION",
            ));
        }
        Ok(config)
    }
}

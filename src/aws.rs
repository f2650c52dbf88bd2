//! The one place that makes clients of AWS services: credentials, Region, endpoint, time limits,
//! and the words for what fails.
//!
//! Nothing is contacted, and no file is read, before the first client is asked for.

mod bucket;
mod chain;
mod codes;
mod credentials;
mod describe;
mod environment;
mod error;
mod limits;
mod load;
mod profile;
mod retry;
mod settings;
mod sign;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

pub use bucket::{Bucket, BucketFolder, BucketObject, ObjectStream};
pub use codes::is_expired;
pub use describe::describe;
pub use environment::AwsEnvironment;
pub use error::{AwsError, AwsErrorKind};
pub use retry::retry_read;
pub use settings::AwsSettings;

use load::{Loaded, Source};

/// Makes clients, all from one configuration. Cheap to clone; clones share the credentials.
#[derive(Debug, Clone)]
pub struct AwsClients {
    source: Arc<Source>,
    loaded: Arc<OnceCell<Loaded>>,
    signing: Arc<sign::Kept>,
}

impl AwsClients {
    /// Returns clients with these settings. Contacts nothing, reads nothing.
    pub fn new(settings: AwsSettings) -> Self {
        Self::from_source(Source::new(settings))
    }

    fn from_source(source: Source) -> Self {
        Self {
            source: Arc::new(source),
            loaded: Arc::default(),
            signing: Arc::default(),
        }
    }

    /// Returns a client of Amazon Athena.
    pub async fn athena(&self) -> Result<aws_sdk_athena::Client, AwsError> {
        Ok(aws_sdk_athena::Client::new(self.config().await?))
    }

    /// Returns a client of the AWS Glue Data Catalog.
    pub async fn glue(&self) -> Result<aws_sdk_glue::Client, AwsError> {
        Ok(aws_sdk_glue::Client::new(self.config().await?))
    }

    /// Returns a client of Amazon S3.
    pub async fn s3(&self) -> Result<aws_sdk_s3::Client, AwsError> {
        Ok(aws_sdk_s3::Client::from_conf(
            self.s3_config().await?.build(),
        ))
    }

    /// Returns a client of Amazon S3 in a Region.
    async fn s3_in(&self, region: String) -> Result<aws_sdk_s3::Client, AwsError> {
        let config = self.s3_config().await?;
        let config = config.region(aws_sdk_s3::config::Region::new(region));
        Ok(aws_sdk_s3::Client::from_conf(config.build()))
    }

    async fn s3_config(&self) -> Result<aws_sdk_s3::config::Builder, AwsError> {
        let loaded = self.loaded().await?;
        let config = aws_sdk_s3::config::Builder::from(&loaded.config);
        Ok(config.force_path_style(loaded.has_s3_endpoint()))
    }

    /// Returns a client of the AWS Security Token Service.
    pub async fn sts(&self) -> Result<aws_sdk_sts::Client, AwsError> {
        Ok(aws_sdk_sts::Client::new(self.config().await?))
    }

    /// Returns the Region that clients are made for.
    pub async fn region(&self) -> Result<String, AwsError> {
        let region = self.config().await?.region();
        Ok(region.map(ToString::to_string).unwrap_or_default())
    }

    /// Drops what is known of the credentials, so that the next call looks for them again: in the
    /// environment, the profile's files, the SSO cache. Clients that were handed out follow.
    pub fn forget_credentials(&self) {
        self.signing.forget();
        if let Some(loaded) = self.loaded.get() {
            loaded.forget_credentials();
        }
    }

    async fn config(&self) -> Result<&SdkConfig, AwsError> {
        Ok(&self.loaded().await?.config)
    }

    async fn loaded(&self) -> Result<&Loaded, AwsError> {
        self.loaded.get_or_try_init(|| self.source.load()).await
    }
}

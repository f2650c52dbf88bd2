//! The one place that makes clients of AWS services: credentials, Region, endpoint, time limits.
//!
//! Nothing is contacted, and no file is read, before the first client is asked for.

mod error;
mod settings;

use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

pub use error::{AwsError, AwsErrorKind, describe, retry_read};
pub use settings::AwsSettings;

/// Makes clients, all from one configuration. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AwsClients {
    settings: AwsSettings,
    config: Arc<OnceCell<SdkConfig>>,
}

impl AwsClients {
    /// Returns clients with these settings. Contacts nothing.
    pub fn new(settings: AwsSettings) -> Self {
        Self {
            settings,
            config: Arc::default(),
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
        Ok(aws_sdk_s3::Client::new(self.config().await?))
    }

    async fn config(&self) -> Result<&SdkConfig, AwsError> {
        self.config.get_or_try_init(|| self.settings.load()).await
    }
}

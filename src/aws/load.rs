//! From settings to the configuration that clients are made of.

use std::sync::Arc;

use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::service_config::ServiceConfigKey;

use super::{
    AwsError, AwsErrorKind, AwsSettings,
    credentials::{FreshCache, Recipe, RenewedCredentials},
    limits::Limits,
    profile,
};

/// Everything that a configuration is made from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) settings: AwsSettings,
    pub(super) limits: Limits,
    /// Files that profiles are read from; the user's, but for tests.
    pub(super) files: EnvConfigFiles,
}

impl Source {
    pub(super) fn new(settings: AwsSettings) -> Self {
        Self {
            settings,
            limits: Limits::default(),
            files: EnvConfigFiles::default(),
        }
    }

    /// Finds Region and endpoint, and says where credentials will come from.
    pub(super) async fn load(&self) -> Result<Loaded, AwsError> {
        let settings = &self.settings;
        let from_environment = settings.environment.profile.as_deref();
        profile::check(&self.files, settings.profile.as_deref(), from_environment).await?;
        self.warn_of_keys_and_profile();
        let config = self.loader().load().await;
        if config.region().is_none() {
            return Err(no_region());
        }
        let recipe = Recipe::new(self.clone(), config.clone());
        let credentials = Arc::new(RenewedCredentials::new(recipe));
        let cache = FreshCache::default();
        let provider: Arc<dyn ProvideCredentials> = Arc::<RenewedCredentials>::clone(&credentials);
        let config = config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .identity_cache(cache.clone())
            .build();
        Ok(Loaded {
            config,
            credentials,
            cache,
        })
    }

    /// Leaves what nobody said to the SDK: Region, endpoints, FIPS and dual stack from the
    /// environment and the profile.
    fn loader(&self) -> ConfigLoader {
        let settings = &self.settings;
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .timeout_config(self.limits.timeouts())
            .retry_config(self.limits.retries())
            .profile_files(self.files.clone())
            .no_credentials();
        if let Some(name) = &settings.profile {
            loader = loader.profile_name(name);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        loader
    }

    /// People who set a profile and keys mean one of them; which one was taken must not be a
    /// riddle.
    fn warn_of_keys_and_profile(&self) {
        let environment = &self.settings.environment;
        if !environment.access_key_set {
            return;
        }
        if let Some(profile) = &self.settings.profile {
            tracing::warn!(
                "AWS_ACCESS_KEY_ID is set but passed over: --profile {profile} was asked for"
            );
        } else if let Some(profile) = &environment.profile {
            tracing::warn!(
                "AWS_PROFILE={profile} is passed over: AWS_ACCESS_KEY_ID is set; to take the \
                 profile pass --profile {profile}"
            );
        }
    }
}

/// Words that no Region is set.
pub(super) fn no_region() -> AwsError {
    AwsError::new(AwsErrorKind::Region, "no AWS Region is set")
        .with_remedy("pass --aws-region, set AWS_REGION or run `aws configure set region`")
}

/// A configuration with its credentials.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: SdkConfig,
    credentials: Arc<RenewedCredentials>,
    cache: FreshCache,
}

impl Loaded {
    pub(super) fn forget_credentials(&self) {
        self.credentials.forget();
        self.cache.forget();
    }

    /// Says whether S3 is asked at an address that somebody named. Such a place, `localhost`
    /// above all, seldom has a name for each bucket.
    pub(super) fn has_s3_endpoint(&self) -> bool {
        let named_for_s3 = || {
            let key = ServiceConfigKey::builder()
                .service_id("S3")
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build()
                .ok()?;
            self.config.service_config()?.load_config(key)
        };
        self.config.endpoint_url().is_some() || named_for_s3().is_some()
    }
}

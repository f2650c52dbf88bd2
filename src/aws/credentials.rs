//! Where credentials come from, and how they are found again.
//!
//! The SDK's own providers read the profile once and, when that failed, go on failing ("…
//! initialization error already taken"). A server lives longer than a login, so here a provider
//! that failed, or whose credentials a service called expired, is made anew.

mod failure;

use std::sync::{Arc, PoisonError, RwLock};

use aws_config::{
    SdkConfig, default_provider::credentials::DefaultCredentialsChain, identity::IdentityCache,
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
    sts::AssumeRoleProvider,
};
use aws_credential_types::provider::{
    ProvideCredentials, Result as Provided, SharedCredentialsProvider, error::CredentialsError,
    future,
};
use aws_sdk_sts::config::{ConfigBag, RuntimeComponents};
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};

use super::{AwsError, chain, load::Source, profile};

/// How a provider is made.
#[derive(Debug)]
pub(super) struct Recipe {
    source: Source,
    /// Region, endpoint and limits; without credentials.
    config: SdkConfig,
}

impl Recipe {
    pub(super) fn new(source: Source, config: SdkConfig) -> Self {
        Self { source, config }
    }

    async fn provider(&self) -> SharedCredentialsProvider {
        let base = self.base().await;
        let settings = &self.source.settings;
        let Some(arn) = &settings.role_arn else {
            return base;
        };
        let mut role = AssumeRoleProvider::builder(arn).configure(&self.config);
        if let Some(id) = &settings.external_id {
            role = role.external_id(id);
        }
        if let Some(name) = &settings.role_session_name {
            role = role.session_name(name);
        }
        SharedCredentialsProvider::new(role.build_from_provider(base).await)
    }

    /// A profile that a flag names gets a provider of its own: in the SDK's chain, keys of the
    /// environment would beat it.
    async fn base(&self) -> SharedCredentialsProvider {
        let provider_config = ProviderConfig::without_region()
            .with_region(self.config.region().cloned())
            .with_use_fips(self.config.use_fips())
            .with_use_dual_stack(self.config.use_dual_stack())
            .with_retry_config(self.source.limits.retries())
            .with_timeout_config(self.source.limits.timeouts());
        match &self.source.settings.profile {
            Some(name) => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder()
                    .configure(&provider_config)
                    .profile_files(self.source.files.clone())
                    .profile_name(name)
                    .build(),
            ),
            None => SharedCredentialsProvider::new(
                DefaultCredentialsChain::builder()
                    .configure(provider_config)
                    .region(self.config.region().cloned())
                    .build()
                    .await,
            ),
        }
    }

    async fn word(&self, error: &CredentialsError) -> AwsError {
        let settings = &self.source.settings;
        let flag = settings.profile.as_deref();
        let name = flag.or(settings.environment.profile.as_deref());
        // Keys of the environment stand before a profile that only the environment names.
        let login = if flag.is_none() && settings.environment.access_key_set {
            None
        } else {
            profile::sso_login(&self.source.files, name).await
        };
        failure::word(error, flag, login.as_deref())
    }
}

/// Credentials from a provider that is made when it is needed, and made anew when it failed.
#[derive(Debug)]
pub(super) struct RenewedCredentials {
    recipe: Recipe,
    current: RwLock<Option<SharedCredentialsProvider>>,
}

impl RenewedCredentials {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            current: RwLock::default(),
        }
    }

    pub(super) fn forget(&self) {
        self.put(None);
    }

    async fn load(&self) -> Provided {
        let provider = if let Some(current) = self.get() {
            current
        } else {
            let made = self.recipe.provider().await;
            self.put(Some(made.clone()));
            made
        };
        match provider.provide_credentials().await {
            Ok(credentials) => Ok(credentials),
            Err(error) => {
                self.forget();
                tracing::debug!("no AWS credentials: {}", chain::texts(&error));
                Err(CredentialsError::provider_error(
                    self.recipe.word(&error).await,
                ))
            }
        }
    }

    fn get(&self) -> Option<SharedCredentialsProvider> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, provider: Option<SharedCredentialsProvider>) {
        let current = self.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = provider;
    }
}

impl ProvideCredentials for RenewedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

/// The SDK's cache of credentials, which cannot be emptied, and can be replaced here. Clones are
/// one cache.
#[derive(Debug, Clone)]
pub(super) struct FreshCache {
    current: Arc<RwLock<SharedIdentityCache>>,
}

impl Default for FreshCache {
    fn default() -> Self {
        Self {
            current: Arc::new(RwLock::new(IdentityCache::lazy().build())),
        }
    }
}

impl FreshCache {
    pub(super) fn forget(&self) {
        let current = self.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = IdentityCache::lazy().build();
    }
}

impl ResolveCachedIdentity for FreshCache {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let current = self.current.read();
        let cache = current.unwrap_or_else(PoisonError::into_inner).clone();
        IdentityFuture::new(async move {
            cache
                .resolve_cached_identity(resolver, components, config)
                .await
        })
    }
}

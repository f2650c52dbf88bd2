//! Signatures for requests that no client of the SDK makes. Credentials stay in this module: what
//! comes out is headers.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_sigv4::{
    http_request::{self, SignableBody, SignableRequest, SigningSettings},
    sign::v4,
};

use super::{AwsClients, AwsError, AwsErrorKind, chain};

/// How long before their end credentials are no longer used, as in the SDK's own cache.
const BEFORE_EXPIRY: Duration = Duration::from_secs(10);
/// How long credentials without an end are kept: another program may renew the file they are in.
const KEPT: Duration = Duration::from_mins(15);

/// Credentials that signed before. Finding them anew may ask STS or SSO each time.
#[derive(Debug, Default)]
pub(super) struct Kept {
    current: Mutex<Option<(Credentials, SystemTime)>>,
}

impl Kept {
    pub(super) fn forget(&self) {
        self.put(None);
    }

    fn get(&self, now: SystemTime) -> Option<Credentials> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (credentials, until) = current.as_ref()?;
        (now < *until).then(|| credentials.clone())
    }

    fn put(&self, kept: Option<(Credentials, SystemTime)>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

impl AwsClients {
    /// Returns the headers that sign a request by Signature Version 4, in the Region that clients
    /// are made for. `headers` are those of the request that the signature is to cover.
    pub async fn sign(
        &self,
        service: &str,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, AwsError> {
        let now = SystemTime::now();
        let region = self.region().await?;
        let identity = self.signing_credentials(now).await?.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(service)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| not_signed(&error))?
            .into();
        let headers = headers.iter().copied();
        let request = SignableRequest::new(method, url, headers, SignableBody::Bytes(body))
            .map_err(|error| not_signed(&error))?;
        let signed = http_request::sign(request, &params).map_err(|error| not_signed(&error))?;
        let (signed, _) = signed.into_parts();
        Ok(signed
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    async fn signing_credentials(&self, now: SystemTime) -> Result<Credentials, AwsError> {
        if let Some(credentials) = self.signing.get(now) {
            return Ok(credentials);
        }
        let provider = self.config().await?.credentials_provider();
        let Some(provider) = provider else {
            let message = "no AWS credentials were found";
            return Err(AwsError::new(AwsErrorKind::Credentials, message));
        };
        let found = provider.provide_credentials().await;
        let credentials = found.map_err(|error| match chain::find::<AwsError>(&error) {
            Some(known) => known.clone(),
            None => AwsError::new(AwsErrorKind::Credentials, chain::innermost(&error)),
        })?;
        let until = match credentials.expiry() {
            Some(end) => end.checked_sub(BEFORE_EXPIRY),
            None => now.checked_add(KEPT),
        };
        let kept = until.map(|until| (credentials.clone(), until));
        self.signing.put(kept);
        Ok(credentials)
    }
}

fn not_signed(error: &(dyn std::error::Error + 'static)) -> AwsError {
    AwsError::new(
        AwsErrorKind::Refused,
        format!("the request cannot be signed: {}", chain::innermost(error)),
    )
}

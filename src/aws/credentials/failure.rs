//! Words for credentials that could not be had. The SDK's own ("an error occurred while loading
//! credentials", "failed to load the cached SSO token") help nobody.

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::{
    error::ProvideErrorMetadata,
    operation::{
        assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
    },
};
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::aws::{AwsError, AwsErrorKind, chain, codes};

/// What to do where no credentials were found anywhere.
const NONE_FOUND_REMEDY: &str = "log in (`aws sso login`, `aws configure`), name a profile with \
                                 --profile, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and \
                                 AWS_SECRET_ACCESS_KEY";

/// Words a failure. `profile` was named by a flag; `login` is the command that logs in by SSO,
/// where the profile in use is of that kind.
pub(super) fn word(
    error: &CredentialsError,
    profile: Option<&str>,
    login: Option<&str>,
) -> AwsError {
    if let Some(refused) = refused_role(error).or_else(|| refused_sso(error, login)) {
        return refused;
    }
    // Providers wrap each other (a role on top of a profile); the innermost says what happened.
    let inner = chain::causes(error).filter_map(|cause| cause.downcast_ref::<CredentialsError>());
    match inner.last().unwrap_or(error) {
        CredentialsError::CredentialsNotLoaded(_) => none_found(error, profile),
        CredentialsError::ProviderTimedOut(_) => AwsError::new(
            AwsErrorKind::Unavailable,
            "the source of the AWS credentials did not answer in time",
        ),
        CredentialsError::InvalidConfiguration(_) => cannot_load(error),
        // A machine that is not in the cloud has no instance metadata, and something else that
        // answers at its address has none either.
        _ if chain::find::<ImdsError>(error).is_some() => none_found(error, profile),
        _ if is_network(error) => AwsError::new(
            AwsErrorKind::Unavailable,
            format!(
                "the source of the AWS credentials cannot be reached: {}",
                chain::innermost(error)
            ),
        ),
        _ => login.map_or_else(|| cannot_load(error), logged_out),
    }
}

fn none_found(error: &CredentialsError, profile: Option<&str>) -> AwsError {
    let message = match profile {
        Some(name) if std::error::Error::source(error).is_some() => format!(
            "the AWS profile {name} gives no credentials: {}",
            chain::innermost(error)
        ),
        Some(name) => format!("the AWS profile {name} gives no credentials"),
        None => "no AWS credentials were found".to_owned(),
    };
    AwsError::new(AwsErrorKind::Credentials, message).with_remedy(NONE_FOUND_REMEDY)
}

fn cannot_load(error: &CredentialsError) -> AwsError {
    AwsError::new(
        AwsErrorKind::Credentials,
        format!(
            "the AWS credentials cannot be loaded: {}",
            chain::innermost(error)
        ),
    )
}

fn logged_out(login: &str) -> AwsError {
    AwsError::new(
        AwsErrorKind::Credentials,
        "the AWS SSO login is missing or has expired",
    )
    .with_remedy(format!("run `{login}`"))
}

/// What STS said to a role that was to be assumed.
fn refused_role(error: &CredentialsError) -> Option<AwsError> {
    let said = chain::find::<AssumeRoleError>(error)
        .map(ProvideErrorMetadata::meta)
        .or_else(|| {
            chain::find::<AssumeRoleWithWebIdentityError>(error).map(ProvideErrorMetadata::meta)
        })?;
    Some(codes::word(said.code(), said.message(), None).while_doing("assume the role"))
}

/// What SSO said: that the login is over, or that account or role are not the caller's.
fn refused_sso(error: &CredentialsError, login: Option<&str>) -> Option<AwsError> {
    let said = chain::find::<GetRoleCredentialsError>(error)?.meta();
    match said.code() {
        Some("UnauthorizedException") => Some(logged_out(login.unwrap_or("aws sso login"))),
        Some("ForbiddenException") => {
            let denied = codes::word(Some("AccessDeniedException"), said.message(), None);
            Some(denied.while_doing("get credentials for the SSO account and role"))
        }
        code => {
            let refused = codes::word(code, said.message(), None);
            Some(refused.while_doing("get credentials by SSO"))
        }
    }
}

fn is_network(error: &CredentialsError) -> bool {
    chain::causes(error)
        .filter_map(|cause| cause.downcast_ref::<ConnectorError>())
        .any(|cause| cause.is_io() || cause.is_timeout())
}

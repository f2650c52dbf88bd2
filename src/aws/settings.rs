//! What a user says about AWS.

use super::AwsEnvironment;

/// What a user says about AWS; what is not said comes from the environment and the profile, as
/// with the AWS CLI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsSettings {
    /// Profile of the shared configuration; beats keys in the environment.
    pub profile: Option<String>,
    /// Region; beats the environment and the profile.
    pub region: Option<String>,
    /// Endpoint of all services, e.g. `http://localhost:4566`. It is asked for `role_arn` as well;
    /// roles and logins that a profile names go where the profile or the environment says.
    pub endpoint_url: Option<String>,
    /// Role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// External id that the role asks for.
    pub external_id: Option<String>,
    /// Name of the role's session, as the account's `CloudTrail` shows it.
    pub role_session_name: Option<String>,
    /// What the environment says that decides which credentials are taken.
    pub environment: AwsEnvironment,
}

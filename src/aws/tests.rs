//! Real clients against a server of canned answers, and against none.

mod buckets;
mod calls;
mod environment;
mod server;
mod signing;

use std::time::Duration;

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};

use super::{AwsClients, AwsSettings, limits::Limits, load::Source};

/// Profiles of the tests. None of them is anybody's.
const CONFIG: &str = "\
[profile keys]
aws_access_key_id = AKIDPROFILE
aws_secret_access_key = secret

[profile login]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader

[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://nobody.invalid/never-logged-in-for-a-test

[profile above]
role_arn = arn:aws:iam::111122223333:role/Reader
source_profile = login

[profile process]
credential_process = echo no JSON at all

[profile empty]
region = eu-west-1
";

fn files() -> EnvConfigFiles {
    EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, CONFIG)
        .build()
}

/// Settings that need nothing of the environment.
fn settings(profile: &str, endpoint: &str) -> AwsSettings {
    AwsSettings {
        profile: Some(profile.to_owned()),
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(endpoint.to_owned()),
        ..AwsSettings::default()
    }
}

/// Clients with the profiles of the tests, in a hurry.
fn clients(settings: AwsSettings) -> AwsClients {
    AwsClients::from_source(Source {
        settings,
        limits: Limits {
            connect: Duration::from_secs(2),
            attempt: Duration::from_millis(400),
            operation: Duration::from_secs(5),
            attempts: 2,
            first_wait: Duration::from_millis(10),
        },
        files: files(),
    })
}

impl AwsClients {
    /// Clients for the tests of those who have requests signed.
    pub(crate) fn for_tests(settings: AwsSettings) -> Self {
        clients(settings)
    }
}

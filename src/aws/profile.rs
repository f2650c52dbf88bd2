//! The profiles of the shared configuration files.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::{AwsError, AwsErrorKind, chain};

/// Profile that is taken when none is named.
const DEFAULT: &str = "default";
/// Profiles followed from one to the next at most; a loop would not end.
const MAX_STEPS: usize = 16;

/// Reads the files and sees that the named profile is there. The SDK would fall through to other
/// credentials, or say something about instance metadata, where a name is misspelt.
pub(super) async fn check(
    files: &EnvConfigFiles,
    from_flag: Option<&str>,
    from_environment: Option<&str>,
) -> Result<(), AwsError> {
    let wanted = from_flag.or_else(|| from_environment.filter(|name| *name != DEFAULT));
    let Some(name) = wanted else {
        return Ok(());
    };
    let profiles = load(files).await?;
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut names: Vec<&str> = profiles.profiles().collect();
    names.sort_unstable();
    let there = if names.is_empty() {
        "there are no profiles".to_owned()
    } else {
        format!("profiles there: {}", names.join(", "))
    };
    Err(AwsError::new(
        AwsErrorKind::Credentials,
        format!("the AWS profile {name} is not in ~/.aws/config or ~/.aws/credentials; {there}"),
    ))
}

/// Returns the command that logs in to the profile by SSO, where it, or one that it builds on, is
/// such a profile.
pub(super) async fn sso_login(files: &EnvConfigFiles, name: Option<&str>) -> Option<String> {
    let profiles = load(files).await.ok()?;
    let mut name = name.unwrap_or(DEFAULT);
    for _ in 0..MAX_STEPS {
        let profile = profiles.get_profile(name)?;
        if profile.get("sso_session").is_some() || profile.get("sso_start_url").is_some() {
            return Some(login_command(name));
        }
        name = profile.get("source_profile")?;
    }
    None
}

fn login_command(profile: &str) -> String {
    if profile == DEFAULT {
        "aws sso login".to_owned()
    } else {
        format!("aws sso login --profile {profile}")
    }
}

async fn load(files: &EnvConfigFiles) -> Result<ProfileSet, AwsError> {
    aws_config::profile::load(&Fs::real(), &Env::real(), files, None)
        .await
        .map_err(|error| {
            AwsError::new(
                AwsErrorKind::Credentials,
                format!("cannot read the AWS profiles: {}", chain::texts(&error)),
            )
        })
}

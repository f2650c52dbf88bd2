//! What can be told of AWS itself: whose credentials, which Region, how the workgroup is set.

use aws_sdk_athena::types::{WorkGroup, WorkGroupState};

use crate::{
    aws::{AwsClients, AwsError, AwsErrorKind, BucketObject, describe, retry_read},
    cli::{
        args::{AthenaArgs, GlobalArgs, Provider},
        source::aws_clients,
    },
    config::env,
    service::{ErrorCode, Finding},
    source::{ObjectSource as _, S3Source},
};

/// Looks at credentials and Region where something needs them, at the workgroup where a table is
/// asked, and at the bucket where a lake lies on S3.
pub(super) async fn examine(
    args: &GlobalArgs,
    through_athena: bool,
    lake: Option<&S3Source>,
) -> Vec<Finding> {
    let signs = args.model.provider == Some(Provider::Bedrock)
        && !env::is_set(env::AWS_BEARER_TOKEN_BEDROCK);
    if !through_athena && lake.is_none() && !signs {
        return vec![Finding::skip(
            "AWS credentials",
            "neither this source nor the model needs them",
        )];
    }
    let clients = aws_clients(args);
    let mut findings = vec![region(&clients).await, caller(&clients).await];
    if through_athena {
        findings.push(workgroup(&clients, &args.athena_settings).await);
    }
    if let Some(lake) = lake {
        findings.extend(bucket(lake).await);
    }
    findings
}

/// Lists the lake's prefix once and reads one object of it.
async fn bucket(lake: &S3Source) -> [Finding; 2] {
    const LISTED: &str = "bucket";
    const READ: &str = "object";
    let place = lake.location();
    let opened = async {
        let bucket = lake.bucket().await?;
        let objects = bucket.first_objects(&lake.named_prefix()).await?;
        Ok::<_, AwsError>((bucket, objects))
    };
    let (bucket, objects) = match opened.await {
        Ok(opened) => opened,
        Err(error) => {
            return [
                failed(LISTED, &error, code_of(&error)),
                Finding::skip(READ, "the bucket cannot be listed"),
            ];
        }
    };
    let region = bucket.region().unwrap_or_default();
    let listed = Finding::ok(LISTED, format!("{place} can be listed, in {region}"));
    // One that was delivered is encrypted with the key that the others are encrypted with.
    let is_delivered = |object: &&BucketObject| object.key.contains("/ConfigHistory/");
    let delivered = objects.iter().find(is_delivered);
    let first = delivered.or_else(|| objects.iter().find(|object| object.size > 0));
    let Some(object) = first else {
        let says = format!("nothing lies under {place}");
        return [
            listed,
            Finding::fail(READ, says, ErrorCode::LakeEmpty.remedy()),
        ];
    };
    let read = match bucket.stream(&object.key).await {
        Ok(_) => Finding::ok(READ, format!("{} can be read", object.key)),
        Err(error) => failed(READ, &error, code_of(&error)),
    };
    [listed, read]
}

/// Returns the code whose remedy stands where AWS's refusal has none of its own.
fn code_of(error: &AwsError) -> ErrorCode {
    match error.kind() {
        AwsErrorKind::Credentials | AwsErrorKind::Region => ErrorCode::AwsCredentials,
        AwsErrorKind::AccessDenied => ErrorCode::AwsAccessDenied,
        AwsErrorKind::NotFound => ErrorCode::LakeUnreadable,
        AwsErrorKind::Refused => ErrorCode::AwsRefused,
        AwsErrorKind::Throttled | AwsErrorKind::Unavailable => ErrorCode::AwsUnavailable,
    }
}

async fn region(clients: &AwsClients) -> Finding {
    match clients.region().await {
        Ok(region) => Finding::ok("AWS Region", region),
        Err(error) => failed("AWS Region", &error, ErrorCode::AwsCredentials),
    }
}

async fn caller(clients: &AwsClients) -> Finding {
    const CHECK: &str = "AWS credentials";
    let read = async {
        let client = clients.sts().await?;
        let called = retry_read(clients, || client.get_caller_identity().send()).await;
        called.map_err(|error| describe("ask whose credentials these are", &error))
    };
    match read.await {
        Ok(identity) => Finding::ok(
            CHECK,
            format!(
                "{} in account {}",
                identity.arn().unwrap_or("somebody without a name"),
                identity.account().unwrap_or("unknown"),
            ),
        ),
        Err(error) => failed(CHECK, &error, ErrorCode::AwsCredentials),
    }
}

async fn workgroup(clients: &AwsClients, args: &AthenaArgs) -> Finding {
    let name = &args.workgroup;
    let read = async {
        let client = clients.athena().await?;
        let call = || client.get_work_group().work_group(name).send();
        let read = retry_read(clients, call).await;
        read.map_err(|error| describe(&format!("read the Athena workgroup {name}"), &error))
    };
    match read.await {
        Ok(read) => workgroup_finding(name, read.work_group(), args.output.is_some()),
        Err(error) => failed("workgroup", &error, ErrorCode::Workgroup),
    }
}

fn workgroup_finding(name: &str, group: Option<&WorkGroup>, output_is_named: bool) -> Finding {
    const CHECK: &str = "workgroup";
    let remedy = ErrorCode::Workgroup.remedy();
    let Some(group) = group else {
        return Finding::fail(CHECK, format!("{name} is not there"), remedy);
    };
    if group.state() == Some(&WorkGroupState::Disabled) {
        return Finding::fail(CHECK, format!("{name} is disabled"), remedy);
    }
    let settings = group.configuration();
    let is_managed = settings
        .and_then(|of| of.managed_query_results_configuration())
        .is_some_and(aws_sdk_athena::types::ManagedQueryResultsConfiguration::enabled);
    let output = settings
        .and_then(|of| of.result_configuration())
        .and_then(|of| of.output_location())
        .filter(|location| !location.is_empty());
    match output {
        _ if is_managed => Finding::ok(CHECK, format!("{name}: Athena keeps the results")),
        Some(location) => Finding::ok(CHECK, format!("{name}: results go to {location}")),
        None if output_is_named => {
            Finding::ok(CHECK, format!("{name}: results go where --output says"))
        }
        None => Finding::fail(
            CHECK,
            format!("{name} has no output location, and --output names none"),
            remedy,
        ),
    }
}

fn failed(check: &'static str, error: &AwsError, code: ErrorCode) -> Finding {
    let remedy = error
        .remedy()
        .map_or_else(|| code.remedy().to_owned(), sentence);
    Finding::fail(check, error.message(), remedy)
}

/// Makes a sentence of the part of one.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    let text: String = first.into_iter().chain(chars).collect();
    format!("{}.", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use aws_sdk_athena::types::{ResultConfiguration, WorkGroupConfiguration};

    use super::*;
    use crate::service::Health;

    fn group(state: WorkGroupState, output: Option<&str>) -> WorkGroup {
        let output = output.map(str::to_owned);
        let results = ResultConfiguration::builder()
            .set_output_location(output)
            .build();
        let settings = WorkGroupConfiguration::builder()
            .result_configuration(results)
            .build();
        WorkGroup::builder()
            .name("w")
            .state(state)
            .configuration(settings)
            .build()
            .unwrap()
    }

    #[test]
    fn a_workgroup_needs_a_place_for_results() {
        let of = |group: Option<&WorkGroup>, named| workgroup_finding("w", group, named).status;
        let (on, off) = (WorkGroupState::Enabled, WorkGroupState::Disabled);
        assert_eq!(of(None, true), Health::Fail);
        assert_eq!(of(Some(&group(off, Some("s3://x"))), true), Health::Fail);
        assert_eq!(
            of(Some(&group(on.clone(), Some("s3://x"))), false),
            Health::Ok
        );
        assert_eq!(of(Some(&group(on.clone(), None)), true), Health::Ok);
        assert_eq!(of(Some(&group(on, Some(""))), false), Health::Fail);
    }

    #[test]
    fn a_remedy_is_a_sentence() {
        assert_eq!(sentence("run `aws sso login`"), "Run `aws sso login`.");
    }
}

//! What can be told of AWS itself: whose credentials, which Region, how the workgroup is set.

use aws_sdk_athena::types::{WorkGroup, WorkGroupState};

use crate::{
    aws::{AwsClients, AwsError, describe, retry_read},
    cli::{
        args::{AthenaArgs, GlobalArgs, Provider},
        source::aws_clients,
    },
    config::env,
    service::{ErrorCode, Finding},
};

/// Looks at credentials and Region where something needs them, and at the workgroup where a table is
/// asked.
pub(super) async fn examine(args: &GlobalArgs, through_athena: bool) -> Vec<Finding> {
    let signs = args.model.provider == Some(Provider::Bedrock)
        && !env::is_set(env::AWS_BEARER_TOKEN_BEDROCK);
    if !through_athena && !signs {
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
    findings
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

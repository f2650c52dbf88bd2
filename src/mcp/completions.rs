//! Completions of prompt arguments and template variables, from what the history holds.

use std::collections::BTreeSet;

use rmcp::model::{CompleteRequestParams, CompletionInfo};

use super::directory::Directory;
use crate::{
    service::{HistoryDescription, HistoryService, ServiceError},
    store::CallContext,
};

/// Languages that the digest is written in.
const LANGUAGES: [&str; 2] = ["en", "ja"];

/// Completes the argument that `request` is about; the source is read only where it can help.
pub(super) async fn complete(
    service: &HistoryService,
    directory: &Directory,
    request: &CompleteRequestParams,
    cx: &CallContext,
) -> Result<CompletionInfo, ServiceError> {
    let name = request.argument.name.as_str();
    let candidates = match name {
        "language" => LANGUAGES.map(str::to_owned).to_vec(),
        "month" | "account" | "region" | "resource_type" => {
            let known = directory.describe(service, cx).await?;
            let given = |name: &str| request.context.as_ref()?.get_argument(name);
            values(&known, name, given("account").map(String::as_str))
        }
        _ => Vec::new(),
    };
    Ok(select(candidates, &request.argument.value))
}

/// Returns all values of an argument, the likeliest first.
fn values(known: &HistoryDescription, argument: &str, account: Option<&str>) -> Vec<String> {
    let sorted = |set: BTreeSet<&str>| set.into_iter().map(str::to_owned).collect();
    match argument {
        "month" => known
            .months
            .iter()
            .rev()
            .map(|line| line.month.to_string())
            .collect(),
        "account" => sorted(
            known
                .accounts
                .iter()
                .map(|line| line.account.as_str())
                .collect(),
        ),
        "region" => sorted(
            known
                .accounts
                .iter()
                .filter(|line| account.is_none_or(|wanted| wanted == line.account))
                .map(|line| line.region.as_str())
                .collect(),
        ),
        "resource_type" => known
            .resource_types
            .iter()
            .map(|line| line.resource_type.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// Keeps the values that begin with `prefix` in any case, as many as the protocol allows.
fn select(mut values: Vec<String>, prefix: &str) -> CompletionInfo {
    let prefix = prefix.to_lowercase();
    values.retain(|value| value.to_lowercase().starts_with(&prefix));
    let total = values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let more = values.len() < total;
    let total = u32::try_from(total).unwrap_or(u32::MAX);
    CompletionInfo::with_pagination(values, Some(total), more).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_match_in_any_case_up_to_the_limit() {
        let types = vec!["AWS::EC2::VPC".to_owned(), "AWS::S3::Bucket".to_owned()];
        assert_eq!(select(types, "aws::ec2").values, ["AWS::EC2::VPC"]);
        let many: Vec<String> = (0..250).map(|n| format!("2024-{n}")).collect();
        let info = select(many, "2024");
        assert_eq!(
            (info.values.len(), info.total, info.has_more),
            (100, Some(250), Some(true))
        );
        assert!(select(vec!["é".to_owned()], "ÉÉ").values.is_empty());
    }
}

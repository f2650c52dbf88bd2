//! Policies of resources: whom they admit from outside.

use super::{
    policy::allowing,
    rule::{Rule, Severity},
    state::{Found, Node, State},
};

/// Types whose policy admits named principals. VPC endpoints are left out, for their policy admits
/// everyone unless it is changed, and so are public registries.
const PRIVATE: &[&str] = &[
    "AWS::Backup::BackupVault",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::Events::EventBus",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::S3::AccessPoint",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Those and buckets, whose public policies have a rule of their own.
const ALL: &[&str] = &[
    "AWS::Backup::BackupVault",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::Events::EventBus",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::S3::AccessPoint",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Keys under which these types keep their policy, in either section.
const KEYS: [&str; 7] = [
    "Policy",
    "RepositoryPolicyText",
    "ResourcePolicy",
    "AccessPolicy",
    "AccessPolicies",
    "FileSystemPolicy",
    "BucketPolicy",
];

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "resource_policy_public",
        Severity::High,
        PRIVATE,
        "Resource's policy admits everyone",
        "リソースポリシーが全員にアクセスを許可",
        public,
    ),
    Rule::new(
        "resource_policy_admits_other_account",
        Severity::Medium,
        ALL,
        "Resource's policy admits another account",
        "リソースポリシーが別のアカウントにアクセスを許可",
        other_account,
    ),
    Rule::new(
        "search_domain_public",
        Severity::High,
        &["AWS::OpenSearch::Domain", "AWS::Elasticsearch::Domain"],
        "Search domain is outside of any VPC and its policy admits everyone",
        "検索ドメインが VPC の外にあり、ポリシーが全員にアクセスを許可",
        |state| {
            let subnets = state.configuration().at(&["VPCOptions", "SubnetIds"]);
            if subnets.is_some_and(|node| !node.is_empty()) {
                return Vec::new();
            }
            public(state)
        },
    ),
];

fn policies(state: &State) -> Vec<Node<'_>> {
    let sections = [state.configuration(), state.supplementary()];
    sections
        .iter()
        .flat_map(|section| KEYS.iter().filter_map(|key| section.get(key)))
        .collect()
}

fn public(state: &State) -> Vec<Found> {
    let policies = policies(state);
    let statements = policies.iter().flat_map(allowing);
    statements
        .filter(super::policy::Statement::admits_everyone)
        .map(|statement| statement.node().found(&statement.actions()))
        .collect()
}

fn other_account(state: &State) -> Vec<Found> {
    let policies = policies(state);
    let statements = policies.iter().flat_map(allowing);
    statements
        .flat_map(|statement| statement.other_accounts(&state.account))
        .map(|(account, principal)| principal.found(account))
        .collect()
}

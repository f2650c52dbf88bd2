//! Who may become whom, and who may do everything.

use super::{
    policy::allowing,
    rule::{Rule, Severity},
    state::{Found, Node, State},
};

const ROLES: &[&str] = &["AWS::IAM::Role"];
const IDENTITIES: &[&str] = &["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"];
const POLICY_HOLDERS: &[&str] = &[
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::Group",
];

/// The AWS managed policy that grants everything.
const ADMINISTRATOR: &str = "AdministratorAccess";

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "iam_trust_admits_anyone",
        Severity::High,
        ROLES,
        "Role's trust policy admits anyone",
        "ロールの信頼ポリシーが誰にでも引き受けを許可",
        trust_admits_anyone,
    ),
    Rule::new(
        "iam_trust_admits_other_account",
        Severity::High,
        ROLES,
        "Role's trust policy admits another account",
        "ロールの信頼ポリシーが別のアカウントに引き受けを許可",
        trust_admits_other_account,
    ),
    Rule::new(
        "iam_policy_grants_everything",
        Severity::High,
        POLICY_HOLDERS,
        "Policy grants every action on every resource",
        "ポリシーがすべてのリソースへのすべての操作を許可",
        grants_everything,
    ),
    Rule::new(
        "iam_administrator_access_attached",
        Severity::High,
        IDENTITIES,
        "AdministratorAccess is attached",
        "AdministratorAccess がアタッチされている",
        administrator_access,
    ),
];

fn trust_admits_anyone(state: &State) -> Vec<Found> {
    let Some(trust) = state.configuration().get("assumeRolePolicyDocument") else {
        return Vec::new();
    };
    allowing(&trust)
        .iter()
        .filter(|statement| statement.admits_everyone())
        .map(|statement| statement.node().found(&statement.actions()))
        .collect()
}

fn trust_admits_other_account(state: &State) -> Vec<Found> {
    let Some(trust) = state.configuration().get("assumeRolePolicyDocument") else {
        return Vec::new();
    };
    allowing(&trust)
        .iter()
        .flat_map(|statement| statement.other_accounts(&state.account))
        .map(|(account, principal)| principal.found(account))
        .collect()
}

/// The default version of a managed policy, and inline policies.
fn grants_everything(state: &State) -> Vec<Found> {
    let configuration = state.configuration();
    let mut policies: Vec<(String, Node)> = Vec::new();
    for list in [
        "rolePolicyList",
        "userPolicyList",
        "groupPolicyList",
        "policies",
    ] {
        for policy in configuration.each_of(list) {
            let name = policy.get("policyName");
            let name = name.and_then(|node| node.text()).unwrap_or("inline");
            if let Some(document) = policy.get("policyDocument") {
                policies.push((name.to_owned(), document));
            }
        }
    }
    for version in configuration.each_of("policyVersionList") {
        let is_default = version.get("isDefaultVersion");
        if is_default.and_then(|node| node.flag()) == Some(true)
            && let Some(document) = version.get("document")
        {
            policies.push(("default version".to_owned(), document));
        }
    }
    let mut found = Vec::new();
    for (name, document) in policies {
        let statements = allowing(&document);
        let everything = statements.iter().find(|one| one.grants_everything());
        found.extend(everything.map(|statement| statement.node().found(&name)));
    }
    found
}

fn administrator_access(state: &State) -> Vec<Found> {
    let configuration = state.configuration();
    let mut attached = configuration.each_of("attachedManagedPolicies");
    attached.extend(configuration.each_of("managedPolicyArns"));
    attached
        .iter()
        .filter(|policy| is_administrator(policy))
        .map(|policy| policy.found(ADMINISTRATOR))
        .collect()
}

/// A customer's own policy of that name is read as a policy instead.
fn is_administrator(policy: &Node) -> bool {
    let arn = policy.get("policyArn").unwrap_or_else(|| policy.clone());
    match arn.text() {
        Some(arn) => {
            arn.ends_with(":policy/AdministratorAccess") && arn.split(':').nth(4) == Some("aws")
        }
        None => policy
            .get("policyName")
            .is_some_and(|name| name.is(ADMINISTRATOR)),
    }
}

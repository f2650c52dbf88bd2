//! Buckets: who reads them, and what protects them.

use super::{
    policy::allowing,
    rule::{Reports, Rule, Severity},
    state::{Found, Node, State},
};

const BUCKETS: &[&str] = &["AWS::S3::Bucket"];
const ACCOUNT_BLOCKS: &[&str] = &["AWS::S3::AccountPublicAccessBlock"];

/// The four parts of a public access block.
const BLOCKS: [&str; 4] = [
    "blockPublicAcls",
    "ignorePublicAcls",
    "blockPublicPolicy",
    "restrictPublicBuckets",
];

/// Grantees that are everyone, or everyone with any AWS account; as SDK names and in URIs.
const EVERYONE: [&str; 2] = ["AllUsers", "AuthenticatedUsers"];

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "s3_public_policy",
        Severity::High,
        BUCKETS,
        "Bucket policy admits everyone",
        "バケットポリシーが全員にアクセスを許可",
        public_policy,
    ),
    Rule::new(
        "s3_public_acl",
        Severity::High,
        BUCKETS,
        "Bucket's access control list admits everyone",
        "バケットの ACL が全員にアクセスを許可",
        public_acl,
    ),
    Rule::new(
        "s3_public_access_block_off",
        Severity::High,
        BUCKETS,
        "Bucket's public access block is off, in whole or in part",
        "バケットのパブリックアクセスブロックが無効 (全部または一部)",
        |state| {
            let supplementary = state.supplementary();
            supplementary.switch_by(
                "public access block",
                "PublicAccessBlockConfiguration",
                blocks_not_all,
            )
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "s3_account_public_access_block_off",
        Severity::High,
        ACCOUNT_BLOCKS,
        "Account's public access block for S3 is off, in whole or in part",
        "アカウントの S3 パブリックアクセスブロックが無効 (全部または一部)",
        |state| {
            let configuration = state.configuration();
            if configuration.is_empty() {
                return Vec::new();
            }
            configuration.switch("public access block", blocks_not_all(&configuration))
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::deletion(
        "s3_account_public_access_block_deleted",
        Severity::High,
        ACCOUNT_BLOCKS,
        "Account's public access block for S3 was removed",
        "アカウントの S3 パブリックアクセスブロックが削除された",
    ),
    Rule::new(
        "s3_encryption_off",
        Severity::Medium,
        BUCKETS,
        "Bucket has no default encryption any more",
        "バケットのデフォルト暗号化がなくなった",
        |state| {
            let supplementary = state.supplementary();
            supplementary.switch_by(
                "default encryption",
                "ServerSideEncryptionConfiguration",
                Node::is_empty,
            )
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "s3_versioning_suspended",
        Severity::Medium,
        BUCKETS,
        "Bucket's versioning is suspended",
        "バケットのバージョニングが停止",
        |state| {
            let status = state
                .supplementary()
                .at(&["BucketVersioningConfiguration", "status"]);
            status.map_or_else(Vec::new, |node| {
                node.switch("versioning", node.is("Suspended"))
            })
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "s3_logging_off",
        Severity::Low,
        BUCKETS,
        "Bucket's access logging is off",
        "バケットのアクセスログが無効",
        |state| {
            let supplementary = state.supplementary();
            supplementary.switch_by("access logging", "BucketLoggingConfiguration", |logging| {
                logging
                    .get("destinationBucketName")
                    .is_none_or(|bucket| bucket.is_empty())
            })
        },
    )
    .reporting(Reports::OnlyChanges),
];

fn blocks_not_all(block: &Node) -> bool {
    BLOCKS
        .iter()
        .any(|part| block.get(part).and_then(|node| node.flag()) != Some(true))
}

fn public_policy(state: &State) -> Vec<Found> {
    let Some(policy) = state.supplementary().get("BucketPolicy") else {
        return Vec::new();
    };
    allowing(&policy)
        .iter()
        .filter(|statement| statement.admits_everyone())
        .map(|statement| statement.node().found(&statement.actions()))
        .collect()
}

/// Grants to the two groups that are everyone. The grantee is a word in the items, and a URI under
/// some key in other shapes of the same list.
fn public_acl(state: &State) -> Vec<Found> {
    let Some(list) = state.supplementary().get("AccessControlList") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for key in ["grantList", "grants", "grantSet"] {
        for grant in list.each_of(key) {
            let Some(everyone) = grant.get("grantee").and_then(|node| everyone_in(&node)) else {
                continue;
            };
            let permission = grant.get("permission");
            let permission = permission.and_then(|node| node.text()).unwrap_or("grant");
            found.push(grant.found(&format!("{permission} to {everyone}")));
        }
    }
    found
}

fn everyone_in(grantee: &Node) -> Option<&'static str> {
    let names = ["uri", "identifier", "id"].map(|key| grantee.get(key));
    let mut names = names.into_iter().flatten().chain([grantee.clone()]);
    names.find_map(|name| {
        let word = name.text()?.rsplit('/').next()?;
        EVERYONE
            .into_iter()
            .find(|everyone| word.eq_ignore_ascii_case(everyone))
    })
}

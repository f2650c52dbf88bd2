//! Keys, and what is encrypted with them.

use super::{
    logging::off,
    rule::{Reports, Rule, Severity},
    state::{Found, Node, State},
};

const KEYS: &[&str] = &["AWS::KMS::Key"];

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "kms_key_pending_deletion",
        Severity::High,
        KEYS,
        "Key is scheduled for deletion",
        "KMS キーの削除が予定されている",
        |state| {
            key_state(state, "deletion", |key| {
                key.is("PendingDeletion") || key.is("PendingReplicaDeletion")
            })
        },
    ),
    Rule::new(
        "kms_key_disabled",
        Severity::Medium,
        KEYS,
        "Key is disabled",
        "KMS キーが無効",
        |state| key_state(state, "disabled", |key| key.is("Disabled")),
    ),
    Rule::new(
        "kms_key_rotation_off",
        Severity::Medium,
        KEYS,
        "Key's rotation is off",
        "KMS キーのローテーションが無効",
        key_rotation,
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "cloudtrail_key_removed",
        Severity::Low,
        &["AWS::CloudTrail::Trail"],
        "Trail's log files are not encrypted with a KMS key any more",
        "CloudTrail のログファイルが KMS キーで暗号化されなくなった",
        |state| {
            state
                .configuration()
                .switch_by("KMS key", "kmsKeyId", Node::is_empty)
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "messages_key_removed",
        Severity::Medium,
        &["AWS::SNS::Topic", "AWS::SQS::Queue"],
        "Topic or queue is not encrypted with a KMS key any more",
        "トピックまたはキューが KMS キーで暗号化されなくなった",
        |state| {
            state
                .configuration()
                .switch_by("KMS key", "KmsMasterKeyId", Node::is_empty)
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "dynamodb_key_removed",
        Severity::Low,
        &["AWS::DynamoDB::Table"],
        "Table is not encrypted with a KMS key any more",
        "DynamoDB テーブルが KMS キーで暗号化されなくなった",
        |state| {
            state
                .configuration()
                .switch_by("KMS key", "sseDescription", table_key_off)
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "volume_unencrypted",
        Severity::Low,
        &["AWS::EC2::Volume", "AWS::EFS::FileSystem"],
        "Volume or file system is not encrypted",
        "ボリュームまたはファイルシステムが暗号化されていない",
        |state| off(state.configuration().get("encrypted"), "encryption"),
    )
    .reporting(Reports::OnlyCreation),
];

fn key_state(state: &State, subject: &str, holds: fn(&Node) -> bool) -> Vec<Found> {
    let key = state.configuration().get("keyState");
    key.map_or_else(Vec::new, |node| node.switch(subject, holds(&node)))
}

/// AWS reports rotation as off for keys that are disabled or about to go, which nobody switched.
fn key_rotation(state: &State) -> Vec<Found> {
    let enabled = state.configuration().get("keyState");
    if enabled.is_some_and(|node| !node.is("Enabled")) {
        return Vec::new();
    }
    let status = state.supplementary().get("KeyRotationStatus");
    let status = status.map(|node| node.get("keyRotationEnabled").unwrap_or(node));
    off(status, "rotation")
}

fn table_key_off(encryption: &Node) -> bool {
    encryption
        .get("status")
        .is_none_or(|status| status.is("DISABLED") || status.is("DISABLING"))
}

//! Databases: who reaches them, and what would bring them back.

use super::{
    logging::off,
    policy::account_of,
    rule::{Reports, Rule, Severity},
    state::{Node, State},
};

const SNAPSHOTS: &[&str] = &["AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"];

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "database_public",
        Severity::High,
        &[
            "AWS::RDS::DBInstance",
            "AWS::Redshift::Cluster",
            "AWS::DMS::ReplicationInstance",
        ],
        "Database is publicly accessible",
        "データベースがパブリックアクセス可能",
        |state| {
            let public = state.configuration().get("publiclyAccessible");
            public
                .and_then(|node| Some(node.switch("publicly accessible", node.flag()?)))
                .unwrap_or_default()
        },
    ),
    Rule::new(
        "database_snapshot_public",
        Severity::High,
        SNAPSHOTS,
        "Database snapshot is public",
        "データベーススナップショットが公開されている",
        |state| {
            let receivers = receivers(state).into_iter();
            receivers
                .filter(|receiver| receiver.is("all"))
                .map(|receiver| receiver.found("restore by all"))
                .collect()
        },
    ),
    Rule::new(
        "database_snapshot_shared",
        Severity::Medium,
        SNAPSHOTS,
        "Database snapshot is shared with another account",
        "データベーススナップショットが別のアカウントと共有されている",
        |state| {
            let receivers = receivers(state).into_iter();
            receivers
                .filter_map(|receiver| Some((account_of(receiver.text()?)?, receiver)))
                .filter(|(account, _)| *account != state.account)
                .map(|(account, receiver)| receiver.found(account))
                .collect()
        },
    ),
    Rule::new(
        "database_backups_off",
        Severity::Medium,
        &[
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::Redshift::Cluster",
        ],
        "Database's automatic backups are off",
        "データベースの自動バックアップが無効",
        |state| {
            let own = state.configuration();
            let days = own.get("backupRetentionPeriod");
            days.or_else(|| own.get("automatedSnapshotRetentionPeriod"))
                .and_then(|node| Some(node.switch("automatic backups", node.number()? == 0)))
                .unwrap_or_default()
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "dynamodb_point_in_time_recovery_off",
        Severity::Medium,
        &["AWS::DynamoDB::Table"],
        "Table's point-in-time recovery is off",
        "DynamoDB テーブルのポイントインタイムリカバリが無効",
        |state| {
            let status = state.supplementary().at(&[
                "ContinuousBackupsDescription",
                "pointInTimeRecoveryDescription",
                "pointInTimeRecoveryStatus",
            ]);
            status.map_or_else(Vec::new, |node| {
                node.switch("point-in-time recovery", node.is("DISABLED"))
            })
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "database_deletion_protection_off",
        Severity::Low,
        &[
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::DynamoDB::Table",
        ],
        "Database's deletion protection is off",
        "データベースの削除保護が無効",
        |state| {
            let own = state.configuration();
            let flag = own.get("deletionProtection");
            off(
                flag.or_else(|| own.get("deletionProtectionEnabled")),
                "deletion protection",
            )
        },
    )
    .reporting(Reports::OnlyChanges),
];

/// The accounts that may restore a snapshot; `all` for everyone.
fn receivers(state: &State) -> Vec<Node<'_>> {
    let mut receivers = Vec::new();
    for key in ["DBSnapshotAttributes", "DBClusterSnapshotAttributes"] {
        for attribute in state.supplementary().each_of(key) {
            if attribute
                .get("attributeName")
                .is_some_and(|name| name.is("restore"))
            {
                receivers.extend(attribute.each_of("attributeValues"));
            }
        }
    }
    receivers
}

//! Whether anyone would notice: trails, recorders, detectors, logs.

use super::{
    rule::{Reports, Rule, Severity},
    state::{Found, Node, State},
};

const TRAILS: &[&str] = &["AWS::CloudTrail::Trail"];
const RECORDERS: &[&str] = &["AWS::Config::ConfigurationRecorder"];
const DETECTORS: &[&str] = &["AWS::GuardDuty::Detector"];

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "cloudtrail_logging_off",
        Severity::High,
        TRAILS,
        "Trail does not log",
        "CloudTrail の証跡がログを記録していない",
        |state| {
            let status = state.supplementary().at(&["TrailStatus", "isLogging"]);
            off(
                status.or_else(|| state.configuration().get("isLogging")),
                "logging",
            )
        },
    ),
    Rule::deletion(
        "cloudtrail_deleted",
        Severity::High,
        TRAILS,
        "Trail was deleted",
        "CloudTrail の証跡が削除された",
    ),
    Rule::new(
        "cloudtrail_log_validation_off",
        Severity::Medium,
        TRAILS,
        "Trail's log file validation is off",
        "CloudTrail のログファイル検証が無効",
        |state| {
            let own = state.configuration();
            let flag = own.get("logFileValidationEnabled");
            off(
                flag.or_else(|| own.get("enableLogFileValidation")),
                "log file validation",
            )
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "cloudtrail_single_region",
        Severity::Medium,
        TRAILS,
        "Trail covers one Region only",
        "CloudTrail の証跡が単一リージョンのみ",
        |state| {
            off(
                state.configuration().get("isMultiRegionTrail"),
                "multi-Region",
            )
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "cloudtrail_global_events_off",
        Severity::Medium,
        TRAILS,
        "Trail leaves out the events of global services",
        "CloudTrail の証跡がグローバルサービスのイベントを含まない",
        |state| {
            off(
                state.configuration().get("includeGlobalServiceEvents"),
                "global service events",
            )
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "config_recorder_stopped",
        Severity::High,
        RECORDERS,
        "Configuration recorder is stopped",
        "AWS Config のレコーダーが停止",
        |state| off(state.configuration().get("recording"), "recording"),
    ),
    Rule::deletion(
        "config_recorder_deleted",
        Severity::High,
        RECORDERS,
        "Configuration recorder was deleted",
        "AWS Config のレコーダーが削除された",
    ),
    Rule::new(
        "guardduty_off",
        Severity::High,
        DETECTORS,
        "GuardDuty detector is disabled",
        "GuardDuty の検出器が無効",
        guardduty,
    ),
    Rule::deletion(
        "guardduty_detector_deleted",
        Severity::High,
        DETECTORS,
        "GuardDuty detector was deleted",
        "GuardDuty の検出器が削除された",
    ),
    Rule::deletion(
        "flow_log_deleted",
        Severity::Medium,
        &["AWS::EC2::FlowLog"],
        "Flow log was deleted",
        "VPC フローログが削除された",
    ),
    Rule::new(
        "load_balancer_logging_off",
        Severity::Low,
        &[
            "AWS::ElasticLoadBalancing::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ],
        "Load balancer's access logs are off",
        "ロードバランサーのアクセスログが無効",
        load_balancer,
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "redshift_logging_off",
        Severity::Low,
        &["AWS::Redshift::Cluster"],
        "Cluster's audit logging is off",
        "Redshift クラスターの監査ログが無効",
        |state| {
            let enabled = state
                .supplementary()
                .at(&["LoggingStatus", "loggingEnabled"]);
            off(enabled, "audit logging")
        },
    )
    .reporting(Reports::OnlyChanges),
    Rule::new(
        "rds_log_exports_off",
        Severity::Low,
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"],
        "Database exports no logs",
        "データベースのログエクスポートが無効",
        |state| {
            let exports = state.configuration().get("enabledCloudwatchLogsExports");
            exports.map_or_else(Vec::new, |node| node.switch("log exports", node.is_empty()))
        },
    )
    .reporting(Reports::OnlyChanges),
];

/// A switch that should be on.
pub(super) fn off(node: Option<Node>, subject: &str) -> Vec<Found> {
    node.and_then(|node| Some(node.switch(subject, !node.flag()?)))
        .unwrap_or_default()
}

fn guardduty(state: &State) -> Vec<Found> {
    let configuration = state.configuration();
    if let Some(status) = configuration.get("status") {
        return status.switch("detector", status.is("DISABLED"));
    }
    off(configuration.get("enable"), "detector")
}

/// Attributes are a list of keys and values; of classic load balancers an object.
fn load_balancer(state: &State) -> Vec<Found> {
    let Some(attributes) = state.supplementary().get("LoadBalancerAttributes") else {
        return Vec::new();
    };
    let classic = attributes.at(&["accessLog", "enabled"]);
    let listed = attributes.each().into_iter().find_map(|attribute| {
        let is_it = attribute.get("key")?.is("access_logs.s3.enabled");
        is_it.then(|| attribute.get("value")).flatten()
    });
    off(classic.or(listed), "access logs")
}

//! What prose may not hold at all: numbers, names, markup.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::parse::{Parsed, SLOT};
use crate::{
    domain::visible,
    summary::{
        Language,
        proof::phrases::{automaton, is_japanese},
    },
};

/// Characters that make markup, quote names or begin slots.
const MARKUP: [char; 21] = [
    '<', '>', '[', ']', '{', '}', '`', '|', '*', '_', '#', '\\', '@', '"', '“', '”', '「', '」',
    '『', '』', '~',
];

/// Holds the prose to what it may be made of.
pub(super) fn check(parsed: &Parsed<'_>, language: &str, reasons: &mut Vec<String>) {
    let prose = &parsed.masked;
    if visible(prose) != prose.as_str() {
        reasons.push("the claim has hidden characters".to_owned());
    }
    if prose.chars().any(char::is_numeric) {
        reasons.push("a digit stands outside a slot".to_owned());
    }
    if prose.contains(MARKUP) || prose.contains("://") || prose.contains("::") {
        reasons.push("the claim has markup, quotes or a name outside a slot".to_owned());
    }
    if let Some(name) = named(prose) {
        reasons.push(format!(
            "`{name}` is named in prose: name types by their alias"
        ));
    }
    if !reads_as(prose, language) {
        reasons.push(format!("the claim is not written in {}", shown(language)));
    }
}

fn shown(language: &str) -> String {
    let is_tag = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    language.chars().filter(is_tag).take(35).collect()
}

/// Says whether the script is that of the language, where that can be told.
fn reads_as(prose: &str, language: &str) -> bool {
    let letters = || prose.chars().filter(|c| c.is_alphabetic() && *c != SLOT);
    let japanese = letters().filter(|c| is_japanese(*c)).count();
    match Language::of_tag(language) {
        Some(Language::Ja) => japanese > 0 && japanese * 2 >= letters().count(),
        Some(Language::En) => {
            letters().all(|c| c.is_ascii() || !is_japanese(c)) && letters().next().is_some()
        }
        None => letters().next().is_some(),
    }
}

/// Returns a service or a kind of resource that stands in the prose: what it is can be told by an
/// alias, which is held against the fact, and not by a word.
fn named(prose: &str) -> Option<String> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    NAMES.find_iter(prose).find_map(|hit| {
        let before = prose.get(..hit.start())?.chars().next_back();
        let tail = prose.get(hit.end()..)?;
        // Plural.
        let tail = tail.strip_prefix('s').unwrap_or(tail);
        let is_word = !is_part(before) && !is_part(tail.chars().next());
        let word = prose.get(hit.range())?;
        (is_word || !word.is_ascii()).then(|| word.to_owned())
    })
}

static NAMES: LazyLock<AhoCorasick> =
    LazyLock::new(|| automaton(SERVICES.iter().chain(RESOURCES).copied()));

const SERVICES: &[&str] = &[
    "lambda",
    "dynamodb",
    "cloudtrail",
    "cloudfront",
    "cloudwatch",
    "cloudformation",
    "codebuild",
    "codepipeline",
    "codedeploy",
    "cognito",
    "ecs",
    "ecr",
    "eks",
    "efs",
    "ebs",
    "elasticache",
    "elasticsearch",
    "opensearch",
    "emr",
    "eventbridge",
    "fargate",
    "glue",
    "athena",
    "guardduty",
    "iam",
    "inspector",
    "kinesis",
    "firehose",
    "kms",
    "lightsail",
    "macie",
    "msk",
    "kafka",
    "neptune",
    "organizations",
    "rds",
    "aurora",
    "redshift",
    "route",
    "sagemaker",
    "secrets manager",
    "security hub",
    "ses",
    "shield",
    "sns",
    "sqs",
    "ssm",
    "systems manager",
    "step functions",
    "transfer family",
    "vpc",
    "waf",
    "workspaces",
    "keyspaces",
    "cassandra",
    "elastic beanstalk",
    "api gateway",
    "apigateway",
    "autoscaling",
    "auto scaling",
    "batch",
    "backup",
    "amplify",
    "appsync",
    "appconfig",
    "bedrock",
    "timestream",
    "quicksight",
    "config rule",
    "ec2",
];

const RESOURCES: &[&str] = &[
    "function",
    "bucket",
    "role",
    "instance",
    "database",
    "table",
    "queue",
    "topic",
    "policy",
    "policies",
    "user",
    "keyspace",
    "cluster",
    "volume",
    "subnet",
    "security group",
    "alarm",
    "stack",
    "pipeline",
    "network interface",
    "route table",
    "certificate",
    "secret",
    "repository",
    "repositories",
    "distribution",
    "load balancer",
    "task definition",
    "snapshot",
    "notebook",
    "trail",
    "gateway",
    "関数",
    "バケット",
    "ロール",
    "インスタンス",
    "データベース",
    "テーブル",
    "キュー",
    "トピック",
    "ポリシー",
    "ユーザー",
    "クラスター",
    "クラスタ",
    "ボリューム",
    "サブネット",
    "セキュリティグループ",
    "アラーム",
    "スタック",
    "パイプライン",
    "証明書",
    "シークレット",
    "リポジトリ",
    "ロードバランサー",
    "スナップショット",
    "ノートブック",
    "証跡",
    "ゲートウェイ",
    "ネットワークインターフェイス",
    "キースペース",
    "ルートテーブル",
];

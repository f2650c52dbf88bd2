//! What must vanish, what must stay, and the laws.

mod planted;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::{Value, json};

use planted::{CANARY, encoded, planted};

use super::*;
use crate::domain::decoded;

const ON: Masker = Masker::on();
const CONFIGURATION: Section = Section::Configuration;

fn leaks(text: &str) -> bool {
    let halves = encoded(&format!("export X={CANARY}"));
    text.contains(CANARY) || text.contains("73519462") || text.contains(halves.split_at(8).1)
}

#[test]
fn no_planted_secret_survives() {
    for (resource_type, body) in planted() {
        let raw = body.to_string();
        let masked = ON.mask_body(resource_type, CONFIGURATION, &raw);
        assert!(!leaks(&masked), "{resource_type} {masked}");
        assert!(masked.contains("«masked:"), "{masked}");
        let mut value = decoded(&raw);
        assert!(ON.mask_value(resource_type, CONFIGURATION, &mut value));
        assert!(
            !leaks(&value.to_string()),
            "decoded {resource_type} {value}"
        );
        // Bodies of the API are a text of JSON.
        let text = json!(raw).to_string();
        let masked = ON.mask_body(resource_type, CONFIGURATION, &text);
        assert!(!leaks(&masked), "text {resource_type} {masked}");
        assert_eq!(
            Masker::off().mask_body(resource_type, CONFIGURATION, &raw),
            raw
        );
    }
}

/// Built of parts, so that scanners of this source find no credential in it.
fn credentials() -> Vec<String> {
    let b64 = |text: &str| BASE64_URL_SAFE.encode(text).replace('=', "");
    vec![
        format!("AKIA{}", "QZ7CANARYXK3PL2M"),
        format!("ASIA{}", "QZ7CANARYXK3PL2M"),
        format!("{}/{}", "wJalrXUtnFEMI", "K7MDENGbPxRfiCYzq8Lw2T5vN9"),
        format!(
            "{}.{}.c2lnbmF0dXJl",
            b64(r#"{"alg":"HS256"}"#),
            b64(r#"{"sub":"canary"}"#)
        ),
        format!("ghp_{}", "a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6"),
        format!("gho_{}", "a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6"),
        format!("github_pat_{}", "11ABCDEFG0a1B2c3D4e5F6_a1B2c3D4e5F6"),
        format!("glpat-{}", "a1B2c3D4e5F6a1B2c3D4"),
        format!("xoxb-{}", "123456789012-123456789012-a1B2c3D4e5F6"),
        format!("sk_live_{}", "a1B2c3D4e5F6a1B2c3D4"),
        format!("rk_live_{}", "a1B2c3D4e5F6a1B2c3D4"),
        format!("sk_test_{}", "a1B2c3D4e5F6a1B2c3D4"),
        format!("AIza{}", "SyA1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e"),
        format!("npm_{}", "a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6"),
        format!("pypi-{}", "AgEIcHlwaS5vcmcCJGExYjJjM2Q0"),
        format!(
            "SG.{}.{}",
            "a1B2c3D4e5F6a1B2c3D4e5", "a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D"
        ),
        format!("sk-ant-api03-{}", "a1B2c3D4e5F6a1B2c3D4"),
        format!("sk-{}", "a1B2c3D4e5F6a1B2c3D4a1B2c3D4e5F6"),
        format!("AccountKey={}", "a1B2c3D4e5F6a1B2c3D4a1B2c3D4e5F6=="),
    ]
}

#[test]
fn credentials_are_known_anywhere() {
    assert_eq!(credentials()[2].len(), 40);
    for secret in credentials() {
        for text in [
            secret.clone(),
            format!("see {secret} there"),
            format!("a={secret}"),
            format!("\"{secret}\""),
            encoded(&format!("see {secret} there")),
            BASE64_STANDARD_NO_PAD.encode(format!("say: {secret} !")),
            json!({"deep": [{"x": secret}]}).to_string(),
        ] {
            let masked = ON.mask_text(&text);
            assert!(!masked.contains(&secret), "{masked}");
            assert!(masked.contains("«masked:"), "{text}");
            assert_eq!(ON.mask_tag("Owner", &text), masked);
        }
        let key = json!({ &secret: "x" }).to_string();
        assert!(!ON.mask_body("X", Section::Tags, &key).contains(&secret));
    }
}

#[test]
fn only_the_credential_of_a_text_is_replaced() {
    let masked = ON.mask_text("postgres://app:hunter2@db.example.com/app");
    assert!(masked.starts_with("postgres://app:«masked:"), "{masked}");
    assert!(masked.ends_with("»@db.example.com/app"), "{masked}");
    let masked = ON.mask_text("old password=hunter2 of Bob");
    assert!(
        masked.starts_with("old password=«masked:") && masked.ends_with("» of Bob"),
        "{masked}"
    );
}

#[test]
fn these_texts_stay() {
    let sha1 = "356a192b7913b04c54574d18c28d46e6395428ab";
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for text in [
        "",
        "a",
        "sg-0123456789abcdef0",
        "i-0123456789abcdef0",
        "vol-0a1b2c3d",
        "subnet-12345678",
        "10.0.0.0/16",
        "0.0.0.0/0",
        "::/0",
        sha1,
        sha256,
        "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf",
        "see arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf there",
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "secretsmanager:GetSecretValue",
        "iam:CreateAccessKey",
        "sts:AssumeRoleWithWebIdentity",
        "AllowPasswordChange",
        "AROAQZ7CANARYXK3PL2M",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "https://example.com/path?x=1",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/queue",
        "MyStack-DBPasswordSecret-1ABCDEF",
        "Rotates the password of the database",
        "Bearer authentication",
        "basic setup",
        "task-definition-1",
        "CloudFormationStackSetExecutionRole12345",
        "prod",
        "2026-02-13T06:02:31.556Z",
        "db.t3.medium",
        "Feb 13, 2026 6:04:53 AM",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ",
        "東京リージョン",
        "git@github.com:a/b.git",
        "cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com:5432",
        "version: 2\nphases: build",
        "$request.header.Authorization",
        "method.request.header.Authorization",
        "****",
        "password=****",
        "password=${DB_PASSWORD}",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        "Y2xlYXIgdGV4dCBvbmx5",
        "«masked:1a2b3c»",
        "service-role/AWSCodePipelineServiceRole1",
        "Z2FOO1BAR2BAZ3",
        "E1A2B3C4D5E6F7",
        "http://host:8080/path@x",
        "token.actions.githubusercontent.com:sub",
    ] {
        assert_eq!(ON.mask_text(text), text);
        assert_eq!(ON.mask_tag("Name", text), text);
        assert_eq!(ON.mask_tag("Environment", text), text);
    }
}

#[test]
fn these_bodies_stay_byte_by_byte() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "AllowPasswordChange", "Effect": "Allow", "Principal": {"AWS": "*"},
        "Action": ["secretsmanager:GetSecretValue", "iam:CreateAccessKey", "sts:AssumeRoleWithWebIdentity"],
        "Resource": "arn:aws:secretsmanager:*:*:secret:prod/*",
        "Condition": {"StringEquals": {"sts:ExternalId": "partner-7", "secretsmanager:ResourceTag/secret": "x",
            "token.actions.githubusercontent.com:sub": "repo:org/repo:ref:refs/heads/main"}}}]});
    for body in [
        policy.clone(),
        json!({"policy": policy.to_string()}),
        json!({"policy": utf8_percent_encode(&policy.to_string(), NON_ALPHANUMERIC).to_string()}),
        json!({"codeSha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "environment": {"type": "LINUX", "image": "aws/codebuild/standard:7.0"}}),
        json!({"metadataOptions": {"httpTokens": "required"}, "clientToken": "ab12cd34-1234", "keyName": "ops"}),
        json!({"passwordPolicy": {"minimumPasswordLength": 14, "passwordReusePrevention": 24, "maxPasswordAge": 90, "allowUsersToChangePassword": true}}),
        json!({"masterUserSecret": {"secretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf", "secretStatus": "active", "kmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}}),
        json!({"Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": "/prod/db/password"}]}),
        json!({"passwordLastUsed": "2026-02-13T06:02:31.556Z", "secretArn": "x", "TokenValidityUnits": {"AccessToken": "minutes"}, "AccessTokenValidity": 3600}),
        json!({"passwordEnabled": true, "password": "", "token": null, "secret": "<REDACTED>"}),
        json!({"ipPermissions": [{"fromPort": 443, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0", "description": "web"}]}]}),
        json!({"tags": [{"key": "Environment", "value": "prod"}, {"Key": "KeyName", "Value": "x"}]}),
        json!({"Environment": "prod", "publicKey": "ssh-rsa AAAAB3NzaC1yc2E", "ETag": "\"356a192b7913b04c54574d18c28d46e6395428ab\""}),
    ] {
        let spaced = serde_json::to_string_pretty(&body).unwrap();
        assert_eq!(
            ON.mask_body("AWS::IAM::Role", CONFIGURATION, &spaced),
            spaced
        );
    }
    let redacted =
        r#"{"customerGatewayConfiguration": "<REDACTED>", "definitionString": "REDACTED"}"#;
    assert_eq!(
        ON.mask_body("AWS::EC2::VPNConnection", CONFIGURATION, redacted),
        redacted
    );
    let stack = r#"{"parameters": [{"parameterKey": "P", "parameterValue": "****"}]}"#;
    assert_eq!(
        ON.mask_body("AWS::CloudFormation::Stack", CONFIGURATION, stack),
        stack
    );
}

#[test]
fn names_stay_where_values_go() {
    let body = json!({"environment": {"variables": {"LOG_LEVEL": "debug"}}, "list": [{"name": "DB_PASSWORD", "value": "x1"}]});
    let masked = ON
        .mask_body("AWS::Lambda::Function", CONFIGURATION, &body.to_string())
        .into_owned();
    assert!(masked.contains("LOG_LEVEL") && masked.contains("DB_PASSWORD"));
    assert!(!masked.contains("debug") && !masked.contains("x1"));
}

#[test]
fn tags_by_their_key() {
    assert!(
        ON.mask_tag("DB_PASSWORD", "hunter2")
            .starts_with("«masked:")
    );
    assert_eq!(ON.mask_tag("DB_PASSWORD", ""), "");
    assert_eq!(ON.mask_tag("password-rotation", "monthly"), "monthly");
    assert_eq!(Masker::off().mask_tag("DB_PASSWORD", "hunter2"), "hunter2");
}

#[test]
fn equal_secrets_have_equal_marks() {
    let tag = ON.mask_tag("password", "hunter2").into_owned();
    let text = ON.mask_text("password=hunter2").into_owned();
    assert_eq!(text, format!("password={tag}"));
    assert_eq!(tag.chars().count(), "«masked:1a2b3c»".chars().count());
}

#[test]
fn hostile_sizes_take_no_time() {
    for part in [
        "eyJ.",
        "eyJ-",
        "://",
        "a:b@",
        "password=",
        "password: ",
        "-----BEGIN ",
        "basic ",
        "--password ",
        "\\\"",
        "{\"",
        "AKIA",
        "x://a:",
        "<password>",
        "-----BEGIN PRIVATE KEY",
        "sk-",
        "=",
        ":",
        "password=\"",
        "パスワード：",
        "«masked:",
        "eyJ.eyJ",
        "://@",
    ] {
        let text = part.repeat(100_000 / part.len());
        assert!(!ON.mask_text(&text).is_empty());
        assert!(
            !ON.mask_body("X", CONFIGURATION, &json!({ "a": text }).to_string())
                .is_empty()
        );
    }
    let many: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": format!("n{n}"), "value": "v"}))
        .collect();
    assert!(
        !ON.mask_body(
            "X",
            CONFIGURATION,
            &json!({"environment": many}).to_string(),
        )
        .is_empty()
    );
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    assert!(
        !ON.mask_text(&json!({"a": json!({ "b": deep }).to_string()}).to_string())
            .is_empty()
    );
}

/// Pieces that meet the rules, in any order.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "password",
        "=",
        ":",
        " ",
        "\"",
        "\\",
        "secret",
        "token: ",
        "--api-key ",
        "«masked:1a2b3c»",
        "«masked:",
        "://",
        "u:p@",
        "Bearer abc12345",
        "{\"password\":\"x\"}",
        "{",
        "}",
        "eyJhIjox.eyJhIjox.x",
        "'",
        "|",
        "<",
        ">",
        "arn:aws:s3:::b",
        "ghp_a1B2c3D4e5F6a1B2c3D4",
        "\n",
        "-----BEGIN PRIVATE KEY-----",
        "true",
        "YWJj",
        "%7B",
        "】：",
    ];
    prop_oneof![
        3 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => "[a-zA-Z0-9+/=_-]{0,45}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..8).prop_map(|pieces| pieces.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        proptest::sample::select(vec![
            "password",
            "name",
            "value",
            "environment",
            "variables",
            "UserData",
            "Effect",
            "Condition",
            "secrets",
            "type",
            "namespace",
            "a",
            "parameters",
            "parameterValue"
        ])
        .prop_map(str::to_owned),
        text(),
    ];
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner.clone()), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            inner.prop_map(|value| Value::String(value.to_string())),
        ]
    })
}

proptest! {
    #[test]
    fn masking_texts_twice_is_masking_once(text in text()) {
        let once = ON.mask_text(&text).into_owned();
        prop_assert_eq!(&*ON.mask_text(&once), &once);
    }

    #[test]
    fn masking_bodies_twice_is_masking_once(value in any_json()) {
        for resource_type in ["X", "AWS::CloudFormation::Stack"] {
            let text = value.to_string();
            let once = ON.mask_body(resource_type, CONFIGURATION, &text).into_owned();
            prop_assert_eq!(&*ON.mask_body(resource_type, CONFIGURATION, &once), &once);
        }
    }

    #[test]
    fn a_value_under_a_secret_key_never_survives(secret in "[a-zA-Z0-9!#%&,;:/?@+=_.-]{8,40}") {
        prop_assume!(!setting::is_setting(&secret));
        let body = json!({"x": [{"dbPassword": secret}]}).to_string();
        prop_assert!(!ON.mask_body("X", CONFIGURATION, &body).contains(&secret));
        let text = format!("Server=x;Password={secret} end");
        prop_assert!(!ON.mask_text(&text).contains(&secret));
    }

    #[test]
    fn a_body_without_secrets_keeps_its_bytes(words in proptest::collection::vec("[a-z]{1,8}", 0..8), n in any::<u32>()) {
        let text = format!("{{ \"a\" : {n}.50, \"b\":{}}}", json!(words));
        let stays = matches!(ON.mask_body("X", CONFIGURATION, &text), Cow::Borrowed(same) if same == text);
        prop_assert!(stays);
    }

    #[test]
    fn marks_tell_equal_from_changed(one in "\\PC{1,30}", other in "\\PC{1,30}") {
        prop_assert_eq!(mark::mark(&one), mark::mark(&one));
        prop_assert!(mark::is_mark(&mark::mark(&one)));
        // One chance in 16 million.
        prop_assume!(one != other);
        prop_assert_ne!(mark::mark(&one), mark::mark(&other));
    }
}

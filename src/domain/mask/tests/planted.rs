//! Bodies with secrets in every place that is known to hold them.

use super::*;

/// Planted in every place where a secret may be.
pub(super) const CANARY: &str = "CanaryZq7";

pub(super) fn encoded(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

/// Bodies that hold the canary, or the text of it in base64 given with them.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn planted() -> Vec<(&'static str, Value)> {
    let c = CANARY;
    let script = encoded(&format!("#!/bin/bash\nexport X={c}\n"));
    vec![
        (
            "AWS::EC2::LaunchTemplate",
            json!({"LaunchTemplateData": {"ImageId": "ami-1", "UserData": script}}),
        ),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            json!({"userData": c}),
        ),
        ("AWS::EC2::Instance", json!({"userData": {"value": script}})),
        (
            "AWS::ECS::TaskDefinition",
            json!({"ContainerDefinitions": [{"Environment": [{"Name": "A", "Value": c}]}]}),
        ),
        (
            "AWS::ECS::TaskDefinition",
            json!({"containerDefinitions": [{"environment": [{"name": "A", "value": c}]}]}),
        ),
        (
            "AWS::Batch::JobDefinition",
            json!({"ContainerProperties": {"Environment": [{"Name": "A", "Value": c}]}}),
        ),
        (
            "AWS::CodeBuild::Project",
            json!({"environment": {"type": "LINUX", "environmentVariables": [{"name": "A", "type": "PLAINTEXT", "value": c}]}}),
        ),
        (
            "AWS::Amplify::App",
            json!({"EnvironmentVariables": [{"Name": "A", "Value": c}]}),
        ),
        (
            "AWS::Amplify::App",
            json!({"EnvironmentVariables": {"A": c}}),
        ),
        (
            "AWS::AppRunner::Service",
            json!({"SourceConfiguration": {"ImageRepository": {"ImageConfiguration": {"RuntimeEnvironmentVariables": [{"Name": "A", "Value": c}]}}}}),
        ),
        (
            "AWS::Lambda::Function",
            json!({"environment": {"variables": {"A": c, "B": 5}}}),
        ),
        (
            "AWS::Lambda::Function",
            json!({"environment": {"variables": {"A": json!({"b": c}).to_string()}}}),
        ),
        (
            "AWS::CloudFormation::Stack",
            json!({"parameters": [{"parameterKey": "A", "parameterValue": c}]}),
        ),
        (
            "AWS::CloudFormation::Stack",
            json!({"outputs": [{"outputKey": "A", "outputValue": c}]}),
        ),
        (
            "AWS::ElasticBeanstalk::Environment",
            json!({"optionSettings": {"aws:elasticbeanstalk:application:environment": {"A": c}}}),
        ),
        (
            "AWS::ElasticBeanstalk::Environment",
            json!({"optionSettings": [{"namespace": "aws:elasticbeanstalk:application:environment", "optionName": "A", "value": c}]}),
        ),
        (
            "AWS::EC2::VPNConnection",
            json!({"customerGatewayConfiguration": format!("<vpn><ike><pre_shared_key>{c}</pre_shared_key></ike></vpn>")}),
        ),
        (
            "AWS::EC2::VPNConnection",
            json!({"options": {"tunnelOptions": [{"preSharedKey": c}]}}),
        ),
        (
            "AWS::StepFunctions::StateMachine",
            json!({"DefinitionString": json!({"States": {"A": {"Parameters": {"x": c}}}}).to_string()}),
        ),
        (
            "AWS::RDS::DBInstance",
            json!({"pendingModifiedValues": {"masterUserPassword": c}}),
        ),
        (
            "AWS::Redshift::Cluster",
            json!({"pendingModifiedValues": {"masterUserPassword": c}}),
        ),
        (
            "AWS::Glue::Job",
            json!({"DefaultArguments": {"--x": c}, "NonOverridableArguments": {"--y": c}}),
        ),
        (
            "AWS::Glue::Connection",
            json!({"ConnectionInput": {"ConnectionProperties": {"USERNAME": c}}}),
        ),
        ("AWS::ApiGateway::Stage", json!({"variables": {"a": c}})),
        (
            "AWS::ApiGatewayV2::Stage",
            json!({"StageVariables": {"a": c}}),
        ),
        (
            "AWS::CodePipeline::Pipeline",
            json!({"stages": [{"actions": [{"configuration": {"Owner": c, "OAuthToken": c}}]}]}),
        ),
        (
            "AWS::DMS::Endpoint",
            json!({"Password": c, "ExtraConnectionAttributes": format!("a=1;pw={c}"), "MongoDbSettings": {"Password": c}}),
        ),
        (
            "AWS::SageMaker::Model",
            json!({"PrimaryContainer": {"Environment": {"A": c}}}),
        ),
        ("AWS::SSM::Parameter", json!({"Value": c, "Type": "String"})),
        (
            "AWS::SecretsManager::Secret",
            json!({"SecretString": json!({"username": c}).to_string()}),
        ),
        ("AWS::Cognito::UserPoolClient", json!({"ClientSecret": c})),
        // Any type.
        ("X", json!({"deep": [{"er": {"DBPassword": c}}]})),
        (
            "X",
            json!({"db_password": c, "MASTER-PASSWORD": c, "githubToken": c, "apikey": c}),
        ),
        (
            "X",
            json!({"credentials": {"user": c, "more": [c, {"x": c}]}}),
        ),
        ("X", json!({"list": [{"Key": "DB_PASSWORD", "Value": c}]})),
        (
            "X",
            json!({"list": [{"optionName": "DBPassword", "value": c}]}),
        ),
        (
            "X",
            json!({"description": format!("the password={c} is old")}),
        ),
        (
            "X",
            json!({"description": format!("run with --password {c} please")}),
        ),
        ("X", json!({"description": format!("pwd: {c}")})),
        (
            "X",
            json!({"command": ["sh", "-c", format!("secret_key = \"{c} with blanks {c}\"; ls")]}),
        ),
        (
            "X",
            json!({"url": format!("postgres://app:{c}@db.example.com:5432/app")}),
        ),
        (
            "X",
            json!({"url": format!("postgres://app:a/{c}@db.example.com/app")}),
        ),
        (
            "X",
            json!({"s": format!("Endpoint=sb://x/;SharedAccessKey={c}")}),
        ),
        (
            "X",
            json!({"h": format!("Authorization: Bearer {c}{c}{c}")}),
        ),
        ("X", json!({"h": format!("Bearer {c}{c}{c}")})),
        (
            "X",
            json!({"xml": format!("<a><password>{c}</password></a>")}),
        ),
        (
            "X",
            json!({"json": json!({"a": {"dbPassword": c}}).to_string()}),
        ),
        (
            "X",
            json!({"json": json!(json!({"dbPassword": c}).to_string()).to_string()}),
        ),
        (
            "X",
            json!({"url": utf8_percent_encode(&json!({"dbPassword": c}).to_string(), NON_ALPHANUMERIC).to_string()}),
        ),
        (
            "X",
            json!({"broken": format!("{{\"dbPassword\": \"{c}\", ")}),
        ),
        ("X", json!({"説明": format!("DBパスワード：{c}")})),
        ("X", json!({format!("ghp_{c}{c}{c}"): "x"})),
        (
            "X",
            json!({"slack": format!("https://hooks.slack.com/services/T0/B0/{c}")}),
        ),
        (
            "X",
            json!({"pem": format!("-----BEGIN RSA PRIVATE KEY-----\n{c}\n-----END RSA PRIVATE KEY-----")}),
        ),
        (
            "X",
            json!({"pem": format!("-----BEGIN PRIVATE KEY-----\n{c}")}),
        ),
        (
            "X",
            json!({"environment": {"a": c}, "userData": c, "user_data": c}),
        ),
        ("X", json!({"password": 73_519_462})),
    ]
}

//! Items with secrets where delivered items have them, and items without any.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{
    lake::with,
    states::{later, of},
};

/// What every planted secret begins with.
pub(super) const CANARY: &str = "canary-";
const TIMES: [&str; 2] = ["2024-10-20T10:00:00.000Z", "2024-11-05T10:00:00.000Z"];

/// A secret of a kind, another in each of the two states.
fn secret(kind: &str, state: usize) -> String {
    format!("{CANARY}{kind}-{state}")
}

/// A start script with a secret in it, as it is delivered.
fn script(kind: &str, state: usize) -> String {
    STANDARD.encode(format!(
        "#!/bin/bash\nexport DB_PASSWORD={}\n/opt/app/start\n",
        secret(kind, state)
    ))
}

/// The part of each delivered base64 that is the secret's alone, whatever stands around it.
pub(super) fn encoded_canaries() -> Vec<String> {
    // Base64 has three phases; the first and last character depend on the neighbours.
    let phase = |(skip, at): (usize, std::ops::Range<usize>)| {
        let encoded = STANDARD.encode(format!("{}{CANARY}", "x".repeat(skip)));
        encoded.get(at).unwrap_or_default().to_owned()
    };
    [(0, 0..9), (1, 2..10), (2, 3..12)]
        .into_iter()
        .map(phase)
        .collect()
}

/// The configuration of each kind in one state.
#[expect(clippy::too_many_lines, reason = "a table")]
fn bodies(state: usize) -> Vec<(&'static str, &'static str, Value)> {
    let secret = |kind: &str| secret(kind, state);
    let vpn = format!(
        "<vpn_connection><pre_shared_key>{}</pre_shared_key></vpn_connection>",
        secret("vpn-xml")
    );
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"password": secret("statemachine")}}}});
    vec![
        (
            "AWS::EC2::LaunchTemplate",
            "lt-1",
            json!({"LaunchTemplateName": "w", "LaunchTemplateData": {"UserData": script("userdata", state)}}),
        ),
        (
            "AWS::AutoScaling::LaunchConfiguration",
            "lc-1",
            json!({"launchConfigurationName": "l", "userData": script("launchconfiguration", state)}),
        ),
        (
            "AWS::ECS::TaskDefinition",
            "task-1",
            json!({"Family": "t", "ContainerDefinitions": [{"Name": "app", "Environment": [{"Name": "SETTING", "Value": secret("taskdefinition")}]}]}),
        ),
        (
            "AWS::Lambda::Function",
            "fn-1",
            json!({"functionName": "f", "environment": {"variables": {"SETTING": secret("lambda")}}}),
        ),
        (
            "AWS::CodeBuild::Project",
            "build-1",
            json!({"name": "b", "environment": {"environmentVariables": [{"name": "SETTING", "value": secret("codebuild"), "type": "PLAINTEXT"}]}}),
        ),
        (
            "AWS::Amplify::App",
            "amplify-1",
            json!({"Name": "a", "EnvironmentVariables": [{"Name": "SETTING", "Value": secret("amplify")}]}),
        ),
        (
            "AWS::AppRunner::Service",
            "apprunner-1",
            json!({"SourceConfiguration": {"ImageRepository": {"ImageConfiguration": {"RuntimeEnvironmentVariables": [{"Name": "SETTING", "Value": secret("apprunner")}]}}}}),
        ),
        (
            "AWS::CloudFormation::Stack",
            "stack-1",
            json!({"stackName": "s", "parameters": [{"parameterKey": "Setting", "parameterValue": secret("stack-parameter")}], "outputs": [{"outputKey": "Out", "outputValue": secret("stack-output")}]}),
        ),
        (
            "AWS::ElasticBeanstalk::Environment",
            "beanstalk-1",
            json!({"optionSettings": {"aws:elasticbeanstalk:application:environment": {"SETTING": secret("beanstalk")}}}),
        ),
        (
            "AWS::EC2::VPNConnection",
            "vpn-1",
            json!({"vpnConnectionId": "vpn-1", "customerGatewayConfiguration": vpn, "options": {"tunnelOptions": [{"preSharedKey": secret("vpn-psk")}]}}),
        ),
        (
            "AWS::StepFunctions::StateMachine",
            "machine-1",
            json!({"StateMachineName": "m", "DefinitionString": definition.to_string()}),
        ),
        (
            "AWS::RDS::DBInstance",
            "db-1",
            json!({"dBInstanceIdentifier": "d", "pendingModifiedValues": {"masterUserPassword": secret("rds")}}),
        ),
        (
            "AWS::Redshift::Cluster",
            "redshift-1",
            json!({"clusterIdentifier": "c", "pendingModifiedValues": {"masterUserPassword": secret("redshift")}}),
        ),
        (
            "AWS::Glue::Job",
            "glue-1",
            json!({"Name": "j", "DefaultArguments": {"--setting": secret("glue")}}),
        ),
        (
            "AWS::ApiGateway::Stage",
            "stage-1",
            json!({"stageName": "s", "variables": {"setting": secret("stage")}}),
        ),
        (
            "AWS::CodePipeline::Pipeline",
            "pipeline-1",
            json!({"name": "p", "stages": [{"name": "Source", "actions": [{"name": "a", "configuration": {"OAuthToken": secret("pipeline")}}]}]}),
        ),
        (
            "AWS::DMS::Endpoint",
            "dms-1",
            json!({"EndpointIdentifier": "e", "Password": secret("dms"), "ExtraConnectionAttributes": format!("user=a;password={}", secret("dms-attributes"))}),
        ),
        // Free text, and members of types that no list names.
        (
            "AWS::EC2::SecurityGroup",
            "sg-1",
            json!({"groupId": "sg-1", "description": format!("for the shop, password={}", secret("description"))}),
        ),
        (
            "AWS::Example::Thing",
            "thing-1",
            json!({"ClientSecret": secret("key-name"), "nested": [{"apiKey": secret("nested-key")}], "start": script("unknown-type", state)}),
        ),
    ]
}

/// Both states of every resource that has a secret.
pub(super) fn planted() -> Vec<[Value; 2]> {
    let mut pairs: Vec<[Value; 2]> = bodies(1)
        .into_iter()
        .zip(bodies(2))
        .map(|((kind, id, first), (.., second))| {
            let before = with(
                of(kind, id, TIMES[0], first),
                json!({"tags": {"team": "blue"}}),
            );
            let after = later(&before, TIMES[1], json!({"configuration": second}));
            [before, after]
        })
        .collect();
    let tags = |state| {
        json!({
            "tags": {
                "team": "blue", "DB_PASSWORD": secret("tag-password", state),
                "ApiToken": secret("tag-token", state), "note": format!("login with password={}", secret("tag-text", state)),
            },
            "supplementaryConfiguration": {"Policy": json!({"password": secret("supplementary", state)}).to_string()},
        })
    };
    let tagged = with(
        of(
            "AWS::EC2::VPC",
            "vpc-1",
            TIMES[0],
            json!({"vpcId": "vpc-1"}),
        ),
        tags(1),
    );
    let after = later(&tagged, TIMES[1], tags(2));
    pairs.push([tagged, after]);
    pairs
}

/// Texts that look like secrets to a careless reader and that everybody needs.
pub(super) const READABLE: [&str; 12] = [
    "secretsmanager:GetSecretValue",
    "kms:Decrypt",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf",
    "arn:aws:iam::111122223333:role/password-rotation",
    "sg-0123456789abcdef0",
    "10.0.0.0/8",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "5VDWIhpAJ/Di9Bty8N/0EXRtE8HzMFjYGRjQIIVXmoY=",
    "aeb221660ff09134bb3a46b295554820f5cdcaae8971d75d9ffa62468c850dca",
    "8e35aafb-8b87-4589-6e5f-487038763450",
    "AROARWYTDFGEMEZXPEP7X",
    "token-service",
];

/// Items with those texts, and nothing that is a secret.
pub(super) fn readable() -> Vec<Value> {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": [READABLE[0], READABLE[1]], "Resource": READABLE[2],
        "Principal": {"AWS": READABLE[3]},
    }]});
    let at = |kind: &str, id: &str, body: Value| of(kind, id, TIMES[1], body);
    let bucket = json!({
        "AccessControlList": json!({"owner": {"id": READABLE[8]}}).to_string(),
        "BucketPolicy": {"policyText": policy.to_string()},
    });
    vec![
        at(
            "AWS::IAM::Policy",
            "ANPA1",
            json!({"policyName": "p", "document": policy}),
        ),
        at(
            "AWS::IAM::Role",
            READABLE[10],
            json!({"roleName": READABLE[11], "roleId": READABLE[10], "arn": READABLE[3]}),
        ),
        at(
            "AWS::EC2::SecurityGroup",
            READABLE[4],
            json!({"groupId": READABLE[4], "ipPermissions": [{
                "fromPort": 22, "toPort": 22, "ipProtocol": "tcp", "ipv4Ranges": [{"cidrIp": READABLE[5]}],
            }]}),
        ),
        at(
            "AWS::ECS::TaskDefinition",
            "t",
            json!({"ContainerDefinitions": [{
                "Image": format!("111122223333.dkr.ecr.us-east-1.amazonaws.com/app@{}", READABLE[6]),
                "Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": READABLE[2]}],
            }]}),
        ),
        at(
            "AWS::Lambda::Function",
            "f",
            json!({"functionName": "f", "codeSha256": READABLE[7]}),
        ),
        with(
            at("AWS::S3::Bucket", "b", json!({"name": "b"})),
            json!({"supplementaryConfiguration": bucket}),
        ),
        at(
            "AWS::KMS::Key",
            READABLE[9],
            json!({"keyId": READABLE[9], "keyState": "Enabled"}),
        ),
    ]
}

//! Bodies of what runs without machines of one's own, and of what watches and builds it.

use serde_json::{Value, json};

use super::super::item::{related, tag_list};
use super::super::kind::Kind;
use super::super::place::Place;
use super::super::random::{hash, hex, letters, uuid, word};
use super::super::time::{SECOND, american, iso, offset_form};
use super::{Body, Subject};

const RUNTIMES: [&str; 6] = [
    "python3.12",
    "nodejs20.x",
    "java21",
    "python3.11",
    "provided.al2023",
    "dotnet8",
];
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A function. Any call gives it another revision id and another time.
pub(super) fn function(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let group = place.home(Kind::Group, seed);
    let subnets = [
        place.home_id(Kind::Subnet, seed),
        place.home_id(Kind::Subnet, !seed),
    ];
    let role = format!("{}-role", subject.name);
    let code = hash(&[seed, resource.turns(0, 4)]);
    let layers: Vec<Value> = (0..2)
        .map(|layer| {
            let version = 10 + resource.turns(3, 4);
            json!({"arn": place.arn("lambda", &format!("layer:shared-{layer}:{version}")), "codeSize": 1_000 + layer})
        })
        .collect();
    let modified = resource.modified;
    let body = json!({
        "functionName": subject.name, "functionArn": subject.arn,
        "runtime": word(&RUNTIMES, seed), "role": place.iam_arn(&format!("role/{role}")),
        "handler": "app.handler", "codeSize": 900_000 + code % 4_000_000,
        "description": format!("Handles what comes in for {}", subject.name),
        "timeout": 30 + resource.turns(1, 4) % 60, "memorySize": 128 * (2 + resource.turns(2, 4) % 14),
        "lastModified": offset_form(modified), "codeSha256": format!("{}=", letters(code, BASE64, 43)),
        "version": "$LATEST",
        "vpcConfig": {"subnetIds": subnets, "securityGroupIds": [place.id(group)],
            "vpcId": place.home_id(Kind::Vpc, 0), "ipv6AllowedForDualStack": false},
        "tracingConfig": {"mode": "Active"},
        "revisionId": uuid(hash(&[seed, modified.unsigned_abs(), u64::from(resource.volatile)])),
        "layers": layers, "state": "Active", "lastUpdateStatus": "Successful", "fileSystemConfigs": [],
        "packageType": "Zip", "architectures": ["arm64"], "ephemeralStorage": {"size": 512},
        "snapStart": {"applyOn": "None", "optimizationStatus": "Off"},
        "runtimeVersionConfig": {"runtimeVersionArn": place.arn("lambda", &format!("runtime:{}", hex(seed >> 61, 64)))},
        "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO", "systemLogLevel": "WARN",
            "logGroup": format!("/aws/lambda/{}", subject.name)},
    });
    let statement = json!({"Version": "2012-10-17", "Id": "default", "Statement": [{
        "Sid": "from-events", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": subject.arn,
    }]});
    let supplement = json!({
        "Policy": {"policy": statement.to_string()}, "Tags": subject.tags,
        "UnresolvedConfigRules": [],
    });
    // A role is known by its name here: no id.
    let lasting = vec![
        json!({"resourceType": "AWS::IAM::Role", "resourceName": role, "name": "Is associated with "}),
        related(place, group, "Is associated with SecurityGroup"),
    ];
    let name = subject.name.clone();
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
        .related(lasting)
        .supplemented(supplement)
}

/// An alarm, which goes to and fro.
pub(super) fn alarm(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let state = word(&["OK", "ALARM"], u64::from(resource.volatile));
    let threshold = 50 + seed % 40 + resource.turns(0, 3);
    let topic = |what: &str| place.arn("sns", &format!("{what}-{}", resource.turns(2, 3)));
    let value = hash(&[seed, u64::from(resource.volatile)]) % 100;
    let reason = format!(
        "Threshold Crossed: 1 out of the last 3 datapoints [{value}.0] was compared with the threshold ({threshold}.0)."
    );
    let data = json!({"version": "1.0", "queryDate": iso(resource.modified), "startDate": iso(resource.modified - 300 * SECOND),
        "statistic": "Average", "period": 60, "recentDatapoints": [value], "threshold": threshold});
    let body = json!({
        "alarmName": subject.name, "alarmArn": subject.arn,
        "alarmDescription": format!("{} is not well: see the runbook of the team", subject.name),
        "alarmConfigurationUpdatedTimestamp": resource.born, "actionsEnabled": true,
        "oKActions": [topic("recovered")], "alarmActions": [topic("pages")], "insufficientDataActions": [],
        "stateValue": state, "stateReason": reason, "stateReasonData": data.to_string(),
        "stateUpdatedTimestamp": resource.modified, "stateTransitionedTimestamp": resource.modified,
        "metricName": word(&["CPUUtilization", "Errors", "Latency", "Throttles"], seed >> 9),
        "namespace": "AWS/Lambda", "statistic": "Average",
        "dimensions": [{"name": "FunctionName", "value": place.home_id(Kind::Function, seed)}],
        "period": 60, "evaluationPeriods": 3 + resource.turns(1, 3) % 7, "datapointsToAlarm": 1, "threshold": threshold,
        "comparisonOperator": "GreaterThanThreshold", "treatMissingData": "notBreaching", "metrics": [],
    });
    let name = subject.name.clone();
    Body::new(subject, body)
        .named(&name)
        .zoned("Not Applicable")
}

/// An ECS service (`PascalCase`), the progress of whose deployments is part of it.
pub(super) fn service(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let (group, task) = (
        place.home(Kind::Group, seed),
        place.home(Kind::TaskDefinition, seed),
    );
    let subnets = [
        place.home(Kind::Subnet, seed),
        place.home(Kind::Subnet, !seed),
    ];
    let definition = format!("{}:{}", place.arn_of(task), 1 + resource.turns(0, 2));
    let (wanted, steps) = (2 + resource.turns(1, 2) % 9, u64::from(resource.volatile));
    let deployments: Vec<Value> = (0..2)
        .map(|deployment| {
            json!({
                "Id": format!("ecs-svc/{}", hash(&[seed, steps, deployment])), "Status": word(&["PRIMARY", "ACTIVE"], deployment),
                "TaskDefinition": definition, "DesiredCount": wanted, "PendingCount": 0, "FailedTasks": 0,
                "RunningCount": (wanted + steps) % (wanted + 1), "CreatedAt": iso(resource.born),
                "UpdatedAt": iso(resource.modified), "LaunchType": "FARGATE", "PlatformVersion": "1.4.0",
                "RolloutState": word(&["COMPLETED", "IN_PROGRESS"], steps + deployment),
                "RolloutStateReason": format!("ECS deployment ecs-svc/{} completed.", hash(&[seed, steps])),
            })
        })
        .collect();
    let body = json!({
        "Cluster": place.arn("ecs", "cluster/main"), "DesiredCount": wanted, "LaunchType": "FARGATE",
        "RunningCount": (wanted + steps) % (wanted + 1), "PendingCount": 0, "Deployments": deployments,
        "DeploymentConfiguration": {"MaximumPercent": 200, "MinimumHealthyPercent": 100,
            "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true},
            "Alarms": {"Enable": false, "Rollback": false, "AlarmNames": []}},
        "DeploymentController": {"Type": "ECS"}, "EnableECSManagedTags": true,
        "EnableExecuteCommand": false, "HealthCheckGracePeriodSeconds": 60, "Name": subject.name,
        "LoadBalancers": [{"ContainerName": "app", "ContainerPort": 8080,
            "TargetGroupArn": place.arn("elasticloadbalancing", &format!("targetgroup/{}/{}", subject.name, hex(seed, 16)))}],
        "NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "DISABLED",
            "SecurityGroups": [place.id(group)], "Subnets": [place.id(subnets[0]), place.id(subnets[1])]}},
        "PlacementConstraints": [], "PlacementStrategies": [], "PlatformVersion": "LATEST",
        "PropagateTags": "SERVICE", "Role": place.iam_arn("role/ecsServiceRole"),
        "SchedulingStrategy": "REPLICA", "ServiceArn": subject.arn, "ServiceName": subject.name,
        "ServiceRegistries": [], "Tags": tag_list(&subject.tags), "TaskDefinition": definition,
    });
    let mut lasting = vec![
        json!({"resourceType": "AWS::ECS::Cluster", "resourceId": place.arn("ecs", "cluster/main"), "name": "Is contained in "}),
        related(place, task, "Is associated with "),
        related(place, group, "Is associated with "),
    ];
    lasting.extend(subnets.map(|subnet| related(place, subnet, "Is contained in ")));
    let name = subject.name.clone();
    Body::new(subject, body).named(&name).related(lasting)
}

/// A task definition (`PascalCase`): its id is the family, its ARN has the revision.
pub(super) fn task_definition(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let revision = 1 + u64::from(resource.settings);
    let registry = format!("{}.dkr.ecr.{}.amazonaws.com", place.account, place.region);
    let containers: Vec<Value> = ["app", "proxy", "log-router"]
        .iter()
        .enumerate()
        .map(|(at, container)| {
            let image = hash(&[seed, revision, u64::try_from(at).unwrap_or(0)]);
            json!({
                "Name": container, "Image": format!("{registry}/{}/{container}@sha256:{}", subject.name, hex(image, 64)),
                "Cpu": 256, "Memory": 512, "Essential": at == 0, "Command": [], "EntryPoint": [],
                "Environment": [{"Name": "LOG_LEVEL", "Value": "info"}, {"Name": "AWS_REGION", "Value": place.region},
                    {"Name": "RELEASE", "Value": format!("1.{revision}.0")}, {"Name": "SERVICE", "Value": subject.name}],
                "Secrets": [{"Name": "DATABASE", "ValueFrom": place.arn("ssm", &format!("parameter/{}/database", subject.name))}],
                "PortMappings": [{"ContainerPort": 8_080 + at, "HostPort": 8_080 + at, "Protocol": "tcp"}],
                "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": format!("/ecs/{}", subject.name),
                    "awslogs-region": place.region, "awslogs-stream-prefix": container}},
                "MountPoints": [], "VolumesFrom": [], "DependsOn": [], "Links": [], "DnsServers": [],
                "HealthCheck": {"Command": ["CMD-SHELL", "curl -f http://localhost/healthz || exit 1"],
                    "Interval": 30, "Timeout": 5, "Retries": 3},
            })
        })
        .collect();
    let arn = format!("{}:{revision}", subject.arn);
    let body = json!({
        "ContainerDefinitions": containers, "Cpu": "1024", "Memory": "2048", "Family": subject.name,
        "NetworkMode": "awsvpc", "ExecutionRoleArn": place.iam_arn("role/ecsTaskExecutionRole"),
        "TaskRoleArn": place.iam_arn(&format!("role/{}-task", subject.name)),
        "RequiresCompatibilities": ["FARGATE"], "Status": "ACTIVE", "Tags": [], "Volumes": [],
        "PlacementConstraints": [], "InferenceAccelerators": [], "TaskDefinitionArn": arn,
    });
    let name = format!("{}:{revision}", subject.name);
    let mut body = Body::new(subject, body).named(&name).untagged();
    body.head.arn = Some(arn);
    body
}

/// A stack.
pub(super) fn stack(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let parameters: Vec<Value> = (0..8_u32)
        .map(|parameter| {
            json!({"parameterKey": format!("Parameter{parameter}"), "resolvedValue": "",
                "parameterValue": format!("{}-{}", hex(hash(&[seed, parameter.into()]), 8), resource.turns(parameter, 8))})
        })
        .collect();
    let outputs: Vec<Value> = (0..4_u64)
        .map(|output| {
            json!({"outputKey": format!("Output{output}"), "description": "For other stacks",
                "outputValue": place.arn("lambda", &format!("function:{}-{output}", subject.name)),
                "exportName": format!("{}-output-{output}", subject.name)})
        })
        .collect();
    let checked = resource.born + i64::from(resource.volatile) * 3_600 * SECOND;
    let body = json!({
        "stackId": subject.arn, "stackName": subject.name,
        "description": format!("What {} is made of", subject.name), "parameters": parameters,
        "creationTime": american(resource.born), "lastUpdatedTime": american(resource.modified),
        "rollbackConfiguration": {"rollbackTriggers": []}, "stackStatus": "UPDATE_COMPLETE",
        "disableRollback": false, "notificationARNs": [],
        "capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"], "outputs": outputs,
        "roleARN": place.iam_arn("role/deployment"), "tags": tag_list(&subject.tags),
        "enableTerminationProtection": false,
        "driftInformation": {"stackDriftStatus": "IN_SYNC", "lastCheckTimestamp": american(checked)},
        "retainExceptOnCreate": false,
    });
    let members: Vec<Value> = (0..6_u64)
        .map(|member| {
            json!({"resourceStatus": "UPDATE_COMPLETE", "resourceType": "AWS::Lambda::Function",
                "logicalResourceId": format!("Function{member}"),
                "physicalResourceId": place.home_id(Kind::Function, hash(&[seed, member])),
                "driftInformation": {"stackResourceDriftStatus": "NOT_CHECKED"}})
        })
        .collect();
    let supplement = json!({"unsupportedResources": [], "stackResourceSummaries": members});
    let (name, created) = (subject.name.clone(), resource.born);
    Body::new(subject, body)
        .named(&name)
        .created(created)
        .supplemented(supplement)
}

/// What the rules say of a resource: neither ARN nor name nor tags.
pub(super) fn compliance(subject: Subject<'_>) -> Body {
    let Subject {
        place,
        resource,
        seed,
        ..
    } = subject;
    let judged = Place::judged(resource.name);
    let rules: Vec<Value> = (0..5_u32)
        .map(|rule| {
            let own = hash(&[place.seed, rule.into()]);
            let verdict = word(&["COMPLIANT", "NON_COMPLIANT"], (seed >> rule) + resource.turns(rule, 5));
            json!({
                "configRuleArn": place.arn("config", &format!("config-rule/config-rule-{}", hex(own, 6))),
                "configRuleId": format!("config-rule-{}", hex(own, 6)), "complianceType": verdict,
                "configRuleName": format!("{}-check-{rule}", word(&["encryption", "public-access", "tags", "logging"], own)),
            })
        })
        .collect();
    let bad = rules
        .iter()
        .any(|rule| rule.get("complianceType") == Some(&json!("NON_COMPLIANT")));
    let body = json!({
        "targetResourceId": place.id(judged), "targetResourceType": judged.kind.traits().name,
        "configRuleList": rules, "complianceType": if bad { "NON_COMPLIANT" } else { "COMPLIANT" },
    });
    let lasting = vec![related(place, judged, "Is associated with ")];
    let mut body = Body::new(subject, body).related(lasting).untagged();
    body.head.arn = None;
    body
}

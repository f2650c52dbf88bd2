//! What runs: instances, functions, services, alarms.

use serde_json::json;

use super::{Pair, moved, pair};
use crate::support::lake::with;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn pairs() -> Vec<Pair> {
    let instance_type = "AWS::EC2::Instance";
    let instance = json!({
        "instanceId": "i-1", "instanceType": "t3.small", "imageId": "ami-1",
        "state": {"code": 16, "name": "running"}, "tags": [{"key": "Name", "value": "a"}],
    });
    let tagged = json!({
        "tags": {"Name": "b"},
        "configuration": with(instance.clone(), json!({"tags": [{"key": "Name", "value": "b"}]})),
    });
    let function_type = "AWS::Lambda::Function";
    let function = json!({
        "functionName": "f", "runtime": "python3.12", "memorySize": 128, "codeSha256": "AAAA",
        "lastModified": "2024-10-20T09:59:00.000+0000", "revisionId": "r-1", "version": "$LATEST",
    });
    let touched = json!({"configuration": with(function.clone(), json!({
        "lastModified": "2024-11-05T09:59:00.000+0000", "revisionId": "r-2",
    }))});
    let released = json!({"configuration": with(function.clone(), json!({
        "lastModified": "2024-11-05T09:59:00.000+0000", "revisionId": "r-2", "codeSha256": "BBBB",
    }))});
    let service = json!({
        "ServiceName": "shop", "DesiredCount": 2, "LaunchType": "FARGATE",
        "TaskDefinition": "arn:aws:ecs:us-east-1:111122223333:task-definition/shop:26",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1", "subnet-2"]}},
        "Tags": [],
    });
    let service_type = "AWS::ECS::Service";
    let release = json!("arn:aws:ecs:us-east-1:111122223333:task-definition/shop:27");
    let service_tagged = json!({
        "tags": {"team": "blue"},
        "configuration": with(service.clone(), json!({"Tags": [{"Key": "team", "Value": "blue"}]})),
    });
    let subnets = "/NetworkConfiguration/AwsvpcConfiguration/Subnets";
    let alarm = json!({
        "alarmName": "cpu", "threshold": 80.0, "stateTransitionedTimestamp": 1_729_000_000_000_u64,
        "alarmConfigurationUpdatedTimestamp": 1_662_098_400_000_u64, "actionsEnabled": true,
    });
    let alarm_type = "AWS::CloudWatch::Alarm";
    vec![
        moved(
            "instance-resized",
            instance_type,
            &instance,
            ("/instanceType", json!("t3.large")),
            "settings",
        ),
        moved(
            "instance-stopped",
            instance_type,
            &instance,
            ("/state", json!({"code": 80, "name": "stopped"})),
            "settings",
        ),
        pair(
            "instance-tagged",
            instance_type,
            instance.clone(),
            tagged,
            "tags",
        ),
        pair(
            "instance-tagged-top",
            instance_type,
            instance.clone(),
            json!({"tags": {"Name": "b"}}),
            "tags",
        ),
        pair(
            "instance-same",
            instance_type,
            instance,
            json!({}),
            "identical",
        ),
        pair(
            "function-touched",
            function_type,
            function.clone(),
            touched,
            "volatile",
        ),
        pair(
            "function-released",
            function_type,
            function.clone(),
            released,
            "settings",
        ),
        moved(
            "function-memory",
            function_type,
            &function,
            ("/memorySize", json!(256)),
            "settings",
        ),
        moved(
            "service-released",
            service_type,
            &service,
            ("/TaskDefinition", release),
            "settings",
        ),
        moved(
            "service-scaled",
            service_type,
            &service,
            ("/DesiredCount", json!(4)),
            "settings",
        ),
        moved(
            "service-reordered",
            service_type,
            &service,
            (subnets, json!(["subnet-2", "subnet-1"])),
            "identical",
        ),
        pair(
            "service-tagged",
            service_type,
            service,
            service_tagged,
            "tags",
        ),
        moved(
            "alarm-fired",
            alarm_type,
            &alarm,
            ("/stateTransitionedTimestamp", json!(1_730_800_000_000_u64)),
            "volatile",
        ),
        moved(
            "alarm-threshold",
            alarm_type,
            &alarm,
            ("/threshold", json!(95.0)),
            "settings",
        ),
    ]
}

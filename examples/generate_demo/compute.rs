//! Bodies of what runs code: Lambda and ECS.

use serde_json::json;

use super::places::Place;
use super::resource::Resource;
use super::text::{code_hash, pick, uuid};
use super::time::{Millis, offset_form};

/// A Lambda function.
pub(crate) fn function(
    place: Place,
    name: &str,
    runtime: &str,
    memory: u32,
    modified: Millis,
) -> Resource {
    let role = format!("{name}-role");
    let arn = place.arn("lambda", &format!("function:{name}"));
    let body = json!({
        "functionName": name, "functionArn": arn, "runtime": runtime,
        "role": place.iam_arn(&format!("role/{role}")), "handler": "app.handler",
        "codeSize": 900_000 + pick(name, 4_000_000), "description": "", "timeout": 30,
        "memorySize": memory, "lastModified": offset_form(modified), "codeSha256": code_hash(name),
        "version": "$LATEST", "tracingConfig": {"mode": "Active"},
        "revisionId": uuid(&format!("{name} revision")), "layers": [], "state": "Active",
        "lastUpdateStatus": "Successful", "fileSystemConfigs": [], "packageType": "Zip",
        "architectures": ["x86_64"], "ephemeralStorage": {"size": 512},
    });
    let mut function = Resource::new(place, "AWS::Lambda::Function", name, body)
        .named(name)
        .with_arn(arn)
        .with_supplementary(json!({"Tags": {"service": service(name)}}))
        .tag("service", service(name));
    function.relationships.push(json!({
        "resourceType": "AWS::IAM::Role", "resourceName": role, "name": "Is associated with ",
    }));
    function
}

/// A function's code is released anew.
pub(crate) fn release(function: &mut Resource) {
    let label = format!("{} {}", function.id, function.now);
    function.set("/codeSha256", json!(code_hash(&label)));
    function.set("/codeSize", json!(900_000 + pick(&label, 4_000_000)));
    touch(function);
}

/// Lambda moves what it moves by itself, and nothing else.
pub(crate) fn touch(function: &mut Resource) {
    let label = format!("{} touched {}", function.id, function.now);
    function.set("/lastModified", json!(offset_form(function.now)));
    function.set("/revisionId", json!(uuid(&label)));
}

fn service(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

/// An ECS task definition (`PascalCase`); its id is the family, its ARN has the revision.
pub(crate) fn task_definition(place: Place, family: &str, password: Option<&str>) -> Resource {
    let mut environment = vec![
        json!({"Name": "LOG_LEVEL", "Value": "info"}),
        json!({"Name": "REGION", "Value": place.region}),
    ];
    environment.extend(password.map(|value| json!({"Name": "DB_PASSWORD", "Value": value})));
    let arn = place.arn("ecs", &format!("task-definition/{family}:1"));
    let body = json!({
        "ContainerDefinitions": [{
            "Name": "app", "Image": format!("{}.dkr.ecr.{}.amazonaws.com/{family}:1.0.0", place.account, place.region),
            "Cpu": 0, "Essential": true, "Environment": environment, "Secrets": [],
            "PortMappings": [{"ContainerPort": 8080, "HostPort": 8080, "Protocol": "tcp"}],
            "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": format!("/ecs/{family}"), "awslogs-region": place.region}},
        }],
        "Cpu": "512", "Memory": "1024", "Family": family, "NetworkMode": "awsvpc",
        "ExecutionRoleArn": place.iam_arn("role/ecsTaskExecutionRole"),
        "RequiresCompatibilities": ["FARGATE"], "Status": "ACTIVE", "Tags": [], "Volumes": [],
        "TaskDefinitionArn": arn,
    });
    Resource::new(place, "AWS::ECS::TaskDefinition", family, body)
        .named(&format!("{family}:1"))
        .with_arn(arn)
        .zone("Regional")
}

/// The next revision of a task definition, with a new image.
pub(crate) fn revise(task: &mut Resource, revision: usize) {
    let (place, family) = (task.place, task.id.clone());
    let arn = place.arn("ecs", &format!("task-definition/{family}:{revision}"));
    let image = format!(
        "{}.dkr.ecr.{}.amazonaws.com/{family}:1.{revision}.0",
        place.account, place.region
    );
    task.set("/TaskDefinitionArn", json!(arn));
    task.set("/ContainerDefinitions/0/Image", json!(image));
    task.name = Some(format!("{family}:{revision}"));
    task.arn = Some(arn);
}

/// An ECS service (`PascalCase`).
pub(crate) fn service_of(place: Place, name: &str, subnet: &str, group: &str) -> Resource {
    let arn = place.arn("ecs", &format!("service/main/{name}"));
    let body = json!({
        "Cluster": place.arn("ecs", "cluster/main"), "DesiredCount": 2, "LaunchType": "FARGATE",
        "DeploymentConfiguration": {"MaximumPercent": 200, "MinimumHealthyPercent": 100,
            "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true}},
        "DeploymentController": {"Type": "ECS"}, "EnableECSManagedTags": true,
        "EnableExecuteCommand": false, "HealthCheckGracePeriodSeconds": 60, "Name": name,
        "NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "DISABLED",
            "SecurityGroups": [group], "Subnets": [subnet]}},
        "PlatformVersion": "LATEST", "PropagateTags": "NONE", "SchedulingStrategy": "REPLICA",
        "ServiceArn": arn, "ServiceName": name, "Tags": [],
        "TaskDefinition": place.arn("ecs", &format!("task-definition/{name}:1")),
    });
    Resource::new(place, "AWS::ECS::Service", &arn, body)
        .named(name)
        .with_arn(arn.clone())
        .zone("Regional")
        .related("AWS::EC2::Subnet", subnet, "Is contained in ")
}

/// A service is given a revision of its task definition.
pub(crate) fn deploy(service: &mut Resource, revision: usize) {
    let name = service.name.clone().unwrap_or_default();
    let arn = service
        .place
        .arn("ecs", &format!("task-definition/{name}:{revision}"));
    service.set("/TaskDefinition", json!(arn));
}

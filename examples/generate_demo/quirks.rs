//! Files that are out of the ordinary but not damaged: what a reader must cope with.

use serde_json::json;

use super::deliver::{File, Packing, folder};
use super::places::{Place, STAGING, TOKYO};
use super::text::{hex, uuid};
use super::time::{at, iso, stamp};

/// Plants the oddities.
pub(crate) fn apply(files: &mut Vec<File>) -> Result<(), String> {
    find(
        files,
        "2024/11/18/ConfigHistory/444455556666_",
        "ECS%3A%3AService",
    )?
    .packing = Packing::Members(3);
    find(
        files,
        "2024/11/21/ConfigHistory/777788889999_",
        "CloudTrail%3A%3ATrail",
    )?
    .packing = Packing::Plain;

    // Delivered again on the next day, under the same name.
    for (day, next, account, kind) in [
        (
            "2024/11/12/",
            "2024/11/13/",
            "111122223333_",
            "Lambda%3A%3AFunction",
        ),
        (
            "2024/11/7/",
            "2024/11/8/",
            "444455556666_",
            "RDS%3A%3ADBInstance",
        ),
    ] {
        let first = find(files, &format!("{day}ConfigHistory/{account}"), kind)?;
        let mut again = first.clone();
        again.path = again.path.replace(day, next);
        files.push(again);
    }
    files.push(oversized());
    Ok(())
}

fn find<'a>(files: &'a mut [File], place: &str, kind: &str) -> Result<&'a mut File, String> {
    let mut files = files.iter_mut();
    files
        .find(|file| file.path.contains(place) && file.path.contains(kind))
        .ok_or_else(|| format!("find the {kind} file in {place}"))
}

/// A notification that was too large for SNS: one item and no `configurationItems`.
fn oversized() -> File {
    let place = Place::new(STAGING, TOKYO);
    let capture = at("2024-11-18 04:26") + 17_408;
    let instance = format!("i-{}", hex("stg-app-1", 17));
    let kind = "AWS::SSM::ManagedInstanceInventory";
    let encoded = kind.replace(':', "%3A");
    let name = format!(
        "{encoded}/{instance}/{STAGING}_Config_{TOKYO}_ChangeNotification_{encoded}_{instance}_{}_{capture}.json.gz",
        stamp(capture)
    );
    let path = folder(place, capture, "OversizedChangeNotification", &name);
    let packages: Vec<_> = (1..=40)
        .map(|number| json!({"Name": format!("package-{number}"), "Version": format!("1.{number}.0"), "Architecture": "x86_64"}))
        .collect();
    let document = json!({
        "configurationItemDiff": {"changedProperties": {}, "changeType": "UPDATE"},
        "configurationItem": {
            "relatedEvents": [],
            "relationships": [
                {"resourceType": "AWS::EC2::Instance", "resourceId": instance, "name": "Is associated with "},
            ],
            "configuration": {"AWS:Application": {"SchemaVersion": "1.1", "Content": packages}},
            "supplementaryConfiguration": {},
            "tags": {},
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": iso(capture),
            "configurationStateId": capture,
            "awsAccountId": STAGING,
            "configurationItemStatus": "OK",
            "resourceType": kind,
            "resourceId": instance,
            "ARN": place.arn("ssm", &format!("managed-instance-inventory/{instance}")),
            "awsRegion": TOKYO,
            "configurationStateMd5Hash": "",
        },
        "notificationCreationTime": iso(capture + 2_311),
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
        "configSnapshotId": uuid(&path),
    });
    File {
        path,
        body: document.to_string().into_bytes(),
        packing: Packing::Gzip,
    }
}

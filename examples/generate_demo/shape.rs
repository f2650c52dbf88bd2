//! A configuration item as AWS Config writes it into a file in S3.

use serde_json::{Map, Value, json};

use super::resource::Resource;
use super::time::{Millis, iso};

/// What an item says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// A change.
    Ok,
    /// Seen for the first time.
    Discovered,
    /// Gone.
    Deleted,
    /// There, but its type is not recorded.
    NotRecorded,
}

impl Status {
    fn text(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Discovered => "ResourceDiscovered",
            Self::Deleted => "ResourceDeleted",
            Self::NotRecorded => "ResourceNotRecorded",
        }
    }

    fn has_body(self) -> bool {
        matches!(self, Self::Ok | Self::Discovered)
    }
}

/// The item of a resource at a capture time. What a status does not carry is absent, not null.
pub(crate) fn item(
    resource: &Resource,
    status: Status,
    capture: Millis,
    delivery: Option<Millis>,
) -> Value {
    let mut item = Map::new();
    let mut put = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    put("relatedEvents", json!([]));
    if status.has_body() {
        put("relationships", json!(resource.relationships));
        put("configuration", resource.configuration.clone());
        put("supplementaryConfiguration", resource.supplementary.clone());
        put("tags", json!(resource.tags));
    } else {
        put("relationships", json!([]));
        put("supplementaryConfiguration", json!({}));
        put("tags", json!({}));
    }
    put("configurationItemVersion", json!("1.3"));
    put("configurationItemCaptureTime", json!(iso(capture)));
    if let Some(delivery) = delivery {
        put("configurationItemDeliveryTime", json!(iso(delivery)));
        put("recordingFrequency", json!("DAILY"));
    }
    put("configurationStateId", json!(capture));
    put("awsAccountId", json!(resource.place.account));
    put("configurationItemStatus", json!(status.text()));
    put("resourceType", json!(resource.kind));
    put("resourceId", json!(resource.id));
    if status.has_body() {
        if let Some(name) = &resource.name {
            put("resourceName", json!(name));
        }
        if let Some(arn) = &resource.arn {
            put("ARN", json!(arn));
        }
    }
    put("awsRegion", json!(resource.region));
    if status.has_body()
        && let Some(zone) = &resource.zone
    {
        put("availabilityZone", json!(zone));
    }
    put("configurationStateMd5Hash", json!(""));
    if status.has_body()
        && let Some(created) = resource.created
    {
        put("resourceCreationTime", json!(iso(created)));
    }
    Value::Object(item)
}

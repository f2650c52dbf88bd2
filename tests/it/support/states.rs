//! Successive states of one resource, delivered as a recorder delivers them.

use serde_json::{Value, json};

use super::lake::{Place, TestLake, item, with};

/// The only account of a small lake.
pub(crate) const ACCOUNT: &str = "111122223333";

/// An item of a type, captured at `time`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "bodies are written in the call"
)]
pub(crate) fn of(resource_type: &str, id: &str, time: &str, configuration: Value) -> Value {
    with(
        item(id, time),
        json!({
            "resourceType": resource_type,
            "ARN": format!("arn:aws:test:us-east-1:{ACCOUNT}:{id}"),
            "configuration": configuration,
        }),
    )
}

/// The same resource later, with other fields.
pub(crate) fn later(before: &Value, time: &str, fields: Value) -> Value {
    let moment = json!({
        "configurationItemCaptureTime": time,
        "configurationStateId": time.parse::<jiff::Timestamp>().unwrap().as_millisecond(),
        "configurationItemStatus": "OK",
    });
    with(with(before.clone(), moment), fields)
}

/// An item that says a resource is gone: it has neither name, tags nor bodies.
pub(crate) fn gone(before: &Value, time: &str) -> Value {
    let mut gone = later(
        before,
        time,
        json!({
            "configurationItemStatus": "ResourceDeleted", "tags": {}, "relationships": [],
            "supplementaryConfiguration": {},
        }),
    );
    for key in [
        "configuration",
        "resourceName",
        "ARN",
        "resourceCreationTime",
    ] {
        gone.as_object_mut().unwrap().shift_remove(key);
    }
    gone
}

/// The folder of the recorder that delivers an item on the day of its capture.
pub(crate) fn place_of(item: &Value) -> Place {
    let time = item["configurationItemCaptureTime"].as_str().unwrap();
    let date: jiff::civil::Date = time.split('T').next().unwrap().parse().unwrap();
    let region = match item["awsRegion"].as_str().unwrap() {
        "global" => "us-east-1",
        region => region,
    };
    let day = format!("{}/{}/{}", date.year(), date.month(), date.day());
    Place::history(item["awsAccountId"].as_str().unwrap(), region, &day)
}

/// Delivers items, each in the history of its own day.
pub(crate) fn deliver(lake: &TestLake, name: &str, items: &[Value]) {
    for (n, item) in items.iter().enumerate() {
        let file = format!("{name}_{n}.json.gz");
        lake.items(&place_of(item), &file, std::slice::from_ref(item));
    }
}

/// Delivers the items of one day in one snapshot.
pub(crate) fn snapshot(lake: &TestLake, name: &str, items: &[Value]) {
    let place = place_of(&items[0]).of_kind("ConfigSnapshot");
    lake.items(&place, &format!("{name}.json.gz"), items);
}

//! A configuration item as AWS Config writes it into a file in S3.

use serde_json::{Map, Value, json};

use super::bodies::{Body, body};
use super::kind::Kind;
use super::place::{Name, Place};
use super::random::{hash, word};
use super::resource::{Resource, Status};
use super::time::{DAY, Millis, iso};

const TEAMS: [&str; 6] = [
    "platform", "commerce", "data", "security", "payments", "mobile",
];

/// The text of the latest item of a resource. What a deletion does not carry is absent, but for the
/// configuration, which is null.
pub(crate) fn latest_item(place: &Place, resource: &Resource, padding: usize) -> String {
    let status = resource.status.unwrap_or(Status::Ok);
    let name = resource.name;
    let mut item = Map::with_capacity(20);
    item.insert("relatedEvents".to_owned(), json!([]));
    let head = put_bodies(&mut item, place, resource, padding);
    let mut put = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    put("configurationItemVersion", json!("1.3"));
    put(
        "configurationItemCaptureTime",
        json!(iso(resource.captured)),
    );
    if is_daily(place, name.kind) {
        put(
            "configurationItemDeliveryTime",
            json!(iso(day_after(resource.captured))),
        );
        put("recordingFrequency", json!("DAILY"));
    }
    put("configurationStateId", json!(resource.captured));
    put("awsAccountId", json!(place.account));
    put("configurationItemStatus", json!(status.text()));
    put("resourceType", json!(name.kind.traits().name));
    put("resourceId", json!(place.id(name)));
    if let Some(name) = head.name {
        put("resourceName", json!(name));
    }
    if let Some(arn) = head.arn {
        put("ARN", json!(arn));
    }
    let global = matches!(name.kind, Kind::Role | Kind::Policy | Kind::User);
    put(
        "awsRegion",
        json!(if global { "global" } else { &place.region }),
    );
    if let Some(zone) = head.zone {
        put("availabilityZone", json!(zone));
    }
    put("configurationStateMd5Hash", json!(""));
    if let Some(created) = head.created {
        put("resourceCreationTime", json!(iso(created)));
    }
    Value::Object(item).to_string()
}

/// Puts the bodies into an item, and returns what goes with them.
fn put_bodies(
    item: &mut Map<String, Value>,
    place: &Place,
    resource: &Resource,
    padding: usize,
) -> Head {
    let mut put = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    let status = resource.status.unwrap_or(Status::Ok);
    if status.has_body() {
        let mut body = body(place, resource);
        pad(&mut body.configuration, resource, padding);
        let relationships = relationships(place, resource, &mut body);
        put("relationships", Value::Array(relationships));
        put("configuration", body.configuration);
        put("supplementaryConfiguration", body.supplementary);
        put("tags", Value::Object(body.tags));
        return body.head;
    }
    put("relationships", json!([]));
    if status == Status::Deleted {
        put("configuration", Value::Null);
    }
    put("supplementaryConfiguration", json!({}));
    put("tags", json!({}));
    Head::default()
}

/// What an item says beside its body, where the type has it and the resource is there.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) name: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) created: Option<Millis>,
}

/// The tags of a resource. Some have a key a second time in another case, as teams do who cannot
/// agree, and as no case-insensitive table can hold.
pub(crate) fn tags(place: &Place, resource: &Resource) -> Map<String, Value> {
    let seed = place.seed_of(resource.name);
    let environment = word(&["prod", "prod", "staging", "dev"], seed >> 12);
    let team = word(&TEAMS, (seed >> 16) + resource.tag_turns(0, 2));
    let centre = 1_000 + (seed >> 24) % 9_000 + resource.tag_turns(1, 2);
    let mut tags = Map::new();
    let mut put = |key: &str, value: String| {
        tags.insert(key.to_owned(), Value::String(value));
    };
    put("Name", place.given_name(resource.name));
    put("Environment", environment.to_owned());
    put("Team", team.to_owned());
    put("CostCenter", centre.to_string());
    if seed.is_multiple_of(16) {
        put("environment", environment.to_uppercase());
    }
    tags
}

/// The same tags as `EC2` and others repeat them in the configuration.
pub(crate) fn tag_list(tags: &Map<String, Value>) -> Value {
    let tag = |(key, value): (&String, &Value)| json!({"key": key, "value": value});
    Value::Array(tags.iter().map(tag).collect())
}

/// A relationship to a resource known by its id.
pub(crate) fn related(place: &Place, name: Name, phrase: &str) -> Value {
    json!({
        "resourceType": name.kind.traits().name,
        "resourceId": place.id(name),
        "name": phrase,
    })
}

fn relationships(place: &Place, resource: &Resource, body: &mut Body) -> Vec<Value> {
    let mut relationships = std::mem::take(&mut body.relationships);
    let peers = resource.peers.iter();
    // Two of these phrases end in a blank, as Config writes them.
    relationships.extend(peers.map(|peer| {
        let phrase = match peer.kind {
            Kind::Interface => "Is attached to NetworkInterface",
            Kind::Instance => "Is associated with Instance",
            Kind::Subnet | Kind::Vpc => "Is contained in ",
            _ => "Is associated with ",
        };
        related(place, *peer, phrase)
    }));
    relationships
}

/// Some recorders record a type only once a day.
fn is_daily(place: &Place, kind: Kind) -> bool {
    kind != Kind::Compliance && hash(&[place.seed, kind.number(), 7]).is_multiple_of(16)
}

fn day_after(moment: Millis) -> Millis {
    (moment.div_euclid(DAY) + 1) * DAY
}

/// Makes a body larger by a text that stays the same.
fn pad(configuration: &mut Value, resource: &Resource, padding: usize) {
    if padding > 0
        && let Some(members) = configuration.as_object_mut()
    {
        let word = format!(
            "note {} of {}; ",
            resource.name.kind.number(),
            resource.name.index
        );
        let text: String = word.chars().cycle().take(padding).collect();
        members.insert("notes".to_owned(), Value::String(text));
    }
}

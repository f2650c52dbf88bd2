//! A resource as it is at some moment of the story.

use serde_json::{Map, Value, json};

use super::places::Place;
use super::time::Millis;

/// Account, region, type and id: what the history of a resource hangs on.
pub(crate) type Key = (String, String, String, String);

/// The key of a regional resource.
pub(crate) fn key_of(place: Place, kind: &str, id: &str) -> Key {
    (
        place.account.to_owned(),
        place.region.to_owned(),
        kind.to_owned(),
        id.to_owned(),
    )
}

/// The key of a resource of the whole account.
pub(crate) fn global_key(place: Place, kind: &str, id: &str) -> Key {
    (
        place.account.to_owned(),
        "global".to_owned(),
        kind.to_owned(),
        id.to_owned(),
    )
}

/// A resource's present state.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// Where its recorder is; the region of the folder it is delivered to.
    pub(crate) place: Place,
    /// What `awsRegion` says: the place's region, or `global`.
    pub(crate) region: String,
    /// `AWS::Service::Type`.
    pub(crate) kind: &'static str,
    /// The resource id.
    pub(crate) id: String,
    /// The name, of types that have one.
    pub(crate) name: Option<String>,
    /// The ARN, of types that have one.
    pub(crate) arn: Option<String>,
    /// An availability zone or one of the phrases in its stead.
    pub(crate) zone: Option<String>,
    /// Creation time, of types that report it.
    pub(crate) created: Option<Millis>,
    /// Tags.
    pub(crate) tags: Map<String, Value>,
    /// Relationships, in S3 form.
    pub(crate) relationships: Vec<Value>,
    /// The configuration body.
    pub(crate) configuration: Value,
    /// The supplementary configuration.
    pub(crate) supplementary: Value,
    /// Recorded once a day.
    pub(crate) daily: bool,
    /// The moment of the event being played.
    pub(crate) now: Millis,
    /// Paths that an event wanted to set and that are not there.
    pub(crate) faults: Vec<String>,
}

impl Resource {
    /// A regional resource with an id, a configuration and nothing else yet.
    pub(crate) fn new(place: Place, kind: &'static str, id: &str, configuration: Value) -> Self {
        Self {
            place,
            region: place.region.to_owned(),
            kind,
            id: id.to_owned(),
            name: None,
            arn: None,
            zone: Some("Not Applicable".to_owned()),
            created: None,
            tags: Map::new(),
            relationships: Vec::new(),
            configuration,
            supplementary: json!({}),
            daily: false,
            now: 0,
            faults: Vec::new(),
        }
    }

    /// With a name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// With an ARN.
    pub(crate) fn with_arn(mut self, arn: String) -> Self {
        self.arn = Some(arn);
        self
    }

    /// In a zone.
    pub(crate) fn zone(mut self, zone: &str) -> Self {
        self.zone = Some(zone.to_owned());
        self
    }

    /// Created at a reported time.
    pub(crate) fn born(mut self, created: Millis) -> Self {
        self.created = Some(created);
        self
    }

    /// Of the whole account: `awsRegion` is `global`.
    pub(crate) fn global(mut self) -> Self {
        "global".clone_into(&mut self.region);
        self
    }

    /// With a tag.
    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), json!(value));
        self
    }

    /// With a relationship to a resource known by its id.
    pub(crate) fn related(mut self, kind: &str, id: &str, phrase: &str) -> Self {
        self.relate(kind, id, phrase);
        self
    }

    /// With a supplementary configuration.
    pub(crate) fn with_supplementary(mut self, supplementary: Value) -> Self {
        self.supplementary = supplementary;
        self
    }

    /// Its key.
    pub(crate) fn key(&self) -> Key {
        (
            self.place.account.to_owned(),
            self.region.clone(),
            self.kind.to_owned(),
            self.id.clone(),
        )
    }

    /// Adds a relationship.
    pub(crate) fn relate(&mut self, kind: &str, id: &str, phrase: &str) {
        self.relationships
            .push(json!({"resourceType": kind, "resourceId": id, "name": phrase}));
    }

    /// Adds the relationship, or takes it away if it is there: what an echo is made of.
    pub(crate) fn toggle(&mut self, kind: &str, id: &str, phrase: &str) {
        let before = self.relationships.len();
        self.relationships.retain(|relationship| {
            relationship.get("resourceId").and_then(Value::as_str) != Some(id)
        });
        if self.relationships.len() == before {
            self.relate(kind, id, phrase);
        }
    }

    /// Sets a path of the configuration, whose parent must be there.
    pub(crate) fn set(&mut self, pointer: &str, value: Value) {
        if !put(&mut self.configuration, pointer, value) {
            self.faults.push(pointer.to_owned());
        }
    }

    /// Sets a path of the supplementary configuration, whose parent must be there.
    pub(crate) fn supplement(&mut self, pointer: &str, value: Value) {
        if !put(&mut self.supplementary, pointer, value) {
            self.faults.push(pointer.to_owned());
        }
    }

    /// Removes a member of the configuration.
    pub(crate) fn unset(&mut self, member: &str) {
        let members = self.configuration.as_object_mut();
        if members
            .and_then(|members| members.shift_remove(member))
            .is_none()
        {
            self.faults.push(member.to_owned());
        }
    }

    /// Removes a member of the supplementary configuration.
    pub(crate) fn unsupplement(&mut self, member: &str) {
        let members = self.supplementary.as_object_mut();
        if members
            .and_then(|members| members.shift_remove(member))
            .is_none()
        {
            self.faults.push(member.to_owned());
        }
    }

    /// Sets a tag.
    pub(crate) fn retag(&mut self, key: &str, value: &str) {
        self.tags.insert(key.to_owned(), json!(value));
    }

    /// Adds to a whole number in the configuration.
    pub(crate) fn add(&mut self, pointer: &str, amount: i64) {
        let number = self.configuration.pointer(pointer).and_then(Value::as_i64);
        self.set(pointer, json!(number.unwrap_or_default() + amount));
    }
}

fn put(target: &mut Value, pointer: &str, value: Value) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return false;
    };
    match target.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(last.to_owned(), value);
            true
        }
        Some(Value::Array(elements)) => {
            let index = last.parse::<usize>().unwrap_or(usize::MAX);
            elements
                .get_mut(index)
                .map(|element| *element = value)
                .is_some()
        }
        _ => false,
    }
}

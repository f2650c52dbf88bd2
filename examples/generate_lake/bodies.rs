//! What a resource looks like, as a function of what has been changed: one body for each type.

mod compute;
mod data;
mod identity;
mod network;
mod services;

use serde_json::{Map, Value, json};

use super::item::{Head, tags};
use super::kind::Kind;
use super::place::Place;
use super::resource::Resource;

/// The parts of an item that show the resource.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) configuration: Value,
    pub(crate) supplementary: Value,
    /// Relationships that stay; those that come and go are in the resource.
    pub(crate) relationships: Vec<Value>,
    pub(crate) tags: Map<String, Value>,
    pub(crate) head: Head,
}

/// A resource with all that its body is made from.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) place: &'a Place,
    pub(crate) resource: &'a Resource,
    pub(crate) seed: u64,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) tags: Map<String, Value>,
}

impl Body {
    /// A body with an ARN and tags, and nothing else yet.
    pub(crate) fn new(subject: Subject<'_>, configuration: Value) -> Self {
        Self {
            configuration,
            supplementary: json!({}),
            relationships: Vec::new(),
            tags: subject.tags,
            head: Head {
                name: None,
                arn: Some(subject.arn),
                zone: Some("Regional".to_owned()),
                created: None,
            },
        }
    }

    /// With a name; EC2 has none.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.head.name = Some(name.to_owned());
        self
    }

    /// In an availability zone, or with one of the phrases that stand for none.
    pub(crate) fn zoned(mut self, zone: &str) -> Self {
        self.head.zone = Some(zone.to_owned());
        self
    }

    /// With the time of creation, which few types report.
    pub(crate) fn created(mut self, moment: i64) -> Self {
        self.head.created = Some(moment);
        self
    }

    /// Related to others for as long as it lives.
    pub(crate) fn related(mut self, relationships: Vec<Value>) -> Self {
        self.relationships = relationships;
        self
    }

    /// With what Config asks for by other calls.
    pub(crate) fn supplemented(mut self, supplementary: Value) -> Self {
        self.supplementary = supplementary;
        self
    }

    /// Of a type without tags.
    pub(crate) fn untagged(mut self) -> Self {
        self.tags = Map::new();
        self
    }
}

/// What a resource looks like now.
pub(crate) fn body(place: &Place, resource: &Resource) -> Body {
    let subject = Subject {
        place,
        resource,
        seed: place.seed_of(resource.name),
        id: place.id(resource.name),
        name: place.given_name(resource.name),
        arn: place.arn_of(resource.name),
        tags: tags(place, resource),
    };
    match resource.name.kind {
        Kind::Instance => compute::instance(subject),
        Kind::Volume => compute::volume(subject),
        Kind::Inventory => compute::inventory(subject),
        Kind::Interface => network::interface(subject),
        Kind::Group => network::group(subject),
        Kind::Subnet => network::subnet(subject),
        Kind::Vpc | Kind::RouteTable => network::vpc(subject),
        Kind::Role => identity::role(subject),
        Kind::Policy => identity::policy(subject),
        Kind::User => identity::user(subject),
        Kind::Key => identity::key(subject),
        Kind::Bucket => data::bucket(subject),
        Kind::Database => data::database(subject),
        Kind::Table => data::table(subject),
        Kind::Queue => data::queue(subject),
        Kind::Function => services::function(subject),
        Kind::Alarm => services::alarm(subject),
        Kind::Service => services::service(subject),
        Kind::TaskDefinition => services::task_definition(subject),
        Kind::Stack => services::stack(subject),
        Kind::Compliance => services::compliance(subject),
    }
}

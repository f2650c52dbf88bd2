//! One configuration item: the state of one resource at one capture time.

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use schemars::JsonSchema;
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

use super::Region;

/// JSON as the exact text that was delivered.
pub type JsonText = Box<str>;

/// A configuration item of a delivered file. Optional fields are `None` where the file has no
/// such key, or `null`. What the reader was not asked for is `None` as well: bodies, tags and the
/// texts that only describe the resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigurationItem {
    /// Owner of the resource; the delivery folder's account where the item names none.
    pub account: String,
    /// Region of the resource, `global` for resources that have none.
    pub region: String,
    /// Availability zone, or words such as `Regional`.
    pub availability_zone: Option<String>,
    /// For example `AWS::EC2::Instance`; an open set.
    pub resource_type: String,
    /// Id, unique only together with account, region and type, and only for a lifetime.
    pub resource_id: String,
    /// Name, where the type has one.
    pub resource_name: Option<String>,
    /// Amazon Resource Name, where the type has one.
    pub arn: Option<String>,
    /// `configurationItemStatus` as delivered, see [`ItemStatus`].
    pub status: Option<String>,
    /// When the state was captured.
    pub capture_time: Timestamp,
    /// `configurationStateId` as text, whether delivered as number or string.
    pub state_id: Option<String>,
    /// When the resource was created, as delivered.
    pub creation_time: Option<String>,
    /// Version of the item format.
    pub version: Option<String>,
    /// `DAILY` for periodic recording; absent for continuous.
    pub recording_frequency: Option<String>,
    /// Tags in delivered order; keys may differ in case only.
    pub tags: Vec<(String, Option<String>)>,
    /// State of the resource.
    pub configuration: Option<JsonText>,
    /// Further state that Config collects by other calls.
    pub supplementary_configuration: Option<JsonText>,
    /// Relationships to other resources.
    pub relationships: Option<JsonText>,
}

impl ConfigurationItem {
    /// Types that every enabled Region's recorder reports although they belong to none.
    pub const LEGACY_GLOBAL_TYPES: [&'static str; 4] = [
        "AWS::IAM::User",
        "AWS::IAM::Group",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
    ];

    /// Says whether items of this type belong to no Region, whatever Region delivers them.
    pub fn is_global_type(resource_type: &str) -> bool {
        Self::LEGACY_GLOBAL_TYPES.contains(&resource_type)
    }

    /// Returns the region to count an item under: its own, `global` for global types, else that of
    /// the recorder that delivered it.
    pub fn counted_region<'a>(
        resource_type: &str,
        own: Option<&'a str>,
        recorder: &'a str,
    ) -> &'a str {
        if Self::is_global_type(resource_type) {
            return Region::GLOBAL;
        }
        own.unwrap_or(recorder)
    }

    /// Returns which resource the item is of.
    pub fn resource_key(&self) -> ResourceKey {
        ResourceKey {
            account: self.account.clone(),
            region: self.region.clone(),
            resource_type: self.resource_type.clone(),
            resource_id: self.resource_id.clone(),
        }
    }

    /// Says whether the type is recorded once a day and not continuously.
    pub fn is_daily(&self) -> bool {
        self.recording_frequency
            .as_deref()
            .is_some_and(|frequency| frequency.eq_ignore_ascii_case("DAILY"))
    }

    /// Returns the status, `None` for one that AWS added later.
    pub fn item_status(&self) -> Option<ItemStatus> {
        self.status.as_deref().and_then(ItemStatus::parse)
    }

    /// Says whether items of this type are compliance results and not states of a resource.
    pub fn is_compliance_type(resource_type: &str) -> bool {
        resource_type.starts_with("AWS::Config::") && resource_type.ends_with("Compliance")
    }
}

/// What an item says of itself, wherever it is held: in a decoded file or in columns. What was
/// not asked for is missing.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are those of `ConfigurationItem`")]
pub struct ItemFields<'a> {
    pub account: &'a str,
    pub region: &'a str,
    pub availability_zone: Option<&'a str>,
    pub resource_type: &'a str,
    pub resource_id: &'a str,
    pub resource_name: Option<&'a str>,
    pub arn: Option<&'a str>,
    pub status: Option<&'a str>,
    pub capture_time: Timestamp,
    pub state_id: Option<&'a str>,
    pub creation_time: Option<&'a str>,
    pub version: Option<&'a str>,
    pub recording_frequency: Option<&'a str>,
    pub tags: &'a [(String, Option<String>)],
    pub configuration: Option<&'a str>,
    pub supplementary_configuration: Option<&'a str>,
    pub relationships: Option<&'a str>,
}

impl ConfigurationItem {
    /// Returns what the item says.
    pub fn fields(&self) -> ItemFields<'_> {
        ItemFields {
            account: &self.account,
            region: &self.region,
            availability_zone: self.availability_zone.as_deref(),
            resource_type: &self.resource_type,
            resource_id: &self.resource_id,
            resource_name: self.resource_name.as_deref(),
            arn: self.arn.as_deref(),
            status: self.status.as_deref(),
            capture_time: self.capture_time,
            state_id: self.state_id.as_deref(),
            creation_time: self.creation_time.as_deref(),
            version: self.version.as_deref(),
            recording_frequency: self.recording_frequency.as_deref(),
            tags: &self.tags,
            configuration: self.configuration.as_deref(),
            supplementary_configuration: self.supplementary_configuration.as_deref(),
            relationships: self.relationships.as_deref(),
        }
    }
}

impl ItemFields<'_> {
    /// Returns the item, on its own.
    pub fn to_item(self) -> ConfigurationItem {
        let text = |text: Option<&str>| text.map(str::to_owned);
        ConfigurationItem {
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            availability_zone: text(self.availability_zone),
            resource_type: self.resource_type.to_owned(),
            resource_id: self.resource_id.to_owned(),
            resource_name: text(self.resource_name),
            arn: text(self.arn),
            status: text(self.status),
            capture_time: self.capture_time,
            state_id: text(self.state_id),
            creation_time: text(self.creation_time),
            version: text(self.version),
            recording_frequency: text(self.recording_frequency),
            tags: self.tags.to_vec(),
            configuration: self.configuration.map(Into::into),
            supplementary_configuration: self.supplementary_configuration.map(Into::into),
            relationships: self.relationships.map(Into::into),
        }
    }

    /// Returns the identity by which an item delivered twice counts once: a 128-bit hash of
    /// account, region, type, id and state id (capture time where there is no state id).
    pub fn identity(&self) -> u128 {
        let captured;
        let state = if let Some(state) = self.state_id {
            state
        } else {
            captured = self.capture_time.to_string();
            &captured
        };
        hash_of(&[
            self.account,
            self.region,
            self.resource_type,
            self.resource_id,
            state,
        ])
    }

    /// Returns the identity of the resource, see [`ResourceKey::identity`].
    pub fn resource_identity(&self) -> u128 {
        hash_of(&[
            self.account,
            self.region,
            self.resource_type,
            self.resource_id,
        ])
    }

    /// Returns when the resource was created, where the item tells: ISO 8601, in UTC where it
    /// names no offset.
    pub fn created_at(&self) -> Option<Timestamp> {
        let text = self.creation_time?.trim();
        text.parse().ok().or_else(|| {
            let time: DateTime = text.parse().ok()?;
            Offset::UTC.to_timestamp(time).ok()
        })
    }
}

/// What makes a resource one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ResourceKey {
    /// Account.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Resource id.
    pub resource_id: String,
}

impl ResourceKey {
    /// Returns the identity of the resource: a 128-bit hash of account, region, type and id.
    pub fn identity(&self) -> u128 {
        hash_of(&[
            &self.account,
            &self.region,
            &self.resource_type,
            &self.resource_id,
        ])
    }
}

/// Hashes texts; their lengths keep `a`+`bc` apart from `ab`+`c`.
fn hash_of(parts: &[&str]) -> u128 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(&part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.digest128()
}

/// The closed set of `configurationItemStatus` values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    /// The resource was updated.
    Ok,
    /// The recorder sees the resource for the first time, which is not to say it is new.
    ResourceDiscovered,
    /// The resource was deleted.
    ResourceDeleted,
    /// The resource exists; its type is not recorded.
    ResourceNotRecorded,
    /// The resource was deleted; its type is not recorded.
    ResourceDeletedNotRecorded,
}

impl ItemStatus {
    /// Returns the text as delivered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::ResourceDiscovered => "ResourceDiscovered",
            Self::ResourceDeleted => "ResourceDeleted",
            Self::ResourceNotRecorded => "ResourceNotRecorded",
            Self::ResourceDeletedNotRecorded => "ResourceDeletedNotRecorded",
        }
    }

    /// Parses the delivered text; a value that AWS added later is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "OK" => Self::Ok,
            "ResourceDiscovered" => Self::ResourceDiscovered,
            "ResourceDeleted" => Self::ResourceDeleted,
            "ResourceNotRecorded" => Self::ResourceNotRecorded,
            "ResourceDeletedNotRecorded" => Self::ResourceDeletedNotRecorded,
            _ => return None,
        })
    }
}

#[cfg(test)]
impl ItemFields<'static> {
    /// An item that says no more than it must. A test adds what it is about.
    pub(crate) const BARE: Self = Self {
        account: "111122223333",
        region: "us-east-1",
        availability_zone: None,
        resource_type: "AWS::EC2::Volume",
        resource_id: "vol-1",
        resource_name: None,
        arn: None,
        status: None,
        capture_time: Timestamp::UNIX_EPOCH,
        state_id: None,
        creation_time: None,
        version: None,
        recording_frequency: None,
        tags: &[],
        configuration: None,
        supplementary_configuration: None,
        relationships: None,
    };
}

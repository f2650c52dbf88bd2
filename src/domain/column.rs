//! The relation `configuration_items`: its columns, their names in SQL and in typed questions.

use std::{borrow::Cow, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::InvalidValue;

/// Name of the one relation there is.
pub const RELATION: &str = "configuration_items";

/// A column of the relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(
    missing_docs,
    reason = "`about` documents each column, for users as well"
)]
pub enum Column {
    Account,
    Region,
    AvailabilityZone,
    ResourceType,
    ResourceId,
    ResourceName,
    Arn,
    Status,
    CaptureTime,
    StateId,
    CreationTime,
    Version,
    RecordingFrequency,
    Tags,
    Configuration,
    SupplementaryConfiguration,
    Relationships,
    ChangeKind,
    Source,
    Year,
    Month,
    Day,
}

/// The type of a column, in SQL terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Varchar,
    /// An instant in UTC with milliseconds.
    Timestamp,
    /// A whole number.
    Integer,
    /// Text to text.
    Map,
    /// JSON as text.
    Json,
}

impl ColumnType {
    /// Returns the type's name in Athena's SQL.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Varchar => "varchar",
            Self::Timestamp => "timestamp(3)",
            Self::Integer => "integer",
            Self::Map => "map(varchar, varchar)",
            Self::Json => "varchar (JSON text)",
        }
    }
}

impl Column {
    /// All columns in the relation's order.
    pub const ALL: [Self; 22] = [
        Self::Account,
        Self::Region,
        Self::AvailabilityZone,
        Self::ResourceType,
        Self::ResourceId,
        Self::ResourceName,
        Self::Arn,
        Self::Status,
        Self::CaptureTime,
        Self::StateId,
        Self::CreationTime,
        Self::Version,
        Self::RecordingFrequency,
        Self::Tags,
        Self::Configuration,
        Self::SupplementaryConfiguration,
        Self::Relationships,
        Self::ChangeKind,
        Self::Source,
        Self::Year,
        Self::Month,
        Self::Day,
    ];

    /// Returns the name as AWS writes it: the name in SQL, where case does not matter.
    pub fn sql_name(self) -> &'static str {
        self.facts().sql_name
    }

    /// Returns the short name of typed questions and their answers.
    pub fn short_name(self) -> &'static str {
        self.facts().short_name
    }

    /// Returns the type.
    pub fn column_type(self) -> ColumnType {
        self.facts().column_type
    }

    /// Returns one sentence on the content.
    pub fn about(self) -> &'static str {
        self.facts().about
    }

    /// Says whether typed questions may group by the column.
    pub fn is_groupable(self) -> bool {
        !matches!(self.column_type(), ColumnType::Map | ColumnType::Json)
    }

    fn facts(self) -> &'static Facts {
        // Every column has its line, see the test.
        FACTS
            .iter()
            .find(|facts| facts.column == self)
            .unwrap_or(&FACTS[0])
    }
}

/// What there is to say of a column.
struct Facts {
    column: Column,
    sql_name: &'static str,
    short_name: &'static str,
    column_type: ColumnType,
    about: &'static str,
}

const fn facts(
    column: Column,
    sql_name: &'static str,
    short_name: &'static str,
    column_type: ColumnType,
    about: &'static str,
) -> Facts {
    Facts {
        column,
        sql_name,
        short_name,
        column_type,
        about,
    }
}

const FACTS: [Facts; 22] = [
    facts(
        Column::Account,
        "awsAccountId",
        "account",
        ColumnType::Varchar,
        "12-digit account of the resource",
    ),
    facts(
        Column::Region,
        "awsRegion",
        "region",
        ColumnType::Varchar,
        "Region of the resource; `global` where it has none",
    ),
    facts(
        Column::AvailabilityZone,
        "availabilityZone",
        "availability_zone",
        ColumnType::Varchar,
        "zone, or words such as Regional",
    ),
    facts(
        Column::ResourceType,
        "resourceType",
        "resource_type",
        ColumnType::Varchar,
        "for example AWS::EC2::Instance",
    ),
    facts(
        Column::ResourceId,
        "resourceId",
        "resource_id",
        ColumnType::Varchar,
        "unique only together with account, Region and type",
    ),
    facts(
        Column::ResourceName,
        "resourceName",
        "resource_name",
        ColumnType::Varchar,
        "name; absent for many types",
    ),
    facts(
        Column::Arn,
        "arn",
        "arn",
        ColumnType::Varchar,
        "Amazon Resource Name; absent for a few types",
    ),
    facts(
        Column::Status,
        "configurationItemStatus",
        "status",
        ColumnType::Varchar,
        "OK, ResourceDiscovered (first seen, not always new), ResourceDeleted, \
                 ResourceNotRecorded, ResourceDeletedNotRecorded",
    ),
    facts(
        Column::CaptureTime,
        "configurationItemCaptureTime",
        "capture_time",
        ColumnType::Timestamp,
        "when the state was captured, in UTC; months are bounded by it",
    ),
    facts(
        Column::StateId,
        "configurationStateId",
        "state_id",
        ColumnType::Varchar,
        "id of the state, as text",
    ),
    facts(
        Column::CreationTime,
        "resourceCreationTime",
        "creation_time",
        ColumnType::Varchar,
        "when the resource was created, ISO 8601 text; often absent",
    ),
    facts(
        Column::Version,
        "configurationItemVersion",
        "item_version",
        ColumnType::Varchar,
        "version of the item format",
    ),
    facts(
        Column::RecordingFrequency,
        "recordingFrequency",
        "recording_frequency",
        ColumnType::Varchar,
        "DAILY for periodic recording; absent for continuous",
    ),
    facts(
        Column::Tags,
        "tags",
        "tags",
        ColumnType::Map,
        "tags of the resource",
    ),
    facts(
        Column::Configuration,
        "configuration",
        "configuration",
        ColumnType::Json,
        "state of the resource; its keys differ by type",
    ),
    facts(
        Column::SupplementaryConfiguration,
        "supplementaryConfiguration",
        "supplementary_configuration",
        ColumnType::Json,
        "further state, such as bucket policies",
    ),
    facts(
        Column::Relationships,
        "relationships",
        "relationships",
        ColumnType::Json,
        "array of related resources: resourceType, resourceId, name",
    ),
    facts(
        Column::ChangeKind,
        "changeKind",
        "change_kind",
        ColumnType::Varchar,
        "what the item means against the item before it; `unknown` where that is not known",
    ),
    facts(
        Column::Source,
        "source",
        "source",
        ColumnType::Varchar,
        "key of the delivered file",
    ),
    facts(
        Column::Year,
        "year",
        "year",
        ColumnType::Integer,
        "year of the capture time in the question's time zone",
    ),
    facts(
        Column::Month,
        "month",
        "month",
        ColumnType::Integer,
        "month (1-12), likewise",
    ),
    facts(
        Column::Day,
        "day",
        "day",
        ColumnType::Integer,
        "day of the month (1-31), likewise",
    ),
];

impl FromStr for Column {
    type Err = InvalidValue;

    /// Accepts the SQL name and the short name, in any case, with or without underscores.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
        let wanted = match plain(text).as_str() {
            "type" => Cow::Borrowed("resourcetype"),
            "id" => Cow::Borrowed("resourceid"),
            "name" => Cow::Borrowed("resourcename"),
            "kind" => Cow::Borrowed("changekind"),
            other => Cow::Owned(other.to_owned()),
        };
        Self::ALL
            .into_iter()
            .find(|c| plain(c.short_name()) == wanted || plain(c.sql_name()) == wanted)
            .ok_or_else(|| {
                InvalidValue::not_one_of("column", text, Self::ALL.map(Self::short_name))
            })
    }
}

impl TryFrom<String> for Column {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Column> for String {
    fn from(column: Column) -> Self {
        column.short_name().to_owned()
    }
}

impl JsonSchema for Column {
    fn schema_name() -> Cow<'static, str> {
        "Column".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::ALL.map(Self::short_name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_every_column_parse() {
        for column in Column::ALL {
            assert_eq!(
                column.sql_name().to_lowercase().parse::<Column>().unwrap(),
                column
            );
            assert_eq!(column.short_name().parse::<Column>().unwrap(), column);
            assert_eq!(column.facts().column, column);
        }
        assert_eq!("awsregion".parse::<Column>().unwrap(), Column::Region);
        assert!(
            "colour"
                .parse::<Column>()
                .unwrap_err()
                .choices
                .contains(&"region".to_owned())
        );
    }
}

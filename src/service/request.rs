//! What the fronts ask: the arguments of every use case, with their schemas.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    domain::{Column, Measure, Month},
    glue::Layout,
};

/// Asks what there is to ask about.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeRequest {
    /// IANA time zone that bounds the months, e.g. Asia/Tokyo. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
}

/// Asks for a month's digest.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummarizeRequest {
    /// Month, YYYY-MM.
    pub month: Month,
    /// IANA time zone that bounds the month, e.g. Asia/Tokyo. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
    /// Only these accounts.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub account: Vec<String>,
    /// Only these Regions; `global` for IAM and the like.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub region: Vec<String>,
    /// Only these resource types, exact or as a prefix `AWS::EC2::*`.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource_type: Vec<String>,
    /// Language of the text: en or ja, of a narrative any BCP 47 tag. Default en.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub language: Option<String>,
    /// Who words the month above the digest: nobody, or Claude, every number proved.
    #[serde(default)]
    pub narrative: NarrativeMode,
    /// Handle of a pending narrative, to fetch that answer; nothing but month goes beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub handle: Option<String>,
    /// Your text about the month, whose numbers and names are held against the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = "crate::summary::MAX_TEXT_CHARS"))]
    pub verify: Option<String>,
    /// Resources listed in each list at most. Default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 100))]
    pub top: Option<u64>,
}

impl SummarizeRequest {
    /// Asks for the digest of a month and nothing else.
    pub fn of(month: Month) -> Self {
        Self {
            month,
            timezone: None,
            account: Vec::new(),
            region: Vec::new(),
            resource_type: Vec::new(),
            language: None,
            narrative: NarrativeMode::None,
            handle: None,
            verify: None,
            top: None,
        }
    }
}

/// Who words a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum NarrativeMode {
    /// Nobody: the digest stands alone.
    #[default]
    None,
    /// Claude, where it is configured.
    Claude,
}

/// Asks a typed question.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryRequest {
    /// Month, YYYY-MM. Either this or from and to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub month: Option<Month>,
    /// First day (YYYY-MM-DD) or instant (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub from: Option<String>,
    /// Last day (included) or instant (excluded).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub to: Option<String>,
    /// IANA time zone of days and months, e.g. Asia/Tokyo. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
    /// Accounts.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub account: Vec<String>,
    /// Regions; `global` for IAM and the like.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub region: Vec<String>,
    /// Resource types, exact or as a prefix `AWS::EC2::*`.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource_type: Vec<String>,
    /// Resource ids or ARNs, exact.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource: Vec<String>,
    /// Resource names, exact.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub name: Vec<String>,
    /// Tags, KEY or KEY=VALUE.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub tag: Vec<String>,
    /// Statuses, e.g. `ResourceDeleted`.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub status: Vec<String>,
    /// Change kinds, e.g. deleted.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub kind: Vec<String>,
    /// Count per group of these columns.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub group_by: Vec<Column>,
    /// What to count: items, changes, cost. Default items.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub measure: Vec<Measure>,
    /// Without `group_by` and `measure`: the columns to list, one row an item.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub columns: Vec<Column>,
    /// For example "items desc".
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub order_by: Vec<String>,
    /// Rows at most. Default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 1000))]
    pub limit: Option<u64>,
    /// `next_cursor` of the answer before; nothing else is needed beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cursor: Option<String>,
}

/// Asks a question in SQL.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlRequest {
    /// One SELECT, WITH or VALUES over `configuration_items`.
    #[serde(default)]
    pub sql: String,
    /// Month, YYYY-MM. Either this or from and to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub month: Option<Month>,
    /// First day (YYYY-MM-DD) or instant (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub from: Option<String>,
    /// Last day (included) or instant (excluded).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub to: Option<String>,
    /// IANA time zone of days and months. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
    /// Accounts the relation holds.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub account: Vec<String>,
    /// Regions the relation holds.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub region: Vec<String>,
    /// Resource types the relation holds.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource_type: Vec<String>,
    /// Rows at most. Default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 1000))]
    pub limit: Option<u64>,
    /// `next_cursor` of the answer before; nothing else is needed beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cursor: Option<String>,
}

/// Asks what happened to one resource.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceHistoryRequest {
    /// ARN, id, `type/id` or name.
    #[serde(default)]
    pub resource: String,
    /// State at this instant (RFC 3339), or at the end of this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub at: Option<String>,
    /// Month, YYYY-MM. Without a period: all time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub month: Option<Month>,
    /// First day (YYYY-MM-DD) or instant (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub from: Option<String>,
    /// Last day (included) or instant (excluded).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub to: Option<String>,
    /// IANA time zone of days and months. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
    /// Only in these accounts.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub account: Vec<String>,
    /// Only in these Regions.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub region: Vec<String>,
    /// Only of these types.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource_type: Vec<String>,
    /// Whether to list echoes one by one. By default they are folded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub echoes: bool,
    /// Entries at most. Default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 1000))]
    pub limit: Option<u64>,
    /// `next_cursor` of the answer before; nothing else is needed beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cursor: Option<String>,
}

/// Asks what departs from the months before.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnomaliesRequest {
    /// Month, YYYY-MM.
    pub month: Month,
    /// IANA time zone that bounds the month and counts its hours. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
    /// Only these accounts.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub account: Vec<String>,
    /// Only these Regions.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub region: Vec<String>,
    /// Only these resource types.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource_type: Vec<String>,
    /// Earlier months to compare with. Default 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 24))]
    pub baseline: Option<u64>,
    /// Entries in each list at most. Default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 100))]
    pub top: Option<u64>,
}

/// Asks what the recording of a month cost.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BillRequest {
    /// Month, YYYY-MM.
    pub month: Month,
    /// IANA time zone that bounds the month. Default UTC, as AWS bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub timezone: Option<String>,
    /// Only these accounts.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub account: Vec<String>,
    /// Only these Regions.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub region: Vec<String>,
    /// Only these resource types.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource_type: Vec<String>,
    /// Key of a tag to break the cost down by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub by_tag: Option<String>,
    /// Lines in each list at most. Default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 1, max = 100))]
    pub top: Option<u64>,
}

/// Asks how the Glue table stands to what is wanted, and to make it so.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlueTableRequest {
    /// Table, DATABASE.TABLE. Default: the one that the history is read through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub table: Option<String>,
    /// Where the deliveries lie, `s3://bucket/prefix`: what stands above `AWSLogs/`. Default:
    /// where the table has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub location: Option<String>,
    /// How the delivered files are described. Default recommended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Layout")]
    pub layout: Option<Layout>,
    /// Accounts to project. Default: those in the bucket. Those of the table stay.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub accounts: Vec<String>,
    /// Regions to project. Default: those in the bucket. Those of the table stay.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub regions: Vec<String>,
    /// First year to project. Default: the first in the bucket.
    #[serde(skip)]
    pub first_year: Option<i16>,
    /// Name of a table that was made by somebody else and may be changed all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub adopt: Option<String>,
    /// Whether to create or update the table. Default: only tell what would be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apply: bool,
}

/// Asks for the change set of a month, as a resource.
#[derive(Debug, Clone)]
pub struct ChangeSetRequest {
    /// Month.
    pub month: Month,
    /// One account and Region; `None` for the whole organisation.
    pub partition: Option<(String, String)>,
}

/// Takes a list, or one value as a list of one: models and people forget the brackets.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    match value {
        serde_json::Value::Null => Ok(Vec::new()),
        serde_json::Value::Array(values) => values
            .into_iter()
            .map(|value| serde_json::from_value(value).map_err(serde::de::Error::custom))
            .collect(),
        one => Ok(vec![
            serde_json::from_value(one).map_err(serde::de::Error::custom)?,
        ]),
    }
}

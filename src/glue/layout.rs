//! What a table says of the delivered files: its columns, how their JSON is read, its partition
//! keys.

use std::{collections::BTreeMap, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GlueColumn, HiveType};
use crate::domain::InvalidValue;

/// Class that reads the lines of a file.
pub(super) const INPUT_FORMAT: &str = "org.apache.hadoop.mapred.TextInputFormat";
/// Class that would write lines; Athena asks for one although nothing is written.
pub(super) const OUTPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

/// How a table describes the delivered files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Layout {
    /// All fields, bodies included; history and snapshots apart; tags as JSON text, so that keys
    /// that differ only in case break no question.
    #[default]
    Recommended,
    /// The table of the article that this project began with: no bodies, all of a day's files
    /// together.
    Article,
}

impl Layout {
    /// All layouts.
    pub const ALL: [Self; 2] = [Self::Recommended, Self::Article];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recommended => "recommended",
            Self::Article => "article",
        }
    }

    /// Returns the class of the `SerDe`.
    pub(super) fn serde_library(self) -> &'static str {
        match self {
            // The other one refuses a map whose keys differ only in case.
            Self::Recommended => "org.openx.data.jsonserde.JsonSerDe",
            Self::Article => "org.apache.hive.hcatalog.data.JsonSerDe",
        }
    }

    /// Returns the parameters of the `SerDe`. A table that tells upper from lower case has to be
    /// told how each field is written, because the catalogue keeps names in lower case.
    pub(super) fn serde_parameters(self) -> BTreeMap<String, String> {
        if self == Self::Article {
            return BTreeMap::new();
        }
        let top = self.top_fields().iter().copied();
        let fields = top
            .chain(["configurationItems"])
            .chain(self.item_fields().iter().map(|(name, _)| *name));
        let mut parameters: BTreeMap<String, String> = fields
            .map(|field| {
                (
                    format!("mapping.{}", field.to_lowercase()),
                    field.to_owned(),
                )
            })
            .collect();
        parameters.insert("case.insensitive".to_owned(), "false".to_owned());
        parameters
    }

    /// Returns the columns.
    pub(super) fn columns(self) -> Vec<GlueColumn> {
        let text = |name: &&str| GlueColumn {
            name: name.to_lowercase(),
            hive_type: "string".to_owned(),
        };
        let mut columns: Vec<GlueColumn> = self.top_fields().iter().map(text).collect();
        columns.push(GlueColumn {
            name: "configurationitems".to_owned(),
            hive_type: self.items_type().to_string(),
        });
        columns
    }

    /// Returns the partition keys.
    pub(super) fn partition_keys(self) -> Vec<GlueColumn> {
        let keys: &[&str] = match self {
            Self::Recommended => &["account_id", "region", "year", "month", "day", "type"],
            Self::Article => &["account_id", "region", "year", "month", "day"],
        };
        let key = |name: &&str| GlueColumn {
            name: (*name).to_owned(),
            hive_type: "string".to_owned(),
        };
        keys.iter().map(key).collect()
    }

    fn items_type(self) -> HiveType {
        let field = |(name, of): &(&str, &str)| {
            let of = HiveType::parse(of).unwrap_or_else(|| HiveType::Scalar("string".to_owned()));
            (name.to_lowercase(), of)
        };
        let fields = self.item_fields().iter().map(field).collect();
        HiveType::Array(Box::new(HiveType::Struct(fields)))
    }

    /// Fields of a file beside its items, as delivered.
    fn top_fields(self) -> &'static [&'static str] {
        match self {
            Self::Recommended => &["fileVersion", "configSnapshotId"],
            Self::Article => &["fileVersion"],
        }
    }

    /// Fields of an item, as delivered, with their types.
    fn item_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Recommended => &RECOMMENDED_FIELDS,
            Self::Article => &ARTICLE_FIELDS,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Layout {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|layout| layout.as_str() == text);
        found.ok_or_else(|| InvalidValue::not_one_of("layout", text, Self::ALL.map(Self::as_str)))
    }
}

/// Bodies and tags are text: whatever JSON stands there is handed over as it is.
const RECOMMENDED_FIELDS: [(&str, &str); 17] = [
    ("configurationItemVersion", "string"),
    ("configurationItemCaptureTime", "string"),
    ("configurationStateId", "string"),
    ("awsAccountId", "string"),
    ("configurationItemStatus", "string"),
    ("resourceType", "string"),
    ("resourceId", "string"),
    ("resourceName", "string"),
    ("ARN", "string"),
    ("awsRegion", "string"),
    ("availabilityZone", "string"),
    ("resourceCreationTime", "string"),
    ("recordingFrequency", "string"),
    ("tags", "string"),
    ("configuration", "string"),
    ("supplementaryConfiguration", "string"),
    ("relationships", "string"),
];

const ARTICLE_FIELDS: [(&str, &str); 14] = [
    ("configurationItemVersion", "string"),
    ("configurationItemCaptureTime", "string"),
    ("configurationStateId", "bigint"),
    ("awsAccountId", "string"),
    ("configurationItemStatus", "string"),
    ("resourceType", "string"),
    ("resourceId", "string"),
    ("resourceName", "string"),
    ("ARN", "string"),
    ("awsRegion", "string"),
    ("availabilityZone", "string"),
    ("configurationStateMd5Hash", "string"),
    ("resourceCreationTime", "string"),
    ("tags", "map<string,string>"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_article_s_columns_are_its_own() {
        let columns = Layout::Article.columns();
        assert_eq!(columns.len(), 2);
        assert_eq!(columns[0].name, "fileversion");
        assert_eq!(
            columns[1].hive_type,
            "array<struct<configurationitemversion:string,configurationitemcapturetime:string,\
             configurationstateid:bigint,awsaccountid:string,configurationitemstatus:string,\
             resourcetype:string,resourceid:string,resourcename:string,arn:string,\
             awsregion:string,availabilityzone:string,configurationstatemd5hash:string,\
             resourcecreationtime:string,tags:map<string,string>>>"
        );
        assert!(Layout::Article.serde_parameters().is_empty());
    }

    #[test]
    fn every_field_has_its_mapping() {
        let parameters = Layout::Recommended.serde_parameters();
        assert_eq!(parameters["case.insensitive"], "false");
        assert_eq!(parameters["mapping.arn"], "ARN");
        assert_eq!(
            parameters["mapping.configurationitems"],
            "configurationItems"
        );
        assert_eq!(parameters["mapping.configsnapshotid"], "configSnapshotId");
        let columns = Layout::Recommended.columns();
        let items = HiveType::parse(&columns[2].hive_type).unwrap();
        let HiveType::Array(item) = items else {
            panic!("{items}")
        };
        let HiveType::Struct(fields) = *item else {
            panic!("{item}")
        };
        for (field, of) in &fields {
            assert!(
                parameters.contains_key(&format!("mapping.{field}")),
                "{field}"
            );
            assert_eq!(of.to_string(), "string", "{field}");
        }
        assert_eq!(parameters.len(), fields.len() + 3 + 1);
    }

    #[test]
    fn names() {
        for layout in Layout::ALL {
            assert_eq!(layout.as_str().parse(), Ok(layout));
        }
        assert!("Article".parse::<Layout>().is_err());
    }
}

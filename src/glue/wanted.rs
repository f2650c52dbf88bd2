//! The table that ought to be there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BucketLocation, GlueTable, Layout,
    layout::{INPUT_FORMAT, OUTPUT_FORMAT},
};
use crate::domain::{AccountId, Region};

/// Parameter that marks a table as made here. Without it a table is somebody else's.
pub(super) const MANAGED: &str = "config_history.managed";
/// Parameter that names the layout.
pub(super) const LAYOUT: &str = "config_history.layout";
/// Parameter that says where the files of a partition lie.
pub(super) const TEMPLATE: &str = "storage.location.template";

/// Values of the partition key `type`: the deliveries that hold items. Notifications of oversized
/// items lie beside them and hold none.
const DELIVERY_TYPES: [&str; 2] = ["ConfigHistory", "ConfigSnapshot"];
/// Years of the article's table, whatever was delivered.
const ARTICLE_YEARS: (i16, i16) = (2021, 2999);
/// Days of all months of a year, as they are projected: 12 times 31.
const PROJECTED_DAYS: u64 = 372;
/// Days whose folders a month's question reads: the longest month, one day before, two after.
const DAYS_OF_A_MONTH: u64 = 31 + 3;

/// What decides about a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// How the files are described.
    pub layout: Layout,
    /// Where they lie.
    pub location: BucketLocation,
    /// Accounts that are projected.
    pub accounts: BTreeSet<AccountId>,
    /// Regions that are projected.
    pub regions: BTreeSet<Region>,
    /// First and last year that is projected, where the layout leaves that open.
    pub years: (i16, i16),
}

impl TableSpec {
    /// Returns the first and last year that the table projects.
    pub fn projected_years(&self) -> (i16, i16) {
        match self.layout {
            Layout::Recommended => self.years,
            Layout::Article => ARTICLE_YEARS,
        }
    }

    /// Returns the folders that the projection spans in all.
    pub fn prefixes(&self) -> u64 {
        let (first, last) = self.projected_years();
        let years = u64::try_from(i32::from(last) - i32::from(first) + 1).unwrap_or(0);
        let types = match self.layout {
            Layout::Recommended => DELIVERY_TYPES.len() as u64,
            Layout::Article => 1,
        };
        let places = self.places();
        places.saturating_mul(years * PROJECTED_DAYS * types)
    }

    /// Returns the folders that a question about one month of the history needs at most.
    pub fn prefixes_of_a_month(&self) -> u64 {
        self.places().saturating_mul(DAYS_OF_A_MONTH)
    }

    fn places(&self) -> u64 {
        (self.accounts.len() as u64).saturating_mul(self.regions.len() as u64)
    }

    /// Returns the table.
    pub fn table(&self) -> GlueTable {
        GlueTable {
            columns: self.layout.columns(),
            partition_keys: self.layout.partition_keys(),
            location: self.location.deliveries_uri(),
            input_format: INPUT_FORMAT.to_owned(),
            output_format: OUTPUT_FORMAT.to_owned(),
            serde_library: self.layout.serde_library().to_owned(),
            serde_parameters: self.layout.serde_parameters(),
            parameters: self.parameters(),
        }
    }

    fn parameters(&self) -> BTreeMap<String, String> {
        let mut parameters = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            parameters.insert(name.to_owned(), value);
        };
        put(MANAGED, "1".to_owned());
        put(LAYOUT, self.layout.to_string());
        put("projection.enabled", "true".to_owned());
        let accounts: Vec<&str> = self.accounts.iter().map(AccountId::as_str).collect();
        let regions: Vec<&str> = self.regions.iter().map(Region::as_str).collect();
        for (key, values) in [("account_id", accounts), ("region", regions)] {
            put(&format!("projection.{key}.type"), "enum".to_owned());
            put(&format!("projection.{key}.values"), values.join(","));
        }
        let (first, last) = self.projected_years();
        // No `digits`: the folders of months and days have no leading zeros.
        for (key, range) in [
            ("year", format!("{first},{last}")),
            ("month", "1,12".to_owned()),
            ("day", "1,31".to_owned()),
        ] {
            put(&format!("projection.{key}.type"), "integer".to_owned());
            put(&format!("projection.{key}.range"), range);
        }
        let mut template = format!(
            "{}${{account_id}}/Config/${{region}}/${{year}}/${{month}}/${{day}}/",
            self.location.deliveries_uri()
        );
        if self.layout == Layout::Recommended {
            put("projection.type.type", "enum".to_owned());
            put("projection.type.values", DELIVERY_TYPES.join(","));
            template.push_str("${type}/");
        }
        put(TEMPLATE, template);
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(layout: Layout, accounts: &[&str], years: (i16, i16)) -> TableSpec {
        TableSpec {
            layout,
            location: "s3://bucket/o-abc/x".parse().unwrap(),
            accounts: accounts.iter().map(|id| id.parse().unwrap()).collect(),
            regions: ["us-east-1", "eu-west-1"]
                .map(|r| r.parse().unwrap())
                .into(),
            years,
        }
    }

    #[test]
    fn the_article_s_table() {
        let table = spec(Layout::Article, &["111122223333"], (2023, 2027)).table();
        let expected = [
            ("config_history.layout", "article"),
            ("config_history.managed", "1"),
            ("projection.account_id.type", "enum"),
            ("projection.account_id.values", "111122223333"),
            ("projection.day.range", "1,31"),
            ("projection.day.type", "integer"),
            ("projection.enabled", "true"),
            ("projection.month.range", "1,12"),
            ("projection.month.type", "integer"),
            ("projection.region.type", "enum"),
            ("projection.region.values", "eu-west-1,us-east-1"),
            ("projection.year.range", "2021,2999"),
            ("projection.year.type", "integer"),
            (
                "storage.location.template",
                "s3://bucket/o-abc/x/AWSLogs/${account_id}/Config/${region}/${year}/${month}/${day}/",
            ),
        ];
        let parameters: Vec<(&str, &str)> = table
            .parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(parameters, expected);
        assert_eq!(
            table.serde_library,
            "org.apache.hive.hcatalog.data.JsonSerDe"
        );
        let keys: Vec<&str> = table
            .partition_keys
            .iter()
            .map(|k| k.name.as_str())
            .collect();
        assert_eq!(keys, ["account_id", "region", "year", "month", "day"]);
        assert!(
            table
                .partition_keys
                .iter()
                .all(|key| key.hive_type == "string")
        );
    }

    #[test]
    fn the_recommended_table() {
        let table = spec(Layout::Recommended, &["111122223333"], (2023, 2027)).table();
        assert_eq!(table.parameters["projection.year.range"], "2023,2027");
        assert_eq!(
            table.parameters["projection.type.values"],
            "ConfigHistory,ConfigSnapshot"
        );
        assert!(table.parameters[TEMPLATE].ends_with("/${month}/${day}/${type}/"));
        assert!(
            table
                .parameters
                .keys()
                .all(|name| !name.ends_with("digits"))
        );
        assert_eq!(table.partition_keys.last().unwrap().name, "type");
        assert_eq!(table.location, "s3://bucket/o-abc/x/AWSLogs/");
    }

    #[test]
    fn prefixes_are_counted() {
        let article = spec(Layout::Article, &["111122223333"], (2023, 2027));
        assert_eq!(article.prefixes(), 728_376, "as the reference counts them");
        let recommended = spec(
            Layout::Recommended,
            &["111122223333", "222233334444", "333344445555"],
            (2023, 2027),
        );
        assert_eq!(recommended.prefixes(), 3 * 2 * 5 * 12 * 31 * 2);
        assert_eq!(recommended.prefixes_of_a_month(), 3 * 2 * 34);
    }
}

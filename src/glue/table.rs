//! A table as the catalogue describes it.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::domain::InvalidValue;

/// A table's name: `database.table`, both in lower case as the catalogue keeps them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    database: String,
    table: String,
}

impl TableName {
    /// Returns the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Returns the table's name within the database.
    pub fn table(&self) -> &str {
        &self.table
    }
}

impl FromStr for TableName {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= 255
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        match text.split_once('.') {
            Some((database, table)) if is_name(database) && is_name(table) => Ok(Self {
                database: database.to_lowercase(),
                table: table.to_lowercase(),
            }),
            _ => Err(InvalidValue::new(
                "table",
                text,
                "DATABASE.TABLE, of letters, digits, _ and -",
            )),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database, self.table)
    }
}

/// A column or partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlueColumn {
    /// Name, in lower case.
    pub name: String,
    /// Type as the catalogue writes it.
    pub hive_type: String,
}

/// What the catalogue says of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GlueTable {
    /// Columns in order.
    pub columns: Vec<GlueColumn>,
    /// Partition keys in order.
    pub partition_keys: Vec<GlueColumn>,
    /// Where its files lie, `s3://bucket/prefix/`.
    pub location: String,
    /// Class that reads its files.
    pub input_format: String,
    /// Class that would write its files.
    pub output_format: String,
    /// Class of the `SerDe`.
    pub serde_library: String,
    /// Parameters of the `SerDe`.
    pub serde_parameters: BTreeMap<String, String>,
    /// Parameters of the table, `projection.*` among them.
    pub parameters: BTreeMap<String, String>,
}

impl GlueTable {
    /// Returns the type of a column.
    pub fn column_type(&self, name: &str) -> Option<&str> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(|column| column.hive_type.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let name: TableName = "Lake.AwsConfig".parse().unwrap();
        assert_eq!(name.to_string(), "lake.awsconfig");
        for wrong in ["awsconfig", "a.b.c", ".b", "a.", "a.b;", "a.\"b\""] {
            assert!(wrong.parse::<TableName>().is_err(), "{wrong}");
        }
    }
}

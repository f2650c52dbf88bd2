//! A table as a `CloudFormation` template.

use std::collections::BTreeMap;

use super::{GlueColumn, GlueTable, TableName};

/// Returns the template in YAML. The database has to be there. All texts are in double quotes,
/// which YAML reads as JSON does: no value turns into a number or a truth.
pub fn cloudformation(name: &TableName, table: &GlueTable) -> String {
    let mut yaml = Yaml::default();
    yaml.line(0, "AWSTemplateFormatVersion: \"2010-09-09\"");
    yaml.pair(0, "Description", "AWS Config deliveries, for Amazon Athena");
    yaml.line(0, "Resources:");
    yaml.line(1, "ConfigHistoryTable:");
    yaml.pair(2, "Type", "AWS::Glue::Table");
    yaml.line(2, "Properties:");
    yaml.line(3, "CatalogId: {Ref: \"AWS::AccountId\"}");
    yaml.pair(3, "DatabaseName", name.database());
    yaml.line(3, "TableInput:");
    yaml.pair(4, "Name", name.table());
    yaml.pair(4, "TableType", "EXTERNAL_TABLE");
    yaml.map(4, "Parameters", &table.parameters);
    yaml.columns(4, "PartitionKeys", &table.partition_keys);
    yaml.line(4, "StorageDescriptor:");
    yaml.pair(5, "Location", &table.location);
    yaml.pair(5, "InputFormat", &table.input_format);
    yaml.pair(5, "OutputFormat", &table.output_format);
    yaml.line(5, "SerdeInfo:");
    yaml.pair(6, "SerializationLibrary", &table.serde_library);
    yaml.map(6, "Parameters", &table.serde_parameters);
    yaml.columns(5, "Columns", &table.columns);
    yaml.0
}

#[derive(Debug, Default)]
struct Yaml(String);

impl Yaml {
    fn line(&mut self, depth: usize, text: &str) {
        self.0.extend(["  ".repeat(depth).as_str(), text, "\n"]);
    }

    fn pair(&mut self, depth: usize, name: &str, value: &str) {
        self.line(depth, &format!("{name}: {}", quoted(value)));
    }

    fn map(&mut self, depth: usize, name: &str, values: &BTreeMap<String, String>) {
        if values.is_empty() {
            return;
        }
        self.line(depth, &format!("{name}:"));
        for (name, value) in values {
            self.pair(depth + 1, &quoted(name), value);
        }
    }

    fn columns(&mut self, depth: usize, name: &str, columns: &[GlueColumn]) {
        self.line(depth, &format!("{name}:"));
        for column in columns {
            self.line(depth + 1, &format!("- Name: {}", quoted(&column.name)));
            self.pair(depth + 2, "Type", &column.hive_type);
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::{Layout, TableSpec};

    fn template(layout: Layout) -> (GlueTable, String) {
        let spec = TableSpec {
            layout,
            location: "s3://bucket/o-abc".parse().unwrap(),
            accounts: ["011122223333".parse().unwrap()].into(),
            regions: ["eu-west-1".parse().unwrap()].into(),
            years: (2023, 2027),
        };
        let table = spec.table();
        let text = cloudformation(&"lake.awsconfig".parse().unwrap(), &table);
        (table, text)
    }

    /// Holds every line to the few forms of YAML that are written here.
    #[test]
    fn lines_are_keys_with_quoted_texts() {
        for layout in Layout::ALL {
            let mut depth = 0;
            for line in template(layout).1.lines() {
                let plain = line.trim_start();
                let indent = line.len() - plain.len();
                assert!(indent.is_multiple_of(2) && indent <= depth + 4, "{line}");
                depth = indent;
                let pair = plain.strip_prefix("- ").unwrap_or(plain);
                let (_, value) = pair.split_once(": ").unwrap_or((pair, ""));
                let is_text = serde_json::from_str::<String>(value).is_ok();
                let opens = value.is_empty() && pair.ends_with(':');
                assert!(is_text || opens || value.starts_with("{Ref: "), "{line}");
            }
        }
    }

    #[test]
    fn everything_of_the_table_is_there() {
        for layout in Layout::ALL {
            let (table, text) = template(layout);
            for (name, value) in table.parameters.iter().chain(&table.serde_parameters) {
                assert!(
                    text.contains(&format!("\"{name}\": \"{value}\"\n")),
                    "{name}"
                );
            }
            for column in table.columns.iter().chain(&table.partition_keys) {
                assert!(text.contains(&format!("- Name: \"{}\"\n", column.name)));
                assert!(text.contains(&format!("Type: \"{}\"\n", column.hive_type)));
            }
            for said in [&table.location, &table.serde_library, &table.input_format] {
                assert!(text.contains(&format!(": \"{said}\"\n")), "{said}");
            }
            assert!(text.contains("DatabaseName: \"lake\""));
        }
    }
}

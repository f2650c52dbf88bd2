//! A table as the statement that creates it in Athena.

use std::collections::BTreeMap;

use super::{GlueColumn, GlueTable, TableName};

/// Returns the statement, without its semicolon: Athena takes it as it is.
pub fn ddl(name: &TableName, table: &GlueTable) -> String {
    let mut text = format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS `{}`.`{}` (\n{}\n)\n",
        name.database(),
        name.table(),
        columns(&table.columns),
    );
    let parts = [
        format!("PARTITIONED BY (\n{}\n)", columns(&table.partition_keys)),
        format!("ROW FORMAT SERDE {}", literal(&table.serde_library)),
        properties("WITH SERDEPROPERTIES", &table.serde_parameters),
        format!("STORED AS INPUTFORMAT {}", literal(&table.input_format)),
        format!("OUTPUTFORMAT {}", literal(&table.output_format)),
        format!("LOCATION {}", literal(&table.location)),
        properties("TBLPROPERTIES", &table.parameters),
    ];
    for part in parts.iter().filter(|part| !part.is_empty()) {
        text.push_str(part);
        text.push('\n');
    }
    text
}

fn columns(columns: &[GlueColumn]) -> String {
    let line = |column: &GlueColumn| {
        // This is read by people before it is run.
        let of = break_fields(&column.hive_type);
        format!("  `{}` {of}", column.name)
    };
    columns.iter().map(line).collect::<Vec<_>>().join(",\n")
}

/// Puts each field of a struct on its own line, but breaks no map's type.
fn break_fields(of: &str) -> String {
    let mut text = String::with_capacity(of.len());
    let mut open: Vec<bool> = Vec::new();
    let mut word = String::new();
    for c in of.chars() {
        match c {
            '<' => open.push(word == "struct"),
            '>' => drop(open.pop()),
            _ => {}
        }
        text.push(c);
        if matches!(c, '<' | ',') && open.last() == Some(&true) {
            text.push_str("\n    ");
        }
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            word.clear();
        }
    }
    text
}

fn properties(keyword: &str, properties: &BTreeMap<String, String>) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let line =
        |(name, value): (&String, &String)| format!("  {} = {}", literal(name), literal(value));
    let lines: Vec<String> = properties.iter().map(line).collect();
    format!("{keyword} (\n{}\n)", lines.join(",\n"))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_on_lines_of_their_own() {
        let of = "array<struct<a:map<string,string>,b:decimal(1,2),c:struct<d:int,e:int>>>";
        let column = GlueColumn {
            name: "x".to_owned(),
            hive_type: of.to_owned(),
        };
        let text = columns(&[column]);
        let plain: String = text.split_whitespace().collect();
        assert_eq!(plain, format!("`x`{of}"));
        assert!(text.contains("map<string,string>,\n"), "{text}");
    }

    #[test]
    fn quotes_end_no_literal() {
        assert_eq!(literal(r"it's \ here"), r"'it\'s \\ here'");
        assert_eq!(properties("WITH", &BTreeMap::new()), "");
    }
}

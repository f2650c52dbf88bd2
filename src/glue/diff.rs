//! Two tables compared, field by field.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{GlueColumn, GlueTable, HiveType, wanted::TEMPLATE};

/// Beginnings of table parameters that are all ours: one that is not wanted changes where Athena
/// looks. All others belong to whoever put them there.
const OUR_PARAMETERS: [&str; 3] = ["projection.", TEMPLATE, "config_history."];
/// The same for parameters of the `SerDe`.
const OUR_SERDE_PARAMETERS: [&str; 2] = ["mapping.", "case.insensitive"];

/// What happens to a part of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DifferenceKind {
    /// It is missing.
    Added,
    /// It ought not to be there.
    Removed,
    /// It is another one.
    Changed,
}

/// A part of a table that is not as wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What happens to it.
    pub kind: DifferenceKind,
    /// The part, e.g. `column configurationitems.tags` or `parameter projection.year.range`.
    pub part: String,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub before: Option<String>,
    /// What is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub after: Option<String>,
}

/// Returns all differences; everything is added where there is no table.
pub fn differences(current: Option<&GlueTable>, wanted: &GlueTable) -> Vec<Difference> {
    let nothing = GlueTable::default();
    let current = current.unwrap_or(&nothing);
    let mut found = Differences::default();
    found.columns("column", &current.columns, &wanted.columns);
    found.columns(
        "partition key",
        &current.partition_keys,
        &wanted.partition_keys,
    );
    found.order_of_keys(&current.partition_keys, &wanted.partition_keys);
    if folder(&current.location) != folder(&wanted.location) {
        found.text("location", &current.location, &wanted.location);
    }
    found.text("input format", &current.input_format, &wanted.input_format);
    found.text(
        "output format",
        &current.output_format,
        &wanted.output_format,
    );
    found.text("serde", &current.serde_library, &wanted.serde_library);
    found.parameters(
        "serde parameter",
        &current.serde_parameters,
        &wanted.serde_parameters,
        Ours::Serde,
    );
    found.parameters(
        "parameter",
        &current.parameters,
        &wanted.parameters,
        Ours::Table,
    );
    found.0
}

/// Returns what parameters become: all that is wanted, and of the rest what is not ours.
pub(super) fn merged(
    current: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
    ours: Ours,
) -> BTreeMap<String, String> {
    let mut merged = current.clone();
    merged.retain(|name, _| !ours.is(name));
    merged.extend(wanted.clone());
    merged
}

/// Which parameters are meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ours {
    /// Those of the table.
    Table,
    /// Those of the `SerDe`.
    Serde,
}

impl Ours {
    fn is(self, name: &str) -> bool {
        let beginnings: &[&str] = match self {
            Self::Table => &OUR_PARAMETERS,
            Self::Serde => &OUR_SERDE_PARAMETERS,
        };
        beginnings
            .iter()
            .any(|beginning| name.starts_with(beginning))
    }
}

/// A folder with and without its last slash is the same one.
fn folder(location: &str) -> &str {
    location.trim_end_matches('/')
}

#[derive(Debug, Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn push(&mut self, part: String, before: Option<String>, after: Option<String>) {
        let kind = match (&before, &after) {
            (None, _) => DifferenceKind::Added,
            (_, None) => DifferenceKind::Removed,
            _ if before == after => return,
            _ => DifferenceKind::Changed,
        };
        self.0.push(Difference {
            kind,
            part,
            before,
            after,
        });
    }

    fn text(&mut self, part: &str, before: &str, after: &str) {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if before != after {
            self.push(part.to_owned(), said(before), said(after));
        }
    }

    fn columns(&mut self, what: &str, before: &[GlueColumn], after: &[GlueColumn]) {
        for column in after {
            let part = format!("{what} {}", column.name);
            match before.iter().find(|old| old.name == column.name) {
                None => self.push(part, None, Some(column.hive_type.clone())),
                Some(old) => self.types(part, &old.hive_type, &column.hive_type),
            }
        }
        let gone = |old: &&GlueColumn| after.iter().all(|column| column.name != old.name);
        for old in before.iter().filter(gone) {
            let part = format!("{what} {}", old.name);
            self.push(part, Some(old.hive_type.clone()), None);
        }
    }

    fn types(&mut self, part: String, before: &str, after: &str) {
        match (HiveType::parse(before), HiveType::parse(after)) {
            (Some(old), Some(new)) => self.parsed_types(part, &old, &new),
            _ => self.push(part, Some(before.to_owned()), Some(after.to_owned())),
        }
    }

    /// Names the fields that differ inside of types that are built alike.
    fn parsed_types(&mut self, part: String, before: &HiveType, after: &HiveType) {
        match (before, after) {
            (HiveType::Array(old), HiveType::Array(new)) => self.parsed_types(part, old, new),
            (HiveType::Struct(old), HiveType::Struct(new)) => {
                for (name, of) in new {
                    let part = format!("{part}.{name}");
                    match before.field(name) {
                        None => self.push(part, None, Some(of.to_string())),
                        Some(old) => self.parsed_types(part, old, of),
                    }
                }
                for (name, of) in old {
                    if after.field(name).is_none() {
                        self.push(format!("{part}.{name}"), Some(of.to_string()), None);
                    }
                }
            }
            _ => self.push(part, Some(before.to_string()), Some(after.to_string())),
        }
    }

    /// Columns are found by name, partition keys by place.
    fn order_of_keys(&mut self, before: &[GlueColumn], after: &[GlueColumn]) {
        let names = |keys: &[GlueColumn]| -> Vec<String> {
            keys.iter().map(|key| key.name.clone()).collect()
        };
        let (old, new) = (names(before), names(after));
        let same_keys = old.len() == new.len() && old.iter().all(|name| new.contains(name));
        if same_keys && old != new {
            let part = "order of the partition keys".to_owned();
            self.push(part, Some(old.join(", ")), Some(new.join(", ")));
        }
    }

    fn parameters(
        &mut self,
        what: &str,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
        ours: Ours,
    ) {
        for (name, value) in after {
            let old = before.get(name).cloned();
            self.push(format!("{what} {name}"), old, Some(value.clone()));
        }
        for (name, value) in before {
            if !after.contains_key(name) && ours.is(name) {
                self.push(format!("{what} {name}"), Some(value.clone()), None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::{Layout, TableSpec};

    fn table(layout: Layout) -> GlueTable {
        TableSpec {
            layout,
            location: "s3://bucket/x".parse().unwrap(),
            accounts: ["111122223333".parse().unwrap()].into(),
            regions: ["eu-west-1".parse().unwrap()].into(),
            years: (2023, 2027),
        }
        .table()
    }

    fn told(current: &GlueTable, wanted: &GlueTable) -> Vec<(DifferenceKind, String)> {
        differences(Some(current), wanted)
            .into_iter()
            .map(|difference| (difference.kind, difference.part))
            .collect()
    }

    #[test]
    fn a_table_does_not_differ_from_itself() {
        for layout in Layout::ALL {
            assert_eq!(told(&table(layout), &table(layout)), []);
        }
    }

    #[test]
    fn what_others_put_there_is_no_difference() {
        let wanted = table(Layout::Recommended);
        let mut current = wanted.clone();
        for name in ["transient_lastDdlTime", "EXTERNAL", "classification"] {
            current.parameters.insert(name.to_owned(), "1".to_owned());
        }
        let format = "serialization.format".to_owned();
        current.serde_parameters.insert(format, "1".to_owned());
        current.location = current.location.trim_end_matches('/').to_owned();
        assert_eq!(told(&current, &wanted), []);
        let kept = merged(&current.parameters, &wanted.parameters, Ours::Table);
        assert_eq!(kept, current.parameters);
    }

    #[test]
    fn a_stray_projection_is_a_difference() {
        use DifferenceKind::{Changed, Removed};
        let wanted = table(Layout::Recommended);
        let mut current = wanted.clone();
        let stray = "projection.month.digits".to_owned();
        current.parameters.insert(stray, "2".to_owned());
        current
            .parameters
            .insert("projection.year.range".to_owned(), "2021,2999".to_owned());
        let stray = "mapping.arn2".to_owned();
        current.serde_parameters.insert(stray, "ARN".to_owned());
        assert_eq!(
            told(&current, &wanted),
            [
                (Removed, "serde parameter mapping.arn2".to_owned()),
                (Changed, "parameter projection.year.range".to_owned()),
                (Removed, "parameter projection.month.digits".to_owned()),
            ]
        );
        let kept = merged(&current.parameters, &wanted.parameters, Ours::Table);
        assert_eq!(kept, wanted.parameters);
    }

    #[test]
    fn struct_fields_differ_one_by_one() {
        let found = differences(Some(&table(Layout::Article)), &table(Layout::Recommended));
        let of = |part: &str| found.iter().find(|d| d.part == part).cloned();
        let state = of("column configurationitems.configurationstateid").unwrap();
        assert_eq!(state.kind, DifferenceKind::Changed);
        assert_eq!(state.before.as_deref(), Some("bigint"));
        assert_eq!(state.after.as_deref(), Some("string"));
        let tags = of("column configurationitems.tags").unwrap();
        assert_eq!(tags.before.as_deref(), Some("map<string,string>"));
        let body = of("column configurationitems.configuration").unwrap();
        assert_eq!(body.kind, DifferenceKind::Added);
        let hash = of("column configurationitems.configurationstatemd5hash").unwrap();
        assert_eq!(hash.kind, DifferenceKind::Removed);
        assert!(of("column configurationitems.resourcetype").is_none());
        assert!(of("column configsnapshotid").is_some());
        assert!(of("partition key type").is_some());
        assert!(of("serde").is_some());
    }

    #[test]
    fn everything_is_new_where_nothing_is() {
        let found = differences(None, &table(Layout::Article));
        assert!(found.iter().all(|d| d.kind == DifferenceKind::Added));
        assert!(found.iter().any(|d| d.part == "column fileversion"));
        assert!(found.iter().any(|d| d.part == "location"));
    }

    #[test]
    fn keys_have_an_order_and_columns_have_none() {
        let wanted = table(Layout::Article);
        let mut current = wanted.clone();
        current.columns.reverse();
        assert_eq!(told(&current, &wanted), []);
        current.partition_keys.reverse();
        let order = "order of the partition keys".to_owned();
        assert_eq!(told(&current, &wanted), [(DifferenceKind::Changed, order)]);
    }

    #[test]
    fn a_type_that_is_none_is_compared_as_text() {
        let wanted = table(Layout::Article);
        let mut current = wanted.clone();
        current.columns[0].hive_type = "struct<".to_owned();
        let part = "column fileversion".to_owned();
        assert_eq!(told(&current, &wanted), [(DifferenceKind::Changed, part)]);
    }
}

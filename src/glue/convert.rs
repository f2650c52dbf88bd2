//! A table between the catalogue's words and ours.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_glue::types::{Column, SerDeInfo, StorageDescriptor, Table, TableInput};

use super::{
    GlueColumn, GlueTable, TableName,
    catalogue::incomplete,
    diff::{Ours, merged},
};
use crate::aws::AwsError;

/// The kind of table whose files lie where its location says and outlive it.
const EXTERNAL_TABLE: &str = "EXTERNAL_TABLE";

/// Returns what a table of the catalogue says.
pub(super) fn from_catalogue(table: &Table) -> GlueTable {
    let storage = table.storage_descriptor.as_ref();
    let serde = storage.and_then(|storage| storage.serde_info.as_ref());
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    GlueTable {
        columns: columns_of(storage.and_then(|storage| storage.columns.as_deref())),
        partition_keys: columns_of(table.partition_keys.as_deref()),
        location: text(storage.and_then(|storage| storage.location.as_ref())),
        input_format: text(storage.and_then(|storage| storage.input_format.as_ref())),
        output_format: text(storage.and_then(|storage| storage.output_format.as_ref())),
        serde_library: text(serde.and_then(|serde| serde.serialization_library.as_ref())),
        serde_parameters: sorted(serde.and_then(|serde| serde.parameters.as_ref())),
        parameters: sorted(table.parameters.as_ref()),
    }
}

/// Says whether the table is one over files. A view, a link or an Iceberg table of the name would
/// be destroyed by an update.
pub(super) fn is_over_files(table: &Table) -> bool {
    let kind = table.table_type.as_deref().unwrap_or(EXTERNAL_TABLE);
    let format = table
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.get("table_type"));
    kind == EXTERNAL_TABLE
        && format.is_none()
        && table.view_original_text.as_deref().unwrap_or("").is_empty()
        && table.target_table.is_none()
        && table.federated_table.is_none()
}

/// Returns the request that makes the table as wanted. What the table says besides is kept: its
/// description, comments of columns, parameters of others.
pub(super) fn to_catalogue(
    name: &TableName,
    current: Option<&Table>,
    wanted: &GlueTable,
) -> Result<TableInput, AwsError> {
    let doing = format!("describe the table {name}");
    let kept = current.map(from_catalogue).unwrap_or_default();
    let old_storage = current.and_then(|table| table.storage_descriptor.clone());
    let mut storage = old_storage.unwrap_or_else(|| StorageDescriptor::builder().build());
    let serde = storage.serde_info.take();
    let serde_parameters = merged(
        &kept.serde_parameters,
        &wanted.serde_parameters,
        Ours::Serde,
    );
    let serde = SerDeInfo::builder()
        .set_name(serde.and_then(|serde| serde.name))
        .serialization_library(&wanted.serde_library)
        .set_parameters(Some(serde_parameters.into_iter().collect()))
        .build();
    let columns = to_columns(&wanted.columns, storage.columns.as_deref());
    storage.columns = Some(columns.map_err(|error| incomplete(&doing, &error))?);
    storage.location = Some(wanted.location.clone());
    storage.input_format = Some(wanted.input_format.clone());
    storage.output_format = Some(wanted.output_format.clone());
    storage.serde_info = Some(serde);
    // A schema of a registry would speak instead of the columns.
    storage.schema_reference = None;
    let old_keys = current.and_then(|table| table.partition_keys.as_deref());
    let keys = to_columns(&wanted.partition_keys, old_keys);
    let parameters = merged(&kept.parameters, &wanted.parameters, Ours::Table);
    let input = TableInput::builder()
        .name(name.table())
        .set_description(current.and_then(|table| table.description.clone()))
        .set_owner(current.and_then(|table| table.owner.clone()))
        .retention(current.map_or(0, |table| table.retention))
        .set_last_access_time(current.and_then(|table| table.last_access_time))
        .set_last_analyzed_time(current.and_then(|table| table.last_analyzed_time))
        .table_type(EXTERNAL_TABLE)
        .storage_descriptor(storage)
        .set_partition_keys(Some(keys.map_err(|error| incomplete(&doing, &error))?))
        .set_parameters(Some(parameters.into_iter().collect()));
    input.build().map_err(|error| incomplete(&doing, &error))
}

fn columns_of(columns: Option<&[Column]>) -> Vec<GlueColumn> {
    let column = |column: &Column| GlueColumn {
        name: column.name.to_lowercase(),
        hive_type: column.r#type.clone().unwrap_or_default(),
    };
    columns.unwrap_or_default().iter().map(column).collect()
}

/// Takes over what a column of the same name says besides its type.
fn to_columns(
    wanted: &[GlueColumn],
    current: Option<&[Column]>,
) -> Result<Vec<Column>, aws_sdk_glue::error::BuildError> {
    let current = current.unwrap_or_default();
    let column = |column: &GlueColumn| {
        let old = current.iter().find(|old| old.name == column.name);
        Column::builder()
            .name(&column.name)
            .r#type(&column.hive_type)
            .set_comment(old.and_then(|old| old.comment.clone()))
            .set_parameters(old.and_then(|old| old.parameters.clone()))
            .build()
    };
    wanted.iter().map(column).collect()
}

fn sorted(parameters: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    let parameters = parameters.into_iter().flatten();
    parameters
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::glue::{Layout, TableSpec, differences};

    fn layout() -> impl Strategy<Value = Layout> {
        prop_oneof![Just(Layout::Recommended), Just(Layout::Article)]
    }

    fn spec() -> impl Strategy<Value = TableSpec> {
        let accounts = proptest::collection::btree_set("[0-9]{12}", 1..4);
        let regions = proptest::collection::btree_set("[a-z]{2}-[a-z]{4,9}-[1-9]", 1..4);
        let location = "s3://[a-z0-9]{3,9}(/[a-zA-Z0-9_-]{1,9}){0,3}";
        (layout(), location, accounts, regions, 2014..2026_i16).prop_map(
            |(layout, location, accounts, regions, first)| TableSpec {
                layout,
                location: location.parse().unwrap(),
                accounts: accounts.iter().map(|id| id.parse().unwrap()).collect(),
                regions: regions.iter().map(|id| id.parse().unwrap()).collect(),
                years: (first, 2029),
            },
        )
    }

    /// A table as anybody may have left it.
    fn any_table() -> impl Strategy<Value = GlueTable> {
        let name = "[a-z]{1,4}|projection\\.day\\.digits|mapping\\.x|year|type";
        let parameters = proptest::collection::btree_map(name, "[a-z0-9]{0,4}", 0..6);
        let of = prop_oneof![
            Just("string"),
            Just("array<struct<a:string,b:int>>"),
            Just("struct<")
        ];
        let columns = proptest::collection::btree_map(name, of, 0..5);
        (spec(), parameters, columns, any::<bool>()).prop_map(
            |(spec, parameters, columns, is_bare)| {
                let mut table = spec.table();
                if is_bare {
                    table = GlueTable::default();
                }
                let column = |(name, of): (String, &str)| GlueColumn {
                    name,
                    hive_type: of.to_owned(),
                };
                table.columns.extend(columns.into_iter().map(column));
                table.parameters.extend(parameters.clone());
                table.serde_parameters.extend(parameters);
                table
            },
        )
    }

    fn applied(name: &TableName, current: Option<&Table>, wanted: &GlueTable) -> Table {
        let input = to_catalogue(name, current, wanted).unwrap();
        Table::builder()
            .name(input.name)
            .set_storage_descriptor(input.storage_descriptor)
            .set_partition_keys(input.partition_keys)
            .set_parameters(input.parameters)
            .build()
            .unwrap()
    }

    proptest! {
        #[test]
        fn what_was_applied_does_not_differ(before in any_table(), spec in spec()) {
            let name: TableName = "lake.awsconfig".parse().unwrap();
            let wanted = spec.table();
            let created = applied(&name, None, &wanted);
            prop_assert_eq!(&from_catalogue(&created), &wanted);
            let before = applied(&name, None, &before);
            let updated = from_catalogue(&applied(&name, Some(&before), &wanted));
            prop_assert_eq!(differences(Some(&updated), &wanted), []);
            for (parameter, value) in &from_catalogue(&before).parameters {
                if !parameter.contains('.') {
                    prop_assert_eq!(updated.parameters.get(parameter), Some(value));
                }
            }
        }
    }
}

//! What is known of Athena before a question: the table, the workgroup, where results go.

use std::{sync::Arc, time::Duration};

use aws_sdk_athena::types::{Column as AthenaColumn, TableMetadata};
use tokio::time::Instant;

use super::{
    AthenaSettings,
    client::{Statements, Submission},
    listing::Lister,
    workgroup::Workgroup,
};
use crate::{
    aws::{AwsErrorKind, Bucket, describe, retry_read},
    glue::{GlueColumn, GlueTable, RegisteredPartitions, TableLayout},
    store::{StoreError, StoreErrorKind},
};

/// How long table and workgroup are taken to be as they were read.
const KEPT: Duration = Duration::from_mins(5);
/// The catalogue that Athena asks unless told otherwise.
const OWN_CATALOG: &str = "AwsDataCatalog";

/// Table and workgroup, read.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) layout: Arc<TableLayout>,
    pub(super) lister: Lister,
    pub(super) workgroup: Workgroup,
    pub(super) submission: Submission,
    read_at: Instant,
}

impl Session {
    /// Reads table and workgroup.
    pub(super) async fn open(
        settings: &AthenaSettings,
        statements: &Statements,
    ) -> Result<Self, StoreError> {
        let workgroup = Workgroup::read(statements, &settings.workgroup).await?;
        let table = read_table(statements, settings).await?;
        let layout = TableLayout::of(&table).map_err(|error| {
            let message = format!("{error}: {}", settings.table);
            StoreError::new(StoreErrorKind::TableUnusable, message)
        })?;
        let layout = Arc::new(layout);
        let bucket = Bucket::open(statements.clients(), layout.bucket.clone()).await?;
        let submission = Submission {
            workgroup: settings.workgroup.clone(),
            catalog: settings.catalog.clone(),
            database: settings.table.database().to_owned(),
            output: workgroup.output_to_send(settings.output.as_deref())?,
            reuse_minutes: settings.reuse_minutes,
        };
        let registered = if layout.is_registered() {
            let clients = statements.clients();
            Some(RegisteredPartitions::read(clients, &settings.table, &layout).await?)
        } else {
            None
        };
        Ok(Self {
            lister: Lister::new(bucket, layout.clone(), registered),
            layout,
            workgroup,
            submission,
            read_at: Instant::now(),
        })
    }

    /// Says whether it is still taken to be true.
    pub(super) fn is_fresh(&self) -> bool {
        self.read_at.elapsed() < KEPT
    }
}

async fn read_table(
    statements: &Statements,
    settings: &AthenaSettings,
) -> Result<GlueTable, StoreError> {
    let (client, table) = (statements.client(), &settings.table);
    let read = retry_read(statements.clients(), || {
        client
            .get_table_metadata()
            .catalog_name(settings.catalog.as_deref().unwrap_or(OWN_CATALOG))
            .database_name(table.database())
            .table_name(table.table())
            .work_group(&settings.workgroup)
            .send()
    });
    let read = read.await.map_err(|error| {
        let error = describe(&format!("read the Glue table {table}"), &error);
        // What the catalogue refused for a reason of its own (no leave, too many calls) is not
        // missing.
        let is_missing = match error.kind() {
            AwsErrorKind::NotFound => true,
            AwsErrorKind::Refused => error.code() == Some("MetadataException"),
            _ => false,
        };
        if is_missing {
            StoreError::new(StoreErrorKind::TableUnusable, error.to_string())
        } else {
            error.into()
        }
    })?;
    let metadata = read.table_metadata.ok_or_else(|| {
        let message = format!("Athena says nothing of the Glue table {table}");
        StoreError::new(StoreErrorKind::TableUnusable, message)
    })?;
    Ok(table_of(metadata))
}

fn table_of(metadata: TableMetadata) -> GlueTable {
    let columns = |columns: Option<Vec<AthenaColumn>>| {
        let columns = columns.unwrap_or_default().into_iter();
        let column = |column: AthenaColumn| GlueColumn {
            name: column.name.to_lowercase(),
            hive_type: column.r#type.unwrap_or_default(),
        };
        columns.map(column).collect()
    };
    let parameters: std::collections::BTreeMap<String, String> = metadata
        .parameters
        .unwrap_or_default()
        .into_iter()
        .collect();
    let parameter = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    GlueTable {
        columns: columns(metadata.columns),
        partition_keys: columns(metadata.partition_keys),
        location: parameter("location"),
        serde_library: parameter("serde.serialization.lib"),
        parameters,
        ..GlueTable::default()
    }
}

//! The calls of the Glue Data Catalog.

use std::fmt;

use async_trait::async_trait;
use aws_sdk_glue::{
    error::{ProvideErrorMetadata, SdkError},
    types::{DatabaseInput, Table, TableInput},
};

use super::TableName;
use crate::aws::{AwsClients, AwsError, AwsErrorKind, describe};

/// How a write ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// It is as wanted now.
    Done,
    /// Somebody else wrote since it was read: it has to be read again.
    Overtaken,
}

/// The catalogue, as far as a table is concerned.
#[async_trait]
pub(super) trait Catalogue: fmt::Debug + Send + Sync {
    /// Returns a table; `None` if it or its database is not there.
    async fn table(&self, name: &TableName) -> Result<Option<Table>, AwsError>;

    /// Says whether a database is there.
    async fn has_database(&self, database: &str) -> Result<bool, AwsError>;

    /// Creates a database, unless it is there by now.
    async fn create_database(&self, database: &str) -> Result<(), AwsError>;

    /// Creates a table.
    async fn create_table(&self, database: &str, input: TableInput) -> Result<Written, AwsError>;

    /// Replaces the table that was read as `version`.
    async fn update_table(
        &self,
        database: &str,
        input: TableInput,
        version: Option<&str>,
    ) -> Result<Written, AwsError>;
}

/// The catalogue of an AWS account and Region.
#[derive(Debug)]
pub(super) struct GlueCatalogue(pub(super) AwsClients);

#[async_trait]
impl Catalogue for GlueCatalogue {
    async fn table(&self, name: &TableName) -> Result<Option<Table>, AwsError> {
        let call = self.0.glue().await?.get_table();
        let call = call.database_name(name.database()).name(name.table());
        let found = call.send().await;
        let found = found_or_none(&format!("read the table {name}"), found)?;
        Ok(found.and_then(|found| found.table))
    }

    async fn has_database(&self, database: &str) -> Result<bool, AwsError> {
        let found = self
            .0
            .glue()
            .await?
            .get_database()
            .name(database)
            .send()
            .await;
        Ok(found_or_none(&format!("read the database {database}"), found)?.is_some())
    }

    async fn create_database(&self, database: &str) -> Result<(), AwsError> {
        let doing = format!("create the database {database}");
        let input = DatabaseInput::builder().name(database).build();
        let input = input.map_err(|error| incomplete(&doing, &error))?;
        let call = self.0.glue().await?.create_database().database_input(input);
        // That it is there already is as good.
        written(&doing, call.send().await).map(|_| ())
    }

    async fn create_table(&self, database: &str, input: TableInput) -> Result<Written, AwsError> {
        let doing = format!("create the table {database}.{}", input.name());
        let call = self.0.glue().await?.create_table();
        let call = call.database_name(database).table_input(input);
        written(&doing, call.send().await)
    }

    async fn update_table(
        &self,
        database: &str,
        input: TableInput,
        version: Option<&str>,
    ) -> Result<Written, AwsError> {
        let doing = format!("update the table {database}.{}", input.name());
        let call = self.0.glue().await?.update_table();
        let call = call.database_name(database).table_input(input);
        let call = call.set_version_id(version.map(str::to_owned));
        written(&doing, call.send().await)
    }
}

fn found_or_none<T, E>(doing: &str, found: Result<T, SdkError<E>>) -> Result<Option<T>, AwsError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match found.map_err(|error| describe(doing, &error)) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == AwsErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn written<T, E>(doing: &str, done: Result<T, SdkError<E>>) -> Result<Written, AwsError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let Err(error) = done else {
        return Ok(Written::Done);
    };
    let overtaken = matches!(
        error.code(),
        Some(
            "AlreadyExistsException"
                | "ConcurrentModificationException"
                | "VersionMismatchException"
        )
    );
    if overtaken {
        return Ok(Written::Overtaken);
    }
    Err(describe(doing, &error))
}

/// The SDK's own check of a request, which ours always passes.
pub(super) fn incomplete(doing: &str, error: &dyn fmt::Display) -> AwsError {
    AwsError::new(AwsErrorKind::Refused, format!("cannot {doing}: {error}"))
}

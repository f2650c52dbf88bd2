//! Partitions that were registered one by one: which delivery folders have one.

use std::collections::HashSet;

use super::{KeyRole, TableLayout, TableName};
use crate::{
    aws::{AwsClients, AwsError, describe, retry_read},
    domain::DeliveryFolder,
};

/// The registered partitions of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisteredPartitions(HashSet<Vec<String>>);

impl RegisteredPartitions {
    /// Reads the partitions of a table from the Glue Data Catalog.
    pub async fn read(
        clients: &AwsClients,
        table: &TableName,
        layout: &TableLayout,
    ) -> Result<Self, AwsError> {
        let glue = clients.glue().await?;
        let mut found = HashSet::new();
        let mut next = None;
        loop {
            let page = retry_read(clients, || {
                glue.get_partitions()
                    .database_name(table.database())
                    .table_name(table.table())
                    .exclude_column_schema(true)
                    .set_next_token(next.clone())
                    .send()
            });
            let doing = format!("read the partitions of the Glue table {table}");
            let page = page.await.map_err(|error| describe(&doing, &error))?;
            let partitions = page.partitions.unwrap_or_default().into_iter();
            found.extend(partitions.map(|partition| {
                let values = partition.values.unwrap_or_default();
                let keys = layout.keys.iter().zip(values);
                keys.map(|(key, value)| plain(&key.role, &value)).collect()
            }));
            next = page.next_token;
            if next.is_none() {
                return Ok(Self(found));
            }
        }
    }

    /// Says whether a folder has a partition.
    pub fn have(&self, layout: &TableLayout, folder: &DeliveryFolder) -> bool {
        let keys = layout.keys.iter();
        self.0.contains(
            &keys
                .map(|key| of_folder(&key.role, folder))
                .collect::<Vec<_>>(),
        )
    }
}

/// What a folder has for a key, in the form of [`plain`].
fn of_folder(role: &KeyRole, folder: &DeliveryFolder) -> String {
    let day = folder.day;
    match role {
        KeyRole::Account => folder.account.clone(),
        KeyRole::Region => folder.region.clone(),
        KeyRole::Year => day.year().to_string(),
        KeyRole::Month => day.month().to_string(),
        KeyRole::Day => day.day().to_string(),
        KeyRole::Date(_) => format!("{}-{}-{}", day.year(), day.month(), day.day()),
        KeyRole::Kind => folder.kind.folder_name().to_lowercase(),
        KeyRole::Other => String::new(),
    }
}

/// A partition's value without what may be written in several ways: zeros in front, separators.
fn plain(role: &KeyRole, value: &str) -> String {
    match role {
        KeyRole::Account | KeyRole::Region => value.to_owned(),
        KeyRole::Year | KeyRole::Month | KeyRole::Day => without_zeros(value),
        KeyRole::Date(_) => {
            let parts = match (value.len(), value.get(..4), value.get(4..6), value.get(6..)) {
                (8, Some(year), Some(month), Some(day)) if is_number(value) => {
                    vec![year, month, day]
                }
                _ => value.split(|c: char| !c.is_ascii_digit()).collect(),
            };
            let parts: Vec<String> = parts.into_iter().map(without_zeros).collect();
            parts.join("-")
        }
        KeyRole::Kind => value.to_lowercase(),
        KeyRole::Other => String::new(),
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_zeros(number: &str) -> String {
    number.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::DatePattern;

    #[test]
    fn values_are_compared_whatever_their_form() {
        let date = KeyRole::Date(DatePattern::parse("yyyy/M/d").unwrap());
        for (role, value, expected) in [
            (&KeyRole::Month, "03", "3"),
            (&KeyRole::Month, "3", "3"),
            (&date, "2024/3/7", "2024-3-7"),
            (&date, "2024-03-07", "2024-3-7"),
            (&date, "20240307", "2024-3-7"),
            (&KeyRole::Kind, "ConfigHistory", "confighistory"),
            (&KeyRole::Other, "anything", ""),
        ] {
            assert_eq!(plain(role, value), expected, "{value}");
        }
    }
}

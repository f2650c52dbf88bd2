//! The relation as clients see it.

use serde::Serialize;

use super::ColumnLine;
use crate::domain::{Column, RELATION};

/// The relation and its columns.
#[derive(Debug, Clone, Serialize)]
pub struct RelationInfo {
    /// Name in SQL.
    pub relation: &'static str,
    /// Columns in order.
    pub columns: Vec<ColumnLine>,
}

/// Returns the relation.
pub fn relation() -> RelationInfo {
    let line = |column: Column| ColumnLine {
        name: column.sql_name().to_owned(),
        short_name: column.short_name().to_owned(),
        sql_type: column.column_type().sql_name().to_owned(),
        about: column.about().to_owned(),
    };
    RelationInfo {
        relation: RELATION,
        columns: Column::ALL.map(line).to_vec(),
    }
}

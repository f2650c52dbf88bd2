//! The Glue table over a bucket of deliveries: what a table says, and how its partitions are
//! projected.

mod hive_type;
mod table;

pub use hive_type::HiveType;
pub use table::{GlueColumn, GlueTable, TableName};

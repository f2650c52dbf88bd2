//! The Glue table over a bucket of deliveries: what a table says, and how its partitions are
//! projected.

mod date_pattern;
mod hive_type;
mod projection;
mod table;

pub use date_pattern::DatePattern;
pub use hive_type::HiveType;
pub use projection::{DeliveryPath, KeyRole, KeyValues, PartitionKey, TableLayout, UnusableTable};
pub use table::{GlueColumn, GlueTable, TableName};

//! The Glue table over a bucket of deliveries: what a table says, how its partitions are
//! projected, what it ought to be, and how it gets there.

mod catalogue;
mod cloudformation;
mod convert;
mod date_pattern;
mod ddl;
mod diff;
mod discovery;
mod error;
mod hive_type;
mod keeper;
mod layout;
mod location;
mod plan;
mod projection;
mod registered;
mod table;
mod wanted;

pub use cloudformation::cloudformation;
pub use date_pattern::DatePattern;
pub use ddl::ddl;
pub use diff::{Difference, DifferenceKind, differences};
pub use error::{GlueError, GlueErrorKind};
pub use hive_type::HiveType;
pub use keeper::{TableKeeper, TableRequest};
pub use layout::Layout;
pub use location::BucketLocation;
pub use plan::{TablePlan, TableStatus};
pub use projection::{
    DeliveryPath, KeyLiteral, KeyRole, KeyValues, PartitionKey, TableLayout, UnusableTable,
};
pub use registered::RegisteredPartitions;
pub use table::{GlueColumn, GlueTable, TableName};
pub use wanted::TableSpec;

//! The vocabulary of the product: pure types and rules, no I/O and no clock.

mod account;
mod bytes;
mod change;
mod column;
mod decoded;
mod delivery;
mod difference;
mod filter;
mod hex;
mod invalid;
mod item;
mod key;
mod machine;
mod mask;
mod month;
mod pattern;
mod period;
mod query;
mod section;
mod visible;

pub use account::{AccountId, Region};
pub use bytes::human_bytes;
pub use change::ChangeKind;
pub use column::{Column, ColumnType, RELATION};
pub(crate) use decoded::{MOST_LAYERS, document_text, may_hold_document};
pub use decoded::{decoded, embedded_document};
pub use delivery::Delivery;
pub use difference::{
    Content, ContentHashes, Hasher, Operation, PathChange, PathClass, apply, difference,
    kind_of_hashes, rules_version,
};
pub use filter::{ItemFilter, ResourceReference, TagFilter};
pub use hex::hex;
pub use invalid::InvalidValue;
pub use item::{ConfigurationItem, ItemFields, ItemStatus, JsonText, ResourceKey};
pub use key::{
    CONFIG_FOLDER, DeliveryFolder, DeliveryKind, ROOT_FOLDER, folder_and_name, is_ignored_name,
    newest_stamp, partition_of,
};
pub use machine::is_this_machine;
pub use mask::Masker;
pub use month::Month;
pub use pattern::TypePattern;
pub use period::{Period, parse_zone, zone_name};
pub use query::{Direction, ItemQuery, Measure, OrderBy, OrderKey, Shape};
pub use section::Section;
pub use visible::visible;

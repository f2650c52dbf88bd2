//! What was delivered, known without opening a file.

use std::sync::Arc;

use jiff::Timestamp;

use super::DeliveryFolder;

/// A delivery folder with files in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Account, recorder Region, day and kind.
    pub folder: DeliveryFolder,
    /// Keys of its files, in order.
    pub keys: Vec<Arc<str>>,
    /// Bytes of its files as stored.
    pub bytes: u64,
    /// Newest time stamp in their names, else the folder's day.
    pub newest: Timestamp,
}

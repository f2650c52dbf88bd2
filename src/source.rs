//! Where delivered files lie, how they are found, and how their bytes become items.

mod bundled;
mod decode;
mod decode_fields;
mod folder;
mod gzip;
mod lake;
mod memory;
mod needles;
mod object;
mod outline;
mod s3;
mod skip;

use async_trait::async_trait;
use thiserror::Error;

use crate::aws::AwsError;

pub use bundled::BundledSource;
pub use decode::{Bodies, Decoder, FileError, ReadLimits, Taken, WantedTags};
pub use folder::FolderSource;
pub use lake::{FolderFiles, Lake, LakeFile, LakeListing};
pub use memory::MemorySource;
pub use needles::{Needles, Search};
pub use object::Object;
pub use s3::{NoBucket, S3Source};

/// A tree of objects: a folder on disk, the one inside the binary, a bucket.
#[async_trait]
pub trait ObjectSource: std::fmt::Debug + Send + Sync {
    /// Returns the place, for people.
    fn location(&self) -> String;

    /// Returns what tells this tree from any other, wherever the program runs.
    fn identity(&self) -> String {
        self.location()
    }

    /// Returns the first levels of the tree, where the place that was named lies inside a lake's
    /// layout, e.g. `["AWSLogs", "111122223333"]`. Empty where it lies above.
    fn base(&self) -> &[String];

    /// Says how many times as many objects should be on their way as are decoded: where each takes
    /// its time, more than one.
    fn reads_ahead(&self) -> usize {
        1
    }

    /// Lists one folder; `""` is the top. Names come in order.
    async fn list(&self, folder: &str) -> Result<Listing, SourceError>;

    /// Lists the files of whole folders below `folder`: those of `levels`, each a set of names of
    /// folders, or any where there are none. The files lie in the folders of the last level. Keys
    /// come in any order. What cannot be listed is told beside the rest.
    async fn list_below(&self, folder: &str, levels: &[&[&str]]) -> Result<Below, SourceError>;

    /// Opens an object for one pass.
    async fn open(&self, file: &LakeFile) -> Result<Object, SourceError>;
}

/// What one folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Names of folders in order.
    pub folders: Vec<String>,
    /// Files in order of their names.
    pub files: Vec<ListedFile>,
}

/// A file of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Name without its folder.
    pub name: String,
    /// Size as stored, in bytes.
    pub size: u64,
}

/// What lies below a folder.
#[derive(Debug, Default)]
pub struct Below {
    /// Files, with their keys from the top.
    pub files: Vec<LakeFile>,
    /// Folders that could not be listed.
    pub unreadable: Vec<SourceError>,
}

/// Why a folder or object could not be read.
#[derive(Debug, Error)]
#[error("cannot read `{path}`: {source}")]
pub struct SourceError {
    /// The folder or object.
    pub path: String,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

impl SourceError {
    /// Returns what AWS refused, where that is why.
    pub fn aws(&self) -> Option<&AwsError> {
        refused_by_aws(&self.source)
    }
}

/// Returns what AWS refused, where that is why something could not be read.
pub fn refused_by_aws(error: &std::io::Error) -> Option<&AwsError> {
    error.get_ref()?.downcast_ref()
}

/// Joins a folder and a name into a key.
fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

//! A lake on Amazon S3.

use std::{
    io::{self, Read},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::{Buf as _, Bytes};
use futures::{StreamExt as _, stream};
use tokio::{
    runtime::Handle,
    sync::{OnceCell, Semaphore, mpsc},
};

use super::{
    Below, LakeFile, ListedFile, Listing, Object, ObjectSource, SourceError, join, lake::root_of,
};
use crate::aws::{AwsClients, AwsError, AwsErrorKind, Bucket, BucketObject};

/// Requests under way at once.
const REQUESTS_AT_ONCE: usize = 64;
/// Parts of a lake that are read at once, for each that is decoded.
const READS_AHEAD: usize = 4;
/// Largest object that is fetched whole.
const WHOLE_BYTES: u64 = 16 << 20;
/// Pieces of a larger one that wait to be read.
const PIECES_AHEAD: usize = 4;

/// A prefix of a bucket. One inside the layout (`…/AWSLogs/111122223333`) works as well: then the
/// lake is rooted above `AWSLogs` and its first levels are fixed. AWS is not asked before something
/// is listed.
#[derive(Debug)]
pub struct S3Source {
    clients: AwsClients,
    bucket: OnceCell<Bucket>,
    turns: Arc<Semaphore>,
    name: String,
    /// What stands before every key of the lake: empty, or with a slash at its end.
    prefix: String,
    base: Vec<String>,
    location: String,
    endpoint: Option<String>,
    requester_pays: bool,
}

/// What a lake's address says that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no bucket: a lake on S3 is s3://BUCKET or s3://BUCKET/PREFIX")]
pub struct NoBucket(String);

impl S3Source {
    /// How addresses of lakes on S3 begin.
    pub const SCHEME: &str = "s3://";

    /// Returns the lake at `address`, which is `s3://bucket/prefix`. `endpoint` is where S3 is
    /// asked, if somebody named that: two places may have buckets of one name.
    pub fn new(
        address: &str,
        clients: AwsClients,
        endpoint: Option<String>,
    ) -> Result<Self, NoBucket> {
        let place = address.strip_prefix(Self::SCHEME).unwrap_or(address);
        let mut names = place.split('/').filter(|name| !name.is_empty());
        let is_named = !place.starts_with('/');
        let name = names.next().filter(|_| is_named);
        let name = name.ok_or_else(|| NoBucket(address.to_owned()))?.to_owned();
        let names: Vec<String> = names.map(str::to_owned).collect();
        let location = format!("{}{}", Self::SCHEME, join(&name, &names.join("/")));
        let root = root_of(&names).unwrap_or(names.len());
        let (above, base) = names.split_at_checked(root).unwrap_or((&names, &[]));
        Ok(Self {
            clients,
            bucket: OnceCell::new(),
            turns: Arc::new(Semaphore::new(REQUESTS_AT_ONCE)),
            prefix: as_prefix(above),
            base: base.to_vec(),
            location: location.trim_end_matches('/').to_owned(),
            name,
            endpoint,
            requester_pays: false,
        })
    }

    /// Returns the same lake, of which this caller pays what is asked of it and read.
    #[must_use]
    pub fn with_requester_pays(mut self, pays: bool) -> Self {
        self.requester_pays = pays;
        self
    }

    /// Returns how many listings were asked for.
    pub fn listings(&self) -> u64 {
        self.bucket.get().map_or(0, Bucket::listings)
    }

    /// Returns the bucket's Region, as far as it is known.
    pub fn region(&self) -> Option<String> {
        self.bucket.get().and_then(Bucket::region)
    }

    /// Returns the bucket.
    pub async fn bucket(&self) -> Result<&Bucket, AwsError> {
        let open = || async {
            let bucket = Bucket::open(&self.clients, self.name.as_str()).await?;
            Ok(if self.requester_pays {
                bucket.with_requester_pays()
            } else {
                bucket
            })
        };
        self.bucket.get_or_try_init(open).await
    }

    /// Returns what stands before the key of every object that the lake's address names.
    pub fn named_prefix(&self) -> String {
        format!("{}{}", self.prefix, as_prefix(&self.base))
    }

    /// Returns the prefix of a folder's keys in the bucket.
    fn prefix_of(&self, folder: &str) -> String {
        if folder.is_empty() {
            self.prefix.clone()
        } else {
            format!("{}{folder}/", self.prefix)
        }
    }

    /// Asks the bucket when it is this request's turn.
    async fn ask<T>(
        &self,
        path: &str,
        ask: impl AsyncFnOnce(&Bucket) -> Result<T, AwsError>,
    ) -> Result<T, SourceError> {
        let _turn = self.turns.acquire().await;
        let asked = match self.bucket().await {
            Ok(bucket) => ask(bucket).await,
            Err(error) => Err(error),
        };
        asked.map_err(|error| SourceError {
            path: path.to_owned(),
            source: io_error(error),
        })
    }

    /// Lists all objects below a folder, with their keys from the lake's top.
    async fn objects(&self, folder: &str) -> Result<Vec<LakeFile>, SourceError> {
        let prefix = self.prefix_of(folder);
        let listed = self.ask(folder, async |bucket| bucket.objects(&prefix).await);
        let from_top = |object: BucketObject| {
            let key = object.key.strip_prefix(&self.prefix)?.to_owned();
            Some(BucketObject { key, ..object }.into())
        };
        Ok(listed.await?.into_iter().filter_map(from_top).collect())
    }
}

#[async_trait]
impl ObjectSource for S3Source {
    fn location(&self) -> String {
        self.location.clone()
    }

    fn identity(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{} at {endpoint}", self.location),
            None => self.location.clone(),
        }
    }

    fn base(&self) -> &[String] {
        &self.base
    }

    fn reads_ahead(&self) -> usize {
        READS_AHEAD
    }

    async fn list(&self, folder: &str) -> Result<Listing, SourceError> {
        let prefix = self.prefix_of(folder);
        let found = self.ask(folder, async |bucket| bucket.folder(&prefix).await);
        let found = found.await?;
        let mut folders = found.folders;
        folders.retain(|name| !name.is_empty());
        folders.sort_unstable();
        let objects = found.objects.into_iter();
        let mut files: Vec<ListedFile> = objects
            .filter_map(|object| {
                let name = object.key.strip_prefix(&prefix)?;
                // An object that stands for the folder itself.
                (!name.is_empty()).then(|| ListedFile {
                    name: name.to_owned(),
                    size: object.size,
                })
            })
            .collect();
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(Listing { folders, files })
    }

    async fn list_below(&self, folder: &str, levels: &[&[&str]]) -> Result<Below, SourceError> {
        // One listing shows all that is below, whatever its depth; where names are known there is
        // one for each.
        let named: Vec<String> = match levels.first() {
            Some([]) | None => vec![folder.to_owned()],
            Some(names) => names.iter().map(|name| join(folder, name)).collect(),
        };
        let mut listed = stream::iter(named)
            .map(|folder| async move { self.objects(&folder).await })
            .buffered(REQUESTS_AT_ONCE);
        let mut below = Below::default();
        while let Some(objects) = listed.next().await {
            match objects {
                Ok(objects) => {
                    let wanted = |file: &LakeFile| lies_in(&file.key, folder, levels);
                    below.files.extend(objects.into_iter().filter(wanted));
                }
                Err(error) => below.unreadable.push(error),
            }
        }
        Ok(below)
    }

    async fn open(&self, file: &LakeFile) -> Result<Object, SourceError> {
        let key = format!("{}{}", self.prefix, file.key);
        if file.size <= WHOLE_BYTES {
            let read = self.ask(&file.key, async |bucket| bucket.read(&key).await);
            return Ok(Object::Bytes(read.await?));
        }
        let bucket = self.bucket().await.map_err(|error| SourceError {
            path: file.key.to_string(),
            source: io_error(error),
        })?;
        Ok(Object::Stream(Box::new(Pieces {
            from: Some((bucket.clone(), key)),
            runtime: Handle::current(),
            coming: None,
            piece: Bytes::new(),
        })))
    }
}

/// Writes folders as what stands before the keys in them: empty, or with a slash at its end.
fn as_prefix(names: &[String]) -> String {
    let mut prefix = names.join("/");
    if !prefix.is_empty() {
        prefix.push('/');
    }
    prefix
}

/// Says whether a file lies in the folders of the last of `levels` below `folder`.
fn lies_in(key: &str, folder: &str, levels: &[&[&str]]) -> bool {
    let below = if folder.is_empty() {
        Some(key)
    } else {
        key.strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix('/'))
    };
    let Some(below) = below else {
        return false;
    };
    let mut names = below.split('/');
    let is_wanted = levels.iter().all(|wanted| {
        names
            .next()
            .is_some_and(|name| wanted.is_empty() || wanted.contains(&name))
    });
    let name = names.next();
    is_wanted && name.is_some_and(|name| !name.is_empty()) && names.next().is_none()
}

/// Wraps what AWS refused. Its kind never says that the content is damaged: that would be
/// remembered.
fn io_error(error: AwsError) -> io::Error {
    let kind = match error.kind() {
        AwsErrorKind::AccessDenied => io::ErrorKind::PermissionDenied,
        AwsErrorKind::Unavailable => io::ErrorKind::ConnectionReset,
        AwsErrorKind::NotFound if error.code() == Some("NoSuchKey") => io::ErrorKind::NotFound,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

/// A large object: asked for when the first byte is wanted, as nothing should be on its way that
/// nobody reads. To be read on a thread that may wait.
struct Pieces {
    from: Option<(Bucket, String)>,
    runtime: Handle,
    coming: Option<mpsc::Receiver<Result<Bytes, AwsError>>>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((bucket, key)) = self.from.take() {
            let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
            self.runtime.spawn(fetch(bucket, key, sender));
            self.coming = Some(receiver);
        }
        while self.piece.is_empty() && !buffer.is_empty() {
            let next = self.coming.as_mut().and_then(mpsc::Receiver::blocking_recv);
            match next {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(io_error(error)),
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len());
        if let Some(start) = buffer.get_mut(..count) {
            self.piece.copy_to_slice(start);
        }
        Ok(count)
    }
}

/// Sends an object's bytes for as long as somebody takes them.
async fn fetch(bucket: Bucket, key: String, pieces: mpsc::Sender<Result<Bytes, AwsError>>) {
    let mut object = match bucket.stream(&key).await {
        Ok(object) => object,
        Err(error) => {
            drop(pieces.send(Err(error)).await);
            return;
        }
    };
    loop {
        let (piece, is_last) = match object.next().await {
            Ok(Some(piece)) => (Ok(piece), false),
            Ok(None) => return,
            Err(error) => (Err(error), true),
        };
        if pieces.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::AwsSettings;

    fn source(address: &str) -> Result<S3Source, NoBucket> {
        S3Source::new(address, AwsClients::new(AwsSettings::default()), None)
    }

    #[test]
    fn an_address_is_a_bucket_and_what_stands_before_the_layout() {
        let of = |address: &str| {
            let source = source(address).unwrap();
            (source.location(), source.prefix, source.base.join("/"))
        };
        let told = |location: &str, prefix: &str, base: &str| {
            (location.to_owned(), prefix.to_owned(), base.to_owned())
        };
        assert_eq!(of("s3://b"), told("s3://b", "", ""));
        assert_eq!(of("s3://b/"), told("s3://b", "", ""));
        assert_eq!(of("s3://b/org/x/"), told("s3://b/org/x", "org/x/", ""));
        assert_eq!(of("s3://b/org/x"), of("s3://b/org/x/"));
        assert_eq!(
            of("s3://b/org/AWSLogs/111122223333/Config"),
            told(
                "s3://b/org/AWSLogs/111122223333/Config",
                "org/",
                "AWSLogs/111122223333/Config"
            )
        );
        // Named so, and none.
        assert_eq!(
            of("s3://b/AWSLogs/mine"),
            told("s3://b/AWSLogs/mine", "AWSLogs/mine/", "")
        );
        for wrong in ["s3://", "s3:///", "s3:///prefix"] {
            assert!(source(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_files_of_the_wanted_folders_count() {
        let kinds = ["ConfigHistory", "ConfigSnapshot"];
        let lies = |key: &str, days: &[&str]| lies_in(key, "r/2024/11", &[days, &kinds]);
        assert!(lies("r/2024/11/5/ConfigHistory/a", &[]));
        assert!(lies("r/2024/11/5/ConfigHistory/a", &["5"]));
        assert!(!lies("r/2024/11/6/ConfigHistory/a", &["5"]));
        assert!(!lies("r/2024/11/5/OversizedChangeNotification/a", &[]));
        assert!(!lies("r/2024/11/5/ConfigHistory/a/b", &[]));
        assert!(!lies("r/2024/11/5/ConfigHistory/", &[]));
        assert!(!lies("r/2024/11/5/ConfigHistory", &[]));
        assert!(!lies("r/2024/110/5/ConfigHistory/a", &[]));
    }

    #[tokio::test]
    async fn nothing_is_asked_before_something_is_listed() {
        let source = source("s3://b/org").unwrap();
        assert_eq!(source.listings(), 0);
        assert_eq!(source.identity(), "s3://b/org");
        assert_eq!(source.named_prefix(), "org/");
    }

    #[test]
    fn a_refusal_is_never_taken_for_damage() {
        let kinds = [
            AwsErrorKind::Credentials,
            AwsErrorKind::Region,
            AwsErrorKind::AccessDenied,
            AwsErrorKind::NotFound,
            AwsErrorKind::Refused,
            AwsErrorKind::Throttled,
            AwsErrorKind::Unavailable,
        ];
        for kind in kinds {
            let error = io_error(AwsError::new(kind, "x"));
            assert!(!matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::UnexpectedEof
            ));
        }
    }
}

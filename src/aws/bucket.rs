//! A bucket on S3: which folders and objects there are, and what is in them.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_s3::{
    Client,
    error::ProvideErrorMetadata,
    error::SdkError,
    operation::{get_object::GetObjectOutput, list_objects_v2::ListObjectsV2Output},
    primitives::ByteStream,
    types::RequestPayer,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use bytes::Bytes;

use super::{
    AwsClients, AwsError, AwsErrorKind, chain, describe,
    retry::{ATTEMPTS, retry_read, wait},
};

/// Lists and reads a bucket. Clones share what is known of it.
#[derive(Debug, Clone)]
pub struct Bucket {
    clients: AwsClients,
    /// Of the bucket's Region, once a call has told which it is.
    client: Arc<RwLock<Client>>,
    name: String,
    payer: Option<RequestPayer>,
    listings: Arc<AtomicU64>,
}

/// An object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketObject {
    /// Key.
    pub key: String,
    /// Size as stored, in bytes.
    pub size: u64,
    /// Changes whenever the content does.
    pub etag: String,
}

/// What one folder of a bucket holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketFolder {
    /// Names of folders.
    pub folders: Vec<String>,
    /// Objects that lie in it itself.
    pub objects: Vec<BucketObject>,
}

impl Bucket {
    /// Returns the bucket of a name.
    pub async fn open(clients: &AwsClients, name: impl Into<String>) -> Result<Self, AwsError> {
        Ok(Self {
            clients: clients.clone(),
            client: Arc::new(RwLock::new(clients.s3().await?)),
            name: name.into(),
            payer: None,
            listings: Arc::default(),
        })
    }

    /// Returns the same bucket, of which this caller pays what is asked of it and read.
    #[must_use]
    pub fn with_requester_pays(mut self) -> Self {
        self.payer = Some(RequestPayer::Requester);
        self
    }

    /// Returns how many listings were asked for: each is charged.
    pub fn listings(&self) -> u64 {
        self.listings.load(Ordering::Relaxed)
    }

    /// Returns the Region that the bucket is asked in.
    pub fn region(&self) -> Option<String> {
        let region = self.client().config().region().cloned();
        region.map(|region| region.to_string())
    }

    /// Returns the names of the folders below `prefix`, which is empty or ends with a slash.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        Ok(self.folder(prefix).await?.folders)
    }

    /// Returns what the folder `prefix` holds, which is empty or ends with a slash.
    pub async fn folder(&self, prefix: &str) -> Result<BucketFolder, AwsError> {
        let mut found = BucketFolder::default();
        let mut next = None;
        loop {
            let mut page = self.page(prefix, Some("/"), next.take()).await?;
            let names = page.common_prefixes().iter().filter_map(|folder| {
                let name = folder.prefix()?.strip_prefix(prefix)?;
                Some(name.trim_end_matches('/').to_owned())
            });
            found.folders.extend(names);
            found.objects.extend(objects_of(&mut page));
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns all objects whose keys begin with `prefix`, in the order of their keys.
    pub async fn objects(&self, prefix: &str) -> Result<Vec<BucketObject>, AwsError> {
        let mut objects = Vec::new();
        let mut next = None;
        loop {
            let mut page = self.page(prefix, None, next.take()).await?;
            objects.extend(objects_of(&mut page));
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(objects);
            }
        }
    }

    /// Returns the first objects whose keys begin with `prefix`: what one listing shows.
    pub async fn first_objects(&self, prefix: &str) -> Result<Vec<BucketObject>, AwsError> {
        let mut page = self.page(prefix, None, None).await?;
        Ok(objects_of(&mut page).collect())
    }

    /// Reads an object whole. What was cut short is read again.
    pub async fn read(&self, key: &str) -> Result<Bytes, AwsError> {
        let mut tries = 1;
        loop {
            let object = self.get(key, None).await?;
            match object.body.collect().await {
                Ok(body) => return Ok(body.into_bytes()),
                Err(error) if tries >= ATTEMPTS => return Err(self.cut_short(key, &error)),
                Err(_) => {
                    tracing::debug!("an object was cut short; reading it again");
                    tokio::time::sleep(wait(tries)).await;
                    tries += 1;
                }
            }
        }
    }

    /// Begins to read an object piece by piece.
    pub async fn stream(&self, key: &str) -> Result<ObjectStream, AwsError> {
        let object = self.get(key, None).await?;
        Ok(ObjectStream {
            bucket: self.clone(),
            key: key.to_owned(),
            etag: object.e_tag,
            body: object.body,
            read: 0,
            tries: 1,
        })
    }

    fn cut_short(&self, key: &str, error: &(dyn std::error::Error + 'static)) -> AwsError {
        let text = format!("the object was cut short: {}", chain::innermost(error));
        AwsError::new(AwsErrorKind::Unavailable, text)
            .with_remedy("check the network and ask again")
            .while_doing(&self.reading(key))
    }

    fn reading(&self, key: &str) -> String {
        format!("read s3://{}/{key}", self.name)
    }

    /// Asks for an object, from a byte on where it must still be the one that was begun.
    async fn get(
        &self,
        key: &str,
        from: Option<(u64, Option<&str>)>,
    ) -> Result<GetObjectOutput, AwsError> {
        let range = from.map(|(byte, _)| format!("bytes={byte}-"));
        let etag = from.and_then(|(_, etag)| etag);
        let got = self.call(|client| {
            client
                .get_object()
                .bucket(&self.name)
                .key(key)
                .set_range(range.clone())
                .set_if_match(etag.map(str::to_owned))
                .set_request_payer(self.payer.clone())
                .send()
        });
        got.await
            .map_err(|error| self.described(&self.reading(key), &error))
    }

    async fn page(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        after: Option<String>,
    ) -> Result<ListObjectsV2Output, AwsError> {
        let doing = || format!("list s3://{}/{prefix}", self.name);
        let mut tries = 1;
        loop {
            self.listings.fetch_add(1, Ordering::Relaxed);
            let listed = self.call(|client| {
                client
                    .list_objects_v2()
                    .bucket(&self.name)
                    .prefix(prefix)
                    .set_delimiter(delimiter.map(str::to_owned))
                    .set_continuation_token(after.clone())
                    .set_request_payer(self.payer.clone())
                    .send()
            });
            let page = listed
                .await
                .map_err(|error| self.described(&doing(), &error))?;
            if is_whole(&page) {
                return Ok(page);
            }
            if tries >= ATTEMPTS {
                let error = AwsError::new(AwsErrorKind::Unavailable, "the listing was cut short")
                    .with_remedy("check the network and the endpoint, and ask again");
                return Err(error.while_doing(&doing()));
            }
            tracing::debug!("a listing was cut short; asking again");
            tokio::time::sleep(wait(tries)).await;
            tries += 1;
        }
    }

    fn described<E>(&self, doing: &str, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let described = describe(doing, error);
        // S3 does not say that it denies because nobody has offered to pay.
        let is_plain = described.kind() == AwsErrorKind::AccessDenied
            && self.payer.is_none()
            && !described.message().contains("not authorized");
        match described.remedy().map(str::to_owned) {
            Some(remedy) if is_plain => described.with_remedy(format!(
                "{remedy}; if the bucket lets those pay who ask, pass --requester-pays"
            )),
            _ => described,
        }
    }

    /// Makes a call, and makes it again in the bucket's own Region where S3 says which that is.
    async fn call<T, E, Fut>(
        &self,
        make: impl Fn(Client) -> Fut,
    ) -> Result<T, SdkError<E, HttpResponse>>
    where
        E: ProvideErrorMetadata,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let asked = self.region();
        match retry_read(&self.clients, || make(self.client())).await {
            Err(error) => match told_region(&error) {
                Some(region) if asked.as_deref() != Some(region) => {
                    self.move_to(region).await;
                    retry_read(&self.clients, || make(self.client())).await
                }
                _ => Err(error),
            },
            done => done,
        }
    }

    async fn move_to(&self, region: &str) {
        tracing::debug!(region, "the bucket lies in another Region");
        if let Ok(client) = self.clients.s3_in(region.to_owned()).await {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        }
    }

    fn client(&self) -> Client {
        let client = self.client.read();
        client.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An object that is read piece by piece.
#[derive(Debug)]
pub struct ObjectStream {
    bucket: Bucket,
    key: String,
    etag: Option<String>,
    body: ByteStream,
    read: u64,
    tries: u32,
}

impl ObjectStream {
    /// Returns the next bytes; `None` at the end. A connection that was lost is made again where
    /// it ended, a few times.
    pub async fn next(&mut self) -> Result<Option<Bytes>, AwsError> {
        loop {
            match self.body.next().await {
                None => return Ok(None),
                Some(Ok(bytes)) => {
                    self.read += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                Some(Err(error)) if self.tries >= ATTEMPTS => {
                    return Err(self.bucket.cut_short(&self.key, &error));
                }
                Some(Err(_)) => {
                    tracing::debug!("an object was cut short; reading on");
                    tokio::time::sleep(wait(self.tries)).await;
                    self.tries += 1;
                    let from = (self.read, self.etag.as_deref());
                    self.body = self.bucket.get(&self.key, Some(from)).await?.body;
                }
            }
        }
    }
}

/// Says whether a listing has as much as it says. The SDK takes one that ends in its midst for
/// whole, and what is missing would be missing from an answer.
fn is_whole(page: &ListObjectsV2Output) -> bool {
    let found = page.contents().len() + page.common_prefixes().len();
    let told = page.key_count();
    page.is_truncated().is_some()
        && page.name().is_some()
        && told.is_none_or(|told| usize::try_from(told).is_ok_and(|told| told == found))
}

fn objects_of(page: &mut ListObjectsV2Output) -> impl Iterator<Item = BucketObject> + use<> {
    let contents = page.contents.take().unwrap_or_default().into_iter();
    contents.filter_map(|object| {
        Some(BucketObject {
            size: object
                .size()
                .and_then(|size| size.try_into().ok())
                .unwrap_or(0),
            etag: object.e_tag.unwrap_or_default(),
            key: object.key?,
        })
    })
}

/// Returns the Region that S3 says a bucket lies in, where it refused a call for that.
fn told_region<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    let SdkError::ServiceError(context) = error else {
        return None;
    };
    let answer = context.raw();
    if !matches!(answer.status().as_u16(), 301 | 307 | 400) {
        return None;
    }
    let told = answer.headers().get("x-amz-bucket-region");
    told.or_else(|| {
        // `the region 'us-east-1' is wrong; expecting 'eu-west-1'`
        let (_, rest) = error.message()?.split_once("expecting '")?;
        rest.split('\'').next()
    })
}

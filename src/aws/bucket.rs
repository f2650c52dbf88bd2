//! A bucket on S3: which folders and objects there are. Nothing is read from an object.

use aws_sdk_s3::Client;

use super::{AwsClients, AwsError, describe, retry_read};

/// Lists a bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    clients: AwsClients,
    client: Client,
    name: String,
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

impl Bucket {
    /// Returns the bucket of a name.
    pub async fn open(clients: &AwsClients, name: impl Into<String>) -> Result<Self, AwsError> {
        Ok(Self {
            clients: clients.clone(),
            client: clients.s3().await?,
            name: name.into(),
        })
    }

    /// Returns the names of the folders below `prefix`, which is empty or ends with a slash.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        let mut names = Vec::new();
        let mut next = None;
        loop {
            let page = self.page(prefix, Some("/"), next.take()).await?;
            let found = page.common_prefixes().iter().filter_map(|folder| {
                let name = folder.prefix()?.strip_prefix(prefix)?;
                Some(name.trim_end_matches('/').to_owned())
            });
            names.extend(found);
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(names);
            }
        }
    }

    /// Returns all objects whose keys begin with `prefix`, in the order of their keys.
    pub async fn objects(&self, prefix: &str) -> Result<Vec<BucketObject>, AwsError> {
        let mut objects = Vec::new();
        let mut next = None;
        loop {
            let mut page = self.page(prefix, None, next.take()).await?;
            let found = page.contents.take().unwrap_or_default().into_iter();
            objects.extend(found.filter_map(|object| {
                Some(BucketObject {
                    size: object
                        .size()
                        .and_then(|size| size.try_into().ok())
                        .unwrap_or(0),
                    etag: object.e_tag.unwrap_or_default(),
                    key: object.key?,
                })
            }));
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(objects);
            }
        }
    }

    async fn page(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        after: Option<String>,
    ) -> Result<aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output, AwsError> {
        let listed = retry_read(&self.clients, || {
            self.client
                .list_objects_v2()
                .bucket(&self.name)
                .prefix(prefix)
                .set_delimiter(delimiter.map(str::to_owned))
                .set_continuation_token(after.clone())
                .send()
        });
        let doing = || format!("list s3://{}/{prefix}", self.name);
        listed.await.map_err(|error| describe(&doing(), &error))
    }
}

//! Some items alone, past what is kept.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{CacheError, LakeCache, LakeParts, Only, Part, by_part, fill::Fill, held::Spare, told};
use crate::store::{
    StoreError,
    embedded::reading::{FileReader, PlacedFile},
};

impl LakeCache {
    /// Reads some items alone, from the delivered files; nothing of it is kept.
    pub(in crate::store::embedded) async fn select(
        &self,
        reader: &FileReader,
        files: &[PlacedFile],
        only: &Only,
    ) -> Result<LakeParts, CacheError> {
        let (held_bytes, spare) = (self.held_bytes(reader), Spare::default());
        let parts: Vec<Arc<Part>> = stream::iter(by_part(files))
            .map(|(id, files)| {
                let (files, reader, only) = (files.to_vec(), reader.clone(), only.clone());
                let spare = spare.clone();
                async move {
                    let fill = Fill {
                        reader: &reader,
                        id,
                        files: &files,
                        held_bytes,
                        only: Some(only),
                        spare,
                    };
                    fill.in_memory().await.map(Arc::new)
                }
            })
            .buffered(reader.files_at_once.max(1))
            .boxed()
            .try_collect()
            .await?;
        let mut kinds = HashMap::new();
        for parts in parts.chunk_by(|a, b| a.id.account == b.id.account) {
            let parts = parts.to_vec();
            let account = parts.first().map(|part| part.id.account.clone());
            let job = reader.job(move |cancel| told(&parts, 0, None, &|| cancel.is_cancelled()));
            let stopped = |stopped| StoreError::internal("classifying items", stopped);
            kinds.insert(
                account.unwrap_or_default(),
                Arc::new(job.await.map_err(stopped)??),
            );
        }
        Ok(LakeParts { parts, kinds })
    }
}

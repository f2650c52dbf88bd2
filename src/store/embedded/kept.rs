//! Answers that are kept in the cache of the lake.

use super::EmbeddedStore;
use crate::store::{CallContext, KeptName};

impl EmbeddedStore {
    pub(super) async fn recall_kept(&self, kept: &KeptName<'_>) -> Option<Vec<u8>> {
        if !kept.revision.is_settled {
            return None;
        }
        let (cache, name) = (self.cache.clone(), self.name_of(kept));
        let recalling = tokio::task::spawn_blocking(move || cache.recall(&name));
        recalling.await.ok().flatten()
    }

    pub(super) async fn keep_answer(
        &self,
        kept: &KeptName<'_>,
        content: Vec<u8>,
        cx: &CallContext,
    ) {
        if !kept.revision.is_settled {
            return;
        }
        // The name may be of another call's listing: what was counted is of this one's.
        let listed = self.access(kept.filter, cx).revision().await;
        if listed.ok() != Some(kept.revision) {
            return;
        }
        let (cache, name) = (self.cache.clone(), self.name_of(kept));
        let keeping = tokio::task::spawn_blocking(move || cache.keep(&name, &content));
        if let Err(error) = keeping.await {
            tracing::debug!(%error, "an answer cannot be kept");
        }
    }

    /// Returns the name in the cache, with the settings that change answers.
    fn name_of(&self, kept: &KeptName<'_>) -> String {
        let (masker, state) = (self.settings.masker, kept.revision.state);
        format!("{masker:?} {state:032x} {}", kept.question)
    }
}

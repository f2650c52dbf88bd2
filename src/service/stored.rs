//! What the store keeps for the processes to come, in a binary form that loses nothing.

use serde::{Serialize, de::DeserializeOwned};

use crate::store::{CallContext, HistoryStore, KeptName};

/// Returns what the store has kept under a name.
pub(super) async fn recall<T: DeserializeOwned>(
    store: &dyn HistoryStore,
    name: &KeptName<'_>,
) -> Option<T> {
    let kept = store.recall(name).await?;
    match rmp_serde::from_slice(&kept) {
        Ok(kept) => Some(kept),
        Err(error) => {
            tracing::debug!(%error, "what was kept has another form, and is worked out again");
            None
        }
    }
}

/// Has something kept by the store, if it keeps anything.
pub(super) async fn keep<T: Serialize>(
    store: &dyn HistoryStore,
    name: &KeptName<'_>,
    of: &T,
    cx: &CallContext,
) {
    // With names of fields: some are left out where they are empty.
    match rmp_serde::to_vec_named(of) {
        Ok(content) => store.keep(name, content, cx).await,
        Err(error) => tracing::debug!(%error, "an answer cannot be kept"),
    }
}

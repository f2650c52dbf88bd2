//! What there is to ask about, kept for a moment: clients ask for completions at every key stroke.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    service::{DescribeRequest, HistoryDescription, HistoryService, ServiceError},
    store::CallContext,
};

/// Time for which a description is good enough for lists and completions.
const FRESH_FOR: Duration = Duration::from_mins(1);

/// The last description, shared by all connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    last: Arc<Mutex<Option<Snapshot>>>,
}

#[derive(Debug)]
struct Snapshot {
    taken: Instant,
    description: Arc<HistoryDescription>,
}

impl Directory {
    /// Returns a description that is at most [`FRESH_FOR`] old. Concurrent callers wait for one
    /// reading of the source instead of each starting one.
    pub(super) async fn describe(
        &self,
        service: &HistoryService,
        cx: &CallContext,
    ) -> Result<Arc<HistoryDescription>, ServiceError> {
        let mut last = self.last.lock().await;
        if let Some(snapshot) = last.as_ref()
            && snapshot.taken.elapsed() < FRESH_FOR
        {
            return Ok(Arc::clone(&snapshot.description));
        }
        let description = Arc::new(service.describe(&DescribeRequest::default(), cx).await?);
        *last = Some(Snapshot {
            taken: Instant::now(),
            description: Arc::clone(&description),
        });
        Ok(description)
    }
}

//! The store: one trait in domain terms, one file an engine. Fronts never see it; the service does.

mod athena;
mod changes;
mod context;
mod embedded;
mod error;
mod evidence;
mod guard;
mod kept;
mod rows;
mod scopes;
mod sql;
mod tallies;
mod typed;

use async_trait::async_trait;

pub use athena::{AthenaSettings, AthenaStore};
pub use changes::{ChangesQuery, ItemChange};
pub use context::{CallContext, Progress, ProgressSink, SilentProgress};
pub use embedded::{
    CacheFolder, CacheUsage, EmbeddedSettings, EmbeddedStore, LakeUsage, clear_cache,
    usage_of_cache,
};
pub use error::{StoreError, StoreErrorKind};
pub use evidence::{
    AthenaRun, Evidence, Lookback, PartitionsRead, PeriodInfo, SourceInfo, UnreadableFile,
};
pub use guard::{ReadGuard, Reading};
pub use kept::{KeptName, Revision};
pub use rows::{Answer, Rows};
pub use sql::ReadOnlySql;

use crate::domain::{ItemFilter, ItemQuery, Period};
pub use crate::{
    analysis::{Grouping, ItemRecord, Tally, TallyDepth, TallyLine, security::SecurityEvent},
    domain::Delivery,
};

/// Answers questions over the relation `configuration_items`. The same question has the same
/// answer on every implementation.
#[async_trait]
pub trait HistoryStore: std::fmt::Debug + Send + Sync {
    /// Returns where the data lies. Contacts nothing.
    fn source(&self) -> SourceInfo;

    /// Answers a typed question.
    async fn query(&self, query: &ItemQuery, cx: &CallContext) -> Result<Answer<Rows>, StoreError>;

    /// Answers a statement over the items of `period` that `filter` admits. At most `limit` rows
    /// (`None` for all) from row `offset` on are returned; all are counted.
    async fn run_sql(
        &self,
        sql: &ReadOnlySql,
        period: &Period,
        filter: &ItemFilter,
        window: (u64, Option<u64>),
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError>;

    /// Counts the items of `period` under several groupings in one pass; one [`Tally`] each.
    async fn tally(
        &self,
        period: &Period,
        filter: &ItemFilter,
        groupings: &[Grouping],
        depth: TallyDepth,
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError>;

    /// Returns the items of `period` that `filter` admits, without their bodies; each with its
    /// value of `tag`, where one is asked for.
    async fn records(
        &self,
        period: &Period,
        filter: &ItemFilter,
        tag: Option<&str>,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemRecord>>, StoreError>;

    /// Returns full items, oldest first, each with the item before it of the same resource. Secrets
    /// are masked.
    async fn changes(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemChange>>, StoreError>;

    /// Returns what security rules say of the changes that a question is about, in their order.
    async fn security_events(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<SecurityEvent>>, StoreError>;

    /// Lists the delivery folders that have files, of the days that `period` needs. Opens no file.
    async fn deliveries(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Names the state of all delivered files that answers about these accounts and Regions rest on:
    /// another one after any delivery. `None` where telling it would cost as much as asking.
    async fn revision(
        &self,
        _filter: &ItemFilter,
        _cx: &CallContext,
    ) -> Result<Option<Revision>, StoreError> {
        Ok(None)
    }

    /// Returns what [`keep`](Self::keep) was given under this name, if it is still there: by this
    /// process or by one before it, of the same program.
    async fn recall(&self, _kept: &KeptName<'_>) -> Option<Vec<u8>> {
        None
    }

    /// Keeps something that was worked out in this call, where this store keeps anything at all and
    /// the files are still as the name says.
    async fn keep(&self, _kept: &KeptName<'_>, _content: Vec<u8>, _cx: &CallContext) {}

    /// Ends what still runs elsewhere on behalf of this store, before the program ends.
    async fn close(&self) {}
}

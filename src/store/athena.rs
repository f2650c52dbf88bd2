//! Amazon Athena over a Glue table of deliveries: the same questions as on the embedded engine, at
//! any scale and at a price that is known before.
//!
//! A question that needs no item before another is one statement, grouped and ordered by Athena.
//! A question about what items mean fetches its items by one statement, and the embedded engine
//! tells the rest from them (`fetch`). Where they are too many to fetch, kinds are told in SQL as
//! far as SQL can (`kinds`).

mod client;
mod conditions;
mod execution;
mod failure;
mod fetch;
mod fetched;
mod kinds;
mod listing;
mod literal;
mod partitions;
mod price;
mod reading;
mod relation;
mod results;
mod secrecy;
mod session;
mod shown;
mod statement;
mod workgroup;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::{sync::OnceCell, time::Instant};

use self::{
    client::Statements,
    fetch::Depth,
    fetched::{FetchedCache, FetchedNow, Wanted},
    session::Session,
};
use super::{
    Answer, CallContext, ChangesQuery, Delivery, EmbeddedSettings, Grouping, HistoryStore,
    ItemChange, ItemRecord, ReadOnlySql, Rows, SecurityEvent, SourceInfo, StoreError,
    StoreErrorKind, Tally, TallyDepth, evidence::newest_delivery, typed,
};
use crate::{
    aws::AwsClients,
    domain::{Column, ItemFilter, ItemQuery, Period},
    glue::TableName,
};

/// Settings of questions to Athena. The output location is the operator's, never a caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AthenaSettings {
    /// The table.
    pub table: TableName,
    /// Data catalogue; Athena's own where none is named.
    pub catalog: Option<String>,
    /// Workgroup.
    pub workgroup: String,
    /// Where results go, `s3://bucket/prefix/`; where none is named the workgroup decides.
    pub output: Option<String>,
    /// Bytes that one question may scan.
    pub max_scan_bytes: u64,
    /// Days before a period in which the items before its items are looked for; all where none
    /// are named.
    pub lookback_days: Option<u32>,
    /// Minutes up to which Athena may give an earlier result again.
    pub reuse_minutes: Option<u32>,
    /// Memory, time, masking: the same as for the embedded engine.
    pub limits: EmbeddedSettings,
}

/// Answers from Athena.
#[derive(Debug, Clone)]
pub struct AthenaStore {
    settings: AthenaSettings,
    clients: AwsClients,
    statements: Arc<OnceCell<Statements>>,
    session: Arc<Mutex<Option<Arc<Session>>>>,
    fetched: FetchedCache,
}

impl AthenaStore {
    /// Returns a store over a table. Contacts nothing.
    pub fn new(settings: AthenaSettings, clients: AwsClients) -> Self {
        Self {
            settings,
            clients,
            statements: Arc::default(),
            session: Arc::default(),
            fetched: FetchedCache::default(),
        }
    }

    /// Fetches the full items that a question is about, each with the one before it.
    async fn fetched_changes<'a>(
        &'a self,
        query: &ChangesQuery,
        cx: &'a CallContext,
    ) -> Result<(Question<'a>, FetchedNow), StoreError> {
        let question = self.ask(cx).await?;
        let wanted = Wanted::new(
            &query.period,
            &query.filter,
            &query.resources,
            Depth::Bodies,
        );
        let fetched = question.fetch_all(&wanted).await?;
        Ok((question, fetched))
    }

    /// Starts a question: reads table and workgroup, unless that was done a moment ago.
    async fn ask<'a>(&'a self, cx: &'a CallContext) -> Result<Question<'a>, StoreError> {
        let deadline = Instant::now() + self.settings.limits.timeout;
        let opening = async {
            let statements = self
                .statements
                .get_or_try_init(|| async { Statements::new(&self.clients).await })
                .await?;
            let held = self
                .session
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(session) = held.filter(|session| session.is_fresh()) {
                return Ok((statements, session));
            }
            let opened = Arc::new(Session::open(&self.settings, statements).await?);
            let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            *held = Some(opened.clone());
            Ok((statements, opened))
        };
        let (statements, session) = Box::pin(within(opening, deadline, cx)).await?;
        Ok(Question {
            store: self,
            statements,
            session,
            deadline,
            cx,
        })
    }

    /// Says whether the items of so many stored bytes can be fetched into memory.
    fn can_hold(&self, stored_bytes: u64) -> bool {
        stored_bytes.saturating_mul(INFLATED) <= self.settings.limits.memory_bytes as u64
    }
}

/// Bytes in memory for a stored byte: JSON packs to an eighth, and is held twice for a moment.
const INFLATED: u64 = 12;

/// One question on its way.
struct Question<'a> {
    store: &'a AthenaStore,
    statements: &'a Statements,
    session: Arc<Session>,
    deadline: Instant,
    cx: &'a CallContext,
}

/// Waits for work, but neither for a caller who is gone nor past the deadline.
async fn within<T>(
    work: impl Future<Output = Result<T, StoreError>>,
    deadline: Instant,
    cx: &CallContext,
) -> Result<T, StoreError> {
    tokio::select! {
        biased;
        () = cx.cancel.cancelled() => Err(StoreError::cancelled()),
        done = tokio::time::timeout_at(deadline, work) => done.unwrap_or_else(|_| {
            let message = "AWS did not answer within the time limit";
            Err(StoreError::new(StoreErrorKind::TimeLimit, message))
        }),
    }
}

#[async_trait]
impl HistoryStore for AthenaStore {
    fn source(&self) -> SourceInfo {
        SourceInfo {
            kind: "athena".to_owned(),
            location: self.settings.table.to_string(),
        }
    }

    async fn query(&self, query: &ItemQuery, cx: &CallContext) -> Result<Answer<Rows>, StoreError> {
        let question = self.ask(cx).await?;
        let (period, filter) = (&query.period, &query.filter);
        let columns = typed::columns_of(query);
        if !typed::needs_items_before(&columns, filter) {
            return question.typed_query(query, false).await;
        }
        let tells_kinds = typed::tells_kinds(&columns, filter);
        let depth = depth_of(tells_kinds, &columns);
        let wanted = Wanted::new(period, filter, &[], depth);
        match question.fetched(&wanted).await? {
            Some(fetched) => {
                let answer = fetched.store().query(query, cx).await?;
                Ok(question.told_from_fetched(answer, &fetched))
            }
            None => question.typed_query(query, true).await,
        }
    }

    async fn run_sql(
        &self,
        sql: &ReadOnlySql,
        period: &Period,
        filter: &ItemFilter,
        window: (u64, Option<u64>),
        cx: &CallContext,
    ) -> Result<Answer<Rows>, StoreError> {
        let question = self.ask(cx).await?;
        question.statement(sql, period, filter, window).await
    }

    async fn tally(
        &self,
        period: &Period,
        filter: &ItemFilter,
        groupings: &[Grouping],
        depth: TallyDepth,
        cx: &CallContext,
    ) -> Result<Answer<Vec<Tally>>, StoreError> {
        let question = self.ask(cx).await?;
        if depth == TallyDepth::Items && !typed::needs_items_before(&[], filter) {
            return question.tally(period, filter, groupings, depth).await;
        }
        let wanted = Wanted::new(period, filter, &[], Depth::Bodies);
        match question.fetched(&wanted).await? {
            Some(fetched) => {
                let store = fetched.store();
                let answer = store.tally(period, filter, groupings, depth, cx).await?;
                Ok(question.told_from_fetched(answer, &fetched))
            }
            None => question.tally(period, filter, groupings, depth).await,
        }
    }

    async fn records(
        &self,
        period: &Period,
        filter: &ItemFilter,
        tag: Option<&str>,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemRecord>>, StoreError> {
        let question = self.ask(cx).await?;
        let wanted = Wanted::new(period, filter, &[], Depth::Bodies);
        let fetched = question.fetch_all(&wanted).await?;
        let answer = fetched.store().records(period, filter, tag, cx).await?;
        Ok(question.told_from_fetched(answer, &fetched))
    }

    async fn changes(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ItemChange>>, StoreError> {
        let (question, fetched) = self.fetched_changes(query, cx).await?;
        let answer = fetched.store().changes(query, cx).await?;
        Ok(question.told_from_fetched(answer, &fetched))
    }

    async fn security_events(
        &self,
        query: &ChangesQuery,
        cx: &CallContext,
    ) -> Result<Answer<Vec<SecurityEvent>>, StoreError> {
        let (question, fetched) = self.fetched_changes(query, cx).await?;
        let answer = fetched.store().security_events(query, cx).await?;
        Ok(question.told_from_fetched(answer, &fetched))
    }

    async fn deliveries(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Vec<Delivery>, StoreError> {
        let question = self.ask(cx).await?;
        let listing = question.list(period.folder_days(), filter).await?;
        Ok(listing
            .folders
            .iter()
            .map(|folder| Delivery {
                bytes: folder.files.iter().map(|file| file.size).sum(),
                newest: newest_delivery(folder),
                keys: folder.files.iter().map(|file| file.key.clone()).collect(),
                folder: folder.folder.clone(),
            })
            .collect())
    }

    async fn close(&self) {
        if let Some(statements) = self.statements.get() {
            statements.close().await;
        }
    }
}

/// What must be fetched for some columns.
fn depth_of(tells_kinds: bool, columns: &[Column]) -> Depth {
    let bodies = [
        Column::Configuration,
        Column::SupplementaryConfiguration,
        Column::Relationships,
    ];
    if tells_kinds || columns.iter().any(|column| bodies.contains(column)) {
        Depth::Bodies
    } else {
        Depth::Names
    }
}

//! From the question about a month to its counts: kept, or counted now.

use std::sync::Arc;

use crate::{
    analysis::{DigestInput, ScopeInfo, Tallies, month_groupings, previous_groupings},
    domain::{ItemFilter, Month, Period, Region},
    service::{
        HistoryService, ServiceError, SummarizeRequest,
        anomalies::DEFAULT_BASELINE,
        kept_months::{CountedMonth, MonthKey, StoredMonth, is_whole},
        scope::{self, FilterArgs, top},
        stored::{keep, recall},
    },
    store::{CallContext, Evidence, KeptName, Revision, TallyDepth},
};

/// The month that is asked about, and of what.
pub(super) struct Asked {
    pub(super) month: Month,
    pub(super) timezone: Option<String>,
    pub(super) period: Period,
    pub(super) filter: ItemFilter,
    /// Resources to be named in a list.
    pub(super) top: usize,
}

impl Asked {
    pub(super) fn of(request: &SummarizeRequest) -> Result<Self, ServiceError> {
        let filter = FilterArgs {
            account: &request.account,
            region: &request.region,
            resource_type: &request.resource_type,
            ..FilterArgs::default()
        };
        let top = top(request.top)?;
        let zone = scope::zone(request.timezone.as_deref())?;
        Ok(Self {
            month: request.month,
            timezone: request.timezone.clone(),
            period: Period::of_month(request.month, zone)?,
            filter: filter.resolve()?,
            top,
        })
    }

    /// Returns what tells the counts of the month from others, with as many entries gathered.
    pub(super) fn key(&self, gathered: usize, revision: Revision) -> MonthKey {
        MonthKey {
            revision,
            month: self.month,
            timezone: self.timezone.clone(),
            filter: self.filter.clone(),
            top: self.top,
            gathered,
        }
    }

    /// Returns the name under which the answer to a question about the month is kept, if it is at
    /// all: recorders of all Regions are asked about what is global, in more files than those named.
    pub(super) fn kept_as<'a>(
        &'a self,
        question: &'a str,
        revision: Option<Revision>,
    ) -> Option<KeptName<'a>> {
        let is_kept = !self.filter.regions.iter().any(Region::is_global);
        revision.filter(|_| is_kept).map(|revision| KeptName {
            question,
            revision,
            filter: &self.filter,
        })
    }
}

/// Who has brought the counts of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// This call, from the files or from what is kept of them.
    ThisCall,
    /// Another one, which left them in memory.
    Memory,
}

impl HistoryService {
    /// Returns what a month's answer is made from, with as many entries gathered: kept, or counted
    /// now.
    pub(super) async fn counted(
        &self,
        asked: &Asked,
        gathered: usize,
        revision: Option<Revision>,
        cx: &CallContext,
    ) -> Result<(Arc<CountedMonth>, Origin), ServiceError> {
        let counting = Box::pin(self.count(asked, gathered, cx));
        let Some(revision) = revision else {
            return Ok((Arc::new(counting.await?), Origin::ThisCall));
        };
        let key = asked.key(gathered, revision);
        let mut origin = Origin::Memory;
        let counting = Box::pin(async {
            origin = Origin::ThisCall;
            self.recalled_or(counting, asked, &key, cx).await
        });
        let counted = self.months.get(key.clone(), &cx.cancel, counting).await?;
        Ok((counted, origin))
    }

    /// Returns a month as it was counted for the same files before, by whatever process; else counts
    /// it, for the next one as well.
    async fn recalled_or(
        &self,
        counting: impl Future<Output = Result<CountedMonth, ServiceError>>,
        asked: &Asked,
        key: &MonthKey,
        cx: &CallContext,
    ) -> Result<CountedMonth, ServiceError> {
        let store = self.store.as_ref();
        let question = key.question(&asked.period);
        let name = asked.kept_as(&question, Some(key.revision));
        if let Some(name) = &name
            && let Some(kept) = recall::<StoredMonth<'_>>(store, name).await
        {
            return Ok(kept.counted(key, &asked.period, self.clock.now(), store.source()));
        }
        let counted = counting.await?;
        if let Some(name) = name.filter(|_| is_whole(&counted)) {
            keep(store, &name, &StoredMonth::of(&counted), cx).await;
        }
        Ok(counted)
    }

    /// Returns the state of the files that a closed month's answer rests on; `None` where it is not
    /// closed, or the store cannot tell.
    pub(super) async fn revision_of(
        &self,
        asked: &Asked,
        cx: &CallContext,
    ) -> Result<Option<Revision>, ServiceError> {
        if asked.period.settled_at() > self.clock.now() {
            return Ok(None);
        }
        Ok(self.store.revision(&asked.filter, cx).await?)
    }

    /// Counts a month, with as many entries gathered.
    async fn count(
        &self,
        asked: &Asked,
        gathered: usize,
        cx: &CallContext,
    ) -> Result<CountedMonth, ServiceError> {
        let (month, period, filter) = (asked.month, &asked.period, &asked.filter);
        // First, for it reads the most: a store that keeps what it read has the rest of it then.
        let mut observed = self
            .observe(month, period, filter, DEFAULT_BASELINE, cx)
            .await?;
        let (anomalies, bill) = (observed.anomalies(gathered), observed.bill(gathered));
        let coverage = observed.coverage();
        // Items of half a year and the counts of two months need not be in memory together.
        observed.records = Vec::new();
        let groupings = month_groupings();
        let current = self
            .store
            .tally(period, filter, &groupings, TallyDepth::Changes, cx)
            .await?;
        let mut evidence = current.evidence;
        let (previous, evidence_before) = self.month_before(month, period, filter, cx).await?;
        evidence.add(evidence_before);
        evidence.add(observed.evidence);
        let input = DigestInput {
            month,
            now: observed.now,
            scope: scope_info(filter),
            current: Tallies::new(groupings, current.value),
            previous,
            anomalies,
            bill,
            coverage,
            security: observed.security,
            period: period.clone(),
            top: asked.top,
        };
        Ok(CountedMonth::new(input, evidence))
    }

    /// Counts the month before; `None` where nothing was delivered for it, because a lake that
    /// began later is no drop.
    async fn month_before(
        &self,
        month: Month,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<(Option<Tallies>, Evidence), ServiceError> {
        let Some(before) = month.previous() else {
            return Ok((None, Evidence::default()));
        };
        let before = Period::of_month(before, period.zone().clone())?;
        let groupings = previous_groupings();
        let answer = self
            .store
            .tally(&before, filter, &groupings, TallyDepth::Changes, cx)
            .await?;
        let delivered_in_it = answer.evidence.partitions.first_day.as_deref()
            < Some(month.first_day().to_string().as_str());
        let known =
            answer.evidence.items > Some(0) || (answer.evidence.files_read > 0 && delivered_in_it);
        let tallies = known.then(|| Tallies::new(groupings, answer.value));
        Ok((tallies, answer.evidence))
    }
}

pub(in crate::service) fn scope_info(filter: &ItemFilter) -> ScopeInfo {
    fn texts<T: ToString>(values: &[T]) -> Vec<String> {
        values.iter().map(T::to_string).collect()
    }
    ScopeInfo {
        accounts: texts(&filter.accounts),
        regions: texts(&filter.regions),
        resource_types: texts(&filter.types),
    }
}

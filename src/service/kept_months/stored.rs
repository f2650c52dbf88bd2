//! Counted months where the store keeps them, for the processes to come.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{CountedMonth, MonthKey};
use crate::{
    analysis::{
        Anomalies, Bill, DeliveryCoverage, DigestInput, Tallies, Tally, security::SecurityEvent,
    },
    domain::Period,
    store::{CallContext, Evidence, Grouping, HistoryStore, KeptName, SourceInfo},
};

/// What is kept of a month: all that was worked out of items, and nothing that the question says.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::service) struct StoredMonth {
    current: Vec<Tally>,
    previous: Option<Vec<Tally>>,
    anomalies: Anomalies,
    security: Vec<SecurityEvent>,
    bill: Bill,
    coverage: DeliveryCoverage,
    evidence: Evidence,
}

/// What the question says of a month: all of a [`DigestInput`] that is not kept.
#[derive(Debug)]
pub(in crate::service) struct Asked {
    pub(in crate::service) month: crate::domain::Month,
    pub(in crate::service) period: Period,
    pub(in crate::service) source: SourceInfo,
    pub(in crate::service) now: jiff::Timestamp,
    pub(in crate::service) scope: crate::analysis::ScopeInfo,
    pub(in crate::service) top: usize,
}

impl StoredMonth {
    /// Copies a month as it was counted.
    pub(in crate::service) fn of(counted: &CountedMonth) -> Self {
        let input = &counted.input;
        let copied = |tallies: &Tallies| tallies.all().cloned().collect();
        Self {
            current: copied(&input.current),
            previous: input.previous.as_ref().map(copied),
            anomalies: input.anomalies.clone(),
            security: input.security.clone(),
            bill: input.bill.clone(),
            coverage: input.coverage.clone(),
            evidence: counted.evidence.clone(),
        }
    }

    /// Returns the month as it was counted, for the same question asked again; `groupings` are
    /// those of the month and of the month before.
    pub(in crate::service) fn counted(
        self,
        asked: Asked,
        (current, previous): (Vec<Grouping>, Vec<Grouping>),
    ) -> CountedMonth {
        let Asked {
            month,
            period,
            source,
            now,
            scope,
            top,
        } = asked;
        let before = self.previous;
        let input = DigestInput {
            month,
            period,
            now,
            scope,
            current: Tallies::new(current, self.current),
            previous: before.map(|tallies| Tallies::new(previous, tallies)),
            anomalies: self.anomalies,
            security: self.security,
            bill: self.bill,
            coverage: self.coverage,
            top,
        };
        // One lake has many names.
        let evidence = Evidence {
            source,
            ..self.evidence
        };
        CountedMonth::new(input, evidence)
    }
}

impl MonthKey {
    /// Returns the question as it stands in the name under which the month is kept. The bounds of
    /// the month are those of the time zone data there is.
    pub(in crate::service) fn question(&self, period: &Period) -> String {
        let Self {
            month,
            timezone,
            filter,
            top,
            gathered,
            ..
        } = self;
        let (start, end) = (period.start(), period.end());
        format!("month {month} {start} {end} {timezone:?} {filter:?} {top} {gathered}")
    }
}

/// Returns what the store has kept under a name.
pub(in crate::service) async fn recall<T: DeserializeOwned>(
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
pub(in crate::service) async fn keep<T: Serialize>(
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

//! Counted months where the store keeps them, for the processes to come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CountedMonth, MonthKey};
use crate::{
    analysis::{
        Anomalies, Bill, DeliveryCoverage, DigestInput, Tallies, Tally, month_groupings,
        previous_groupings, security::SecurityEvent,
    },
    domain::Period,
    service::summarize::scope_info,
    store::{Evidence, SourceInfo},
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

    /// Returns the month as it was counted, for the same question asked again: of what is known by
    /// the name of `source` now.
    pub(in crate::service) fn counted(
        self,
        key: &MonthKey,
        period: &Period,
        now: Timestamp,
        source: SourceInfo,
    ) -> CountedMonth {
        let before = self.previous;
        let input = DigestInput {
            month: key.month,
            period: period.clone(),
            now,
            scope: scope_info(&key.filter),
            current: Tallies::new(month_groupings(), self.current),
            previous: before.map(|tallies| Tallies::new(previous_groupings(), tallies)),
            anomalies: self.anomalies,
            security: self.security,
            bill: self.bill,
            coverage: self.coverage,
            top: key.top,
        };
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

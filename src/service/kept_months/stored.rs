//! Counted months where the store keeps them, for the processes to come.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CountedMonth, MonthKey};
use crate::{
    analysis::{
        Anomalies, Bill, DeliveryCoverage, Digest, DigestInput, Tallies, Tally, month_groupings,
        previous_groupings, security::SecurityEvent,
    },
    domain::{Month, Period},
    service::{
        MonthSummary, UNTRUSTED_DATA_NOTICE,
        summarize::{scope_info, warnings_of},
    },
    store::{Evidence, SourceInfo},
};

/// What is kept of a month: all that was worked out of items, and nothing that the question says.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::service) struct StoredMonth<'a> {
    current: Vec<Cow<'a, Tally>>,
    previous: Option<Vec<Cow<'a, Tally>>>,
    anomalies: Cow<'a, Anomalies>,
    security: Cow<'a, [SecurityEvent]>,
    bill: Cow<'a, Bill>,
    coverage: Cow<'a, DeliveryCoverage>,
    evidence: Cow<'a, Evidence>,
}

impl<'a> StoredMonth<'a> {
    /// Returns a month as it was counted.
    pub(in crate::service) fn of(counted: &'a CountedMonth) -> Self {
        let input = &counted.input;
        let of = |tallies: &'a Tallies| tallies.all().map(Cow::Borrowed).collect();
        Self {
            current: of(&input.current),
            previous: input.previous.as_ref().map(of),
            anomalies: Cow::Borrowed(&input.anomalies),
            security: Cow::Borrowed(&input.security),
            bill: Cow::Borrowed(&input.bill),
            coverage: Cow::Borrowed(&input.coverage),
            evidence: Cow::Borrowed(&counted.evidence),
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
        let tallies = |groupings, of: Vec<Cow<'_, Tally>>| {
            Tallies::new(groupings, of.into_iter().map(Cow::into_owned).collect())
        };
        let before = self.previous;
        let input = DigestInput {
            month: key.month,
            period: period.clone(),
            now,
            scope: scope_info(&key.filter),
            current: tallies(month_groupings(), self.current),
            previous: before.map(|before| tallies(previous_groupings(), before)),
            anomalies: self.anomalies.into_owned(),
            security: self.security.into_owned(),
            bill: self.bill.into_owned(),
            coverage: self.coverage.into_owned(),
            top: key.top,
        };
        let evidence = Evidence {
            source,
            ..self.evidence.into_owned()
        };
        CountedMonth::new(input, evidence)
    }
}

/// What is kept of an answer that is nothing but the digest of a month: what is not made anew of it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::service) struct StoredAnswer<'a> {
    text: Cow<'a, str>,
    returned: u64,
    truncated: bool,
    next_cursor: Option<Cow<'a, str>>,
    evidence: Cow<'a, Evidence>,
    digest: Cow<'a, Digest>,
}

impl<'a> StoredAnswer<'a> {
    /// Returns an answer as it was made.
    pub(in crate::service) fn of(answer: &'a MonthSummary) -> Self {
        Self {
            text: Cow::Borrowed(&answer.text),
            returned: answer.returned,
            truncated: answer.truncated,
            next_cursor: answer.next_cursor.as_deref().map(Cow::Borrowed),
            evidence: Cow::Borrowed(&answer.evidence),
            digest: Cow::Borrowed(&answer.digest),
        }
    }

    /// Returns the answer to the same question about the month.
    pub(in crate::service) fn answer(self, month: Month) -> MonthSummary {
        let (digest, evidence) = (self.digest.into_owned(), self.evidence.into_owned());
        MonthSummary {
            month,
            check: None,
            narrative: None,
            text: self.text.into_owned(),
            returned: self.returned,
            total: digest.totals.resources,
            truncated: self.truncated,
            next_cursor: self.next_cursor.map(Cow::into_owned),
            warnings: warnings_of(&digest, &evidence),
            notice: UNTRUSTED_DATA_NOTICE.to_owned(),
            evidence,
            digest,
        }
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

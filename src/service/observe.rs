//! What several use cases look at together: a month with the months before it, what its recorders
//! said of themselves, and what rules name.

use jiff::Timestamp;

use super::{ErrorCode, HistoryService, ServiceError};
use crate::{
    analysis::{
        Anomalies, AnomalyInput, Bill, BillInput, CoverageInput, DeliveryCoverage, ItemRecord,
        find_anomalies, recorder_gaps,
        security::{self, SecurityEvent},
    },
    domain::{
        ChangeKind, ConfigurationItem, Delivery, ItemFilter, Month, Period, TypePattern,
        partition_of,
    },
    store::{Answer, CallContext, ChangesQuery, Evidence, UnreadableFile},
};

/// Type of the items in which recorders tell of themselves.
const RECORDER_TYPE: &str = "AWS::Config::ConfigurationRecorder";

/// A month, with as many months before it as are to be compared with.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) month: Month,
    pub(super) period: Period,
    /// The months before that have items, oldest first.
    pub(super) baseline: Vec<Period>,
    /// Items of all these months.
    pub(super) records: Vec<ItemRecord>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) recorder_items: Vec<ConfigurationItem>,
    pub(super) security: Vec<SecurityEvent>,
    pub(super) now: Timestamp,
    pub(super) evidence: Evidence,
}

impl HistoryService {
    /// Looks at `month` and at most `months` months before it.
    pub(super) async fn observe(
        &self,
        month: Month,
        period: &Period,
        filter: &ItemFilter,
        months: u64,
        cx: &CallContext,
    ) -> Result<Observed, ServiceError> {
        let earlier = earlier_months(month, period, months)?;
        let start = earlier
            .first()
            .map_or_else(|| period.start(), Period::start);
        let span = Period::new(start, period.end(), period.zone().clone())?;
        let Answer {
            value: records,
            mut evidence,
        } = self.store.records(&span, filter, None, cx).await?;
        let in_period = records.iter().filter(|record| period.contains(record.at));
        let of_month = Evidence {
            items: Some(in_period.count() as u64),
            ..evidence.clone()
        };
        self.refuse_unknown_month(period, &of_month, cx).await?;
        let baseline = earlier
            .into_iter()
            .filter(|earlier| records.iter().any(|record| earlier.contains(record.at)))
            .collect();
        let until_end = Period::new(Timestamp::MIN, period.end(), period.zone().clone())?;
        // Of all time, where that may be read: a recorder says seldom how it is set.
        let recorder_items = match self.recorder_items(&until_end, filter, cx).await {
            Err(error) if error.code() == ErrorCode::ScanLimit => {
                self.recorder_items(&span, filter, cx).await?
            }
            read => read?,
        };
        let security = self.security_events(period, filter, cx).await?;
        evidence.add(recorder_items.evidence);
        evidence.add(security.evidence);
        Ok(Observed {
            month,
            period: period.clone(),
            baseline,
            records,
            deliveries: self.store.deliveries(&until_end, filter, cx).await?,
            recorder_items: recorder_items.value,
            security: security.value,
            now: self.clock.now(),
            evidence,
        })
    }

    /// Returns what recorders have said of themselves.
    pub(super) async fn recorder_items(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Answer<Vec<ConfigurationItem>>, ServiceError> {
        let all_regions = filter.regions.iter().any(crate::domain::Region::is_global);
        let query = ChangesQuery {
            period: period.clone(),
            filter: ItemFilter {
                accounts: filter.accounts.clone(),
                regions: if all_regions {
                    Vec::new()
                } else {
                    filter.regions.clone()
                },
                types: vec![RECORDER_TYPE.parse()?],
                ..ItemFilter::default()
            },
            resources: Vec::new(),
            snapshots: false,
        };
        let answer = self.store.changes(&query, cx).await?;
        let items = answer.value.into_iter();
        Ok(Answer {
            value: items.map(|change| change.item.as_ref().clone()).collect(),
            evidence: answer.evidence,
        })
    }

    /// Returns what the rules name in the period, most severe first.
    pub(super) async fn security_events(
        &self,
        period: &Period,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Answer<Vec<SecurityEvent>>, ServiceError> {
        let types: Vec<TypePattern> = security::ruled_types()
            .into_iter()
            .filter(|ruled| {
                filter.types.is_empty() || filter.types.iter().any(|wanted| wanted.matches(ruled))
            })
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        if types.is_empty() {
            return Ok(Answer {
                value: Vec::new(),
                evidence: Evidence::default(),
            });
        }
        let query = ChangesQuery {
            period: period.clone(),
            filter: ItemFilter {
                types,
                // An echo changes nothing that a rule could see.
                kinds: ChangeKind::ALL
                    .into_iter()
                    .filter(|kind| !kind.is_echo())
                    .collect(),
                ..filter.clone()
            },
            resources: Vec::new(),
            snapshots: false,
        };
        let answer = self.store.security_events(&query, cx).await?;
        let mut events = answer.value;
        // Stable: as severe ones stay in the order of their time.
        events.sort_by_key(|event| std::cmp::Reverse(event.severity));
        Ok(Answer {
            value: events,
            evidence: answer.evidence,
        })
    }
}

impl Observed {
    /// Returns the items of the month.
    pub(super) fn current(&self) -> Vec<&ItemRecord> {
        self.within(&self.period)
    }

    /// Returns the items of the month before, where there are any.
    pub(super) fn previous(&self) -> Option<Vec<&ItemRecord>> {
        let last = self.baseline.last()?;
        (last.end() == self.period.start()).then(|| self.within(last))
    }

    fn within(&self, period: &Period) -> Vec<&ItemRecord> {
        let within = |record: &&ItemRecord| period.contains(record.at);
        self.records.iter().filter(within).collect()
    }

    /// Returns what departs from the baseline.
    pub(super) fn anomalies(&self, top: usize) -> Anomalies {
        let span = self.baseline.first().and_then(|first| {
            Period::new(
                first.start(),
                self.period.start(),
                self.period.zone().clone(),
            )
            .ok()
        });
        let gaps = recorder_gaps(
            &self.recorder_items,
            &self.deliveries,
            &self.period,
            span.as_ref(),
            self.now,
        );
        find_anomalies(&AnomalyInput {
            month: self.month,
            period: &self.period,
            baseline: &self.baseline,
            records: &self.records,
            gaps: &gaps,
            top,
        })
    }

    /// Returns what recording the month cost.
    pub(super) fn bill(&self, top: usize) -> Bill {
        let previous = self.previous();
        Bill::of(&BillInput {
            month: self.month,
            period: &self.period,
            current: &self.current(),
            previous: previous.as_deref(),
            tag_key: None,
            top,
        })
    }

    /// Returns where and how the month was recorded.
    pub(super) fn coverage(&self) -> DeliveryCoverage {
        let previous = self.previous();
        let mut coverage = DeliveryCoverage::of_input(&CoverageInput {
            deliveries: &self.deliveries,
            period: &self.period,
            baseline: None,
            now: self.now,
            recorder_items: &self.recorder_items,
            current: &self.current(),
            previous: previous.as_deref(),
        });
        // What lies in a file that cannot be read is not absent.
        let unreadable = &self.evidence.unreadable;
        let all_named = unreadable.len() as u64 == self.evidence.unreadable_files;
        for line in &mut coverage.recorders {
            let of_it = |file: &UnreadableFile| {
                partition_of(&file.key).is_none_or(|folder| {
                    folder.account == line.account && folder.region == line.region
                })
            };
            if !all_named || unreadable.iter().any(of_it) {
                line.complete = false;
            }
        }
        coverage
    }
}

/// Returns the months before `month`, oldest first.
fn earlier_months(month: Month, period: &Period, months: u64) -> Result<Vec<Period>, ServiceError> {
    let mut earlier = Vec::new();
    let mut at = month;
    for _ in 0..months {
        let Some(before) = at.previous() else {
            break;
        };
        earlier.push(Period::of_month(before, period.zone().clone())?);
        at = before;
    }
    earlier.reverse();
    Ok(earlier)
}

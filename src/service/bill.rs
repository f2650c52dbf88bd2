//! What the recording of a month cost.

use super::{
    AnswerSize, BillReport, BillRequest, HistoryService, MAX_ANSWER_CHARS, ServiceError,
    UNTRUSTED_DATA_NOTICE,
    fit::chars_of,
    scope::{self, FilterArgs, top},
    warnings,
};
use crate::{
    analysis::{Bill, BillInput, ItemRecord},
    domain::Period,
    store::{Answer, CallContext, Evidence},
};

impl HistoryService {
    /// Estimates what the recording of a month cost, against the month before.
    pub async fn config_bill(
        &self,
        request: &BillRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<BillReport, ServiceError> {
        let mut top = top(request.top)?;
        let zone = scope::zone(request.timezone.as_deref())?;
        let period = Period::of_month(request.month, zone.clone())?;
        let filter = FilterArgs {
            account: &request.account,
            region: &request.region,
            resource_type: &request.resource_type,
            ..FilterArgs::default()
        }
        .resolve()?;
        let before = request.month.previous();
        let before = before
            .map(|month| Period::of_month(month, zone.clone()))
            .transpose()?;
        let start = before
            .as_ref()
            .map_or_else(|| period.start(), Period::start);
        let both = Period::new(start, period.end(), zone)?;
        let tag = request.by_tag.as_deref();
        let Answer {
            value: records,
            evidence,
        } = self.store.records(&both, &filter, tag, cx).await?;
        let (current, previous): (Vec<&ItemRecord>, Vec<&ItemRecord>) = records
            .iter()
            .partition(|record| period.contains(record.at));
        let of_month = Evidence {
            items: Some(current.len() as u64),
            ..evidence.clone()
        };
        self.refuse_unknown_month(&period, &of_month, cx).await?;
        let evidence = self.with_coverage(evidence, &period, &filter, cx).await?;
        loop {
            let bill = Bill::of(&BillInput {
                month: request.month,
                period: &period,
                current: &current,
                previous: (!previous.is_empty()).then_some(&previous),
                tag_key: tag,
                top,
            });
            let report = report(bill, evidence.clone());
            let too_long =
                size == AnswerSize::ForModel && chars_of(&report) as u64 > MAX_ANSWER_CHARS;
            if !too_long || top == 1 {
                return Ok(report);
            }
            top /= 2;
        }
    }
}

fn report(bill: Bill, evidence: Evidence) -> BillReport {
    let (returned, total) = (
        bill.by_resource.lines.len() as u64,
        bill.by_resource.total_lines,
    );
    BillReport {
        returned,
        total,
        truncated: returned < total,
        next_cursor: None,
        warnings: warnings::of_evidence(&evidence),
        notice: UNTRUSTED_DATA_NOTICE.to_owned(),
        evidence,
        bill,
    }
}

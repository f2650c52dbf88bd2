//! What departs from the months before, and what rules name.

use super::{
    AnomaliesRequest, AnomalyReport, AnswerSize, HistoryService, MAX_ANSWER_CHARS, ServiceError,
    UNTRUSTED_DATA_NOTICE,
    fit::chars_of,
    observe::Observed,
    scope::{self, FilterArgs, top},
    warnings,
};
use crate::{
    analysis::{DeliveryCoverage, Warning, security::SecurityEvent},
    domain::{InvalidValue, Period},
    store::CallContext,
};

/// Earlier months that a month is compared with unless asked otherwise.
pub(super) const DEFAULT_BASELINE: u64 = 6;
/// Earlier months that a month is compared with at most.
const MAX_BASELINE: u64 = 24;
/// Security events listed for each entry of the other lists.
const SECURITY_PER_TOP: usize = 3;

impl HistoryService {
    /// Finds what departs from the months before.
    pub async fn find_anomalies(
        &self,
        request: &AnomaliesRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<AnomalyReport, ServiceError> {
        let mut top = top(request.top)?;
        let months = baseline(request.baseline)?;
        let zone = scope::zone(request.timezone.as_deref())?;
        let period = Period::of_month(request.month, zone)?;
        let filter = FilterArgs {
            account: &request.account,
            region: &request.region,
            resource_type: &request.resource_type,
            ..FilterArgs::default()
        }
        .resolve()?;
        let observed = self
            .observe(request.month, &period, &filter, months, cx)
            .await?;
        let coverage = observed.coverage();
        loop {
            let report = report(&observed, &coverage, top);
            let too_long =
                size == AnswerSize::ForModel && chars_of(&report) as u64 > MAX_ANSWER_CHARS;
            if !too_long || top == 1 {
                return Ok(if too_long { bounded(report) } else { report });
            }
            top /= 2;
        }
    }
}

fn report(observed: &Observed, coverage: &DeliveryCoverage, top: usize) -> AnomalyReport {
    let anomalies = observed.anomalies(top);
    let security: Vec<SecurityEvent> = observed
        .security
        .iter()
        .take(top.saturating_mul(SECURITY_PER_TOP))
        .cloned()
        .collect();
    let mut evidence = observed.evidence.clone();
    evidence.coverage_gaps = coverage.gaps();
    let mut warnings: Vec<Warning> = warnings::of_evidence(&evidence);
    if anomalies.unknown_items > 0 {
        warnings.push(Warning::UnknownKinds);
    }
    if observed.baseline.is_empty() {
        warnings.push(Warning::NoBaseline);
    }
    let security_total = observed.security.len() as u64;
    let returned = (anomalies.ranked.len() + security.len()) as u64;
    let total = anomalies.total + security_total;
    AnomalyReport {
        returned,
        total,
        truncated: returned < total,
        next_cursor: None,
        warnings,
        notice: UNTRUSTED_DATA_NOTICE.to_owned(),
        evidence,
        anomalies,
        security,
        security_total,
        coverage: coverage.clone(),
    }
}

/// Cuts the lists that grow with the organisation and not with `top`.
fn bounded(mut report: AnomalyReport) -> AnomalyReport {
    let mut kept = 128;
    while chars_of(&report) as u64 > MAX_ANSWER_CHARS && kept > 1 {
        kept /= 2;
        report.coverage.truncate(kept);
        report.anomalies.recording_gaps.truncate(kept);
        report.anomalies.recording_mode_changes.truncate(kept);
        report.evidence.unreadable.truncate(kept);
        report.evidence.partitions.accounts.truncate(kept);
        report.truncated = true;
    }
    report
}

/// Returns how many earlier months are to be compared with.
pub(super) fn baseline(asked: Option<u64>) -> Result<u64, InvalidValue> {
    let months = asked.unwrap_or(DEFAULT_BASELINE);
    if !(1..=MAX_BASELINE).contains(&months) {
        let expected = format!("1 to {MAX_BASELINE} months");
        return Err(InvalidValue::new("baseline", &months.to_string(), expected));
    }
    Ok(months)
}

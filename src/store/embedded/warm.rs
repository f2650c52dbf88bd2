//! Filling the cache on purpose.

use std::time::Duration;

use super::{
    EmbeddedStore,
    report::ScanReport,
    session::{self, Bounds},
};
use crate::{
    domain::{ItemFilter, Period},
    store::{CallContext, Evidence, PartitionsRead, StoreError, evidence::newest_delivery},
};

/// Longest time for filling the cache on purpose.
const WARMING: Duration = Duration::from_hours(24 * 7);

impl EmbeddedStore {
    /// Brings the cache up to date with all that is delivered for these accounts and Regions.
    pub async fn warm(
        &self,
        filter: &ItemFilter,
        cx: &CallContext,
    ) -> Result<Evidence, StoreError> {
        let period = Period::all_time(jiff::tz::TimeZone::UTC);
        let access = self.access(filter, cx);
        let warming = async {
            let whole = self.whole(&access, &ItemFilter::default(), &[]).await?;
            let (days, mut report) = (period.folder_days(), ScanReport::default());
            report.note_lookback(&whole.listed, whole.unreadable(), days.1);
            report.note_files(&whole.listed.history_files(days));
            Ok((whole, report))
        };
        // Whoever fills the cache on purpose waits for it.
        let bounds = Bounds {
            timeout: WARMING,
            ..self.bounds()
        };
        let (whole, report) = session::bounded(warming, bounds, cx).await?;
        let partitions = PartitionsRead::of(whole.listed.history(period.folder_days()));
        let watermark = whole.listed.folders.iter().map(newest_delivery).max();
        let mut evidence = self.evidence(report, &period, partitions, watermark);
        evidence.items = None;
        Ok(evidence)
    }
}

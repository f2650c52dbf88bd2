//! What the counted items say: pure, over the store's answers.

mod anomaly;
mod bill;
mod classify;
mod coverage;
mod cube;
mod digest;
mod record;
pub mod security;
mod tally;
mod warning;

pub use anomaly::{
    Anomalies, Anomaly, AnomalyEvidence, AnomalyInput, AnomalyKind, AnomalyList, Basis,
    NamedResource, RecordingGap, RecordingGapCause, RecordingMode, RecordingModeChange,
    find_anomalies,
};
pub use bill::{
    Bill, BillInput, CostLine, CostList, CostRest, KindLine, MoneyLine, Mover, MoverList, Movers,
    Prices, Saving, SavingList, Usd, price_micros,
};
pub use classify::{
    CLOCK_SKEW_MS, DAILY_WINDOW_MS, DELIVERY_WINDOW_MS, Sighting, Verdict, classify,
};
pub use coverage::{
    CoverageInput, DeliveryCoverage, DeliveryLine, ModeCounts, ModeLine, RecordedType,
    RecorderEvent, RecorderEventKind, recorder_events, recorder_gaps,
};
pub use cube::{Cell, Cube, Sums, When};
pub use digest::{
    AccountDigest, AccountTypeLine, AnomalyDigest, CostDigest, Count, Digest, DigestInput,
    NamedCount, PreviousMonth, ResourceLine, ResourceList, ScopeInfo, Totals, month_groupings,
    previous_groupings,
};
pub use record::{GapCause, ItemRecord, RecordedResource, RecorderGap};
pub use tally::{Grouping, Tallies, Tally, TallyDepth, TallyLine};
pub use warning::Warning;

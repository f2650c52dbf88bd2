//! What the counted items say: pure, over the store's answers.

mod coverage;
mod digest;
mod tally;
mod warning;

pub use coverage::{DeliveryCoverage, DeliveryLine};
pub use digest::{
    AccountDigest, AccountTypeLine, Count, Digest, DigestInput, NamedCount, PreviousMonth,
    ResourceLine, ResourceList, ScopeInfo, Totals, month_groupings, previous_groupings,
};
pub use tally::{Grouping, Tallies, Tally, TallyLine};
pub use warning::Warning;

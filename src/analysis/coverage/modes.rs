//! Daily against continuous recording, as the items tell.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::ItemRecord;

/// Items of a type that is recorded daily, or was in the month before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeLine {
    /// Account.
    pub account: String,
    /// Region of the resources, or `global`.
    pub region: String,
    /// Resource type.
    pub resource_type: String,
    /// Items of daily recording.
    pub daily: u64,
    /// Items of continuous recording.
    pub continuous: u64,
    /// The same of the month before, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<ModeCounts>,
}

/// Items by the way in which they were recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeCounts {
    /// Items of daily recording.
    pub daily: u64,
    /// Items of continuous recording.
    pub continuous: u64,
}

impl ModeCounts {
    fn add(&mut self, record: &ItemRecord) {
        self.daily += u64::from(record.daily);
        self.continuous += u64::from(!record.daily);
    }
}

pub(super) fn modes(current: &[&ItemRecord], previous: Option<&[&ItemRecord]>) -> Vec<ModeLine> {
    let mut counts: BTreeMap<_, (ModeCounts, ModeCounts)> = BTreeMap::new();
    for record in current {
        counts.entry(key(record)).or_default().0.add(record);
    }
    for record in previous.unwrap_or_default() {
        counts.entry(key(record)).or_default().1.add(record);
    }
    let daily = counts
        .into_iter()
        .filter(|(_, (now, before))| now.daily + before.daily > 0);
    let lines = daily.map(
        |((account, region, resource_type), (now, before))| ModeLine {
            account: account.to_owned(),
            region: region.to_owned(),
            resource_type: resource_type.to_owned(),
            daily: now.daily,
            continuous: now.continuous,
            previous: previous.map(|_| before),
        },
    );
    lines.collect()
}

fn key(record: &ItemRecord) -> (&str, &str, &str) {
    (
        &record.of.account,
        &record.of.region,
        &record.of.resource_type,
    )
}

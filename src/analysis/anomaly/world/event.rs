//! One item among those of half a year.

use jiff::Timestamp;

use crate::domain::ChangeKind;

/// One item. Half a year of them is in memory: each number is no larger than it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analysis::anomaly) struct Event {
    pub(super) resource: u32,
    pub(in crate::analysis::anomaly) at: Timestamp,
    pub(in crate::analysis::anomaly) kind: ChangeKind,
    pub(in crate::analysis::anomaly) daily: bool,
    pub(super) slot: u8,
    pub(super) group: u32,
    /// Whether it is a real change outside of catching up.
    pub(in crate::analysis::anomaly) real: bool,
    /// Whether the recorder was blind or catching up.
    pub(in crate::analysis::anomaly) blind: bool,
    /// Local day since 1970-01-01, and local hour.
    pub(super) day: i32,
    pub(in crate::analysis::anomaly) hour: u8,
}

const _: () = assert!(size_of::<Event>() <= 40);

impl Event {
    /// Returns the place of the resource that it is of.
    pub(in crate::analysis::anomaly) fn resource(&self) -> usize {
        self.resource as usize
    }

    /// Returns the place of that resource's group.
    pub(in crate::analysis::anomaly) fn group(&self) -> usize {
        self.group as usize
    }

    /// Returns the slot of its month.
    pub(in crate::analysis::anomaly) fn slot(&self) -> usize {
        usize::from(self.slot)
    }

    /// Returns its local day since 1970-01-01.
    pub(in crate::analysis::anomaly) fn day(&self) -> i64 {
        i64::from(self.day)
    }

    /// Says whether the local day is a Saturday or Sunday.
    pub(in crate::analysis::anomaly) fn weekend(&self) -> bool {
        is_weekend(self.day())
    }

    /// Says whether it tells that the resource exists.
    pub(in crate::analysis::anomaly) fn is_resource(&self) -> bool {
        !matches!(self.kind, ChangeKind::Compliance | ChangeKind::NotRecorded)
    }
}

/// Says whether a day since 1970-01-01, a Thursday, is a Saturday or Sunday.
pub(in crate::analysis::anomaly) fn is_weekend(day: i64) -> bool {
    matches!((day + 4).rem_euclid(7), 0 | 6)
}

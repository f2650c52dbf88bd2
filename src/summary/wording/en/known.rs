//! What is not known, in English.

use super::count;
use crate::{
    analysis::{GapCause, RecorderEventKind, RecordingMode},
    summary::{
        number::grouped,
        wording::known::{Completeness, Known},
    },
};

pub(super) const KNOWN: Known = Known {
    heading: "What is not known",
    no_recorders: "No deliveries at all: whether anything changed is not known.",
    complete,
    gap: |cause, from, to| {
        let to = to.unwrap_or("the end of the period");
        match cause {
            GapCause::Stopped => {
                format!("recorder stopped from {from} to {to}: what happened then was not recorded")
            }
            GapCause::Silent => format!(
                "nothing delivered from {from} to {to}, far longer than usual: \
                 recording may have been off"
            ),
        }
    },
    gaps_before: |gaps| {
        format!(
            "{} in the months compared with.",
            count(gaps, "more such gap lies", "more such gaps lie")
        )
    },
    event: |event, all| match event {
        RecorderEventKind::Started => "recorder started",
        RecorderEventKind::Stopped => "recorder stopped",
        RecorderEventKind::TypesBegan => "began to record",
        RecorderEventKind::TypesCeased => "ceased to record",
        RecorderEventKind::DailyBegan if all => {
            "set to daily recording, all types without a frequency of their own"
        }
        RecorderEventKind::DailyBegan => "set to daily recording",
        RecorderEventKind::DailyCeased if all => {
            "set to continuous recording, all types without a frequency of their own"
        }
        RecorderEventKind::DailyCeased => "set to continuous recording",
        RecorderEventKind::ScopeChanged => {
            "the set of recorded types changed, which ones the recorder does not name"
        }
    },
    switched: |to, since, before, after| {
        let items = format!(
            "{} before it in this month, {} after",
            count(before, "item", "items"),
            grouped(after)
        );
        match to {
            RecordingMode::Daily => format!(
                "recorded daily since {since}, continuously before: fewer items are no drop ({items})"
            ),
            RecordingMode::Continuous => format!(
                "recorded continuously since {since}, daily before: more items are no burst ({items})"
            ),
        }
    },
    daily: "Recorded daily (one item for all changes of a day): ",
    more: |more| format!("and {} more", grouped(more)),
};

fn complete(known: &Completeness) -> String {
    let recorders = count(
        known.recorders,
        "recorder (account and Region)",
        "recorders (account and Region)",
    );
    let absence = if known.unreadable {
        "the absence of an item would prove that nothing changed, if all files could be read."
    } else {
        "the absence of an item proves that nothing changed, for the types recorded."
    };
    match (known.complete, known.recorders) {
        (0, 1) => format!(
            "1 recorder (account and Region), and its deliveries are not complete.\n\
             {NO_PROOF}"
        ),
        (0, _) => format!("{recorders}, of none are the deliveries complete.\n{NO_PROOF}"),
        (complete, all) if complete == all => {
            let of = if all == 1 { "with" } else { "all with" };
            format!("{recorders}, {of} complete deliveries: {absence}")
        }
        (complete, _) => format!(
            "{recorders}, {} of them with complete deliveries: there {absence}\n\
             For the others, the absence of an item proves nothing: recording may have been off.",
            grouped(complete)
        ),
    }
}

const NO_PROOF: &str = "The absence of an item proves nothing: recording may have been off.";

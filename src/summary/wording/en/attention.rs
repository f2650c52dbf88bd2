//! What to look at first, in English.

use super::count;
use crate::{
    analysis::{
        AnomalyKind,
        security::{EventKind, Severity},
    },
    summary::{
        number::grouped,
        wording::attention::{Attention, Numbers, Past},
    },
};

pub(super) const ATTENTION: Attention = Attention {
    heading: "What to look at first",
    no_baseline: "There is no earlier month to compare with: nothing is called abnormal.",
    departures: |total, past| {
        let departures = count(total, "departure", "departures");
        format!("{departures} from {}.{}", months(past), doubt(past))
    },
    nothing: |past, is_complete| {
        let known = if is_complete {
            ""
        } else {
            ", as far as it was recorded"
        };
        format!(
            "Nothing departs from {}{known}.{}",
            months(past),
            doubt(past)
        )
    },
    label,
    detail,
    accounts: "accounts: ",
    types: "types: ",
    resources: "resources: ",
    more: |more| format!("and {} more", grouped(more)),
    security: |events| format!("Security events ({})", grouped(events)),
    no_security: "No rule finds a security event in the recorded items.",
    severity: |severity| match severity {
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    },
    title: |rule| rule.title,
    event: |event, at| match event {
        EventKind::Began => format!("began {at}"),
        EventKind::CreatedSo => format!("created so {at}"),
        EventKind::FirstSeenSo => format!("first seen, already so, {at}"),
        EventKind::Ended => format!("ended {at}"),
    },
};

fn months(past: &Past) -> String {
    match past.months {
        1 => format!("the month before ({})", past.range),
        months => format!("the {} months before ({})", grouped(months), past.range),
    }
}

fn doubt(past: &Past) -> &'static str {
    if past.is_short {
        " That is a short past: only large departures are named."
    } else {
        ""
    }
}

fn label(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::FirstSeenAccount => "New account",
        AnomalyKind::FirstSeenRegion => "New Region",
        AnomalyKind::FirstSeenType => "New resource type",
        AnomalyKind::FirstSeenAccountType => "New resource type in the account",
        AnomalyKind::MassDeletion => "Mass deletion",
        AnomalyKind::Recreation => "Re-creation",
        AnomalyKind::Woke => "Woke up",
        AnomalyKind::UnusualHours => "Unusual hours",
        AnomalyKind::ResourceBurst => "Burst",
        AnomalyKind::GroupBurst => "Burst of a type",
        AnomalyKind::DayBurst => "Burst in a day",
        AnomalyKind::GroupDrop => "Drop",
    }
}

fn detail(n: &Numbers) -> String {
    let said = match n.kind {
        AnomalyKind::FirstSeenAccount
        | AnomalyKind::FirstSeenRegion
        | AnomalyKind::FirstSeenType => {
            format!("{}, nothing in the {}", sightings(n), before(n))
        }
        AnomalyKind::FirstSeenAccountType => first_in_account(n),
        AnomalyKind::MassDeletion => mass_deletion(n),
        AnomalyKind::Recreation => format!(
            "came back under the same id {}, never in the {}",
            count(n.seen, "time", "times"),
            before(n)
        ),
        AnomalyKind::Woke => format!("{} after {} without any", changes(n), past(n)),
        AnomalyKind::UnusualHours => unusual_hours(n),
        AnomalyKind::ResourceBurst | AnomalyKind::GroupBurst => {
            format!("{}{}", changes(n), expected(n))
        }
        AnomalyKind::DayBurst => burst_day(n),
        AnomalyKind::GroupDrop => return drop(n),
    };
    let hours = if n.at_unusual_hours {
        " at unusual hours"
    } else {
        ""
    };
    format!("{said}, {}{hours}", n.when)
}

fn sightings(n: &Numbers) -> String {
    format!(
        "{} on {}",
        count(
            n.seen,
            "change or first sighting",
            "changes or first sightings"
        ),
        count(n.resources, "resource", "resources")
    )
}

fn first_in_account(n: &Numbers) -> String {
    let others = n.accounts_before.map_or_else(String::new, |accounts| {
        let others = count(accounts, "other account", "other accounts");
        format!(" ({others} had it)")
    });
    format!("{}, nothing in the {}{others}", sightings(n), before(n))
}

fn mass_deletion(n: &Numbers) -> String {
    let deleted = count(n.seen, "deletion", "deletions");
    match n.largest_before {
        Some(0) => format!("{deleted}, none in the {}", before(n)),
        Some(most) => format!(
            "{deleted}, at most {} within an hour in the {}",
            grouped(most),
            before(n)
        ),
        None => deleted,
    }
}

fn unusual_hours(n: &Numbers) -> String {
    if n.usual_hours.is_empty() {
        let never = "when this account hardly ever changes the type";
        return format!("{} {never}", changes(n));
    }
    format!("{} (usual hours: {})", changes(n), n.usual_hours)
}

fn burst_day(n: &Numbers) -> String {
    let most = n.largest_before.map_or_else(String::new, |most| {
        format!(", at most {} a day in the {}", grouped(most), before(n))
    });
    let expected = n.expected.as_ref();
    let expected = expected.map_or_else(String::new, |usual| format!(", {usual} expected"));
    format!("{}{expected}{most}", changes(n))
}

fn drop(n: &Numbers) -> String {
    match n.seen {
        0 => format!("no real change{}, the last {}", expected(n), n.when),
        _ => format!("only {}{}, {}", changes(n), expected(n), n.when),
    }
}

fn changes(n: &Numbers) -> String {
    count(n.seen, "real change", "real changes")
}

fn expected(n: &Numbers) -> String {
    match (&n.expected, n.months) {
        (None, _) => String::new(),
        (Some(usual), 0) => format!(", {usual} expected from others of its type"),
        (Some(usual), _) if n.counts.is_empty() => {
            format!(", {usual} expected from {}", past(n))
        }
        (Some(usual), _) => format!(", {usual} expected from {} ({})", past(n), n.counts),
    }
}

fn past(n: &Numbers) -> String {
    count(n.months, "month", "months")
}

fn before(n: &Numbers) -> String {
    match n.months {
        1 => "month before".to_owned(),
        months => format!("{} months before", grouped(months)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(kind: AnomalyKind, seen: u64) -> Numbers {
        Numbers {
            kind,
            seen,
            expected: Some("20.0".to_owned()),
            months: 1,
            counts: String::new(),
            when: "10-29 10:00".to_owned(),
            usual_hours: String::new(),
            at_unusual_hours: false,
            largest_before: Some(0),
            resources: 1,
            accounts_before: None,
        }
    }

    #[test]
    fn a_short_past_and_single_changes() {
        for (numbers, said) in [
            (
                numbers(AnomalyKind::GroupDrop, 0),
                "no real change, 20.0 expected from 1 month, the last 10-29 10:00",
            ),
            (
                Numbers {
                    months: 0,
                    ..numbers(AnomalyKind::ResourceBurst, 90)
                },
                "90 real changes, 20.0 expected from others of its type, 10-29 10:00",
            ),
            (
                numbers(AnomalyKind::MassDeletion, 1),
                "1 deletion, none in the month before, 10-29 10:00",
            ),
            (
                numbers(AnomalyKind::UnusualHours, 1),
                "1 real change when this account hardly ever changes the type, 10-29 10:00",
            ),
            (
                numbers(AnomalyKind::Recreation, 2),
                "came back under the same id 2 times, never in the month before, 10-29 10:00",
            ),
        ] {
            assert_eq!(detail(&numbers), said);
        }
    }
}

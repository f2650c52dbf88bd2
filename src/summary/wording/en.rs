//! English.

use std::cmp::Ordering;

use super::{Compared, Headings, Labels, Sentences, Wording};
use crate::{
    analysis::{Totals, Warning},
    domain::{ChangeKind, Month},
    summary::number::{grouped, signed_difference},
};

pub(super) const WORDING: Wording = Wording {
    labels: LABELS,
    headings: HEADINGS,
    sentences: SENTENCES,
    kind,
    warning,
    source,
    to: " to ",
    comma: ", ",
    semicolon: "; ",
    colon: ": ",
    brackets: (" (", ")"),
    new: "new",
    gone: "gone",
};

const LABELS: Labels = Labels {
    period: "Period",
    source: "Source",
    accounts: "Accounts",
    regions: "Regions",
    resource_types: "Resource types",
    items: "Items",
    real_changes: "Real changes",
    unknown: "Not yet compared",
    resources: "Resources",
    created: "Resources created",
    first_seen: "Resources first seen",
    deleted: "Resources deleted",
    difference: "Difference",
    account: "Account",
    region: "Region",
    resource_type: "Resource type",
    status: "Status",
    kind: "Change kind",
    meaning: "Meaning",
    resource: "Resource",
    which: "Which resources (items)",
    captured: "Captured",
    history_files: "History",
    snapshot_files: "Snapshots",
    days: "Days",
    longest_silence: "Longest silence",
    newest_delivery: "Newest delivery",
    files_read: "Files read",
    delivery_days: "Delivered on",
    duplicates: "Left out",
    athena_query: "Athena query",
    cost: "Estimated cost",
};

const HEADINGS: Headings = Headings {
    title: |month| format!("AWS Config history of {month}"),
    warnings: "Before you rely on this",
    totals: "Totals",
    kinds: "Change kinds",
    resource_types: "Items by resource type",
    by_account: "What changed, by account",
    regions: "Items by Region",
    statuses: "Items by status",
    days: "Items per day",
    most_changed: |n| format!("Resources with the most items ({} in all)", grouped(n)),
    created: |n| format!("Created resources ({})", grouped(n)),
    first_seen: |n| format!("First seen, but not created in the month ({})", grouped(n)),
    deleted: |n| format!("Deleted resources ({})", grouped(n)),
    coverage: "Deliveries",
    unreadable: |n| format!("Unreadable files ({})", grouped(n)),
    source: "Where the numbers come from",
};

const SENTENCES: Sentences = Sentences {
    period: |start, end, zone| format!("{start} to {end} ({zone})"),
    headline: |_, totals| headline(totals),
    compared,
    nothing_before: |month| {
        month.map_or_else(
            || "There is no month before to compare with.".to_owned(),
            |month| {
                format!("Nothing was delivered for {month}, so there is nothing to compare with.")
            },
        )
    },
    empty: |month| format!("No configuration items in {month}."),
    empty_but_delivered: "History files were delivered, but they hold no item that counts here.",
    empty_and_silent: "No history files were delivered either: whether anything changed is not \
                       known.",
    changes: |real, other| match (real, other) {
        (_, 0) => "All of them are real changes.".to_owned(),
        (0, _) => "None of them is a real change, see the change kinds.".to_owned(),
        _ => format!(
            "{}; the other {} not count as such, see the change kinds.",
            count(real, "is a real change", "are real changes"),
            count(other, "does", "do"),
        ),
    },
    changes_unknown: |real, unknown| {
        let known = match real {
            0 => "None of the items is known to be a real change".to_owned(),
            _ => count(
                real,
                "item is known to be a real change",
                "items are known to be real changes",
            ),
        };
        let open = count(
            unknown,
            "item may be a real change or not: it has not been compared with the item before it",
            "items may be real changes or not: they have not been compared with the items before \
             them",
        );
        format!("{known}.\n{open}.")
    },
    open_month: "The month is not closed: later deliveries may still add to these numbers.",
    account,
    more_accounts: |accounts, items| {
        format!(
            "and {} with {}",
            count(accounts, "more account", "more accounts"),
            count(items, "item", "items")
        )
    },
    gone_accounts: |month| format!("With items in {month} only: "),
    more_types: |types, items| {
        format!(
            "and {} with {}",
            count(types, "more type", "more types"),
            count(items, "item", "items")
        )
    },
    gone_types: |types, month| {
        format!(
            "{} in {month} only",
            count(types, "type had items", "types had items")
        )
    },
    more_keys: |more, gone| match gone {
        0 => format!("and {} more", grouped(more)),
        _ => format!("and {} more, {} of them gone", grouped(more), grouped(gone)),
    },
    more_resources: |more| format!("and {} more", grouped(more)),
    more_files: |more| format!("and {} more", grouped(more)),
    active_days: |active, days| format!("Items on {active} of {days} days."),
    peak_days: |peaks| format!("Most on {peaks}."),
    peak: |day, items| format!("{day} ({items})"),
    recorders: |recorders, gaps| {
        let pairs = count(recorders, "recorder", "recorders");
        match gaps {
            0 => format!("{pairs} (account and Region), each with history on every day."),
            1 if recorders == 1 => {
                format!("{pairs} (account and Region), with days without history files.")
            }
            _ if recorders == gaps => {
                format!("{pairs} (account and Region), each with days without history files.")
            }
            _ => format!(
                "{pairs} (account and Region), {} of them with days without history files.",
                grouped(gaps)
            ),
        }
    },
    watermark: |at, zone| format!("The newest delivery came on {at} ({zone})."),
    no_recorders: "No deliveries at all.",
    more_recorders: |more| format!("and {} more with as many days or more", grouped(more)),
    no_proof: "That is normal where nothing changes, but no proof of it: recording may have been \
               off.",
    unreadable: "Nothing of these files is counted.",
    files: |files, size, folders| {
        format!(
            "{}, {size}, in {}",
            count(files, "file", "files"),
            count(folders, "folder", "folders")
        )
    },
    duplicates: |n| format!("{} delivered twice", count(n, "item", "items")),
};

fn headline(totals: &Totals) -> String {
    format!(
        "{} on {} in {} and {}.",
        count(totals.items, "configuration item", "configuration items"),
        count(totals.resources, "resource", "resources"),
        count(totals.accounts, "account", "accounts"),
        count(totals.regions, "Region", "Regions"),
    )
}

fn account(items: u64, resources: u64, before: Option<(Month, u64)>) -> String {
    let counted = format!(
        "{} on {}",
        count(items, "item", "items"),
        count(resources, "resource", "resources")
    );
    let Some((month, before)) = before else {
        return counted;
    };
    match before {
        0 => format!("{counted} (none in {month})"),
        _ if before == items => format!("{counted} (as many items as in {month})"),
        _ => format!(
            "{counted} ({} against {month})",
            signed_difference(items, before)
        ),
    }
}

fn warning(warning: Warning) -> String {
    match warning {
        Warning::UnknownKinds => "Items have not been compared with those before them, so most \
                                  change kinds are not known."
            .to_owned(),
        Warning::UnreadableFiles(files) => format!(
            "{} could not be read and {} not counted.",
            count(files, "delivered file", "delivered files"),
            if files == 1 { "is" } else { "are" }
        ),
        Warning::HistoryChanged => "The history has changed since the first page.".to_owned(),
        Warning::NothingDelivered => "Nothing was delivered for these accounts and Regions in \
             this period: whether anything changed there is not known."
            .to_owned(),
        Warning::CellsCut => "Long texts are cut.".to_owned(),
    }
}

fn source(kind: &str) -> Option<&'static str> {
    match kind {
        "demo" => Some("demo (organisation built into the program)"),
        "lake" => Some("delivered files in"),
        "athena" => Some("Athena table"),
        _ => None,
    }
}

fn compared(before: &Compared<'_>) -> String {
    let difference = grouped(before.now.abs_diff(before.items));
    let percent = before.percent.map(|percent| format!(" ({percent})"));
    let percent = percent.unwrap_or_default();
    let month = before.month;
    match (before.items, before.now.cmp(&before.items)) {
        (0, Ordering::Equal) => format!("There were none in {month} either."),
        (0, _) => format!("There were none in {month}."),
        (items, _) if before.now == 0 => {
            format!("There {} in {month}.", count_was(items))
        }
        (_, Ordering::Equal) => format!("That is as many as in {month}."),
        (_, Ordering::Less) => format!("That is {difference} fewer than in {month}{percent}."),
        (_, Ordering::Greater) => format!("That is {difference} more than in {month}{percent}."),
    }
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "a new resource",
        ChangeKind::FirstSeen => "seen for the first time, created earlier or at an unknown time",
        ChangeKind::Deleted => "the resource is gone",
        ChangeKind::Recreated => "created again under the same id",
        ChangeKind::Settings => "a setting changed",
        ChangeKind::Tags => "only tags changed",
        ChangeKind::Relationships => "the echo of another resource's change",
        ChangeKind::Volatile => "only values that AWS itself moves",
        ChangeKind::Identical => "nothing differs",
        ChangeKind::NotRecorded => "the type is not recorded",
        ChangeKind::Compliance => "a compliance result",
        ChangeKind::Unknown => "not compared with the item before",
    }
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

fn count_was(n: u64) -> String {
    format!("{} {}", if n == 1 { "was" } else { "were" }, grouped(n))
}

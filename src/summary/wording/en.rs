//! English.

mod attention;
mod cost;
mod known;

use std::cmp::Ordering;

use super::{AccountWords, Compared, Headings, Labels, NarrativeWords, Pair, Sentences, Wording};
use crate::{
    analysis::{Totals, Warning},
    domain::ChangeKind,
    summary::number::{grouped, percent, signed_difference},
};

pub(super) const WORDING: Wording = Wording {
    labels: LABELS,
    headings: HEADINGS,
    sentences: SENTENCES,
    attention: attention::ATTENTION,
    cost: cost::COST,
    known: known::KNOWN,
    narrative: NARRATIVE,
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

const NARRATIVE: NarrativeWords = NarrativeWords {
    heading: |model, made, verified, dropped| {
        let claims = if made == 1 { "claim" } else { "claims" };
        format!("Narrative by {model} ({made} {claims}, {verified} verified, {dropped} dropped)")
    },
    pending: "The narrative is still being written; ask again with the handle ",
    unavailable: "There is no narrative; the digest stands for it. ",
};

const LABELS: Labels = Labels {
    period: "Period",
    source: "Source",
    accounts: "Accounts",
    regions: "Regions",
    resource_types: "Resource types",
    items: "Items",
    real_changes: "Real changes",
    echoes: "Echoes",
    unknown: "Not compared",
    resources: "Resources",
    created: "Resources created",
    first_seen: "Resources first seen",
    recreated: "Resources re-created",
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
    most_changed: |n| {
        format!(
            "Resources with the most real changes ({} in all)",
            grouped(n)
        )
    },
    created: |n| format!("Created resources ({})", grouped(n)),
    recreated: |n| format!("Resources re-created under the same id ({})", grouped(n)),
    first_seen: |n| format!("First seen, but not created in the month ({})", grouped(n)),
    deleted: |n| format!("Deleted resources ({})", grouped(n)),
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
    echoes: |n| {
        format!(
            "{}: related resources changed, or AWS itself moved values; no setting did.",
            count(n, "item is an echo", "items are echoes"),
        )
    },
    unknown: |n| match n {
        1 => "1 item has no item before it to compare with: whether it is a real change is not \
              known."
            .to_owned(),
        _ => format!(
            "{} items have no item before them to compare with: whether they are real changes is \
             not known.",
            grouped(n)
        ),
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
    changes_of: |changes, items| match changes {
        0 => format!("{}, no real change", count(items, "item", "items")),
        _ if changes == items => count(changes, "real change", "real changes"),
        _ => format!(
            "{}, {}",
            count(changes, "real change", "real changes"),
            count(items, "item", "items")
        ),
    },
    more_files: |more| format!("and {} more", grouped(more)),
    active_days: |active, days| format!("Items on {active} of {days} days."),
    peak_days: |peaks| format!("Most on {peaks}."),
    peak_changes: |peaks| format!("Real changes: most on {peaks}."),
    peak: |day, items| format!("{day} ({items})"),
    watermark: |at, zone| format!("The newest delivery came on {at} ({zone})."),
    more_recorders: |more| format!("and {} more with as many days or more", grouped(more)),
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
    let real = match (totals.real_changes, totals.items) {
        (0, 1) if totals.unknown > 0 => "not known to be a real change".to_owned(),
        (0, 1) => "not a real change".to_owned(),
        (0, _) if totals.unknown > 0 => "none of them known to be a real change".to_owned(),
        (0, _) => "none of them a real change".to_owned(),
        (1, 1) => "a real change".to_owned(),
        (real, items) if real == items => "all of them real changes".to_owned(),
        (1, _) => "1 of them a real change".to_owned(),
        (real, _) => format!("{} of them real changes", grouped(real)),
    };
    format!(
        "{}, {real}, on {} in {} and {}.",
        count(totals.items, "configuration item", "configuration items"),
        count(totals.resources, "resource", "resources"),
        count(totals.accounts, "account", "accounts"),
        count(totals.regions, "Region", "Regions"),
    )
}

fn account(words: &AccountWords) -> String {
    let (items, changes, resources) = (words.items, words.changes, words.resources);
    let counted = format!(
        "{}, {}, on {}",
        count(items, "item", "items"),
        count(changes, "real change", "real changes"),
        count(resources, "resource", "resources")
    );
    let Some((month, before)) = words.before else {
        return counted;
    };
    match before {
        0 => format!("{counted} (none in {month})"),
        _ if before == items => format!("{counted} (as many items as in {month})"),
        _ => format!(
            "{counted} (items {} against {month})",
            signed_difference(items, before)
        ),
    }
}

fn warning(warning: Warning) -> String {
    match warning {
        Warning::UnknownKinds => {
            "Some items could not be compared with an item before them: whether \
                                  they are changes is not known."
                .to_owned()
        }
        Warning::TableLacksFields => "The Glue table lacks fields: what needs them is unknown. \
             `config-history table apply` with the recommended layout adds them."
            .to_owned(),
        Warning::OlderMonthsLeftOut => "Earlier months are not counted.".to_owned(),
        Warning::SeveralResources(n) => {
            format!("{} match.", count(n, "resource", "resources"))
        }
        Warning::NoBaseline => {
            "There is no month before to compare with: nothing is called abnormal.".to_owned()
        }
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

fn compared(both: &Compared) -> String {
    let (month, items, changes) = (both.month, both.items, both.changes);
    match (items.before, items.now) {
        (0, 0) => format!("There were none in {month} either."),
        (0, _) => format!("There were none in {month}."),
        (before, 0) => format!(
            "In {month} there {} {}, {} of them real changes.",
            if before == 1 { "was" } else { "were" },
            grouped(before),
            grouped(changes.before)
        ),
        _ => format!(
            "Against {month}: {} and {}.",
            against(items, "item", "items"),
            against(changes, "real change", "real changes")
        ),
    }
}

fn against(pair: Pair, one: &str, many: &str) -> String {
    let more = match pair.now.cmp(&pair.before) {
        Ordering::Equal => return format!("as many {many}"),
        Ordering::Less => "fewer",
        Ordering::Greater => "more",
    };
    let difference = count(pair.now.abs_diff(pair.before), one, many);
    match percent(pair.now, pair.before) {
        Some(percent) => format!("{difference} {more} ({percent})"),
        None => format!("{difference} {more} (none before)"),
    }
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "a new resource",
        ChangeKind::FirstSeen => "first recorded, not known to be new",
        ChangeKind::Deleted => "the resource is gone",
        ChangeKind::Recreated => "created again under the same id",
        ChangeKind::Settings => "a setting changed",
        ChangeKind::Tags => "only tags changed",
        ChangeKind::Relationships => "echo: only relationships changed",
        ChangeKind::Volatile => "echo: only values that AWS itself moves",
        ChangeKind::Identical => "echo: nothing differs",
        ChangeKind::NotRecorded => "the type is not recorded",
        ChangeKind::Compliance => "a compliance result",
        ChangeKind::Unknown => "no item before it to compare with",
    }
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

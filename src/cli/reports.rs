//! Answers of several parts, printed for people: a timeline, anomalies, a bill.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::output::{rows_of, table};
use crate::{
    domain::{PathChange, visible},
    service::{
        AnomalyReport, BillReport, Existence, ResourceHistory, ResourceState, TimelineEntry,
    },
};

/// Characters of a value in a difference; the whole is in json.
const VALUE_CHARS: usize = 160;

/// Renders a timeline, newest first.
pub(super) fn history_text(history: &ResourceHistory) -> String {
    if !history.matches.is_empty() {
        let (columns, rows) = rows_of(&history.matches);
        return format!("Several resources match:\n\n{}\n", table(&columns, &rows));
    }
    let mut text = String::new();
    if let Some(resource) = &history.resource {
        let name = history
            .resource_name
            .as_deref()
            .filter(|name| *name != resource.resource_id);
        let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
        let head = format!("{} {}{name}", resource.resource_type, resource.resource_id);
        let place = format!("account {}, {}", resource.account, resource.region);
        text.extend([&*visible(&head), "\n", &*visible(&place), "\n"]);
    }
    for lifetime in &history.lifetimes {
        let (from, began_as) = (lifetime.from, lifetime.began_as);
        let lived = match lifetime.until {
            Some(until) => format!("lived {from} to {until} ({began_as})\n"),
            None => format!("lives since {from} ({began_as})\n"),
        };
        text.push_str(&lived);
    }
    let counted = format!(
        "{} items: {} real changes, {} echoes\n",
        history.items, history.real_changes, history.echoes
    );
    text.push_str(&counted);
    for entry in &history.timeline {
        text.push('\n');
        text.push_str(&entry_text(entry));
    }
    if let Some(state) = &history.state {
        text.push('\n');
        text.push_str(&state_text(state));
    }
    text
}

fn entry_text(entry: &TimelineEntry) -> String {
    let mut text = match (entry.since, entry.items) {
        (Some(since), items) if items > 1 => {
            format!(
                "{since} to {}  {items} echoes, mostly {}\n",
                entry.at, entry.kind
            )
        }
        _ => format!("{}  {}\n", entry.at, entry.kind),
    };
    for change in &entry.changes {
        text.extend(["    ", &*change_text(change), "\n"]);
    }
    if entry.more_changes > 0 {
        let more = format!("    and {} more differences\n", entry.more_changes);
        text.push_str(&more);
    }
    for cause in &entry.because {
        let name = cause.resource_name.as_deref().unwrap_or(&cause.resource_id);
        text.push_str(&visible(&format!(
            "    because of {} {name}: {} at {}",
            cause.resource_type, cause.kind, cause.at
        )));
        text.push('\n');
    }
    text
}

fn change_text(change: &PathChange) -> String {
    let place = format!("{}{}", change.section, change.path);
    let line = match (&change.before, &change.after) {
        (None, Some(after)) => format!("+ {place}: {}", short(after)),
        (Some(before), None) => format!("- {place}: {}", short(before)),
        (Some(before), Some(after)) => format!("~ {place}: {} -> {}", short(before), short(after)),
        (None, None) => place,
    };
    visible(&line).into_owned()
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn state_text(state: &ResourceState) -> String {
    let from = |what: &str| {
        let captured = state.captured.map(|at| at.to_string()).unwrap_or_default();
        let of = if state.from_snapshot {
            "snapshot state"
        } else {
            "item"
        };
        let source = state.source.as_deref().unwrap_or_default();
        visible(&format!("{what} ({of} of {captured}, {source})")).into_owned()
    };
    match state.existence {
        Existence::NotYetKnown => format!("At {} nothing was known of it.\n", state.at),
        Existence::Deleted => format!("At {}: {}\n", state.at, from("deleted")),
        Existence::Existed => {
            let bodies = json!({
                "tags": state.tags,
                "configuration": state.configuration,
                "supplementaryConfiguration": state.supplementary_configuration,
                "relationships": state.relationships,
            });
            format!(
                "State at {}: {}\n{}\n",
                state.at,
                from("as of the"),
                shown(&format!("{bodies:#}"))
            )
        }
    }
}

/// Makes each line harmless for a terminal.
fn shown(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(visible).collect();
    lines.join("\n")
}

/// Returns one row a difference; entries without any have one row as well.
pub(super) fn history_rows(history: &ResourceHistory) -> (Vec<String>, Vec<Map<String, Value>>) {
    #[derive(Serialize)]
    struct Row<'a> {
        at: String,
        kind: &'a str,
        items: u64,
        section: Option<&'a str>,
        path: Option<&'a str>,
        before: Option<&'a Value>,
        after: Option<&'a Value>,
        source: Option<&'a str>,
    }
    let mut rows = Vec::new();
    for entry in &history.timeline {
        let of = |change: Option<&'_ PathChange>| -> Value {
            let row = Row {
                at: entry.at.to_string(),
                kind: entry.kind.as_str(),
                items: entry.items,
                section: change.map(|change| change.section.as_str()),
                path: change.map(|change| change.path.as_str()),
                before: change.and_then(|change| change.before.as_ref()),
                after: change.and_then(|change| change.after.as_ref()),
                source: entry.source.as_deref(),
            };
            serde_json::to_value(row).unwrap_or(Value::Null)
        };
        if entry.changes.is_empty() {
            rows.push(of(None));
        }
        rows.extend(entry.changes.iter().map(|change| of(Some(change))));
    }
    rows_of(&rows)
}

/// Columns of the ranked list.
const RANKED: [&str; 11] = [
    "rank",
    "kind",
    "account",
    "region",
    "resource_type",
    "resource",
    "seen",
    "expected",
    "first",
    "last",
    "score",
];

/// Returns the ranked list as rows.
pub(super) fn anomaly_rows(report: &AnomalyReport) -> (Vec<String>, Vec<Map<String, Value>>) {
    let minute = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    let rows = report.anomalies.ranked.iter().map(|entry| {
        let name = entry.resource_name.as_ref().or(entry.resource_id.as_ref());
        let cells = [
            json!(entry.rank),
            json!(entry.kind),
            json!(entry.account),
            json!(entry.region),
            json!(entry.resource_type),
            json!(name),
            json!(entry.seen),
            json!(entry.expected),
            json!(minute(entry.first)),
            json!(minute(entry.last)),
            json!(entry.score),
        ];
        RANKED.map(str::to_owned).into_iter().zip(cells).collect()
    });
    (RANKED.map(str::to_owned).to_vec(), rows.collect())
}

/// Renders anomalies and security events.
pub(super) fn anomalies_text(report: &AnomalyReport) -> String {
    let anomalies = &report.anomalies;
    let months: Vec<String> = anomalies
        .baseline_months
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut text = if months.is_empty() {
        format!("{}: no earlier month to compare with.\n", anomalies.month)
    } else {
        format!(
            "{} against {}: {} departures\n",
            anomalies.month,
            months.join(", "),
            anomalies.total
        )
    };
    let mut section = |title: &str, (columns, rows): (Vec<String>, Vec<Map<String, Value>>)| {
        if !rows.is_empty() {
            text.extend(["\n", title, "\n\n", &*table(&columns, &rows), "\n"]);
        }
    };
    section("Departures (times in UTC)", anomaly_rows(report));
    let security: Vec<Value> = report
        .security
        .iter()
        .map(|event| {
            json!({
                "at": event.at.strftime("%Y-%m-%d %H:%M").to_string(),
                "severity": event.severity,
                "rule": event.rule,
                "event": event.event,
                "account": event.account,
                "region": event.region,
                "resource": event.resource_name.as_ref().unwrap_or(&event.resource_id),
                "subject": event.subject,
            })
        })
        .collect();
    section("Security", rows_of(&security));
    section(
        "Recorder gaps, which are no drops",
        rows_of(&anomalies.recording_gaps),
    );
    section(
        "Changes of recording, which are no drops",
        rows_of(&anomalies.recording_mode_changes),
    );
    section("Recorders", rows_of(&report.coverage.recorder_events));
    text
}

/// Renders a bill.
pub(super) fn bill_text(report: &BillReport) -> String {
    let bill = &report.bill;
    let total = &bill.total;
    let before = total.previous_usd.map_or_else(String::new, |usd| {
        format!(", {usd} USD in the month before")
    });
    let mut text = format!(
        "{}: {} items, {} USD{before}\nEstimate: items times price of {}, not AWS's invoice.\n\
         Real changes {} USD, echoes {} USD, compliance {} USD, first seen {} USD.\n",
        bill.month,
        total.items,
        total.usd,
        bill.prices.as_of,
        bill.real_changes.usd,
        bill.echoes.usd,
        bill.compliance.usd,
        bill.first_seen.usd,
    );
    let mut section = |title: &str, (columns, rows): (Vec<String>, Vec<Map<String, Value>>)| {
        if !rows.is_empty() {
            text.extend(["\n", title, "\n\n", &*table(&columns, &rows), "\n"]);
        }
    };
    section("By type", rows_of(&bill.by_type.lines));
    section("By account", rows_of(&bill.by_account.lines));
    section("By Region", rows_of(&bill.by_region.lines));
    section("By resource", rows_of(&bill.by_resource.lines));
    if let Some(by_tag) = &bill.by_tag {
        let title = format!(
            "By tag {}",
            visible(bill.tag_key.as_deref().unwrap_or_default())
        );
        section(&title, rows_of(&by_tag.lines));
    }
    if let Some(movers) = &bill.movers {
        section("Rose most", rows_of(&movers.increases.lines));
        section("Fell most", rows_of(&movers.decreases.lines));
    }
    section("What would have saved", rows_of(&bill.savings.lines));
    text
}

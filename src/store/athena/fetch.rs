//! The items of a question, fetched by one statement as they were delivered: a part of the lake in
//! memory, which the embedded engine reads as it reads any lake. So kinds, timelines and
//! differences are told by the same code on both sources.
//!
//! A body that says the same as that of the item before it is not sent again, and of what lies
//! before the period only the last items of each resource are.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, value::RawValue};

use super::{
    conditions, kinds,
    listing::Listing,
    partitions::Partitions,
    relation::{IN_TIME, RESOURCE, Relation},
    results::Cells,
};
use crate::{
    domain::{DeliveryKind, ResourceKey},
    source::MemorySource,
};

/// What is fetched beside the fields that every question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// Names and tags.
    Names,
    /// The bodies as well: kinds and differences are told from them.
    Bodies,
}

/// Fields of an item, as the statement returns them: column and key of the JSON.
const FIELDS: [(&str, &str); 11] = [
    ("awsaccountid", "awsAccountId"),
    ("awsregion", "awsRegion"),
    ("availabilityzone", "availabilityZone"),
    ("resourcetype", "resourceType"),
    ("resourceid", "resourceId"),
    ("resourcename", "resourceName"),
    ("arn", "ARN"),
    ("configurationitemstatus", "configurationItemStatus"),
    ("resourcecreationtime", "resourceCreationTime"),
    ("configurationitemversion", "configurationItemVersion"),
    ("recordingfrequency", "recordingFrequency"),
];
/// Sections that are sent only where they differ from those of the item before.
const SECTIONS: [(&str, &str); 4] = [
    ("tags_text", "tags"),
    ("configuration", "configuration"),
    ("supplementaryconfiguration", "supplementaryConfiguration"),
    ("relationships", "relationships"),
];

/// Renders the statement that fetches the items of a question, each resource's in their order.
pub(super) fn render(
    relation: &Relation<'_>,
    partitions: &Partitions,
    resources: &[ResourceKey],
    depth: Depth,
) -> String {
    let delivered = relation.delivered(partitions, true);
    let (inside, end) = (relation.inside(), relation.before_end());
    let types = conditions::of_types(relation.filter);
    let meant = conditions::meant(relation.filter, resources).unwrap_or_else(|| "true".to_owned());
    let window = format!("OVER (PARTITION BY {RESOURCE} ORDER BY {IN_TIME})");
    let fields = FIELDS.map(|(column, _)| column).join(", ");
    let sent = sections(depth);
    let lags: Vec<String> = sent
        .iter()
        .map(|(column, _)| {
            format!(
                "row_number() {window} > 1 AND {column} IS NOT DISTINCT FROM lag({column}) \
                 {window} AS {column}_same"
            )
        })
        .collect();
    let shown: Vec<String> = sent
        .iter()
        .map(|(column, _)| {
            format!("{column}_same, CASE WHEN NOT {column}_same THEN {column} END AS {column}")
        })
        .collect();
    format!(
        "WITH delivered AS (\n{delivered}\n),\n\
         bounded AS (\n  SELECT *, ({inside}) AS is_inside, ({card}) AS says_its_name\n  FROM delivered\n  WHERE {end}{types}\n),\n\
         ranked AS (\n  SELECT *, row_number() OVER (PARTITION BY {RESOURCE}, is_inside, \
         says_its_name ORDER BY configurationitemcapturetime DESC, in_history, source DESC, state \
         DESC) AS back,\n    max(CASE WHEN is_inside THEN 1 ELSE 0 END) OVER (PARTITION BY \
         {RESOURCE}) AS touched,\n    max(CASE WHEN {meant} THEN 1 ELSE 0 END) OVER (PARTITION BY \
         {RESOURCE}) AS meant\n  FROM bounded\n),\n\
         chosen AS (\n  SELECT * FROM ranked\n  WHERE touched = 1 AND meant = 1 AND (is_inside OR \
         back = 1 OR awsregion = 'global')\n),\n\
         neighbours AS (\n  SELECT *, row_number() {window} AS place,\n    {lags}\n  FROM \
         chosen\n)\n\
         SELECT source, to_unixtime(configurationitemcapturetime) AS captured, \
         configurationstateid, {fields},\n  {shown}\n\
         FROM neighbours\nORDER BY {RESOURCE}, place",
        card = kinds::SAYS_ITS_NAME,
        lags = lags.join(",\n    "),
        shown = shown.join(",\n  "),
    )
}

fn sections(depth: Depth) -> &'static [(&'static str, &'static str)] {
    match depth {
        Depth::Names => &SECTIONS[..1],
        Depth::Bodies => &SECTIONS,
    }
}

/// Puts the rows of a fetch back into files.
#[derive(Debug)]
pub(super) struct Assembly {
    depth: Depth,
    /// Content of each file so far, by its key.
    files: BTreeMap<String, Vec<u8>>,
    /// The sections of the item before, of the same resource.
    before: Vec<Option<Box<RawValue>>>,
}

/// A row that is not what the statement asked for.
#[derive(Debug, thiserror::Error)]
#[error("a fetched item cannot be read: {0}")]
pub(super) struct OddRow(String);

impl Assembly {
    pub(super) fn new(depth: Depth) -> Self {
        Self {
            depth,
            files: BTreeMap::new(),
            before: vec![None; sections(depth).len()],
        }
    }

    /// Adds a row to the file that it was delivered in; returns the bytes that it takes there.
    pub(super) fn add(&mut self, cells: Cells) -> Result<usize, OddRow> {
        let mut cells = cells.into_iter();
        let mut next = || cells.next().flatten();
        let source = next().ok_or_else(|| OddRow("it names no file".to_owned()))?;
        let captured = next().and_then(|seconds| captured_text(&seconds));
        let captured = captured.ok_or_else(|| OddRow(format!("capture time in {source}")))?;
        let mut item = Map::new();
        item.insert("configurationItemCaptureTime".to_owned(), captured.into());
        if let Some(state) = next() {
            item.insert("configurationStateId".to_owned(), state.into());
        }
        for (_, key) in FIELDS {
            if let Some(text) = next() {
                item.insert(key.to_owned(), text.into());
            }
        }
        let mut text = serde_json::to_string(&item).map_err(|error| OddRow(error.to_string()))?;
        text.pop();
        for ((_, key), before) in sections(self.depth).iter().zip(&mut self.before) {
            let is_same = next().is_some_and(|same| same == "true");
            let sent = next();
            if !is_same {
                *before = sent.map(section_of).transpose()?;
            }
            if let Some(section) = before {
                text.push_str(",\"");
                text.push_str(key);
                text.push_str("\":");
                text.push_str(section.get());
            }
        }
        text.push('}');
        let file = self.files.entry(source).or_insert_with(|| START.into());
        if file.len() > START.len() {
            file.push(b',');
        }
        file.extend_from_slice(text.as_bytes());
        Ok(text.len())
    }

    /// Returns the bytes of all files.
    pub(super) fn bytes(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    /// Returns the files as a lake. Files of the period's folders that hold no fetched item are
    /// there and empty: they were read as well.
    pub(super) fn into_source(self, location: &str, period: &Listing) -> MemorySource {
        let mut files: BTreeMap<String, (Arc<[u8]>, u64)> = BTreeMap::new();
        let empty: Arc<[u8]> = [START, END].concat().into();
        let sizes: BTreeMap<&str, u64> = period
            .folders
            .iter()
            .flat_map(|folder| &folder.files)
            .map(|file| (&*file.key, file.size))
            .collect();
        for (key, mut content) in self.files {
            content.extend_from_slice(END);
            let size = sizes.get(key.as_str()).copied().unwrap_or(0);
            files.insert(key, (content.into(), size));
        }
        for folder in &period.folders {
            if folder.folder.kind == DeliveryKind::History {
                for file in &folder.files {
                    let empty = (empty.clone(), file.size);
                    files.entry(file.key.to_string()).or_insert(empty);
                }
            }
        }
        // A lake without a delivery in the period is a lake.
        let floor = "AWSLogs/000000000000/Config".to_owned();
        MemorySource::new(location, files, [floor])
    }
}

const START: &[u8] = br#"{"fileVersion":"1.0","configurationItems":["#;
const END: &[u8] = b"]}";

/// A section is JSON; one that is not is a text.
fn section_of(text: String) -> Result<Box<RawValue>, OddRow> {
    let odd = |error: serde_json::Error| OddRow(error.to_string());
    if serde_json::from_str::<&RawValue>(&text).is_ok() {
        return RawValue::from_string(text).map_err(odd);
    }
    let text = serde_json::to_string(&Value::String(text)).map_err(odd)?;
    RawValue::from_string(text).map_err(odd)
}

/// Seconds since 1970 with a fraction become RFC 3339 with milliseconds.
fn captured_text(seconds: &str) -> Option<String> {
    let seconds: f64 = seconds.parse().ok()?;
    let millis = (seconds * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the check")]
    let millis = (millis.abs() < 1e15).then_some(millis as i64)?;
    let time = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capture_times_keep_their_milliseconds() {
        for (seconds, text) in [
            ("1.730776321556E9", "2024-11-05T03:12:01.556Z"),
            ("1730776321.0", "2024-11-05T03:12:01.000Z"),
            ("1.730419200001E9", "2024-11-01T00:00:00.001Z"),
        ] {
            assert_eq!(captured_text(seconds).unwrap(), text);
        }
        assert_eq!(captured_text("soon"), None);
    }

    /// A row of a resource with these sections: (same, text).
    fn row(source: &str, sections: [(bool, Option<&str>); 4]) -> Cells {
        let mut cells = vec![
            Some(source.to_owned()),
            Some("1730776321.0".to_owned()),
            Some("7".to_owned()),
        ];
        cells.extend(FIELDS.map(|(column, _)| (column != "arn").then(|| format!("a {column}"))));
        for (same, text) in sections {
            cells.push(Some(same.to_string()));
            cells.push(text.map(str::to_owned));
        }
        cells
    }

    #[test]
    fn what_is_the_same_is_taken_from_the_item_before() {
        let mut assembly = Assembly::new(Depth::Bodies);
        let first = [
            (false, Some("{}")),
            (false, Some(r#"{"a":1.0}"#)),
            (false, None),
            (false, Some("[]")),
        ];
        assembly.add(row("x/1", first)).unwrap();
        let second = [
            (true, None),
            (true, None),
            (true, None),
            (false, Some("not JSON")),
        ];
        assembly.add(row("x/2", second)).unwrap();
        let file = String::from_utf8(assembly.files["x/2"].clone()).unwrap();
        let whole: Value = serde_json::from_str(&format!("{file}]}}")).unwrap();
        let item = &whole["configurationItems"][0];
        assert_eq!(item["configuration"].to_string(), r#"{"a":1.0}"#);
        assert_eq!(item["relationships"], "not JSON");
        assert_eq!(item["resourceType"], "a resourcetype");
        assert_eq!(item.get("ARN"), None);
        assert_eq!(item.get("supplementaryConfiguration"), None);
    }
}

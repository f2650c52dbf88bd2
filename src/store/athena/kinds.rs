//! Change kinds in SQL: a window over the items of one resource tells most of them. Where the
//! texts of two bodies differ, only their structure tells what that means; such items are looked
//! up among those that were resolved here, and are `unknown` where they were not.

use std::collections::BTreeMap;

use super::{
    client::hex,
    literal,
    relation::{IN_TIME, RESOURCE},
};
use crate::{
    analysis::{CLOCK_SKEW_MS, DAILY_WINDOW_MS, DELIVERY_WINDOW_MS},
    domain::{ChangeKind, ItemStatus},
};

/// Digits of an item's key in a statement.
const KEY_DIGITS: usize = 16;
/// Bytes that the keys of resolved items may take: Athena takes 262,144 for a whole statement.
const RESOLVED_BYTES: usize = 200_000;

/// Kinds that were told from the structure of bodies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    by_kind: BTreeMap<ChangeKind, Vec<String>>,
    bytes: usize,
    /// Items that found no room.
    pub(super) left_out: u64,
}

impl Resolved {
    /// Adds an item, given by account, Region, type, id and state.
    pub(super) fn add(&mut self, item: [&str; 5], kind: ChangeKind) {
        let cost = KEY_DIGITS + 4;
        if self.bytes + cost > RESOLVED_BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += cost;
        self.by_kind.entry(kind).or_default().push(item_key(item));
    }

    /// The column `changeKind`: what status and texts tell, else what was resolved.
    pub(super) fn column(&self) -> String {
        let looked_up = self.by_kind.iter().map(|(kind, keys)| {
            let keys = literal::texts(keys);
            format!("\n      WHEN {ITEM_KEY} IN ({keys}) THEN '{kind}'")
        });
        let looked_up = looked_up.collect::<Vec<_>>().concat();
        format!(
            "CASE WHEN kind_told IS NOT NULL THEN kind_told{looked_up}\n      ELSE 'unknown' END"
        )
    }
}

/// The key of an item, as [`item_key`] makes it.
const ITEM_KEY: &str = "lower(substr(to_hex(sha256(to_utf8(awsaccountid || '/' || awsregion || '/' \
    || resourcetype || '/' || resourceid || '/' || state))), 1, 16))";

fn item_key(item: [&str; 5]) -> String {
    use sha2::{Digest as _, Sha256};
    let mut key = hex(&Sha256::digest(item.join("/")));
    key.truncate(KEY_DIGITS);
    key
}

/// Selects all columns of an item, with what its resource's item before it says.
pub(super) fn neighbours() -> String {
    let window = format!("OVER (PARTITION BY {RESOURCE} ORDER BY {IN_TIME})");
    let same: Vec<String> = BODIES
        .iter()
        .map(|body| format!("{body} IS NOT DISTINCT FROM lag({body}) {window}"))
        .collect();
    format!(
        "  SELECT *,\n    lag(1) {window} AS is_after,\n    lag(configurationitemstatus) {window} \
         AS status_before,\n    {same} AS same_text,\n    lag(CASE WHEN {SAYS_ITS_NAME} THEN \
         CAST(ROW(resourcename, arn, tags) AS ROW(name varchar, arn varchar, tags map(varchar, \
         varchar))) END) IGNORE NULLS {window} AS card",
        same = same.join("\n      AND "),
    )
}

/// Sections whose texts are compared.
const BODIES: [&str; 4] = [
    "configuration",
    "supplementaryconfiguration",
    "relationships",
    "json_format(CAST(tags AS json))",
];

/// Whether an item says what a later deletion will not say any more.
pub(super) const SAYS_ITS_NAME: &str = "coalesce(configurationitemstatus, '') <> \
    'ResourceDeleted' AND (resourcename IS NOT NULL OR arn IS NOT NULL OR cardinality(tags) > 0)";

/// The kind, as far as status, times and equal texts tell it; else NULL. The same decisions as
/// `analysis::classify` makes of hashes.
pub(super) fn told_by_status_and_text() -> String {
    let first = |otherwise: ChangeKind| {
        format!(
            "CASE WHEN to_unixtime(configurationitemcapturetime) - to_unixtime(CAST(TRY(\
             from_iso8601_timestamp(resourcecreationtime)) AT TIME ZONE 'UTC' AS timestamp(3))) \
             BETWEEN {skew} AND CASE WHEN upper(recordingfrequency) = 'DAILY' THEN {daily} ELSE \
             {usual} END THEN 'created' ELSE '{otherwise}' END",
            skew = -CLOCK_SKEW_MS / 1_000,
            daily = DAILY_WINDOW_MS / 1_000,
            usual = DELIVERY_WINDOW_MS / 1_000,
        )
    };
    let status = |status: ItemStatus| literal::text(status.as_str());
    let not_recorded = literal::texts([
        ItemStatus::ResourceNotRecorded.as_str(),
        ItemStatus::ResourceDeletedNotRecorded.as_str(),
    ]);
    let lines = [
        "WHEN starts_with(resourcetype, 'AWS::Config::') AND resourcetype LIKE '%Compliance' THEN \
         'compliance'"
            .to_owned(),
        // What several recorders say of one resource is told from all of it.
        "WHEN awsregion = 'global' AND many_recorders THEN NULL".to_owned(),
        format!("WHEN configurationitemstatus IN ({not_recorded}) THEN 'not_recorded'"),
        format!(
            "WHEN configurationitemstatus = {} THEN 'deleted'",
            status(ItemStatus::ResourceDeleted)
        ),
        format!(
            "WHEN configurationitemstatus = {} THEN CASE WHEN is_after = 1 AND \
             coalesce(status_before, '') NOT IN ({not_recorded}) THEN 'recreated' ELSE {} END",
            status(ItemStatus::ResourceDiscovered),
            first(ChangeKind::FirstSeen)
        ),
        format!("WHEN is_after IS NULL THEN {}", first(ChangeKind::Unknown)),
        format!(
            "WHEN status_before = {} THEN 'recreated'",
            status(ItemStatus::ResourceDeleted)
        ),
        format!("WHEN status_before IN ({not_recorded}) THEN 'unknown'"),
        "WHEN configuration IS NULL THEN 'unknown'".to_owned(),
        "WHEN same_text THEN 'identical'".to_owned(),
    ];
    format!("CASE {}\n    ELSE NULL END", lines.join("\n    "))
}

/// Selects all columns, deleted items with the name, ARN and tags of the item before.
pub(super) fn completed() -> String {
    let taken_over = "configurationitemstatus = 'ResourceDeleted'";
    let columns = [
        "awsaccountid",
        "awsregion",
        "availabilityzone",
        "resourcetype",
        "resourceid",
        "configurationitemstatus",
        "configurationitemcapturetime",
        "configurationstateid",
        "resourcecreationtime",
        "configurationitemversion",
        "recordingfrequency",
        "configuration",
        "supplementaryconfiguration",
        "relationships",
        "source",
        "state",
        "kind_told",
    ];
    format!(
        "{},\n    CASE WHEN {taken_over} THEN coalesce(resourcename, card.name) ELSE resourcename \
         END AS resourcename,\n    CASE WHEN {taken_over} THEN coalesce(arn, card.arn) ELSE arn \
         END AS arn,\n    CASE WHEN {taken_over} AND cardinality(tags) = 0 THEN \
         coalesce(card.tags, tags) ELSE tags END AS tags",
        columns.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_items_key_is_that_of_the_statement() {
        // echo -n '111122223333/us-east-1/AWS::EC2::VPC/vpc-1/7' | sha256sum
        let item = ["111122223333", "us-east-1", "AWS::EC2::VPC", "vpc-1", "7"];
        assert_eq!(item_key(item), "258c57de36aa8ce9");
    }

    #[test]
    fn a_statement_holds_so_many_resolved_items_and_no_more() {
        let mut resolved = Resolved::default();
        for n in 0..20_000 {
            let n = n.to_string();
            resolved.add(["a", "b", "c", "d", &n], ChangeKind::Settings);
        }
        assert_eq!(resolved.left_out, 10_000);
        assert!(resolved.column().len() < 262_144 - 40_000);
    }
}

//! The contract's relation as one `WITH` over the delivered JSON, whatever the table looks like.

use jiff::{Timestamp, tz::TimeZone};

use super::{conditions, kinds, literal, partitions::Partitions};
use crate::{
    domain::{Column, ConfigurationItem, ItemFilter, Period, RELATION},
    glue::{HiveType, KeyRole, TableLayout, TableName},
};

/// Columns that make a resource one resource.
pub(super) const RESOURCE: &str = "awsaccountid, awsregion, resourcetype, resourceid";
/// The order of a resource's items.
pub(super) const IN_TIME: &str = "configurationitemcapturetime, in_history DESC, source, state";

/// Renders relations over one table for one question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relation<'a> {
    pub(super) layout: &'a TableLayout,
    pub(super) table: &'a TableName,
    pub(super) period: &'a Period,
    pub(super) filter: &'a ItemFilter,
    /// Whether tags come as JSON and not as a map.
    pub(super) tags_as_json: bool,
}

impl Relation<'_> {
    /// Renders the relation where nothing has to be compared: kinds are `unknown`, and deleted
    /// items say no more than they were delivered with.
    pub(super) fn plain(&self, partitions: &Partitions) -> String {
        let delivered = self.delivered(partitions, false);
        let inside = self.inside();
        let wanted = conditions::of_columns(self.filter);
        let columns = self.columns(&|column| match column {
            Column::ChangeKind => "'unknown'".to_owned(),
            other => sql_name(other),
        });
        format!(
            "WITH ch_delivered AS (\n{delivered}\n),\n\
             ch_numbered AS (\n  SELECT *, row_number() OVER (PARTITION BY {RESOURCE}, state \
             ORDER BY source) AS copy\n  FROM ch_delivered\n  WHERE {inside}\n),\n\
             {RELATION} AS (\n  SELECT {columns}\n  FROM ch_numbered\n  WHERE copy = 1{wanted}\n)\n"
        )
    }

    /// Renders the relation with kinds: each item is compared with the item before it of the same
    /// resource, as far back as the partitions go. `resolved` tells the kinds of items that can be
    /// told apart by their structure only.
    pub(super) fn compared(&self, partitions: &Partitions, resolved: &kinds::Resolved) -> String {
        let delivered = self.delivered(partitions, true);
        let end = self.before_end();
        let types = conditions::of_types(self.filter);
        let inside = self.inside();
        let wanted = conditions::of_completed(self.filter);
        let columns = self.columns(&|column| match column {
            Column::ChangeKind => "change_kind".to_owned(),
            other => sql_name(other),
        });
        format!(
            "WITH ch_delivered AS (\n{delivered}\n),\n\
             ch_numbered AS (\n  SELECT *, row_number() OVER (PARTITION BY {RESOURCE}, state \
             ORDER BY in_history DESC, source) AS copy,\n    min(recorder) OVER (PARTITION BY \
             {RESOURCE}) <> max(recorder) OVER (PARTITION BY {RESOURCE}) AS many_recorders\n  \
             FROM ch_delivered\n  WHERE {end}{types}\n),\n\
             ch_neighbours AS (\n{neighbours}\n  FROM ch_numbered\n  WHERE copy = 1\n),\n\
             ch_judged AS (\n  SELECT *, {kind} AS kind_told\n  FROM ch_neighbours\n  WHERE in_history \
             AND {inside}\n),\n\
             ch_completed AS (\n  SELECT {completed},\n    {change_kind} AS change_kind\n  FROM \
             ch_judged\n),\n\
             {RELATION} AS (\n  SELECT {columns}\n  FROM ch_completed\n  WHERE true{wanted}\n)\n",
            neighbours = kinds::neighbours(),
            kind = kinds::told_by_status_and_text(),
            completed = kinds::completed(),
            change_kind = resolved.column(),
        )
    }

    /// Renders the items as they were delivered, of some partitions; with snapshots, where the
    /// items before are wanted too.
    pub(super) fn delivered(&self, partitions: &Partitions, with_snapshots: bool) -> String {
        let fields = FIELDS.map(|(column, field)| {
            let name = sql_name(column);
            let value = self.value_of(column, field);
            format!("    {value} AS {name}")
        });
        // As text they keep their order, which a map does not.
        let tags_text = self.json_text("tags");
        let recorder = self.recorder();
        let captured = self.captured();
        let state = format!(
            "coalesce(nullif({}, ''), {})",
            self.text("configurationstateid"),
            self.text("configurationitemcapturetime")
        );
        let snapshot = if with_snapshots {
            " OR \"$path\" LIKE '%/ConfigSnapshot/%'"
        } else {
            ""
        };
        format!(
            "  SELECT\n{fields},\n    {captured} AS configurationitemcapturetime,\n    \
             {tags_text} AS tags_text,\n    {state} AS state,\n    {recorder} AS recorder,\n    substr(\"$path\", {skip}) AS \
             source,\n    \"$path\" LIKE '%/ConfigHistory/%' AS in_history\n  FROM {table}\n  \
             CROSS JOIN UNNEST({items}) AS delivery(item)\n  WHERE {partitions}\n    AND (\"$path\" \
             LIKE '%/ConfigHistory/%'{snapshot})",
            fields = fields.join(",\n"),
            skip = "s3://".len() + self.layout.bucket.len() + 2,
            table = format_args!(
                "{}.{}",
                literal::name(self.table.database()),
                literal::name(self.table.table())
            ),
            items = literal::name(&self.layout.items_column),
            partitions = partitions.condition(self.layout),
        )
    }

    fn value_of(&self, column: Column, field: &str) -> String {
        match column {
            Column::Account => {
                let own = self.first_of(&["awsaccountid", "accountid"]);
                let folder =
                    self.folder_value(&KeyRole::Account, self.layout.path.account.as_deref());
                // A number has lost its leading zeros.
                format!("lpad(coalesce(nullif({own}, ''), {folder}), 12, '0')")
            }
            Column::Region => {
                let global = literal::texts(ConfigurationItem::LEGACY_GLOBAL_TYPES);
                format!(
                    "CASE WHEN {kind} IN ({global}) THEN 'global' ELSE coalesce(nullif({own}, ''), \
                     {recorder}) END",
                    kind = self.text("resourcetype"),
                    own = self.text("awsregion"),
                    recorder = self.recorder(),
                )
            }
            Column::ResourceType | Column::ResourceId => {
                format!("coalesce({}, '')", self.text(field))
            }
            Column::Tags => self.tags(),
            Column::Configuration | Column::SupplementaryConfiguration | Column::Relationships => {
                self.json_text(field)
            }
            _ => self.text(field),
        }
    }

    /// A field as text; NULL where the table does not have it.
    fn text(&self, field: &str) -> String {
        match self.layout.item.field(field) {
            None => "CAST(NULL AS varchar)".to_owned(),
            Some(HiveType::Scalar(of)) if of == "string" || of.starts_with("varchar") => {
                format!("item.{}", literal::name(field))
            }
            Some(_) => format!("CAST(item.{} AS varchar)", literal::name(field)),
        }
    }

    fn first_of(&self, fields: &[&str]) -> String {
        let there = fields.iter().find(|field| self.layout.has_field(field));
        self.text(
            there
                .or_else(|| fields.first())
                .copied()
                .unwrap_or_default(),
        )
    }

    /// A body as JSON text, however the table types it.
    pub(super) fn json_text(&self, field: &str) -> String {
        match self.layout.item.field(field) {
            None | Some(HiveType::Scalar(_)) => self.text(field),
            Some(_) => format!("json_format(CAST(item.{} AS json))", literal::name(field)),
        }
    }

    fn tags(&self) -> String {
        let none = "CAST(MAP() AS map(varchar, varchar))";
        match self.layout.item.field("tags") {
            None => none.to_owned(),
            Some(HiveType::Scalar(_)) => format!(
                "coalesce(TRY(CAST(json_parse(item.\"tags\") AS map(varchar, varchar))), {none})"
            ),
            Some(_) => format!("coalesce(item.\"tags\", {none})"),
        }
    }

    /// The capture time, in UTC; where it is none, a state id may be the time in milliseconds.
    fn captured(&self) -> String {
        format!(
            "coalesce(CAST(TRY(from_iso8601_timestamp({time})) AT TIME ZONE 'UTC' AS \
             timestamp(3)), CASE WHEN regexp_like({state}, '^[0-9]{{13}}$') THEN \
             CAST(from_unixtime(CAST({state} AS bigint) / 1e3) AT TIME ZONE 'UTC' AS \
             timestamp(3)) END)",
            time = self.text("configurationitemcapturetime"),
            state = self.text("configurationstateid"),
        )
    }

    /// The Region whose recorder delivered the item.
    fn recorder(&self) -> String {
        self.folder_value(&KeyRole::Region, self.layout.path.region.as_deref())
    }

    fn folder_value(&self, role: &KeyRole, fixed: Option<&str>) -> String {
        match (self.layout.key(role), fixed) {
            (Some(key), _) => format!("CAST({} AS varchar)", literal::name(&key.name)),
            (None, Some(fixed)) => literal::text(fixed),
            (None, None) => "''".to_owned(),
        }
    }

    /// The condition on capture times.
    pub(super) fn inside(&self) -> String {
        let end = self.before_end();
        if self.period.start() == Timestamp::MIN {
            return end;
        }
        format!(
            "configurationitemcapturetime >= {} AND {end}",
            literal::timestamp(self.period.start())
        )
    }

    pub(super) fn before_end(&self) -> String {
        if self.period.end() == Timestamp::MAX {
            return "configurationitemcapturetime IS NOT NULL".to_owned();
        }
        format!(
            "configurationitemcapturetime < {}",
            literal::timestamp(self.period.end())
        )
    }

    /// Lists the relation's columns.
    fn columns(&self, value: &dyn Fn(Column) -> String) -> String {
        let listed = Column::ALL.map(|column| {
            let name = sql_name(column);
            let shown = match column {
                Column::Year | Column::Month | Column::Day => {
                    format!(
                        "CAST({name}({}) AS integer)",
                        local_time(self.period.zone())
                    )
                }
                // What is empty for comparing is missing for readers.
                Column::ResourceType | Column::ResourceId | Column::StateId => {
                    format!("nullif({name}, '')")
                }
                Column::Tags if self.tags_as_json => format!("json_format(CAST({name} AS json))"),
                other => value(other),
            };
            if shown == name {
                name
            } else {
                format!("{shown} AS {name}")
            }
        });
        listed.join(", ")
    }
}

/// Columns that are fields of an item, and the names of these fields.
const FIELDS: [(Column, &str); 16] = [
    (Column::Account, "awsaccountid"),
    (Column::Region, "awsregion"),
    (Column::AvailabilityZone, "availabilityzone"),
    (Column::ResourceType, "resourcetype"),
    (Column::ResourceId, "resourceid"),
    (Column::ResourceName, "resourcename"),
    (Column::Arn, "arn"),
    (Column::Status, "configurationitemstatus"),
    (Column::StateId, "configurationstateid"),
    (Column::CreationTime, "resourcecreationtime"),
    (Column::Version, "configurationitemversion"),
    (Column::RecordingFrequency, "recordingfrequency"),
    (Column::Tags, "tags"),
    (Column::Configuration, "configuration"),
    (
        Column::SupplementaryConfiguration,
        "supplementaryconfiguration",
    ),
    (Column::Relationships, "relationships"),
];

/// Returns a column's name in SQL.
pub(super) fn sql_name(column: Column) -> String {
    column.sql_name().to_ascii_lowercase()
}

/// The capture time as the clocks of a zone show it.
fn local_time(zone: &TimeZone) -> String {
    let time = "configurationitemcapturetime";
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) if name != "UTC" => format!(
            "with_timezone({time}, 'UTC') AT TIME ZONE {}",
            literal::text(name)
        ),
        (None, Ok(offset)) => format!("{time} + INTERVAL '{}' SECOND", offset.seconds()),
        _ => time.to_owned(),
    }
}

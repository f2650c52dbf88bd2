//! How a table over deliveries is laid out: which column holds the items, what its partition keys
//! mean, and in which form each key's values are written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use thiserror::Error;

use super::{DatePattern, GlueTable, HiveType};
use crate::domain::{CONFIG_FOLDER, DeliveryKind, ROOT_FOLDER};

/// A table, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLayout {
    /// Column that holds the array of items.
    pub items_column: String,
    /// Type of an item.
    pub item: HiveType,
    /// Partition keys in order.
    pub keys: Vec<PartitionKey>,
    /// Bucket of the deliveries.
    pub bucket: String,
    /// Where the deliveries lie below the bucket.
    pub path: DeliveryPath,
}

/// Why a table cannot be asked, as the end of a sentence: "has no …".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the table {0}")]
pub struct UnusableTable(String);

/// A partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionKey {
    /// Name.
    pub name: String,
    /// How its values are written in a statement.
    pub literal: KeyLiteral,
    /// What it means.
    pub role: KeyRole,
    /// Which values it has.
    pub values: KeyValues,
}

/// How a key's values are written in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLiteral {
    /// As text.
    Text,
    /// As a number.
    Number,
    /// As a date.
    Date,
}

impl KeyLiteral {
    fn of(hive_type: &str) -> Result<Self, UnusableTable> {
        let plain = hive_type.trim().to_ascii_lowercase();
        let of = plain.split('(').next().unwrap_or_default();
        match of {
            "string" | "varchar" | "char" => Ok(Self::Text),
            "tinyint" | "smallint" | "int" | "integer" | "bigint" => Ok(Self::Number),
            "date" => Ok(Self::Date),
            _ => Err(lacking(&format!("has a partition key of the type {plain}"))),
        }
    }
}

/// What a partition key means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRole {
    /// Account that recorded.
    Account,
    /// Region of the recorder.
    Region,
    /// Year of the delivery day.
    Year,
    /// Month of the delivery day.
    Month,
    /// Day of the month of the delivery day.
    Day,
    /// Delivery day, or its month or year, as one text.
    Date(DatePattern),
    /// History or snapshot.
    Kind,
    /// Something that no question names.
    Other,
}

/// Which values a key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValues {
    /// Exactly these.
    Enum(Vec<String>),
    /// Numbers in a range, written with at least so many digits.
    Integer {
        /// Smallest.
        first: i64,
        /// Largest.
        last: i64,
        /// Digits at least; 0 for no leading zeros.
        digits: usize,
    },
    /// Days in a pattern.
    Dates {
        /// The first, where the range names one.
        first: Option<Date>,
    },
    /// Whatever a statement names.
    Injected,
    /// Those of the partitions that were registered.
    Registered,
}

/// Where deliveries lie below a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPath {
    /// Up to and with `AWSLogs/`; several where a key's values stand in it.
    pub roots: Vec<String>,
    /// The one account that the location names.
    pub account: Option<String>,
    /// The one Region that the location names.
    pub region: Option<String>,
    /// The one kind of delivery that the location names.
    pub kind: Option<DeliveryKind>,
    /// Whether months and days have leading zeros.
    pub padded: bool,
}

impl TableLayout {
    /// Understands a table, or says what it lacks.
    pub fn of(table: &GlueTable) -> Result<Self, UnusableTable> {
        let (items_column, item) = items_of(table)?;
        let template = Template::of(table)?;
        if table.partition_keys.is_empty() {
            return Err(lacking(
                "has no partition keys, so that no period bounds what is read",
            ));
        }
        let keys: Vec<PartitionKey> = table
            .partition_keys
            .iter()
            .map(|column| {
                let role = template.role_of(&column.name, &table.parameters);
                Ok(PartitionKey {
                    literal: KeyLiteral::of(&column.hive_type)?,
                    values: values_of(table, &column.name)?,
                    name: column.name.clone(),
                    role,
                })
            })
            .collect::<Result<_, UnusableTable>>()?;
        let days_bounded = keys
            .iter()
            .any(|key| matches!(key.role, KeyRole::Year | KeyRole::Date(_)));
        if !days_bounded {
            return Err(lacking("has no partition key for the day of delivery"));
        }
        let padded = keys.iter().any(PartitionKey::is_padded);
        let path = template.path(&keys, padded)?;
        Ok(Self {
            items_column,
            item,
            bucket: template.bucket,
            keys,
            path,
        })
    }

    /// Says whether an item has a field.
    pub fn has_field(&self, name: &str) -> bool {
        self.item.field(name).is_some()
    }

    /// Says whether history and snapshots lie in partitions of their own.
    pub fn tells_kinds_apart(&self) -> bool {
        self.path.kind.is_some() || self.key(&KeyRole::Kind).is_some()
    }

    /// Says whether the partitions are registered, and not projected.
    pub fn is_registered(&self) -> bool {
        self.keys
            .iter()
            .any(|key| key.values == KeyValues::Registered)
    }

    /// Returns the days of delivery that Athena reads for a question about some: a table whose keys
    /// tell no days is read by whole months or years.
    pub fn reads_days(&self, (first, last): (Date, Date)) -> (Date, Date) {
        let has = |tells: fn(&KeyRole) -> bool| self.keys.iter().any(|key| tells(&key.role));
        if has(|role| matches!(role, KeyRole::Day))
            || has(|role| matches!(role, KeyRole::Date(pattern) if pattern.tells_days()))
        {
            (first, last)
        } else if has(|role| matches!(role, KeyRole::Month))
            || has(|role| matches!(role, KeyRole::Date(pattern) if pattern.tells_months()))
        {
            (first.first_of_month(), last.last_of_month())
        } else {
            (first.first_of_year(), last.last_of_year())
        }
    }

    /// Returns the fields of the contract's relation that tell kinds, differences and costs and
    /// that the table does not have.
    pub fn lacks(&self) -> Vec<String> {
        let missing = TELLING_FIELDS
            .into_iter()
            .filter(|field| !self.has_field(field));
        missing.map(str::to_owned).collect()
    }

    /// Returns the key of a role.
    pub fn key(&self, role: &KeyRole) -> Option<&PartitionKey> {
        self.keys.iter().find(|key| key.role == *role)
    }

    /// Says whether the table has a partition for a delivery folder.
    pub fn admits(&self, account: &str, region: &str, day: Date, kind: DeliveryKind) -> bool {
        let of_kind = |fixed: &Option<DeliveryKind>| fixed.is_none_or(|fixed| fixed == kind);
        of_kind(&self.path.kind)
            && self.keys.iter().all(|key| match &key.role {
                KeyRole::Account => key.has(account),
                KeyRole::Region => key.has(region),
                KeyRole::Year => key.has_number(day.year().into()),
                KeyRole::Month => key.has_number(day.month().into()),
                KeyRole::Day => key.has_number(day.day().into()),
                KeyRole::Kind => key.has(kind.folder_name()),
                KeyRole::Date(_) => key.has_day(day),
                KeyRole::Other => true,
            })
    }
}

/// Fields without which kinds, differences or costs cannot be told.
const TELLING_FIELDS: [&str; 5] = [
    "configuration",
    "supplementaryConfiguration",
    "relationships",
    "tags",
    "recordingFrequency",
];

impl PartitionKey {
    fn has(&self, value: &str) -> bool {
        match &self.values {
            KeyValues::Enum(values) => values.iter().any(|known| known == value),
            _ => true,
        }
    }

    fn has_day(&self, day: Date) -> bool {
        match &self.values {
            KeyValues::Dates { first: Some(first) } => *first <= day,
            _ => true,
        }
    }

    fn has_number(&self, value: i64) -> bool {
        match &self.values {
            KeyValues::Integer { first, last, .. } => (*first..=*last).contains(&value),
            KeyValues::Enum(values) => values.iter().any(|known| known.parse() == Ok(value)),
            _ => true,
        }
    }

    /// Says whether months or days have leading zeros among the key's values.
    fn is_padded(&self) -> bool {
        match (&self.role, &self.values) {
            (KeyRole::Date(pattern), _) => pattern.is_padded(),
            (KeyRole::Month | KeyRole::Day, KeyValues::Integer { digits, .. }) => *digits > 1,
            (KeyRole::Month | KeyRole::Day, KeyValues::Enum(values)) => {
                values.iter().any(|value| value.starts_with('0'))
            }
            _ => false,
        }
    }

    /// Returns the forms in which a number may stand among the key's values.
    pub fn forms_of(&self, number: i64) -> BTreeSet<String> {
        match &self.values {
            KeyValues::Integer { digits, .. } => [format!("{number:0digits$}")].into(),
            KeyValues::Enum(values) => {
                let same = values.iter().filter(|value| value.parse() == Ok(number));
                same.cloned().collect()
            }
            _ => [number.to_string(), format!("{number:02}")].into(),
        }
    }
}

/// Finds the column that holds the items.
fn items_of(table: &GlueTable) -> Result<(String, HiveType), UnusableTable> {
    for column in &table.columns {
        if let Some(HiveType::Array(item)) = HiveType::parse(&column.hive_type)
            && item.field("resourcetype").is_some()
            && item.field("configurationitemcapturetime").is_some()
        {
            return Ok((column.name.clone(), *item));
        }
    }
    Err(lacking(
        "has no column that is an array of configuration items with resourceType and configurationItemCaptureTime",
    ))
}

fn lacking(what: &str) -> UnusableTable {
    UnusableTable(what.to_owned())
}

fn values_of(table: &GlueTable, key: &str) -> Result<KeyValues, UnusableTable> {
    let property = |name: &str| table.parameters.get(&format!("projection.{key}.{name}"));
    let is_projected = table
        .parameters
        .get("projection.enabled")
        .is_some_and(|on| on.trim().eq_ignore_ascii_case("true"));
    if !is_projected {
        return Ok(KeyValues::Registered);
    }
    let wrong = |what: &str| lacking(&format!("has no usable projection.{key}.{what}"));
    let kind = property("type").ok_or_else(|| wrong("type"))?;
    match kind.trim().to_ascii_lowercase().as_str() {
        "enum" => {
            let values = property("values").ok_or_else(|| wrong("values"))?;
            Ok(KeyValues::Enum(
                values.split(',').map(str::to_owned).collect(),
            ))
        }
        "integer" => {
            let range = property("range").ok_or_else(|| wrong("range"))?;
            let bounds = range.split_once(',').and_then(|(first, last)| {
                Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
            });
            let (first, last) = bounds.ok_or_else(|| wrong("range"))?;
            let digits = property("digits").and_then(|digits| digits.trim().parse().ok());
            Ok(KeyValues::Integer {
                first,
                last,
                digits: digits.unwrap_or(0),
            })
        }
        "date" => {
            let pattern = property("format").and_then(|format| DatePattern::parse(format));
            let range = property("range").and_then(|range| range.split(',').next());
            let first = range
                .zip(pattern)
                .and_then(|(day, pattern)| pattern.read(day.trim()));
            Ok(KeyValues::Dates { first })
        }
        "injected" => Ok(KeyValues::Injected),
        _ => Err(wrong("type")),
    }
}

type Parameters = BTreeMap<String, String>;

/// The location of a partition, with the names of keys in it.
struct Template {
    bucket: String,
    /// Parts between slashes.
    parts: Vec<String>,
}

impl Template {
    fn of(table: &GlueTable) -> Result<Self, UnusableTable> {
        let text = table
            .parameters
            .get("storage.location.template")
            .unwrap_or(&table.location);
        let rest = text
            .strip_prefix("s3://")
            .or_else(|| text.strip_prefix("s3a://"))
            .ok_or_else(|| lacking("has no location on S3"))?;
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        let parts = path.split('/').filter(|part| !part.is_empty());
        Ok(Self {
            bucket: bucket.to_owned(),
            parts: parts.map(str::to_owned).collect(),
        })
    }

    /// Returns the place of the part after `AWSLogs`.
    fn after_root(&self) -> Option<usize> {
        self.parts
            .iter()
            .rposition(|part| part == ROOT_FOLDER)
            .map(|at| at + 1)
    }

    /// Returns the part so many places after `AWSLogs`: account, `Config`, Region, year, ….
    fn below_root(&self, places: usize) -> Option<&str> {
        self.parts
            .get(self.after_root()? + places)
            .map(String::as_str)
    }

    /// A key means what the part of the layout that it stands for means; one that is nowhere in
    /// the location means what its name says.
    fn role_of(&self, key: &str, parameters: &Parameters) -> KeyRole {
        let placeholder = format!("${{{key}}}");
        let pattern = || {
            let format = parameters.get(&format!("projection.{key}.format"))?;
            DatePattern::parse(format)
        };
        let at = (0..8).find(|places| self.below_root(*places) == Some(placeholder.as_str()));
        match at {
            Some(0) => KeyRole::Account,
            Some(2) => KeyRole::Region,
            Some(3) if pattern().is_some() => pattern().map_or(KeyRole::Other, KeyRole::Date),
            Some(3) => KeyRole::Year,
            Some(4) if !self.is_date(3, parameters) => KeyRole::Month,
            Some(5) if !self.is_date(3, parameters) => KeyRole::Day,
            Some(4..) => KeyRole::Kind,
            _ => role_of_name(key, pattern()),
        }
    }

    /// Says whether the part is a key that holds whole days.
    fn is_date(&self, places: usize, parameters: &Parameters) -> bool {
        let key = self
            .below_root(places)
            .and_then(|part| part.strip_prefix("${")?.strip_suffix('}'));
        key.is_some_and(|key| parameters.contains_key(&format!("projection.{key}.format")))
    }

    /// Returns where the deliveries lie.
    fn path(&self, keys: &[PartitionKey], padded: bool) -> Result<DeliveryPath, UnusableTable> {
        let end = self.after_root().unwrap_or(self.parts.len());
        let mut roots = vec![String::new()];
        for part in self.parts.get(..end).unwrap_or_default() {
            let values = match part.strip_prefix("${").and_then(|p| p.strip_suffix('}')) {
                None => vec![part.clone()],
                Some(name) => match keys
                    .iter()
                    .find(|key| key.name == name)
                    .map(|key| &key.values)
                {
                    Some(KeyValues::Enum(values)) => values.clone(),
                    _ => {
                        return Err(lacking(&format!(
                            "has the key {name} in its prefix, which is no enum"
                        )));
                    }
                },
            };
            roots = roots
                .iter()
                .flat_map(|root| values.iter().map(move |value| format!("{root}{value}/")))
                .collect();
        }
        if self.after_root().is_none() {
            for root in &mut roots {
                root.push_str(ROOT_FOLDER);
                root.push('/');
            }
        }
        let literal = |places: usize| {
            let part = self.below_root(places)?;
            (!part.starts_with("${")).then(|| part.to_owned())
        };
        if literal(1).is_some_and(|part| part != CONFIG_FOLDER) {
            return Err(lacking("does not lie over deliveries of AWS Config"));
        }
        let kinds = self
            .parts
            .iter()
            .rev()
            .find_map(|part| DeliveryKind::of_folder(part));
        Ok(DeliveryPath {
            roots,
            account: literal(0),
            region: literal(2),
            kind: kinds,
            padded,
        })
    }
}

fn role_of_name(key: &str, pattern: Option<DatePattern>) -> KeyRole {
    if let Some(pattern) = pattern {
        return KeyRole::Date(pattern);
    }
    let plain = key.replace(['_', '-'], "");
    match plain.as_str() {
        "account" | "accountid" | "awsaccountid" | "awsaccount" => KeyRole::Account,
        "region" | "awsregion" => KeyRole::Region,
        "year" | "yyyy" | "y" => KeyRole::Year,
        "month" | "mm" | "m" => KeyRole::Month,
        "day" | "dd" | "d" => KeyRole::Day,
        "type" | "kind" | "deliverytype" | "filetype" => KeyRole::Kind,
        "dt" | "date" | "datehour" => {
            DatePattern::parse("yyyy/M/d").map_or(KeyRole::Other, KeyRole::Date)
        }
        _ => KeyRole::Other,
    }
}

#[cfg(test)]
mod tests;

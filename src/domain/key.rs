//! The grammar of delivered keys: the only place that knows the layout of a lake.
//!
//! `[<prefix>/]AWSLogs/<account>/Config/<region>/<year>/<month>/<day>/<kind>/<file>`, where month
//! and day carry no leading zero (copies that add one are read as well).

use jiff::{Timestamp, civil::Date};

/// Folder under which every delivery lies.
pub const ROOT_FOLDER: &str = "AWSLogs";
/// Folder of AWS Config below an account.
pub const CONFIG_FOLDER: &str = "Config";

/// What a delivery folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryKind {
    /// Items as they were captured: what counts.
    History,
    /// The latest item of each resource, again and again: never counted as changes.
    Snapshot,
    /// Single notifications that were too large for SNS; their items are in the history as well.
    Oversized,
}

impl DeliveryKind {
    /// Parses the folder's name.
    pub fn of_folder(name: &str) -> Option<Self> {
        match name {
            "ConfigHistory" => Some(Self::History),
            "ConfigSnapshot" => Some(Self::Snapshot),
            "OversizedChangeNotification" => Some(Self::Oversized),
            _ => None,
        }
    }

    /// Returns the folder's name.
    pub fn folder_name(self) -> &'static str {
        match self {
            Self::History => "ConfigHistory",
            Self::Snapshot => "ConfigSnapshot",
            Self::Oversized => "OversizedChangeNotification",
        }
    }
}

/// The folder of one account, recorder Region, day and kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryFolder {
    /// Account that recorded.
    pub account: String,
    /// Region of the recorder, which is not always that of the resource.
    pub region: String,
    /// Day of delivery in UTC.
    pub day: Date,
    /// What it holds.
    pub kind: DeliveryKind,
}

/// Returns the folder that a file's key lies in, `None` for a key that is no delivery.
pub fn partition_of(key: &str) -> Option<DeliveryFolder> {
    let parts: Vec<&str> = key.split('/').collect();
    // The last `AWSLogs` that is followed by a whole delivery path: a prefix may be named so too.
    (0..parts.len())
        .rev()
        .filter(|i| parts.get(*i) == Some(&ROOT_FOLDER))
        .find_map(|root| match parts.get(root + 1..)? {
            [account, config, region, year, month, day, kind, _file, ..]
                if *config == CONFIG_FOLDER =>
            {
                Some(DeliveryFolder {
                    account: (*account).to_owned(),
                    region: (*region).to_owned(),
                    day: Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
                        .ok()?,
                    kind: DeliveryKind::of_folder(kind)?,
                })
            }
            _ => None,
        })
}

/// Returns the folder and the name of a key; `None` for one at the lake's top.
pub fn folder_and_name(key: &str) -> Option<(&str, &str)> {
    // A month has tens of thousands of keys, whose names are a hundred bytes long.
    let at = memchr::memrchr(b'/', key.as_bytes())?;
    Some((key.get(..at)?, key.get(at + 1..)?))
}

/// Returns the newest time stamp (`20241105T031201Z`) in the names of delivered files: of a history
/// file its last capture time. Names come mangled (URL-encoded, `:` replaced), so nothing here
/// decides what a file holds.
pub fn newest_stamp<'n>(names: impl Iterator<Item = &'n str>) -> Option<Timestamp> {
    let mut newest = None;
    for stamp in names.flat_map(stamps_of) {
        // As texts they are in the order of time: only what may be the newest is read.
        if newest.is_none_or(|(known, _)| known < stamp)
            && let Some(time) = time_of(stamp)
        {
            newest = Some((stamp, time));
        }
    }
    newest.map(|(_, time)| time)
}

/// Returns what has the form of a time stamp in a file name.
fn stamps_of(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter_map(|part| {
        let (stamp, rest) = part.split_at_checked(STAMP_BYTES)?;
        let rest = rest.strip_prefix('Z')?;
        let ends = rest.is_empty() || rest.starts_with('.');
        (ends && is_stamp(stamp)).then_some(stamp)
    })
}

fn time_of(stamp: &str) -> Option<Timestamp> {
    let time: jiff::civil::DateTime = stamp.parse().ok()?;
    jiff::tz::Offset::UTC.to_timestamp(time).ok()
}

/// Says whether a file of this name is no delivery but left behind by other tools, as Athena
/// sees it: hidden and underscore names are not read.
pub fn is_ignored_name(name: &str) -> bool {
    name.starts_with('.') || name.starts_with('_') || name == "ConfigWritabilityCheckFile"
}

/// Bytes of a time stamp without its zone.
const STAMP_BYTES: usize = 15;

/// Says whether a text has the form `20241105T031201`.
fn is_stamp(text: &str) -> bool {
    let is_part = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        _ => byte.is_ascii_digit(),
    };
    text.len() == STAMP_BYTES && text.bytes().enumerate().all(is_part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_documented_key() {
        let key = "o-org/a/b/AWSLogs/012345678912/Config/us-gov-west-1/2016/9/7/ConfigHistory/\
            012345678912_Config_us-gov-west-1_ConfigHistory_AWS::EC2::VPC_20160907T195818Z_20160907T201818Z_1.json.gz";
        let folder = partition_of(key).unwrap();
        assert_eq!(folder.account, "012345678912");
        assert_eq!(folder.region, "us-gov-west-1");
        assert_eq!(folder.day.to_string(), "2016-09-07");
        assert_eq!(folder.kind, DeliveryKind::History);
        let (_, name) = folder_and_name(key).unwrap();
        let newest = newest_stamp(std::iter::once(name)).unwrap();
        assert_eq!(newest.to_string(), "2016-09-07T20:18:18Z");
    }

    #[test]
    fn what_is_no_delivery() {
        for key in [
            "AWSLogs/012345678912/Config/ConfigWritabilityCheckFile",
            "AWSLogs/012345678912/CloudTrail/us-east-1/2024/01/02/x.json.gz",
            "AWSLogs/012345678912/Config/us-east-1/2024/13/2/ConfigHistory/x",
            "012345678912/Config/us-east-1/2024/1/2/ConfigHistory/x",
            "",
        ] {
            assert_eq!(partition_of(key), None, "{key}");
        }
        for name in [
            "no stamp in it",
            "a_20241305T010203Z.json",
            "a_2024-11-05T0102Z_b",
            "a_20241105t010203Z",
            "a_20241105T010203Zx",
            "a_20241105T010203",
        ] {
            assert_eq!(newest_stamp(std::iter::once(name)), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn layout_round_trips(
            prefix in proptest::collection::vec("[a-zA-Z0-9-]{1,8}|AWSLogs", 0..4),
            account in "[0-9]{12}", region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
            year in 2014i16..2040, month in 1i8..=12, day in 1i8..=28, kind in 0usize..3,
        ) {
            let kind = ["ConfigHistory", "ConfigSnapshot", "OversizedChangeNotification"][kind];
            let mut parts = prefix;
            parts.push(format!("AWSLogs/{account}/Config/{region}/{year}/{month}/{day}/{kind}/f.json.gz"));
            let folder = partition_of(&parts.join("/")).unwrap();
            prop_assert_eq!(folder.account, account);
            prop_assert_eq!(folder.region, region);
            prop_assert_eq!(folder.day, jiff::civil::date(year, month, day));
            prop_assert_eq!(Some(folder.kind), DeliveryKind::of_folder(kind));
        }

        #[test]
        fn the_newest_stamp_is_the_latest_time_that_any_name_says(
            stamps in proptest::collection::vec(
                (2014i16..2017, 0i8..14, 0i8..33, 0i8..26, 0i8..62, 0i8..60), 0..12,
            ),
            in_one in 1usize..4,
        ) {
            let names: Vec<String> = stamps
                .chunks(in_one)
                .map(|stamps| {
                    let text = |(year, month, day, hour, minute, second): &(i16, i8, i8, i8, i8, i8)| {
                        format!("_{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
                    };
                    let stamps: String = stamps.iter().map(text).collect();
                    format!("012345678912_Config_99991231T235959_x{stamps}.json.gz")
                })
                .collect();
            let times = stamps.iter().filter_map(|(year, month, day, hour, minute, second)| {
                let time = jiff::civil::DateTime::new(*year, *month, *day, *hour, *minute, *second, 0);
                jiff::tz::Offset::UTC.to_timestamp(time.ok()?).ok()
            });
            prop_assert_eq!(newest_stamp(names.iter().map(String::as_str)), times.max());
        }

        #[test]
        fn any_text_is_taken(key in "\\PC{0,60}") {
            partition_of(&key);
            newest_stamp(std::iter::once(&*key));
            prop_assert_eq!(folder_and_name(&key), key.rsplit_once('/'));
        }
    }
}

//! Moments as milliseconds since the epoch, and the forms in which AWS Config writes them.

use jiff::Timestamp;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

/// One minute.
pub(crate) const MINUTE: Millis = 60_000;
/// One hour.
pub(crate) const HOUR: Millis = 60 * MINUTE;
/// One day.
pub(crate) const DAY: Millis = 24 * HOUR;

/// The months of the demo, oldest first.
pub(crate) const MONTHS: [(i16, u8); 13] = [
    (2023, 11),
    (2023, 12),
    (2024, 1),
    (2024, 2),
    (2024, 3),
    (2024, 4),
    (2024, 5),
    (2024, 6),
    (2024, 7),
    (2024, 8),
    (2024, 9),
    (2024, 10),
    (2024, 11),
];

/// The UTC moment written `2024-11-05 03:10`; the epoch for anything else, which playing a plan
/// refuses.
pub(crate) fn at(text: &str) -> Millis {
    format!("{}:00Z", text.replace(' ', "T"))
        .parse::<Timestamp>()
        .map_or(0, Timestamp::as_millisecond)
}

/// A day and a UTC time of day (`03:10`) in a month.
pub(crate) fn on(month: (i16, u8), day: u64, clock: &str) -> Millis {
    at(&format!("{}-{:02}-{day:02} {clock}", month.0, month.1))
}

/// `2024-11-05T03:10:07.123Z`.
pub(crate) fn iso(moment: Millis) -> String {
    format(moment, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// `20241105T031007Z`, as in file names.
pub(crate) fn stamp(moment: Millis) -> String {
    format(moment, "%Y%m%dT%H%M%SZ")
}

/// `2024/11/5`, not padded, as in folders.
pub(crate) fn day_folder(moment: Millis) -> String {
    format(moment, "%Y/%-m/%-d")
}

/// `2024-11-05T03:10:07.000+0000`, as Lambda writes it.
pub(crate) fn offset_form(moment: Millis) -> String {
    format(moment, "%Y-%m-%dT%H:%M:%S.000+0000")
}

fn format(moment: Millis, pattern: &str) -> String {
    let timestamp = Timestamp::from_millisecond(moment).unwrap_or_default();
    timestamp.strftime(pattern).to_string()
}

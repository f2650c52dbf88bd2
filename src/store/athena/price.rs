//! What Athena charges for a statement. List price of most Regions, as of 2026-11-23:
//! $5 per TB scanned, counted in whole MB, 10 MB at least; results given again are free.

/// US dollars per TB.
const DOLLARS_PER_TB: f64 = 5.0;
/// Bytes of a MB, as Athena counts them.
const MB: u64 = 1_000_000;
/// MB that are charged at least.
const LEAST_MB: u64 = 10;

/// Returns the price of a statement in US dollars.
pub(super) fn dollars(scanned_bytes: u64) -> f64 {
    let mb = scanned_bytes.div_ceil(MB).max(LEAST_MB);
    #[expect(clippy::cast_precision_loss, reason = "an estimate in dollars")]
    let mb = mb as f64;
    mb * DOLLARS_PER_TB / 1e6
}

/// Writes dollars for people. What is less than a cent is not nothing.
pub(super) fn in_words(dollars: f64) -> String {
    if dollars < 0.01 {
        format!("${dollars:.5}")
    } else {
        format!("${dollars:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_megabytes_are_the_least() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(dollars(0), 0.000_05));
        assert!(close(dollars(10_000_000), 0.000_05));
        assert!(close(dollars(10_000_001), 0.000_055));
        assert!(close(dollars(1_000_000_000_000), 5.0));
    }

    #[test]
    fn prices_below_a_cent_are_told() {
        assert_eq!(in_words(0.000_05), "$0.00005");
        assert_eq!(in_words(0.05), "$0.05");
        assert_eq!(in_words(12.3), "$12.30");
    }
}

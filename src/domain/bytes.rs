//! Numbers of bytes for people.

/// Writes a number of bytes with a decimal unit, as AWS counts: `1.2 MB`.
pub fn human_bytes(bytes: u64) -> String {
    let units = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    match units.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let (whole, tenth) = (bytes / size, bytes % size / (size / 10));
            format!("{whole}.{tenth} {unit}")
        }
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(human_bytes(999), "999 B");
        assert_eq!(human_bytes(1_250_000), "1.2 MB");
        assert_eq!(human_bytes(10_000_000_000), "10.0 GB");
        assert_eq!(human_bytes(u64::MAX), "18446744.0 TB");
    }
}

//! Numbers for people.

/// Returns `n` with a comma between thousands.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns `now - before` with its sign.
pub(super) fn signed_difference(now: u64, before: u64) -> String {
    let sign = match now.cmp(&before) {
        std::cmp::Ordering::Less => "-",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "+",
    };
    format!("{sign}{}", grouped(now.abs_diff(before)))
}

/// Returns the relative difference with its sign and one decimal; `None` where nothing was before.
pub(super) fn percent(now: u64, before: u64) -> Option<String> {
    // Whole numbers: the same bytes everywhere. Halves are rounded up.
    let half = u128::from(before) / 2;
    let tenths = (u128::from(now.abs_diff(before)) * 1000 + half).checked_div(before.into())?;
    let sign = if now < before { '-' } else { '+' };
    let whole = grouped(u64::try_from(tenths / 10).unwrap_or(u64::MAX));
    Some(format!("{sign}{whole}.{}%", tenths % 10))
}

/// Returns `bytes` with a decimal unit.
pub(super) fn bytes(bytes: u64) -> String {
    let units = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    match units.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let (whole, tenth) = (bytes / size, bytes % size / (size / 10));
            format!("{}.{tenth} {unit}", grouped(whole))
        }
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(signed_difference(60, 1_101), "-1,041");
        assert_eq!(signed_difference(5, 5), "0");
        assert_eq!(percent(60, 101).unwrap(), "-40.6%");
        assert_eq!(percent(3, 2).unwrap(), "+50.0%");
        assert_eq!(percent(0, 3).unwrap(), "-100.0%");
        assert_eq!(percent(1, 0), None);
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_250_000), "1.2 MB");
        assert_eq!(bytes(u64::MAX), "18,446,744.0 TB");
    }
}

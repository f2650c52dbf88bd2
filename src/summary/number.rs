//! Numbers for people.

use crate::analysis::Usd;

/// Returns `n` with a comma between thousands.
pub fn grouped(n: u64) -> String {
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

/// Returns an amount: to the cent, below a dollar to the tenth of a cent.
pub(super) fn money(amount: Usd) -> String {
    let micros = amount.micros().unsigned_abs();
    let sign = if amount.micros() < 0 { "-" } else { "" };
    // Halves are rounded up.
    let rounded = |step: u64| micros.saturating_add(step / 2) / step;
    let thousandths = rounded(1_000);
    if micros > 0 && thousandths < 1_000 {
        return format!("{sign}$0.{thousandths:03}");
    }
    let cents = rounded(10_000);
    format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
}

/// Returns ascending numbers with runs as ranges: `2-4, 9`.
pub(super) fn ranges(numbers: &[u8], comma: &str) -> String {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let run = |(first, last): &(u8, u8)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(comma)
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
    }

    #[test]
    fn amounts() {
        for (micros, shown) in [
            (0, "$0.00"),
            (400, "$0.000"),
            (3_000, "$0.003"),
            (618_000, "$0.618"),
            (999_400, "$0.999"),
            (999_500, "$1.00"),
            (1_000_000, "$1.00"),
            (24_725_000, "$24.73"),
            (1_204_500_000, "$1,204.50"),
        ] {
            assert_eq!(money(Usd::from_micros(micros)), shown);
        }
        let less = Usd::from_micros(3_000).minus(Usd::from_micros(2_003_000));
        assert_eq!(money(less), "-$2.00");
    }

    #[test]
    fn runs_of_numbers() {
        assert_eq!(ranges(&[], ", "), "");
        assert_eq!(ranges(&[2, 3, 4, 9, 22, 23], ", "), "2-4, 9, 22-23");
        assert_eq!(ranges(&[254, 255], ", "), "254-255");
    }
}

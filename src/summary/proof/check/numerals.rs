//! Numbers as people write them.

/// A number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Its digits without the point.
    pub(super) mantissa: i128,
    /// Digits after the point.
    pub(super) decimals: u32,
    /// Whether a sign stands before it, and is a minus.
    pub(super) sign: Option<bool>,
    pub(super) unit: Unit,
    /// Japanese counter after it.
    pub(super) counter: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Percent,
    Usd,
    /// So many times as much.
    Times,
    /// Tenths, of which Japanese makes 割.
    Wari,
}

/// What stands for a number but cannot be read as one.
pub(super) type Read = Option<Number>;

const COUNTERS: &[&str] = &[
    "件", "個", "つ", "種類", "回", "日間", "日中", "人", "行", "本", "台",
];
const NOT_COUNTED: &[&str] = &[
    "日",
    "年",
    "月",
    "か月",
    "カ月",
    "ヶ月",
    "ヵ月",
    "時",
    "分",
    "秒",
    "週",
    "円",
    "ポイント",
    "番",
];
/// Digits that are read: more would overflow when compared.
const MOST_DIGITS: usize = 15;

/// Reads the number that begins at the start of `text`; returns how long it is. `before` is the
/// character before it.
pub(super) fn number(text: &str, before: Option<char>) -> Option<(usize, Read)> {
    let joined = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if before.is_some_and(joined) {
        return None;
    }
    let mut rest = text;
    let mut sign = None;
    if let Some(after) = rest.strip_prefix(['+', '-', '±']) {
        // 前月比-6件: after words without spaces between them it is a sign, and in `a-6` none.
        let is_joined = |c: char| c.is_ascii_alphanumeric() || is_counted(c);
        if before.is_some_and(is_joined) {
            return None;
        }
        sign = Some(rest.starts_with('-'));
        if rest.starts_with('±') {
            return after
                .starts_with(|c: char| c.is_ascii_digit())
                .then_some(('±'.len_utf8(), None));
        }
        rest = after;
    }
    let mut unit = Unit::None;
    for mark in ["US$", "USD ", "$"] {
        if let Some(after) = rest.strip_prefix(mark) {
            (rest, unit) = (after, Unit::Usd);
            break;
        }
    }
    let (len, value) = digits(rest).or_else(|| (unit == Unit::None).then(|| kanji(rest))?)?;
    rest = rest.get(len..)?;
    let mut counter = None;
    if let Some((after, found)) = suffix(rest) {
        rest = after;
        match found {
            Suffix::Unit(found) if unit == Unit::None => unit = found,
            Suffix::Unit(_) | Suffix::Strange => return Some((text.len() - rest.len(), None)),
            Suffix::Counter(found) => counter = Some(found),
        }
    }
    let read = text.len() - rest.len();
    // `77k`, `3rd`, `76+`: not what it seems.
    let tail = rest.chars().next();
    if let Some(after) = rest.strip_prefix('+')
        && !after.starts_with(|c: char| c.is_ascii_digit())
    {
        return Some((text.len() - after.len(), None));
    }
    let is_cut = counter.is_none()
        && unit != Unit::Percent
        && tail.is_some_and(|c| {
            c.is_ascii_alphanumeric()
                || c == '_'
                || (matches!(c, '.' | ',' | ':' | '/' | '-')
                    && rest
                        .chars()
                        .nth(1)
                        .is_some_and(|c| c.is_ascii_alphanumeric()))
        });
    if is_cut {
        let end = rest
            .find(|c: char| {
                !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | ':' | '/' | '-'))
            })
            .unwrap_or(rest.len());
        return Some((read + end, None));
    }
    let number = value.map(|(mantissa, decimals)| Number {
        mantissa,
        decimals,
        sign,
        unit,
        counter,
    });
    Some((read, number))
}

/// Says whether a mark after the character stands between two numbers: 5日-9日, 10件-12件.
fn is_counted(c: char) -> bool {
    c.is_numeric() || "日月年時分秒件個回つ円".contains(c)
}

enum Suffix {
    Unit(Unit),
    Counter(&'static str),
    /// Of something that the facts do not count.
    Strange,
}

/// Takes a unit or counter off the start, with the space before it.
fn suffix(rest: &str) -> Option<(&str, Suffix)> {
    let bare = rest.strip_prefix(' ').unwrap_or(rest);
    for (mark, unit) in [
        ("%", Unit::Percent),
        ("percentage", Unit::None),
        ("percent", Unit::Percent),
        ("per cent", Unit::Percent),
        ("パーセント", Unit::Percent),
        ("USD", Unit::Usd),
        ("US dollars", Unit::Usd),
        ("dollars", Unit::Usd),
        ("米ドル", Unit::Usd),
        ("ドル", Unit::Usd),
        ("times", Unit::Times),
        ("倍", Unit::Times),
        ("割", Unit::Wari),
    ] {
        if let Some(after) = bare.strip_prefix(mark)
            && !(mark.is_ascii() && after.starts_with(|c: char| c.is_ascii_alphanumeric()))
            && unit != Unit::None
        {
            return Some((after, Suffix::Unit(unit)));
        }
    }
    if let Some(found) = COUNTERS.iter().find_map(|counter| {
        let after = bare.strip_prefix(counter)?;
        Some((after, Suffix::Counter(counter)))
    }) {
        return Some(found);
    }
    NOT_COUNTED
        .iter()
        .find_map(|mark| Some((bare.strip_prefix(mark)?, Suffix::Strange)))
}

/// Reads digits with or without commas between thousands and a point, and what kanji multiply
/// them.
fn digits(text: &str) -> Option<(usize, Option<(i128, u32)>)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .unwrap_or(text.len());
    let whole = text.get(..end)?.trim_end_matches(',');
    if whole.is_empty() || !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut len = whole.len();
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = whole.contains(',');
    let is_sound = !is_grouped || ((1..=3).contains(&first.len()) && groups.all(|g| g.len() == 3));
    let tail = text.get(len..)?;
    let fraction = tail.strip_prefix('.').map_or("", |tail| {
        let end = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        tail.get(..end).unwrap_or_default()
    });
    if !fraction.is_empty() {
        len += 1 + fraction.len();
    }
    let all: String = whole
        .chars()
        .chain(fraction.chars())
        .filter(|c| *c != ',')
        .collect();
    let rest = text.get(len..)?;
    if rest.starts_with(['万', '千', '百', '億']) {
        // 1万2千: the parts add up.
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || kanji_value(c).is_some()))
            .unwrap_or(rest.len());
        let mixed = format!("{}{}", whole.replace(',', ""), rest.get(..end)?);
        let value = (is_sound && fraction.is_empty())
            .then(|| mixed_value(&mixed))
            .flatten();
        return Some((len + end, value.map(|value| (value, 0))));
    }
    let value = (is_sound && all.len() <= MOST_DIGITS && fraction.len() <= 6)
        .then(|| all.parse().ok())
        .flatten();
    let decimals = u32::try_from(fraction.len()).unwrap_or(0);
    Some((len, value.map(|value| (value, decimals))))
}

/// Reads a number in kanji; a single one only before a counter: 一方 is a word.
fn kanji(text: &str) -> Option<(usize, Option<(i128, u32)>)> {
    let end = text
        .find(|c: char| kanji_value(c).is_none())
        .unwrap_or(text.len());
    let run = text.get(..end)?;
    if run.is_empty() {
        return None;
    }
    let rest = text.get(end..)?;
    let counted = suffix(rest).is_some()
        || ["アカウント", "リージョン", "タイプ", "か月", "カ月", "ヶ月"]
            .iter()
            .any(|noun| rest.trim_start().starts_with(noun));
    (counted || run.chars().count() > 1).then(|| (end, mixed_value(run).map(|value| (value, 0))))
}

/// A digit, or what it is multiplied by.
fn kanji_value(c: char) -> Option<i128> {
    const DIGITS: &str = "〇一二三四五六七八九";
    if let Some(at) = DIGITS.chars().position(|digit| digit == c) {
        return i128::try_from(at).ok();
    }
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        '万' => Some(10_000),
        '億' => Some(100_000_000),
        _ => None,
    }
}

/// Adds up digits and multipliers: 二百六, 1万2千, 二〇六.
fn mixed_value(text: &str) -> Option<i128> {
    let (mut sum, mut part, mut digits): (i128, i128, Option<i128>) = (0, 0, None);
    for c in text.chars() {
        let value = match c.to_digit(10) {
            Some(digit) => i128::from(digit),
            None => kanji_value(c)?,
        };
        if value < 10 {
            digits = Some(digits.unwrap_or(0).checked_mul(10)?.checked_add(value)?);
        } else if value < 10_000 {
            part = part.checked_add(digits.take().unwrap_or(1).checked_mul(value)?)?;
        } else {
            let myriads = part.checked_add(digits.take().unwrap_or(0))?.max(1);
            sum = sum.checked_add(myriads.checked_mul(value)?)?;
            part = 0;
        }
    }
    let all = sum.checked_add(part)?.checked_add(digits.unwrap_or(0))?;
    (all < 10_i128.pow(15)).then_some(all)
}

/// Reads the number in English words that begins at the start of `text`.
pub(super) fn worded(text: &str, before: Option<char>) -> Option<(usize, Read)> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'')) {
        return None;
    }
    let (mut total, mut part): (i128, i128) = (0, 0);
    let (mut len, mut at, mut words) = (0, 0, 0);
    let mut last = 0;
    loop {
        let rest = text.get(at..)?;
        let end = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let word = rest.get(..end)?.to_ascii_lowercase();
        // "a hundred", "two hundred and six".
        let is_glue = (words == 0 && word == "a" && begins_large(rest.get(end..)))
            || (word == "and" && last >= 100 && begins_small(rest.get(end..)));
        if !is_glue {
            let Some(value) = word_value(&word) else {
                break;
            };
            if rest
                .get(end..)?
                .starts_with(|c: char| c.is_ascii_digit() || c == '_')
            {
                break;
            }
            match value {
                12 if word == "dozen" => part = part.max(1) * 12,
                100 => part = part.max(1) * 100,
                1_000.. => {
                    total += part.max(1) * value;
                    part = 0;
                }
                // "two three" is no number.
                _ if words > 0 && last < 100 && (last < 20 || value >= 10) => {
                    break;
                }
                _ => part += value,
            }
            last = value;
            words += 1;
            len = at + end;
        }
        let next = text.get(at + end..)?;
        let Some(step) = next.strip_prefix([' ', '-']) else {
            break;
        };
        at = text.len() - step.len();
        if words > 12 {
            return Some((len, None));
        }
    }
    if words == 0 {
        return None;
    }
    let (rest, unit) = match suffix(text.get(len..)?) {
        Some((rest, Suffix::Unit(unit))) => (rest, unit),
        _ => (text.get(len..)?, Unit::None),
    };
    let number = Number {
        mantissa: total + part,
        decimals: 0,
        sign: None,
        unit,
        counter: None,
    };
    Some((text.len() - rest.len(), Some(number)))
}

fn begins_large(rest: Option<&str>) -> bool {
    let next = rest
        .and_then(|rest| rest.strip_prefix(' '))
        .unwrap_or_default();
    ["hundred ", "thousand ", "dozen "]
        .iter()
        .any(|word| next.starts_with(word))
}

fn begins_small(rest: Option<&str>) -> bool {
    let next = rest
        .and_then(|rest| rest.strip_prefix(' '))
        .unwrap_or_default();
    let word = next.split(|c: char| !c.is_ascii_alphabetic()).next();
    word.and_then(word_value).is_some_and(|value| value < 100)
}

fn word_value(word: &str) -> Option<i128> {
    const WORDS: &[&str] = &[
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: &[&str] = &[
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let place = |words: &[&str]| {
        let at = words.iter().position(|of| of.eq_ignore_ascii_case(word))?;
        i128::try_from(at).ok()
    };
    place(WORDS)
        .or_else(|| place(TENS).map(|at| at * 10 + 20))
        .or(match word {
            "hundred" => Some(100),
            "thousand" => Some(1_000),
            "million" => Some(1_000_000),
            "dozen" => Some(12),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(i128, u32, Unit)> {
        let (len, number) = number(text, None).or_else(|| worded(text, None))?;
        assert_eq!(len, text.len(), "{text}");
        number.map(|n| {
            let sign = if n.sign == Some(true) { -1 } else { 1 };
            (n.mantissa * sign, n.decimals, n.unit)
        })
    }

    #[test]
    fn numbers_in_digits() {
        for (text, mantissa, decimals, unit) in [
            ("77", 77, 0, Unit::None),
            ("1,204", 1_204, 0, Unit::None),
            ("1204", 1_204, 0, Unit::None),
            ("-40.6%", -406, 1, Unit::Percent),
            ("+36", 36, 0, Unit::None),
            ("$6.18", 618, 2, Unit::Usd),
            ("12 percent", 12, 0, Unit::Percent),
            ("6.18 USD", 618, 2, Unit::Usd),
            ("6.18 ドル", 618, 2, Unit::Usd),
            ("2 倍", 2, 0, Unit::Times),
            ("77 件", 77, 0, Unit::None),
            ("1万2千", 12_000, 0, Unit::None),
            ("十二件", 12, 0, Unit::None),
            ("二百六", 206, 0, Unit::None),
            ("三千", 3_000, 0, Unit::None),
            ("二〇六", 206, 0, Unit::None),
        ] {
            assert_eq!(read(text), Some((mantissa, decimals, unit)), "{text}");
        }
    }

    #[test]
    fn numbers_in_words() {
        for (text, value) in [
            ("two", 2),
            ("twelve", 12),
            ("twenty-eight", 28),
            ("two hundred and six", 206),
            ("one thousand two hundred four", 1_204),
            ("a dozen ", 12),
            ("two dozen", 24),
        ] {
            let (_, number) = worded(text, None).unwrap();
            assert_eq!(number.unwrap().mantissa, value, "{text}");
        }
        assert_eq!(worded("often", None), None);
        assert_eq!(worded("a day", None), None);
    }

    #[test]
    fn what_only_looks_like_a_number_has_no_value() {
        for text in [
            "1,20",
            "12k",
            "1.2.3",
            "3rd",
            "0.0.0.0/0",
            "9999999999999999999",
        ] {
            assert_eq!(number(text, None), Some((text.len(), None)), "{text}");
        }
        assert_eq!(number("3", Some('S')), None);
        assert_eq!(number("一方", None), None);
    }
}

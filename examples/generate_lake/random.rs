//! Chance that repeats itself: numbers drawn from a seed, and texts that belong to a number.

/// Numbers drawn one after the other (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Draws that belong to a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.any() % bound.max(1)
    }

    /// A duration, or any other signed number, from `least` to below `bound`.
    pub(crate) fn between(&mut self, least: i64, bound: i64) -> i64 {
        let width = u64::try_from(bound - least).unwrap_or(1);
        least + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// Something that happens so many times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// A number below `bound`, small ones far more often: few resources change often.
    pub(crate) fn skewed(&mut self, bound: u32) -> u32 {
        let one = self.below(1 << 16);
        let square = (one * one) >> 16;
        u32::try_from((square * u64::from(bound)) >> 16).unwrap_or(0)
    }
}

/// A number that belongs to several.
pub(crate) fn hash(parts: &[u64]) -> u64 {
    parts.iter().fold(0x005e_ed0f_1a4e, |hash, part| {
        mixed(hash.rotate_left(23) ^ mixed(part.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    })
}

/// Hexadecimal digits that belong to a number.
pub(crate) fn hex(seed: u64, length: usize) -> String {
    let mut digits = String::with_capacity(length + 16);
    let mut random = Random::new(seed);
    while digits.len() < length {
        let mut number = random.any();
        for _ in 0..16 {
            let digit = char::from_digit(u32::try_from(number & 15).unwrap_or(0), 16);
            digits.extend(digit);
            number >>= 4;
        }
    }
    digits.truncate(length);
    digits
}

/// A UUID that belongs to a number.
pub(crate) fn uuid(seed: u64) -> String {
    let mut random = Random::new(seed);
    let (high, low) = (random.any(), random.any());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// Letters and digits of an alphabet that belong to a number.
pub(crate) fn letters(seed: u64, alphabet: &str, length: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut random = Random::new(seed);
    (0..length)
        .filter_map(|_| pick(&letters, random.any()).copied())
        .collect()
}

/// The element of a list that belongs to a number.
pub(crate) fn pick<T>(list: &[T], number: u64) -> Option<&T> {
    let count = u64::try_from(list.len()).unwrap_or(1).max(1);
    list.get(usize::try_from(number % count).unwrap_or(0))
}

/// The word of a list that belongs to a number.
pub(crate) fn word(list: &[&'static str], number: u64) -> &'static str {
    pick(list, number).copied().unwrap_or_default()
}

fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

//! Texts that a file is searched for before it is parsed.

use aho_corasick::AhoCorasick;
use memchr::memmem;

/// Texts up to which each is looked for by itself, which is faster than all of them in one pass.
const FEW: usize = 8;

/// What a file is searched for.
pub struct Search<'a> {
    /// Texts of which any item that is wanted has one.
    pub needles: &'a Needles,
    /// Takes the ids and ARNs of the resources whose items are read past.
    pub passed: &'a mut dyn FnMut(&str),
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("needles", self.needles)
            .finish_non_exhaustive()
    }
}

/// Texts of which any item that is wanted has one.
#[derive(Debug)]
pub struct Needles(Kind);

#[derive(Debug)]
enum Kind {
    Few(Vec<memmem::Finder<'static>>),
    Many(AhoCorasick),
}

impl Needles {
    /// Returns the texts to look for; `None` where they are too many to be looked for.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let texts: Vec<&str> = texts.into_iter().collect();
        if texts.len() > FEW {
            return Some(Self(Kind::Many(AhoCorasick::new(texts).ok()?)));
        }
        let finders = texts
            .into_iter()
            .map(|text| memmem::Finder::new(text).into_owned());
        Some(Self(Kind::Few(finders.collect())))
    }

    /// Says whether any of them is in a text.
    pub(super) fn are_in(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Few(finders) => finders
                .iter()
                .any(|finder| finder.find(text.as_bytes()).is_some()),
            Kind::Many(searcher) => searcher.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_found_alike() {
        let names: Vec<String> = (10..60).map(|n| format!("i-0{n}")).collect();
        for count in [1, FEW, FEW + 1, 50] {
            let texts = names.iter().take(count).map(String::as_str);
            let needles = Needles::new(texts).unwrap();
            let last = &names[count - 1];
            assert!(needles.are_in(&format!("{{\"resourceId\":\"{last}\"}}")));
            assert!(!needles.are_in("{\"resourceId\":\"i-099\"}"));
        }
        assert!(!Needles::new([]).unwrap().are_in("anything"));
    }
}

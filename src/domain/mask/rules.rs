//! The lists of `masked.toml`, parsed once.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// Rules as they are used.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) paths: Vec<PathRule>,
    pub(super) when: Vec<When>,
    pub(super) containers: Vec<Container>,
    /// Terms with a blank behind, and one before where they are whole words.
    pub(super) terms: Vec<String>,
    pub(super) neutral: BTreeSet<String>,
    pub(super) harmless: BTreeSet<String>,
    pub(super) reference_members: BTreeSet<String>,
    pub(super) setting_values: BTreeSet<String>,
    /// By the first byte of the prefix.
    pub(super) tokens: Vec<Vec<Token>>,
}

/// Paths whose values are masked in bodies of some types.
#[derive(Debug)]
pub(super) struct PathRule {
    types: Vec<String>,
    /// Segments in lower case.
    pub(super) paths: Vec<Vec<String>>,
}

impl PathRule {
    pub(super) fn is_for(&self, resource_type: &str) -> bool {
        self.types
            .iter()
            .any(|wanted| match wanted.strip_suffix('*') {
                Some(start) => resource_type
                    .get(..start.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(start)),
                None => resource_type.eq_ignore_ascii_case(wanted),
            })
    }
}

/// A pair whose value is masked where another member says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub(super) member: String,
    pub(super) equals: String,
    pub(super) masks: String,
    #[serde(rename = "reason")]
    _reason: String,
}

/// Members of any type whose values are masked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Container {
    pub(super) keys: Vec<String>,
    #[serde(default)]
    pub(super) unless: Vec<String>,
    /// Whether a lone text under the key is masked as well.
    #[serde(default)]
    pub(super) scalars: bool,
    #[serde(rename = "reason")]
    _reason: String,
}

/// A credential known by its beginning.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) prefix: Vec<u8>,
    pub(super) body: Body,
    pub(super) least: usize,
    pub(super) most: Option<usize>,
    pub(super) mixed: bool,
}

/// Characters that may follow a prefix.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Body {
    Upper,
    Alnum,
    Word,
    Path,
}

impl Body {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Path => byte.is_ascii_alphanumeric() || b"_-./+=%:~".contains(&byte),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: Vec<FilePath>,
    when: Vec<When>,
    container: Vec<Container>,
    term: Vec<FileTerm>,
    neutral: Words,
    harmless: Words,
    reference_members: Words,
    setting_values: Words,
    token: Vec<FileToken>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePath {
    types: Vec<String>,
    paths: Vec<String>,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTerm {
    words: Vec<String>,
    #[serde(default)]
    glued: bool,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(alias = "keys")]
    words: BTreeSet<String>,
    #[serde(rename = "reason")]
    _reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToken {
    prefixes: Vec<String>,
    body: Body,
    least: usize,
    most: Option<usize>,
    #[serde(default)]
    mixed: bool,
    #[serde(rename = "reason")]
    _reason: String,
}

/// The rules of the built-in file.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is built in and a test parses it; without rules secrets would pass"
    )]
    parse(include_str!("masked.toml")).expect("masked.toml is well-formed")
});

fn parse(text: &str) -> Result<Rules, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    let terms = file.term.iter().flat_map(|term| {
        term.words.iter().map(|word| {
            let start = if term.glued { "" } else { " " };
            format!("{start}{word} ")
        })
    });
    let mut tokens: Vec<Vec<Token>> = (0..=u8::MAX).map(|_| Vec::new()).collect();
    for token in &file.token {
        for prefix in &token.prefixes {
            let first = prefix.bytes().next().map_or(0, usize::from);
            if let Some(bucket) = tokens.get_mut(first) {
                bucket.push(Token {
                    prefix: prefix.as_bytes().to_vec(),
                    body: token.body,
                    least: token.least,
                    most: token.most,
                    mixed: token.mixed,
                });
            }
        }
    }
    Ok(Rules {
        paths: file.path.iter().map(path_rule).collect(),
        when: file.when,
        containers: file.container,
        terms: terms.collect(),
        neutral: file.neutral.words,
        harmless: file.harmless.words,
        reference_members: file.reference_members.words,
        setting_values: file.setting_values.words,
        tokens,
    })
}

fn path_rule(rule: &FilePath) -> PathRule {
    let segments = |path: &String| {
        let path = path.strip_suffix("/**").unwrap_or(path);
        path.split('/').map(str::to_ascii_lowercase).collect()
    };
    PathRule {
        types: rule.types.clone(),
        paths: rule.paths.iter().map(segments).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{bare, spaced};
    use super::*;

    #[test]
    fn the_built_in_lists_parse_and_are_normalised() {
        let rules = parse(include_str!("masked.toml")).unwrap();
        assert!(rules.paths.len() > 20);
        for key in rules.harmless.iter().chain(&rules.reference_members) {
            assert_eq!(key, &bare(&spaced(key)), "{key}");
        }
        for rule in &rules.paths {
            for path in &rule.paths {
                assert!(
                    !path
                        .iter()
                        .any(|segment| segment.is_empty() || segment == "**")
                );
            }
        }
        for token in rules.tokens.iter().flatten() {
            assert!(token.most.is_none_or(|most| most >= token.least));
        }
    }
}

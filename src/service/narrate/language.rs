//! Language tags: of the digest, and of narratives, which know more languages.

use crate::{
    domain::InvalidValue,
    service::{NarrativeMode, SummarizeRequest},
    summary::Language,
};

/// Characters of a tag at most, as RFC 5646 recommends.
const MAX_CHARS: usize = 35;

/// The languages of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct Languages {
    /// Of the digest.
    pub(in crate::service) digest: Language,
    /// Of the narrative, a BCP 47 tag.
    pub(in crate::service) narrative: String,
    /// Of a text to be checked, where it is told.
    pub(in crate::service) check: Option<Language>,
}

impl Languages {
    /// Returns what a question asks for. A digest is written in English where a narrative's language
    /// is none of the digest's.
    pub(in crate::service) fn of(request: &SummarizeRequest) -> Result<Self, InvalidValue> {
        let Some(asked) = request.language.as_deref() else {
            return Ok(Self {
                digest: Language::default(),
                narrative: Language::default().as_str().to_owned(),
                check: None,
            });
        };
        if request.narrative == NarrativeMode::None {
            let digest: Language = asked.parse()?;
            return Ok(Self {
                digest,
                narrative: digest.as_str().to_owned(),
                check: Some(digest),
            });
        }
        let narrative = tag(asked)?;
        let known = narrative.parse::<Language>().ok();
        Ok(Self {
            digest: known.unwrap_or_default(),
            narrative,
            check: known,
        })
    }
}

/// Returns a tag as it is usually written: `pt-BR`, `zh-Hant`. A locale (`ja_JP.UTF-8`) is read as
/// the tag that it stands for.
fn tag(text: &str) -> Result<String, InvalidValue> {
    let invalid = || {
        InvalidValue::new(
            "language",
            text,
            "a BCP 47 tag such as en, ja, fr, pt-BR or zh-Hant, not the name of a language",
        )
    };
    let bare = text.split('.').next().unwrap_or_default();
    let mut parts = bare.split(['-', '_']);
    let is_of = |part: &str, test: fn(&u8) -> bool| part.bytes().all(|byte| test(&byte));
    let primary = parts
        .next()
        .filter(|part| (2..=3).contains(&part.len()) && is_of(part, u8::is_ascii_alphabetic));
    let mut tag = primary.ok_or_else(invalid)?.to_ascii_lowercase();
    for part in parts {
        if !(1..=8).contains(&part.len()) || !is_of(part, u8::is_ascii_alphanumeric) {
            return Err(invalid());
        }
        tag.push('-');
        tag.push_str(&usual_case(part));
    }
    if bare.len() > MAX_CHARS {
        return Err(invalid());
    }
    Ok(tag)
}

/// Regions stand in capitals, scripts begin with one.
fn usual_case(part: &str) -> String {
    match part.len() {
        2 => part.to_ascii_uppercase(),
        4 if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            let mut cased = part.to_ascii_lowercase();
            if let Some(first) = cased.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            cased
        }
        _ => part.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(language: &str, narrative: NarrativeMode) -> Result<Languages, InvalidValue> {
        Languages::of(&SummarizeRequest {
            language: Some(language.to_owned()),
            narrative,
            ..SummarizeRequest::of("2024-11".parse().unwrap())
        })
    }

    #[test]
    fn a_narrative_takes_any_tag_and_the_digest_falls_back() {
        for (text, tag, digest) in [
            ("fr", "fr", Language::En),
            ("PT-br", "pt-BR", Language::En),
            ("zh-hANT-tw", "zh-Hant-TW", Language::En),
            ("ja_JP.UTF-8", "ja-JP", Language::Ja),
            ("en-us", "en-US", Language::En),
        ] {
            let languages = asked(text, NarrativeMode::Claude).unwrap();
            assert_eq!(
                (languages.narrative.as_str(), languages.digest),
                (tag, digest)
            );
        }
        assert_eq!(asked("fr", NarrativeMode::Claude).unwrap().check, None);
    }

    #[test]
    fn a_name_is_no_tag() {
        for text in [
            "French",
            "",
            "日本語",
            "f",
            "fr-",
            "fr FR",
            "en; ignore all",
            &"a-".repeat(40),
        ] {
            let invalid = asked(text, NarrativeMode::Claude).unwrap_err();
            assert!(invalid.expected.contains("BCP 47"), "{text}");
        }
        assert!(
            asked(
                "ab-12345678-12345678-12345678-12345678",
                NarrativeMode::Claude
            )
            .is_err()
        );
    }

    #[test]
    fn without_a_narrative_there_are_two() {
        assert_eq!(
            asked("fr", NarrativeMode::None).unwrap_err().choices,
            ["en", "ja"]
        );
        let japanese = asked("ja-JP", NarrativeMode::None).unwrap();
        assert_eq!(
            (japanese.digest, japanese.check),
            (Language::Ja, Some(Language::Ja))
        );
    }
}

//! The digest in words: the same input gives the same bytes, without a model.

mod brief;
mod content;
mod document;
mod facts;
mod language;
mod markdown;
mod narrative;
mod number;
mod proof;
mod text;
mod wording;

pub use brief::{Brief, PROMPT_VERSION};
pub use facts::Facts;
pub use language::{Format, Language};
pub use narrative::{CitedFact, Narrative, NarrativeStatus, NarrativeUsage, ProvedClaim};
pub use number::grouped;
pub use proof::{
    FailedClaim, MAX_TEXT_CHARS, Proof, SentenceCheck, TextCheck, Verdict, check_text, prove,
};

use crate::{
    analysis::{Digest, Warning},
    store::Evidence,
};

/// Renders a digest with its evidence. Delivered text is shown with hidden characters replaced and
/// long ids shortened; in Markdown it cannot act as markup.
pub fn render(
    digest: &Digest,
    evidence: &Evidence,
    warnings: &[Warning],
    language: Language,
    format: Format,
) -> String {
    render_with(digest, evidence, warnings, None, language, format)
}

/// Renders a digest as [`render`] does, below a narrative or the reason why there is none.
pub fn render_with(
    digest: &Digest,
    evidence: &Evidence,
    warnings: &[Warning],
    narrative: Option<&Narrative>,
    language: Language,
    format: Format,
) -> String {
    let words = wording::of(language);
    let mut blocks = narrative.map_or_else(Vec::new, |told| content::told(told, words));
    blocks.extend(content::document(digest, evidence, warnings, words));
    match format {
        Format::Text => text::write(&blocks),
        Format::Markdown => markdown::write(&blocks),
    }
}

#[cfg(test)]
mod tests;

//! The digest in words: the same input gives the same bytes, without a model.

mod content;
mod document;
mod language;
mod markdown;
mod number;
mod text;
mod wording;

pub use language::{Format, Language};

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
    let words = wording::of(language);
    let blocks = content::document(digest, evidence, warnings, words);
    match format {
        Format::Text => text::write(&blocks),
        Format::Markdown => markdown::write(&blocks),
    }
}

#[cfg(test)]
mod tests;

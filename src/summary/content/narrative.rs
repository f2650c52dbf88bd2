//! A narrative above the digest, or the reason why there is none.

use crate::summary::{
    document::{Block, Line, Span, own},
    narrative::{Narrative, NarrativeStatus},
    wording::{NarrativeWords, Wording},
};

/// Returns the blocks of a narrative.
pub(in crate::summary) fn told(narrative: &Narrative, words: &Wording) -> Vec<Block> {
    let says = &words.narrative;
    match narrative.status {
        NarrativeStatus::Verified => {
            let claims = narrative.claims.iter().map(|claim| {
                vec![Span::Claim {
                    plain: claim.text.clone(),
                    markdown: claim.markdown.clone(),
                }]
            });
            vec![
                Block::Heading(heading(narrative, says)),
                Block::List(claims.collect()),
            ]
        }
        NarrativeStatus::Pending => {
            let handle = narrative.handle.as_deref().unwrap_or_default();
            vec![Block::Paragraph(vec![vec![
                Span::Own(says.pending.to_owned()),
                Span::delivered(handle),
            ]])]
        }
        NarrativeStatus::Unavailable => vec![Block::Paragraph(vec![unavailable(narrative, says)])],
    }
}

fn heading(narrative: &Narrative, says: &NarrativeWords) -> String {
    (says.heading)(
        narrative.model.as_deref().unwrap_or_default(),
        narrative.claims_made,
        narrative.claims_verified,
        narrative.claims_dropped,
    )
}

fn unavailable(narrative: &Narrative, says: &NarrativeWords) -> Line {
    let mut line = own(says.unavailable);
    line.extend(narrative.why.as_deref().map(Span::message));
    line
}

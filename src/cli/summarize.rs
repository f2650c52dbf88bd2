//! The command `summarize`: a month's digest, its narrative, the check of a text.

use std::{
    io::{self, Read as _},
    path::Path,
};

use super::{
    args::{DigestFormat, Narrative as Wanted, SummarizeArgs},
    commands::{CommandError, Outcome, ask, outcome_of},
    output::{print_json, print_text, tell},
};
use crate::{
    domain::visible,
    service::{
        AnswerSize, ErrorCode, HistoryService, MonthSummary, Narrative, NarrativeMode,
        NarrativeStatus, ServiceError, SummarizeRequest, TextCheck, Verdict,
    },
    store::CallContext,
    summary::{self, Format, Language, grouped},
};

/// Bytes of a text that is read to be checked; the service says how much of it may be.
const MAX_TEXT_BYTES: u64 = 1 << 20;
/// Stands for standard input.
const STANDARD_INPUT: &str = "-";

pub(super) async fn summarize(
    service: &HistoryService,
    args: SummarizeArgs,
) -> Result<Outcome, CommandError> {
    let verify = args.verify.as_deref().map(text_of).transpose()?;
    let request = SummarizeRequest {
        timezone: args.scope.timezone,
        account: args.scope.account,
        region: args.scope.region,
        resource_type: args.scope.resource_type,
        language: args.language.filter(|tag| !tag.is_empty()),
        narrative: match args.narrative {
            Wanted::None => NarrativeMode::None,
            Wanted::Claude => NarrativeMode::Claude,
        },
        verify,
        top: args.top,
        ..SummarizeRequest::of(args.month)
    };
    let answer = ask(async |cx: CallContext| {
        service
            .summarize_month(&request, AnswerSize::Unbounded, &cx)
            .await
    })
    .await?;
    print(&answer, args.format, digest_language(&request))?;
    if let Some(told) = &answer.narrative {
        tell_narrative(told, args.format);
    }
    let read = outcome_of(&answer.evidence);
    Ok(match &answer.check {
        Some(check) if !check.holds => Outcome::Refuted,
        _ => read,
    })
}

/// Returns the digest's language; the service has refused what is none.
fn digest_language(request: &SummarizeRequest) -> Language {
    let tag = request.language.as_deref();
    tag.and_then(|tag| tag.parse().ok()).unwrap_or_default()
}

fn print(answer: &MonthSummary, format: DigestFormat, language: Language) -> io::Result<()> {
    if let DigestFormat::Json = format {
        return print_json(answer);
    }
    if let Some(check) = &answer.check {
        // Who has a text checked has no need of the digest as well.
        print_text(&check_text(check))?;
        return Ok(());
    }
    if let DigestFormat::Markdown = format {
        return print_text(&answer.text);
    }
    print_text(&summary::render_with(
        &answer.digest,
        &answer.evidence,
        &answer.warnings,
        answer.narrative.as_ref(),
        language,
        Format::Text,
    ))
}

/// Renders the verdicts: a line a sentence, its findings below, the sum at the end.
fn check_text(check: &TextCheck) -> String {
    let mut text = String::new();
    for sentence in &check.sentences {
        let verdict = match sentence.verdict {
            Verdict::Verified => "verified",
            Verdict::Contradicted => "CONTRADICTED",
            Verdict::Unproved => "UNPROVED",
            Verdict::NoClaim => "no claim",
        };
        let line = format!("{verdict:<12}  {}\n", visible(sentence.text.trim()));
        text.push_str(&line);
        for finding in &sentence.findings {
            let line = format!("{:<12}  - {}\n", "", visible(finding));
            text.push_str(&line);
        }
    }
    let holds = if check.holds {
        "holds"
    } else {
        "does not hold"
    };
    let sum = format!(
        "\n{holds}: {} verified, {} contradicted, {} unproved, {} without a claim",
        check.verified, check.contradicted, check.unproved, check.no_claim,
    );
    text.push_str(&sum);
    text
}

/// Tells what a narrative took, and in JSON, where no text says so, why there is none.
fn tell_narrative(narrative: &Narrative, format: DigestFormat) {
    if let (NarrativeStatus::Unavailable, Some(why), DigestFormat::Json) =
        (narrative.status, &narrative.why, format)
    {
        tell(&format!("note: there is no narrative. {}", visible(why)));
    }
    let Some(usage) = &narrative.usage else {
        return;
    };
    let price = usage
        .cost_estimate_usd
        .map_or_else(String::new, |usd| format!(", about ${usd:.4}"));
    let kept = if narrative.cached {
        " (kept from an earlier time)"
    } else {
        ""
    };
    tell(&format!(
        "claude: {} tokens in, {} out{price}; model {}{kept}",
        grouped(usage.input_tokens),
        grouped(usage.output_tokens),
        narrative.model.as_deref().unwrap_or_default(),
    ));
}

fn text_of(path: &Path) -> Result<String, CommandError> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == STANDARD_INPUT {
        io::stdin()
            .lock()
            .take(MAX_TEXT_BYTES)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_TEXT_BYTES).read_to_end(&mut bytes))
    };
    let refused = |why: String| {
        let message = format!(
            "cannot read the text to check from {}: {why}",
            path.display()
        );
        ServiceError::new(ErrorCode::InvalidArgument, message)
    };
    read.map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".to_owned()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::SentenceCheck;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (3_512, "3,512"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_check_is_printed_by_sentence() {
        let sentence = |text: &str, verdict, findings: &[&str]| SentenceCheck {
            text: text.to_owned(),
            verdict,
            findings: findings.iter().map(|&finding| finding.to_owned()).collect(),
        };
        let check = TextCheck {
            holds: false,
            language: "en".to_owned(),
            verified: 1,
            contradicted: 1,
            unproved: 0,
            no_claim: 0,
            sentences: vec![
                sentence("There were 5 items.", Verdict::Verified, &[]),
                sentence(
                    "7 were\u{1b}[31m changes.",
                    Verdict::Contradicted,
                    &["real changes: 3"],
                ),
            ],
        };
        let text = check_text(&check);
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(
            text.contains("verified      There were 5 items.\n"),
            "{text}"
        );
        assert!(
            text.contains("\n              - real changes: 3\n"),
            "{text}"
        );
        assert!(
            text.ends_with(
                "does not hold: 1 verified, 1 contradicted, 0 unproved, 0 without a claim"
            )
        );
    }
}

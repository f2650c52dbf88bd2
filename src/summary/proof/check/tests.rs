//! Texts as people write them, true and false.

mod english;
mod fixture;
mod hostile;
mod japanese;
mod misread;
mod mutants;

use self::fixture::{facts, quiet};
use super::{Verdict, check_text};
use crate::summary::facts::Facts;

const V: Verdict = Verdict::Verified;
const C: Verdict = Verdict::Contradicted;
const U: Verdict = Verdict::Unproved;
const N: Verdict = Verdict::NoClaim;

/// Checks one sentence: its verdict and what was found.
fn checked(facts: &Facts, text: &str, language: &str) -> (Verdict, Vec<String>) {
    let check = check_text(facts, text, Some(language));
    assert_eq!(check.sentences.len(), 1, "{text}: {:?}", check.sentences);
    let line = check.sentences.into_iter().next().unwrap();
    (line.verdict, line.findings)
}

/// Checks sentences one by one and tells all that come out otherwise.
fn expect(facts: &Facts, language: &str, cases: &[(&str, Verdict)]) {
    let mut wrong = Vec::new();
    for (text, verdict) in cases {
        let (found, findings) = checked(facts, text, language);
        if found != *verdict {
            wrong.push(format!(
                "{text}\n    is {found:?}, not {verdict:?}: {findings:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_text_is_checked_sentence_by_sentence() {
    let text = "# November 2024\n\nThere were 76 items. There were 75 items. Hello everyone!\n\n\
                - 37 real changes\n- Somebody leaked 37 passwords.\n";
    let check = check_text(&facts(true), text, None);
    let verdicts: Vec<_> = check.sentences.iter().map(|line| line.verdict).collect();
    assert_eq!(verdicts, [N, V, C, N, V, U]);
    assert_eq!(
        (
            check.verified,
            check.contradicted,
            check.unproved,
            check.no_claim
        ),
        (2, 1, 1, 2)
    );
    assert!(!check.holds);
    assert_eq!(check.language, "en");
    assert_eq!(
        check.sentences[2].findings,
        ["\u{201C}75\u{201D}: the facts say 76 (items: 2024-11)"]
    );
}

#[test]
fn the_language_is_told_from_the_script() {
    for (text, language) in [("76 items", "en"), ("構成アイテム 76 件", "ja")] {
        let check = check_text(&facts(true), text, None);
        assert_eq!((check.language.as_str(), check.holds), (language, true));
        assert_eq!(check.verified, 1);
    }
    let check = check_text(&facts(true), "76 items", Some("en-GB"));
    assert_eq!(check.verified, 1);
}

#[test]
fn headings_say_what_the_items_below_are_about() {
    let text = "## Account 444455556666\n\n- 29 items\n- us-east-1: 19 items\n\n\
                ### us-east-1\n\n- 2 real changes\n\n## Account 111122223333\n\n- 42 items\n- 29 items\n";
    let check = check_text(&facts(true), text, None);
    let verdicts: Vec<_> = check.sentences.iter().map(|line| line.verdict).collect();
    assert_eq!(verdicts, [V, V, V, V, V, V, V, C], "{:?}", check.sentences);
}

#[test]
fn a_table_says_in_its_header_what_is_counted() {
    let text = "| Account | Items | Real changes | 2024-10 |\n|---|---|---|---|\n\
                | 111122223333 | 42 | 22 | 50 |\n| 444455556666 | 29 | 11 | 29 |\n\
                | 999900001111 | 1 | 1 | 1 |\n";
    let check = check_text(&facts(true), text, None);
    let verdicts: Vec<_> = check.sentences.iter().map(|line| line.verdict).collect();
    assert_eq!(verdicts, [N, V, C, C], "{:?}", check.sentences);
    let text = "| Account | Owners |\n|---|---|\n| 111122223333 | 42 |\n";
    let check = check_text(&facts(true), text, None);
    assert_eq!(check.sentences[1].verdict, U);
}

#[test]
fn nothing_is_absent_where_recording_may_have_been_off() {
    for (language, text) in [
        (
            "en",
            "There were no deletions in us-east-1 in account 444455556666.",
        ),
        ("en", "There were 0 deletions in account 777788889999."),
        ("ja", "アカウント 777788889999 では削除はありませんでした。"),
    ] {
        assert_eq!(checked(&facts(true), text, language).0, V, "{text}");
        let (verdict, findings) = checked(&facts(false), text, language);
        assert_eq!(verdict, U, "{text}");
        assert!(
            findings[0].contains("recording may have been off"),
            "{findings:?}"
        );
    }
    let (verdict, _) = checked(&facts(false), "There were no deletions.", "en");
    assert_eq!(verdict, C);
}

#[test]
fn a_quiet_month_can_be_said_to_be_one() {
    for text in [
        "There were no items.",
        "No resources were deleted.",
        "Nothing changed.",
        "There were no security events.",
        "There were no departures.",
    ] {
        let (verdict, findings) = checked(&quiet(), text, "en");
        assert_eq!(verdict, V, "{text} {findings:?}");
        assert_eq!(checked(&facts(true), text, "en").0, C, "{text}");
    }
    for text in [
        "変更はありませんでした。",
        "セキュリティイベントはありません。",
    ] {
        let (verdict, findings) = checked(&quiet(), text, "ja");
        assert_eq!(verdict, V, "{text} {findings:?}");
        assert_eq!(checked(&facts(true), text, "ja").0, C, "{text}");
    }
}

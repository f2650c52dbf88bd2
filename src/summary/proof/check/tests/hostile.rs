//! Texts that mean harm.

use proptest::prelude::*;

use super::{
    super::{MAX_TEXT_CHARS, check_text},
    fixture::facts,
};
use crate::summary::{Verdict, facts::Facts};

fn with_facts<T>(run: impl FnOnce(&Facts) -> T) -> T {
    thread_local! {
        static FACTS: Facts = facts(true);
    }
    FACTS.with(run)
}

#[test]
fn hostile_texts_are_read_in_bounded_time() {
    let texts = [
        "1 ".repeat(30_000),
        "`".repeat(30_000),
        "((((".repeat(9_000),
        "「".repeat(20_000),
        "|".repeat(20_000),
        "| 1 ".repeat(9_000),
        "9".repeat(30_000),
        "1,".repeat(15_000),
        "AWS::".repeat(6_000),
        "items and ".repeat(3_000),
        "111122223333, ".repeat(1_500),
        "#".repeat(20_000),
        "\u{202E}\u{0}\u{7}\u{FEFF}".repeat(5_000),
        "万千百十".repeat(5_000),
        "the most ".repeat(2_500),
        "76 items. ".repeat(2_200),
    ];
    let started = std::time::Instant::now();
    for text in &texts {
        let check = with_facts(|facts| check_text(facts, text, None));
        let read: usize = check
            .sentences
            .iter()
            .map(|line| line.text.chars().count())
            .sum();
        assert!(read <= MAX_TEXT_CHARS + 1);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn what_is_past_the_bound_is_never_held_to_be_read() {
    let text = format!("{}76 items.", "There were 76 items. ".repeat(1_000));
    let check = with_facts(|facts| check_text(facts, &text, None));
    assert!(!check.holds);
    assert_eq!(check.sentences.last().unwrap().verdict, Verdict::Unproved);
    assert_eq!(check.contradicted, 0);
}

#[test]
fn findings_show_no_hidden_characters() {
    let text = "`evil\u{202E}name` had 76 items.";
    let check = with_facts(|facts| check_text(facts, text, None));
    let findings = &check.sentences[0].findings;
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|finding| !finding.contains('\u{202E}')));
}

const WORDS: &[&str] = &[
    "76",
    "37",
    "items",
    "real changes",
    "the",
    "most",
    "account",
    "111122223333",
    "us-east-1",
    "and",
    "(",
    ")",
    ",",
    ".",
    "more",
    "fewer",
    "than",
    "October",
    "from",
    "to",
    "by",
    "no",
    "deleted",
    "12%",
    "+18",
    "of",
    "`web-server`",
    "|",
    "\n",
    "# ",
    "- ",
    "twenty",
    "件",
    "構成アイテム",
    "実際の変更",
    "は",
    "の",
    "増加",
    "前月",
    "より",
    "、",
    "。",
    "「",
    "」",
    "11月26日",
    "S3 バケット",
    "最も",
    "16:05",
    "$",
    "-",
    "half",
    "not",
    "both",
];

proptest! {
    #[test]
    fn any_string_yields_a_result(text in "\\PC{0,200}") {
        let check = with_facts(|facts| check_text(facts, &text, None));
        let all = check.verified + check.contradicted + check.unproved + check.no_claim;
        prop_assert_eq!(all, check.sentences.len() as u64);
        prop_assert_eq!(check.holds, check.contradicted + check.unproved == 0);
    }

    #[test]
    fn any_heap_of_words_yields_a_result(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40),
        spaced in any::<bool>(),
    ) {
        let text = words.join(if spaced { " " } else { "" });
        for language in ["en", "ja"] {
            let check = with_facts(|facts| check_text(facts, &text, Some(language)));
            for line in &check.sentences {
                let told = matches!(line.verdict, Verdict::Verified | Verdict::NoClaim);
                prop_assert_eq!(told, line.findings.is_empty());
            }
        }
    }

    #[test]
    fn white_space_around_changes_nothing(
        before in "[ \t\u{3000}\n]{0,4}",
        after in "[ \t\u{3000}\n]{0,4}",
        at in 0usize..4,
    ) {
        let text = [
            "There were 76 items in November 2024.",
            "Account 111122223333 had 42 items.",
            "構成アイテムは 76 件でした。",
            "Real changes rose by 18 to 37.",
        ][at];
        let check = with_facts(|facts| check_text(facts, &format!("{before}{text}{after}"), None));
        prop_assert_eq!(check.verified, 1);
        prop_assert!(check.holds);
    }
}

//! The digest as people see it.

pub(super) mod fixture;

use insta::assert_snapshot;

use self::fixture::{calm, empty, evidence, hostile, november};
use super::*;
use crate::analysis::{PreviousMonth, Totals};

const WARNINGS: [Warning; 3] = [
    Warning::UnreadableFiles(1),
    Warning::UnknownKinds,
    Warning::NoBaseline,
];

fn rendered(digest: &Digest, language: Language, format: Format) -> String {
    render(digest, &evidence(), &WARNINGS, language, format)
}

#[test]
fn a_month() {
    for language in Language::ALL {
        for (format, name) in [(Format::Text, "text"), (Format::Markdown, "markdown")] {
            assert_snapshot!(
                format!("month-{language}-{name}"),
                rendered(&november(), language, format)
            );
        }
    }
}

#[test]
fn an_empty_month() {
    for language in Language::ALL {
        let text = render(&empty(), &Evidence::default(), &[], language, Format::Text);
        assert_snapshot!(format!("empty-{language}-text"), text);
    }
}

#[test]
fn a_calm_month_that_is_still_open() {
    for language in Language::ALL {
        let evidence = Evidence {
            unreadable_files: 0,
            ..evidence()
        };
        let text = render(&calm(), &evidence, &[], language, Format::Text);
        // The sections that a full month does not show so.
        let sections = text.split("\n\n").filter(|section| {
            let heads = [
                "2,060",
                "構成アイテム",
                "What",
                "まず",
                "わから",
                "記録のコスト",
            ];
            heads.iter().any(|head| section.starts_with(head))
        });
        let sections: Vec<&str> = sections.collect();
        assert_snapshot!(format!("calm-{language}-text"), sections.join("\n\n"));
    }
}

#[test]
fn names_that_mean_harm() {
    for (format, name) in [(Format::Text, "text"), (Format::Markdown, "markdown")] {
        let text = rendered(&hostile(), Language::En, format);
        assert!(!text.contains(['\u{202E}', '\u{200B}', '\u{E0041}', '\u{1b}', '\r']));
        if format == Format::Markdown {
            assert!(!text.contains('<'));
        }
        assert_snapshot!(format!("hostile-en-{name}"), text);
    }
}

#[test]
fn headlines() {
    let first = |items: u64, before: Option<u64>, unknown: u64, language| {
        let mut digest = november();
        digest.totals = Totals {
            items,
            real_changes: items / 2,
            echoes: items / 4,
            unknown,
            ..digest.totals
        };
        digest.previous = before.map(|items| PreviousMonth {
            items,
            real_changes: items / 2,
            ..digest.previous.unwrap()
        });
        let text = rendered(&digest, language, Format::Markdown);
        let lines = text.lines().skip_while(|line| !line.is_empty()).skip(1);
        let lines = lines.skip_while(|line| !line.is_empty()).skip(1);
        lines
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let cases = [
        (1, Some(1), 0),
        (2, Some(0), 0),
        (0, Some(0), 0),
        (0, Some(7), 0),
        (9, Some(7), 0),
        (60, None, 0),
        (1, Some(1), 1),
        (2, Some(1), 1),
        (4_000, Some(1), 1_500),
    ];
    let mut all = String::new();
    for language in Language::ALL {
        for (items, before, unknown) in cases {
            let headline = first(items, before, unknown, language);
            all.extend([
                format!("-- {items}, {before:?}, {unknown}\n"),
                headline,
                "\n".to_owned(),
            ]);
        }
    }
    assert_snapshot!("headlines", all);
}

#[test]
fn sources() {
    let mut all = String::new();
    for language in Language::ALL {
        for (kind, location) in [
            ("demo", "somewhere"),
            ("lake", "s3://bucket/org"),
            ("athena", "default.config_history"),
            ("other", "here"),
        ] {
            let mut evidence = evidence();
            evidence.source.kind = kind.to_owned();
            evidence.source.location = location.to_owned();
            let text = render(&empty(), &evidence, &[], language, Format::Markdown);
            all.extend(text.lines().nth(3).into_iter().chain(["\n"]));
        }
    }
    assert_snapshot!("sources", all);
}

#[test]
fn a_terminal_of_100_columns_is_enough() {
    for language in Language::ALL {
        for digest in [november(), hostile(), calm(), empty()] {
            let text = rendered(&digest, language, Format::Text);
            for line in text.lines() {
                let width: usize = line
                    .chars()
                    .map(|c| {
                        if c > '\u{2FFF}' && c != '\u{FFFD}' {
                            2
                        } else {
                            1
                        }
                    })
                    .sum();
                assert!(width <= 100, "{width}: {line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

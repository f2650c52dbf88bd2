//! What a model is told, and above all what it is not.

use super::*;
use crate::{
    analysis::{Count, Cube, Digest},
    summary::tests::fixture::{calm, empty, hostile, november},
};

/// Tokens of a request besides its texts.
const REQUEST_TOKENS: u64 = 400;

/// Counts bytes: a stand-in that is easy to add up.
fn bytes(text: &str) -> u64 {
    text.len() as u64
}

fn brief(digest: &Digest, budget: u64) -> Brief {
    let facts = Facts::with_cube(digest, Cube::default());
    Brief::of(&facts, "en", budget, REQUEST_TOKENS, bytes)
}

/// A month of some thousand rows: hundreds of resources, dozens of types, with long names.
fn large() -> Digest {
    let mut digest = november();
    let counts = |name: &dyn Fn(u64) -> String, n: u64| -> Vec<Count> {
        (0..n)
            .map(|i| Count {
                key: name(i),
                items: 100 + n - i,
                changes: 50 + n - i,
                previous: Some(100 + i),
                resources: Some(10),
            })
            .collect()
    };
    digest.accounts = counts(&|i| format!("{:012}", 100_000_000_000 + i), 200);
    digest.resource_types = counts(&|i| format!("AWS::Service{i}::SomethingRatherLong{i}"), 300);
    let line = digest.most_changed.resources.first().unwrap().clone();
    digest.most_changed.resources = (0..5_000)
        .map(|i| crate::analysis::ResourceLine {
            resource_id: format!("a-rather-long-resource-id-of-a-large-month-{i}"),
            changes: 6_000 - i,
            ..line.clone()
        })
        .collect();
    digest.most_changed.total = 5_000;
    digest
}

#[test]
fn the_budget_is_kept_and_used() {
    for budget in [2_600, 4_000, 8_000, 30_000] {
        let brief = brief(&large(), budget);
        assert!(brief.tokens <= budget, "{} of {budget}", brief.tokens);
        assert!(brief.tokens > budget - 250, "{} of {budget}", brief.tokens);
        let all = [&brief.system, &brief.schema.to_string(), &brief.user];
        let counted: u64 = all.map(|text| bytes(text)).iter().sum();
        assert_eq!(brief.tokens, counted + REQUEST_TOKENS);
        assert!(brief.facts_shown < brief.facts_total);
        // Totals cover all rows, whatever is cut.
        assert!(
            brief
                .user
                .contains("items=2060 prev=3467 delta=-1407 pct=-40%")
        );
    }
    let whole = brief(&calm(), 1_000_000);
    assert_eq!(whole.facts_shown, whole.facts_total);
}

#[test]
fn the_most_telling_facts_come_first() {
    let brief = brief(&large(), 5_000);
    for part in [
        "# account\n",
        "# type\n",
        "# resource\n",
        "# unusual\n",
        "# security event\n",
        "# recording cost",
    ] {
        assert!(brief.user.contains(part), "{part}: {}", brief.user);
    }
    assert!(!brief.user.contains("# first seen\n"));
}

#[test]
fn no_text_of_users_is_told() {
    let (plain, spoiled) = (november(), hostile());
    for digest in [&plain, &spoiled] {
        let told = brief(digest, 1_000_000);
        let told = format!("{} {}", told.user, told.system);
        for part in [
            "script",
            "Ignore",
            "evil",
            "gpj",
            "web-server",
            "注文",
            "logs",
            "111122223333",
            "id-of",
            "i-0abc",
            "legacy-admin",
            "tcp 22",
            "<",
            "http",
            "\u{202E}",
        ] {
            assert!(!told.contains(part), "{part} in {told}");
        }
    }
}

#[test]
fn a_month_without_items_has_nothing_to_word() {
    assert!(Facts::with_cube(&empty(), Cube::default()).is_empty());
    assert!(!Facts::with_cube(&calm(), Cube::default()).is_empty());
}

#[test]
fn the_key_of_a_month_follows_its_facts_and_names() {
    let key = |digest: &Digest| Facts::with_cube(digest, Cube::default()).sha256();
    assert_eq!(key(&november()), key(&november()));
    let mut other = november();
    other.totals.items += 1;
    assert_ne!(key(&november()), key(&other));
    let mut renamed = november();
    renamed.most_changed.resources[0].resource_name = Some("renamed".into());
    assert_ne!(key(&november()), key(&renamed));
}

#[test]
fn only_names_of_aws_are_told() {
    for name in ["ap-northeast-1", "us-gov-west-1", "global", "cn-north-1"] {
        assert!(is_region(name), "{name}");
    }
    for name in [
        "",
        "ignore-all-rules",
        "ap-northeast-1 now",
        "us-east-12",
        "a-b-1",
        "IGNORE-THIS-1",
    ] {
        assert!(!is_region(name), "{name}");
    }
    assert!(is_type("AWS::EC2::Instance"));
    for name in [
        "Evil::Ignore::Rules",
        "AWS::EC2",
        "AWS::Say this::X",
        "AWS::A::B::C",
        "",
    ] {
        assert!(!is_type(name), "{name}");
    }
}

#[test]
fn the_languages_of_the_digest_have_their_slots_explained() {
    let facts = Facts::with_cube(&november(), Cube::default());
    let system = |language| Brief::of(&facts, language, 4_000, REQUEST_TOKENS, bytes).system;
    assert!(system("ja").contains("構成アイテム"));
    assert!(system("en").contains("206 items"));
    assert!(system("fr").contains("bare numbers") && system("fr").contains("language fr"));
}

//! What a narrative says is what another program counts in the same files, and what goes over the
//! wire is nothing that users of the accounts wrote.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use crate::{
    counts::counted_by_script,
    support::{
        cli::{Run, program},
        messages::{Messages, Reply, answer, claims_of},
    },
};

/// Asks for a narrative of the demo.
fn narrated(server: &Messages, month: &str, more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let output = program()
        .args([
            "summarize",
            month,
            "--demo",
            "--narrative",
            "claude",
            "--format",
            "json",
        ])
        .args(more)
        .env("ANTHROPIC_API_KEY", "sk-ant-api03-canary-of-the-key")
        .env("CONFIG_HISTORY_MODEL_BASE_URL", &server.url)
        .env("CONFIG_HISTORY_CACHE_DIR", folder.path())
        .output();
    Run::of(output.unwrap())
}

/// Items by account, Region, type and name, by `examples/lake_counts.py`.
type Counts = Vec<([String; 4], u64)>;

fn counted(month: &str, zone: &str) -> Option<Counts> {
    let lake = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lake");
    let (lines, _) = counted_by_script(&lake, month, zone)?;
    let line = |line: &String| {
        let cells: Vec<&str> = line.split(',').collect();
        let [resource_type, name, account, region, items] = cells[..] else {
            panic!("{line}");
        };
        let key = [account, region, resource_type, name].map(str::to_owned);
        (key, items.parse().unwrap())
    };
    Some(lines.iter().map(line).collect())
}

/// Returns the number in a claim, and what the other program counts of what it names.
fn number_and_count(claim: &str, counts: &Counts) -> (u64, u64) {
    let (about, said) = claim
        .strip_prefix("In ")
        .and_then(|rest| rest.split_once(", "))
        .unwrap_or(("", claim));
    let number = said.split(' ').next().unwrap().replace(',', "");
    let names: Vec<&str> = about.split(' ').filter(|name| !name.is_empty()).collect();
    let fits = |key: &[String; 4]| names.iter().all(|name| key.iter().any(|part| part == name));
    let of = counts.iter().filter(|(key, _)| fits(key));
    (number.parse().unwrap(), of.map(|(_, items)| items).sum())
}

#[test]
fn every_number_is_what_another_program_counts() {
    let server = Messages::start(|request, _| {
        // Of many facts the claims that an answer may have.
        let claims = claims_of(&request.turns()[0]);
        Reply::Text(answer(
            &claims
                .into_iter()
                .filter(|c| !c.contains("{d"))
                .take(38)
                .collect::<Vec<_>>(),
        ))
    });
    let mut checked = 0;
    for (month, zone) in [
        ("2024-11", "UTC"),
        ("2024-11", "Asia/Tokyo"),
        ("2024-10", "UTC"),
        ("2024-09", "America/New_York"),
    ] {
        let Some(counts) = counted(month, zone) else {
            return;
        };
        let told = narrated(
            &server,
            month,
            &["--timezone", zone, "--token-budget", "60000"],
        )
        .json();
        let narrative = &told["narrative"];
        assert_eq!(narrative["status"], "verified", "{narrative:#}");
        assert_eq!(narrative["claims_dropped"], 0, "{narrative:#}");
        for claim in narrative["claims"].as_array().unwrap() {
            let text = claim["text"].as_str().unwrap();
            let (number, count) = number_and_count(text, &counts);
            assert_eq!(number, count, "{month} {zone}: {text}");
            checked += 1;
        }
    }
    println!("{checked} numbers of narratives agree with another program's counts");
    assert!(checked > 100, "{checked}");
}

#[test]
fn mutants_of_an_answer_are_dropped_and_the_rest_stays() {
    // Every second claim is spoilt, and the repair is spoilt again.
    let server = Messages::start(|request, _| {
        let claims = claims_of(&request.turns()[0])
            .into_iter()
            .take(12)
            .enumerate();
        let spoilt = claims.map(|(at, claim)| match at % 4 {
            1 => claim.replace("came in", "came in, 7 more than ever"),
            3 => claim
                .replace("{a1}", "{a2}")
                .replace("came in", "were deleted"),
            _ => claim,
        });
        Reply::Text(answer(&spoilt.collect::<Vec<_>>()))
    });
    let told = narrated(&server, "2024-11", &[]).json();
    let narrative = &told["narrative"];
    assert_eq!(server.requests().len(), 2, "one repair");
    assert_eq!(server.requests()[1].turns().len(), 3);
    let number = |name: &str| narrative[name].as_u64().unwrap();
    assert!(number("claims_dropped") >= 5, "{narrative:#}");
    assert_eq!(
        number("claims_made"),
        number("claims_verified") + number("claims_dropped")
    );
    for claim in narrative["claims"].as_array().unwrap() {
        let text = claim["text"].as_str().unwrap();
        assert!(
            !text.contains("ever") && !text.contains("deleted"),
            "{text}"
        );
        let (number, count) =
            number_and_count(text, &counted("2024-11", "UTC").unwrap_or_default());
        assert!(count == 0 || number == count, "{text}");
    }
}

/// Everything that users of the demo's accounts wrote: names and ids, and account ids themselves.
fn delivered_texts(told: &Value) -> Vec<String> {
    let digest = &told["digest"];
    let mut texts = vec![
        "111122223333".to_owned(),
        "444455556666".to_owned(),
        "999900001111".to_owned(),
    ];
    for list in [
        "most_changed",
        "created",
        "deleted",
        "first_seen",
        "recreated",
    ] {
        for line in digest[list]["resources"].as_array().unwrap() {
            texts.extend(line["resource_id"].as_str().map(str::to_owned));
            texts.extend(line["resource_name"].as_str().map(str::to_owned));
        }
    }
    for event in digest["anomalies"]["security"].as_array().unwrap() {
        texts.extend(event["resource_id"].as_str().map(str::to_owned));
        // Some subjects are the rule's own words; ports, networks and accounts are not.
        let subject = event["subject"].as_str().unwrap_or_default();
        if subject.contains(|c: char| c.is_ascii_digit()) {
            texts.push(subject.to_owned());
        }
    }
    texts.retain(|text| {
        text.len() > 4 && !["default", "system", "logging", "disabled"].contains(&text.as_str())
    });
    texts.sort_unstable();
    texts.dedup();
    texts
}

#[test]
fn nothing_that_users_wrote_goes_over_the_wire() {
    let server =
        Messages::start(|request, _| Reply::Text(answer(&claims_of(&request.turns()[0])[..5])));
    let told = narrated(
        &server,
        "2024-11",
        &["--top", "100", "--token-budget", "100000"],
    );
    let texts = delivered_texts(&told.json());
    assert!(texts.len() > 60, "{}", texts.len());
    let requests = server.requests();
    let sent = requests[0].body.to_string();
    for text in &texts {
        assert!(!sent.contains(text.as_str()), "`{text}` was sent");
    }
    // The key goes into its header and nowhere else.
    assert!(
        requests[0]
            .head
            .to_ascii_lowercase()
            .contains("x-api-key: sk-ant-api03-canary-of-the-key")
    );
    assert!(
        !sent.contains("canary") && !told.out.contains("canary") && !told.err.contains("canary")
    );
}

#[test]
fn the_same_month_has_the_same_numbers_in_every_language() {
    let server = Messages::start(|request, _| {
        let system = request.body["system"].as_str().unwrap();
        let claims = claims_of(&request.turns()[0]).into_iter().take(8);
        let claims = claims.map(|claim| match () {
            () if system.contains("language ja") => claim
                .replace("In ", "")
                .replace(" came in.", " です。")
                .replace(", ", " では、"),
            () if system.contains("language fr") => {
                claim.replace("In ", "En ").replace("came in", "éléments")
            }
            () => claim,
        });
        Reply::Text(answer(&claims.collect::<Vec<_>>()))
    });
    let mut numbers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for language in ["en", "ja", "fr"] {
        let told = narrated(&server, "2024-11", &["--language", language]).json();
        let narrative = &told["narrative"];
        assert_eq!(narrative["claims_dropped"], 0, "{narrative:#}");
        let facts = narrative["claims"]
            .as_array()
            .unwrap()
            .iter()
            .map(|claim| claim["facts"].to_string());
        numbers.insert(language, facts.collect());
        let text = narrative["text"].as_str().unwrap();
        assert!(text.contains("206"), "{text}");
    }
    assert_eq!(numbers["en"], numbers["ja"]);
    assert_eq!(numbers["en"], numbers["fr"]);
}

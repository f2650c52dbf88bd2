//! Claims as a model would write them: true ones, and each way to get one wrong.

use serde_json::json;

use crate::{
    analysis::Cube,
    summary::{
        facts::{EntityKind, Fact, Facts, Value},
        proof::prove,
        tests::fixture::{calm, hostile, november},
    },
};

fn facts() -> Facts {
    Facts::with_cube(&november(), Cube::default())
}

/// Finds a fact by its label and the alias of what it is about.
fn fact<'f>(facts: &'f Facts, label: &str, about: &str) -> &'f Fact {
    let is_it = |fact: &&Fact| {
        let aliases: Vec<&str> = fact
            .subject
            .iter()
            .map(|id| facts.entities.get(*id).unwrap().alias.as_str())
            .collect();
        fact.label == label && aliases.join("+") == about
    };
    facts
        .facts
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("{label} {about}"))
}

fn alias(facts: &Facts, kind: EntityKind, name: &str) -> String {
    let id = facts.entities.find(kind, name).unwrap();
    facts.entities.get(id).unwrap().alias.clone()
}

/// Proves one claim: its words, or why it does not hold.
fn tried(facts: &Facts, text: &str, language: &str) -> Result<String, String> {
    let answer = json!({"claims": [text]}).to_string();
    let proof = prove(facts, &answer, language).unwrap();
    match (proof.verified.first(), proof.failed.first()) {
        (Some((0, claim)), None) => Ok(claim.text.clone()),
        (None, Some(failed)) => Err(failed.reasons.join("; ")),
        other => panic!("{other:?}"),
    }
}

/// Puts ids in place of `<label>` and `<label about>`.
fn with_ids(facts: &Facts, text: &str) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('<') {
        let (name, after) = tail.split_once('>').unwrap();
        let (label, about) = name.rsplit_once('/').unwrap_or((name, ""));
        done.push_str(head);
        done.push_str(&fact(facts, label, about).id);
        rest = after;
    }
    done + rest
}

const TRUE_CLAIMS: [(&str, &str); 14] = [
    (
        "The month brought {<month, items>.items}, down from {<month, items>.prev}: {<month, items>.delta} ({<month, items>.pct}).",
        "The month brought 2,060 items, down from 3,467 items in 2024-10: -1,407 items (-40.6%).",
    ),
    (
        "Real changes rose by {<month, real changes>.delta} to {<month, real changes>.changes}.",
        "Real changes rose by +6 real changes to 30 real changes.",
    ),
    (
        "{a1} led with {<account/a1>.items}.",
        "111122223333 led with 2,060 items.",
    ),
    (
        "With {<account/a1>.items}, {a1} was the busiest account.",
        "With 2,060 items, 111122223333 was the busiest account.",
    ),
    (
        "{<account/a2>.delta} in {a2} and {<account/a1>.delta} in {a1}.",
        "-67 items in 444455556666 and -1,340 items in 111122223333.",
    ),
    (
        "{<kind deleted>.n} were counted as deletions.",
        "2 deletions were counted as deletions.",
    ),
    (
        "Echoes made up most of the month: {<month, echoes>.share}.",
        "Echoes made up most of the month: 97.6% of the items.",
    ),
    (
        "{g2} is new, with {<region/g2>.items}.",
        "global is new, with 10 items.",
    ),
    (
        "今月は{<month, items>.items}で、{<month, items>.prev}から減少しました。",
        "今月は構成アイテム 2,060 件で、2024-10 の構成アイテム 3,467 件から減少しました。",
    ),
    (
        "{a1} が最も多く、{<account/a1>.items}でした。",
        "111122223333 が最も多く、構成アイテム 2,060 件でした。",
    ),
    ("削除は{<kind deleted>.n}です。", "削除は削除 2 件です。"),
    (
        "Recording cost {<recording cost (estimate)>.usd} (estimate).",
        "",
    ),
    (
        "{r1} changed most, with {<resource/r1>.changes}.",
        "web-server changed most, with 11 real changes.",
    ),
    (
        "{r1} in {a1} had {<resource/r1>.items}.",
        "web-server in 111122223333 had 18 items.",
    ),
];

#[test]
fn what_holds_is_shown_with_its_values() {
    let facts = facts();
    for (text, shown) in TRUE_CLAIMS {
        let language = if text.is_ascii() { "en" } else { "ja" };
        let text = with_ids(&facts, text);
        match tried(&facts, &text, language) {
            Ok(said) if shown.is_empty() || said == shown => {}
            other => panic!("{text}\n{other:?}"),
        }
    }
}

const FALSE_CLAIMS: &[(&str, &str)] = &[
    // Digits and number words.
    (
        "The month brought 2,060 items, that is {<month, items>.items}.",
        "digit",
    ),
    ("Two accounts had {<account/a1>.items} in {a1}.", "`two`"),
    ("Items doubled to {<month, items>.items}.", "`doubled`"),
    ("アイテムは倍になり{<month, items>.items}でした。", "`倍`"),
    ("合計１件、{<month, items>.items}。", "digit"),
    // Whose it is.
    ("{a2} had {<account/a1>.items}.", "is not about a2"),
    (
        "In {a2}, the month brought {<month, items>.items}.",
        "counts more than a2",
    ),
    (
        "{<account/a1>.items} came in.",
        "is about a1, which is not named",
    ),
    (
        "{a1} and {a2} had {<account/a1>.items} or {<account/a2>.items}.",
        "different things",
    ),
    (
        "{a1} had {<account/a1>.items}, {a2} even {<account/a1>.items}.",
        "is not about a2",
    ),
    (
        "{r2} changed most, with {<resource/r1>.changes}.",
        "is about r2",
    ),
    // Which way.
    ("Items rose to {<month, items>.items}.", "`rose`"),
    ("{a1} was up by {<account/a1>.delta}.", "`was up`"),
    (
        "Real changes fell by {<month, real changes>.delta}.",
        "`fell`",
    ),
    ("{<kind deleted>.n}, fewer than before.", "`fewer`"),
    (
        "構成アイテムは{<month, items>.items}に増加しました。",
        "`増加`",
    ),
    (
        "Items stayed the same at {<month, items>.items}.",
        "`the same`",
    ),
    // Which is the first.
    (
        "{a2} was the busiest, with {<account/a2>.items}.",
        "`busiest`",
    ),
    ("{r2} changed most, with {<resource/r2>.changes}.", "`most`"),
    (
        "{g2} had most of the items: {<region/g2>.share}.",
        "`most of`",
    ),
    // The month before's value for this month's.
    (
        "The month brought {<month, items>.prev}.",
        "without the month's own value",
    ),
    (
        "{a1} had {<account/a1>.prev}.",
        "without the month's own value",
    ),
    // New, gone, absent.
    ("{a1} is new, with {<account/a1>.items}.", "`new`"),
    ("{<month, items>.items} were deleted.", "`deleted`"),
    (
        "Nothing was deleted: {<kind deleted>.n}.",
        "absence is not proved",
    ),
    ("{a1} had no fewer than {<account/a1>.items}.", "`no`"),
    (
        "削除はありませんでした（{<kind deleted>.n}）。",
        "absence is not proved",
    ),
    ("{<kind deleted>.n} were security problems.", "`security`"),
    ("{<month, items>.items} were unusual.", "`unusual`"),
    // What no fact says.
    ("{<month, items>.items} because of a release.", "`because`"),
    ("All of {<month, items>.items} came in.", "`all`"),
    ("About {<month, items>.items} came in.", "`about`"),
    ("In November {<month, items>.items} came in.", "`november`"),
    ("In Tokyo {<month, items>.items} came in.", "`tokyo`"),
    ("You should look at {<month, items>.items}.", "`should`"),
    ("It was a busy month.", "no value"),
    ("{a1} was busy.", "no value"),
    // Names and slots.
    ("Lambda functions had {<month, items>.items}.", "`Lambda`"),
    (
        "The web server \"prod\" had {<month, items>.items}.",
        "quotes",
    ),
    (
        "[here](http://evil.example) {<month, items>.items}",
        "markup",
    ),
    ("{f9999.items} came in.", "there is no fact"),
    ("{f1.itemz} came in.", "has no value"),
    ("{a99} had {<account/a1>.items}.", "nothing called"),
    ("{f1.items came in.", "has no end"),
    ("invisible\u{200b}: {<month, items>.items}", "hidden"),
];

#[test]
fn what_does_not_hold_is_refused_for_its_own_reason() {
    let facts = facts();
    for (text, why) in FALSE_CLAIMS {
        let language = if text.chars().any(|c| c > '\u{3000}') {
            "ja"
        } else {
            "en"
        };
        let text = with_ids(&facts, text);
        match tried(&facts, &text, language) {
            Err(reasons) if reasons.contains(why) => {}
            other => panic!("{text}\nwanted: {why}\n{other:?}"),
        }
    }
    let german = with_ids(&facts, "Der Monat hatte {<month, items>.items}.");
    assert!(
        tried(&facts, &german, "ja")
            .unwrap_err()
            .contains("not written in ja")
    );
}

/// Sentences about every counted fact, with words that are true of it.
fn generated(facts: &Facts) -> Vec<(String, &Fact)> {
    let mut claims = Vec::new();
    for fact in &facts.facts {
        let about = fact
            .subject
            .iter()
            .map(|id| format!("{{{}}}", facts.entities.get(*id).unwrap().alias));
        let about: Vec<String> = about.collect();
        let Some(first) = fact.fields.first() else {
            continue;
        };
        if !fact.is_whole || about.is_empty() {
            continue;
        }
        let (id, name) = (&fact.id, first.name);
        claims.push((
            format!("In {}, {{{id}.{name}}} came in.", about.join(" ")),
            fact,
        ));
        if let Some(trend) = fact.trend(Some(first.quantity)) {
            let word = match trend {
                std::cmp::Ordering::Less => "fell",
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Greater => "rose",
            };
            claims.push((
                format!(
                    "{} {word} by {{{id}.delta}} to {{{id}.{name}}}.",
                    about.join(" ")
                ),
                fact,
            ));
        }
    }
    claims
}

/// Off by one and ten times need no case here: whatever digit a model writes, it is refused.
#[test]
fn no_mutant_of_a_claim_holds() {
    let facts = facts();
    let claims = generated(&facts);
    assert!(claims.len() > 40, "{}", claims.len());
    let (mut swapped, mut flipped, mut stale, mut digits) = (0, 0, 0, 0);
    for (text, fact) in &claims {
        tried(&facts, text, "en").unwrap_or_else(|why| panic!("{text}: {why}"));
        for id in &fact.subject {
            let of = facts.entities.get(*id).unwrap();
            let others = facts
                .entities
                .iter()
                .filter(|(other, entity)| entity.kind == of.kind && other != id);
            for (_, other) in others {
                let (from, to) = (format!("{{{}}}", of.alias), format!("{{{}}}", other.alias));
                assert!(
                    tried(&facts, &text.replace(&from, &to), "en").is_err(),
                    "{text} {to}"
                );
                swapped += 1;
            }
        }
        for (from, to) in [(" rose ", " fell "), (" fell ", " rose ")] {
            if text.contains(from) {
                assert!(
                    tried(&facts, &text.replace(from, to), "en").is_err(),
                    "{text}"
                );
                flipped += 1;
            }
        }
        if fact.field("prev").is_some() && text.contains("came in") {
            let first = fact.fields.first().unwrap().name;
            let text = text.replace(&format!(".{first}}}"), ".prev}");
            assert!(tried(&facts, &text, "en").is_err(), "{text}");
            stale += 1;
        }
        for digit in ["7", "７", "Ⅶ", "seven", "dozens"] {
            assert!(tried(&facts, &format!("{text} That is {digit}."), "en").is_err());
            digits += 1;
        }
    }
    println!(
        "{} claims; swapped {swapped}, flipped {flipped}, stale {stale}, digits {digits}: all caught",
        claims.len()
    );
    assert!(swapped > 100 && flipped > 10 && stale > 20 && digits > 100);
}

#[test]
fn names_of_users_change_no_claim_and_stay_out_of_markdown() {
    let (plain, spoiled) = (facts(), Facts::with_cube(&hostile(), Cube::default()));
    let text = with_ids(&plain, "The month brought {<month, items>.items}.");
    assert_eq!(tried(&plain, &text, "en"), tried(&spoiled, &text, "en"));
    let r = alias_of_first_resource(&spoiled);
    let fact = fact(&spoiled, "resource", &r);
    let answer = json!({"claims": [format!("{{{r}}} had {{{}.changes}}.", fact.id)]});
    let proof = prove(&spoiled, &answer.to_string(), "en").unwrap();
    let (_, claim) = proof.verified.first().unwrap();
    assert!(
        claim
            .markdown
            .starts_with("`</td><script>alert(1)</script>` had"),
        "{}",
        claim.markdown
    );
}

fn alias_of_first_resource(facts: &Facts) -> String {
    let first = facts
        .entities
        .iter()
        .find(|(_, entity)| entity.kind == EntityKind::Resource);
    first.unwrap().1.alias.clone()
}

#[test]
fn absence_holds_where_everything_is_known_to_be_recorded() {
    let mut digest = calm();
    digest.recreated = crate::analysis::ResourceList::default();
    let complete = Facts::with_cube(&digest, Cube::default());
    let text = with_ids(
        &complete,
        "Nothing was recreated: {<none recreated, proved>.resources}.",
    );
    assert!(tried(&complete, &text, "en").is_ok());
    // The same month without that knowledge has no such fact.
    digest.coverage = november().coverage;
    let incomplete = Facts::with_cube(&digest, Cube::default());
    assert!(
        incomplete
            .facts
            .iter()
            .all(|fact| !fact.label.starts_with("none"))
    );
}

#[test]
fn a_departure_is_above_or_below_what_was_expected() {
    let facts = facts();
    let (mut above, mut below) = (0, 0);
    for fact in facts.facts.iter().filter(|fact| fact.label == "unusual") {
        let number = |name| match fact.field(name).map(|field| &field.value) {
            Some(Value::Count(n)) => Some(n * 10),
            Some(Value::Tenths(n)) => Some(*n),
            _ => None,
        };
        let (Some(seen), Some(expected)) = (number("seen"), number("expected")) else {
            continue;
        };
        let about = fact.subject.iter().chain(&fact.members);
        let about: Vec<String> = about
            .map(|id| format!("{{{}}}", facts.entities.get(*id).unwrap().alias))
            .collect();
        let said = |word: &str| {
            let id = &fact.id;
            let text = format!(
                "{}: {{{id}.seen}}, {word} the expected {{{id}.expected}}.",
                about.join(" ")
            );
            tried(&facts, &text, "en")
        };
        let (holds, fails) = if seen > expected {
            above += 1;
            ("above", "below")
        } else {
            below += 1;
            ("below", "above")
        };
        assert!(said(holds).is_ok(), "{:?}", said(holds));
        let why = said(fails).unwrap_err();
        assert!(why.contains("went another way"), "{why}");
    }
    assert!(above > 0 && below > 0, "{above} {below}");
}

#[test]
fn what_is_no_list_of_claims_proves_nothing() {
    let facts = facts();
    for answer in [
        "",
        "{}",
        "[]",
        "null",
        "{\"claims\": 3}",
        "I cannot do that.",
        "{\"claims\": [3]}",
    ] {
        assert!(prove(&facts, answer, "en").is_none(), "{answer}");
    }
    let none = prove(&facts, "{\"claims\": []}", "en").unwrap();
    assert!(none.verified.is_empty() && none.failed.is_empty());
    assert_eq!(alias(&facts, EntityKind::Account, "111122223333"), "a1");
}

#[test]
fn other_languages_have_numbers_and_names_checked() {
    let facts = facts();
    let good = with_ids(&facts, "En {a1}, {<account/a1>.items} éléments.");
    assert_eq!(
        tried(&facts, &good, "fr").unwrap(),
        "En 111122223333, 2,060 éléments."
    );
    let swapped = with_ids(&facts, "En {a2}, {<account/a1>.items} éléments.");
    assert!(tried(&facts, &swapped, "fr").is_err());
    let digit = with_ids(&facts, "En {a1}, {<account/a1>.items} de 3 éléments.");
    assert!(tried(&facts, &digit, "fr").is_err());
}

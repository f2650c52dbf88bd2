//! Months that were counted are kept, and are as good as counted anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{ask, ask_uncached, demo_lake, files_below, folder, settle};
use crate::support::{
    lake::{Place, TestLake, item},
    process::SdkClient,
    wire::Era,
};

/// Questions that kept months answer: in other words, at another length, beside a text that is held
/// against all facts.
const ASKED: [&[&str]; 6] = [
    &["summarize", "2024-11", "--format", "json"],
    &[
        "summarize",
        "2024-11",
        "--format",
        "markdown",
        "--language",
        "ja",
    ],
    &["summarize", "2024-11", "--format", "json", "--top", "3"],
    &[
        "summarize",
        "2024-11",
        "--account",
        "111122223333",
        "--format",
        "json",
    ],
    &[
        "summarize",
        "2024-11",
        "--format",
        "json",
        "--verify",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/cache/claims.txt"),
    ],
    &["months", "--format", "json"],
];

/// What is kept in a cache.
fn kept(cache: &Path) -> Vec<PathBuf> {
    let mut files = files_below(cache);
    files.retain(|file| {
        file.parent()
            .is_some_and(|folder| folder.ends_with("_answers"))
    });
    files
}

/// Asks with a cache, and holds the answer to that without one. One that checks a text may end with
/// another exit code than 0.
fn asked_as_uncached(lake: &str, cache: &Path, question: &[&str]) {
    let counted = ask_uncached(lake, question).out;
    assert_eq!(ask(lake, cache, question).out, counted, "{question:?}");
}

#[test]
fn a_kept_month_answers_whatever_is_asked_of_it() {
    let (lake, cache) = (demo_lake(), folder());
    for question in ASKED {
        asked_as_uncached(&lake, cache.path(), question);
        let before = kept(cache.path());
        asked_as_uncached(&lake, cache.path(), question);
        assert_eq!(
            kept(cache.path()),
            before,
            "nothing is counted twice: {question:?}"
        );
    }
    // The month; at another length; of one account; with facts; and the months there are. Beside
    // them the four answers that are nothing but a digest.
    assert_eq!(kept(cache.path()).len(), 5 + 4);
    // Nothing but what is kept was needed for the second answers.
    let parts = files_below(cache.path()).into_iter();
    for part in parts.filter(|path| path.ends_with("part.json")) {
        fs::remove_file(part).unwrap();
    }
    for question in ASKED {
        asked_as_uncached(&lake, cache.path(), question);
    }
    let parts = files_below(cache.path()).into_iter();
    assert_eq!(parts.filter(|path| path.ends_with("part.json")).count(), 0);
}

#[tokio::test]
async fn a_server_answers_a_model_from_what_another_one_kept() {
    let (lake, cache) = (demo_lake(), folder());
    let questions = || {
        [
            json!({"month": "2024-11"}),
            // More than is told to a model at once.
            json!({"month": "2024-11", "language": "ja", "top": 100}),
        ]
    };
    let mut answers = Vec::new();
    for arguments in [
        &["serve", "--lake", &lake, "--no-cache"][..],
        &[
            "serve",
            "--lake",
            &lake,
            "--cache-dir",
            cache.path().to_str().unwrap(),
        ],
        &[
            "serve",
            "--lake",
            &lake,
            "--cache-dir",
            cache.path().to_str().unwrap(),
        ],
    ] {
        let server = SdkClient::connect(Era::Modern, arguments).await;
        for _ in 0..2 {
            for question in questions() {
                let answer = server.call("summarize_month", question).await.unwrap();
                answers.push(answer["structuredContent"].clone());
            }
        }
    }
    assert_eq!(answers[0]["truncated"], true);
    assert_eq!(answers[1]["truncated"], true);
    for again in answers.chunks(2) {
        assert_eq!(again, &answers[..2]);
    }
    // Of each question what was counted, and the answer.
    assert_eq!(kept(cache.path()).len(), 2 * 2);
}

#[test]
fn a_damaged_or_foreign_kept_month_is_counted_again() {
    let (lake, cache) = (demo_lake(), folder());
    let question = ASKED[0];
    let counted = ask(&lake, cache.path(), question).ok();
    // The month, and the answer that was made of it.
    let files = kept(cache.path());
    let whole: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(files.len(), 2);
    for (damaged, content) in files.iter().zip(&whole) {
        for at in [0, content.len() / 2, content.len() - 30, content.len() - 1] {
            for file in &files {
                fs::remove_file(file).unwrap();
            }
            let mut flipped = content.clone();
            flipped[at] ^= 4;
            fs::write(damaged, flipped).unwrap();
            let answer = ask(&lake, cache.path(), question).ok();
            assert_eq!(answer, counted, "byte {at}");
            for (file, content) in files.iter().zip(&whole) {
                let kept = fs::read(file).unwrap();
                assert_eq!(&kept, content, "it was counted and kept again");
            }
        }
    }
    // What stands under the name of something else is not taken for it.
    let other = folder();
    ask(&lake, other.path(), ASKED[5]).ok();
    let [months] = kept(other.path()).try_into().unwrap();
    for file in &files {
        fs::copy(&months, file).unwrap();
    }
    assert_eq!(ask(&lake, cache.path(), question).ok(), counted);
}

#[test]
fn a_kept_month_is_not_used_after_a_further_delivery() {
    let lake = TestLake::new();
    let deliver = |day: &str, name: &str, time: &str| {
        let place = Place::history("111122223333", "us-east-1", day);
        lake.items(&place, name, &[item("vpc-1", time)]);
        settle(lake.path());
    };
    deliver("2024/11/3", "a.json.gz", "2024-11-03T10:00:00Z");
    let cache = folder();
    let items = || -> u64 {
        let question = ["summarize", "2024-11", "--format", "json"];
        let answer = ask(lake.arg(), cache.path(), &question).ok();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["digest"]["totals"]["items"].as_u64().unwrap()
    };
    assert_eq!((items(), items()), (1, 1));
    assert_eq!(kept(cache.path()).len(), 2);
    deliver("2024/11/4", "b.json.gz", "2024-11-04T10:00:00Z");
    assert_eq!((items(), items()), (2, 2));
    assert_eq!(kept(cache.path()).len(), 4);
}

#[test]
fn what_may_change_unnoticed_is_not_kept() {
    let lake = TestLake::new();
    let cache = folder();
    let question = ["summarize", "2024-11", "--format", "json"];
    let items = |ids: [&str; 2]| {
        // Two files of one size under one key, one just after the other.
        let items = ids.map(|id| item(id, "2024-11-03T10:00:00Z"));
        let place = Place::history("111122223333", "us-east-1", "2024/11/3");
        lake.items(&place, "a.json.gz", &items);
        let answer = ask(lake.arg(), cache.path(), &question).ok();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["digest"]["totals"]["resources"].as_u64().unwrap()
    };
    assert_eq!(items(["vpc-1", "vpc-2"]), 2);
    assert!(kept(cache.path()).is_empty());
    assert_eq!(items(["vpc-1", "vpc-1"]), 1);
}

#[test]
fn a_kept_month_names_the_lake_as_it_was_asked_for() {
    let (lake, cache) = (demo_lake(), folder());
    let other = format!("{lake}/../lake");
    for question in [ASKED[0], ASKED[5]] {
        ask(&lake, cache.path(), question).ok();
        let named = ask(&other, cache.path(), question).ok();
        assert_eq!(named, ask_uncached(&other, question).ok(), "{question:?}");
    }
    // The month, its answer under either name, and the months there are.
    assert_eq!(kept(cache.path()).len(), 4);
}

#[test]
fn without_a_cache_nothing_is_kept() {
    let cache = folder();
    ask(
        &demo_lake(),
        cache.path(),
        &[ASKED[0], &["--no-cache"]].concat(),
    )
    .ok();
    assert!(files_below(cache.path()).is_empty());
}

//! A month worded by a model: what is shown is proved, what goes wrong is told, what takes long is
//! fetched later. The model is a fake; facts, brief and proof are the program's own.

mod command;
mod doctor;
mod explained;
mod later;

use config_history::{
    claude::{ClaudeErrorKind, Role},
    service::{
        AnswerSize, ErrorCode, HistoryService, MAX_ANSWER_CHARS, MonthSummary, Narrative,
        NarrativeMode, NarrativeStatus, NarratorSettings, SummarizeRequest,
    },
    store::CallContext,
};
use serde_json::json;

use crate::support::author::{FakeAuthor, Step, bare_demo, demo};

fn worded() -> SummarizeRequest {
    SummarizeRequest {
        narrative: NarrativeMode::Claude,
        ..SummarizeRequest::of("2024-11".parse().unwrap())
    }
}

fn grouped(n: u64) -> String {
    let (thousands, rest) = (n / 1_000, n % 1_000);
    if thousands == 0 {
        rest.to_string()
    } else {
        format!("{thousands},{rest:03}")
    }
}

async fn ask(service: &HistoryService, request: &SummarizeRequest) -> MonthSummary {
    let cx = CallContext::default();
    service
        .summarize_month(request, AnswerSize::ForModel, &cx)
        .await
        .unwrap()
}

fn told(answer: &MonthSummary) -> &Narrative {
    answer.narrative.as_ref().unwrap()
}

fn plain_settings() -> NarratorSettings {
    NarratorSettings::default()
}

#[tokio::test]
async fn without_a_model_the_digest_is_the_answer_and_says_why() {
    let service = bare_demo();
    let plain = ask(&service, &SummarizeRequest::of("2024-11".parse().unwrap())).await;
    assert!(plain.narrative.is_none() && plain.check.is_none());
    let answer = ask(&service, &worded()).await;
    assert_eq!(told(&answer).status, NarrativeStatus::Unavailable);
    let why = told(&answer).why.as_deref().unwrap();
    assert!(why.contains("ANTHROPIC_API_KEY"), "{why}");
    assert!(
        answer.text.starts_with("There is no narrative"),
        "{}",
        answer.text
    );
    assert!(answer.text.ends_with(&plain.text));
    assert_eq!(
        answer.digest, plain.digest,
        "a narrative leaves the digest alone"
    );
}

#[tokio::test]
async fn what_is_proved_stands_above_the_digest_with_its_numbers() {
    let author = FakeAuthor::new([Step::Truly]);
    let service = demo(&author, &plain_settings());
    let answer = ask(&service, &worded()).await;
    let narrative = told(&answer);
    assert_eq!(narrative.status, NarrativeStatus::Verified, "{narrative:?}");
    assert_eq!(narrative.claims_verified, 3);
    assert_eq!(
        narrative.proof.as_deref(),
        Some("3 claims, 3 verified, 0 dropped")
    );
    let heading = "## Narrative by fake-model-1 (3 claims, 3 verified, 0 dropped)\n\n- ";
    assert!(answer.text.starts_with(heading), "{}", answer.text);
    for (claim, count) in narrative.claims.iter().zip(&answer.digest.accounts) {
        // By the digest's own list, which the narrative did not write.
        assert!(claim.text.contains(&count.key), "{}", claim.text);
        let items = claim
            .text
            .replace(&grouped(count.items), &count.items.to_string());
        assert!(
            items.contains(&format!(", {} items came in", count.items)),
            "{items}"
        );
        assert!(!claim.facts.is_empty());
    }
    let usage = narrative.usage.unwrap();
    assert_eq!(
        (usage.calls, usage.input_tokens, usage.output_tokens),
        (1, 3_512, 640)
    );
    assert_eq!(usage.cost_estimate_usd, Some(0.000_671));
    let sent = author.prompts();
    assert!(
        !sent[0].turns[0].text.contains("111122223333"),
        "accounts go by alias"
    );
}

#[tokio::test]
async fn the_second_time_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let settings = NarratorSettings {
        cache_folder: Some(folder.path().to_owned()),
        ..plain_settings()
    };
    let author = FakeAuthor::new([Step::Truly]);
    let first = ask(&demo(&author, &settings), &worded()).await;
    let service = demo(&author, &settings);
    let mut second = ask(&service, &worded()).await;
    assert_eq!(author.calls(), 1);
    let kept = second.narrative.as_mut().unwrap();
    assert!(std::mem::take(&mut kept.cached));
    assert_eq!(second.narrative, first.narrative);
    for other in [
        SummarizeRequest {
            language: Some("ja".to_owned()),
            ..worded()
        },
        SummarizeRequest {
            account: vec!["111122223333".to_owned()],
            ..worded()
        },
    ] {
        assert!(
            !told(&ask(&service, &other).await).cached,
            "another question"
        );
    }
    // Other lists of the digest are no other question.
    let longer = SummarizeRequest {
        top: Some(3),
        ..worded()
    };
    assert!(told(&ask(&service, &longer).await).cached);
}

#[tokio::test]
async fn a_file_that_somebody_wrote_into_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = NarratorSettings {
        cache_folder: Some(folder.path().to_owned()),
        ..plain_settings()
    };
    let author = FakeAuthor::new([Step::Truly]);
    let first = ask(&demo(&author, &settings), &worded()).await;
    let file = std::fs::read_dir(folder.path().join("narratives"))
        .unwrap()
        .next();
    let path = file.unwrap().unwrap().path();
    let mut entry: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    entry["answers"] = json!([r#"{"claims": ["There were 7 items, all by one person."]}"#]);
    std::fs::write(&path, entry.to_string()).unwrap();
    let second = ask(&demo(&author, &settings), &worded()).await;
    assert_eq!(author.calls(), 2);
    assert_eq!(second.narrative, first.narrative);
}

#[tokio::test]
async fn a_claim_that_fails_is_repaired_once_and_in_its_place() {
    let author = FakeAuthor::new([Step::With("There were 7 items."), Step::Truly]);
    let answer = ask(&demo(&author, &plain_settings()), &worded()).await;
    let narrative = told(&answer);
    assert_eq!(author.calls(), 2);
    let turns = &author.prompts()[1].turns;
    let roles: Vec<Role> = turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::User]);
    assert!(turns[1].text.contains("There were 7 items."));
    // The repair says what the first answer said already: once is enough.
    assert_eq!(narrative.status, NarrativeStatus::Verified);
    assert!(!answer.text.contains("There were 7"));
    assert_eq!(narrative.usage.unwrap().calls, 2);
}

#[tokio::test]
async fn what_is_never_proved_is_dropped_and_counted() {
    let lie = "There were 7 items.";
    let author = FakeAuthor::new([Step::With(lie)]);
    let answer = ask(&demo(&author, &plain_settings()), &worded()).await;
    let narrative = told(&answer);
    assert_eq!((narrative.claims_made, narrative.claims_verified), (2, 1));
    assert_eq!((narrative.claims_dropped, narrative.dropped.len()), (1, 1));
    let shown = serde_json::to_string(&answer).unwrap();
    assert!(!shown.contains(lie), "{shown}");
}

#[tokio::test]
async fn where_nothing_is_proved_the_digest_is_the_answer() {
    for text in [
        "no JSON",
        "{}",
        r#"{"claims": []}"#,
        r#"{"claims": ["7 items."]}"#,
    ] {
        let author = FakeAuthor::new([Step::Text(text.to_owned())]);
        let answer = ask(&demo(&author, &plain_settings()), &worded()).await;
        assert_eq!(author.calls(), 2, "{text}");
        assert_eq!(told(&answer).status, NarrativeStatus::Unavailable, "{text}");
        assert!(
            told(&answer)
                .why
                .as_deref()
                .unwrap()
                .contains("could be proved")
        );
    }
}

#[tokio::test]
async fn every_failure_is_a_reason_and_what_to_do() {
    for (kind, todo) in [
        (ClaudeErrorKind::Refused, "the digest, or another --model"),
        (ClaudeErrorKind::MustWait, "Ask again in 4 min 12 s"),
        (ClaudeErrorKind::SpendLimit, "Raise the limit"),
    ] {
        let author = FakeAuthor::new([Step::Fail(kind)]);
        let answer = ask(&demo(&author, &plain_settings()), &worded()).await;
        let why = told(&answer).why.as_deref().unwrap();
        assert!(
            why.starts_with("the fake model was told to fail. "),
            "{why}"
        );
        assert!(why.contains(todo), "{why}");
        assert_eq!(author.calls(), 1);
    }
    // What was proved before the second call failed, stands.
    let author = FakeAuthor::new([Step::With("7"), Step::Fail(ClaudeErrorKind::Network)]);
    let answer = ask(&demo(&author, &plain_settings()), &worded()).await;
    assert_eq!(
        (told(&answer).claims_verified, told(&answer).claims_dropped),
        (1, 1)
    );
}

#[tokio::test]
async fn a_month_without_items_costs_no_call() {
    let author = FakeAuthor::new([Step::Truly]);
    let nothing = SummarizeRequest {
        resource_type: vec!["AWS::Lambda::Alias".to_owned()],
        ..worded()
    };
    let cx = CallContext::default();
    let service = demo(&author, &plain_settings());
    match service
        .summarize_month(&nothing, AnswerSize::ForModel, &cx)
        .await
    {
        Ok(answer) => {
            assert_eq!(answer.digest.totals.items, 0);
            assert_eq!(told(&answer).status, NarrativeStatus::Unavailable);
            assert!(told(&answer).why.as_deref().unwrap().contains("no items"));
        }
        Err(error) => assert_eq!(error.code(), ErrorCode::UnknownMonth),
    }
    assert_eq!(author.calls(), 0);
}

#[tokio::test]
async fn a_narrative_speaks_any_language_and_the_digest_two() {
    let author = FakeAuthor::new([Step::Truly]);
    let service = demo(&author, &plain_settings());
    let french = SummarizeRequest {
        language: Some("FR".to_owned()),
        ..worded()
    };
    let answer = ask(&service, &french).await;
    assert_eq!(told(&answer).language, "fr");
    assert!(author.prompts()[0].system.contains("language fr"));
    assert!(
        answer.text.contains("# AWS Config history of 2024-11"),
        "{}",
        answer.text
    );
    let japanese = SummarizeRequest {
        language: Some("ja".to_owned()),
        ..worded()
    };
    let answer = ask(&service, &japanese).await;
    assert!(
        answer.text.starts_with("## fake-model-1 による要約"),
        "{}",
        answer.text
    );
    let cx = CallContext::default();
    for request in [
        SummarizeRequest {
            language: Some("French".to_owned()),
            ..worded()
        },
        SummarizeRequest {
            narrative: NarrativeMode::None,
            ..french
        },
    ] {
        let refused = service
            .summarize_month(&request, AnswerSize::ForModel, &cx)
            .await;
        assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
    }
}

#[tokio::test]
async fn an_answer_with_everything_in_it_stays_short() {
    let author = FakeAuthor::new([Step::Truly]);
    let service = demo(&author, &plain_settings());
    let sentence = "In November there were 12 items in 111122223333, up from 3 in October. ";
    let everything = SummarizeRequest {
        top: Some(100),
        verify: Some(sentence.repeat(20_000 / sentence.len())),
        ..worded()
    };
    let answer = ask(&service, &everything).await;
    let chars = serde_json::to_string(&answer).unwrap().chars().count() as u64;
    assert!(chars <= MAX_ANSWER_CHARS, "{chars}");
    assert!(answer.check.is_some() && told(&answer).claims_verified == 3);
    assert!(answer.digest.totals.items > 0);
}

#[tokio::test]
async fn a_text_is_checked_against_the_month_that_was_asked_about() {
    let service = bare_demo();
    let plain = SummarizeRequest::of("2024-11".parse().unwrap());
    let items = ask(&service, &plain).await.digest.totals.items;
    let checked = async |text: String, month: &str| {
        let request = SummarizeRequest {
            verify: Some(text),
            ..SummarizeRequest::of(month.parse().unwrap())
        };
        ask(&service, &request).await.check.unwrap()
    };
    let says = |items| format!("AWS Config recorded {items} items in November 2024.");
    let right = checked(says(items), "2024-11").await;
    assert!(right.holds, "{right:?}");
    assert_eq!((right.verified, right.sentences.len()), (1, 1));
    let wrong = checked(says(items + 1), "2024-11").await;
    assert!(!wrong.holds, "{wrong:?}");
    assert_eq!(wrong.contradicted + wrong.unproved, 1, "{wrong:?}");
    assert!(!wrong.sentences[0].findings.is_empty());
    let of_another = checked(says(items), "2024-10").await;
    assert!(!of_another.holds, "{of_another:?}");
}

#[tokio::test]
async fn a_text_to_check_is_a_text_of_some_length() {
    let (service, cx) = (bare_demo(), CallContext::default());
    for (verify, said) in [
        (" \n".to_owned(), "empty"),
        ("あ".repeat(20_001), "20001 characters"),
    ] {
        let request = SummarizeRequest {
            verify: Some(verify),
            ..SummarizeRequest::of("2024-11".parse().unwrap())
        };
        let refused = service
            .summarize_month(&request, AnswerSize::ForModel, &cx)
            .await;
        let error = refused.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().contains(said), "{error}");
    }
}

//! Callers that wait, each a task, in time that passes by itself.

use futures::future::join_all;

use super::{provider::Provider, *};

/// Sends a request, which takes a second, and says whether the provider let it in.
async fn send(
    governor: &Governor,
    provider: &Mutex<Provider>,
    time: &FakeTime,
    need: Need,
) -> Result<bool, ClaudeError> {
    let turn = governor.reserve(&need, &|_| ()).await?;
    let (fits, tokens) = provider.lock().unwrap().ask(need.tokens(), time.now());
    let learned = Learned {
        tokens,
        ..Learned::default()
    };
    governor.learn(&learned).await;
    time.sleep(Duration::from_secs(1)).await;
    // Half of the input and nearly nothing of the output, as in most requests.
    let used = used(need.input_tokens / 2, 20);
    governor.settle(turn, Some(used)).await;
    Ok(fits)
}

#[tokio::test]
async fn sixty_at_once_are_all_answered_and_none_is_refused() {
    for provider in [Provider::bucket(40_000), Provider::minutes(40_000, 12_345)] {
        let time = FakeTime::at(NOON);
        let settings = GovernorSettings {
            longest_wait: Duration::from_hours(1),
            ..GovernorSettings::default()
        };
        let governor = governor(settings, &time);
        let provider = Mutex::new(provider);
        let calls = (0..60).map(|_| send(&governor, &provider, &time, need(3_000, 1_000)));
        let answers = time.run(join_all(calls)).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(true))));
        // 240,000 tokens in minutes of 40,000, and no minute wasted.
        assert!(time.now() - NOON < 6 * 61_000, "{}", time.now() - NOON);
    }
}

#[tokio::test]
async fn sixty_at_once_who_wait_for_a_short_while_are_told_when() {
    let time = FakeTime::at(NOON);
    let settings = GovernorSettings {
        longest_wait: Duration::from_secs(30),
        ..GovernorSettings::default()
    };
    let governor = governor(settings, &time);
    let provider = Mutex::new(Provider::bucket(40_000));
    let calls = (0..60).map(async |_| {
        let mut times = 0;
        loop {
            times += 1;
            match send(&governor, &provider, &time, need(3_000, 1_000)).await {
                Ok(fits) => break (fits, times),
                Err(error) => {
                    assert_eq!(error.kind(), ClaudeErrorKind::MustWait);
                    time.sleep(error.wait().expect("a time to ask again")).await;
                }
            }
        }
    });
    let answers = time.run(join_all(calls)).await;
    assert!(answers.iter().all(|(fits, _)| *fits));
    assert_eq!(answers.iter().filter(|(_, times)| *times == 1).count(), 10);
}

#[tokio::test]
async fn who_waits_is_told_how_long_and_a_pause_makes_it_longer() {
    let time = FakeTime::at(NOON);
    let governor = governor(wide(), &time);
    governor.pause(Duration::from_secs(5)).await;
    let waits = Mutex::new(Vec::new());
    let note = |wait: Duration| waits.lock().unwrap().push(wait.as_secs());
    let need = need(1, 1);
    let waiting = governor.reserve(&need, &note);
    let pause = async {
        time.sleep(Duration::from_secs(4)).await;
        governor.pause(Duration::from_secs(10)).await;
    };
    let (turn, ()) = time.run(async { tokio::join!(waiting, pause) }).await;
    turn.unwrap();
    assert_eq!(*waits.lock().unwrap(), [5, 9]);
    assert_eq!(time.now(), NOON + 14_000);
}

#[tokio::test]
async fn who_gives_up_waiting_gives_back_the_place() {
    let time = FakeTime::at(NOON);
    let settings = GovernorSettings {
        requests_per_minute: Some(1),
        tokens_per_day: Some(100),
        ..wide()
    };
    let governor = governor(settings, &time);
    let first = governor.reserve(&need(10, 10), &|_| ()).await.unwrap();
    let large = need(40, 40);
    let waiting = governor.reserve(&large, &|_| ());
    assert!(waiting.now_or_never().is_none(), "it should wait");
    // Its place in the day is free again.
    governor.settle(first, Some(used(10, 10))).await;
    let turn = time.run(governor.reserve(&large, &|_| ())).await;
    assert_eq!(time.now(), NOON + 61_000);
    drop(turn.unwrap());
    // This one may have reached the provider: dropped, it is spent.
    let error = governor.reserve(&need(1, 0), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::DailyCap);
}

#[tokio::test]
async fn clones_share_and_accounts_do_not() {
    let time = FakeTime::at(NOON);
    let settings = GovernorSettings {
        requests_per_minute: Some(1),
        longest_wait: Duration::ZERO,
        ..wide()
    };
    let one = governor(settings.clone(), &time);
    let other = governor(settings, &time);
    let _turn = one.reserve(&need(1, 1), &|_| ()).await.unwrap();
    one.clone().reserve(&need(1, 1), &|_| ()).await.unwrap_err();
    other.reserve(&need(1, 1), &|_| ()).await.unwrap();
}

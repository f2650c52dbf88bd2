//! When turns come.

use super::*;

#[test]
fn a_full_minute_makes_the_next_wait_until_what_was_sent_leaves_it() {
    let settings = GovernorSettings {
        input_tokens_per_minute: Some(1_000),
        ..wide()
    };
    let mut state = State::fresh("test");
    assert_eq!(
        ask(&mut state, &settings, 1, need(600, 0), NOON).unwrap(),
        Turn::Now
    );
    assert_eq!(
        ask(&mut state, &settings, 2, need(400, 0), NOON + 10_000).unwrap(),
        Turn::Now
    );
    // The first leaves after 61 s; the third needs its place and no more.
    let third = ask(&mut state, &settings, 3, need(600, 0), NOON + 20_000).unwrap();
    assert_eq!(third, Turn::After(Duration::from_secs(41)));
    // The fourth would fit beside the third only when the second has left as well.
    let fourth = ask(&mut state, &settings, 4, need(400, 0), NOON + 20_000).unwrap();
    assert_eq!(fourth, Turn::After(Duration::from_secs(51)));
}

#[test]
fn each_limit_counts_for_itself() {
    let cases = [
        (Some(1), None, None, "1 requests a minute"),
        (None, Some(100), None, "100 input tokens a minute"),
        (None, None, Some(50), "50 output tokens a minute"),
    ];
    for (requests, input, output, named) in cases {
        let settings = GovernorSettings {
            requests_per_minute: requests.or_else(|| wide().requests_per_minute),
            input_tokens_per_minute: input.or_else(|| wide().input_tokens_per_minute),
            output_tokens_per_minute: output.or_else(|| wide().output_tokens_per_minute),
            longest_wait: Duration::from_secs(30),
            ..GovernorSettings::default()
        };
        let mut state = State::fresh("test");
        // Without this, input and output together would be held to the input limit.
        state.learn(
            &Learned {
                tokens: told(1_000_000, 1_000_000, NOON),
                ..Learned::default()
            },
            NOON,
        );
        assert_eq!(
            ask(&mut state, &settings, 1, need(100, 50), NOON).unwrap(),
            Turn::Now
        );
        let error = ask(&mut state, &settings, 2, need(100, 50), NOON).unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::MustWait);
        assert_eq!(error.wait(), Some(Duration::from_secs(61)));
        assert!(error.to_string().contains(named), "{error}");
        assert!(error.to_string().contains("61 s"), "{error}");
        assert!(
            state.open.len() == 1,
            "a refused request left a reservation"
        );
    }
}

#[test]
fn nothing_is_taken_for_granted_before_the_provider_has_spoken() {
    let settings = GovernorSettings {
        longest_wait: Duration::from_secs(10),
        ..GovernorSettings::default()
    };
    let refused = |needs: Need, fit: u64| {
        let mut state = State::fresh("test");
        for id in 0..fit {
            assert_eq!(
                ask(&mut state, &settings, id, needs, NOON).unwrap(),
                Turn::Now
            );
        }
        ask(&mut state, &settings, fit, needs, NOON)
            .unwrap_err()
            .kind()
    };
    // 50 requests; 40,000 tokens, in and out together; 16,000 tokens out.
    assert_eq!(refused(need(1, 1), 50), ClaudeErrorKind::MustWait);
    assert_eq!(refused(need(4_000, 1_000), 8), ClaudeErrorKind::MustWait);
    assert_eq!(refused(need(100, 4_000), 4), ClaudeErrorKind::MustWait);
}

#[test]
fn a_guess_does_not_refuse_for_ever_and_a_known_limit_does() {
    let settings = GovernorSettings {
        longest_wait: Duration::from_mins(2),
        ..GovernorSettings::default()
    };
    let large = need(100_000, 1_000);
    let mut state = State::fresh("test");
    assert_eq!(
        ask(&mut state, &settings, 1, large, NOON).unwrap(),
        Turn::Now
    );
    // It has its minute to itself.
    let next = ask(&mut state, &settings, 2, need(1, 1), NOON).unwrap();
    assert_eq!(next, Turn::After(Duration::from_secs(61)));

    for (set, limit) in [(Some(90_000), None), (None, Some(90_000))] {
        let settings = GovernorSettings {
            input_tokens_per_minute: set,
            ..settings.clone()
        };
        let mut state = State::fresh("test");
        let bucket = Bucket {
            limit,
            ..Bucket::default()
        };
        state.learn(
            &Learned {
                input_tokens: bucket,
                ..Learned::default()
            },
            NOON,
        );
        let error = ask(&mut state, &settings, 1, large, NOON).unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::TooLarge);
        assert!(error.to_string().contains("90000 a minute"), "{error}");
        assert_eq!(error.wait(), None);
    }
}

#[test]
fn a_large_request_is_not_overtaken() {
    let settings = GovernorSettings {
        input_tokens_per_minute: Some(1_000),
        ..wide()
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, need(300, 1), NOON).unwrap();
    let large = ask(&mut state, &settings, 2, need(900, 1), NOON).unwrap();
    assert_eq!(large, Turn::After(Duration::from_secs(61)));
    for id in 3..20 {
        // Each would fit at once beside the first.
        match ask(&mut state, &settings, id, need(10, 1), NOON + id).unwrap() {
            Turn::Now => panic!("{id} overtook the large request"),
            Turn::After(wait) => assert!(wait >= Duration::from_millis(61_000 - id)),
        }
    }
    let large = ask(&mut state, &settings, 2, need(900, 1), NOON + 61_000).unwrap();
    assert_eq!(large, Turn::Now);
}

#[test]
fn who_wakes_late_asks_again_and_counts_from_then() {
    let settings = GovernorSettings {
        requests_per_minute: Some(1),
        ..wide()
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, need(1, 1), NOON).unwrap();
    ask(&mut state, &settings, 2, need(1, 1), NOON).unwrap();
    ask(&mut state, &settings, 3, need(1, 1), NOON).unwrap();
    // Due at 61 s, and 5 s late.
    assert_eq!(
        ask(&mut state, &settings, 2, need(1, 1), NOON + 66_000).unwrap(),
        Turn::Now
    );
    // Due at 122 s by what was thought then.
    let third = ask(&mut state, &settings, 3, need(1, 1), NOON + 122_000).unwrap();
    assert_eq!(third, Turn::After(Duration::from_secs(5)));
}

#[test]
fn what_was_not_used_is_free_again() {
    let settings = GovernorSettings {
        output_tokens_per_minute: Some(1_000),
        ..wide()
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, need(10, 1_000), NOON).unwrap();
    state.settle(1, &need(10, 1_000), Some(&used(10, 300)), NOON + 5);
    assert_eq!(
        ask(&mut state, &settings, 2, need(1, 700), NOON + 6).unwrap(),
        Turn::Now
    );
    state.settle(2, &need(1, 700), None, NOON + 7);
    assert_eq!(
        ask(&mut state, &settings, 3, need(1, 700), NOON + 8).unwrap(),
        Turn::Now
    );
    assert_ne!(
        ask(&mut state, &settings, 4, need(1, 1), NOON + 9).unwrap(),
        Turn::Now
    );
}

#[test]
fn what_counts_in_and_out_together_keeps_what_was_asked_for() {
    // A proxy that took `max_tokens` from its bucket does not put them back.
    let settings = GovernorSettings {
        longest_wait: Duration::from_hours(1),
        ..GovernorSettings::default()
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, need(30_000, 8_000), NOON).unwrap();
    state.settle(1, &need(30_000, 8_000), Some(&used(20_000, 10)), NOON + 5);
    assert_eq!(
        ask(&mut state, &settings, 2, need(1_900, 100), NOON + 6).unwrap(),
        Turn::Now
    );
    assert_ne!(
        ask(&mut state, &settings, 3, need(1, 1), NOON + 7).unwrap(),
        Turn::Now
    );
}

#[test]
fn a_pause_moves_everybody_and_says_so() {
    let settings = GovernorSettings {
        longest_wait: Duration::from_secs(20),
        ..wide()
    };
    let mut state = State::fresh("test");
    state.pause(Duration::from_secs(10), NOON);
    state.pause(Duration::from_secs(3), NOON);
    let waiting = ask(&mut state, &settings, 1, need(1, 1), NOON + 1_000).unwrap();
    assert_eq!(waiting, Turn::After(Duration::from_secs(9)));
    state.pause(Duration::from_secs(30), NOON + 5_000);
    let error = ask(&mut state, &settings, 1, need(1, 1), NOON + 10_000).unwrap_err();
    assert_eq!(error.wait(), Some(Duration::from_secs(25)));
    assert!(
        error.to_string().contains("the provider asked for a pause"),
        "{error}"
    );
    assert!(state.open.is_empty());
}

#[test]
fn the_day_ends_at_midnight_utc() {
    let settings = GovernorSettings {
        tokens_per_day: Some(1_000),
        ..wide()
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, need(300, 200), NOON).unwrap();
    let error = ask(&mut state, &settings, 2, need(400, 200), NOON).unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::DailyCap);
    assert_eq!(error.wait(), Some(Duration::from_hours(12)));
    assert!(
        error.to_string().contains("500 are left of the 1000"),
        "{error}"
    );
    // What is under way is counted as what it may be, and then as what it was.
    state.settle(1, &need(300, 200), Some(&used(300, 50)), NOON + 1);
    ask(&mut state, &settings, 2, need(400, 200), NOON + 2).unwrap();
    state.settle(2, &need(400, 200), Some(&used(400, 200)), NOON + 3);
    ask(&mut state, &settings, 3, need(50, 1), NOON + 4).unwrap_err();
    ask(&mut state, &settings, 3, need(900, 100), NOON + DAY / 2).unwrap();

    let error = ask(&mut state, &settings, 4, need(900, 101), NOON + DAY).unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::DailyCap);
    assert_eq!(error.wait(), None, "no day is long enough");
}

#[test]
fn money_has_a_cap_of_its_own() {
    let settings = GovernorSettings {
        micros_per_day: Some(1_000),
        ..wide()
    };
    let dear = Need {
        micros: 600,
        ..need(1, 1)
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, dear, NOON).unwrap();
    let error = ask(&mut state, &settings, 2, dear, NOON).unwrap_err();
    assert_eq!(error.kind(), ClaudeErrorKind::DailyCap);
    state.settle(1, &dear, None, NOON + 1);
    ask(&mut state, &settings, 2, dear, NOON + 2).unwrap();
}

#[test]
fn the_dead_give_back_what_they_did_not_take_and_are_booked_for_what_they_did() {
    let settings = GovernorSettings {
        requests_per_minute: Some(1),
        tokens_per_day: Some(1_000),
        ..wide()
    };
    let mut state = State::fresh("test");
    assert_eq!(
        ask(&mut state, &settings, 1, need(100, 100), NOON).unwrap(),
        Turn::Now
    );
    ask(&mut state, &settings, 2, need(500, 300), NOON).unwrap();
    // Neither is heard of again.
    let later = NOON + 61_000 + 60_000;
    assert_eq!(
        ask(&mut state, &settings, 3, need(700, 100), later).unwrap(),
        Turn::Now
    );
    let later = NOON + 2 * 3_600_000;
    let error = ask(&mut state, &settings, 4, need(1, 1), later).unwrap_err();
    assert!(error.to_string().contains("0 are left"), "{error}");
}

#[test]
fn a_clock_that_is_set_back_keeps_everybody_in_place() {
    let settings = GovernorSettings {
        requests_per_minute: Some(1),
        ..wide()
    };
    let mut state = State::fresh("test");
    ask(&mut state, &settings, 1, need(1, 1), NOON).unwrap();
    ask(&mut state, &settings, 2, need(1, 1), NOON + 1_000).unwrap();
    let back = NOON - 3_600_000;
    let waiting = ask(&mut state, &settings, 2, need(1, 1), back).unwrap();
    assert_eq!(waiting, Turn::After(Duration::from_mins(1)));
    let behind = ask(&mut state, &settings, 3, need(1, 1), back).unwrap();
    assert_eq!(behind, Turn::After(Duration::from_secs(121)));
}

#[test]
fn estimates_follow_what_was_used() {
    let mut state = State::fresh("test");
    let mut use_of = |input_tokens| {
        let used = Used {
            estimated_input: 1_000,
            ..used(input_tokens, 1)
        };
        state.settle(1, &need(1_000, 1), Some(&used), NOON);
        state.correction()
    };
    // Down by a tenth of the way, up at once, and never beyond belief.
    assert!((use_of(500) - 0.95).abs() < 1e-9);
    assert!((use_of(500) - 0.905).abs() < 1e-9);
    assert!((use_of(1_200) - 1.2).abs() < 1e-9);
    assert!((use_of(1_000_000) - 4.0).abs() < 1e-9);
}

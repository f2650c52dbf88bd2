//! What the provider says of its limits.

use super::*;

fn input(bucket: Bucket) -> Learned {
    Learned {
        input_tokens: bucket,
        ..Learned::default()
    }
}

fn patient() -> GovernorSettings {
    GovernorSettings {
        longest_wait: Duration::from_hours(1),
        ..GovernorSettings::default()
    }
}

/// Returns how many input tokens can be sent at once.
fn room(state: &State, settings: &GovernorSettings, now: u64) -> u64 {
    let fits = |tokens: u64| {
        let mut state = state.clone();
        ask(&mut state, settings, 99, need(tokens, 0), now).is_ok_and(|turn| turn == Turn::Now)
    };
    let (mut low, mut high) = (0, 10_000_000);
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[test]
fn the_provider_s_limit_replaces_the_guess_and_never_what_was_set() {
    let mut state = State::fresh("test");
    state.learn(&input(told(500_000, 500_000, NOON)), NOON);
    assert_eq!(room(&state, &patient(), NOON), 500_000);
    let set = GovernorSettings {
        input_tokens_per_minute: Some(70_000),
        ..patient()
    };
    assert_eq!(room(&state, &set, NOON), 70_000);
    state.learn(&input(told(20_000, 20_000, NOON)), NOON);
    assert_eq!(room(&state, &set, NOON), 20_000);
    // A limit of nothing is no limit that anybody has.
    state.learn(&input(told(0, 0, NOON)), NOON);
    assert_eq!(room(&state, &set, NOON), 20_000);
}

#[test]
fn what_others_use_is_not_there_until_the_limit_is_whole_again() {
    let mut state = State::fresh("test");
    state.learn(&input(told(100_000, 30_000, NOON + 20_000)), NOON);
    assert_eq!(room(&state, &patient(), NOON), 30_000);
    assert_eq!(room(&state, &patient(), NOON + 20_000), 30_000);
    assert_eq!(room(&state, &patient(), NOON + 21_000), 100_000);
}

#[test]
fn what_others_use_leaves_what_was_set_for_this_machine_alone() {
    let set = GovernorSettings {
        input_tokens_per_minute: Some(10_000),
        ..patient()
    };
    let mut state = State::fresh("test");
    state.learn(&input(told(100_000, 40_000, NOON + 60_000)), NOON);
    assert_eq!(room(&state, &set, NOON), 10_000);
    state.learn(&input(told(100_000, 4_000, NOON + 60_000)), NOON);
    assert_eq!(room(&state, &set, NOON), 4_000);
}

#[test]
fn what_is_in_flight_is_not_counted_twice() {
    let mut state = State::fresh("test");
    state.learn(&input(told(100_000, 100_000, NOON)), NOON);
    for id in 0..4 {
        let turn = ask(&mut state, &patient(), id, need(10_000, 0), NOON).unwrap();
        assert_eq!(turn, Turn::Now);
    }
    // It knows of one, of all, and of all and of somebody else's 5,000.
    for (remaining, left) in [(90_000, 60_000), (60_000, 60_000), (55_000, 55_000)] {
        state.learn(&input(told(100_000, remaining, NOON + 30_000)), NOON);
        assert_eq!(room(&state, &patient(), NOON), left);
    }
    // Somebody else's have gone, whatever of ours it knows.
    state.learn(&input(told(100_000, 99_000, NOON + 30_000)), NOON);
    let left = room(&state, &patient(), NOON);
    assert!((59_000..=60_000).contains(&left), "{left}");
}

#[test]
fn a_provider_that_tells_one_limit_of_tokens_has_no_others() {
    let mut state = State::fresh("test");
    state.learn(
        &Learned {
            tokens: told(200_000, 200_000, NOON),
            ..Learned::default()
        },
        NOON,
    );
    assert_eq!(room(&state, &patient(), NOON), 200_000);
    let out = ask(&mut state, &patient(), 1, need(1, 100_000), NOON).unwrap();
    assert_eq!(out, Turn::Now);
}

#[test]
fn near_a_cap_is_more_than_half_of_it() {
    let time = FakeTime::at(NOON);
    let near =
        |settings: GovernorSettings, need: Need| governor(settings, &time).is_near_cap(&need);
    assert!(!near(wide(), need(1_000_000, 1_000_000)));
    let set = GovernorSettings {
        input_tokens_per_minute: Some(1_000),
        ..wide()
    };
    assert!(!near(set.clone(), need(500, 1)));
    assert!(near(set, need(501, 1)));
    let set = GovernorSettings {
        micros_per_day: Some(1_000),
        ..wide()
    };
    let dear = |micros| Need {
        micros,
        ..need(1, 1)
    };
    assert!(!near(set.clone(), dear(500)));
    assert!(near(set, dear(501)));
}

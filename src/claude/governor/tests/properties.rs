//! What holds whatever happens in whatever order.

use proptest::{collection::vec, prelude::*};

use super::{provider::Provider, *};

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    Ask(u64, u64),
    /// So many milliseconds pass; those who wait ask again when it is time, and so much later.
    Pass(u64, u64),
    /// One that has begun ends and used so many hundredths of what it might.
    End(usize, u64),
    /// One that has begun comes to nothing.
    Fail(usize),
    /// The process of one that waits dies.
    Die(usize),
    Pause(u64),
    /// The provider says that so many hundredths of so large a limit are left.
    Learn(u64, u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (1..400_u64, 1..200_u64).prop_map(|(input, output)| Event::Ask(input, output)),
        4 => (0..30_000_u64, 0..1_500_u64).prop_map(|(wait, late)| Event::Pass(wait, late)),
        4 => (any::<usize>(), 0..=100_u64).prop_map(|(which, part)| Event::End(which, part)),
        1 => any::<usize>().prop_map(Event::Fail),
        1 => any::<usize>().prop_map(Event::Die),
        1 => (0..20_000_u64).prop_map(Event::Pause),
        2 => (500..5_000_u64, 0..=100_u64).prop_map(|(limit, left)| Event::Learn(limit, left)),
    ];
    vec(event, 1..120)
}

/// A request that has begun.
#[derive(Debug, Clone, Copy)]
struct Begun {
    id: u64,
    at: u64,
    need: Need,
    /// What it used; all of it while that is not known.
    used: Used,
    /// What it used of the requests.
    ended: bool,
}

/// The callers of a governor.
struct World {
    settings: GovernorSettings,
    state: State,
    now: u64,
    asked: u64,
    /// Who waits, in the order of asking, with the time to ask again.
    waiting: Vec<(u64, Need, u64)>,
    begun: Vec<Begun>,
}

impl World {
    fn new(settings: GovernorSettings) -> Self {
        Self {
            settings,
            state: State::fresh("test"),
            now: NOON,
            asked: 0,
            waiting: Vec::new(),
            begun: Vec::new(),
        }
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Ask(input, output) => {
                self.asked += 1;
                let need = Need {
                    micros: input,
                    ..need(input, output)
                };
                self.ask(self.asked, need);
            }
            Event::Pass(wait, late) => self.pass(wait, late),
            Event::End(which, part) => self.end(which, Some(part)),
            Event::Fail(which) => self.end(which, None),
            Event::Die(which) => {
                if !self.waiting.is_empty() {
                    self.waiting.remove(which % self.waiting.len());
                }
            }
            Event::Pause(wait) => self.state.pause(Duration::from_millis(wait), self.now),
            Event::Learn(limit, left) => {
                let bucket = told(limit, limit * left / 100, self.now + 30_000);
                let learned = Learned {
                    input_tokens: bucket,
                    ..Learned::default()
                };
                self.state.learn(&learned, self.now);
            }
        }
    }

    fn ask(&mut self, id: u64, needs: Need) {
        match ask(&mut self.state, &self.settings, id, needs, self.now) {
            Ok(Turn::Now) => self.begun.push(Begun {
                id,
                at: self.now,
                need: needs,
                used: needs.used(),
                ended: false,
            }),
            Ok(Turn::After(wait)) => {
                let at = self.now + u64::try_from(wait.as_millis()).unwrap();
                self.waiting.push((id, needs, at));
            }
            Err(_) => {}
        }
    }

    /// Lets time pass, and those who wait ask again.
    fn pass(&mut self, wait: u64, late: u64) {
        let end = self.now + wait;
        while let Some(next) = self.waiting.iter().map(|(.., at)| at + late).min() {
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            let place = self
                .waiting
                .iter()
                .position(|(.., at)| at + late <= self.now);
            let (id, need, _) = self.waiting.remove(place.unwrap());
            self.ask(id, need);
        }
        self.now = self.now.max(end);
    }

    fn end(&mut self, which: usize, part: Option<u64>) {
        let open: Vec<usize> = (0..self.begun.len())
            .filter(|place| !self.begun[*place].ended)
            .collect();
        if open.is_empty() {
            return;
        }
        let begun = &mut self.begun[open[which % open.len()]];
        begun.ended = true;
        let part = part.map(|part| Used {
            input_tokens: begun.need.input_tokens * part / 100,
            output_tokens: begun.need.output_tokens * part / 100,
            micros: begun.need.micros * part / 100,
            estimated_input: 0,
        });
        begun.used = part.unwrap_or_else(|| used(0, 0));
        self.state
            .settle(begun.id, &begun.need, part.as_ref(), self.now);
    }

    /// Returns the largest sum that began in any 60 s.
    fn most_in_a_minute(&self, value: impl Fn(&Begun) -> u64) -> u64 {
        let sums = self.begun.iter().map(|last| {
            let window = self.begun.iter();
            let window = window.filter(|one| one.at <= last.at && one.at + 60_000 > last.at);
            window.map(&value).sum::<u64>()
        });
        sums.max().unwrap_or_default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_minute_holds_more_than_was_set(events in events()) {
        let mut world = World::new(GovernorSettings {
            requests_per_minute: Some(6),
            input_tokens_per_minute: Some(1_000),
            output_tokens_per_minute: Some(500),
            longest_wait: Duration::from_mins(5),
            ..GovernorSettings::default()
        });
        for event in &events {
            world.happen(event);
        }
        prop_assert!(world.most_in_a_minute(|_| 1) <= 6);
        prop_assert!(world.most_in_a_minute(|begun| begun.used.input_tokens) <= 1_000);
        prop_assert!(world.most_in_a_minute(|begun| begun.used.output_tokens) <= 500);
    }

    #[test]
    fn everybody_who_waits_has_a_turn_in_the_order_of_asking(events in events()) {
        let mut world = World::new(GovernorSettings {
            requests_per_minute: Some(6),
            input_tokens_per_minute: Some(1_000),
            longest_wait: Duration::from_hours(10),
            ..wide()
        });
        for event in &events {
            if !matches!(event, Event::Die(_) | Event::Learn(..)) {
                world.happen(event);
            }
        }
        // All who asked wait for no more than the minutes that those before them fill.
        world.pass(3_600_000 * 3, 0);
        prop_assert!(world.waiting.is_empty());
        let asked = usize::try_from(world.asked).unwrap();
        prop_assert_eq!(world.begun.len(), asked);
        // Nobody who was in time was overtaken.
        let late = events.iter().any(|event| matches!(event, Event::Pass(_, late) if *late > 0));
        if !late {
            prop_assert!(world.begun.is_sorted_by_key(|begun| begun.at));
            let mut ids: Vec<(u64, u64)> = world.begun.iter().map(|b| (b.at, b.id)).collect();
            ids.sort_unstable();
            prop_assert!(ids.is_sorted_by_key(|(_, id)| *id), "{:?}", ids);
        }
    }

    #[test]
    fn no_day_costs_more_than_its_cap(events in events(), before in 0..120_000_u64) {
        let mut world = World::new(GovernorSettings {
            tokens_per_day: Some(3_000),
            micros_per_day: Some(1_500),
            requests_per_minute: Some(10),
            longest_wait: Duration::from_mins(5),
            ..wide()
        });
        // Near midnight, so that turns wait for the next day.
        world.now = NOON + DAY / 2 - before;
        for event in &events {
            world.happen(event);
        }
        for day in [NOON / DAY, NOON / DAY + 1] {
            let today = || world.begun.iter().filter(|begun| begun.at / DAY == day);
            prop_assert!(today().map(|begun| begun.used.tokens()).sum::<u64>() <= 3_000);
            prop_assert!(today().map(|begun| begun.used.micros).sum::<u64>() <= 1_500);
        }
    }

    #[test]
    fn no_provider_refuses_what_is_let_through(
        events in events(),
        limit in 1_000..60_000_u64,
        offset in 0..60_000_u64,
        minutes in any::<bool>(),
        delays in vec(0..900_u64, 8),
    ) {
        let mut world = World::new(GovernorSettings {
            longest_wait: Duration::from_mins(10),
            ..GovernorSettings::default()
        });
        // The provider has told its limit once.
        let learned = Learned { tokens: told(limit, limit, NOON), ..Learned::default() };
        world.state.learn(&learned, NOON);
        for event in &events {
            // Requests of up to a third of the limit; nothing that the provider did not say.
            match event {
                Event::Ask(input, output) => {
                    world.happen(&Event::Ask(input * limit / 2_000, output * limit / 2_000));
                }
                Event::Learn(..) => {}
                event => world.happen(event),
            }
        }
        let mut provider = if minutes {
            Provider::minutes(limit, offset)
        } else {
            Provider::bucket(limit)
        };
        // Those that failed never came to the provider; the others came as they were asked for.
        let came = world.begun.iter().filter(|begun| !begun.ended || begun.used.tokens() > 0);
        let mut arrivals: Vec<(u64, u64)> = came
            .zip(delays.iter().cycle())
            .map(|(begun, delay)| (begun.at + delay, begun.need.tokens()))
            .collect();
        arrivals.sort_unstable();
        for (at, tokens) in arrivals {
            prop_assert!(provider.ask(tokens, at).0, "{} at {}", tokens, at - NOON);
        }
    }

    #[test]
    fn any_numbers_in_the_file_are_borne(numbers in vec(any::<u64>(), 40), now in any::<u64>()) {
        let mut numbers = numbers.into_iter().cycle();
        let mut next = || numbers.next().unwrap();
        let settings = GovernorSettings {
            tokens_per_day: Some(next()),
            longest_wait: Duration::from_millis(next()),
            ..GovernorSettings::default()
        };
        let mut per = || serde_json::json!({
            "requests": next(), "input": next(), "output": next(), "both": next(),
        });
        let (told, charge) = (per(), per());
        let others = || serde_json::json!({"amount": charge["input"], "until": charge["both"]});
        let text = serde_json::json!({
            "version": 1, "account": "test", "seen": told["both"],
            "open": [
                {"id": 1, "start": charge["requests"], "begun": true, "need": {
                    "input_tokens": charge["input"], "output_tokens": told["input"], "micros": 1}},
                {"id": 2, "start": told["output"], "begun": false, "need": {
                    "input_tokens": told["both"], "output_tokens": 1, "micros": charge["both"]}},
            ],
            "closed": [{"at": told["requests"], "charge": charge}],
            "others": {"requests": others(), "input": others(), "output": others(), "both": others()},
            "days": [{"day": 1, "tokens": charge["input"], "micros": 2}],
            "told": told, "paused_until": charge["output"], "correction": 1e300,
        });
        let read = State::read(text.to_string().as_bytes(), "test");
        let mut state = read.expect("a state as it is written");
        state.advance(now);
        state.settle(1, &need(1, 1), Some(&used(now, now)), now);
        state.learn(&Learned { tokens: told_any(now), ..Learned::default() }, now);
        state.pause(Duration::from_secs(now), now);
        let turn = ask(&mut state, &settings, 3, need(now, now), now);
        if let Ok(Turn::After(wait)) = turn {
            prop_assert!(wait <= settings.longest_wait);
        }
        prop_assert!(state.correction() <= 4.0);
    }
}

fn told_any(number: u64) -> Bucket {
    Bucket {
        limit: Some(number),
        remaining: Some(number / 3),
        reset: UNIX_EPOCH.checked_add(Duration::from_millis(number)),
    }
}

//! True sentences in both languages, and each way to make one false: not one false one may hold.

mod differences;
mod totals;

use std::collections::BTreeMap;

use super::{
    Verdict, check_text,
    fixture::{self, facts},
};
use crate::{
    analysis::{Cell, Sums, When},
    domain::ChangeKind,
    summary::facts::Facts,
};

/// What a sentence may be about.
#[derive(Debug, Clone, Default, PartialEq)]
struct About {
    account: Option<&'static str>,
    region: Option<&'static str>,
    resource_type: Option<&'static str>,
    id: Option<&'static str>,
    /// As it is called in English and in Japanese.
    called: [String; 2],
    /// Only like ones take each other's place.
    like: &'static str,
}

impl About {
    fn sums(&self, facts: &Facts, kinds: &[ChangeKind], when: When) -> Option<Sums> {
        let cell = Cell {
            account: self.account,
            region: self.region,
            resource_type: self.resource_type,
            resource_id: self.id,
            kinds,
        };
        facts.cube.sums(&cell, when)
    }
}

/// What is counted: its words in both languages, and the count.
struct Counted {
    words: [&'static str; 2],
    kinds: &'static [ChangeKind],
    take: fn(Sums) -> u64,
}

const COUNTED: &[Counted] = &[
    Counted {
        words: ["items", "構成アイテム"],
        kinds: &[],
        take: |sums| sums.items,
    },
    Counted {
        words: ["real changes", "実際の変更"],
        kinds: &[],
        take: |sums| sums.changes,
    },
    Counted {
        words: ["resources", "リソース"],
        kinds: &[],
        take: |sums| sums.resources,
    },
    Counted {
        words: ["deletions", "削除"],
        kinds: &[ChangeKind::Deleted],
        take: |sums| sums.items,
    },
    Counted {
        words: ["settings changes", "設定の変更"],
        kinds: &[ChangeKind::Settings],
        take: |sums| sums.items,
    },
    Counted {
        words: ["echoes", "エコー"],
        kinds: &ChangeKind::ECHOES,
        take: |sums| sums.items,
    },
    Counted {
        words: ["created resources", "作成されたリソース"],
        kinds: &[ChangeKind::Created],
        take: |sums| sums.resources,
    },
];

const ACCOUNTS: [&str; 4] = [fixture::A, fixture::B, fixture::C, fixture::D];
const REGIONS: [&str; 4] = ["ap-northeast-1", "us-east-1", "eu-west-1", "global"];
const TYPES: [(&str, &str, &str); 6] = [
    ("AWS::EC2::Instance", "EC2 instances", "EC2 インスタンス"),
    (
        "AWS::EC2::SecurityGroup",
        "security groups",
        "セキュリティグループ",
    ),
    ("AWS::S3::Bucket", "S3 buckets", "S3 バケット"),
    ("AWS::Lambda::Function", "Lambda functions", "Lambda 関数"),
    ("AWS::IAM::Role", "IAM roles", "IAM ロール"),
    (
        "AWS::DynamoDB::Table",
        "DynamoDB tables",
        "DynamoDB テーブル",
    ),
];
const RESOURCES: [(&str, &str); 8] = [
    ("i-0a11aa11", "web-server"),
    ("i-0a12aa12", "worker-1"),
    ("orders-bucket", "orders-bucket"),
    ("sg-0b21bb21", "edge"),
    ("i-0c31cc31", "batch-1"),
    ("logs", "logs"),
    ("order-batch", "注文処理"),
    ("carts-table", "carts-table"),
];

fn subjects() -> Vec<About> {
    let mut all = Vec::new();
    for account in ACCOUNTS {
        let called = [
            format!("account {account}"),
            format!("アカウント {account} "),
        ];
        let one = About {
            account: Some(account),
            like: "account",
            called,
            ..About::default()
        };
        for region in REGIONS {
            all.push(About {
                region: Some(region),
                like: "account and Region",
                called: [
                    format!("account {account} in {region}"),
                    format!("アカウント {account} の {region} "),
                ],
                ..one.clone()
            });
        }
        for (resource_type, en, ja) in TYPES {
            all.push(About {
                resource_type: Some(resource_type),
                like: "account and type",
                called: [
                    format!("{en} in account {account}"),
                    format!("アカウント {account} の {ja}"),
                ],
                ..one.clone()
            });
        }
        all.push(one);
    }
    for region in REGIONS {
        all.push(About {
            region: Some(region),
            like: "Region",
            called: [region.to_owned(), format!("{region} ")],
            ..About::default()
        });
    }
    for (resource_type, en, ja) in TYPES {
        let one = About {
            resource_type: Some(resource_type),
            like: "type",
            called: [en.to_owned(), ja.to_owned()],
            ..About::default()
        };
        all.push(About {
            called: [resource_type.to_owned(), format!("{resource_type} ")],
            ..one.clone()
        });
        all.push(one);
    }
    for (id, name) in RESOURCES {
        all.push(About {
            id: Some(id),
            like: "resource",
            called: [format!("`{name}`"), format!("`{name}` ")],
            ..About::default()
        });
    }
    all
}

/// A sentence of a day's number.
type OfDay = fn(u64, u64, [&str; 2]) -> (usize, String);

/// Words before and after a subject and a number.
type Wording = Box<dyn Fn(&About, &str) -> String>;

struct Sentence {
    language: usize,
    text: Wording,
}

fn sentences(counted: &'static Counted) -> Vec<Sentence> {
    let [en, ja] = counted.words;
    let sentence = |language, text: Wording| Sentence { language, text };
    vec![
        sentence(
            0,
            Box::new(move |a, n| format!("{} had {n} {en}.", a.called[0])),
        ),
        sentence(
            0,
            Box::new(move |a, n| {
                format!("In November 2024, there were {n} {en} in {}.", a.called[0])
            }),
        ),
        sentence(
            0,
            Box::new(move |a, n| format!("{}: **{n}** {en}", a.called[0])),
        ),
        sentence(
            1,
            Box::new(move |a, n| format!("{}の{ja}は{n}件でした。", a.called[1])),
        ),
        sentence(
            1,
            Box::new(move |a, n| {
                format!("2024年11月、{}では{ja}が {n} 件ありました。", a.called[1])
            }),
        ),
    ]
}

fn before(counted: &'static Counted) -> Vec<Sentence> {
    let [en, ja] = counted.words;
    let sentence = |language, text: Wording| Sentence { language, text };
    vec![
        sentence(
            0,
            Box::new(move |a, n| format!("In October, {} had {n} {en}.", a.called[0])),
        ),
        sentence(
            1,
            Box::new(move |a, n| format!("前月の{}の{ja}は {n} 件でした。", a.called[1])),
        ),
    ]
}

/// Sentences to check, many at once: an index is made for each text.
#[derive(Default)]
struct Tally {
    true_ones: usize,
    mutants: BTreeMap<&'static str, usize>,
    /// By language: how each was made, `None` for the true ones.
    texts: [Vec<(Option<&'static str>, String)>; 2],
}

impl Tally {
    fn holds(&mut self, language: usize, text: &str) {
        self.true_ones += 1;
        self.texts[language].push((None, text.to_owned()));
    }

    fn fails(&mut self, language: usize, text: &str, how: &'static str) {
        *self.mutants.entry(how).or_default() += 1;
        self.texts[language].push((Some(how), text.to_owned()));
    }

    fn done(self, facts: &Facts, name: &str) {
        println!(
            "{name}: {} true sentences, mutants {:?}",
            self.true_ones, self.mutants
        );
        let mut wrong = Vec::new();
        for (texts, language) in self.texts.iter().zip(["en", "ja"]) {
            for some in texts.chunks(150) {
                let lines: Vec<&str> = some.iter().map(|(_, text)| text.as_str()).collect();
                let check = check_text(facts, &format!("- {}", lines.join("\n- ")), Some(language));
                assert_eq!(check.sentences.len(), some.len());
                for (line, (how, text)) in check.sentences.iter().zip(some) {
                    if (line.verdict == Verdict::Verified) == how.is_some() {
                        let how = how.unwrap_or("true");
                        wrong.push(format!(
                            "{how}: {text}\n    {:?} {:?}",
                            line.verdict, line.findings
                        ));
                    }
                }
            }
        }
        let first: Vec<_> = wrong.iter().take(25).cloned().collect();
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            first.join("\n")
        );
        assert!(self.true_ones > 0 && self.mutants.values().all(|n| *n > 0));
    }
}

/// Numbers near `n` and made of its digits.
fn numbers_beside(n: u64) -> Vec<(&'static str, u64)> {
    let mut digits: Vec<char> = n.to_string().chars().collect();
    digits[0] = if digits[0] == '9' { '1' } else { '9' };
    let changed: String = digits.into_iter().collect();
    let mut all = vec![
        ("one more", n + 1),
        ("digit changed", changed.parse().unwrap()),
    ];
    if n > 0 {
        all.push(("one less", n - 1));
        all.push(("ten times", n * 10));
    }
    all
}

#[test]
fn levels() {
    let facts = facts(true);
    let subjects = subjects();
    let mut tally = Tally::default();
    for counted in COUNTED {
        for about in &subjects {
            let of =
                |about: &About, when| about.sums(&facts, counted.kinds, when).map(counted.take);
            let Some(now) = of(about, When::Now) else {
                continue;
            };
            let last = of(about, When::Before);
            for sentence in sentences(counted) {
                let text = |about: &About, n: u64| (sentence.text)(about, &n.to_string());
                tally.holds(sentence.language, &text(about, now));
                for (how, n) in numbers_beside(now) {
                    tally.fails(sentence.language, &text(about, n), how);
                }
                if let Some(last) = last.filter(|last| *last != now) {
                    tally.fails(sentence.language, &text(about, last), "month before");
                }
                let others = subjects.iter().filter(|other| other.like == about.like);
                for other in others
                    .filter(|other| of(other, When::Now) != Some(now))
                    .take(2)
                {
                    tally.fails(sentence.language, &text(other, now), "entity swapped");
                }
            }
            let Some(last) = last else {
                continue;
            };
            for sentence in before(counted) {
                let text = |about: &About, n: u64| (sentence.text)(about, &n.to_string());
                tally.holds(sentence.language, &text(about, last));
                for (how, n) in numbers_beside(last) {
                    tally.fails(sentence.language, &text(about, n), how);
                }
                if last != now {
                    tally.fails(sentence.language, &text(about, now), "month after");
                }
            }
        }
    }
    assert!(tally.true_ones > 1_000);
    tally.done(&facts, "levels");
}

#[test]
fn days() {
    let facts = facts(true);
    let mut tally = Tally::default();
    let days = [
        (3, 7, 0),
        (5, 31, 0),
        (12, 26, 26),
        (20, 4, 4),
        (26, 8, 7),
        (9, 0, 0),
    ];
    let texts: &[OfDay] = &[
        |day, n, words| {
            (
                0,
                format!("On November {day}, there were {n} {}.", words[0]),
            )
        },
        |day, n, words| (0, format!("2024-11-{day:02} had {n} {}.", words[0])),
        |day, n, words| (1, format!("11月{day}日の{}は {n} 件でした。", words[1])),
    ];
    for text in texts {
        for (day, items, changes) in days {
            for (words, n, place) in [(COUNTED[0].words, items, 0), (COUNTED[1].words, changes, 1)]
            {
                let (language, said) = text(day, n, words);
                tally.holds(language, &said);
                for (how, n) in numbers_beside(n) {
                    tally.fails(language, &text(day, n, words).1, how);
                }
                let of = |(_, items, changes): &(u64, u64, u64)| [*items, *changes][place];
                for other in days.iter().filter(|other| of(other) != n) {
                    tally.fails(language, &text(other.0, n, words).1, "entity swapped");
                }
            }
        }
    }
    tally.done(&facts, "days");
}

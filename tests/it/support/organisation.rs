//! A generated organisation whose every item is known: what the counts are held against.

use serde_json::{Value, json};

use super::lake::{Place, TestLake, document, gzip, item, truncated, with, with_bad_checksum};

/// An item that counts.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) time: String,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) account: &'static str,
    pub(crate) region: &'static str,
}

const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "000077778888"];
const REGIONS: [&str; 3] = ["us-east-1", "ap-northeast-1", "eu-west-1"];
const KINDS: [&str; 6] = [
    "AWS::EC2::VPC",
    "AWS::EC2::Instance",
    "AWS::S3::Bucket",
    "AWS::Lambda::Function",
    "AWS::IAM::Role",
    "AWS::Config::ResourceCompliance",
];
/// Moments at the edges of months in the time zones that are asked for.
const EDGES: [&str; 8] = [
    "2024-10-31T14:59:59.999Z",
    "2024-10-31T15:00:00.000Z",
    "2024-10-31T23:59:59.999Z",
    "2024-11-01T00:00:00.000Z",
    "2024-11-01T03:59:59.999Z",
    "2024-11-01T04:00:00.000Z",
    "2024-11-30T23:59:59.999Z",
    "2024-12-01T00:00:00.000Z",
];
const ROUNDS: u64 = 200;

/// Writes about 2,000 items of two months, many of them twice, beside snapshots and damaged files;
/// returns those that count.
pub(crate) fn organisation(lake: &TestLake) -> Vec<Made> {
    let mut random = Random(20_241_105);
    let mut made = Vec::new();
    let mut delivered: Vec<(Place, Value)> = Vec::new();
    for round in 0..ROUNDS {
        for account in ACCOUNTS {
            for region in REGIONS {
                let time = if random.below(10) == 0 {
                    EDGES[random.index(EDGES.len())].to_owned()
                } else {
                    let month = 10 + random.below(2);
                    // No two rounds share a moment, so no two items of a resource share a state.
                    let (day, hour) = (1 + random.below(30), random.below(24));
                    format!(
                        "2024-{month}-{day:02}T{hour:02}:{:02}:{:02}.000Z",
                        round / 60,
                        round % 60
                    )
                };
                let kind = KINDS[random.index(KINDS.len())];
                let name = match random.below(3) {
                    0 => String::new(),
                    _ => format!("name-{}", random.below(9)),
                };
                // One resource a round and place: the state id alone keeps a resource's items apart.
                let mut item = item(&format!("id-{round}-{region}"), &time);
                let counted_region = if kind == "AWS::IAM::Role" {
                    "global"
                } else {
                    region
                };
                item = with(
                    item,
                    json!({"resourceType": kind, "awsAccountId": account, "awsRegion": counted_region}),
                );
                if name.is_empty() {
                    item.as_object_mut().unwrap().shift_remove("resourceName");
                } else {
                    item["resourceName"] = json!(name);
                }
                let place = Place::history(account, region, &folder_day(&time, random.below(3)));
                if random.below(6) == 0 {
                    let later = Place::history(account, region, &folder_day(&time, 1));
                    delivered.push((later, item.clone()));
                }
                if counted_region == "global" {
                    // Every Region's recorder reports it.
                    for other in REGIONS.into_iter().filter(|other| *other != region) {
                        delivered.push((
                            Place {
                                region: other.to_owned(),
                                ..place.clone()
                            },
                            item.clone(),
                        ));
                    }
                }
                delivered.push((place, item));
                made.push(Made {
                    time,
                    kind,
                    name,
                    account,
                    region: counted_region,
                });
            }
        }
    }
    add_second_states(&mut made, &mut delivered);
    write(lake, &delivered, &mut random);
    made
}

/// Adds one more state of some resources, so that a resource has several items.
fn add_second_states(made: &mut Vec<Made>, delivered: &mut Vec<(Place, Value)>) {
    for at in (0..made.len()).step_by(10) {
        let (place, item) = &delivered[delivered.len() - 1 - at];
        let time = "2024-11-15T12:34:56.789Z";
        let state = json!({
            "configurationItemCaptureTime": time,
            "configurationStateId": 1_731_674_096_789_i64,
        });
        let next = with(item.clone(), state);
        let text = |key: &str| next[key].as_str().unwrap_or_default().to_owned();
        let among = |list: &[&'static str], key: &str| {
            list.iter().copied().find(|known| *known == text(key))
        };
        let region = among(&REGIONS, "awsRegion").unwrap_or("global");
        let again = Place {
            day: folder_day(time, 0),
            ..place.clone()
        };
        let known = delivered.iter().any(|(_, other)| {
            [
                "configurationStateId",
                "resourceId",
                "awsAccountId",
                "awsRegion",
                "resourceType",
            ]
            .iter()
            .all(|key| other[*key] == next[*key])
        });
        if !known {
            made.push(Made {
                time: time.to_owned(),
                kind: among(&KINDS, "resourceType").unwrap(),
                name: text("resourceName"),
                account: among(&ACCOUNTS, "awsAccountId").unwrap(),
                region,
            });
        }
        delivered.push((again, next));
    }
}

/// Writes the deliveries in files of a few items, among files that must not count.
fn write(lake: &TestLake, delivered: &[(Place, Value)], random: &mut Random) {
    for (n, items) in delivered
        .chunk_by(|a, b| a.0.day == b.0.day && a.0.region == b.0.region)
        .enumerate()
    {
        let place = &items[0].0;
        let mut by_account: Vec<(&str, Vec<Value>)> = Vec::new();
        for (place, item) in items {
            match by_account
                .iter_mut()
                .find(|(account, _)| *account == place.account)
            {
                Some((_, items)) => items.push(item.clone()),
                None => by_account.push((&place.account, vec![item.clone()])),
            }
        }
        for (account, items) in by_account {
            let place = Place {
                account: account.to_owned(),
                ..place.clone()
            };
            let text = document(&items);
            let (name, bytes) = match random.below(3) {
                0 => (format!("f_{n}.json"), text.clone()),
                _ => (format!("f_{n}.json.gz"), gzip(&text)),
            };
            lake.bytes(&place, &name, &bytes);
            let stray: Vec<Value> = items
                .iter()
                .map(|item| with(item.clone(), json!({"resourceId": "never counts"})))
                .collect();
            match random.below(12) {
                0 => {
                    let snapshot = place.of_kind("ConfigSnapshot");
                    lake.items(&snapshot, &format!("s_{n}.json.gz"), &stray);
                }
                1 => {
                    let cut = truncated(gzip(&document(&stray)));
                    lake.bytes(&place, &format!("cut_{n}.json.gz"), &cut);
                }
                2 => {
                    let bad = with_bad_checksum(gzip(&document(&stray)));
                    lake.bytes(&place, &format!("bad_{n}.json.gz"), &bad);
                }
                _ => {}
            }
        }
    }
}

/// The folder of what was captured at `time` and delivered some days later.
fn folder_day(time: &str, later: u64) -> String {
    let time: jiff::Timestamp = time.parse().unwrap();
    let later = i64::try_from(later.min(1)).unwrap();
    let day = jiff::tz::TimeZone::UTC.to_datetime(time).date() + jiff::Span::new().days(later);
    format!("{}/{}/{}", day.year(), day.month(), day.day())
}

/// A small generator of numbers (SplitMix64): the same lake on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}

//! A generator of organisations: seven months of items, some with planted incidents.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    super::AnomalyKind,
    random::Rng,
    types::{REGIONS, Rhythm, TYPES},
};
use crate::{
    analysis::{GapCause, ItemRecord, RecordedResource, RecorderGap},
    domain::{ChangeKind, Month, Period},
};

#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) accounts: usize,
    pub(super) resources: usize,
    pub(super) activity: f64,
    /// Resources that people work on for a month and then leave alone.
    pub(super) projects: bool,
    pub(super) last_factor: f64,
    pub(super) planted: bool,
    pub(super) gap: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accounts: 5,
            resources: 600,
            activity: 1.0,
            projects: false,
            last_factor: 1.1,
            planted: false,
            gap: false,
        }
    }
}

#[derive(Clone)]
pub(super) struct Incident {
    pub(super) what: &'static str,
    pub(super) kinds: Vec<AnomalyKind>,
    pub(super) account: String,
    pub(super) region: Option<String>,
    pub(super) resource_type: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

#[derive(Clone)]
pub(super) struct Organisation {
    pub(super) periods: Vec<Period>,
    pub(super) records: Vec<ItemRecord>,
    pub(super) gaps: Vec<RecorderGap>,
    pub(super) incidents: Vec<Incident>,
}

struct Thing {
    account: Arc<str>,
    region: Arc<str>,
    resource_type: Arc<str>,
    id: Arc<str>,
    rate: f64,
    rhythm: Rhythm,
}

const FACTORS: [f64; 6] = [1.0, 0.85, 1.2, 0.95, 1.1, 1.05];

struct Maker {
    rng: Rng,
    settings: Settings,
    zone: TimeZone,
    out: Organisation,
    things: Vec<Thing>,
}

pub(super) fn generate(seed: u64, settings: Settings) -> Organisation {
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let mut month: Month = "2024-05".parse().unwrap();
    let mut periods = Vec::new();
    for _ in 0..7 {
        periods.push(Period::of_month(month, zone.clone()).unwrap());
        month = month.next().unwrap();
    }
    let out = Organisation {
        periods,
        records: vec![],
        gaps: vec![],
        incidents: vec![],
    };
    let mut maker = Maker {
        rng: Rng::seeded(seed * 7919 + 13),
        settings,
        zone,
        out,
        things: vec![],
    };
    maker.make_things();
    for slot in 0..7 {
        maker.make_month(slot);
        maker.teardown(slot);
    }
    if settings.planted {
        maker.plant();
    }
    if settings.gap {
        maker.cut_gap();
    }
    maker.out
}

fn account(n: usize) -> Arc<str> {
    format!("{n:012}").into()
}

impl Maker {
    fn make_things(&mut self) {
        let total: usize = TYPES.iter().map(|t| t.1).sum();
        for n in 0..self.settings.resources {
            let account_number = 1 + self.rng.below(self.settings.accounts);
            let mut pick = self.rng.below(total);
            let chosen = TYPES
                .iter()
                .find(|t| {
                    let here = pick < t.1;
                    pick = pick.saturating_sub(t.1);
                    here
                })
                .unwrap();
            // The keys are few and must not be missing.
            let chosen = if n < 3 { &TYPES[14] } else { chosen };
            let (name, _, rate, rhythm, busy) = *chosen;
            let spread = (-self.rng.unit().max(1e-9).ln()).powf(1.3);
            let mut rate = rate * spread * self.settings.activity;
            if self.rng.unit() < busy {
                rate += (30.0 + 170.0 * self.rng.unit()) * self.settings.activity;
            }
            let region = if name.starts_with("AWS::IAM") {
                "global"
            } else {
                REGIONS[self.rng.below(2 + usize::from(account_number == 1))]
            };
            self.things.push(Thing {
                account: account(account_number),
                region: region.into(),
                resource_type: name.into(),
                id: format!("{}-{n}", name.rsplit(':').next().unwrap()).into(),
                rate,
                rhythm,
            });
        }
    }

    fn push(&mut self, thing: usize, at: Timestamp, kind: ChangeKind) {
        let thing = &self.things[thing];
        self.out.records.push(ItemRecord {
            of: RecordedResource {
                account: Arc::clone(&thing.account),
                region: Arc::clone(&thing.region),
                resource_type: Arc::clone(&thing.resource_type),
                resource_id: Arc::clone(&thing.id),
                resource_name: None,
                tag: None,
            }
            .into(),
            at,
            kind,
            daily: false,
        });
    }

    /// A time of the month: office hours of weekdays, or any.
    fn time(&mut self, slot: usize, rhythm: Rhythm) -> Timestamp {
        let period = self.out.periods[slot].clone();
        let seconds = period.end().duration_since(period.start()).as_secs();
        loop {
            let offset = usize::try_from(seconds).unwrap();
            let at = period.start()
                + SignedDuration::from_secs(self.rng.below(offset).try_into().unwrap());
            let local = self.zone.to_datetime(at);
            let weekday = local.date().weekday().to_monday_zero_offset() < 5;
            if rhythm == Rhythm::Always || weekday && (9..19).contains(&local.hour()) {
                return at;
            }
        }
    }

    fn make_month(&mut self, slot: usize) {
        let factor = FACTORS
            .get(slot)
            .copied()
            .unwrap_or(self.settings.last_factor);
        for n in 0..self.things.len() {
            if slot == 0 {
                let at = self.time(0, Rhythm::Always);
                self.push(
                    n,
                    at.min(self.out.periods[0].start() + SignedDuration::from_hours(2)),
                    ChangeKind::FirstSeen,
                );
            }
            let rhythm = self.things[n].rhythm;
            let busy = if rhythm == Rhythm::Office {
                factor
            } else {
                1.0
            };
            let mut mean = self.things[n].rate * busy;
            // A month of one's own: gamma-like, mean 1.
            mean *= 0.7 + 0.6 * self.rng.unit();
            if self.settings.projects && rhythm == Rhythm::Office && self.rng.unit() < 0.03 {
                mean += 2.0 + 8.0 * self.rng.unit();
            }
            let changes = self.rng.poisson(mean);
            for _ in 0..changes {
                let at = self.time(slot, rhythm);
                let kind = if self.rng.unit() < 0.1 {
                    ChangeKind::Tags
                } else {
                    ChangeKind::Settings
                };
                self.push(n, at, kind);
                for echo in 0..self.rng.below(5) {
                    let kind = [ChangeKind::Relationships, ChangeKind::Volatile][echo % 2];
                    let other = self.rng.below(self.things.len());
                    self.push(other, at + SignedDuration::from_secs(1), kind);
                }
            }
        }
        // Things come and go, singly and at office hours.
        let births = self
            .rng
            .poisson(f64::from(u32::try_from(self.things.len()).unwrap()) * 0.02);
        for birth in 0..births {
            let like = self.rng.below(self.things.len());
            let like = &self.things[like];
            let thing = Thing {
                account: Arc::clone(&like.account),
                region: Arc::clone(&like.region),
                resource_type: Arc::clone(&like.resource_type),
                id: format!("born-{slot}-{birth}").into(),
                rate: like.rate.min(5.0),
                rhythm: like.rhythm,
            };
            self.things.push(thing);
            let at = self.time(slot, Rhythm::Office);
            self.push(self.things.len() - 1, at, ChangeKind::Created);
        }
    }

    /// Account 2 tears its test machines down every weekday night and makes them anew; their ids
    /// are used again.
    fn teardown(&mut self, slot: usize) {
        let period = self.out.periods[slot].clone();
        let mut day = period.start();
        while day < period.end() {
            let weekday = self
                .zone
                .to_datetime(day)
                .date()
                .weekday()
                .to_monday_zero_offset()
                < 5;
            for n in 0..if weekday { 9 + self.rng.below(4) } else { 0 } {
                let id: Arc<str> = format!("night-{n}").into();
                let record = |at, kind| ItemRecord {
                    of: RecordedResource {
                        account: account(2),
                        region: REGIONS[0].into(),
                        resource_type: "AWS::EC2::Instance".into(),
                        resource_id: Arc::clone(&id),
                        resource_name: Some("night".into()),
                        tag: None,
                    }
                    .into(),
                    at,
                    kind,
                    daily: false,
                };
                let minute = i64::try_from(n).unwrap();
                let morning = day + SignedDuration::from_mins(8 * 60 + minute);
                let evening = day + SignedDuration::from_mins(21 * 60 + minute);
                let kind =
                    if slot == 0 && morning < period.start() + SignedDuration::from_hours(120) {
                        ChangeKind::Created
                    } else {
                        ChangeKind::Recreated
                    };
                self.out.records.push(record(morning, kind));
                self.out.records.push(record(evening, ChangeKind::Deleted));
            }
            day += SignedDuration::from_hours(24);
        }
    }

    #[track_caller]
    fn find_thing(&mut self, wanted: impl Fn(&Thing) -> bool) -> usize {
        let start = self.rng.below(self.things.len());
        let n = self.things.len();
        (0..n)
            .map(|i| (i + start) % n)
            .find(|i| wanted(&self.things[*i]))
            .expect("such a thing")
    }

    fn incident(
        &mut self,
        what: &'static str,
        kinds: &[AnomalyKind],
        thing: usize,
        resource: bool,
    ) {
        let period = self.out.periods[6].clone();
        let thing = &self.things[thing];
        self.out.incidents.push(Incident {
            what,
            kinds: kinds.to_vec(),
            account: thing.account.to_string(),
            region: Some(thing.region.to_string()),
            resource_type: resource.then(|| thing.resource_type.to_string()),
            resource: resource.then(|| thing.id.to_string()),
            from: period.start(),
            to: period.end(),
        });
    }

    fn plant(&mut self) {
        use AnomalyKind as Kind;
        let start = self.out.periods[6].start();
        // The month begins on a Friday; its 12th day is a Tuesday.
        let tuesday = start + SignedDuration::from_hours(24 * 11);
        let office = tuesday + SignedDuration::from_hours(11);
        let old = |thing: &Thing| !thing.id.starts_with("born");
        // Bursts of a busy and of an ordinary resource.
        for (what, low, high) in [("busy burst", 10.0, 1000.0), ("ordinary burst", 0.5, 8.0)] {
            let rhythm = |t: &Thing| t.rhythm == Rhythm::Office && !t.resource_type.contains("IAM");
            let n = self.find_thing(|t| old(t) && (low..high).contains(&t.rate) && rhythm(t));
            let times = (5.0 + 5.0 * self.rng.unit()) * self.things[n].rate + 15.0;
            for _ in 0..self.rng.poisson(times) {
                let at = self.time(6, Rhythm::Office);
                self.push(n, at, ChangeKind::Settings);
            }
            self.incident(what, &[Kind::ResourceBurst], n, true);
        }
        // Many resources of a group on one day.
        let n = self.find_thing(|t| old(t) && &*t.resource_type == "AWS::S3::Bucket");
        for i in 0..40_usize {
            let thing = &self.things[n];
            let thing = Thing {
                account: Arc::clone(&thing.account),
                region: Arc::clone(&thing.region),
                resource_type: Arc::clone(&thing.resource_type),
                id: format!("many-{i}").into(),
                rate: 0.0,
                rhythm: Rhythm::Office,
            };
            self.things.push(thing);
            let at = office + SignedDuration::from_mins(i64::try_from(i).unwrap());
            self.push(self.things.len() - 1, at, ChangeKind::Settings);
        }
        self.incident("group day", &[Kind::DayBurst, Kind::GroupBurst], n, false);
        self.out.incidents.last_mut().unwrap().resource_type = Some("AWS::S3::Bucket".into());
        // A new Region, a new account, a new type.
        for (what, kind, account_of, region, name) in [
            (
                "new region",
                Kind::FirstSeenRegion,
                account(1),
                "sa-east-1",
                "AWS::EC2::Instance",
            ),
            (
                "new account",
                Kind::FirstSeenAccount,
                account(77),
                "us-east-1",
                "AWS::EC2::Instance",
            ),
            (
                "rare type",
                Kind::FirstSeenType,
                account(2),
                "us-east-1",
                "AWS::SageMaker::NotebookInstance",
            ),
        ] {
            for i in 0..2_usize {
                self.things.push(Thing {
                    account: Arc::clone(&account_of),
                    region: region.into(),
                    resource_type: name.into(),
                    id: format!("new-{what}-{i}").into(),
                    rate: 0.0,
                    rhythm: Rhythm::Office,
                });
                self.push(self.things.len() - 1, office, ChangeKind::Created);
            }
            let n = self.things.len() - 1;
            self.incident(what, &[kind], n, false);
            if kind != Kind::FirstSeenRegion {
                let incident = self.out.incidents.last_mut().unwrap();
                incident.region = None;
                incident.resource = Some(format!("new-{what}-1"));
            }
        }
        self.plant_deeds(tuesday, office);
    }

    fn plant_deeds(&mut self, tuesday: Timestamp, office: Timestamp) {
        use AnomalyKind as Kind;
        let old = |thing: &Thing| !thing.id.starts_with("born");
        // Mass deletion.
        let n = self
            .find_thing(|t| old(t) && &*t.account != "000000000002" && &*t.region == REGIONS[0]);
        let place = (
            Arc::clone(&self.things[n].account),
            Arc::clone(&self.things[n].region),
        );
        let victims: Vec<usize> = (0..self.things.len())
            .filter(|i| {
                let t = &self.things[*i];
                old(t) && t.account == place.0 && t.region == place.1
            })
            .take(15 + self.rng.below(26))
            .collect();
        for (i, victim) in victims.into_iter().enumerate() {
            let at = office + SignedDuration::from_mins(200 + i64::try_from(i).unwrap() / 2);
            self.push(victim, at, ChangeKind::Deleted);
        }
        self.incident("mass deletion", &[Kind::MassDeletion], n, false);
        // IAM at night.
        let n = self.find_thing(|t| old(t) && &*t.resource_type == "AWS::IAM::Role");
        for i in 0..3 {
            self.push(
                n,
                tuesday + SignedDuration::from_mins(180 + i * 5),
                ChangeKind::Settings,
            );
        }
        self.incident("iam at night", &[Kind::UnusualHours], n, true);
        // A key that nobody touched.
        let n = self.find_thing(|t| old(t) && &*t.resource_type == "AWS::KMS::Key");
        self.push(n, office, ChangeKind::Settings);
        self.incident("woken key", &[Kind::Woke], n, true);
    }

    /// A recorder of account 1 stops for five days; afterwards it finds everything again.
    fn cut_gap(&mut self) {
        let start = self.out.periods[6].start();
        let (from, to) = (
            start + SignedDuration::from_hours(24 * 9),
            start + SignedDuration::from_hours(24 * 14 + 5),
        );
        let region = REGIONS[0];
        self.out.records.retain(|r| {
            !(&*r.of.account == "000000000001"
                && (&*r.of.region == region || &*r.of.region == "global")
                && from <= r.at
                && r.at < to)
        });
        let found: Vec<usize> = (0..self.things.len())
            .filter(|n| {
                &*self.things[*n].account == "000000000001" && &*self.things[*n].region == region
            })
            .collect();
        for (i, n) in found.into_iter().enumerate() {
            let at = to + SignedDuration::from_secs(i64::try_from(i).unwrap() * 7);
            let kind = [
                ChangeKind::Recreated,
                ChangeKind::Settings,
                ChangeKind::FirstSeen,
                ChangeKind::Deleted,
            ][i % 4];
            self.push(n, at, kind);
        }
        self.out.gaps.push(RecorderGap {
            account: "000000000001".into(),
            region: region.into(),
            from,
            to,
            cause: GapCause::Stopped,
        });
    }
}

//! Facts from the counts of a digest.

use super::{Aspect, EntityKind, Facts, Field, NewFact, Quantity, Rank, Tag, Value, count, field};
use crate::{
    analysis::{Count, Digest, MoneyLine},
    domain::ChangeKind,
};

impl Facts {
    /// Totals, kinds, accounts, Regions, types, days, cost.
    pub(super) fn gather_counts(&mut self, digest: &Digest) {
        self.totals(digest);
        self.kinds(digest);
        self.by_key(EntityKind::Account, "account", &digest.accounts, 866);
        self.account_types(digest);
        self.by_key(EntityKind::Type, "type", &digest.resource_types, 862);
        self.by_key(EntityKind::Region, "region", &digest.regions, 846);
        self.days(digest);
        self.cost(digest);
    }

    fn totals(&mut self, digest: &Digest) {
        let (totals, before) = (&digest.totals, digest.previous.as_ref());
        let mut items = counted(
            "items",
            Quantity::Items,
            totals.items,
            before.map(|b| b.items),
        );
        items.extend([
            count("accounts", Quantity::Accounts, totals.accounts),
            count("regions", Quantity::Regions, totals.regions),
            count("types", Quantity::Types, totals.resource_types),
        ]);
        self.whole("month, items", items, Vec::new(), 1_000);
        let (real, real_before) = (totals.real_changes, before.map(|b| b.real_changes));
        let mut changes = counted("changes", Quantity::Changes, real, real_before);
        changes.push(share(Quantity::Changes, real, totals.items));
        self.whole("month, real changes", changes, Vec::new(), 990);
        let (now, then) = (totals.resources, before.map(|b| b.resources));
        let resources = counted("resources", Quantity::Resources, now, then);
        self.whole("month, resources", resources, Vec::new(), 940);
        if totals.echoes > 0 {
            let echoes = vec![
                count("echoes", Quantity::Echoes, totals.echoes),
                share(Quantity::Echoes, totals.echoes, totals.items),
            ];
            self.whole("month, echoes", echoes, vec![Tag::Echo], 930);
        }
    }

    fn kinds(&mut self, digest: &Digest) {
        for (at, line) in digest.change_kinds.iter().enumerate() {
            let Ok(kind) = line.key.parse::<ChangeKind>() else {
                continue;
            };
            let quantity = Quantity::OfKind(kind);
            let mut fields = counted("n", quantity, line.items, line.previous);
            fields.push(share(quantity, line.items, digest.totals.items));
            let worth = if kind.is_real_change() { 920 } else { 640 };
            self.whole(
                &format!("kind {kind}"),
                fields,
                tags_of(kind),
                worth - small(at),
            );
        }
        for (kind, list) in [
            (ChangeKind::Created, &digest.created),
            (ChangeKind::Deleted, &digest.deleted),
            (ChangeKind::Recreated, &digest.recreated),
            (ChangeKind::FirstSeen, &digest.first_seen),
        ] {
            let mut tags = tags_of(kind);
            if list.total > 0 {
                let fields = vec![count("resources", Quantity::ResourcesOf(kind), list.total)];
                self.whole(&format!("resources {kind}"), fields, tags, 650);
            } else if self.is_complete {
                tags.push(Tag::Absent);
                let fields = vec![count("resources", Quantity::ResourcesOf(kind), 0)];
                self.whole(&format!("none {kind}, proved"), fields, tags, 500);
            }
        }
    }

    fn by_key(&mut self, kind: EntityKind, label: &'static str, lines: &[Count], worth: u32) {
        let items: Vec<u64> = lines.iter().map(|line| line.items).collect();
        let changes: Vec<u64> = lines.iter().map(|line| line.changes).collect();
        let all: u64 = items.iter().sum();
        for (at, line) in lines.iter().enumerate() {
            let entity = self.entities.named(kind, &line.key);
            let mut first = count("items", Quantity::Items, line.items);
            rank(&mut first, label, line.items, &items);
            let mut real = count("changes", Quantity::Changes, line.changes);
            rank(&mut real, label, line.changes, &changes);
            let mut fields = vec![first];
            fields.extend(against(Quantity::Items, line.items, line.previous));
            fields.push(share(Quantity::Items, line.items, all));
            fields.push(real);
            fields.push(
                line.resources
                    .and_then(|n| count("resources", Quantity::Resources, n)),
            );
            let is_new = line.previous == Some(0) && line.items > 0;
            self.add(NewFact {
                label: label.to_owned(),
                subject: vec![entity],
                is_whole: true,
                tags: is_new.then_some(Tag::New).into_iter().collect(),
                fields,
                worth: (worth - small(at)).saturating_sub(if line.items == 0 { 200 } else { 0 }),
                ..NewFact::default()
            });
        }
    }

    fn account_types(&mut self, digest: &Digest) {
        for (place, account) in digest.by_account.iter().enumerate() {
            let a = self.entities.named(EntityKind::Account, &account.account);
            let items: Vec<u64> = account.types.iter().map(|line| line.items).collect();
            for (at, line) in account.types.iter().enumerate() {
                let t = self.entities.named(EntityKind::Type, &line.resource_type);
                let mut first = count("items", Quantity::Items, line.items);
                // Ranks only where the list is whole: what is cut could tie.
                if account.types_total + account.types_gone == items.len() as u64 {
                    rank(&mut first, "type in account", line.items, &items);
                }
                let mut fields = vec![first];
                fields.extend(against(Quantity::Items, line.items, line.previous));
                fields.push(count("changes", Quantity::Changes, line.changes));
                fields.push(count("resources", Quantity::Resources, line.resources));
                self.add(NewFact {
                    label: "type in account".to_owned(),
                    subject: vec![a, t],
                    is_whole: true,
                    fields,
                    worth: 690 - small(at * 12 + place * 4),
                    ..NewFact::default()
                });
            }
        }
    }

    fn days(&mut self, digest: &Digest) {
        let items: Vec<u64> = digest.days.iter().map(|day| day.items).collect();
        let changes: Vec<u64> = digest.days.iter().map(|day| day.changes).collect();
        let active = items.iter().filter(|items| **items > 0).count() as u64;
        let fields = vec![count("days", Quantity::Days, active)];
        self.whole("days with items", fields, Vec::new(), 610);
        for day in digest.days.iter().filter(|day| day.items > 0) {
            let entity = self.entities.named(EntityKind::Day, &day.key);
            let mut first = count("items", Quantity::Items, day.items);
            rank(&mut first, "day", day.items, &items);
            let mut real = count("changes", Quantity::Changes, day.changes);
            rank(&mut real, "day", day.changes, &changes);
            let place = first
                .as_ref()
                .and_then(|field| field.rank)
                .map_or(0, |rank| rank.place);
            self.add(NewFact {
                label: "day".to_owned(),
                subject: vec![entity],
                is_whole: true,
                fields: vec![first, real],
                worth: 660
                    - small(
                        usize::try_from(place)
                            .unwrap_or(usize::MAX)
                            .saturating_mul(40),
                    ),
                ..NewFact::default()
            });
        }
    }

    fn cost(&mut self, digest: &Digest) {
        let cost = &digest.cost;
        if cost.total.items == 0 {
            return;
        }
        let parts: [(&str, Quantity, &MoneyLine, u32); 4] = [
            (
                "recording cost (estimate)",
                Quantity::Cost,
                &cost.total,
                900,
            ),
            (
                "cost of real changes",
                Quantity::CostOfChanges,
                &cost.real_changes,
                560,
            ),
            ("cost of echoes", Quantity::CostOfEchoes, &cost.echoes, 630),
            (
                "cost of compliance",
                Quantity::CostOfCompliance,
                &cost.compliance,
                540,
            ),
        ];
        for (label, quantity, line, worth) in parts {
            let mut tags = vec![Tag::Cost];
            match quantity {
                Quantity::CostOfEchoes => tags.push(Tag::Echo),
                Quantity::CostOfCompliance => tags.push(Tag::Compliance),
                _ => {}
            }
            let fields = money(quantity, line);
            self.whole(label, fields, tags, worth);
        }
        for (at, line) in cost.by_type.lines.iter().enumerate() {
            let Some(name) = line.resource_type.as_deref() else {
                continue;
            };
            let t = self.entities.named(EntityKind::Type, name);
            self.add(NewFact {
                label: "cost of type".to_owned(),
                subject: vec![t],
                is_whole: true,
                tags: vec![Tag::Cost],
                fields: vec![Some(field(
                    "usd",
                    Quantity::Cost,
                    Aspect::Now,
                    Value::Usd(line.usd),
                ))],
                worth: 580 - small(at),
                ..NewFact::default()
            });
        }
    }

    fn whole(&mut self, label: &str, fields: Vec<Option<Field>>, tags: Vec<Tag>, worth: u32) {
        self.add(NewFact {
            label: label.to_owned(),
            is_whole: true,
            tags,
            fields,
            worth,
            ..NewFact::default()
        });
    }
}

/// What may be said of items of a kind.
pub(super) fn tags_of(kind: ChangeKind) -> Vec<Tag> {
    match kind {
        ChangeKind::Created => vec![Tag::Created, Tag::New],
        ChangeKind::FirstSeen => vec![Tag::New],
        ChangeKind::Deleted => vec![Tag::Deleted],
        ChangeKind::Recreated => vec![Tag::Recreated, Tag::Created],
        ChangeKind::Settings => vec![Tag::Settings],
        ChangeKind::Tags => vec![Tag::Tags],
        ChangeKind::Relationships => vec![Tag::Relationships, Tag::Echo],
        ChangeKind::Volatile | ChangeKind::Identical => vec![Tag::Echo],
        ChangeKind::Compliance => vec![Tag::Compliance],
        ChangeKind::NotRecorded | ChangeKind::Unknown => Vec::new(),
    }
}

/// A count with what it is against.
fn counted(
    name: &'static str,
    quantity: Quantity,
    now: u64,
    before: Option<u64>,
) -> Vec<Option<Field>> {
    let mut fields = vec![count(name, quantity, now)];
    fields.extend(against(quantity, now, before));
    fields
}

/// The month before, the difference, and the difference in percent.
fn against(quantity: Quantity, now: u64, before: Option<u64>) -> Vec<Option<Field>> {
    let Some(before) = before else {
        return Vec::new();
    };
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let delta = signed(now).saturating_sub(signed(before));
    vec![
        Some(field(
            "prev",
            quantity,
            Aspect::Before,
            Value::Count(before),
        )),
        Some(field("delta", quantity, Aspect::Delta, Value::Delta(delta))),
        tenths_of_percent(delta, before).map(|tenths| {
            field(
                "pct",
                quantity,
                Aspect::DeltaPercent,
                Value::Percent(tenths),
            )
        }),
    ]
}

/// Halves are rounded away from zero, as the digest does.
fn tenths_of_percent(part: i64, whole: u64) -> Option<i64> {
    let tenths = (u128::from(part.unsigned_abs()) * 1_000 + u128::from(whole) / 2)
        .checked_div(u128::from(whole))?;
    let tenths = i64::try_from(tenths).ok()?;
    Some(if part < 0 { -tenths } else { tenths })
}

fn share(quantity: Quantity, part: u64, whole: u64) -> Option<Field> {
    let tenths = tenths_of_percent(i64::try_from(part).ok()?, whole)?;
    Some(field(
        "share",
        quantity,
        Aspect::Share,
        Value::Percent(tenths),
    ))
}

fn money(quantity: Quantity, line: &MoneyLine) -> Vec<Option<Field>> {
    let usd = |name, aspect, value| field(name, quantity, aspect, Value::Usd(value));
    vec![
        Some(usd("usd", Aspect::Now, line.usd)),
        line.previous_usd
            .map(|before| usd("prev", Aspect::Before, before)),
        line.difference_usd
            .map(|by| usd("delta", Aspect::Delta, by)),
    ]
}

/// Gives a count its place among all of its list.
pub(super) fn rank(field: &mut Option<Field>, list: &'static str, n: u64, all: &[u64]) {
    if let Some(field) = field {
        let larger = all.iter().filter(|other| **other > n).count() as u64;
        field.rank = Some(Rank {
            list,
            place: larger + 1,
            of: all.len() as u64,
            tied: all.iter().filter(|other| **other == n).count() > 1,
        });
    }
}

/// What later places lose, so that the first of every list are worth more than the rest of any.
fn small(place: usize) -> u32 {
    u32::try_from(place.saturating_mul(5))
        .unwrap_or(u32::MAX)
        .min(400)
}

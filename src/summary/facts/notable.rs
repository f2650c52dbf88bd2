//! Facts about what stands out: resources, departures, security events, coverage.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Aspect, EntityId, EntityKind, Facts, Field, NewFact, Quantity, Tag, Value, count, field,
    gather::{rank, tags_of},
};
use crate::{
    analysis::{
        Anomaly, AnomalyKind, Basis, Digest, ResourceLine, ResourceList,
        security::{self, EventKind, SecurityEvent, Severity},
    },
    domain::{ChangeKind, parse_zone},
    summary::{Language, wording},
};

impl Facts {
    /// Movers, what came and went, departures, security events, coverage.
    pub(super) fn gather_notable(&mut self, digest: &Digest) {
        let zone = parse_zone(&digest.timezone).unwrap_or(TimeZone::UTC);
        self.movers(&digest.most_changed);
        self.anomalies(digest, &zone);
        self.security(digest, &zone);
        self.coverage(digest);
        self.came_and_went(digest, &zone);
    }

    fn movers(&mut self, list: &ResourceList) {
        let changes: Vec<u64> = list.resources.iter().map(|line| line.changes).collect();
        let is_all = list.total == changes.len() as u64;
        let least = changes.last().copied().unwrap_or(0);
        for (at, line) in list.resources.iter().enumerate() {
            let r = self.resource_of(line);
            let mut real = count("changes", Quantity::Changes, line.changes);
            // The list is by real changes: places above those that are cut are known.
            if is_all || line.changes > least {
                rank(&mut real, "resource", line.changes, &changes);
            }
            self.add(NewFact {
                label: "resource".to_owned(),
                subject: vec![r],
                is_whole: true,
                fields: vec![real, count("items", Quantity::Items, line.items)],
                worth: 858 - place(at).min(300),
                ..NewFact::default()
            });
        }
    }

    fn came_and_went(&mut self, digest: &Digest, zone: &TimeZone) {
        for (kind, label, list, worth) in [
            (ChangeKind::Deleted, "deleted", &digest.deleted, 560),
            (ChangeKind::Created, "created", &digest.created, 550),
            (ChangeKind::Recreated, "recreated", &digest.recreated, 545),
            (ChangeKind::FirstSeen, "first seen", &digest.first_seen, 540),
        ] {
            for (at, line) in list.resources.iter().enumerate() {
                let r = self.resource_of(line);
                let when = span(zone, line.first, line.last);
                self.add(NewFact {
                    label: label.to_owned(),
                    subject: vec![r],
                    tags: tags_of(kind),
                    fields: vec![Some(moment(when))],
                    worth: worth - place(at).min(300),
                    ..NewFact::default()
                });
            }
        }
    }

    fn anomalies(&mut self, digest: &Digest, zone: &TimeZone) {
        let anomalies = &digest.anomalies;
        if anomalies.basis == Basis::None {
            return;
        }
        let months = anomalies.baseline_months.len() as u64;
        let mut fields = vec![count("departures", Quantity::Departures, anomalies.total)];
        fields.push(count("months", Quantity::Months, months));
        let mut tags = vec![Tag::Unusual];
        if anomalies.total == 0 && self.is_complete {
            tags.push(Tag::Absent);
        }
        self.add(NewFact {
            label: "departures from earlier months".to_owned(),
            is_whole: true,
            tags,
            fields,
            worth: 870,
            ..NewFact::default()
        });
        for (at, entry) in anomalies.ranked.iter().enumerate() {
            self.anomaly(at, entry, zone);
        }
    }

    fn anomaly(&mut self, at: usize, entry: &Anomaly, zone: &TimeZone) {
        let mut subject = vec![self.entities.named(EntityKind::Account, &entry.account)];
        if let Some(id) = &entry.resource_id {
            let region = entry.region.as_deref().unwrap_or_default();
            let resource_type = entry.resource_type.as_deref().unwrap_or_default();
            let key = (entry.account.as_str(), region, resource_type, id.as_str());
            subject = vec![self.entities.resource(key, entry.resource_name.as_deref())];
        } else {
            let region = entry.region.as_deref();
            subject.extend(region.map(|name| self.entities.named(EntityKind::Region, name)));
            let resource_type = entry.resource_type.as_deref();
            subject.extend(resource_type.map(|name| self.entities.named(EntityKind::Type, name)));
        }
        let evidence = &entry.evidence;
        let mut members: Vec<EntityId> = Vec::new();
        for name in &evidence.resource_types {
            members.push(self.entities.named(EntityKind::Type, name));
        }
        for named in &evidence.resources {
            let key = (
                entry.account.as_str(),
                named.region.as_str(),
                named.resource_type.as_str(),
                named.resource_id.as_str(),
            );
            members.push(self.entities.resource(key, named.resource_name.as_deref()));
        }
        let quantity = match entry.kind {
            AnomalyKind::MassDeletion => Quantity::OfKind(ChangeKind::Deleted),
            AnomalyKind::Recreation => Quantity::OfKind(ChangeKind::Recreated),
            _ => Quantity::Changes,
        };
        let expected = entry.expected.and_then(tenths);
        let fields = vec![
            Some(what(entry.kind)),
            count("seen", quantity, entry.seen),
            expected.map(|n| field("expected", quantity, Aspect::Expected, Value::Tenths(n))),
            evidence
                .largest_before
                .map(|n| field("before", quantity, Aspect::LargestBefore, Value::Count(n))),
            (evidence.resource_count > 1)
                .then(|| count("resources", Quantity::Resources, evidence.resource_count))
                .flatten(),
            Some(moment(span(zone, entry.first, entry.last))),
        ];
        self.add(NewFact {
            label: "unusual".to_owned(),
            subject,
            members,
            tags: unusual_tags(entry.kind),
            fields,
            worth: 868 - place(at).min(300),
            ..NewFact::default()
        });
    }

    fn security(&mut self, digest: &Digest, zone: &TimeZone) {
        let anomalies = &digest.anomalies;
        let total = anomalies.security_total;
        let mut tags = vec![Tag::Security];
        if total == 0 && self.is_complete {
            tags.push(Tag::Absent);
        }
        self.add(NewFact {
            label: "security events".to_owned(),
            is_whole: true,
            tags,
            fields: vec![count("events", Quantity::SecurityEvents, total)],
            worth: 860,
            ..NewFact::default()
        });
        for (at, event) in anomalies.security.iter().enumerate() {
            self.security_event(at, event, zone);
        }
    }

    fn security_event(&mut self, at: usize, event: &SecurityEvent, zone: &TimeZone) {
        let Some(rule) = security::rules().iter().find(|rule| rule.id == event.rule) else {
            return;
        };
        let key = (
            event.account.as_str(),
            event.region.as_str(),
            event.resource_type.as_str(),
            event.resource_id.as_str(),
        );
        let r = self.entities.resource(key, event.resource_name.as_deref());
        let mut tags = vec![Tag::Security];
        match event.event {
            EventKind::CreatedSo => tags.extend([Tag::Created, Tag::New]),
            EventKind::FirstSeenSo => tags.push(Tag::New),
            EventKind::Began | EventKind::Ended => {}
        }
        if rule.reports == security::Reports::OnlyDeletion {
            tags.push(Tag::Deleted);
        }
        let severity = match event.severity {
            Severity::High => 40,
            Severity::Medium => 20,
            Severity::Low => 0,
        };
        let title = Value::What(rule.title, rule.title_ja);
        self.add(NewFact {
            label: "security event".to_owned(),
            subject: vec![r],
            tags,
            fields: vec![
                Some(field("what", Quantity::What, Aspect::Now, title)),
                Some(field(
                    "how",
                    Quantity::What,
                    Aspect::Now,
                    how_words(event.event),
                )),
                Some(moment(minute(zone, event.at))),
            ],
            worth: 816 + severity - place(at).min(200),
            ..NewFact::default()
        });
    }

    fn coverage(&mut self, digest: &Digest) {
        let recorders = &digest.coverage.recorders;
        let incomplete = recorders.iter().filter(|line| !line.complete).count() as u64;
        let label = if self.is_complete {
            "coverage complete"
        } else {
            "coverage incomplete: say nothing of absence"
        };
        let fields = vec![
            count("recorders", Quantity::Recorders, recorders.len() as u64),
            count("incomplete", Quantity::Recorders, incomplete),
            count("gaps", Quantity::Gaps, digest.coverage.gaps.len() as u64),
        ];
        self.add(NewFact {
            label: label.to_owned(),
            tags: vec![Tag::Coverage],
            fields,
            worth: 865,
            ..NewFact::default()
        });
    }

    fn resource_of(&mut self, line: &ResourceLine) -> EntityId {
        let key = (
            line.account.as_str(),
            line.region.as_str(),
            line.resource_type.as_str(),
            line.resource_id.as_str(),
        );
        self.entities.resource(key, line.resource_name.as_deref())
    }
}

/// The name of a departure, in the digest's own words.
fn what(kind: AnomalyKind) -> Field {
    let [en, ja] = [Language::En, Language::Ja].map(|l| (wording::of(l).attention.label)(kind));
    field("what", Quantity::What, Aspect::Now, Value::What(en, ja))
}

/// What happened to a fact that a rule names.
fn how_words(event: EventKind) -> Value {
    match event {
        EventKind::Began => Value::What("began", "開始"),
        EventKind::CreatedSo => Value::What("created so", "作成時から"),
        EventKind::FirstSeenSo => Value::What("first seen so", "初めて記録された時点で該当"),
        EventKind::Ended => Value::What("ended", "解消"),
    }
}

fn unusual_tags(kind: AnomalyKind) -> Vec<Tag> {
    let mut tags = vec![Tag::Unusual];
    match kind {
        AnomalyKind::FirstSeenAccount
        | AnomalyKind::FirstSeenRegion
        | AnomalyKind::FirstSeenType
        | AnomalyKind::FirstSeenAccountType => tags.push(Tag::New),
        AnomalyKind::MassDeletion => tags.push(Tag::Deleted),
        AnomalyKind::Recreation => tags.extend([Tag::Recreated, Tag::Created]),
        _ => {}
    }
    tags
}

fn moment(when: String) -> Field {
    field("when", Quantity::When, Aspect::Now, Value::When(when))
}

fn minute(zone: &TimeZone, at: Timestamp) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// One day, or the first and the last.
fn span(zone: &TimeZone, first: Timestamp, last: Timestamp) -> String {
    let day = |at| zone.to_datetime(at).strftime("%Y-%m-%d").to_string();
    let (from, to) = (day(first), day(last));
    if from == to {
        from
    } else {
        format!("{from} – {to}")
    }
}

/// Tenths of a number that the baseline lets expect.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be in range"
)]
fn tenths(expected: f64) -> Option<u64> {
    let tenths = (expected * 10.0).round();
    (0.0..1e15).contains(&tenths).then_some(tenths as u64)
}

fn place(at: usize) -> u32 {
    u32::try_from(at.saturating_mul(3)).unwrap_or(u32::MAX)
}

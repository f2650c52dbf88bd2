//! What recorders say of themselves: the items of `AWS::Config::ConfigurationRecorder`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope::{Scope, is_service_linked};
use crate::domain::{ConfigurationItem, ItemStatus, Period};

/// Resource type of recorders.
const RECORDER_TYPE: &str = "AWS::Config::ConfigurationRecorder";

/// A change of what is recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RecorderEvent {
    /// Account.
    pub account: String,
    /// Region of the recorder.
    pub region: String,
    /// When the recorder's new state was captured.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What happened.
    pub event: RecorderEventKind,
    /// Types that it is about, in order. Of `daily_began` and `daily_ceased`, none means every type
    /// without a frequency of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
}

/// What happened to a recorder.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecorderEventKind {
    /// It records again, or for the first time.
    Started,
    /// It was stopped or deleted.
    Stopped,
    /// Types are recorded that were not.
    TypesBegan,
    /// Types are no longer recorded.
    TypesCeased,
    /// Types are recorded daily and no longer continuously.
    DailyBegan,
    /// Types are recorded continuously and no longer daily.
    DailyCeased,
    /// What is recorded changed by types that the recorder does not name, from all to some or from
    /// some to all; or whether the recording is paid for did.
    ScopeChanged,
}

/// Times in which a Region's recorders were stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) from: Timestamp,
    /// The next start, where there was one.
    pub(super) to: Option<Timestamp>,
}

/// All that recorders said of themselves.
#[derive(Debug, Default)]
pub(super) struct RecorderLog {
    pub(super) events: Vec<RecorderEvent>,
    pub(super) stops: Vec<Stop>,
}

/// Returns what happened to recorders in the period, by account, Region and time. `items` are those
/// of all time up to its end with their bodies, in any order; other types are passed over.
pub fn recorder_events(items: &[ConfigurationItem], period: &Period) -> Vec<RecorderEvent> {
    let mut events = RecorderLog::of(items).events;
    events.retain(|event| period.contains(event.at));
    events
}

impl RecorderLog {
    /// Reads the items. Recorders of other AWS services deliver nothing and are passed over.
    pub(super) fn of(items: &[ConfigurationItem]) -> Self {
        let mut regions: BTreeMap<(&str, &str), Vec<&ConfigurationItem>> = BTreeMap::new();
        for item in items
            .iter()
            .filter(|item| item.resource_type == RECORDER_TYPE)
        {
            let place = (item.account.as_str(), item.region.as_str());
            regions.entry(place).or_default().push(item);
        }
        let mut log = Self::default();
        for ((account, region), mut items) in regions {
            items.sort_by(|a, b| order(a).cmp(&order(b)));
            let mut chain = Chain::new(account, region);
            for item in items {
                chain.read(item);
            }
            log.events.append(&mut chain.events);
            log.stops.append(&mut chain.stops);
        }
        log.events.sort();
        log
    }
}

/// Whatever the order of delivery, the same order of reading.
fn order(item: &ConfigurationItem) -> impl Ord {
    let body = item.configuration.as_deref();
    let status = item.status.as_deref();
    (
        item.capture_time,
        item.state_id.as_deref(),
        status,
        &item.resource_id,
        body,
    )
}

/// The recorders of one account and Region, item by item.
struct Chain<'a> {
    account: &'a str,
    region: &'a str,
    /// Settings and whether it records, by recorder.
    recorders: BTreeMap<&'a str, (Scope, Option<bool>)>,
    /// Settings of the last recorder that was deleted: a new one may take its place.
    deleted: Option<Scope>,
    /// Recorders of other AWS services.
    foreign: BTreeSet<&'a str>,
    events: Vec<RecorderEvent>,
    stops: Vec<Stop>,
}

impl<'a> Chain<'a> {
    fn new(account: &'a str, region: &'a str) -> Self {
        Self {
            account,
            region,
            recorders: BTreeMap::new(),
            deleted: None,
            foreign: BTreeSet::new(),
            events: Vec::new(),
            stops: Vec::new(),
        }
    }

    fn read(&mut self, item: &'a ConfigurationItem) {
        let status = item.status.as_deref().and_then(ItemStatus::parse);
        let gone = matches!(
            status,
            Some(ItemStatus::ResourceDeleted | ItemStatus::ResourceDeletedNotRecorded)
        );
        let id = item.resource_id.as_str();
        let before = self.recording();
        if gone {
            if self.foreign.contains(id) || is_service_linked(id) {
                return;
            }
            let last = self.recorders.insert(id, (Scope::default(), Some(false)));
            self.deleted = last.map(|(scope, _)| scope).or_else(|| self.deleted.take());
        } else if let Some(body) = item.configuration.as_deref() {
            let scope = Scope::parse(body);
            let known = self.recorders.get(id).cloned();
            let internal = known.is_none() && scope.payer.as_deref() == Some("INTERNAL");
            if scope.service_linked || internal || is_service_linked(id) {
                self.foreign.insert(id);
                return;
            }
            let was = known.as_ref().and_then(|(_, recording)| *recording);
            let known = known
                .map(|(scope, _)| scope)
                .filter(|s| *s != Scope::default());
            if let Some(known) = known.or_else(|| self.deleted.take()) {
                self.compare(&known, &scope, item.capture_time);
            }
            let recording = scope.recording.or(was);
            self.recorders.insert(id, (scope, recording));
        }
        let discovered = status == Some(ItemStatus::ResourceDiscovered);
        self.turn(before, discovered, item.capture_time);
    }

    /// Says whether any recorder records.
    fn recording(&self) -> Option<bool> {
        self.recorders
            .values()
            .filter_map(|(_, recording)| *recording)
            .max()
    }

    /// Notes a start or a stop.
    fn turn(&mut self, before: Option<bool>, discovered: bool, at: Timestamp) {
        match (before, self.recording()) {
            (Some(true), Some(false)) => {
                self.note(RecorderEventKind::Stopped, at, Vec::new());
                self.stop(at);
            }
            // Stopped since nobody knows when, at least since now.
            (None, Some(false)) => self.stop(at),
            (Some(false), Some(true)) => {
                self.note(RecorderEventKind::Started, at, Vec::new());
                if let Some(stop) = self.stops.last_mut() {
                    stop.to.get_or_insert(at);
                }
            }
            (None, Some(true)) if discovered => {
                self.note(RecorderEventKind::Started, at, Vec::new());
            }
            _ => {}
        }
    }

    fn stop(&mut self, from: Timestamp) {
        self.stops.push(Stop {
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            from,
            to: None,
        });
    }

    fn compare(&mut self, old: &Scope, new: &Scope, at: Timestamp) {
        use RecorderEventKind::{DailyBegan, DailyCeased, ScopeChanged, TypesBegan, TypesCeased};
        let (began, ceased, unnamed) = old.types.compare(&new.types);
        let payer_changed = old.payer.is_some() && new.payer.is_some() && old.payer != new.payer;
        if unnamed || payer_changed {
            self.note(ScopeChanged, at, Vec::new());
        }
        if old.daily != new.daily {
            let event = if new.daily { DailyBegan } else { DailyCeased };
            self.note(event, at, Vec::new());
        }
        let own = old.frequencies.keys().chain(new.frequencies.keys());
        let turned = |daily: bool| {
            let turned = own
                .clone()
                .filter(move |kind| new.is_daily(kind) == daily && old.is_daily(kind) != daily);
            let mut turned: Vec<String> = turned.cloned().collect();
            turned.sort();
            turned.dedup();
            turned
        };
        let named = [
            (TypesBegan, began),
            (TypesCeased, ceased),
            (DailyBegan, turned(true)),
            (DailyCeased, turned(false)),
        ];
        for (event, types) in named {
            if !types.is_empty() {
                self.note(event, at, types);
            }
        }
    }

    fn note(&mut self, event: RecorderEventKind, at: Timestamp, resource_types: Vec<String>) {
        self.events.push(RecorderEvent {
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            at,
            event,
            resource_types,
        });
    }
}

use super::*;

const HOUR: i64 = 3_600_000;

fn hashes(settings: u64) -> ContentHashes {
    ContentHashes {
        settings,
        volatile: 0,
        tags: 0,
        relationships: 0,
        has_configuration: true,
    }
}

fn seen(hour: i64, status: ItemStatus, settings: u64) -> Sighting {
    Sighting {
        at_ms: hour * HOUR,
        status: Some(status),
        compliance: false,
        recorder: 0,
        hashes: hashes(settings),
        created_ms: None,
        daily: false,
        repeated: false,
    }
}

fn by(recorder: u32, sighting: Sighting) -> Sighting {
    Sighting {
        recorder,
        ..sighting
    }
}

fn kinds(global: bool, sightings: &[Sighting]) -> Vec<ChangeKind> {
    let verdicts = classify(global, sightings);
    verdicts.into_iter().map(|verdict| verdict.kind).collect()
}

use ChangeKind::{
    Compliance, Created, Deleted, FirstSeen, Identical, NotRecorded, Recreated, Relationships,
    Settings, Tags, Unknown, Volatile,
};
use ItemStatus::{
    Ok, ResourceDeleted, ResourceDeletedNotRecorded, ResourceDiscovered, ResourceNotRecorded,
};

#[test]
fn what_differs_decides_the_kind_of_an_update() {
    let first = seen(0, ResourceDiscovered, 1);
    let with = |change: fn(&mut ContentHashes)| {
        let mut update = seen(1, Ok, 1);
        change(&mut update.hashes);
        kinds(false, &[first, update])[1]
    };
    assert_eq!(with(|_| ()), Identical);
    assert_eq!(with(|h| h.settings = 2), Settings);
    assert_eq!(with(|h| (h.tags, h.volatile) = (2, 2)), Tags);
    assert_eq!(with(|h| h.relationships = 2), Relationships);
    assert_eq!(with(|h| (h.relationships, h.volatile) = (2, 2)), Volatile);
    assert_eq!(with(|h| (h.settings, h.tags) = (2, 2)), Settings);
    assert_eq!(with(|h| h.has_configuration = false), Unknown);
}

#[test]
fn a_first_item_is_created_only_as_young_as_a_delivery_window() {
    let first = |status, created_hour: Option<i64>, daily| {
        let sighting = Sighting {
            created_ms: created_hour.map(|hour| hour * HOUR),
            daily,
            ..seen(100, status, 1)
        };
        kinds(false, &[sighting])[0]
    };
    assert_eq!(first(ResourceDiscovered, Some(99), false), Created);
    assert_eq!(first(ResourceDiscovered, Some(94), false), Created);
    assert_eq!(first(ResourceDiscovered, Some(93), false), FirstSeen);
    assert_eq!(first(ResourceDiscovered, Some(80), true), Created);
    assert_eq!(first(ResourceDiscovered, Some(75), true), FirstSeen);
    assert_eq!(first(ResourceDiscovered, Some(101), false), FirstSeen);
    assert_eq!(first(ResourceDiscovered, None, false), FirstSeen);
    assert_eq!(first(Ok, Some(99), false), Created);
    assert_eq!(first(Ok, None, false), Unknown);
    assert_eq!(first(ResourceDeleted, None, false), Deleted);
}

#[test]
fn a_second_discovery_and_a_life_after_death_are_recreations() {
    let items = [
        seen(0, ResourceDiscovered, 1),
        seen(1, ResourceDiscovered, 1),
        seen(2, ResourceDeleted, 0),
        seen(3, ResourceDeleted, 0),
        seen(4, ResourceDiscovered, 1),
        seen(5, ResourceDeleted, 0),
        seen(6, Ok, 1),
        seen(7, Ok, 2),
    ];
    let expected = [
        FirstSeen, Recreated, Deleted, Deleted, Recreated, Deleted, Recreated, Settings,
    ];
    assert_eq!(kinds(false, &items), expected);
}

#[test]
fn what_is_not_recorded_is_compared_with_nothing() {
    let items = [
        seen(0, ResourceNotRecorded, 0),
        seen(1, ResourceDiscovered, 1),
        seen(2, ResourceDeletedNotRecorded, 0),
        seen(3, Ok, 1),
    ];
    assert_eq!(
        kinds(false, &items),
        [NotRecorded, FirstSeen, NotRecorded, Unknown]
    );
    let compliance = Sighting {
        compliance: true,
        ..seen(0, Ok, 1)
    };
    assert_eq!(kinds(false, &[compliance, compliance]), [Compliance; 2]);
}

#[test]
fn of_several_recorders_the_first_reports_the_change() {
    // Two recorders report a role: it is created, changed, deleted and created again.
    let items = [
        by(0, seen(0, ResourceDiscovered, 1)),
        by(1, seen(0, ResourceDiscovered, 1)),
        by(1, seen(1, Ok, 2)),
        by(0, seen(1, Ok, 2)),
        by(0, seen(2, ResourceDeleted, 0)),
        by(1, seen(2, ResourceDeleted, 0)),
        by(1, seen(3, ResourceDiscovered, 1)),
        by(0, seen(3, ResourceDiscovered, 1)),
    ];
    let expected = [
        FirstSeen, Identical, Settings, Identical, Deleted, Identical, Recreated, Identical,
    ];
    assert_eq!(kinds(true, &items), expected);
    // A resource of a Region has one recorder: nothing of it is a repeat of another's report.
    assert_eq!(
        kinds(false, &items[..2]),
        [FirstSeen, Recreated],
        "two discoveries"
    );
}

#[test]
fn a_recorder_that_lags_behind_repeats_older_states() {
    let items = [
        by(0, seen(0, ResourceDiscovered, 1)),
        by(0, seen(1, Ok, 2)),
        by(0, seen(2, Ok, 3)),
        by(1, seen(3, ResourceDiscovered, 1)),
        by(1, seen(4, Ok, 2)),
        by(1, seen(5, Ok, 3)),
        by(1, seen(6, Ok, 4)),
    ];
    assert_eq!(
        kinds(true, &items),
        [
            FirstSeen, Settings, Settings, Identical, Identical, Identical, Settings
        ]
    );
}

#[test]
fn one_recorder_that_goes_back_and_forth_reports_changes() {
    let items = [
        by(0, seen(0, ResourceDiscovered, 1)),
        by(1, seen(0, ResourceDiscovered, 1)),
        by(0, seen(1, Ok, 2)),
        by(0, seen(2, Ok, 1)),
        by(1, seen(3, Ok, 1)),
    ];
    assert_eq!(
        kinds(true, &items),
        [FirstSeen, Identical, Settings, Settings, Identical]
    );
    // The same recorder discovers it twice: that is a second life.
    let twice = [
        by(0, seen(0, ResourceDiscovered, 1)),
        by(0, seen(900, ResourceDiscovered, 1)),
    ];
    assert_eq!(kinds(true, &twice), [FirstSeen, Recreated]);
    // A recorder switched on a month later meets what is there.
    let late = [
        by(0, seen(0, ResourceDiscovered, 1)),
        by(1, seen(900, ResourceDiscovered, 1)),
    ];
    assert_eq!(kinds(true, &late), [FirstSeen, Identical]);
}

#[test]
fn an_item_delivered_again_is_no_item_and_only_tells_who_knows() {
    let items = [
        by(0, seen(0, ResourceDiscovered, 1)),
        Sighting {
            repeated: true,
            ..by(1, seen(0, ResourceDiscovered, 1))
        },
        by(1, seen(1, Ok, 2)),
        by(0, seen(1, Ok, 2)),
    ];
    let verdicts = classify(true, &items);
    assert_eq!(verdicts[2].kind, Settings);
    assert_eq!(verdicts[2].before, Some(0));
    assert_eq!(verdicts[3].kind, Identical);
}

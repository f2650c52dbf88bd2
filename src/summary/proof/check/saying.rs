//! What words say by themselves.

use super::{
    measures::{Base, Cue, Kinds, Measure},
    names::Name,
    token::What,
};
use crate::{
    domain::ChangeKind,
    summary::{facts::EntityKind, proof::words::WordClass},
};

pub(super) fn is_of_kind(name: &Name, kind: EntityKind) -> bool {
    let Name::Known(subjects) = name else {
        return matches!(name, Name::Unseen(_) | Name::Wrong(_) | Name::Obscure(_));
    };
    subjects.iter().any(|subject| {
        subject.kinds().contains(&kind)
            || (kind == EntityKind::Resource && subject.resource.is_some())
    })
}

/// Says whether a name is that of a day alone.
pub(super) fn is_day(name: &Name) -> bool {
    matches!(name, Name::Known(all) if all.iter().all(|one| one.kinds() == [EntityKind::Day]))
}

/// Says whether a name, as it is written, is that of an account, a Region or a type, and not of
/// resources: "S3 buckets" are resources, `AWS::S3::Bucket` is their type.
pub(super) fn is_place(name: &Name, text: &str) -> bool {
    let is_type = text.contains("::");
    match name {
        Name::Known(all) => all.iter().all(|one| {
            let kinds = one.kinds();
            let is_of = |kind| kinds.contains(&kind);
            !is_of(EntityKind::Resource)
                && (is_of(EntityKind::Account)
                    || is_of(EntityKind::Region)
                    || (is_of(EntityKind::Type) && is_type))
        }),
        Name::Unseen(_) => true,
        _ => false,
    }
}

/// Says whether a noun counts accounts, Regions or types.
pub(super) fn is_place_noun(measure: Measure) -> bool {
    matches!(measure.base, Base::Accounts | Base::Regions | Base::Types)
}

/// Says whether a noun counts how often something happened to resources.
pub(super) fn is_event(measure: Measure) -> bool {
    measure.base == Base::Items
        && matches!(
            measure.kinds,
            Kinds::One(
                ChangeKind::Created
                    | ChangeKind::Deleted
                    | ChangeKind::Recreated
                    | ChangeKind::FirstSeen
            )
        )
}

/// Says whether a noun counts changes.
pub(super) fn is_change(measure: Measure) -> bool {
    measure.base == Base::Changes
}

pub(super) fn is_break(what: &What) -> bool {
    matches!(
        what,
        What::Break(_) | What::Cue(Cue::Compared | Cue::OfThem)
    )
}

/// Says whether a token can be held against the facts at all.
pub(super) fn claims(what: &What) -> bool {
    is_claim(what)
        || matches!(
            what,
            What::Name(_) | What::Time(_) | What::Elsewhere | What::Changed
        )
}

/// Says whether a token claims something about what a clause names.
pub(super) fn is_claim(what: &What) -> bool {
    match what {
        What::Number(_) => true,
        What::Word(class) => !matches!(
            class,
            WordClass::Whole
                | WordClass::Neutral
                | WordClass::Approximate
                | WordClass::Calendar
                | WordClass::Place
                | WordClass::Universal
                | WordClass::Advice
                | WordClass::Number
        ),
        _ => false,
    }
}

/// The kind of change that a word names.
pub(super) fn kinds_of(class: WordClass, text: &str) -> Option<Kinds> {
    let one = |kind| Some(Kinds::One(kind));
    match class {
        WordClass::Created => one(ChangeKind::Created),
        WordClass::Deleted => one(ChangeKind::Deleted),
        WordClass::Recreated => one(ChangeKind::Recreated),
        WordClass::Settings => one(ChangeKind::Settings),
        WordClass::Tags => one(ChangeKind::Tags),
        WordClass::Relationships => one(ChangeKind::Relationships),
        WordClass::Compliance => one(ChangeKind::Compliance),
        WordClass::Echo => Some(Kinds::Echoes),
        WordClass::New if is_first_seen(text) => one(ChangeKind::FirstSeen),
        _ => None,
    }
}

pub(super) fn is_first_seen(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "first seen",
        "first-seen",
        "first time",
        "for the first time",
        "初めて",
        "はじめて",
    ]
    .contains(&text.as_str())
}

/// Why a word makes a sentence unproved.
pub(super) fn not_proved(class: WordClass, word: &str, text: &str) -> Option<String> {
    let word = word.to_ascii_lowercase();
    Some(match class {
        WordClass::Whole | WordClass::Neutral => return None,
        WordClass::Next if word == "then" => return None,
        WordClass::Cause => format!("{text}: the history does not tell causes"),
        WordClass::Universal => {
            format!("{text}: the facts do not say that of all, or of nothing else")
        }
        WordClass::Approximate => format!("{text}: say the number"),
        WordClass::Advice => format!("{text}: advice and forecasts are no facts"),
        WordClass::Calendar => format!("{text}: the facts have days and months only"),
        WordClass::Up | WordClass::Down | WordClass::Same => {
            format!("{text}: what went which way against what cannot be told")
        }
        _ => format!("{text}: not held against any fact"),
    })
}

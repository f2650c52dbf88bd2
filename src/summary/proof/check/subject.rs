//! What a clause is about.

use crate::summary::facts::{EntityId, EntityKind};

/// What something is said of; all that is `None` means everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) resource_type: Option<String>,
    /// Id of a resource.
    pub(super) resource: Option<String>,
    /// The resource, where the facts list it.
    pub(super) entity: Option<EntityId>,
    pub(super) day: Option<String>,
}

impl Subject {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn without_entity(mut self) -> Self {
        self.entity = None;
        self
    }

    fn parts_of(&self) -> [&Option<String>; 5] {
        [
            &self.account,
            &self.region,
            &self.resource_type,
            &self.resource,
            &self.day,
        ]
    }

    pub(super) fn parts(&self) -> Vec<String> {
        let parts = self.parts_of();
        parts
            .into_iter()
            .flatten()
            .map(|part| crate::domain::visible(part).into_owned())
            .collect()
    }

    /// Kinds of what is named; of a resource not its home.
    pub(super) fn kinds(&self) -> Vec<EntityKind> {
        let mut kinds = Vec::new();
        if self.resource.is_some() {
            kinds.push(EntityKind::Resource);
        } else {
            let all = [
                (&self.account, EntityKind::Account),
                (&self.region, EntityKind::Region),
                (&self.resource_type, EntityKind::Type),
            ];
            kinds.extend(
                all.iter()
                    .filter(|(part, _)| part.is_some())
                    .map(|(_, k)| *k),
            );
        }
        if self.day.is_some() {
            kinds.push(EntityKind::Day);
        }
        kinds
    }

    pub(super) fn without(&self, kind: EntityKind) -> Self {
        let mut rest = self.clone();
        match kind {
            EntityKind::Account => rest.account = None,
            EntityKind::Region => rest.region = None,
            EntityKind::Type => rest.resource_type = None,
            EntityKind::Day => rest.day = None,
            EntityKind::Resource => {
                rest = Self {
                    day: rest.day,
                    ..Self::default()
                };
            }
        }
        rest
    }

    /// Says whether both can be said of one thing.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let pairs = self.parts_of().into_iter().zip(other.parts_of());
        let mut pairs = pairs.filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?)));
        pairs.all(|(a, b)| a == b)
    }

    /// Adds what the other names, which wins.
    pub(super) fn narrow(&mut self, other: &Self) {
        self.narrow_home(other);
        if other.resource.is_some() {
            self.resource.clone_from(&other.resource);
            self.entity = other.entity;
        }
    }

    pub(super) fn narrow_home(&mut self, other: &Self) {
        for (mine, others) in [
            (&mut self.account, &other.account),
            (&mut self.region, &other.region),
            (&mut self.resource_type, &other.resource_type),
            (&mut self.day, &other.day),
        ] {
            if others.is_some() {
                mine.clone_from(others);
            }
        }
    }
}

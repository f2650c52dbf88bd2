//! What facts are about: accounts, Regions, types, resources and days, each under an alias.

use std::collections::BTreeMap;

/// Place of an entity among all of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::summary) struct EntityId(usize);

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::summary) enum EntityKind {
    Account,
    Region,
    Type,
    Resource,
    /// A day of the month, in its time zone.
    Day,
}

impl EntityKind {
    /// First letter of its aliases.
    pub(in crate::summary) fn letter(self) -> char {
        match self {
            Self::Account => 'a',
            Self::Region => 'g',
            Self::Type => 't',
            Self::Resource => 'r',
            Self::Day => 'd',
        }
    }
}

/// Something that facts are about.
#[derive(Debug, Clone)]
pub(in crate::summary) struct Entity {
    pub(in crate::summary) kind: EntityKind,
    /// `a1`, `t12`.
    pub(in crate::summary) alias: String,
    /// What people call it: the id of an account, the name of a resource, `YYYY-MM-DD`.
    pub(in crate::summary) name: String,
    /// Id of a resource; the name again of everything else.
    pub(in crate::summary) key: String,
    /// Account, Region and type of a resource.
    pub(in crate::summary) home: Vec<EntityId>,
}

/// All entities of a month.
#[derive(Debug, Clone, Default)]
pub(in crate::summary) struct Entities {
    all: Vec<Entity>,
    by_key: BTreeMap<(EntityKind, String), EntityId>,
    by_alias: BTreeMap<String, EntityId>,
    counts: BTreeMap<EntityKind, usize>,
}

impl Entities {
    /// Returns the entity of that name, which is made where there is none.
    pub(in crate::summary) fn named(&mut self, kind: EntityKind, name: &str) -> EntityId {
        self.get_or_make(kind, name.to_owned(), name, name, Vec::new())
    }

    /// Returns a resource, which is made where there is none.
    pub(in crate::summary) fn resource(
        &mut self,
        (account, region, resource_type, id): (&str, &str, &str, &str),
        name: Option<&str>,
    ) -> EntityId {
        let home = vec![
            self.named(EntityKind::Account, account),
            self.named(EntityKind::Region, region),
            self.named(EntityKind::Type, resource_type),
        ];
        // No part of a key holds a line end that could make two keys one.
        let key = [account, region, resource_type, id].join("\n");
        let name = name.filter(|name| !name.is_empty()).unwrap_or(id);
        self.get_or_make(EntityKind::Resource, key, name, id, home)
    }

    fn get_or_make(
        &mut self,
        kind: EntityKind,
        key: String,
        name: &str,
        id_text: &str,
        home: Vec<EntityId>,
    ) -> EntityId {
        if let Some(id) = self.by_key.get(&(kind, key.clone())) {
            return *id;
        }
        let id = EntityId(self.all.len());
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let alias = format!("{}{count}", kind.letter());
        self.by_key.insert((kind, key), id);
        self.by_alias.insert(alias.clone(), id);
        self.all.push(Entity {
            kind,
            alias,
            name: name.to_owned(),
            key: id_text.to_owned(),
            home,
        });
        id
    }

    pub(in crate::summary) fn get(&self, id: EntityId) -> Option<&Entity> {
        self.all.get(id.0)
    }

    pub(in crate::summary) fn kind(&self, id: EntityId) -> Option<EntityKind> {
        self.get(id).map(|entity| entity.kind)
    }

    pub(in crate::summary) fn by_alias(&self, alias: &str) -> Option<EntityId> {
        self.by_alias.get(alias).copied()
    }

    pub(in crate::summary) fn find(&self, kind: EntityKind, name: &str) -> Option<EntityId> {
        self.by_key.get(&(kind, name.to_owned())).copied()
    }

    pub(in crate::summary) fn iter(&self) -> impl Iterator<Item = (EntityId, &Entity)> {
        let numbered = self.all.iter().enumerate();
        numbered.map(|(at, entity)| (EntityId(at), entity))
    }
}

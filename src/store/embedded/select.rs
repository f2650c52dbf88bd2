//! Questions about few resources: while most of the lake is not in the cache, their items are looked
//! for in the delivered files themselves, and only files that name them are parsed.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cache::{CacheError, LakeParts, Only},
    lake::{LakeAccess, Listed},
};
use crate::{
    domain::{ConfigurationItem, ItemFilter, ResourceKey, ResourceReference},
    source::Needles,
};

/// Shortest text that is looked for: a shorter one is in most files.
const SHORTEST: usize = 4;
/// Bytes of a text that are looked for at most: its end.
const LONGEST: usize = 64;
/// Texts that are looked for at most; with more of them most files are parsed in any case.
const MOST_NEEDLES: usize = 1_000;
/// How an escaped character begins: a file that has any is parsed in any case.
const ESCAPED: &str = "\\u00";

/// The resources that a question is about.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    filter: ItemFilter,
    resources: Arc<HashSet<u128>>,
    needles: BTreeSet<String>,
}

impl Selection {
    /// Returns the resources that a question is about; `None` where it is about any, or where what
    /// they are known by cannot be looked for.
    pub(super) fn of(filter: &ItemFilter, resources: &[ResourceKey]) -> Option<Self> {
        let named: Vec<&str> = if resources.is_empty() {
            let reference = filter.reference.iter().map(ResourceReference::as_str);
            let ids = filter.resources.iter().map(String::as_str);
            reference.chain(ids).collect()
        } else {
            resources.iter().map(|key| &*key.resource_id).collect()
        };
        // Of a question about types all files with those types count as read.
        if named.is_empty() || resources.is_empty() && !filter.types.is_empty() {
            return None;
        }
        let needles: Option<BTreeSet<String>> = named.into_iter().map(needle).collect();
        Some(Self {
            filter: ItemFilter {
                reference: filter.reference.clone(),
                resources: filter.resources.clone(),
                ..ItemFilter::default()
            },
            resources: Arc::new(resources.iter().map(ResourceKey::identity).collect()),
            needles: needles?,
        })
    }

    /// Returns all items of these resources, and perhaps of others.
    pub(super) async fn read(
        &self,
        access: &LakeAccess,
        listed: &Listed,
    ) -> Result<Option<LakeParts>, CacheError> {
        let found: Arc<Mutex<BTreeSet<(u128, String)>>> = Arc::default();
        let (this, noted) = (self.clone(), found.clone());
        let is_wanted = move |item: &ConfigurationItem| {
            let identity = item.resource_identity();
            if !this.resources.is_empty() {
                return this.resources.contains(&identity);
            }
            let meant = this.filter.matches(&item.fields());
            if meant {
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                noted.insert((identity, item.resource_id.clone()));
            }
            meant || this.is_found_by_id(&item.resource_id)
        };
        let Some(read) = look(access, listed, &self.needles, Arc::new(is_wanted)).await? else {
            return Ok(None);
        };
        let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
        if found.iter().all(|(_, id)| self.is_found_by_id(id)) {
            return Ok(Some(read));
        }
        // Some were known by their names: their other items may not say those.
        let ids = found.iter().map(|(_, id)| needle(id));
        let Some(needles) = ids.collect::<Option<BTreeSet<String>>>() else {
            return Ok(None);
        };
        let identities: HashSet<u128> = found.iter().map(|(identity, _)| *identity).collect();
        let is_wanted =
            move |item: &ConfigurationItem| identities.contains(&item.resource_identity());
        look(access, listed, &needles, Arc::new(is_wanted)).await
    }

    /// Says whether every item of a resource with this id is in a file that was parsed.
    fn is_found_by_id(&self, id: &str) -> bool {
        self.needles.iter().any(|needle| id.contains(needle))
    }
}

type IsWanted = Arc<dyn Fn(&ConfigurationItem) -> bool + Send + Sync>;

/// Looks for items in all files in which one of these texts may stand; `None` where the texts cannot
/// be looked for.
async fn look(
    access: &LakeAccess,
    listed: &Listed,
    texts: &BTreeSet<String>,
    is_wanted: IsWanted,
) -> Result<Option<LakeParts>, CacheError> {
    if texts.len() > MOST_NEEDLES {
        return Ok(None);
    }
    let needles = Needles::new(texts.iter().map(String::as_str).chain([ESCAPED]));
    let Some(needles) = needles else {
        return Ok(None);
    };
    let (store, sightings) = (access.scope.0, &access.reader.cx.sightings);
    let files = sightings.among(store, texts, &listed.files);
    let only = Only {
        needles: Arc::new(needles),
        is_wanted,
        without: sightings.begin(store, texts),
    };
    let read = access.cache.select(&access.reader, &files, &only);
    read.await.map(Some)
}

/// Returns what of a text stands in a file's JSON as it is: its last run of plain characters.
fn needle(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let runs = text.split(|c| !plain(c));
    let last = runs.rev().find(|run| !run.is_empty())?;
    // All of it is one byte a character.
    let end = last.get(last.len().saturating_sub(LONGEST)..)?;
    (end.len() >= SHORTEST).then(|| end.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_stands_in_the_text_as_it_is() {
        for (text, found) in [
            ("sg-04894af07a8a96631", Some("sg-04894af07a8a96631")),
            (
                "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc",
                Some("i-0abc"),
            ),
            ("AWS::EC2::Instance/i-0abc", Some("i-0abc")),
            ("a b/long-name \"", Some("long-name")),
            ("abc", None),
            ("名前", None),
            ("", None),
        ] {
            assert_eq!(needle(text).as_deref(), found, "{text}");
        }
    }
}

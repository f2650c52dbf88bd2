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
    domain::{ItemFields, ItemFilter, ResourceKey},
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
    /// Ids and ARNs, where the resources are known by nothing else.
    named: Option<BTreeSet<String>>,
    needles: BTreeSet<String>,
}

impl Selection {
    /// Returns the resources that a question is about; `None` where it is about any, or where what
    /// they are known by cannot be looked for.
    pub(super) fn of(filter: &ItemFilter, resources: &[ResourceKey]) -> Option<Self> {
        let by_key = !resources.is_empty();
        let named: BTreeSet<String> = if by_key {
            let ids = resources.iter().map(|key| key.resource_id.clone());
            ids.collect()
        } else {
            let reference = filter.reference.iter();
            let reference = reference.map(|reference| reference.as_str().to_owned());
            reference.chain(filter.resources.iter().cloned()).collect()
        };
        // Of a question about types all files with those types count as read.
        if named.is_empty() || !by_key && !filter.types.is_empty() {
            return None;
        }
        let needles: Option<BTreeSet<String>> = named.iter().map(|text| needle(text)).collect();
        Some(Self {
            filter: ItemFilter {
                reference: filter.reference.clone(),
                resources: filter.resources.clone(),
                ..ItemFilter::default()
            },
            resources: Arc::new(resources.iter().map(ResourceKey::identity).collect()),
            named: (by_key || filter.reference.is_none()).then_some(named),
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
        let is_wanted = move |item: &ItemFields<'_>| {
            let identity = item.resource_identity();
            if !this.resources.is_empty() {
                return this.resources.contains(&identity);
            }
            let meant = this.filter.matches(item);
            if meant {
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                noted.insert((identity, item.resource_id.to_owned()));
            }
            meant || this.is_found_by_id(item.resource_id)
        };
        let look = Look {
            needles: &self.needles,
            named: self.named.as_ref(),
            is_wanted: Arc::new(is_wanted),
        };
        let Some((read, all_files)) = look.at(access, listed).await? else {
            return Ok(None);
        };
        let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
        let is_whole = |id: &String| {
            let is_named = self.named.as_ref().is_some_and(|named| named.contains(id));
            is_named || all_files && self.is_found_by_id(id)
        };
        if found.iter().all(|(_, id)| is_whole(id)) {
            return Ok(Some(read));
        }
        // Some were known by their names or ARNs: their other items may not say those.
        let needles = found.iter().map(|(_, id)| needle(id));
        let Some(needles) = needles.collect::<Option<BTreeSet<String>>>() else {
            return Ok(None);
        };
        let identities: HashSet<u128> = found.iter().map(|(identity, _)| *identity).collect();
        let look = Look {
            needles: &needles,
            named: Some(&found.into_iter().map(|(_, id)| id).collect()),
            is_wanted: Arc::new(move |item: &ItemFields<'_>| {
                identities.contains(&item.resource_identity())
            }),
        };
        Ok(look.at(access, listed).await?.map(|(read, _)| read))
    }

    /// Says whether every item of a resource with this id is in a file that was parsed, where all
    /// files were looked at.
    fn is_found_by_id(&self, id: &str) -> bool {
        self.needles.iter().any(|needle| id.contains(needle))
    }
}

type IsWanted = Arc<dyn Fn(&ItemFields<'_>) -> bool + Send + Sync>;

/// A look for items in the files of a lake.
struct Look<'a> {
    /// Texts of which any wanted item has one.
    needles: &'a BTreeSet<String>,
    /// Ids and ARNs of which any wanted item has one, if that is so.
    named: Option<&'a BTreeSet<String>>,
    is_wanted: IsWanted,
}

impl Look<'_> {
    /// Returns the wanted items, and whether all files were looked at, not only those that were not
    /// seen before to have none. `None` where the texts cannot be looked for.
    async fn at(
        self,
        access: &LakeAccess,
        listed: &Listed,
    ) -> Result<Option<(LakeParts, bool)>, CacheError> {
        if self.needles.len() > MOST_NEEDLES {
            return Ok(None);
        }
        let texts = self.needles.iter().map(String::as_str);
        let Some(needles) = Needles::new(texts.chain([ESCAPED])) else {
            return Ok(None);
        };
        let sighted = access.reader.cx.sightings.of(access.scope.0);
        let open = self.named.map(|named| sighted.among(named, &listed.files));
        let files = open.as_ref().unwrap_or(&listed.files);
        let only = Only {
            needles: Arc::new(needles),
            is_wanted: self.is_wanted,
            sighted,
        };
        let read = access.cache.select(&access.reader, files, &only).await?;
        Ok(Some((read, files.len() == listed.files.len())))
    }
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

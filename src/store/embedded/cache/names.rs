//! Whose items the row groups of a segment hold, as far as this process has read their ids, ARNs and
//! names together: a question about few resources passes over the others. Kept in memory only.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use super::{CacheColumn, Columns};
use crate::{domain::ItemFilter, store::embedded::sightings::short_hash};

/// What resources are known by.
const NAMES: [CacheColumn; 3] = [
    CacheColumn::ResourceId,
    CacheColumn::Arn,
    CacheColumn::ResourceName,
];

/// Ids, ARNs and names, by their hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::embedded) struct Named(Vec<u32>);

impl Named {
    /// Returns the texts of which any wanted item has one; `None` where that is not known.
    pub(in crate::store::embedded) fn of_filter(filter: &ItemFilter) -> Option<Self> {
        if let Some(reference) = &filter.reference {
            let text = reference.as_str();
            let id = text.split_once('/').map(|(_, id)| id);
            return Some(Self::of(std::iter::once(text).chain(id)));
        }
        let resources = &filter.resources;
        (!resources.is_empty()).then(|| Self::of(resources.iter().map(|text| &**text)))
    }

    pub(in crate::store::embedded) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut hashes: Vec<u32> = texts.map(short_hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// Says whether a text may be one of these.
    pub(in crate::store::embedded) fn may_be(&self, text: &str) -> bool {
        self.0.binary_search(&short_hash(text)).is_ok()
    }

    fn may_be_among(&self, sorted: &[u32]) -> bool {
        self.0
            .iter()
            .any(|wanted| sorted.binary_search(wanted).is_ok())
    }
}

/// Hashes that all caches of a process keep together, at most: 32 MiB. Row groups of which nothing is
/// known are read.
const MOST_HASHES: usize = 8 << 20;
static HASHES: AtomicUsize = AtomicUsize::new(0);

/// Hashes of the ids, ARNs and names in each row group of a segment, once it was read.
#[derive(Debug, Default)]
pub(super) struct GroupNames(Vec<OnceLock<Box<[u32]>>>);

impl GroupNames {
    pub(super) fn of_groups(count: usize) -> Self {
        Self(std::iter::repeat_with(OnceLock::new).take(count).collect())
    }

    /// Notes what a row group holds, if all columns were read that say so.
    pub(super) fn note(&self, group: usize, columns: &Columns) {
        let Some(known) = self.0.get(group) else {
            return;
        };
        let are_read = NAMES.iter().all(|column| columns.has(*column));
        if known.get().is_some() || !are_read || HASHES.load(Ordering::Relaxed) > MOST_HASHES {
            return;
        }
        let Named(hashes) = Named::of(NAMES.into_iter().flat_map(|column| {
            let texts = columns.texts(column);
            let mut last = None;
            // Rows of one resource lie together.
            (0..columns.rows())
                .map(move |row| texts.get(row).unwrap_or_default())
                .filter(move |text| last.replace(*text) != Some(*text))
        }));
        known.get_or_init(|| {
            HASHES.fetch_add(hashes.len(), Ordering::Relaxed);
            hashes.into()
        });
    }

    /// Says whether a row group may hold items that say themselves that they are of what is named.
    pub(super) fn may_have(&self, group: usize, named: &Named) -> bool {
        let known = self.0.get(group).and_then(OnceLock::get);
        known.is_none_or(|known| named.may_be_among(known))
    }
}

impl Drop for GroupNames {
    fn drop(&mut self) {
        let known = self.0.iter().filter_map(OnceLock::get);
        HASHES.fetch_sub(known.map(|hashes| hashes.len()).sum(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::{
        array::{ArrayRef, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema},
    };

    use super::*;

    fn columns(of: &[(CacheColumn, [Option<&str>; 3])]) -> Columns {
        let fields = of
            .iter()
            .map(|(column, _)| Field::new(column.name(), DataType::Utf8, true));
        let arrays = of
            .iter()
            .map(|(_, texts)| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef);
        let schema = Schema::new(fields.collect::<Vec<_>>());
        Columns::new(RecordBatch::try_new(Arc::new(schema), arrays.collect()).unwrap())
    }

    fn named(texts: &[&str]) -> Named {
        Named::of(texts.iter().copied())
    }

    #[test]
    fn a_row_group_is_passed_over_for_what_it_has_nothing_of() {
        let names = GroupNames::of_groups(2);
        let ids = (
            CacheColumn::ResourceId,
            [Some("vpc-1"), Some("vpc-1"), Some("vpc-2")],
        );
        let arns = (CacheColumn::Arn, [None, Some("arn:1"), None]);
        names.note(0, &columns(&[ids, arns]));
        assert!(names.may_have(0, &named(&["nothing"])), "not all was read");
        let web = (CacheColumn::ResourceName, [Some("web"), None, None]);
        names.note(0, &columns(&[ids, arns, web]));
        for there in ["vpc-1", "vpc-2", "arn:1", "web"] {
            assert!(names.may_have(0, &named(&["nothing", there])), "{there}");
        }
        assert!(!names.may_have(0, &named(&["nothing", "vpc"])));
        assert!(names.may_have(1, &named(&["nothing"])), "it was not read");
    }

    #[test]
    fn a_filter_names_what_it_can_only_match_by() {
        let filter = |reference: Option<&str>, resources: &[&str]| ItemFilter {
            reference: reference.map(|text| text.parse().unwrap()),
            resources: resources.iter().map(|text| (*text).to_owned()).collect(),
            ..ItemFilter::default()
        };
        assert_eq!(Named::of_filter(&filter(None, &[])), None);
        assert_eq!(
            Named::of_filter(&filter(None, &["b", "a"])),
            Some(named(&["a", "b"]))
        );
        assert_eq!(
            Named::of_filter(&filter(Some("AWS::S3::Bucket/a/b"), &["c"])),
            Some(named(&["AWS::S3::Bucket/a/b", "a/b"]))
        );
    }
}

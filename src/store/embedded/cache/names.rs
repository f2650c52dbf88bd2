//! Whose items the row groups of a segment hold, as far as this process has read their ids, ARNs and
//! names together: a question about few resources passes over the others, and over the rows of others
//! in those that it reads. Kept in memory only.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use super::{CacheColumn, Columns};
use crate::{domain::ItemFilter, store::embedded::hashed::Hashed};

/// What resources are known by.
const NAMES: [CacheColumn; 3] = [
    CacheColumn::ResourceId,
    CacheColumn::Arn,
    CacheColumn::ResourceName,
];

/// Returns the texts of which any item that a filter admits has one; `None` where it names nothing.
pub(in crate::store::embedded) fn named_by(filter: &ItemFilter) -> Option<Hashed> {
    if let Some(reference) = &filter.reference {
        let text = reference.as_str();
        let id = text.split_once('/').map(|(_, id)| id);
        return Some(Hashed::of(std::iter::once(text).chain(id)));
    }
    let resources = &filter.resources;
    (!resources.is_empty()).then(|| Hashed::of(resources.iter().map(|text| &**text)))
}

/// Says of each row whether its item may say itself that it is of what is named, as far as columns were
/// read that decide it.
pub(in crate::store::embedded) fn rows_named(columns: &Columns, named: &Hashed) -> Vec<bool> {
    let mut rows = vec![false; columns.rows()];
    for column in NAMES {
        let texts = columns.texts(column);
        texts.mark(|text| named.may_have(text), &mut rows);
    }
    rows
}

/// Hashes that all caches of a process keep together, at most: 32 MiB. Row groups of which nothing is
/// known are read.
const MOST_HASHES: usize = 8 << 20;
static HASHES: AtomicUsize = AtomicUsize::new(0);

/// The ids, ARNs and names in each row group of a segment, once it was read.
#[derive(Debug)]
pub(super) struct GroupNames(Vec<OnceLock<Hashed>>);

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
        let names = Hashed::of(NAMES.into_iter().flat_map(|column| {
            let texts = columns.texts(column);
            let mut last = None;
            // Rows of one resource lie together.
            (0..columns.rows())
                .map(move |row| texts.get(row).unwrap_or_default())
                .filter(move |text| last.replace(*text) != Some(*text))
        }));
        known.get_or_init(|| {
            HASHES.fetch_add(names.len(), Ordering::Relaxed);
            names
        });
    }

    /// Says whether a row group may hold items that say themselves that they are of what is named.
    pub(super) fn may_have(&self, group: usize, named: &Hashed) -> bool {
        let known = self.0.get(group).and_then(OnceLock::get);
        known.is_none_or(|known| known.may_have_any_of(named))
    }
}

impl Drop for GroupNames {
    fn drop(&mut self) {
        let known = self.0.iter().filter_map(OnceLock::get);
        HASHES.fetch_sub(known.map(Hashed::len).sum(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::{
        array::{ArrayRef, DictionaryArray, RecordBatch, StringArray},
        datatypes::{DataType, Field, Int32Type, Schema},
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

    fn named(texts: &[&str]) -> Hashed {
        Hashed::of(texts.iter().copied())
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
    fn rows_are_named_by_any_of_their_texts() {
        let ids = [Some("vpc-1"), Some("vpc-1"), Some("vpc-2"), None];
        let arns = [Some("arn:1"), None, Some("arn:2"), Some("arn:1")];
        let listed = DictionaryArray::<Int32Type>::from_iter(ids);
        let plain = StringArray::from(arns.to_vec());
        let read: [(&str, ArrayRef); 2] = [
            (CacheColumn::ResourceId.name(), Arc::new(listed)),
            (CacheColumn::Arn.name(), Arc::new(plain)),
        ];
        let columns = Columns::new(RecordBatch::try_from_iter(read).unwrap());
        for (texts, rows) in [
            (&["vpc-1"][..], [true, true, false, false]),
            (&["arn:1"], [true, false, false, true]),
            (&["vpc-2", "arn:1"], [true, false, true, true]),
            (&["vpc", "name"], [false; 4]),
        ] {
            assert_eq!(rows_named(&columns, &named(texts)), rows, "{texts:?}");
        }
    }

    #[test]
    fn a_filter_names_what_it_can_only_match_by() {
        let filter = |reference: Option<&str>, resources: &[&str]| ItemFilter {
            reference: reference.map(|text| text.parse().unwrap()),
            resources: resources.iter().map(|text| (*text).to_owned()).collect(),
            ..ItemFilter::default()
        };
        assert_eq!(named_by(&filter(None, &[])), None);
        assert_eq!(
            named_by(&filter(None, &["b", "a"])),
            Some(named(&["a", "b"]))
        );
        assert_eq!(
            named_by(&filter(Some("AWS::S3::Bucket/a/b"), &["c"])),
            Some(named(&["AWS::S3::Bucket/a/b", "a/b"]))
        );
    }
}

//! Whatever is read between which bounds: each item comes once, with its file and its place in it.

use std::path::PathBuf;

use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::{
    domain::DeliveryFolder,
    source::ReadLimits,
    store::embedded::cache::{
        checked::Checked,
        columns::CacheColumn as C,
        held::Spare,
        rows::Columns,
        segment::{Segment, Wanted},
    },
};

/// Bytes of items that are held.
const MOST: usize = 4_000;
/// Texts are that many times as large as they are stored.
const INFLATES: usize = 12;

/// A delivered file with so many items, whose bodies have so many bytes.
fn content(name: &str, items: usize, bytes: usize) -> String {
    let item = |at: usize| {
        json!({
            "resourceType": "AWS::EC2::VPC",
            "resourceId": format!("{name}-{at:03}"),
            "configurationItemCaptureTime": "2024-11-05T01:02:03Z",
            "configurationStateId": at,
            "configuration": {"text": "x".repeat(bytes)},
        })
    };
    let items: Vec<_> = (0..items).map(item).collect();
    json!({ "configurationItems": items }).to_string()
}

fn placed(name: &str, size: usize) -> PlacedFile {
    let folder = DeliveryFolder {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        day: date(2024, 11, 5),
        kind: DeliveryKind::History,
    };
    let file = LakeFile {
        key: name.into(),
        size: size as u64,
        version: 1,
    };
    (Arc::new(folder), file)
}

fn object(text: &str) -> Object {
    Object::Bytes(Bytes::copy_from_slice(text.as_bytes()))
}

/// Takes files; `again` is what a file holds that is opened once more.
fn ingested(
    files: &[(&str, String)],
    again: &dyn Fn(&str) -> String,
) -> Result<Ingested, CacheError> {
    let cancel = CancellationToken::new();
    let reopen = |file: &LakeFile| Ok(object(&again(&file.key)));
    let mut decoder = Decoder::new(ReadLimits::default());
    let mut ingester = Ingester {
        decoder: &mut decoder,
        hasher: Hasher::default(),
        cancel: &cancel,
        only: None,
        reopen: &reopen,
        ingested: Ingested::default(),
        held: Held::new(Spare::default(), MOST),
    };
    for (name, text) in files {
        ingester.take(&placed(name, text.len() / INFLATES), Ok(object(text)))?;
    }
    ingester.finish()
}

/// Returns the items of a segment as file, place in it and id, in the order of their ids.
fn rows(draft: &Draft) -> Vec<(String, i32, String)> {
    let content = Checked::in_memory(draft.content.clone()).unwrap();
    let segment = Segment::open(content, PathBuf::new()).unwrap();
    let groups = segment.groups(&Wanted::default());
    let columns = [C::ResourceId, C::File, C::Ordinal];
    let mut rows = Vec::new();
    for batch in segment.read_groups(&columns, &groups).unwrap() {
        let columns = Columns::new(batch);
        let (files, ordinals) = (
            columns.integers(C::File).unwrap(),
            columns.integers(C::Ordinal).unwrap(),
        );
        for row in 0..columns.rows() {
            let file = segment.file_key(files.value(row)).unwrap();
            let id = columns.texts(C::ResourceId).get(row).unwrap();
            rows.push((file.to_owned(), ordinals.value(row), id.to_owned()));
        }
    }
    assert_eq!(rows.len(), draft.rows);
    rows
}

fn all_of(name: &str, places: std::ops::Range<i32>) -> Vec<(String, i32, String)> {
    let item = |at| (name.to_owned(), at, format!("{name}-{at:03}"));
    places.map(item).collect()
}

#[test]
fn every_item_comes_once_with_its_file_and_its_place_in_it() {
    let damaged = content("damaged", 3, 10).replace("\"damaged-002\"", "\"damaged-002");
    let files = [
        ("a", content("a", 2, 100)),
        ("damaged", damaged),
        ("b", content("b", 3, 500)),
        // Fits, but not with those before.
        ("c", content("c", 4, 300)),
        ("empty", content("empty", 0, 0)),
        ("large", content("large", 40, 200)),
        ("d", content("d", 1, 10)),
    ];
    let whole = |name: &str| {
        let mut files = files.iter();
        files.find(|(of, _)| *of == name).unwrap().1.clone()
    };
    let ingested = ingested(&files, &whole).unwrap();
    assert!(ingested.failed.is_empty());
    let damaged: Vec<&str> = ingested
        .damaged
        .iter()
        .map(|told| told.file.key())
        .collect();
    assert_eq!(damaged, ["damaged"]);

    let keys = |draft: &Draft| -> Vec<String> {
        let keys = draft.files.iter().map(SegmentFile::key);
        keys.map(str::to_owned).collect()
    };
    let (pieces, drafts): (Vec<_>, Vec<_>) =
        ingested.drafts.iter().partition(|draft| draft.is_piece);
    let drafts: Vec<_> = drafts
        .into_iter()
        .map(|draft| (keys(draft), rows(draft)))
        .collect();
    let texts =
        |keys: &[&str]| -> Vec<String> { keys.iter().map(|key| (*key).to_owned()).collect() };
    assert_eq!(
        drafts,
        [
            (
                texts(&["a", "b"]),
                [all_of("a", 0..2), all_of("b", 0..3)].concat()
            ),
            (texts(&["c", "empty"]), all_of("c", 0..4)),
            (texts(&["d"]), all_of("d", 0..1)),
        ]
    );
    // The large file comes in pieces, none of which is larger than may be held.
    assert!(pieces.len() > 2, "{}", pieces.len());
    assert!(pieces.iter().all(|piece| piece.memory_bytes <= MOST as u64));
    assert!(pieces.iter().all(|piece| keys(piece) == ["large"]));
    let of_pieces: Vec<_> = pieces.iter().flat_map(|piece| rows(piece)).collect();
    assert_eq!(of_pieces, all_of("large", 0..40));
}

#[test]
fn a_large_file_that_is_another_when_it_is_read_again_counts_for_nothing() {
    let files = [("large", content("large", 40, 200))];
    let emptied = ingested(&files, &|_| content("large", 0, 0)).unwrap();
    assert!(emptied.drafts.is_empty());
    assert!(emptied.damaged.is_empty());
    let error = ingested(&files, &|_| "{\"configurationItems\":[".to_owned()).unwrap_err();
    let told = "large changed while it was read";
    assert!(error.to_string().contains(told), "{error}");
}

#[test]
fn what_is_held_is_written_before_a_file_whose_size_tells_that_it_would_not_fit() {
    let damaged = content("damaged", 3, 300).replace("\"damaged-002\"", "\"damaged-002");
    let files = [
        ("a", content("a", 3, 300)),
        ("b", content("b", 3, 300)),
        // Seen from its end only: what was held with it is written by then.
        ("damaged", damaged),
        ("c", content("c", 1, 10)),
    ];
    let ingested = ingested(&files, &|_| unreachable!("none is larger than may be held")).unwrap();
    let segments: Vec<_> = ingested.drafts.iter().map(rows).collect();
    let first = [all_of("a", 0..3), all_of("b", 0..3)].concat();
    assert_eq!(segments, [first, all_of("c", 0..1)]);
    assert_eq!(ingested.damaged.len(), 1);
}

//! What to know before relying on an answer.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// A limit of an answer that its reader must know. Displayed and serialised in English; the digest
/// words it in its own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Items have not been compared with those before them.
    UnknownKinds,
    /// The Glue table lacks fields from which kinds or costs are told.
    TableLacksFields,
    /// Months before those listed would have scanned more than is allowed.
    OlderMonthsLeftOut,
    /// So many resources answer to the name that was given.
    SeveralResources(u64),
    /// There is no earlier month to compare with.
    NoBaseline,
    /// So many delivered files could not be read.
    UnreadableFiles(u64),
    /// A later page found another history than the first.
    HistoryChanged,
    /// Nothing at all was delivered for what was asked about.
    NothingDelivered,
    /// Texts of the answer's first row are cut.
    CellsCut,
}

impl Warning {
    /// Warns of unreadable files, if there are any.
    pub fn of_unreadable(files: u64) -> Option<Self> {
        (files > 0).then_some(Self::UnreadableFiles(files))
    }

    /// Says whether the warning is about files, which a front may name one by one instead.
    pub fn is_about_files(&self) -> bool {
        matches!(self, Self::UnreadableFiles(_))
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKinds => f.write_str(
                "items of kind `unknown` could not be compared, because no item before them is \
                 known or the bodies are missing: they are not counted as changes",
            ),
            Self::TableLacksFields => f.write_str(
                "the Glue table lacks fields (evidence.athena.lacks): what needs them is `unknown` \
                 or missing; `config-history table apply` with the recommended layout adds them",
            ),
            Self::OlderMonthsLeftOut => f.write_str(
                "earlier months are not listed and not counted: to scan them would be more than \
                 --max-scan allows; they can be asked about all the same",
            ),
            Self::SeveralResources(resources) => write!(
                f,
                "{resources} resources match: ask again with the id or ARN of one of them, or with \
                 account, region or type"
            ),
            Self::NoBaseline => {
                f.write_str("the history has no month before this one: nothing is called abnormal")
            }
            Self::UnreadableFiles(1) => f.write_str(
                "1 delivered file could not be read; nothing of it counts, see evidence",
            ),
            Self::UnreadableFiles(files) => write!(
                f,
                "{files} delivered files could not be read; nothing of them counts, see evidence"
            ),
            Self::HistoryChanged => f.write_str(
                "the history has changed since the first page: rows may be missing or repeated",
            ),
            Self::NothingDelivered => f.write_str(
                "nothing was delivered for these accounts and Regions in this period: whether \
                 anything changed there is not known",
            ),
            Self::CellsCut => f.write_str(
                "long texts of the first row are cut: ask for fewer columns or take parts out \
                 with SQL",
            ),
        }
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Warning {
    fn schema_name() -> Cow<'static, str> {
        "Warning".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

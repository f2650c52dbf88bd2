//! Why the cache could not be used. None of it is ever the user's problem: what cannot be kept is
//! read from the delivered files again.

use std::{fmt::Display, io, path::PathBuf};

use datafusion::arrow::error::ArrowError;
use parquet::errors::ParquetError;
use thiserror::Error;

use crate::store::{StoreError, StoreErrorKind};

/// Why a part of the cache cannot be read or written.
#[derive(Debug, Error)]
pub(in crate::store::embedded) enum CacheError {
    /// The disk is full, the folder cannot be written, a file is gone.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The bytes are not those that were written, or another version wrote them.
    #[error("{0}")]
    Damaged(String),
    /// A file of the cache, with what is wrong with it.
    #[error("{}: {source}", .path.display())]
    At {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<Self>,
    },
    /// What has nothing to do with the cache: the question was cancelled, memory has run out.
    #[error(transparent)]
    Question(#[from] StoreError),
}

impl CacheError {
    pub(super) fn damaged(what: impl Display) -> Self {
        Self::Damaged(what.to_string())
    }

    /// Names the file.
    pub(super) fn at(self, path: &std::path::Path) -> Self {
        match self {
            told @ (Self::At { .. } | Self::Question(_)) => told,
            other => Self::At {
                path: path.to_owned(),
                source: Box::new(other),
            },
        }
    }

    /// Says whether asking again can help: the question itself was all right.
    pub(in crate::store::embedded) fn is_of_cache(&self) -> bool {
        !matches!(self, Self::Question(_))
    }

    /// Says whether the file is gone or damaged, and not just out of reach.
    pub(super) fn is_lost(&self) -> bool {
        use io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
        match self {
            Self::Damaged(_) => true,
            Self::Io(error) => matches!(error.kind(), InvalidData | NotFound | UnexpectedEof),
            Self::At { source, .. } => source.is_lost(),
            Self::Question(_) => false,
        }
    }

    /// Returns the error for the question, where nothing else can be done.
    pub(in crate::store::embedded) fn into_store_error(self) -> StoreError {
        match self {
            Self::Question(error) => error,
            other => StoreError::new(
                StoreErrorKind::Internal,
                format!("the cache cannot be used: {other}"),
            ),
        }
    }
}

impl From<ParquetError> for CacheError {
    fn from(error: ParquetError) -> Self {
        Self::damaged(error)
    }
}

impl From<ArrowError> for CacheError {
    fn from(error: ArrowError) -> Self {
        Self::damaged(error)
    }
}

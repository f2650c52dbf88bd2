//! A file whose every byte is checked as it is read: blocks with checksums, so that what was torn
//! by a crash or flipped by a disk is found where it is used, and nothing else has to be read.
//!
//! `[content][checksum of each block of the content][footer]`, all numbers little-endian.

use std::{
    fs,
    io::{self, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, Length},
};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a block.
const BLOCK: usize = 8 << 10;
/// How the footer ends.
const MAGIC: u64 = u64::from_le_bytes(*b"CHchck01");
/// Length of the content, checksum of the checksums, magic.
const FOOTER: usize = 24;
/// Bytes read ahead of a reader that goes through a range.
const READ_AHEAD: usize = 4 * BLOCK;

/// Returns a content with its checksums, as it is to be written.
pub(super) fn sealed(mut content: Vec<u8>) -> Vec<u8> {
    let length = content.len() as u64;
    let sums: Vec<u8> = content
        .chunks(BLOCK)
        .flat_map(|block| xxh3_64(block).to_le_bytes())
        .collect();
    let of_sums = seal_of(length, &sums);
    content.extend(&sums);
    for number in [length, of_sums, MAGIC] {
        content.extend(number.to_le_bytes());
    }
    content
}

/// The length counts as well: zeros at the end of a block would not show otherwise.
fn seal_of(length: u64, sums: &[u8]) -> u64 {
    xxh3_64(sums) ^ length.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A content that is checked as it is read.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    bytes: Source,
    length: u64,
    sums: Arc<[u64]>,
    seal: u64,
}

#[derive(Debug, Clone)]
enum Source {
    File(Arc<OnDisk>),
    Memory(Bytes),
}

/// Handles of files that are kept open at most: a large lake has more segments than a process may
/// have files.
const MOST_OPEN: usize = 128;
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A file on disk, kept open or opened anew for each reading. Its checksums tell if it is another.
#[derive(Debug)]
struct OnDisk {
    path: PathBuf,
    kept: Option<Mutex<fs::File>>,
}

impl OnDisk {
    fn new(path: &Path, file: fs::File) -> Self {
        let kept = OPEN.fetch_add(1, Ordering::Relaxed) < MOST_OPEN;
        if !kept {
            OPEN.fetch_sub(1, Ordering::Relaxed);
        }
        Self {
            path: path.to_owned(),
            kept: kept.then(|| Mutex::new(file)),
        }
    }

    fn read(&self, start: u64, buffer: &mut [u8]) -> io::Result<()> {
        let read = |file: &mut fs::File, buffer: &mut [u8]| {
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(buffer)
        };
        match &self.kept {
            Some(file) => read(
                &mut file.lock().unwrap_or_else(PoisonError::into_inner),
                buffer,
            ),
            None => read(&mut fs::File::open(&self.path)?, buffer),
        }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        if self.kept.is_some() {
            OPEN.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Checked {
    /// Opens a file that [`sealed`] made.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        Self::over(Source::File(Arc::new(OnDisk::new(path, file))), length)
    }

    /// Returns what [`sealed`] made, held in memory.
    pub(super) fn in_memory(sealed: impl Into<Bytes>) -> io::Result<Self> {
        let sealed = sealed.into();
        let length = sealed.len() as u64;
        Self::over(Source::Memory(sealed), length)
    }

    fn over(bytes: Source, stored: u64) -> io::Result<Self> {
        let broken =
            || io::Error::new(io::ErrorKind::InvalidData, "the end of the file is damaged");
        let footer_at = stored.checked_sub(FOOTER as u64).ok_or_else(broken)?;
        let footer = bytes.read(footer_at, FOOTER)?;
        let numbers = numbers_of(&footer);
        let [length, seal, MAGIC] = numbers.as_slice() else {
            return Err(broken());
        };
        let blocks = length.div_ceil(BLOCK as u64);
        if blocks
            .checked_mul(8)
            .and_then(|sums| sums.checked_add(*length))
            != Some(footer_at)
        {
            return Err(broken());
        }
        let sums = bytes.read(*length, usize::try_from(blocks * 8).map_err(|_| broken())?)?;
        if seal_of(*length, &sums) != *seal {
            return Err(broken());
        }
        Ok(Self {
            bytes,
            length: *length,
            sums: numbers_of(&sums).into(),
            seal: *seal,
        })
    }

    /// Returns a number that tells this content from any other.
    pub(super) fn seal(&self) -> u64 {
        self.seal
    }

    /// Returns the content's length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Reads a range of the content.
    pub(super) fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let end = start
            .checked_add(length as u64)
            .filter(|end| *end <= self.length);
        let end = end.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let first = start / BLOCK as u64;
        let from = first * BLOCK as u64;
        let to = end.next_multiple_of(BLOCK as u64).min(self.length);
        let too_large = |_| io::Error::from(io::ErrorKind::OutOfMemory);
        let blocks = self
            .bytes
            .read(from, usize::try_from(to - from).map_err(too_large)?)?;
        let first = usize::try_from(first).map_err(too_large)?;
        let sums = self.sums.get(first..).unwrap_or_default();
        if blocks
            .chunks(BLOCK)
            .zip(sums)
            .any(|(block, sum)| xxh3_64(block) != *sum)
        {
            let message = "a block's bytes are not those that were written";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let skipped = usize::try_from(start - from).map_err(too_large)?;
        Ok(blocks.slice(skipped..skipped + length))
    }
}

impl Source {
    fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => {
                let range = usize::try_from(start).ok().and_then(|start| {
                    let end = start.checked_add(length)?;
                    (end <= bytes.len()).then_some(start..end)
                });
                let range = range.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
                Ok(bytes.slice(range))
            }
            Self::File(file) => {
                let mut buffer = vec![0; length];
                file.read(start, &mut buffer)?;
                Ok(buffer.into())
            }
        }
    }
}

fn numbers_of(bytes: &[u8]) -> Vec<u64> {
    let (numbers, _) = bytes.as_chunks::<8>();
    numbers
        .iter()
        .map(|number| u64::from_le_bytes(*number))
        .collect()
}

/// The first part of a checked content, as Parquet's reader wants it.
#[derive(Debug, Clone)]
pub(super) struct ParquetPart {
    pub(super) content: Checked,
    pub(super) length: u64,
}

impl Length for ParquetPart {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for ParquetPart {
    type T = PartReader;

    fn get_read(&self, start: u64) -> Result<PartReader, ParquetError> {
        Ok(PartReader {
            part: self.clone(),
            at: start,
            ahead: Bytes::new(),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.content.read(start, length)?)
    }
}

/// Reads on from a place.
#[derive(Debug)]
pub(super) struct PartReader {
    part: ParquetPart,
    at: u64,
    ahead: Bytes,
}

impl Read for PartReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() {
            let left = self.part.length.saturating_sub(self.at);
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(READ_AHEAD);
            self.ahead = self.part.content.read(self.at, length)?;
            self.at += length as u64;
        }
        let count = self.ahead.len().min(buffer.len());
        let taken = self.ahead.split_to(count);
        if let Some(into) = buffer.get_mut(..count) {
            into.copy_from_slice(&taken);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 77] {
            let content: Vec<u8> = (0..length)
                .map(|at| u8::try_from(at * 31 % 251).unwrap())
                .collect();
            let checked = Checked::in_memory(sealed(content.clone())).unwrap();
            assert_eq!(&*checked.read(0, length).unwrap(), content);
            assert!(checked.read(1, length).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_found_wherever_it_is(at in 0usize..20_000, bit in 0u8..8) {
            let content: Vec<u8> = (0..20_000u32).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
            let mut stored = sealed(content.clone());
            let at = at * stored.len() / 20_000;
            stored[at] ^= 1 << bit;
            let read = Checked::in_memory(stored).and_then(|checked| checked.read(0, content.len()));
            prop_assert!(read.is_err());
        }

        #[test]
        fn a_torn_file_is_found(left in 0usize..20_000) {
            let stored = sealed(vec![7; 20_000]);
            prop_assert!(Checked::in_memory(stored[..left].to_vec()).is_err());
        }

        #[test]
        fn ranges_are_those_of_the_content(start in 0usize..30_000, length in 0usize..30_000) {
            let content: Vec<u8> = (0..30_000u32).map(|at| u8::try_from(at % 241).unwrap()).collect();
            let checked = Checked::in_memory(sealed(content.clone())).unwrap();
            let read = checked.read(start as u64, length).ok();
            prop_assert_eq!(read.as_deref(), content.get(start..start + length));
        }
    }
}

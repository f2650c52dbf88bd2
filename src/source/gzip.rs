//! Bytes of a delivered file, inflated where they are gzip, never more than is allowed.
#![expect(
    clippy::disallowed_types,
    reason = "the one place that caps what it inflates"
)]

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use flate2::bufread::MultiGzDecoder;
use memchr::memmem;

use super::ReadLimits;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// How every gzip member begins: magic number and method.
const MEMBER_HEAD: [u8; 3] = [0x1f, 0x8b, 0x08];
/// A text is at most so many times as large as its deflated form.
const MOST_DEFLATED: usize = 1032;

/// Says whether these are the first bytes of a gzip file.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&GZIP_MAGIC)
}

/// Inflates files that are held in memory, each in one go.
#[derive(Default)]
pub(super) struct Inflater(libdeflater::Decompressor);

impl Inflater {
    /// Inflates a file of one member into the beginning of `text`, which grows where it has to.
    /// `None` where the file has several members, inflates to `most` bytes or more, or is damaged:
    /// then [`CappedReader`] tells.
    pub(super) fn inflate<'t>(
        &mut self,
        stored: &[u8],
        text: &'t mut Vec<u8>,
        most: usize,
    ) -> Option<&'t [u8]> {
        let (body, size) = stored.split_last_chunk::<4>()?;
        let size = u32::from_le_bytes(*size) as usize;
        // What the file says of its size is not believed further than it can be true.
        let possible = body.len().saturating_mul(MOST_DEFLATED);
        let further = body.get(MEMBER_HEAD.len()..).unwrap_or_default();
        if size >= most || size > possible || memmem::find(further, &MEMBER_HEAD).is_some() {
            return None;
        }
        if text.len() < size {
            // No more than it takes: the largest of a lake's files decides, not twice its size. What was
            // in it is of no use.
            drop(std::mem::take(text));
            *text = vec![0; size];
        }
        let text = text.get_mut(..size)?;
        // A content longer than it says does not fit; a shorter one has another size at its end.
        let count = self.0.gzip_decompress(stored, text).ok()?;
        (count == size).then_some(&*text)
    }
}

/// Reads a delivered file: gzip of any number of members is inflated, anything else is passed
/// through (an HTTP client may have inflated it on the way). Fails once the [`Allowance`] is spent.
pub(super) struct CappedReader<'r> {
    inner: Inner<'r>,
    allowance: Allowance,
}

enum Inner<'r> {
    Gzip(Box<MultiGzDecoder<BufReader<Box<dyn Read + Send + 'r>>>>),
    Plain(BufReader<Box<dyn Read + Send + 'r>>),
}

impl<'r> CappedReader<'r> {
    pub(super) fn new(raw: Box<dyn Read + Send + 'r>, allowance: Allowance) -> io::Result<Self> {
        let mut raw = BufReader::with_capacity(64 * 1024, raw);
        let inner = if raw.fill_buf()?.starts_with(&GZIP_MAGIC) {
            Inner::Gzip(Box::new(MultiGzDecoder::new(raw)))
        } else {
            Inner::Plain(raw)
        };
        Ok(Self { inner, allowance })
    }
}

impl Read for CappedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.inner {
            Inner::Gzip(reader) => reader.read(buffer)?,
            Inner::Plain(reader) => reader.read(buffer)?,
        };
        self.allowance.spend(count as u64)?;
        Ok(count)
    }
}

/// Appends up to `most` bytes. The text grows as it fills, and takes no more than it may hold: grown
/// by doubling, as a rule of vectors has it, it would take twice that.
pub(super) fn read_at_most(
    reader: &mut impl Read,
    most: u64,
    text: &mut Vec<u8>,
) -> io::Result<()> {
    const FIRST: usize = 64 * 1024;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let most = text.len().saturating_add(most);
    while text.len() < most {
        let wanted = (2 * text.len()).max(text.capacity()).max(FIRST).min(most);
        let room = wanted - text.len();
        text.reserve_exact(room);
        if reader.by_ref().take(room as u64).read_to_end(text)? < room {
            break;
        }
    }
    Ok(())
}

/// What may still be inflated: of the file, and of the item that is being read.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    file_left: Rc<Cell<u64>>,
    item_left: Rc<Cell<u64>>,
    file_bytes: u64,
    item_bytes: u64,
}

impl Allowance {
    pub(super) fn of(limits: &ReadLimits) -> Self {
        Self::new(
            limits.file_bytes,
            limits.item_bytes.max(limits.small_file_bytes),
        )
    }

    fn new(file_bytes: u64, item_bytes: u64) -> Self {
        Self {
            file_left: Rc::new(Cell::new(file_bytes)),
            item_left: Rc::new(Cell::new(item_bytes)),
            file_bytes,
            item_bytes,
        }
    }

    /// Grants a further item its share.
    pub(super) fn begin_item(&self) {
        self.item_left.set(self.item_bytes);
    }

    fn spend(&self, bytes: u64) -> io::Result<()> {
        let take = |left: &Cell<u64>| {
            let rest = left.get().checked_sub(bytes);
            left.set(rest.unwrap_or(0));
            rest.is_some()
        };
        if !take(&self.item_left) {
            return Err(over(format!(
                "more than {} MiB without a whole item",
                self.item_bytes >> 20
            )));
        }
        if !take(&self.file_left) {
            return Err(over(format!(
                "more than {} MiB in one file",
                self.file_bytes >> 20
            )));
        }
        Ok(())
    }
}

/// A file that is too large stays so: it is damaged content, not a reading that failed.
fn over(limit: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Slow<'t>(&'t [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(4_093);
            (&mut self.0).take(count as u64).read(buffer)
        }
    }

    #[test]
    fn no_more_is_read_than_wanted_and_no_more_memory_taken() {
        let content: Vec<u8> = (0..=250).cycle().take(1_000_000).collect();
        for most in [
            0, 1, 65_536, 65_537, 999_999, 1_000_000, 1_000_001, 3_000_000,
        ] {
            for before in [0, 10, 100_000] {
                let mut text = vec![7; before];
                let (mut reader, expected) = (Slow(&content), content.len().min(most));
                read_at_most(&mut reader, most as u64, &mut text).unwrap();
                assert_eq!(text.len(), before + expected, "{most} {before}");
                assert_eq!(text[before..], content[..expected]);
                assert_eq!(reader.0.len(), content.len() - expected);
                assert!(text.capacity() <= before + most, "{most}");
            }
        }
    }
}

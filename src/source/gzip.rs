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

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

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

/// What may still be inflated: of the file, and of the item that is being read.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    file_left: Rc<Cell<u64>>,
    item_left: Rc<Cell<u64>>,
    file_bytes: u64,
    item_bytes: u64,
}

impl Allowance {
    pub(super) fn new(file_bytes: u64, item_bytes: u64) -> Self {
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
            return Err(io::Error::other(format!(
                "more than {} MiB without a whole item",
                self.item_bytes >> 20
            )));
        }
        if !take(&self.file_left) {
            return Err(io::Error::other(format!(
                "more than {} MiB in one file",
                self.file_bytes >> 20
            )));
        }
        Ok(())
    }
}

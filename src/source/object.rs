//! An opened object: where its bytes come from when they are read.

use std::{
    fs,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;

/// An object, opened for one pass.
pub enum Object {
    /// A file on disk, which is opened where it is read.
    File(PathBuf),
    /// The whole content.
    Bytes(Bytes),
    /// A content that may be too large to hold.
    Stream(Box<dyn Read + Send>),
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Bytes(_) => "Bytes",
            Self::Stream(_) => "Stream",
        })
    }
}

/// What reading an object up to a size gave.
pub(super) enum Head {
    /// The object is in the buffer.
    Whole,
    /// The object is larger: the buffer and this, one after the other.
    Longer(Box<dyn Read + Send>),
}

impl Object {
    /// Reads the object into `buffer`, up to `most` bytes.
    pub(super) fn read(self, buffer: &mut Vec<u8>, most: usize) -> io::Result<Head> {
        buffer.clear();
        let mut reader: Box<dyn Read + Send> = match self {
            Self::File(path) => {
                let (file, size) = open_file(&path)?;
                // One call for the content, one to see that it ends.
                buffer.reserve(usize::try_from(size).unwrap_or(most).min(most) + 1);
                let mut head = (&file).take(most as u64);
                head.read_to_end(buffer)?;
                if buffer.len() < most {
                    return Ok(Head::Whole);
                }
                return Ok(Head::Longer(Box::new(file)));
            }
            Self::Bytes(content) => Box::new(Cursor::new(content)),
            Self::Stream(stream) => stream,
        };
        reader.by_ref().take(most as u64).read_to_end(buffer)?;
        Ok(if buffer.len() < most {
            Head::Whole
        } else {
            Head::Longer(reader)
        })
    }
}

/// Opens a file; a pipe or a device would keep the reader waiting for ever.
fn open_file(path: &Path) -> io::Result<(fs::File, u64)> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(no_file());
    }
    Ok((file, metadata.len()))
}

/// Opens whatever it is without waiting for the other end of a pipe: to look at each of very many
/// files by its path before would cost as much as to open it.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    let opened = options.read(true).custom_flags(libc::O_NONBLOCK).open(path);
    // A socket cannot be opened at all.
    opened.map_err(|error| match error.raw_os_error() {
        Some(libc::ENXIO) => no_file(),
        _ => error,
    })
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    if !fs::metadata(path)?.is_file() {
        return Err(no_file());
    }
    fs::File::open(path)
}

fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

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
    File {
        /// Where it lies.
        path: PathBuf,
        /// How large it was when it was listed, in bytes: a file of that size is read at once.
        size: u64,
    },
    /// The whole content.
    Bytes(Bytes),
    /// A content that may be too large to hold.
    Stream(Box<dyn Read + Send>),
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File { .. } => "File",
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
            Self::File { path, size } => {
                let mut file = open(&path)?;
                if is_read_at_once(&mut file, size, buffer, most) {
                    return Ok(Head::Whole);
                }
                // It is another file than was listed, or none: a pipe would keep the reader waiting
                // for ever.
                let metadata = file.metadata()?;
                if !metadata.is_file() {
                    return Err(no_file());
                }
                let left = usize::try_from(metadata.len()).unwrap_or(most).min(most);
                buffer.reserve(left.saturating_sub(buffer.len()) + 1);
                Box::new(file)
            }
            Self::Bytes(content) => Box::new(Cursor::new(content)),
            Self::Stream(stream) => stream,
        };
        let left = most - buffer.len();
        reader.by_ref().take(left as u64).read_to_end(buffer)?;
        Ok(if buffer.len() < most {
            Head::Whole
        } else {
            Head::Longer(reader)
        })
    }
}

/// Reads a file as large as it was listed with one call; there are very many of them. Says whether that
/// is all of it, which it is not where it is another one by now.
fn is_read_at_once(file: &mut fs::File, size: u64, buffer: &mut Vec<u8>, most: usize) -> bool {
    let listed = usize::try_from(size).unwrap_or(usize::MAX);
    if !(1..most).contains(&listed) {
        return false;
    }
    // One byte more than there is: a call that gives as many as were listed met the end.
    buffer.resize(listed + 1, 0);
    let count = file.read(buffer);
    buffer.truncate(*count.as_ref().unwrap_or(&0));
    count.is_ok_and(|count| count == listed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_whatever_was_listed_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let content: Vec<u8> = (0..=250).cycle().take(1_000).collect();
        fs::write(&path, &content).unwrap();
        for size in [0, 1, 999, 1_000, 1_001, 5_000, u64::MAX] {
            for most in [1, 999, 1_000, 1_001, 4_000] {
                let mut buffer = vec![7; 3_000];
                let path = path.clone();
                let head = Object::File { path, size }.read(&mut buffer, most).unwrap();
                assert_eq!(matches!(head, Head::Whole), content.len() < most);
                if let Head::Longer(mut rest) = head {
                    assert_eq!(buffer.len(), most, "{size} {most}");
                    rest.read_to_end(&mut buffer).unwrap();
                }
                assert_eq!(buffer, content, "{size} {most}");
            }
        }
        for size in [0, 4_096] {
            let path = folder.path().to_owned();
            let read = Object::File { path, size }.read(&mut Vec::new(), 8 << 20);
            let error = read.err().unwrap();
            assert_eq!(error.to_string(), "not a regular file", "{size}");
        }
    }
}

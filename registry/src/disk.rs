//! Every change on the disk goes through here: durable in the order it is
//! written, and named in its errors. Tests break each of these steps.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use crate::Error;

#[cfg(test)]
use crate::fault::point;

#[cfg(not(test))]
#[inline]
fn point() -> io::Result<()> {
    Ok(())
}

/// Creates a directory and those above it, for their owner alone.
pub(crate) fn create_directories(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    point()
        .and_then(|()| builder.create(path))
        .map_err(|source| Error::io("create the directory", path, source))
}

/// Writes a new file and waits until it is on the disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = point().and_then(|()| {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|source| Error::io("write", path, source))
}

/// Puts a new file in the place of an old one: whoever looks sees the one or
/// the other, whole, also after a crash.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    write(&fresh, bytes)?;
    rename(&fresh, path)
}

/// Moves a file or a directory and makes the move durable.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    point()
        .and_then(|()| fs::rename(from, to))
        .map_err(|source| Error::io("move a file or directory to", to, source))?;
    match to.parent() {
        Some(parent) => sync_directory(parent),
        None => Ok(()),
    }
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), Error> {
    // Elsewhere a directory cannot be opened as a file, and need not be.
    if !cfg!(unix) {
        return Ok(());
    }
    point()
        .and_then(|()| File::open(path)?.sync_all())
        .map_err(|source| Error::io("write", path, source))
}

/// Gives a file a second name, which must be new.
pub(crate) fn keep_as(path: &Path, second: &Path) -> io::Result<()> {
    point()?;
    match fs::hard_link(path, second) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // No hard links here, or it is a directory.
        Err(_) if path.is_dir() => fs::rename(path, second),
        Err(_) => {
            let bytes = fs::read(path)?;
            let mut copy = File::create_new(second)?;
            copy.write_all(&bytes)?;
            copy.sync_all()
        }
    }
}

/// Deletes a file that may be gone already.
pub(crate) fn remove_file(path: &Path) -> Result<(), Error> {
    gone(point().and_then(|()| fs::remove_file(path)), path)
}

/// Deletes a directory with all that is in it; it may be gone already.
pub(crate) fn remove_tree(path: &Path) -> Result<(), Error> {
    gone(point().and_then(|()| fs::remove_dir_all(path)), path)
}

/// Deletes a directory if nothing is in it.
pub(crate) fn remove_if_empty(path: &Path) -> Result<(), Error> {
    match point().and_then(|()| fs::remove_dir(path)) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        result => gone(result, path),
    }
}

fn gone(result: io::Result<()>, path: &Path) -> Result<(), Error> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("delete", path, source))
        }
        _ => Ok(()),
    }
}

/// Reads a regular file of at most `limit` bytes. None when it is larger.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let metadata = fs::metadata(path)?;
    // Opening a FIFO would wait for somebody to write to it.
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.len() > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // It may grow while it is read.
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

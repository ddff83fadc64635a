//! The files of the layout, read and written by the same rules as everybody who
//! writes it: under its lock, and so that a crash leaves the old or the new state.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use cm_distribution::oci::{ImageIndex, MAX_DOCUMENT_BYTES};
use cm_types::Digest;

use crate::fault::Fault;

/// An index larger than this is none.
const MAX_INDEX_BYTES: u64 = 64 << 20;
/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tells two states of a file that is only ever replaced apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Option<(u64, u64, Option<SystemTime>)>);

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(it) => Ok(Self(Some((inode(&it), it.len(), it.modified().ok())))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

/// Creates a directory and those above it, for their owner alone.
pub(super) fn create_directories(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The index; an empty one when there is none yet.
pub(super) fn read_index(path: &Path) -> Result<ImageIndex, Fault> {
    let bytes = match read(path, MAX_INDEX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ImageIndex::default()),
        Err(error) => return Err(Fault::disk("read the index", &error)),
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| Fault::inside(format!("{} cannot be read: {error}", path.display())))
}

/// A manifest, verified.
pub(super) fn read_document(path: &Path, digest: Digest) -> Result<Vec<u8>, Fault> {
    let bytes =
        read(path, MAX_DOCUMENT_BYTES).map_err(|error| Fault::disk("read a manifest", &error))?;
    if Digest::of(&bytes) != digest {
        return Err(Fault::inside(format!("{} is damaged", path.display())));
    }
    Ok(bytes)
}

pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let why = format!("it has more than {limit} bytes");
        return Err(io::Error::other(why));
    }
    Ok(bytes)
}

/// A file for somebody's use alone. It is locked while it is in use: one that is
/// not locked was left by a crash.
pub(super) fn fresh(directory: &Path) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("{}.{number}.new", std::process::id()));
        let mut options = OpenOptions::new();
        match options.write(true).create_new(true).open(&path) {
            // A sweep may come between the two; then there is another name.
            Ok(file) if file.try_lock().is_ok() && path.exists() => return Ok((path, file)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Puts bytes in the place of a file that only its owner is to read.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_directories(directory)?;
    let (new, file) = fresh(directory)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    settle(&new, file, path, bytes)?;
    sync_directory(directory)
}

/// Puts bytes in the place of a file, by way of a file in `through`.
pub(super) fn replace(through: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (new, file) = fresh(through)?;
    settle(&new, file, path, bytes)
}

fn settle(new: &Path, mut file: File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(new, path));
    if written.is_err() {
        let _ = fs::remove_file(new);
    }
    written
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file, and need not be.
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(path)?.sync_all()
}

/// The right to change the index; ends with the value or the process.
pub(super) fn lock(root: &Path) -> Result<File, Fault> {
    let path = root.join("index.lock");
    let failed = |error| Fault::disk("lock the index", &error);
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    let file = options.open(&path).map_err(failed)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= PATIENCE => {
                return Err(Fault::busy(
                    "another program writes to the registry; try again",
                ));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
}

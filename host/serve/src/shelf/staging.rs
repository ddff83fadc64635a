//! What was sent and belongs to no version yet, beside the layout: nothing gets
//! into the layout before there is a manifest that needs it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cm_distribution::Name;
use cm_types::Digest;

use super::disk;

pub(super) struct Staging {
    /// Uploads and new files that are being written.
    open: PathBuf,
    /// Whole and verified blobs, by repository.
    kept: PathBuf,
}

impl Staging {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let uploads = root.join("uploads");
        let staging = Self {
            open: uploads.join("open"),
            kept: uploads.join("kept"),
        };
        disk::create_directories(&staging.open)?;
        disk::create_directories(&staging.kept)?;
        Ok(staging)
    }

    pub(super) fn open_directory(&self) -> PathBuf {
        self.open.clone()
    }

    fn repository(&self, name: &Name) -> PathBuf {
        // No name has such a letter.
        self.kept.join(name.to_string().replace('/', "~"))
    }

    pub(super) fn file(&self, name: &Name, digest: Digest) -> PathBuf {
        self.repository(name).join(digest.hex())
    }

    /// Takes a whole upload over.
    pub(super) fn keep(&self, upload: &Path, name: &Name, digest: Digest) -> io::Result<()> {
        let directory = self.repository(name);
        disk::create_directories(&directory)?;
        fs::rename(upload, directory.join(digest.hex()))?;
        disk::sync_directory(&directory)
    }

    /// Makes a blob from elsewhere one that was sent to this repository.
    pub(super) fn link(&self, blob: &Path, name: &Name, digest: Digest) -> io::Result<()> {
        let directory = self.repository(name);
        disk::create_directories(&directory)?;
        let file = directory.join(digest.hex());
        if file.exists() || fs::hard_link(blob, &file).is_ok() {
            // Its age counts from now on.
            let open = File::options().append(true).open(&file)?;
            return open.set_modified(SystemTime::now());
        }
        let (new, mut to) = disk::fresh(&self.open)?;
        io::copy(&mut File::open(blob)?, &mut to)?;
        to.sync_all()?;
        fs::rename(new, file)
    }

    /// All of it together.
    pub(super) fn bytes(&self) -> u64 {
        let directories = folders(&self.kept).chain([self.open.clone()]);
        let files = directories.flat_map(|it| fs::read_dir(it).into_iter().flatten().flatten());
        files.filter_map(|it| Some(it.metadata().ok()?.len())).sum()
    }

    /// Removes what crashed writers left, and what is older than this.
    pub(super) fn sweep(&self, age: Duration) {
        for entry in fs::read_dir(&self.open).into_iter().flatten().flatten() {
            let file = File::options().write(true).open(entry.path());
            // Writers hold a lock on what they write.
            if file.is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let old = |entry: &fs::DirEntry| {
            let modified = entry.metadata().and_then(|it| it.modified()).ok();
            modified
                .and_then(|it| it.elapsed().ok())
                .is_some_and(|it| it > age)
        };
        for directory in folders(&self.kept) {
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                if old(&entry) {
                    let _ = fs::remove_file(entry.path());
                }
            }
            // Says no while there is something in it.
            let _ = fs::remove_dir(directory);
        }
    }
}

fn folders(path: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
}

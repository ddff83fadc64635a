use std::{
    collections::HashMap,
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex as Guard},
    time::{Duration, Instant},
};

use cm_distribution::Name;
use cm_types::Digest;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::{disk, locked};
use crate::fault::Fault;

/// An upload that nobody goes on with for so long was given up.
const IDLE: Duration = Duration::from_secs(900);

/// A blob on its way here.
pub(crate) struct Upload {
    pub(crate) name: Name,
    pub(super) path: PathBuf,
    pub(super) file: File,
    hash: Sha256,
    pub(crate) size: u64,
    /// When something came last.
    touched: Instant,
}

/// All uploads that are under way.
pub(crate) struct Uploads {
    directory: PathBuf,
    most: usize,
    open: Guard<HashMap<String, Arc<Mutex<Upload>>>>,
}

impl Uploads {
    pub(super) fn new(directory: PathBuf, most: usize) -> Self {
        Self {
            directory,
            most,
            open: Guard::default(),
        }
    }

    /// Begins one; by its name it is found again.
    pub(crate) fn begin(&self, name: &Name) -> Result<String, Fault> {
        self.expire();
        if locked(&self.open).len() >= self.most {
            return Err(Fault::busy(
                "too many uploads are under way; try again later",
            ));
        }
        let (path, file) =
            disk::fresh(&self.directory).map_err(|error| Fault::disk("begin an upload", &error))?;
        let upload = Upload {
            name: name.clone(),
            path,
            file,
            hash: Sha256::new(),
            size: 0,
            touched: Instant::now(),
        };
        let id = id();
        locked(&self.open).insert(id.clone(), Arc::new(Mutex::new(upload)));
        Ok(id)
    }

    /// The one that is called this.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<Mutex<Upload>>, Fault> {
        let found = locked(&self.open).get(id).cloned();
        found.ok_or_else(Fault::no_upload)
    }

    /// Forgets one. Its file goes with the last who uses it.
    pub(crate) fn end(&self, id: &str) {
        locked(&self.open).remove(id);
    }

    pub(super) fn expire(&self) {
        locked(&self.open).retain(|_, upload| {
            let idle = upload
                .try_lock()
                .map(|upload| upload.touched.elapsed() > IDLE);
            !idle.unwrap_or(false)
        });
    }
}

impl Upload {
    /// Appends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8], limit: u64) -> Result<(), Fault> {
        let size = self.size + bytes.len() as u64;
        if size > limit {
            return Err(Fault::too_large("a blob", limit));
        }
        let written = self.file.write_all(bytes);
        written.map_err(|error| Fault::disk("write an upload", &error))?;
        self.hash.update(bytes);
        self.size = size;
        self.touched = Instant::now();
        Ok(())
    }

    /// Whether this is what came.
    pub(super) fn verify(&self, digest: Digest) -> Result<(), Fault> {
        let got: [u8; 32] = self.hash.clone().finalize().into();
        let got = Digest::from(got);
        if got == digest {
            return Ok(());
        }
        Err(Fault::bad_digest(format!(
            "the blob was to be {digest}; what came is {got}"
        )))
    }
}

impl Upload {
    /// Its file has become something else's.
    pub(super) fn release(&mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Not to be guessed: it stands for the right to write.
fn id() -> String {
    let part = || RandomState::new().hash_one(Instant::now());
    format!("{:016x}{:016x}", part(), part())
}

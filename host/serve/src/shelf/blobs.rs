//! Blobs: those of the layout, and those that were sent and wait for their manifest.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use cm_distribution::Name;
use cm_types::Digest;

use super::{Shelf, Upload};
use crate::fault::Fault;

impl Shelf {
    /// A blob of this repository, or one that was sent to it; with its size.
    pub(crate) fn blob(&self, name: &Name, digest: Digest) -> Result<(File, u64), Fault> {
        let path = self
            .place(name, digest)?
            .ok_or_else(|| Fault::no_blob(digest))?;
        let open = || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        open().map_err(|error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => Fault::no_blob(digest),
            _ => Fault::disk("read a blob", &error),
        })
    }

    pub(super) fn place(&self, name: &Name, digest: Digest) -> Result<Option<PathBuf>, Fault> {
        let staged = self.staging.file(name, digest);
        if staged.is_file() {
            return Ok(Some(staged));
        }
        let size = self.holdings(name)?.blobs.get(&digest).copied();
        let path = self.blob_file(digest);
        // One of another length is damaged: to send it again mends it.
        let whole = size.is_some_and(|size| is_whole(&path, size));
        Ok(whole.then_some(path))
    }

    /// Makes a blob of one repository one of another; false when it is not there.
    pub(crate) fn mount(&self, from: &Name, to: &Name, digest: Digest) -> Result<bool, Fault> {
        let Some(path) = self.place(from, digest)? else {
            return Ok(false);
        };
        let linked = self.staging.link(&path, to, digest);
        linked.map_err(|error| Fault::disk("link a blob", &error))?;
        Ok(true)
    }

    /// Keeps an upload that is whole, if it is what it should be.
    pub(crate) fn finish(&self, upload: &mut Upload, digest: Digest) -> Result<(), Fault> {
        upload.verify(digest)?;
        let keep = || {
            upload.file.sync_all()?;
            self.staging.keep(&upload.path, &upload.name, digest)
        };
        keep().map_err(|error| Fault::disk("keep a blob", &error))?;
        upload.release();
        Ok(())
    }

    /// Whether there is room for one more upload.
    pub(crate) fn room(&self) -> Result<(), Fault> {
        if self.staging.bytes() > self.limits.staged_bytes {
            return Err(Fault::busy(
                "much was uploaded that belongs to no version yet; try again later",
            ));
        }
        Ok(())
    }
}

/// Whether a file is there with all its bytes.
pub(super) fn is_whole(path: &Path, size: u64) -> bool {
    fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() == size)
}
